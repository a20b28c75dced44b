//! `a=fmtp:` parameters of a format (RFC 8866 section 6.15).

use std::fmt;

use super::{AttributeError, TelephoneEvents, TypedAttribute};
use crate::grammar::Cursor;

/// A format, and parameters whose meaning the format defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fmtp<'a> {
    format: &'a str,
    parameters: &'a str,
}

impl<'a> Fmtp<'a> {
    /// Parameters of a format; `None` if the format is no token, or the parameters are empty,
    /// begin or end with a space, or hold a control character.
    pub fn new(format: &'a str, parameters: &'a str) -> Option<Self> {
        let is_token = !format.is_empty() && format.bytes().all(crate::grammar::is_token);
        let is_text = !parameters.is_empty() && parameters.trim_ascii() == parameters;
        let fits = is_token && is_text && !parameters.bytes().any(|byte| byte.is_ascii_control());
        fits.then_some(Self { format, parameters })
    }

    /// The format as it stands in the `m=` line: a payload type, for RTP.
    pub fn format(&self) -> &'a str {
        self.format
    }

    /// The parameters as they stand.
    pub fn parameters(&self) -> &'a str {
        self.parameters
    }

    /// The parameters split at semicolons, each a name and a value if there is one: the usual
    /// shape, though a format may have another.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.parameters)
    }

    /// The parameters as a list of telephone events (RFC 4733 section 2.4.1).
    ///
    /// # Errors
    /// [`AttributeError`] if they are something else.
    pub fn telephone_events(&self) -> Result<TelephoneEvents, AttributeError> {
        TelephoneEvents::parse(self.parameters)
    }
}

/// `name=value; name; ...`, empty ones left out.
pub(crate) fn pairs(parameters: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    parameters.split(';').map(str::trim_ascii).filter(|pair| !pair.is_empty()).map(
        |pair| match pair.split_once('=') {
            Some((name, value)) => (name.trim_ascii(), Some(value.trim_ascii())),
            None => (pair, None),
        },
    )
}

impl<'a> TypedAttribute<'a> for Fmtp<'a> {
    const NAME: &'static str = "fmtp";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, "a format and its parameters in UTF-8");
        let mut cursor = Cursor::new(value.unwrap_or_default());
        let format = cursor.token().map_err(&malformed)?;
        cursor.byte(b' ').map_err(&malformed)?;
        let at = cursor.stop();
        let parameters = std::str::from_utf8(cursor.rest()).map_err(|_| malformed(at))?;
        let parameters = parameters.trim_ascii();
        if parameters.is_empty() {
            return Err(malformed(at));
        }
        Ok(Self { format, parameters })
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} {}", self.format, self.parameters)
    }
}
