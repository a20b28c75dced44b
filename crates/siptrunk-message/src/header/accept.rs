//! Accept (RFC 3261 20.1): media ranges, one element each.

use std::fmt;

use nom::IResult;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, separator, token};
use crate::name::HeaderName;
use crate::params::Params;

/// One media range of Accept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Accept<'a> {
    kind: &'a str,
    subtype: &'a str,
    params: Params<'a>,
}

impl<'a> Accept<'a> {
    /// The type, or `*`.
    pub fn kind(&self) -> &'a str {
        self.kind
    }

    /// The subtype, or `*`.
    pub fn subtype(&self) -> &'a str {
        self.subtype
    }

    /// Media and accept parameters, `q` among them.
    pub fn params(&self) -> &Params<'a> {
        &self.params
    }

    /// Whether the range takes in a type and subtype (`application`, `sdp`).
    pub fn matches(&self, kind: &str, subtype: &str) -> bool {
        (self.kind == "*" || self.kind.eq_ignore_ascii_case(kind))
            && (self.subtype == "*" || self.subtype.eq_ignore_ascii_case(subtype))
    }
}

impl<'a> Header<'a> for Accept<'a> {
    const LIST: bool = true;
    const MAY_BE_EMPTY: bool = true;

    fn name() -> HeaderName {
        HeaderName::ACCEPT
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, accept)
    }

    fn parameters(&self) -> usize {
        self.params.len()
    }
}

fn accept(input: &[u8]) -> IResult<&[u8], Accept<'_>, At<'_>> {
    let (rest, kind) = token(input)?;
    let (rest, ()) = separator(b'/', "expected /")(rest)?;
    let (rest, subtype) = token(rest)?;
    let (rest, params) = Params::parse(rest)?;
    Ok((rest, Accept { kind, subtype, params }))
}

impl fmt::Display for Accept<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.kind, self.subtype, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_take_in_what_they_say() {
        for (range, sdp, text) in [
            ("application/sdp;level=1", true, false),
            ("application/*", true, false),
            ("*/*;q=0.5", true, true),
            ("TEXT/plain", false, true),
        ] {
            let (accept, rest) = Accept::parse(range.as_bytes()).unwrap();
            assert!(rest.is_empty());
            assert_eq!(accept.matches("application", "sdp"), sdp, "{range}");
            assert_eq!(accept.matches("text", "plain"), text, "{range}");
        }
    }
}
