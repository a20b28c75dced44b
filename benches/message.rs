//! SIP messages: parse, parse and read, rewrite; beside httparse on an HTTP twin, and memcpy.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use siptrunk_benches::limits::http_twin;
use siptrunk_benches::{HTTP_TWIN, INVITE, SAMPLES};
use siptrunk_message::{
    Body, BuildError, Field, HeaderName, HeaderValue, Index, Limits, Message, Request,
    RequestBuilder, RequestWriter, Via,
};

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let limits = Limits::default();
    group.bench_function("httparse/twin", |bencher| {
        bencher.iter(|| http_twin(black_box(HTTP_TWIN)));
    });
    for sample in SAMPLES {
        let bytes = Bytes::from_static(sample.octets);
        group.bench_function(format!("siptrunk/{}", sample.name), |bencher| {
            bencher.iter(|| Message::parse(black_box(&bytes).clone(), &limits));
        });
        group.bench_function(format!("siptrunk-index-reused/{}", sample.name), |bencher| {
            let mut index = Index::new();
            bencher.iter(|| {
                let spent = std::mem::take(&mut index);
                let message = Message::parse_with(black_box(&bytes).clone(), &limits, spent);
                index = message.map(Message::into_index).unwrap_or_default();
            });
        });
    }
    group.finish();
}

/// The six reads of a call: Via, From, To, Call-ID, CSeq, Contact.
fn read(message: &Message) -> usize {
    let headers = message.headers();
    let via = headers.top_via();
    let from = headers.from();
    let to = headers.to();
    let call_id = headers.call_id();
    let cseq = headers.cseq();
    let contact = headers.contact();
    black_box((&via, &from, &to, &call_id, &cseq, &contact));
    [via.is_ok(), from.is_ok(), to.is_ok(), call_id.is_ok(), cseq.is_ok(), contact.is_ok()]
        .iter()
        .filter(|ok| **ok)
        .count()
}

fn parse_typed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse_typed");
    let limits = Limits::default();
    group.bench_function("httparse/twin-untyped", |bencher| {
        bencher.iter(|| http_twin(black_box(HTTP_TWIN)));
    });
    for sample in SAMPLES {
        let bytes = Bytes::from_static(sample.octets);
        group.bench_function(format!("siptrunk/{}", sample.name), |bencher| {
            bencher.iter(|| {
                Message::parse(black_box(&bytes).clone(), &limits).map(|message| read(&message))
            });
        });
    }
    let message = Message::parse(Bytes::from_static(INVITE), &limits).expect("the sample parses");
    group.bench_function("siptrunk-reads-alone/invite", |bencher| {
        bencher.iter(|| read(black_box(&message)));
    });
    let headers = message.headers();
    group.bench_function("siptrunk-via-alone/invite", |bencher| {
        bencher.iter(|| black_box(black_box(headers).first::<Via<'_>>().is_ok()));
    });
    group.finish();
}

/// Leg B's INVITE of leg A's: own start line, Via, Call-ID, tags, CSeq and Contact; the rest byte for byte.
fn rewrite(request: &Request, index: Index) -> Result<Request, BuildError> {
    let octets = request.bytes().len() + 16;
    let uri = "sip:+14155550123@203.0.113.99:5060;transport=udp";
    let mut out = RequestWriter::with_index(request.method().clone(), uri, octets, index)?;
    out.append_bytes(
        &HeaderName::VIA,
        b"SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bK7c1d0a9e44f2;rport",
    )?;
    out.append_number(&HeaderName::MAX_FORWARDS, 67)?;
    out.append_bytes(
        &HeaderName::FROM,
        b"\"Acme Support\" <sip:+18005550199@203.0.113.7>;tag=9c2f11ab",
    )?;
    out.append_bytes(&HeaderName::TO, b"<sip:+14155550123@203.0.113.99>")?;
    out.append_bytes(&HeaderName::CALL_ID, b"5d1f0e7a4b3c2918@203.0.113.7")?;
    out.append_bytes(&HeaderName::CSEQ, b"1 INVITE")?;
    out.append_bytes(&HeaderName::CONTACT, b"<sip:203.0.113.7:5060;transport=udp>")?;
    for field in request.headers().iter() {
        if is_carried(&field) || field.is(&HeaderName::CONTENT_TYPE) {
            out.copy(field)?;
        }
    }
    out.finish(request.body())
}

fn is_carried(field: &Field<'_>) -> bool {
    if field.is_known() {
        field.is(&HeaderName::DIVERSION)
    } else {
        matches!(field.raw_name(), [b'X' | b'x', b'-', ..])
    }
}

/// The same by way of a builder, which is kept to write the request again: how the user agent sends.
fn template(request: &Request) -> RequestBuilder {
    let uri = "sip:+14155550123@203.0.113.99:5060;transport=udp";
    let content_type = request.headers().raw(&HeaderName::CONTENT_TYPE).unwrap_or_default();
    let content_type = HeaderValue::new(content_type).expect("the value has no line ends");
    let own = RequestBuilder::new(request.method().clone(), uri)
        .append(&HeaderName::MAX_FORWARDS, 67)
        .append(&HeaderName::FROM, "\"Acme Support\" <sip:+18005550199@203.0.113.7>;tag=9c2f11ab")
        .append(&HeaderName::TO, "<sip:+14155550123@203.0.113.99>")
        .append(&HeaderName::CALL_ID, "5d1f0e7a4b3c2918@203.0.113.7")
        .append(&HeaderName::CSEQ, "1 INVITE")
        .append(&HeaderName::CONTACT, "<sip:203.0.113.7:5060;transport=udp>");
    request
        .headers()
        .iter()
        .filter(is_carried)
        .fold(own, RequestBuilder::copy)
        .body(&Body { content_type, bytes: request.body_bytes() })
}

fn rewritten(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rewrite");
    let message =
        Message::parse(Bytes::from_static(INVITE), &Limits::default()).expect("the sample parses");
    let Message::Request(request) = message else { panic!("the sample is a request") };
    group.bench_function("memcpy", |bencher| bencher.iter(|| black_box(INVITE).to_vec()));
    group.bench_function("httparse/twin", |bencher| {
        bencher.iter(|| http_twin(black_box(HTTP_TWIN)));
    });
    group.bench_function("siptrunk/invite", |bencher| {
        bencher.iter(|| rewrite(black_box(&request), Index::new()));
    });
    let via = "SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bK7c1d0a9e44f2;rport";
    group.bench_function("siptrunk-template/invite", |bencher| {
        bencher.iter(|| template(black_box(&request)).build(via));
    });
    let kept = template(&request);
    group.bench_function("siptrunk-template-again/invite", |bencher| {
        bencher.iter(|| black_box(&kept).build(via));
    });
    group.bench_function("siptrunk-changed/invite", |bencher| {
        bencher.iter(|| {
            RequestBuilder::from_request(black_box(&request))
                .without(&HeaderName::RECORD_ROUTE)
                .replace(&HeaderName::CSEQ, "103 INVITE")
                .append(&HeaderName::SUBJECT, "again")
                .build(via)
        });
    });
    group.bench_function("siptrunk-index-reused/invite", |bencher| {
        let mut index = Index::new();
        bencher.iter(|| {
            let spent = std::mem::take(&mut index);
            let request = rewrite(black_box(&request), spent).expect("the sample is rewritten");
            index = Message::Request(request).into_index();
        });
    });
    group.finish();
}

criterion_group!(benches, parse, parse_typed, rewritten);
criterion_main!(benches);
