//! Supported (RFC 3261 20.37): option tags, one element each.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::token;
use crate::name::HeaderName;

/// One option tag of Supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Supported<'a>(&'a str);

impl<'a> Supported<'a> {
    /// The option tag as written; tags compare without case.
    pub fn tag(&self) -> &'a str {
        self.0
    }
}

impl<'a> Header<'a> for Supported<'a> {
    const LIST: bool = true;
    const MAY_BE_EMPTY: bool = true;

    fn name() -> HeaderName {
        HeaderName::SUPPORTED
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (tag, rest) = run(input, token)?;
        Ok((Self(tag), rest))
    }
}

impl fmt::Display for Supported<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
