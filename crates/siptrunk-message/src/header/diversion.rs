//! Diversion (RFC 5806): who the call was for before, most recent first.

use std::borrow::Cow;

use super::bricks::address_header;

address_header! {
    /// One diversion.
    Diversion(pub NameAddr) = DIVERSION;
    list: true;
}

impl Diversion<'_> {
    /// Why: `unknown`, `user-busy`, `no-answer`, `unavailable`, `unconditional`, `time-of-day`, `do-not-disturb`,
    /// `deflection`, `follow-me`, `out-of-service`, `away`...
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        self.0.param_text("reason")
    }

    /// How many diversions this one stands for, if it is there and a number.
    pub fn counter(&self) -> Option<u32> {
        self.0.params().number("counter")
    }

    /// How many diversions there may be at most, if it is there and a number.
    pub fn limit(&self) -> Option<u32> {
        self.0.params().number("limit")
    }

    /// What of this diversion is to be hidden: `full`, `name`, `uri`, `off`...
    pub fn privacy(&self) -> Option<Cow<'_, str>> {
        self.0.param_text("privacy")
    }

    /// Whether the address was checked: `yes`, `no`...
    pub fn screen(&self) -> Option<Cow<'_, str>> {
        self.0.param_text("screen")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;

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
