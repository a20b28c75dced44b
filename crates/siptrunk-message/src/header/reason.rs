//! Reason (RFC 3326): why a request was sent or a session ended.

use std::borrow::Cow;
use std::fmt;

use nom::IResult;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, ascii, number, token};
use crate::name::HeaderName;
use crate::params::{Params, unquote};

/// One value of Reason: `Q.850;cause=16;text="Terminated"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason<'a> {
    protocol: Cow<'a, str>,
    params: Params<'a>,
}

impl Reason<'_> {
    /// A reason of its parts: protocol `SIP` or `Q.850`, cause and an optional text.
    pub fn new(protocol: &str, cause: u16, text: Option<&str>) -> Reason<'static> {
        let mut params = Params::none().with("cause", Some(&cause.to_string()));
        if let Some(text) = text {
            // Written quoted even where a token would do: RFC 3326 2 has a quoted string here.
            params = params.with_quoted("text", text);
        }
        Reason { protocol: Cow::Owned(protocol.to_owned()), params }
    }

    /// The protocol: `SIP`, `Q.850`...
    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    /// The cause, if it is there and a number.
    pub fn cause(&self) -> Option<u32> {
        match number(self.params.get("cause")??.as_bytes()) {
            Ok(([], cause)) => Some(cause),
            _ => None,
        }
    }

    /// The text without its quotes.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        self.params.get("text")?.map(unquote)
    }

    /// All parameters.
    pub fn params(&self) -> &Params<'_> {
        &self.params
    }
}

impl<'a> Header<'a> for Reason<'a> {
    const LIST: bool = true;

    fn name() -> HeaderName {
        HeaderName::REASON
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, reason)
    }

    fn parameters(&self) -> usize {
        self.params.len()
    }
}

fn reason(input: &[u8]) -> IResult<&[u8], Reason<'_>, At<'_>> {
    let (rest, protocol) = token(input)?;
    let (rest, params) = Params::parse(rest)?;
    Ok((rest, Reason { protocol: Cow::Borrowed(ascii(protocol.as_bytes())), params }))
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.protocol, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_of_two_protocols() {
        let (reason, rest) = Reason::parse(b"Q.850 ;cause=16 ;text=\"Terminated\"").unwrap();
        assert_eq!(
            (reason.protocol(), reason.cause(), reason.text().unwrap().as_ref(), rest),
            ("Q.850", Some(16), "Terminated", &b""[..])
        );
        let (reason, _) = Reason::parse(b"SIP;cause=x").unwrap();
        assert_eq!((reason.cause(), reason.text()), (None, None));
        assert_eq!(
            Reason::new("SIP", 200, Some("Call completed elsewhere")).to_string(),
            "SIP;cause=200;text=\"Call completed elsewhere\""
        );
        assert_eq!(
            Reason::new("Q.850", 16, Some("Busy")).to_string(),
            "Q.850;cause=16;text=\"Busy\""
        );
    }
}
