//! Accept-Language (RFC 3261 20.3): languages that a response may be in, one element each.

use std::borrow::Cow;

use nom::IResult;

use super::bricks::{NoCase, free_params, params_header, q_param};
use super::{language, whole};
use crate::error::Malformed;
use crate::grammar::At;
use crate::params::Params;

params_header! {
    /// One language range of Accept-Language.
    AcceptLanguage { range: NoCase<Cow<'a, str>> } = ACCEPT_LANGUAGE;
    list: true, may_be_empty: true, grammar: language_range;
}
free_params!(AcceptLanguage);
q_param!(AcceptLanguage);

impl<'a> AcceptLanguage<'a> {
    /// A range of ours: `da`, `en-gb`, `*`.
    pub fn new(range: &'a str) -> Result<Self, Malformed> {
        Ok(Self { range: whole(range.as_bytes(), language_range)?.into(), params: Params::none() })
    }

    /// The language as written, or `*`.
    pub fn language(&self) -> &str {
        &self.range
    }
}

fn language_range(input: &[u8]) -> IResult<&[u8], &str, At<'_>> {
    match input {
        [b'*', rest @ ..] => Ok((rest, "*")),
        _ => language::tag(input),
    }
}
