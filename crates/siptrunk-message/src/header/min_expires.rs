//! Min-Expires (RFC 3261 20.23): seconds.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::number;
use crate::name::HeaderName;

/// Min-Expires in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MinExpires(pub u32);

impl<'a> Header<'a> for MinExpires {
    fn name() -> HeaderName {
        HeaderName::MIN_EXPIRES
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (value, rest) = run(input, number)?;
        Ok((Self(value), rest))
    }
}

impl fmt::Display for MinExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
