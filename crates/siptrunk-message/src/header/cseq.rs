//! CSeq (RFC 3261 20.16): `1*DIGIT LWS Method`.

use std::fmt;

use nom::IResult;
use nom::Parser;
use nom::bytes::complete::{take_while, take_while1};

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, fail, is_lws, is_token, number};
use crate::method::Method;
use crate::name::HeaderName;

/// The number and method of a request, repeated in its responses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CSeq {
    /// The sequence number. RFC 3261 8.1.1.5 keeps what we choose below 2^31; peers may use all 32 bits.
    pub number: u32,
    /// The method.
    pub method: Method,
}

impl CSeq {
    /// A CSeq of its parts.
    pub const fn new(number: u32, method: Method) -> Self {
        Self { number, method }
    }
}

impl<'a> Header<'a> for CSeq {
    fn name() -> HeaderName {
        HeaderName::CSEQ
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, cseq)
    }
}

pub(super) fn cseq(input: &[u8]) -> IResult<&[u8], CSeq, At<'_>> {
    let (rest, number) = number(input)?;
    let (after, space) = take_while(is_lws).parse(rest)?;
    if space.is_empty() {
        return fail(rest, "expected a space and the method");
    }
    let (rest, token) = take_while1(is_token)
        .parse(after)
        .or_else(|_: nom::Err<At<'_>>| fail(after, "expected a method"))?;
    match Method::from_bytes(token) {
        Some(method) => Ok((rest, CSeq { number, method })),
        None => fail(after, "expected a method"),
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_and_method() {
        let (cseq, rest) = CSeq::parse(b"0009\r\n  INVITE").unwrap();
        assert_eq!((cseq.to_string().as_str(), rest), ("9 INVITE", &b""[..]));
        for text in ["", "1", "1 ", "INVITE", "1INVITE", "1 (", "4294967296 INVITE", "-1 INVITE"] {
            assert!(CSeq::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
