//! Expires (RFC 3261 20.19): seconds.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::number;
use crate::name::HeaderName;

/// Expires in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expires(pub u32);

impl<'a> Header<'a> for Expires {
    fn name() -> HeaderName {
        HeaderName::EXPIRES
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (value, rest) = run(input, number)?;
        Ok((Self(value), rest))
    }
}

impl fmt::Display for Expires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
