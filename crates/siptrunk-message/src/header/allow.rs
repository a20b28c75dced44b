//! Allow (RFC 3261 20.5): methods, one element each.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::token;
use crate::method::Method;
use crate::name::HeaderName;

/// One method of Allow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Allow(pub Method);

impl<'a> Header<'a> for Allow {
    const LIST: bool = true;
    const MAY_BE_EMPTY: bool = true;

    fn name() -> HeaderName {
        HeaderName::ALLOW
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (method, rest) = run(input, token)?;
        match Method::from_bytes(method.as_bytes()) {
            Some(method) => Ok((Self(method), rest)),
            None => Err(Malformed { offset: 0, reason: "expected a method" }),
        }
    }
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
