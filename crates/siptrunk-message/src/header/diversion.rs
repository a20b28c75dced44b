//! Diversion (RFC 5806): who the call was for before, most recent first.

use std::borrow::Cow;
use std::fmt;

use super::{Header, NameAddr};
use crate::error::Malformed;
use crate::grammar::number;
use crate::name::HeaderName;
use crate::params::unquote;

/// One diversion.
#[derive(Clone, Debug)]
pub struct Diversion<'a>(pub NameAddr<'a>);

impl<'a> Diversion<'a> {
    /// The address that diverted the call.
    pub fn address(&self) -> &NameAddr<'a> {
        &self.0
    }

    /// Why: `unconditional`, `user-busy`, `no-answer`...
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        self.0.param("reason")?.map(unquote)
    }

    /// How many diversions this one stands for, if it is there and a number.
    pub fn counter(&self) -> Option<u32> {
        match number(self.0.param("counter")??.as_bytes()) {
            Ok(([], counter)) => Some(counter),
            _ => None,
        }
    }

    /// `full`, `name`, `uri`, `off`...
    pub fn privacy(&self) -> Option<Cow<'_, str>> {
        self.0.param("privacy")?.map(unquote)
    }
}

impl<'a> Header<'a> for Diversion<'a> {
    const LIST: bool = true;

    fn name() -> HeaderName {
        HeaderName::DIVERSION
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (address, rest) = NameAddr::parse_element(input)?;
        Ok((Self(address), rest))
    }

    fn parameters(&self) -> usize {
        self.0.parameters()
    }
}

impl fmt::Display for Diversion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let text = b"<sip:+19195551000@carrier.example>;reason=no-answer;counter=2;privacy=off;screen=\"yes\", <tel:+1>";
        let (diversion, rest) = Diversion::parse(text).unwrap();
        assert_eq!(rest, b", <tel:+1>");
        assert_eq!(diversion.address().uri().user().unwrap(), "+19195551000");
        assert_eq!(diversion.reason().as_deref(), Some("no-answer"));
        assert_eq!((diversion.counter(), diversion.privacy().as_deref()), (Some(2), Some("off")));
        let (diversion, _) = Diversion::parse(b"<tel:+1>;counter=x;reason=\"user-busy\"").unwrap();
        assert_eq!((diversion.counter(), diversion.reason().as_deref()), (None, Some("user-busy")));
    }
}
