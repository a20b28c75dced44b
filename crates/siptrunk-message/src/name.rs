//! Header names: known ones are a number, others keep their spelling (RFC 3261 7.3.1, 7.3.3).

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::grammar::is_token;

mod table;
pub(crate) use table::Known;

/// A header name. Names are equal without case, and a compact form equals its long form.
///
/// A name with a constant here is written in its usual long spelling; any other keeps the spelling it was
/// made with, because some peers compare `X-` names with case.
#[derive(Clone)]
pub struct HeaderName(Inner);

#[derive(Clone)]
enum Inner {
    Known(Known),
    Other(Cow<'static, str>),
}

impl HeaderName {
    /// Reads a name: a token of RFC 3261 25.1, 255 octets at most.
    pub fn new(name: &str) -> Result<Self, HeaderNameError> {
        Self::check(name.as_bytes())?;
        Ok(Self::from_checked(name))
    }

    /// A name known when the program is written. Not checked here: a builder refuses what is no token.
    pub const fn from_static(name: &'static str) -> Self {
        match Known::find(name.as_bytes()) {
            Some(known) => Self(Inner::Known(known)),
            None => Self(Inner::Other(Cow::Borrowed(name))),
        }
    }

    /// A name that the scanner has found to be a token.
    pub(crate) fn from_checked(name: &str) -> Self {
        match Known::find(name.as_bytes()) {
            Some(known) => Self(Inner::Known(known)),
            None => Self(Inner::Other(Cow::Owned(name.to_owned()))),
        }
    }

    pub(crate) const fn from_known(known: Known) -> Self {
        Self(Inner::Known(known))
    }

    pub(crate) fn known(&self) -> Option<Known> {
        match self.0 {
            Inner::Known(known) => Some(known),
            Inner::Other(_) => None,
        }
    }

    /// Whether these octets are a name: a token (RFC 3261 section 25.1) of 255 octets at most.
    ///
    /// # Errors
    /// Why they are none.
    pub fn check(name: &[u8]) -> Result<(), HeaderNameError> {
        if name.is_empty() {
            return Err(HeaderNameError::Empty);
        }
        if name.len() > 255 {
            return Err(HeaderNameError::TooLong { octets: name.len() });
        }
        match name.iter().position(|&octet| !is_token(octet)) {
            Some(offset) => Err(HeaderNameError::NotAToken { offset }),
            None => Ok(()),
        }
    }

    /// The long form of a known name, otherwise the name as spelled.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Inner::Known(known) => known.as_str(),
            Inner::Other(name) => name,
        }
    }

    /// The one-letter form of RFC 3261 7.3.3 and later registrations, if the name has one.
    pub fn compact(&self) -> Option<char> {
        self.known().and_then(Known::compact).map(char::from)
    }

    /// Whether only the stack writes this header: what frames a message, routes it, names its dialog, or
    /// proves an identity. An application that could add one would break or forge a message.
    pub fn is_stack_owned(&self) -> bool {
        matches!(
            self.known(),
            Some(
                Known::Via
                    | Known::Route
                    | Known::RecordRoute
                    | Known::From
                    | Known::To
                    | Known::CallId
                    | Known::CSeq
                    | Known::MaxForwards
                    | Known::Contact
                    | Known::ContentDisposition
                    | Known::ContentEncoding
                    | Known::ContentLanguage
                    | Known::ContentLength
                    | Known::ContentType
                    | Known::MimeVersion
                    | Known::Authorization
                    | Known::ProxyAuthorization
                    | Known::WwwAuthenticate
                    | Known::ProxyAuthenticate
                    | Known::AuthenticationInfo
                    | Known::RSeq
                    | Known::RAck
            )
        )
    }

    /// Whether values of this header are credentials or what credentials are computed from.
    pub(crate) fn is_secret(&self) -> bool {
        self.known().is_some_and(Known::is_secret)
    }
}

impl Known {
    pub(crate) fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Authorization
                | Self::ProxyAuthorization
                | Self::WwwAuthenticate
                | Self::ProxyAuthenticate
                | Self::AuthenticationInfo
        )
    }
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Inner::Known(a), Inner::Known(b)) => a == b,
            (Inner::Other(a), Inner::Other(b)) => a.eq_ignore_ascii_case(b),
            _ => false,
        }
    }
}

impl Eq for HeaderName {}

impl Hash for HeaderName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Inner::Known(known) => known.hash(state),
            Inner::Other(name) => {
                for octet in name.bytes() {
                    state.write_u8(octet.to_ascii_lowercase());
                }
                state.write_u8(0xff);
            }
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for HeaderName {
    type Err = HeaderNameError;

    fn from_str(name: &str) -> Result<Self, HeaderNameError> {
        Self::new(name)
    }
}

/// Why a text is no header name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderNameError {
    /// No octet at all.
    #[error("a header name is empty")]
    Empty,
    /// More than 255 octets.
    #[error("a header name of {octets} octets: 255 at most")]
    TooLong {
        /// How long it was.
        octets: usize,
    },
    /// An octet that RFC 3261 25.1 does not allow in a token.
    #[error("octet {offset} of a header name is not allowed: letters, digits and -.!%*_+`'~ only")]
    NotAToken {
        /// Where, counted from the name's first octet.
        offset: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_has_no_case_and_knows_compact_forms() {
        assert_eq!(HeaderName::new("v").unwrap(), HeaderName::VIA);
        assert_eq!(HeaderName::new("CALL-ID").unwrap(), HeaderName::CALL_ID);
        assert_eq!(HeaderName::new("X-ei").unwrap(), HeaderName::from_static("x-EI"));
        assert_ne!(HeaderName::new("X-EI").unwrap(), HeaderName::VIA);
    }

    #[test]
    fn unknown_names_keep_their_spelling() {
        assert_eq!(HeaderName::new("X-CallANI").unwrap().as_str(), "X-CallANI");
        assert_eq!(HeaderName::new("t").unwrap().as_str(), "To");
    }

    #[test]
    fn names_that_are_no_tokens_are_refused() {
        assert_eq!(HeaderName::new(""), Err(HeaderNameError::Empty));
        assert_eq!(HeaderName::new("X A"), Err(HeaderNameError::NotAToken { offset: 1 }));
        assert_eq!(HeaderName::new("X\r\nA"), Err(HeaderNameError::NotAToken { offset: 1 }));
        assert_eq!(
            HeaderName::new(&"a".repeat(256)),
            Err(HeaderNameError::TooLong { octets: 256 })
        );
    }
}
