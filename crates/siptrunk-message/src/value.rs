//! Header values and header lists as applications hand them in: nothing in them can break a line.

use std::fmt;

use bytes::Bytes;

use crate::grammar::{skip_lws, trim, trim_end};
use crate::name::{HeaderName, HeaderNameError};
use crate::octets;

/// A header value without CR, LF or NUL, and without whitespace around it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HeaderValue(Bytes);

impl HeaderValue {
    /// Copies a value. Whitespace around it is dropped, since the wire would not keep it.
    pub fn new(value: impl AsRef<[u8]>) -> Result<Self, HeaderValueError> {
        let value = value.as_ref();
        check_value(value)?;
        Ok(Self(Bytes::copy_from_slice(trim(value))))
    }

    /// A value as it stood in a message: each fold becomes one space, which means the same (RFC 3261 7.3.1).
    pub fn unfolded(value: &[u8]) -> Result<Self, HeaderValueError> {
        let mut out = Vec::with_capacity(value.len());
        let mut rest = value;
        while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
            let (before, after) = rest.split_at(at);
            out.extend_from_slice(trim_end(before));
            out.push(b' ');
            rest = skip_lws(after);
        }
        out.extend_from_slice(rest);
        Self::new(out)
    }

    /// A value known when the program is written; `None` if it could break a line.
    pub fn from_static(value: &'static str) -> Option<Self> {
        check_value(value.as_bytes()).ok()?;
        Some(Self(Bytes::from_static(trim(value.as_bytes()))))
    }

    /// A value of this crate's own, which breaks no line.
    pub(crate) const fn of_static(value: &'static str) -> Self {
        Self(Bytes::from_static(value.as_bytes()))
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, if it is UTF-8.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

/// Refuses what could end a line or a C string.
pub(crate) fn check_value(value: &[u8]) -> Result<(), HeaderValueError> {
    if octets::before_control(value) == value.len() {
        return Ok(());
    }
    match memchr::memchr3(b'\r', b'\n', 0, value) {
        None => Ok(()),
        Some(offset) => Err(HeaderValueError::Forbidden { offset }),
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// Why octets are no header value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderValueError {
    /// A CR, LF or NUL.
    #[error("octet {offset} of a header value is CR, LF or NUL: leave it out")]
    Forbidden {
        /// Where, counted from the value's first octet.
        offset: usize,
    },
}

/// Headers that an application adds to a message, in order. Names that the stack owns are refused.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HeaderList(Vec<(HeaderName, HeaderValue)>);

impl HeaderList {
    /// An empty list.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a header at the end.
    pub fn push(&mut self, name: HeaderName, value: HeaderValue) -> Result<(), HeaderListError> {
        HeaderName::check(name.as_str().as_bytes())?;
        if name.is_stack_owned() {
            return Err(HeaderListError::StackOwned { name });
        }
        self.0.push((name, value));
        Ok(())
    }

    /// Adds a header from text.
    pub fn push_str(&mut self, name: &str, value: &str) -> Result<(), HeaderListError> {
        let name = HeaderName::new(name)?;
        let value = match HeaderValue::new(value) {
            Ok(value) => value,
            Err(source) => return Err(HeaderListError::Value { name, source }),
        };
        self.push(name, value)
    }

    /// The headers in order.
    pub fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// How many headers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first value under a name.
    pub fn get(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

impl fmt::Debug for HeaderList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Why a header was not added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderListError {
    /// The name is not a token.
    #[error(transparent)]
    Name(#[from] HeaderNameError),
    /// The value could break the message.
    #[error("{name}: {source}")]
    Value {
        /// The header.
        name: HeaderName,
        /// What is wrong with the value.
        source: HeaderValueError,
    },
    /// The stack writes this header itself.
    #[error("{name} is written by the stack: use the field or verb that stands for it")]
    StackOwned {
        /// The header.
        name: HeaderName,
    },
}

/// A message body and what it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// The value of Content-Type.
    pub content_type: HeaderValue,
    /// The octets; Content-Length follows from them.
    pub bytes: Bytes,
}

impl fmt::Debug for Body {
    /// Of the octets only how many: a description may hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("content_type", &self.content_type)
            .field("octets", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Body {
    /// A session description: `application/sdp`.
    pub fn sdp(bytes: impl Into<Bytes>) -> Self {
        Self { content_type: HeaderValue::of_static("application/sdp"), bytes: bytes.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_never_breaks_a_line() {
        for bad in ["a\r\nb", "a\nb", "a\rb", "a\0b"] {
            assert_eq!(
                HeaderValue::new(bad),
                Err(HeaderValueError::Forbidden { offset: 1 }),
                "{bad:?}"
            );
        }
        assert_eq!(HeaderValue::new(" \t a b \t").unwrap().as_bytes(), b"a b");
    }

    #[test]
    fn folds_become_one_space() {
        assert_eq!(HeaderValue::unfolded(b"a\r\n b \r\n\t c").unwrap().as_bytes(), b"a b c");
    }

    #[test]
    fn the_stack_keeps_its_own_headers() {
        let mut list = HeaderList::new();
        for name in ["v", "Route", "cseq", "l", "Content-Disposition", "Proxy-Authorization"] {
            assert!(
                matches!(list.push_str(name, "x"), Err(HeaderListError::StackOwned { .. })),
                "{name}"
            );
        }
        list.push_str("X-Route", "support").unwrap();
        list.push_str("Reason", "Q.850;cause=16").unwrap();
        assert_eq!(list.get(&HeaderName::REASON).unwrap().as_bytes(), b"Q.850;cause=16");
        assert_eq!(list.len(), 2);
    }
}
