//! `a=group:` streams that belong together (RFC 5888 section 5, RFC 9143).

use std::fmt;

use super::{AttributeError, TypedAttribute};
use crate::grammar::{Cursor, is_token};

/// Streams that belong together, and in what sense. An answer of ours has no group, which
/// refuses a `BUNDLE` (RFC 9143 section 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group<'a> {
    semantics: &'a str,
    tags: &'a str,
}

impl<'a> Group<'a> {
    /// A group of the streams named by `tags`, which single spaces part; `None` if one part is
    /// no token. `tags` may be empty.
    pub fn new(semantics: &'a str, tags: &'a str) -> Option<Self> {
        let is_one = |text: &str| !text.is_empty() && text.bytes().all(is_token);
        let fits = is_one(semantics) && (tags.is_empty() || tags.split(' ').all(is_one));
        fits.then_some(Self { semantics, tags })
    }

    /// What the group means, such as `BUNDLE` or `LS`.
    pub fn semantics(&self) -> &'a str {
        self.semantics
    }

    /// The [`Mid`](super::Mid)s of its streams.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.tags.split(' ').filter(|tag| !tag.is_empty())
    }
}

impl<'a> TypedAttribute<'a> for Group<'a> {
    const NAME: &'static str = "group";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, "semantics and names of streams");
        let mut cursor = Cursor::new(value.unwrap_or_default());
        let semantics = cursor.token().map_err(&malformed)?;
        let tags = if cursor.byte(b' ').is_ok() {
            cursor.some(|byte| is_token(byte) || byte == b' ').unwrap_or_default()
        } else {
            &[]
        };
        cursor.end().map_err(malformed)?;
        Ok(Self { semantics, tags: crate::grammar::ascii(tags.trim_ascii()) })
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(self.semantics)?;
        self.tags().try_for_each(|tag| write!(out, " {tag}"))
    }
}
