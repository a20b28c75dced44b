//! Any bytes as X-EI, as context and as an encoded component: no panic, nothing lost.
#![no_main]

use siptrunk_xei::{
    CallContext, XEi, decode_uri_component, diverting_user, encode_uri_component, original_caller,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let encoded = encode_uri_component(data).to_string();
    assert_eq!(decode_uri_component(encoded.as_bytes()).as_deref(), Ok(data));
    let _ = decode_uri_component(data);
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(text.contains(diverting_user(text)));
        let _ = original_caller(None, Some(text), None);
        let built = XEi::builder().call_id(text).and_then(|b| b.original(text));
        if let Ok(built) = built {
            let written = built.to_string();
            let read = XEi::parse_with(written.as_bytes(), usize::MAX).expect("no limit");
            assert_eq!((read.call_id(), read.original()), (Some(text), Some(text)));
            assert_eq!(read.forgiven().count(), 0);
        }
    }
    let Ok(x_ei) = XEi::parse(data) else { return };
    assert_eq!(x_ei.as_bytes(), data);
    let mut seen = format!("{x_ei} {x_ei:?}");
    for token in x_ei.tokens() {
        assert!(!token.value().contains(&b';'));
        seen += &token.prefix().to_string();
    }
    for finding in x_ei.forgiven() {
        seen += &finding.to_string();
    }
    let (name, value) = data.split_at(data.len() / 2);
    let context = CallContext::from_headers([(name, value), (value, name)], "X-EI");
    seen += &format!("{context:?} {}", context.size_on_wire("X-EI"));
    std::hint::black_box(seen);
});
