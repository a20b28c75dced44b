//! Bodies: multipart (RFC 2046, RFC 5621), message/sipfrag (RFC 3420, RFC 3515), DTMF in INFO.

use bytes::Bytes;
use proptest::prelude::*;
use siptrunk_message::{
    Body, BodyError, ContentType, DtmfError, DtmfRelay, Header, HeaderName, HeaderValue, Limits,
    Message, Method, Multipart, MultipartError, MultipartWriter, ParseError, Request,
    RequestBuilder, SipFrag, SipFragError, StatusCode,
};

const VIA: &str = "SIP/2.0/UDP h;branch=z9hG4bK1";

fn with_body(content_type: &str, body: &[u8]) -> Request {
    let body = Body {
        content_type: HeaderValue::new(content_type).unwrap(),
        bytes: Bytes::copy_from_slice(body),
    };
    RequestBuilder::new(Method::MESSAGE, "sip:a@b").body(&body).build(VIA).unwrap()
}

fn parts_of(body: &str) -> Result<Multipart, MultipartError> {
    limited(body, &Limits::default())
}

fn limited(body: &str, limits: &Limits) -> Result<Multipart, MultipartError> {
    let (content_type, _) = ContentType::parse(b"multipart/mixed;boundary=b").unwrap();
    Multipart::parse(&content_type, &Bytes::copy_from_slice(body.as_bytes()), limits)
}

/// What the parts hold, as text.
fn texts(multipart: &Multipart) -> Vec<String> {
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
    multipart.parts().iter().map(|part| text(part.body())).collect()
}

/// RFC 4475 3.1.1.11: a part of octets, NUL among them.
#[test]
fn the_torture_message_has_two_parts() {
    let limits = Limits::default();
    let octets = include_bytes!("data/rfc4475/mpart01.dat");
    let message = Message::parse(Bytes::from_static(octets), &limits).unwrap();
    let Message::Request(request) = &message else { panic!("a request") };
    let multipart = request.multipart(&limits).unwrap().unwrap();
    let [text, data] = multipart.parts() else { panic!("two parts") };
    assert_eq!(text.body(), b"Hello");
    assert!(data.is("application", "octet-stream").unwrap());
    assert!(data.body().starts_with(&[0x30, 0x82]) && data.body().contains(&0));
    assert!(!data.is_optional().unwrap());
    // Slices of the message, not copies.
    let message = octets.as_ptr_range();
    assert!(message.contains(&data.body().as_ptr()));
}

/// The body of RFC 5621 3.1.
#[test]
fn the_session_description_beside_a_part_that_nobody_has_to_know() {
    let body = "--boundary1\r\n\
        Content-Type: application/sdp\r\nContent-Disposition: session\r\n\r\nv=0\r\n\r\n\
        --boundary1\r\nc: text/plain\r\nContent-Disposition: render; handling=optional\r\n\r\n\r\n\
        --boundary1--";
    let request = with_body("multipart/mixed; boundary=\"boundary1\"", body.as_bytes());
    let limits = Limits::default();
    let found = request.find_body("Application", "SDP", &limits).unwrap();
    assert_eq!(found.unwrap(), "v=0\r\n");
    assert_eq!(request.find_body("application", "isup", &limits), Ok(None));
    let multipart = request.multipart(&limits).unwrap().unwrap();
    let optional: Vec<_> =
        multipart.parts().iter().map(|part| part.is_optional().unwrap()).collect();
    assert_eq!(optional, [false, true]);
    assert_eq!(multipart.parts()[1].body(), b"");

    let plain = with_body("application/sdp;x=1", b"v=0");
    assert_eq!(plain.find_body("application", "sdp", &limits).unwrap().unwrap(), "v=0");
    assert_eq!(plain.find_body("application", "isup", &limits), Ok(None));
    assert_eq!(plain.find_body("text", "sdp", &limits), Ok(None));
    assert!(plain.multipart(&limits).unwrap().is_none());
    let broken = with_body("application", b"v=0");
    assert!(matches!(broken.find_body("a", "b", &limits), Err(BodyError::Header(_))));
    let without = with_body("multipart/mixed", b"v=0");
    assert!(matches!(without.find_body("a", "b", &limits), Err(BodyError::Multipart(_))));
}

#[test]
fn where_parts_begin_and_end() {
    for (body, expected) in [
        ("--b\r\n\r\none\r\n--b--\r\n", &["one"][..]),
        ("--b\r\n\r\none\r\n--b--", &["one"]),
        ("preamble\r\n--b\r\n\r\none\r\n--b--\r\nepilogue", &["one"]),
        ("--bx\r\n--b\r\n\r\none\r\n--b--", &["one"]),
        // Spaces after the boundary, and a boundary that is the beginning of a longer line.
        ("--b \t\r\n\r\none\r\n--b--  \r\n", &["one"]),
        ("--b\r\n\r\none\r\n--bc\r\n--b--", &["one\r\n--bc"]),
        ("--b\r\n\r\none --b two\r\n--b x\r\n--b--", &["one --b two\r\n--b x"]),
        ("--b\r\n\r\none\n--b\r\n--b--", &["one\n--b"]),
        ("--b\r\n\r\n\r\n--b\r\n\r\n\r\n\r\n--b--", &["", "\r\n"]),
        // A part without body, and one without headers.
        ("--b\r\nContent-ID: 1\r\n\r\n--b\r\n\r\ntwo\r\n--b--", &["", "two"]),
        ("--b\r\nContent-ID: 1\r\n\r\n\r\n--b--", &[""]),
        // What is behind the end is no part.
        ("--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--", &["one"]),
    ] {
        assert_eq!(texts(&parts_of(body).unwrap()), expected, "{body:?}");
    }
    let headers = parts_of("--b\r\nContent-ID: 1\r\nX-A : a\r\n b\r\n\r\n--b--").unwrap();
    let headers = headers.parts()[0].headers();
    assert_eq!(headers.raw(&HeaderName::from_static("content-id")).unwrap(), b"1");
    assert_eq!(headers.raw(&HeaderName::from_static("X-A")).unwrap(), b"a\r\n b");
    assert_eq!(headers.len(), 2);
}

#[test]
fn what_is_no_multipart_body_says_why() {
    for (body, expected) in [
        ("", MultipartError::NoPart),
        ("one", MultipartError::NoPart),
        ("--b", MultipartError::NoPart),
        ("--b--", MultipartError::NoPart),
        // The first line is no boundary; the second one is, and closes.
        (" --b\r\n\r\none\r\n--b--", MultipartError::NoPart),
        ("--b\r\n\r\none", MultipartError::NoEnd { offset: 5 }),
        ("--b\r\n\r\none\r\n--b-", MultipartError::NoEnd { offset: 5 }),
        (
            "--b\r\n--b--",
            MultipartError::Part { offset: 5, source: ParseError::NoEnd { offset: 5 } },
        ),
        (
            "--b\r\nno header\r\n--b--",
            MultipartError::Part {
                offset: 5,
                source: ParseError::Field { offset: 8, reason: "expected : after the header name" },
            },
        ),
    ] {
        assert_eq!(parts_of(body).unwrap_err(), expected, "{body:?}");
    }
    for boundary in ["", "\"\"", "\"a \"", "\"a\u{e9}\"", "\"a\\\"b\"", &"x".repeat(71)] {
        let content_type = format!("multipart/mixed;boundary={boundary}");
        let Ok((content_type, _)) = ContentType::parse(content_type.as_bytes()) else {
            assert!(boundary.is_empty());
            continue;
        };
        let error = Multipart::parse(&content_type, &Bytes::new(), &Limits::default());
        assert!(matches!(error, Err(MultipartError::Boundary { .. })), "{boundary}: {error:?}");
        let written = MultipartWriter::new("mixed", boundary.trim_matches('"'));
        assert!(written.is_err(), "{boundary}");
    }
    assert!(MultipartWriter::new("mi xed", "b").is_err());
}

#[test]
fn parts_and_their_headers_are_counted() {
    let parts = |count: usize| "--b\r\n\r\nx\r\n".repeat(count) + "--b--";
    let limits = Limits::default();
    assert_eq!(parts_of(&parts(16)).unwrap().parts().len(), 16);
    assert_eq!(parts_of(&parts(17)).unwrap_err(), MultipartError::TooManyParts { limit: 16 });
    let headers = |count: usize| format!("--b\r\n{}\r\nx\r\n--b--", "a: 1\r\n".repeat(count));
    assert!(limited(&headers(16), &limits).is_ok());
    assert!(matches!(
        limited(&headers(17), &limits),
        Err(MultipartError::Part { source: ParseError::TooManyHeaders { limit: 16, .. }, .. })
    ));
    let more = Limits { parts: 17, part_headers: 17, ..limits };
    assert!(limited(&parts(17), &more).is_ok() && limited(&headers(17), &more).is_ok());
}

/// Depth 1: a part that is multipart is a part, and what is in it is not found.
#[test]
fn nothing_is_looked_for_in_parts_of_parts() {
    let inner = "--i\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--i--";
    let body = format!("--b\r\nContent-Type: multipart/mixed;boundary=i\r\n\r\n{inner}\r\n--b--");
    let multipart = parts_of(&body).unwrap();
    assert_eq!(texts(&multipart), [inner]);
    assert!(multipart.first_part("application", "sdp").unwrap().is_none());
    // Who wants to look does so, once more.
    let part = &multipart.parts()[0];
    let content_type = part.content_type().unwrap().unwrap();
    let deeper = Multipart::parse(&content_type, part.body_bytes(), &Limits::default()).unwrap();
    assert_eq!(texts(&deeper), ["v=0"]);
}

#[test]
fn a_part_that_holds_the_boundary_is_not_written() {
    let evil = Body::sdp("v=0\r\n--b--\r\n");
    let writer = MultipartWriter::new("mixed", "b").unwrap().part(&Body::sdp("v=0"), &[]).unwrap();
    assert_eq!(writer.part(&evil, &[]).unwrap_err(), MultipartError::BoundaryInPart { part: 1 });
    // A name that was never checked ends no line.
    let name = HeaderName::from_static("X-A: 1\r\nX-Evil");
    let value = HeaderValue::new("2").unwrap();
    let writer = MultipartWriter::new("mixed", "b").unwrap();
    let error = writer.part(&Body::sdp("v=0"), &[(name, value)]).unwrap_err();
    assert!(matches!(error, MultipartError::Header { part: 0, .. }), "{error}");
}

/// RFC 3420 2 and 3, RFC 3515 4.1: fragments with and without each of their parts.
#[test]
fn fragments() {
    let limits = Limits::default();
    let read = |text: &str| SipFrag::parse(text.as_bytes(), &limits);
    for (text, status, reason) in [
        ("SIP/2.0 100 Trying", 100, "Trying"),
        ("SIP/2.0 100 Trying\r\n", 100, "Trying"),
        ("SIP/2.0 200 OK\r\n\r\n", 200, "OK"),
        ("SIP/2.0 603 Declined\r\n", 603, "Declined"),
        ("sip/2.0 503\r\n", 503, ""),
    ] {
        let fragment = read(text).unwrap();
        assert_eq!(fragment.status().map(StatusCode::code), Some(status), "{text:?}");
        assert_eq!(fragment.reason(), Some(reason.as_bytes()), "{text:?}");
        assert!(fragment.headers().is_empty() && fragment.body().is_empty());
    }
    let request = read("INVITE sip:alice@atlanta.com SIP/2.0\r\nFrom: <sip:a@b>;tag=1").unwrap();
    assert_eq!(request.method(), Some(&Method::INVITE));
    assert_eq!(request.uri(), Some(&b"sip:alice@atlanta.com"[..]));
    assert_eq!(request.headers().from().unwrap().unwrap().tag(), Some("1"));
    assert_eq!((request.status(), request.reason()), (None, None));
    let headers = read("From: <sip:a@b>\r\nContact : <sip:c@d>\r\nContent-Length: 0").unwrap();
    assert_eq!((headers.headers().len(), headers.method(), headers.uri()), (3, None, None));
    assert!(headers.status().is_none());
    let body = read("SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n").unwrap();
    assert_eq!(body.body(), b"v=0\r\n");
    assert!(!format!("{body:?}").contains("v=0"));

    for empty in ["", "\r\n", "\r\n\r\n"] {
        assert_eq!(read(empty).unwrap_err(), SipFragError::Empty, "{empty:?}");
    }
    for bad in ["x", "SIP/3.0 200 OK", "SIP/2.0 20 OK", "SIP/2.0 200 OK\nX: y\n", "From", " : x"] {
        assert!(matches!(read(bad), Err(SipFragError::Malformed(_))), "{bad:?}");
    }
    let few = Limits { headers: 1, ..Limits::default() };
    assert!(SipFrag::parse(b"From: a\r\nTo: b\r\n", &few).is_err());

    let body = SipFrag::of_status(StatusCode::BUSY_HERE, "Busy Here").unwrap();
    assert_eq!(body.bytes, "SIP/2.0 486 Busy Here\r\n");
    assert_eq!(body.content_type.as_bytes(), b"message/sipfrag;version=2.0");
    assert!(SipFrag::of_status(StatusCode::OK, "OK\r\nX-Evil: y").is_err());
}

#[test]
fn digits_in_info() {
    for (text, signal, duration) in [
        ("Signal=5\r\nDuration=160\r\n", '5', Some(160)),
        ("Signal= *\r\nDuration= 250", '*', Some(250)),
        ("signal=d\nDURATION=1\n", 'D', Some(1)),
        ("Duration=0\r\nSignal=#\r\n", '#', Some(0)),
        ("X=y\r\nSignal=0\r\n\r\n", '0', None),
        ("Signal=11", '#', None),
        ("Signal=16\r\nDuration=65535", '!', Some(65_535)),
    ] {
        let digit = DtmfRelay::parse(text.as_bytes()).unwrap();
        assert_eq!((digit.signal(), digit.duration()), (signal, duration), "{text:?}");
    }
    for (text, error) in [
        ("", DtmfError::NoSignal),
        ("Duration=1", DtmfError::NoSignal),
        ("Signal", DtmfError::NoSignal),
        ("Signal=", DtmfError::Signal),
        ("Signal=E", DtmfError::Signal),
        ("Signal=17", DtmfError::Signal),
        ("Signal=55", DtmfError::Signal),
        ("Signal=1\r\nSignal=2", DtmfError::Repeated { line: "Signal" }),
        ("Signal=1\r\nDuration=1\r\nDuration=1", DtmfError::Repeated { line: "Duration" }),
        ("Signal=1\r\nDuration=65536", DtmfError::Duration),
        ("Signal=1\r\nDuration=-1", DtmfError::Duration),
        ("Signal=1\r\nDuration=", DtmfError::Duration),
        (&"x".repeat(1_025), DtmfError::TooLarge { limit: 1_024 }),
    ] {
        assert_eq!(DtmfRelay::parse(text.as_bytes()).unwrap_err(), error, "{text:?}");
    }
    for (text, signal) in [("7", Some('7')), (" a\r\n", Some('A')), ("", None), ("77", None)] {
        let digit = DtmfRelay::parse_plain(text.as_bytes());
        assert_eq!(digit.ok().map(DtmfRelay::signal), signal, "{text:?}");
    }
    assert_eq!(DtmfRelay::parse_plain(b"Signal=3").unwrap().signal(), '3');
    let digit = DtmfRelay::new('a', None).unwrap();
    let (relay, plain) = (digit.to_body(), digit.to_plain_body());
    assert_eq!(relay.bytes, "Signal=A\r\nDuration=160\r\n");
    assert_eq!(relay.content_type.as_bytes(), b"application/dtmf-relay");
    assert_eq!(
        (plain.content_type.as_bytes(), &plain.bytes[..]),
        (&b"application/dtmf"[..], &b"A"[..])
    );
    // A digit may be one of a card's number.
    assert_eq!(format!("{digit:?}"), "DtmfRelay { duration: None, .. }");
}

/// Octets that look like parts of a multipart body.
fn wild_body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => Just(b"\r\n--b\r\n".to_vec()),
        2 => Just(b"--b".to_vec()),
        2 => Just(b"--".to_vec()),
        3 => Just(b"\r\n".to_vec()),
        1 => Just(b"Content-Type: application/sdp\r\n".to_vec()),
        1 => Just(b"\r\n--b--".to_vec()),
        2 => proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn parts_come_back_as_they_were_written(
        bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..6),
        boundary in "[A-Za-z0-9'()+_,./:=?-]{8,70}",
    ) {
        let written = |octets: &Vec<u8>| Body { content_type: HeaderValue::new("x/y").unwrap(), bytes: octets.clone().into() };
        let id = (HeaderName::from_static("Content-ID"), HeaderValue::new("<1>").unwrap());
        let writer = bodies.iter().try_fold(MultipartWriter::new("mixed", &boundary).unwrap(), |writer, octets| {
            writer.part(&written(octets), std::slice::from_ref(&id))
        });
        let Ok(writer) = writer else { return Ok(()) };
        let body = writer.finish();
        let limits = Limits::default();
        let request = RequestBuilder::new(Method::MESSAGE, "sip:a@b").body(&body).build(VIA).unwrap();
        let multipart = request.multipart(&limits).unwrap().unwrap();
        let read: Vec<_> = multipart.parts().iter().map(|part| part.body().to_vec()).collect();
        prop_assert_eq!(read, bodies);
        for part in multipart.parts() {
            prop_assert!(part.is("x", "y").unwrap());
            prop_assert_eq!(part.headers().raw(&id.0), Some(id.1.as_bytes()));
        }
    }

    /// Whatever is there: no panic, and each part lies between two lines with the boundary.
    #[test]
    fn parts_lie_within_the_body(octets in wild_body()) {
        let body = Bytes::from(octets.clone());
        let (content_type, _) = ContentType::parse(b"multipart/mixed;boundary=b").unwrap();
        if let Ok(multipart) = Multipart::parse(&content_type, &body, &Limits::default()) {
            for part in multipart.parts().iter().filter(|part| !part.body().is_empty()) {
                let start = part.body().as_ptr() as usize - body.as_ptr() as usize;
                prop_assert!(octets[start + part.body().len()..].starts_with(b"\r\n--b"));
                prop_assert!(memchr::memmem::find(part.body(), b"\r\n--b\r\n").is_none());
            }
        }
        let _ = SipFrag::parse(&octets, &Limits::default());
        let _ = DtmfRelay::parse(&octets);
        let _ = DtmfRelay::parse_plain(&octets);
    }

    #[test]
    fn digits_come_back(signal in "[0-9*#A-D!]", duration in any::<u16>()) {
        let digit = DtmfRelay::new(signal.chars().next().unwrap(), Some(duration)).unwrap();
        prop_assert_eq!(DtmfRelay::parse(&digit.to_body().bytes), Ok(digit));
        prop_assert_eq!(DtmfRelay::parse_plain(&digit.to_plain_body().bytes).unwrap().signal(), digit.signal());
    }

    #[test]
    fn fragments_come_back(code in 100..700_u16, reason in "[ -~]{0,20}") {
        let status = StatusCode::new(code).unwrap();
        let body = SipFrag::of_status(status, &reason).unwrap();
        let read = SipFrag::parse(&body.bytes, &Limits::default()).unwrap();
        prop_assert_eq!((read.status(), read.reason()), (Some(status), Some(reason.as_bytes())));
    }
}
