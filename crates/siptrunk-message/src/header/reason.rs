//! Reason (RFC 3326): why a request was sent or a session ended.

use std::borrow::Cow;

use super::bricks::{NoCase, free_params, params_header};
use super::whole;
use crate::error::Malformed;
use crate::grammar::token;
use crate::params::Params;
use crate::status::StatusCode;

params_header! {
    /// One value of Reason: `Q.850;cause=16;text="Terminated"`.
    Reason { protocol: NoCase<Cow<'a, str>> } = REASON;
    list: true, may_be_empty: false, grammar: token;
}
free_params!(Reason);

impl Reason<'_> {
    /// A cause of Q.850 and an optional text: 16 is normal clearing.
    pub fn q850(cause: u16, text: Option<&str>) -> Reason<'static> {
        Self::of("Q.850", cause, text)
    }

    /// A SIP status and an optional text.
    pub fn sip(status: StatusCode, text: Option<&str>) -> Reason<'static> {
        Self::of("SIP", status.code(), text)
    }

    /// A reason of its parts. The protocol has to be a token.
    pub fn new(
        protocol: &str,
        cause: u16,
        text: Option<&str>,
    ) -> Result<Reason<'static>, Malformed> {
        whole(protocol.as_bytes(), token)?;
        Ok(Self::of(protocol, cause, text))
    }

    fn of(protocol: &str, cause: u16, text: Option<&str>) -> Reason<'static> {
        let mut params = Params::none().with("cause", Some(&cause.to_string()));
        if let Some(text) = text {
            // Written quoted even where a token would do: RFC 3326 2 has a quoted string here.
            params = params.with_quoted("text", text);
        }
        Reason { protocol: NoCase(protocol.to_owned().into()), params }
    }

    /// The protocol: `SIP`, `Q.850`...
    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    /// The cause, if it is there and a number.
    pub fn cause(&self) -> Option<u32> {
        self.params.number("cause")
    }

    /// The text without its quotes.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        self.params.text("text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;

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
            Reason::sip(StatusCode::OK, Some("Call completed elsewhere")).to_string(),
            "SIP;cause=200;text=\"Call completed elsewhere\""
        );
        assert_eq!(Reason::q850(16, Some("Busy")).to_string(), "Q.850;cause=16;text=\"Busy\"");
    }
}
