//! URIs of SIP: `sip:`, `sips:`, `tel:`, and any other scheme kept as text (RFC 3261 19.1, RFC 3966).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::grammar::{At, ascii, offset_in};
use crate::host::Host;

mod compare;
mod edit;
mod headers;
mod parameters;
mod parse;
mod phone;
mod sip;
mod tel;

pub use headers::UriHeaderError;
pub use sip::SipUri;
pub use tel::{PhoneContext, TelUri};

/// A URI. It is written exactly as it was read.
#[derive(Clone, Debug)]
pub enum Uri<'a> {
    /// `sip:` or `sips:`.
    Sip(SipUri<'a>),
    /// `tel:`.
    Tel(TelUri<'a>),
    /// Any other scheme.
    Other(OtherUri<'a>),
}

/// A URI of a scheme that this crate does not look into.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherUri<'a> {
    text: Cow<'a, str>,
}

impl OtherUri<'_> {
    /// The scheme as written.
    pub fn scheme(&self) -> &str {
        self.text.split(':').next().unwrap_or_default()
    }

    /// The whole URI.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<'a> Uri<'a> {
    /// Reads a URI that makes up the whole of `text`.
    pub fn parse(text: &'a [u8]) -> Result<Self, UriError> {
        parse::whole(text).map_err(|At { at, reason }| UriError::Malformed {
            offset: offset_in(text, at),
            reason,
        })
    }

    /// The same, with the place of the failure as a slice.
    pub(crate) fn parse_at(text: &'a [u8]) -> Result<Self, At<'a>> {
        parse::whole(text)
    }

    /// A `sip:` URI. The user part is escaped where the grammar asks for it (RFC 3261 19.1.2).
    pub fn sip(user: Option<&str>, host: &Host<'_>, port: Option<u16>) -> Uri<'static> {
        Uri::Sip(SipUri::new(user, host, port))
    }

    /// The scheme as written.
    pub fn scheme(&self) -> &str {
        match self {
            Self::Sip(uri) => uri.scheme(),
            Self::Tel(_) => "tel",
            Self::Other(uri) => uri.scheme(),
        }
    }

    /// The whole URI as written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sip(uri) => uri.as_str(),
            Self::Tel(uri) => uri.as_str(),
            Self::Other(uri) => uri.as_str(),
        }
    }

    /// The `sip:` or `sips:` URI, if it is one.
    pub fn as_sip(&self) -> Option<&SipUri<'a>> {
        match self {
            Self::Sip(uri) => Some(uri),
            _ => None,
        }
    }

    /// The `tel:` URI, if it is one.
    pub fn as_tel(&self) -> Option<&TelUri<'a>> {
        match self {
            Self::Tel(uri) => Some(uri),
            _ => None,
        }
    }

    /// The user part without escapes, or the number of a `tel:` URI.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Sip(uri) => uri.user(),
            Self::Tel(uri) => Some(Cow::Borrowed(uri.number())),
            Self::Other(_) => None,
        }
    }

    /// The host of a `sip:` or `sips:` URI.
    pub fn host(&self) -> Option<Host<'_>> {
        self.as_sip().map(SipUri::host)
    }

    /// Adds a URI parameter, or sets the first one of that name. A URI of a scheme that is not looked into stays as it
    /// is.
    #[must_use]
    pub fn with_param(self, name: &str, value: Option<&str>) -> Uri<'static> {
        match self {
            Self::Sip(uri) => Uri::Sip(uri.with_param(name, value)),
            Self::Tel(uri) => Uri::Tel(uri.with_param(name, value)),
            other @ Self::Other(_) => other.into_owned(),
        }
    }

    /// Whether both mean the same by RFC 3261 19.1.4 and RFC 3966 4; other schemes compare octet by octet.
    ///
    /// This is not transitive: a parameter that one side does not have is not compared.
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        // Equal octets mean the same, also where a URI breaks the grammar by a repeated parameter.
        if self.as_str() == other.as_str() {
            return true;
        }
        match (self, other) {
            (Self::Sip(a), Uri::Sip(b)) => compare::sip(a, b),
            (Self::Tel(a), Uri::Tel(b)) => compare::tel(a, b),
            (Self::Other(a), Uri::Other(b)) => a.text == b.text,
            _ => false,
        }
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> Uri<'static> {
        match self {
            Self::Sip(uri) => Uri::Sip(uri.into_owned()),
            Self::Tel(uri) => Uri::Tel(uri.into_owned()),
            Self::Other(uri) => Uri::Other(OtherUri { text: Cow::Owned(uri.text.into_owned()) }),
        }
    }

    /// How many parameters it has, for the limit.
    pub(crate) fn parameters(&self) -> usize {
        match self {
            Self::Sip(uri) => uri.parameters(),
            Self::Tel(uri) => uri.parameters(),
            Self::Other(_) => 0,
        }
    }
}

impl<'b> PartialEq<Uri<'b>> for Uri<'_> {
    /// As [`Uri::equivalent`]. Not transitive, so there is no `Eq`.
    fn eq(&self, other: &Uri<'b>) -> bool {
        self.equivalent(other)
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Uri<'static> {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Ok(Uri::parse(text.as_bytes())?.into_owned())
    }
}

impl<'a> From<SipUri<'a>> for Uri<'a> {
    fn from(uri: SipUri<'a>) -> Self {
        Self::Sip(uri)
    }
}

impl<'a> From<TelUri<'a>> for Uri<'a> {
    fn from(uri: TelUri<'a>) -> Self {
        Self::Tel(uri)
    }
}

/// Why a text is no URI.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UriError {
    /// Not what the grammar of its scheme says.
    #[error("URI, octet {offset}: {reason}")]
    Malformed {
        /// Where, counted from the URI's first octet.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
}

/// The parameters of a URI, `;name=value;name`, as written.
fn params_of(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split(';').filter(|param| !param.is_empty()).map(|param| match param.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (param, None),
    })
}

/// Takes `%XX` escapes away, once. Octets that are not UTF-8 then become U+FFFD.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let octets: Vec<u8> = unescaped_octets(text.as_bytes()).collect();
    Cow::Owned(String::from_utf8_lossy(&octets).into_owned())
}

/// The octets with `%XX` escapes taken away. A `%` without two hexadecimal digits stands for itself.
pub(crate) fn unescaped_octets(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || match rest {
        [b'%', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            rest = after;
            Some((hex(*high) << 4) | hex(*low))
        }
        [first, after @ ..] => {
            rest = after;
            Some(*first)
        }
        [] => None,
    })
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit.wrapping_sub(b'0'),
        _ => digit.to_ascii_lowercase().wrapping_sub(b'a').wrapping_add(10),
    }
}

/// Appends `text` with every octet that `allowed` does not let stand escaped.
pub(crate) fn escape_into(out: &mut String, text: &[u8], allowed: fn(u8) -> bool) {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for octet in text.iter().copied() {
        if allowed(octet) {
            out.push(char::from(octet));
        } else {
            out.push('%');
            for nibble in [octet >> 4, octet & 0xf] {
                out.push(HEX.get(usize::from(nibble)).copied().unwrap_or('0'));
            }
        }
    }
}

/// Text of URI octets: the grammar has found them to be ASCII.
pub(crate) fn text_of(octets: &[u8]) -> Cow<'_, str> {
    Cow::Borrowed(ascii(octets))
}

#[cfg(test)]
mod tests;
