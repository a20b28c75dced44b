//! Two URIs: each is written as it was read, equals itself, and comparing them is the same from both sides.
#![no_main]

use libfuzzer_sys::fuzz_target;
use siptrunk_message::{Number, Uri, UriError};

fuzz_target!(|input: &[u8]| {
    let mut parts = input.split(|octet| *octet == b'\n');
    let a = read(parts.next().unwrap_or_default());
    let b = read(parts.next().unwrap_or_default());
    if let (Some(a), Some(b)) = (&a, &b) {
        assert_eq!(a.equivalent(b), b.equivalent(a));
    }
});

fn read(text: &[u8]) -> Option<Uri<'static>> {
    let uri = match Uri::parse(text) {
        Ok(uri) => uri,
        Err(UriError::Malformed { offset, .. }) => {
            assert!(offset <= text.len());
            return None;
        }
        Err(_) => return None,
    };
    assert_eq!(uri.to_string().as_bytes(), text);
    assert!(uri.equivalent(&uri));
    let _ = (uri.user(), uri.scheme(), uri.host().map(|host| host.to_string()), format!("{uri:?}"));
    if let Some(number) = Number::from_uri(&uri) {
        assert_eq!(Number::parse(number.as_str()).as_ref(), Ok(&number));
    }
    if let Some(sip) = uri.as_sip() {
        let marked = sip.with_param("x-fuzz", Some("1;2 3"));
        assert_eq!(marked.param("x-fuzz"), Some(Some("1%3B2%203")));
        assert_eq!(
            marked.without_param("X-FUZZ").params().count(),
            sip.without_param("x-fuzz").params().count()
        );
        assert_eq!(marked.user(), sip.user());
        assert_eq!((marked.host(), marked.port()), (sip.host(), sip.port()));
        assert!(!sip.without_headers().has_headers());
    }
    Some(uri.into_owned())
}
