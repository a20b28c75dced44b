//! What holds of every header that has a type: what is read is written, and reads as what it was.

use bytes::Bytes;
use siptrunk_message::{
    HeaderFamily, HeaderName, Limits, Message, NameAddr, TypedHeader, typed_headers,
};

/// The headers of a family.
pub fn family(family: HeaderFamily) -> impl ExactSizeIterator<Item = &'static TypedHeader> {
    let rows: Vec<_> = typed_headers().iter().filter(|row| row.family() == family).collect();
    rows.into_iter()
}

/// The first octet says which header of the family, the rest is its value.
pub fn round_trip(of: HeaderFamily, input: &[u8]) {
    let Some((which, value)) = input.split_first() else { return };
    let rows = family(of);
    let at = usize::from(*which) % rows.len();
    let Some(row) = rows.into_iter().nth(at) else { return };
    let Some(message) = message(row.name(), value) else { return };
    for read in row.read(message.headers()) {
        let text = match read {
            Ok(text) => text,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        assert!(!text.contains(['\r', '\n', '\0']), "{}: {text:?}", row.name());
        let written = self::message(row.name(), text.as_bytes())
            .unwrap_or_else(|| panic!("{}: not written as a value: {text}", row.name()));
        let again = row.read(written.headers());
        assert_eq!(again, [Ok(text)], "{}", row.name());
    }
    if of == HeaderFamily::Address {
        message.headers().name_addrs(row.name()).flatten().for_each(|address| changed(&address));
    }
}

/// A message with one field of that value, if a line can hold it.
fn message(name: &HeaderName, value: &[u8]) -> Option<Message> {
    let head = format!("OPTIONS sip:a@b SIP/2.0\r\n{name}: ");
    let octets = [head.as_bytes(), value, b"\r\n\r\n"].concat();
    // What is escaped or quoted in writing may grow past the usual limit of a line.
    let limits = Limits { line: 1 << 20, ..Limits::default() };
    let message = Message::parse(Bytes::from(octets), &limits).ok()?;
    // A value does not hold the end of the headers.
    (message.headers().len() == 1 && message.body().is_empty()).then_some(message)
}

/// An address can be kept, and takes a tag.
fn changed(address: &NameAddr<'_>) {
    let _ = (address.display_name(), address.tag(), address.params().iter().count());
    let owned = address.clone().into_owned();
    assert_eq!(owned.to_string(), address.to_string());
    assert_eq!(owned.with_tag("fuzz").tag(), Some("fuzz"));
}
