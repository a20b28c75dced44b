//! Percent-encoding for a URI header parameter, such as `?X-EI=S.abc%3B` (RFC 3986 section 2.1).

use std::borrow::Cow;
use std::fmt;

use crate::error::DecodeError;

const HEX: [u8; 16] = *b"0123456789ABCDEF";

/// A value in its percent-encoded form, not written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded<'a> {
    value: &'a [u8],
}

/// Encodes a value once: everything but letters, digits, `-`, `.`, `_` and `~` becomes `%XX`.
///
/// That is less than a SIP URI allows as it is, on purpose: `+` as it is would come back as a
/// space from decoders of web forms. Give it what is to arrive, never what is encoded already.
pub fn encode_uri_component(value: &[u8]) -> Encoded<'_> {
    Encoded { value }
}

impl Encoded<'_> {
    /// Bytes of the encoded form.
    #[allow(clippy::len_without_is_empty, reason = "an encoded form is empty if its value is")]
    pub fn len(&self) -> usize {
        self.value.iter().fold(0, |sum: usize, &byte| {
            sum.saturating_add(if is_unreserved(byte) { 1 } else { 3 })
        })
    }

    /// Writes the encoded form to the front of `out` and says how long it is. Does not allocate.
    ///
    /// # Errors
    /// [`DecodeError::NoRoom`], and what fits is written.
    pub fn write_into(&self, out: &mut [u8]) -> Result<usize, DecodeError> {
        let room = out.len();
        let needed = self.len();
        let no_room = DecodeError::NoRoom { needed, room };
        let mut places = out.get_mut(..needed).ok_or(no_room)?.iter_mut();
        for &byte in self.value {
            for byte in escape(byte).into_iter().flatten() {
                *places.next().ok_or(no_room)? = byte;
            }
        }
        Ok(needed)
    }
}

/// The encoded form.
impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for &byte in self.value {
            for byte in escape(byte).into_iter().flatten() {
                f.write_char(char::from(byte))?;
            }
        }
        Ok(())
    }
}

/// Decodes once. Borrows if nothing is encoded. A `+` stays a `+`.
///
/// # Errors
/// [`DecodeError::Malformed`] at a `%` without two hexadecimal digits.
pub fn decode_uri_component(text: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    let Some(first) = memchr::memchr(b'%', text) else {
        return Ok(Cow::Borrowed(text));
    };
    let (plain, mut rest) = text.split_at_checked(first).unwrap_or((text, &[]));
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(plain);
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            out.push(byte);
            rest = after;
            continue;
        }
        match after {
            [high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(digit(*high) << 4 | digit(*low));
                rest = tail;
            }
            _ => {
                let offset = text.len().saturating_sub(rest.len());
                return Err(DecodeError::Malformed { offset });
            }
        }
    }
    Ok(Cow::Owned(out))
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn escape(byte: u8) -> [Option<u8>; 3] {
    if is_unreserved(byte) {
        return [Some(byte), None, None];
    }
    let hex = |nibble: u8| HEX.get(usize::from(nibble)).copied();
    [Some(b'%'), hex(byte >> 4), hex(byte & 0x0f)]
}

fn digit(hex: u8) -> u8 {
    char::from(hex).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0)
}
