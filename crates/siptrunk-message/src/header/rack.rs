//! RAck (RFC 3262 7.2): which provisional response a PRACK acknowledges.

use std::fmt;

use super::cseq::cseq;
use super::{CSeq, Header, run};
use crate::error::Malformed;
use crate::grammar::{fail, number, skip_lws};
use crate::name::HeaderName;

/// The RSeq and the CSeq of the response that a PRACK acknowledges.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RAck {
    /// The RSeq of the response.
    pub rseq: u32,
    /// Its CSeq.
    pub cseq: CSeq,
}

impl RAck {
    /// Of its parts.
    pub const fn new(rseq: u32, cseq: CSeq) -> Self {
        Self { rseq, cseq }
    }
}

impl<'a> Header<'a> for RAck {
    fn name() -> HeaderName {
        HeaderName::RACK
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, |input| {
            let (rest, rseq) = number(input)?;
            let after = skip_lws(rest);
            if after.len() == rest.len() {
                return fail(rest, "expected a space and the CSeq");
            }
            let (rest, cseq) = cseq(after)?;
            Ok((rest, Self { rseq, cseq }))
        })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}
