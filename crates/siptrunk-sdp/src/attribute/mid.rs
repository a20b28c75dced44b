//! `a=mid:` the name of a stream in its description (RFC 5888 section 4).

use std::fmt;

use super::{AttributeError, TypedAttribute};
use crate::grammar::{Cursor, ascii, is_token};

/// The name by which [`Group`](super::Group)s speak of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mid<'a> {
    tag: &'a str,
}

impl<'a> Mid<'a> {
    /// A name; `None` if it is no token.
    pub fn new(tag: &'a str) -> Option<Self> {
        (!tag.is_empty() && tag.bytes().all(is_token)).then_some(Self { tag })
    }

    /// The name: a token.
    pub fn tag(&self) -> &'a str {
        self.tag
    }
}

impl<'a> TypedAttribute<'a> for Mid<'a> {
    const NAME: &'static str = "mid";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, "a token");
        let mut cursor = Cursor::new(value.unwrap_or_default());
        let tag = ascii(cursor.some(is_token).map_err(&malformed)?);
        cursor.end().map_err(malformed)?;
        Ok(Self { tag })
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(self.tag)
    }
}
