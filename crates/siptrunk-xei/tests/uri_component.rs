//! The encoded form for a URI header parameter.

use std::borrow::Cow;

use siptrunk_xei::{DecodeError, XEi, decode_uri_component, encode_uri_component};

#[test]
fn encoded_exactly_once() {
    let rows: [(&[u8], &str); 7] = [
        (b"S.abc123;", "S.abc123%3B"),
        (b"O.+15551234567;", "O.%2B15551234567%3B"),
        (b"E.a b%c;", "E.a%20b%25c%3B"),
        (b"E.100%3B;", "E.100%253B%3B"),
        (b"aZ09-._~", "aZ09-._~"),
        (b"", ""),
        (b"\xff\0", "%FF%00"),
    ];
    for (plain, encoded) in rows {
        assert_eq!(encode_uri_component(plain).to_string(), encoded);
        assert_eq!(encode_uri_component(plain).len(), encoded.len());
        assert_eq!(decode_uri_component(encoded.as_bytes()).unwrap(), plain);
        let mut buffer = vec![0; encoded.len()];
        assert_eq!(encode_uri_component(plain).write_into(&mut buffer), Ok(encoded.len()));
        assert_eq!(buffer, encoded.as_bytes());
        if let Some(short) = encoded.len().checked_sub(1) {
            let error = encode_uri_component(plain).write_into(&mut buffer[..short]);
            assert_eq!(error, Err(DecodeError::NoRoom { needed: encoded.len(), room: short }));
        }
    }
}

#[test]
fn decoding_is_once_too() {
    assert_eq!(decode_uri_component(b"S.a%253B").unwrap(), &b"S.a%3B"[..]);
    assert_eq!(decode_uri_component(b"a+b%3b").unwrap(), &b"a+b;"[..]);
    assert!(matches!(decode_uri_component(b"plain"), Ok(Cow::Borrowed(b"plain"))));
    for (text, offset) in [(&b"a%"[..], 1), (b"%4", 0), (b"%zz", 0), (b"%41%4g", 3), (b"%%41", 0)] {
        assert_eq!(decode_uri_component(text), Err(DecodeError::Malformed { offset }), "{text:?}");
    }
}

#[test]
fn escaped_twice_is_recognised_after_one_decoding() {
    let once = encode_uri_component(b"E.crm456;").to_string();
    let twice = encode_uri_component(once.as_bytes()).to_string();
    let decoded = decode_uri_component(twice.as_bytes()).unwrap();
    let findings: Vec<_> =
        XEi::parse(&decoded).unwrap().forgiven().map(|f| f.to_string()).collect();
    assert!(findings.contains(&"the value is still percent-encoded".to_owned()), "{findings:?}");
}
