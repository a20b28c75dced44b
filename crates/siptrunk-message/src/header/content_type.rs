//! Content-Type (RFC 3261 20.15): what the body is.

use std::fmt;

use nom::IResult;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, separator, token};
use crate::name::HeaderName;
use crate::params::Params;

/// The type of a body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentType<'a> {
    kind: &'a str,
    subtype: &'a str,
    params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// The type: `application`.
    pub fn kind(&self) -> &'a str {
        self.kind
    }

    /// The subtype: `sdp`.
    pub fn subtype(&self) -> &'a str {
        self.subtype
    }

    /// The media parameters.
    pub fn params(&self) -> &Params<'a> {
        &self.params
    }

    /// Whether it is this type and subtype, without case and whatever the parameters.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// Whether the body is a session description.
    pub fn is_sdp(&self) -> bool {
        self.is("application", "sdp")
    }
}

impl<'a> Header<'a> for ContentType<'a> {
    fn name() -> HeaderName {
        HeaderName::CONTENT_TYPE
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, content_type)
    }

    fn parameters(&self) -> usize {
        self.params.len()
    }
}

fn content_type(input: &[u8]) -> IResult<&[u8], ContentType<'_>, At<'_>> {
    let (rest, kind) = token(input)?;
    let (rest, ()) = separator(b'/', "expected /")(rest)?;
    let (rest, subtype) = token(rest)?;
    let (rest, params) = Params::parse(rest)?;
    Ok((rest, ContentType { kind, subtype, params }))
}

impl fmt::Display for ContentType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.kind, self.subtype, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_compare_without_case_and_parameters() {
        let (kind, rest) = ContentType::parse(b"Application / SDP ; charset=\"utf-8\"").unwrap();
        assert!(kind.is_sdp() && rest.is_empty());
        assert_eq!(kind.params().get("CHARSET"), Some(Some("\"utf-8\"")));
        for text in ["", "application", "application/", "/sdp", "application/sdp;"] {
            assert!(ContentType::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
