//! Writing parameters, and what may be written at all.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;

use crate::error::DigestError;

/// Writes `text` in quotes, escaped.
pub(crate) fn quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    let mut rest = text;
    while let Some(at) = memchr2(b'"', b'\\', rest.as_bytes()) {
        // Both are ASCII, so a character ends after the one found.
        let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let (special, after) = special.split_at_checked(1).unwrap_or((special, ""));
        f.write_str(plain)?;
        f.write_str("\\")?;
        f.write_str(special)?;
        rest = after;
    }
    f.write_str(rest)?;
    f.write_str("\"")
}

/// Writes a 32-bit number as eight hexadecimal digits.
pub(crate) fn nc(f: &mut impl fmt::Write, nc: u32) -> fmt::Result {
    f.write_str(crate::hash::nc_hex(nc).as_str())
}

/// Writes a value as it came, but for folds: a line end would end the field that it goes into.
pub(crate) fn untouched(f: &mut impl fmt::Write, wire: &str) -> fmt::Result {
    let mut pieces = wire.split(['\r', '\n']);
    f.write_str(pieces.next().unwrap_or_default())?;
    for piece in pieces {
        f.write_str(" ")?;
        f.write_str(piece)?;
    }
    Ok(())
}

/// A text that is going to be written, unless it has a character that cannot stand in a header.
pub(crate) fn printable<'a>(
    name: &'static str,
    text: impl Into<Cow<'a, str>>,
) -> Result<Cow<'a, str>, DigestError> {
    let text = text.into();
    if has_control(text.as_bytes()) { Err(DigestError::Invalid { name }) } else { Ok(text) }
}

/// Whether a text has a character that cannot stand in a header value.
pub(crate) fn has_control(text: &[u8]) -> bool {
    // To the end instead of stopping at the first, and in bytes: that the compiler can do in
    // vectors, and the usual answer is no.
    let flag = |byte: &u8| u8::from((*byte < b' ' && *byte != b'\t') || *byte == 0x7f);
    text.iter().fold(0, |found, byte| found | flag(byte)) != 0
}

/// Cuts the tie to a message.
pub(crate) fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
