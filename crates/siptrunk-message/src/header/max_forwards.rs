//! Max-Forwards (RFC 3261 20.22): how many hops a request may still take.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::number;
use crate::name::HeaderName;

/// Max-Forwards, 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MaxForwards(pub u8);

impl<'a> Header<'a> for MaxForwards {
    fn name() -> HeaderName {
        HeaderName::MAX_FORWARDS
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (value, rest) = run(input, number)?;
        match u8::try_from(value) {
            Ok(value) => Ok((Self(value), rest)),
            Err(_) => Err(Malformed { offset: 0, reason: "Max-Forwards is 255 at most" }),
        }
    }
}

impl fmt::Display for MaxForwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
