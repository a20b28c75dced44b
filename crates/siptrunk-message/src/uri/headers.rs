//! The headers part of a SIP URI, `?name=value&name=value`: what a request made of it is to carry (RFC 3261 19.1.1, 19.1.5).

use thiserror::Error;

use super::{SipUri, escape_into, unescape, unescaped_octets};
use crate::grammar::is_header;
use crate::name::{HeaderName, HeaderNameError};
use crate::value::{HeaderValue, HeaderValueError};

/// Why a header of a URI can be none of a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UriHeaderError {
    /// Its name is no token.
    #[error("a header of the URI: {0}")]
    Name(#[from] HeaderNameError),
    /// Its value would end its line.
    #[error("the header {name} of the URI: {source}")]
    Value {
        /// The header.
        name: HeaderName,
        /// What is wrong with its value.
        source: HeaderValueError,
    },
}

impl SipUri<'_> {
    /// The headers as those of a message, escapes taken away; `body` is none of them. What comes out can break no line,
    /// but may be a header that only the stack writes: RFC 3261 19.1.5 has the reader decide which ones it honours, and
    /// [`HeaderName::is_stack_owned`] tells those that are never to be.
    ///
    /// ```
    /// use siptrunk_message::{HeaderName, Uri};
    ///
    /// let uri: Uri = "sip:bob@biloxi.example?Replaces=12345%40192.168.118.3%3Bto-tag%3D12".parse()?;
    /// let (name, value) = uri.as_sip().unwrap().header_fields().next().unwrap()?;
    /// assert_eq!(name, HeaderName::REPLACES);
    /// assert_eq!(value.as_bytes(), b"12345@192.168.118.3;to-tag=12");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn header_fields(
        &self,
    ) -> impl Iterator<Item = Result<(HeaderName, HeaderValue), UriHeaderError>> {
        self.headers().filter(|(name, _)| !is_body(name)).map(|(name, value)| {
            let name = HeaderName::new(&unescape(name))?;
            let value: Vec<u8> = unescaped_octets(value.as_bytes()).collect();
            match HeaderValue::new(value) {
                Ok(value) => Ok((name, value)),
                Err(source) => Err(UriHeaderError::Value { name, source }),
            }
        })
    }

    /// The body that a request made of the URI is to have, escapes taken away: the header `body`.
    pub fn header_body(&self) -> Option<Vec<u8>> {
        let (_, body) = self.headers().find(|(name, _)| is_body(name))?;
        Some(unescaped_octets(body.as_bytes()).collect())
    }

    /// Adds a header at the end of the headers part; name and value are escaped where the grammar asks for it.
    #[must_use]
    pub fn with_header(&self, name: &HeaderName, value: &HeaderValue) -> SipUri<'static> {
        let mut out = self.as_str().to_owned();
        out.push(if self.has_headers() { '&' } else { '?' });
        escape_into(&mut out, name.as_str().as_bytes(), is_header);
        out.push('=');
        escape_into(&mut out, value.as_bytes(), is_header);
        SipUri::reread(out)
    }
}

fn is_body(name: &str) -> bool {
    unescape(name).eq_ignore_ascii_case("body")
}
