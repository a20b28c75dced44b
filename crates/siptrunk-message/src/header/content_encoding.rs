//! Content-Encoding (RFC 3261 20.12): content codings, outermost last, one element each.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::token;
use crate::name::HeaderName;

/// One coding of Content-Encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentEncoding<'a>(&'a str);

impl<'a> ContentEncoding<'a> {
    /// The coding as written; codings compare without case.
    pub fn coding(&self) -> &'a str {
        self.0
    }
}

impl<'a> Header<'a> for ContentEncoding<'a> {
    const LIST: bool = true;

    fn name() -> HeaderName {
        HeaderName::CONTENT_ENCODING
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (coding, rest) = run(input, token)?;
        Ok((Self(coding), rest))
    }
}

impl fmt::Display for ContentEncoding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
