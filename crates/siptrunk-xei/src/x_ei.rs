//! The X-EI value: a view over its bytes.

use std::fmt;

use crate::builder::XEiBuilder;
use crate::error::XEiError;
use crate::forgiven::Forgivens;
use crate::token::{Prefix, Tokens};

/// The value of an X-EI header, as it came.
///
/// Reading is lenient and never changes a byte: [`XEi::as_bytes`] gives back what was read.
/// [`XEi::forgiven`] lists what a strict writer would not have written.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct XEi<'a> {
    text: &'a [u8],
}

impl<'a> XEi<'a> {
    /// The longest value that [`XEi::parse`] reads: 8,192 bytes.
    pub const LIMIT: usize = 8_192;

    /// Takes a header value.
    ///
    /// # Errors
    /// [`XEiError::LimitReached`] if it is longer than [`XEi::LIMIT`]; nothing else.
    pub fn parse(value: &'a [u8]) -> Result<Self, XEiError> {
        Self::parse_with(value, Self::LIMIT)
    }

    /// Takes a header value of at most `limit` bytes.
    ///
    /// # Errors
    /// [`XEiError::LimitReached`]; nothing else.
    pub fn parse_with(value: &'a [u8], limit: usize) -> Result<Self, XEiError> {
        if value.len() > limit {
            return Err(XEiError::LimitReached { length: value.len(), limit });
        }
        Ok(Self { text: value })
    }

    /// Writes a value by the strict rules.
    pub fn builder<'b>() -> XEiBuilder<'b> {
        XEiBuilder::default()
    }

    /// The bytes as they came.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The tokens in order, repeated and unknown ones too.
    pub fn tokens(&self) -> Tokens<'a> {
        Tokens::new(self.text)
    }

    /// The `S.` token: the agent platform's call id.
    pub fn call_id(&self) -> Option<&'a str> {
        self.value(Prefix::CallId)
    }

    /// The `E.` token: the customer's id of the call.
    pub fn external_id(&self) -> Option<&'a str> {
        self.value(Prefix::ExternalId)
    }

    /// The `O.` token: the original caller.
    pub fn original(&self) -> Option<&'a str> {
        self.value(Prefix::Original)
    }

    /// What was forgiven, in wire order; nothing for what [`XEi::builder`] writes.
    pub fn forgiven(&self) -> Forgivens<'a> {
        Forgivens::new(self.text)
    }

    /// The first token of that kind that has a value, as text.
    fn value(&self, prefix: Prefix<'_>) -> Option<&'a str> {
        self.tokens()
            .find(|token| token.prefix == prefix && !token.value.is_empty())
            .and_then(|token| token.to_str())
    }
}

/// The value; bytes that are not UTF-8 are replaced.
impl fmt::Display for XEi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.text.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{fffd}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for XEi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "XEi(\"{}\")", self.text.escape_ascii())
    }
}
