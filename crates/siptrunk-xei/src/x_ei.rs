//! The X-EI value: a view over its bytes.

use std::fmt;

use crate::builder::XEiBuilder;
use crate::error::XEiError;
use crate::forgiven::Forgivens;
use crate::token::{Pieces, Prefix, Tokens};

/// The value of an X-EI header, as it came.
///
/// Reading is lenient and never changes a byte: [`XEi::as_bytes`] gives back what was read.
/// [`XEi::forgiven`] lists what a strict writer would not have written.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct XEi<'a> {
    text: &'a [u8],
    /// Of `S.`, `E.` and `O.` the first value that is not empty, found once: all follow from `text`.
    call_id: Found<'a>,
    external_id: Found<'a>,
    original: Found<'a>,
}

/// What a reading found of one kind of token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Found<'a> {
    Nothing,
    Text(&'a str),
    /// Kept, not given as text, and hides later ones all the same.
    NotUtf8,
}

impl<'a> Found<'a> {
    fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Nothing | Self::NotUtf8 => None,
        }
    }
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
        let mut x_ei = Self {
            text: value,
            call_id: Found::Nothing,
            external_id: Found::Nothing,
            original: Found::Nothing,
        };
        // Checking the whole costs less than checking each value.
        let text = std::str::from_utf8(value).ok();
        for piece in Pieces::new(value) {
            let Some(token) = piece.token() else { continue };
            let place = match token.prefix {
                Prefix::CallId => &mut x_ei.call_id,
                Prefix::ExternalId => &mut x_ei.external_id,
                Prefix::Original => &mut x_ei.original,
                Prefix::Other(_) => continue,
            };
            if matches!(place, Found::Nothing) && !token.value.is_empty() {
                let value = match text {
                    Some(text) => text.get(piece.value_range(&token)),
                    None => token.to_str(),
                };
                *place = value.map_or(Found::NotUtf8, Found::Text);
            }
        }
        Ok(x_ei)
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
        self.call_id.text()
    }

    /// The `E.` token: the customer's id of the call.
    pub fn external_id(&self) -> Option<&'a str> {
        self.external_id.text()
    }

    /// The `O.` token: the original caller.
    pub fn original(&self) -> Option<&'a str> {
        self.original.text()
    }

    /// What was forgiven, in wire order; nothing for what [`XEi::builder`] writes.
    pub fn forgiven(&self) -> Forgivens<'a> {
        Forgivens::new(self.text)
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
