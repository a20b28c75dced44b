//! The strict writer.

use std::fmt;

use crate::error::XEiError;
use crate::octets;
use crate::token::Prefix;

/// Gathers up to one value for each of `S.`, `E.` and `O.` and writes them in that order, each
/// with its semicolon, without spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct XEiBuilder<'a> {
    call_id: Option<&'a str>,
    external_id: Option<&'a str>,
    original: Option<&'a str>,
    /// Bytes of all tokens.
    len: usize,
}

impl<'a> XEiBuilder<'a> {
    /// Adds `S.`.
    ///
    /// # Errors
    /// [`XEiError`] if the value cannot stand in a token, or the token is there already.
    pub fn call_id(mut self, value: &'a str) -> Result<Self, XEiError> {
        self.call_id = Some(judge(self.call_id, Prefix::CallId, value)?);
        Ok(self.longer_by(value))
    }

    /// Adds `E.`.
    ///
    /// # Errors
    /// As [`XEiBuilder::call_id`].
    pub fn external_id(mut self, value: &'a str) -> Result<Self, XEiError> {
        self.external_id = Some(judge(self.external_id, Prefix::ExternalId, value)?);
        Ok(self.longer_by(value))
    }

    /// Adds `O.`.
    ///
    /// # Errors
    /// As [`XEiBuilder::call_id`].
    pub fn original(mut self, value: &'a str) -> Result<Self, XEiError> {
        self.original = Some(judge(self.original, Prefix::Original, value)?);
        Ok(self.longer_by(value))
    }

    /// Whether there is no token: write no header then.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of the value.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Writes the value to the front of `out` and says how long it is. Does not allocate.
    ///
    /// # Errors
    /// [`XEiError::NoRoom`], and nothing is written.
    pub fn write_into(&self, out: &mut [u8]) -> Result<usize, XEiError> {
        let (needed, room) = (self.len, out.len());
        let place = out.get_mut(..needed).ok_or(XEiError::NoRoom { needed, room })?;
        // The place is as long as what was gathered, so that each token finds its room.
        Some(place)
            .and_then(|place| put(place, b'S', self.call_id))
            .and_then(|place| put(place, b'E', self.external_id))
            .and_then(|place| put(place, b'O', self.original))
            .map(|_rest| needed)
            .ok_or(XEiError::NoRoom { needed, room })
    }

    /// Counts a token: letter, dot, value, semicolon.
    fn longer_by(mut self, value: &str) -> Self {
        self.len = self.len.saturating_add(value.len()).saturating_add(3);
        self
    }

    fn parts(&self) -> impl Iterator<Item = (char, &'a str)> {
        [('S', self.call_id), ('E', self.external_id), ('O', self.original)]
            .into_iter()
            .filter_map(|(letter, value)| Some((letter, value?)))
    }
}

/// Writes one token and gives what is left of the place; `None` if it does not fit.
fn put<'p>(place: &'p mut [u8], letter: u8, value: Option<&str>) -> Option<&'p mut [u8]> {
    let Some(value) = value else { return Some(place) };
    let (prefix, place) = place.split_first_chunk_mut::<2>()?;
    *prefix = [letter, b'.'];
    let (middle, place) = place.split_at_mut_checked(value.len())?;
    octets::copy(middle, value.as_bytes())?;
    let (semicolon, rest) = place.split_first_mut()?;
    *semicolon = b';';
    Some(rest)
}

/// The value.
impl fmt::Display for XEiBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|(letter, value)| write!(f, "{letter}.{value};"))
    }
}

/// The value, if it can stand in the token, which must not be there yet.
fn judge<'a>(
    before: Option<&str>,
    prefix: Prefix<'static>,
    value: &'a str,
) -> Result<&'a str, XEiError> {
    if value.is_empty() {
        return Err(XEiError::Empty { prefix });
    }
    if !octets::none(value.as_bytes(), is_barred)
        && let Some((offset, byte)) = value.bytes().enumerate().find(|(_, byte)| is_barred(*byte))
    {
        return Err(XEiError::InvalidByte { prefix, offset, byte });
    }
    match before {
        Some(_) => Err(XEiError::Repeated { prefix }),
        None => Ok(value),
    }
}

/// What ends a token, having no escape, and what no header value may carry.
fn is_barred(byte: u8) -> bool {
    byte == b';' || byte.is_ascii_control()
}
