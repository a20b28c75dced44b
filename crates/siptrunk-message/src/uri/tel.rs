//! `tel:` URIs (RFC 3966 3).

use std::borrow::Cow;
use std::fmt;

use crate::index::Part;
use crate::number::Number;
use crate::params::Params;

/// A `tel:` URI.
#[derive(Clone)]
pub struct TelUri<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) number: Part,
}

impl TelUri<'_> {
    /// A global number as `tel:+...`.
    pub fn new(number: &Number) -> TelUri<'static> {
        let text = format!("tel:{number}");
        let number = Part::new(4, text.len());
        TelUri { text: Cow::Owned(text), number }
    }

    /// The whole URI as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number as written, with its visual separators.
    pub fn number(&self) -> &str {
        self.number.read(&self.text)
    }

    /// Whether the number is global: it begins with `+`.
    pub fn is_global(&self) -> bool {
        self.number().starts_with('+')
    }

    /// The parameters, `phone-context` and `ext` among them.
    pub fn params(&self) -> Params<'_> {
        let text = self.text.get(self.number.end()..).unwrap_or_default();
        Params::parse(text.as_bytes()).map(|(_, params)| params).unwrap_or_default()
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> TelUri<'static> {
        TelUri { text: Cow::Owned(self.text.into_owned()), number: self.number }
    }
}

impl fmt::Display for TelUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TelUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
