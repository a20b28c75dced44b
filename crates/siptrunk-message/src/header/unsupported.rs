//! Unsupported (RFC 3261 20.40): option tags, one element each.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::token;
use crate::name::HeaderName;

/// One option tag of Unsupported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unsupported<'a>(&'a str);

impl<'a> Unsupported<'a> {
    /// The option tag as written; tags compare without case.
    pub fn tag(&self) -> &'a str {
        self.0
    }
}

impl<'a> Header<'a> for Unsupported<'a> {
    const LIST: bool = true;

    fn name() -> HeaderName {
        HeaderName::UNSUPPORTED
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (tag, rest) = run(input, token)?;
        Ok((Self(tag), rest))
    }
}

impl fmt::Display for Unsupported<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
