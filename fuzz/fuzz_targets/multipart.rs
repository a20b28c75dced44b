//! A Content-Type, a line end, and a body: parts lie within the body in order, and are the same when written anew.
#![no_main]

use bytes::Bytes;
use siptrunk_message::{
    Body, ContentType, Header, HeaderName, HeaderValue, Limits, Multipart, MultipartWriter,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|octet| *octet == b'\n').unwrap_or(data.len());
    let (content_type, body) = data.split_at(end);
    let Ok((content_type, _)) = ContentType::parse(content_type) else { return };
    let body = Bytes::copy_from_slice(body.get(1..).unwrap_or_default());
    let limits = Limits::default();
    let read = match Multipart::parse(&content_type, &body, &limits) {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!((1..=limits.parts).contains(&read.parts().len()));
    let mut from = body.as_ptr().addr();
    for part in read.parts() {
        let _ = (part.content_type(), part.is_optional(), format!("{part:?}"));
        if !part.body().is_empty() {
            let at = part.body().as_ptr().addr();
            assert!(from <= at, "parts are slices of the body, in order");
            from = at + part.body().len();
        }
    }
    assert!(from <= body.as_ptr().addr() + body.len());
    write(&read, &limits);
});

/// The parts under another boundary, those whose type can be carried on.
fn write(read: &Multipart, limits: &Limits) {
    let mut writer = MultipartWriter::new("mixed", "fuzz").expect("a boundary");
    let mut carried = Vec::new();
    for part in read.parts() {
        let raw = part.headers().raw(&HeaderName::CONTENT_TYPE).unwrap_or(b"text/plain");
        let Some(content_type) =
            std::str::from_utf8(raw).ok().and_then(|it| HeaderValue::new(it).ok())
        else {
            continue;
        };
        let body = Body { content_type, bytes: part.body_bytes().clone() };
        if body.bytes.windows(6).any(|octets| octets == b"--fuzz") {
            assert!(
                MultipartWriter::new("mixed", "fuzz").is_ok_and(|it| it.part(&body, &[]).is_err())
            );
            continue;
        }
        writer = writer.part(&body, &[]).expect("the boundary is not in it");
        carried.push(body);
    }
    let whole = writer.finish();
    let (content_type, _) = ContentType::parse(whole.content_type.as_bytes()).expect("our own");
    match Multipart::parse(&content_type, &whole.bytes, limits) {
        Ok(again) => {
            assert_eq!(again.parts().len(), carried.len());
            for (part, body) in again.parts().iter().zip(&carried) {
                assert_eq!(part.body(), &body.bytes[..]);
                assert_eq!(
                    part.headers().raw(&HeaderName::CONTENT_TYPE),
                    Some(body.content_type.as_bytes())
                );
            }
        }
        Err(error) => assert!(carried.is_empty(), "{error}"),
    }
}
