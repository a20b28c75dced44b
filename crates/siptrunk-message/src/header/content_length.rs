//! Content-Length (RFC 3261 20.14): octets.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::number;
use crate::name::HeaderName;

/// Content-Length in octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentLength(pub u32);

impl<'a> Header<'a> for ContentLength {
    fn name() -> HeaderName {
        HeaderName::CONTENT_LENGTH
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (value, rest) = run(input, number)?;
        Ok((Self(value), rest))
    }
}

impl fmt::Display for ContentLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
