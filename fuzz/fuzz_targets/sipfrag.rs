//! Anything as a part of a message (RFC 3420): its lines are those that came, and a status told again is the same.
#![no_main]

use siptrunk_message::{Limits, SipFrag, typed_headers};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let limits = Limits::default();
    let Ok(fragment) = SipFrag::parse(data, &limits) else { return };
    assert!(data.ends_with(fragment.body()));
    let lines: Vec<&[u8]> = fragment.headers().iter().map(|field| field.line()).collect();
    let lines = lines.concat();
    let lines = lines.trim_ascii_end();
    assert!(lines.is_empty() || data.windows(lines.len()).any(|part| part == lines));
    for typed in typed_headers() {
        let _ = typed.read(fragment.headers());
    }
    assert!(fragment.status().is_none() || fragment.method().is_none());
    assert_eq!(fragment.method().is_some(), fragment.uri().is_some());
    let _ = format!("{fragment:?}");
    if let (Some(status), Some(reason)) = (fragment.status(), fragment.reason()) {
        let Ok(reason) = std::str::from_utf8(reason) else { return };
        let Ok(body) = SipFrag::of_status(status, reason) else { return };
        let again = SipFrag::parse(&body.bytes, &limits).expect("our own");
        assert_eq!((again.status(), again.reason()), (Some(status), Some(reason.as_bytes())));
        assert!(again.headers().is_empty() && again.body().is_empty());
    }
});
