//! Refer-Sub (RFC 4488 4): whether a REFER makes a subscription.

use nom::IResult;

use super::bricks::{free_params, params_header};
use crate::grammar::{At, fail, token};
use crate::params::Params;

params_header! {
    /// Whether a REFER makes a subscription.
    ReferSub { subscribes: bool } = REFER_SUB;
    list: false, may_be_empty: false, grammar: truth;
}
free_params!(ReferSub);

impl ReferSub<'_> {
    /// `true` or `false`.
    pub const fn new(subscribes: bool) -> ReferSub<'static> {
        ReferSub { subscribes, params: Params::none() }
    }

    /// Whether there is a subscription: what the absence of the header means, too.
    pub fn subscribes(&self) -> bool {
        self.subscribes
    }
}

fn truth(input: &[u8]) -> IResult<&[u8], bool, At<'_>> {
    match token(input) {
        Ok((rest, word)) if word.eq_ignore_ascii_case("true") => Ok((rest, true)),
        Ok((rest, word)) if word.eq_ignore_ascii_case("false") => Ok((rest, false)),
        _ => fail(input, "expected true or false"),
    }
}
