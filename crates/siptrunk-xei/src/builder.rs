//! The strict writer.

use std::fmt;

use crate::error::XEiError;
use crate::token::Prefix;

/// Gathers up to one value for each of `S.`, `E.` and `O.` and writes them in that order, each
/// with its semicolon, without spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct XEiBuilder<'a> {
    call_id: Option<&'a str>,
    external_id: Option<&'a str>,
    original: Option<&'a str>,
}

impl<'a> XEiBuilder<'a> {
    /// Adds `S.`.
    ///
    /// # Errors
    /// [`XEiError`] if the value cannot stand in a token, or the token is there already.
    pub fn call_id(mut self, value: &'a str) -> Result<Self, XEiError> {
        set(&mut self.call_id, Prefix::CallId, value)?;
        Ok(self)
    }

    /// Adds `E.`.
    ///
    /// # Errors
    /// As [`XEiBuilder::call_id`].
    pub fn external_id(mut self, value: &'a str) -> Result<Self, XEiError> {
        set(&mut self.external_id, Prefix::ExternalId, value)?;
        Ok(self)
    }

    /// Adds `O.`.
    ///
    /// # Errors
    /// As [`XEiBuilder::call_id`].
    pub fn original(mut self, value: &'a str) -> Result<Self, XEiError> {
        set(&mut self.original, Prefix::Original, value)?;
        Ok(self)
    }

    /// Whether there is no token: write no header then.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the value.
    pub fn len(&self) -> usize {
        let length = |value: Option<&str>| value.map_or(0, |value| value.len().saturating_add(3));
        length(self.call_id)
            .saturating_add(length(self.external_id))
            .saturating_add(length(self.original))
    }

    /// Writes the value to the front of `out` and says how long it is. Does not allocate.
    ///
    /// # Errors
    /// [`XEiError::NoRoom`], and nothing is written.
    pub fn write_into(&self, out: &mut [u8]) -> Result<usize, XEiError> {
        let (needed, room) = (self.len(), out.len());
        let place = out.get_mut(..needed).ok_or(XEiError::NoRoom { needed, room })?;
        let place = put(place, b'S', self.call_id);
        let place = put(place, b'E', self.external_id);
        put(place, b'O', self.original);
        Ok(needed)
    }

    fn parts(&self) -> impl Iterator<Item = (char, &'a str)> {
        [('S', self.call_id), ('E', self.external_id), ('O', self.original)]
            .into_iter()
            .filter_map(|(letter, value)| Some((letter, value?)))
    }
}

/// Writes one token and gives what is left of the place, which `len` measured.
fn put<'p>(place: &'p mut [u8], letter: u8, value: Option<&str>) -> &'p mut [u8] {
    let Some(value) = value else {
        return place;
    };
    let (token, rest) = place.split_at_mut(place.len().min(value.len().saturating_add(3)));
    if let [first, dot, middle @ .., last] = token
        && middle.len() == value.len()
    {
        (*first, *dot, *last) = (letter, b'.', b';');
        middle.copy_from_slice(value.as_bytes());
    }
    rest
}

/// The value.
impl fmt::Display for XEiBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|(letter, value)| write!(f, "{letter}.{value};"))
    }
}

fn set<'a>(
    place: &mut Option<&'a str>,
    prefix: Prefix<'static>,
    value: &'a str,
) -> Result<(), XEiError> {
    if value.is_empty() {
        return Err(XEiError::Empty { prefix });
    }
    if let Some((offset, byte)) =
        value.bytes().enumerate().find(|(_, byte)| *byte == b';' || byte.is_ascii_control())
    {
        return Err(XEiError::InvalidByte { prefix, offset, byte });
    }
    if place.replace(value).is_some() {
        return Err(XEiError::Repeated { prefix });
    }
    Ok(())
}
