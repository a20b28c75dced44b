//! Writing parameters, and what may be written at all.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;

use crate::error::DigestError;

/// Writes `text` in quotes, escaped.
pub(crate) fn quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    escaped(f, text)?;
    f.write_str("\"")
}

/// Writes what stands before an open quote, and `text` after it: escaped, unless it is known to
/// be `plain`.
#[allow(clippy::inline_always, reason = "measured: what stands before is no call then")]
#[inline(always)]
pub(crate) fn after(
    f: &mut impl fmt::Write,
    before: &'static str,
    text: &str,
    plain: bool,
) -> fmt::Result {
    f.write_str(before)?;
    if plain { f.write_str(text) } else { escaped(f, text) }
}

fn escaped(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
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
    f.write_str(rest)
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
#[inline]
pub(crate) fn has_control(text: &[u8]) -> bool {
    has_any(text, maybe_control, is_control)
}

/// Whether a text has a character that cannot stand in a quoted string as it is.
#[inline]
pub(crate) fn needs_escape(text: &[u8]) -> bool {
    has_any(text, maybe_special, is_special)
}

/// Where the first such character is, or a tab.
#[inline]
pub(crate) fn find_special(text: &[u8]) -> Option<usize> {
    let (eights, rest) = text.as_chunks();
    let mut at = 0usize;
    for eight in eights {
        let suspicion = maybe_special(u64::from_le_bytes(*eight));
        if suspicion != 0 {
            // Above the first one the bits may lie.
            return Some(at.saturating_add(suspicion.trailing_zeros() as usize / 8));
        }
        at = at.saturating_add(8);
    }
    rest.iter().position(|byte| is_special(*byte)).map(|more| at.saturating_add(more))
}

#[inline]
fn is_special(byte: u8) -> bool {
    is_control(byte) || byte == b'"' || byte == b'\\'
}

/// Not zero if one of eight bytes is special; a tab counts as one here.
#[inline]
fn maybe_special(eight: u64) -> u64 {
    maybe_control(eight) | zero(eight ^ each(b'"')) | zero(eight ^ each(b'\\'))
}

#[inline]
pub(crate) fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 0x7f
}

/// Whether a byte of the text is one: eight at a time may be, and are looked at again if so. Most
/// texts are some dozen bytes long and have none.
#[inline]
fn has_any(text: &[u8], maybe: impl Fn(u64) -> u64, is: impl Fn(u8) -> bool) -> bool {
    let (eights, rest) = text.as_chunks();
    let suspicion = eights.iter().fold(0, |all, eight| all | maybe(u64::from_ne_bytes(*eight)));
    (suspicion != 0 && text.iter().any(|byte| is(*byte))) || rest.iter().any(|byte| is(*byte))
}

/// Not zero if one of eight bytes is a control character; a tab counts as one here.
#[inline]
fn maybe_control(eight: u64) -> u64 {
    (eight.wrapping_sub(each(b' ')) & !eight & each(0x80)) | zero(eight ^ each(0x7f))
}

/// Not zero if one of eight bytes is.
#[inline]
fn zero(eight: u64) -> u64 {
    eight.wrapping_sub(each(1)) & !eight & each(0x80)
}

/// Eight times the same byte.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Cuts the tie to a message.
pub(crate) fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of texts around the length of eight, with neighbours that carry
    /// and borrow.
    #[test]
    fn one_byte_among_others() {
        for around in [b'a', b'\t', b'!', 0x7e, 0x80, 0xff] {
            for length in 1..=25 {
                for at in 0..length {
                    for byte in 0..=u8::MAX {
                        let mut text = vec![around; length];
                        text[at] = byte;
                        let control = byte != b'\t' && byte.is_ascii_control();
                        assert_eq!(has_control(&text), control, "{text:?}");
                        let escape = control || byte == b'"' || byte == b'\\';
                        assert_eq!(needs_escape(&text), escape, "{text:?}");
                        // It stops at the first special byte, if not at a tab before.
                        match find_special(&text) {
                            None => assert!(!escape, "{text:?}"),
                            Some(found) if found == at => {
                                assert!(escape || byte == b'\t', "{text:?}");
                            }
                            Some(tab) => {
                                assert!(around == b'\t' && (tab < at || !escape), "{text:?}");
                            }
                        }
                    }
                }
            }
        }
    }
}
