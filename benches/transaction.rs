//! An INVITE transaction from its first octets to its end, on either side, and a timer: each among 10 to 100,000 others.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use siptrunk_message::{HeaderName, Method, RequestBuilder, StatusCode};
use siptrunk_transaction::{
    Config, Event, Listener, Received, Seed, Target, TransactionLayer, Transmit,
};

fn us() -> SocketAddr {
    ([127, 0, 1, 1], 5060).into()
}

fn them() -> SocketAddr {
    ([127, 0, 2, 1], 5070).into()
}

fn layer(config: Config) -> TransactionLayer {
    TransactionLayer::new(Config { listeners: vec![Listener::udp(us())], ..config }, Seed([9; 32]))
}

/// A message with places for what differs from one transaction to the next.
struct Template {
    text: Vec<u8>,
    places: Vec<usize>,
}

/// What stands in the places until then: as long as a branch of ours, and none itself.
const PLACE: &[u8; 32] = b"z9hG4bK?????????????????????????";

impl Template {
    fn new(text: &str) -> Self {
        let text = text.replace("{}", std::str::from_utf8(PLACE).expect("it is ASCII"));
        let text = text.into_bytes();
        let places = (0..text.len()).filter(|at| text[*at..].starts_with(PLACE)).collect();
        Self { text, places }
    }

    fn with(&mut self, branch: &[u8]) -> Received {
        for at in &self.places {
            self.text[*at..*at + PLACE.len()].copy_from_slice(branch);
        }
        Received::datagram(0, us(), them(), Bytes::copy_from_slice(&self.text))
    }
}

fn request(method: &str, to_tag: &str) -> Template {
    Template::new(&format!(
        "{method} sip:+15551234567@127.0.1.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 127.0.2.1:5070;branch={{}};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:+15557654321@127.0.2.1>;tag=f\r\nTo: <sip:+15551234567@127.0.1.1>{to_tag}\r\n\
         Call-ID: {{}}@127.0.2.1\r\nCSeq: 1 {method}\r\nContact: <sip:127.0.2.1:5070>\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

fn response(status: &str) -> Template {
    Template::new(&format!(
        "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 127.0.1.1:5060;branch={{}};rport=5060\r\n\
         From: <sip:+15551234567@127.0.1.1>;tag=f\r\nTo: <sip:+15557654321@127.0.2.1>;tag=t\r\n\
         Call-ID: call@127.0.1.1\r\nCSeq: 1 INVITE\r\nContact: <sip:127.0.2.1:5070>\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

fn outgoing(method: &Method) -> RequestBuilder {
    RequestBuilder::new(method.clone(), "sip:+15557654321@127.0.2.1:5070")
        .append(&HeaderName::MAX_FORWARDS, 70)
        .append(&HeaderName::FROM, "<sip:+15551234567@127.0.1.1>;tag=f")
        .append(&HeaderName::TO, "<sip:+15557654321@127.0.2.1>")
        .append(&HeaderName::CALL_ID, "call@127.0.1.1")
        .append(&HeaderName::CSEQ, format!("1 {method}"))
        .append(&HeaderName::CONTACT, "<sip:127.0.1.1:5060>")
}

/// Takes all that there is to send; the last of it.
fn sent(layer: &mut TransactionLayer) -> Option<Transmit> {
    std::iter::from_fn(|| layer.poll_transmit()).last()
}

/// How many transactions stand while one is timed.
const STANDING: [u32; 3] = [10, 1_000, 100_000];

/// A transaction waits for its timer L or M so long, so that one ends whenever one begins.
const WAIT: Duration = Duration::from_secs(32);

/// Times one life of many, which begin one after the other; as many as stand have begun before.
fn lives(
    criterion: &mut Criterion,
    name: &str,
    mut life: impl FnMut(&mut TransactionLayer, Instant),
) {
    let mut group = criterion.benchmark_group(name);
    for many in STANDING {
        let mut layer = layer(Config::default());
        let mut now = Instant::now();
        let mut next = |layer: &mut TransactionLayer| {
            now += WAIT / many;
            layer.handle_timeout(now);
            life(layer, now);
        };
        (0..many + many / 2).for_each(|_| next(&mut layer));
        group.bench_function(BenchmarkId::from_parameter(many), |bencher| {
            bencher.iter(|| next(&mut layer));
        });
    }
    group.finish();
}

/// INVITE in, 100, 180 and 200 out, ACK in, and 32 seconds later its end.
fn server(criterion: &mut Criterion) {
    let (mut invite, mut ack) = (request("INVITE", ""), request("ACK", ";tag=t"));
    let mut n = 0_u64;
    lives(criterion, "transaction/invite-server", |layer, now| {
        n += 1;
        let branch = format!("z9hG4bK{n:025}");
        layer.handle_input(now, invite.with(branch.as_bytes()));
        let Some(Event::Request { id, request }) = layer.poll_event() else { panic!("no INVITE") };
        for status in [StatusCode::RINGING, StatusCode::OK] {
            let response = request.response(status, Some("t"));
            layer.respond(now, id, &response).expect("the transaction is there");
        }
        layer.handle_input(now, ack.with(branch.as_bytes()));
        assert!(matches!(layer.poll_event(), Some(Event::Ack { .. })));
        layer.release(id);
        sent(layer).expect("three responses");
    });
}

/// INVITE out, 100, 180 and 200 in, and 32 seconds later its end.
fn client(criterion: &mut Criterion) {
    let invite = outgoing(&Method::INVITE);
    let mut responses = ["100 Trying", "180 Ringing", "200 OK"].map(response);
    lives(criterion, "transaction/invite-client", |layer, now| {
        layer.request(now, Target::udp(them()).into(), &invite).expect("there is room");
        let out = sent(layer).expect("an INVITE").bytes;
        let via = out.windows(8).position(|part| part == b";branch=").expect("a Via");
        let branch = &out[via + 8..][..PLACE.len()];
        for response in &mut responses {
            layer.handle_input(now, response.with(branch));
            assert!(matches!(layer.poll_event(), Some(Event::Response { .. })));
        }
    });
}

/// So many OPTIONS without answer, each to be sent again every four seconds for two months.
fn standing(many: u32) -> TransactionLayer {
    let t1 = Duration::from_secs(24 * 3_600);
    let mut layer = layer(Config { t1, ..Config::default() });
    let options = outgoing(&Method::OPTIONS);
    let start = Instant::now();
    for n in 0..many {
        let now = start + Duration::from_secs(4) * n / many;
        layer.request(now, Target::udp(them()).into(), &options).expect("there is room");
        sent(&mut layer);
    }
    layer
}

/// A timer falls due, sends, and is set again.
fn timer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transaction/timer");
    for many in STANDING {
        let mut layer = standing(many);
        group.bench_function(BenchmarkId::from_parameter(many), |bencher| {
            bencher.iter(|| {
                let Some(at) = layer.poll_timeout() else {
                    layer = standing(many);
                    return None;
                };
                layer.handle_timeout(at);
                sent(&mut layer)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, server, client, timer);
criterion_main!(benches);
