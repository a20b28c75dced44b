//! A datagram: every parser is crossed by printing what it is, and what is built from it is what it was.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use siptrunk_message::validate::{UasRules, validate_request, validate_response};
use siptrunk_message::{
    HeaderName, Index, Limits, Message, Request, RequestBuilder, ResponseBuilder, StatusCode,
    explain,
};

const VIA: &str = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKfuzz;rport";

fuzz_target!(|octets: &[u8]| {
    let limits = Limits::default();
    let bytes = Bytes::copy_from_slice(octets);
    let message = match Message::parse(bytes.clone(), &limits) {
        Ok(message) => {
            assert_lossless(&message, octets);
            let again =
                Message::parse_with(bytes, &limits, Index::new()).expect("it parsed before");
            assert_eq!(again.headers().len(), message.headers().len());
            message
        }
        Err(error) => {
            assert!(error.offset().is_none_or(|offset| offset <= octets.len()));
            let _ = error.to_string();
            match Message::salvage(bytes, &limits) {
                Some(message) => message,
                None => return,
            }
        }
    };
    let _ = explain(&message).to_string();
    let _ = format!("{message:?}");
    match &message {
        Message::Request(request) => round_trip(request, &limits),
        Message::Response(response) => drop(validate_response(response)),
    }
});

/// The lines of the index are the head of the message, octet by octet.
fn assert_lossless(message: &Message, octets: &[u8]) {
    let head = octets.len() - message.trailing() - message.body().len() - 2;
    let lines: usize = message.headers().iter().map(|field| field.line().len()).sum();
    let mut at = head - lines;
    for field in message.headers().iter() {
        assert_eq!(&octets[at..at + field.line().len()], field.line());
        at += field.line().len();
    }
}

fn round_trip(request: &Request, limits: &Limits) {
    let _ = validate_request(request, &UasRules::default());
    if let Ok(copy) = RequestBuilder::from_request(request).build(VIA) {
        let parsed = match Message::parse(
            copy.bytes().clone(),
            &Limits { line: 1 << 20, headers: 256, ..limits.clone() },
        ) {
            Ok(Message::Request(parsed)) => parsed,
            other => panic!("a copy does not parse: {other:?}"),
        };
        assert_eq!(
            (parsed.method(), parsed.uri(), parsed.body()),
            (copy.method(), copy.uri(), copy.body())
        );
        let values = |request: &Request| -> Vec<(Vec<u8>, Vec<u8>)> {
            let fields = request.headers().iter();
            fields.map(|field| (field.raw_name().to_vec(), field.value().to_vec())).collect()
        };
        assert_eq!(values(&parsed), values(&copy));
        assert_eq!(
            RequestBuilder::from_request(&copy).build(VIA).expect("a copy of a copy").bytes(),
            copy.bytes()
        );
    }
    let source = "192.0.2.2:40000".parse().ok();
    for status in [StatusCode::TRYING, StatusCode::OK, StatusCode::BAD_REQUEST] {
        let builder = ResponseBuilder::for_request(request, status, Some("tag"), source);
        let response = builder
            .append(&HeaderName::SERVER, "fuzz")
            .build()
            .expect("an answer can always be written");
        let roomy = Limits { line: 1 << 20, headers: 256, vias: usize::MAX, ..limits.clone() };
        Message::parse(response.bytes().clone(), &roomy).expect("an answer is a message");
    }
}
