//! `a=ssrc:` what a source of a stream is called (RFC 5576 section 4.1).

use std::fmt;

use super::{AttributeError, TypedAttribute};
use crate::grammar::{Cursor, is_token};

/// One property of one RTP source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ssrc<'a> {
    id: u32,
    name: &'a str,
    value: Option<&'a [u8]>,
}

impl<'a> Ssrc<'a> {
    /// A property of a source; `None` if the name is no token or the value has a NUL, CR or LF.
    pub fn new(id: u32, name: &'a str, value: Option<&'a [u8]>) -> Option<Self> {
        let is_name = !name.is_empty() && name.bytes().all(is_token);
        let ends_line = |byte: &u8| matches!(byte, 0 | b'\r' | b'\n');
        let fits = is_name && !value.unwrap_or_default().iter().any(ends_line);
        fits.then_some(Self { id, name, value })
    }

    /// The synchronisation source.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The property's name, such as `cname`.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The property's value, if it has one.
    pub fn value(&self) -> Option<&'a [u8]> {
        self.value
    }
}

impl<'a> TypedAttribute<'a> for Ssrc<'a> {
    const NAME: &'static str = "ssrc";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, "a number, a name and a value");
        let mut cursor = Cursor::new(value.unwrap_or_default());
        let id = cursor.number().map_err(&malformed)?;
        cursor.byte(b' ').map_err(&malformed)?;
        let name = cursor.token().map_err(&malformed)?;
        if cursor.is_at_end() {
            return Ok(Self { id, name, value: None });
        }
        cursor.byte(b':').map_err(malformed)?;
        Ok(Self { id, name, value: Some(cursor.rest()) })
    }

    /// A value that is not UTF-8 is written as far as it is text.
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} {}", self.id, self.name)?;
        self.value.map_or(Ok(()), |value| write!(out, ":{}", String::from_utf8_lossy(value)))
    }
}
