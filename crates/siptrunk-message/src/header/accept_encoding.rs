//! Accept-Encoding (RFC 3261 20.2): content codings that a response's body may have, one element each.

use std::borrow::Cow;

use super::bricks::{NoCase, free_params, params_header, q_param};
use super::whole;
use crate::error::Malformed;
use crate::grammar::token;
use crate::params::Params;

params_header! {
    /// One coding of Accept-Encoding.
    AcceptEncoding { coding: NoCase<Cow<'a, str>> } = ACCEPT_ENCODING;
    list: true, may_be_empty: true, grammar: token;
}
free_params!(AcceptEncoding);
q_param!(AcceptEncoding);

impl<'a> AcceptEncoding<'a> {
    /// A coding of ours: `gzip`, `identity`, `*`.
    pub fn new(coding: &'a str) -> Result<Self, Malformed> {
        Ok(Self { coding: whole(coding.as_bytes(), token)?.into(), params: Params::none() })
    }

    /// The coding as written, or `*`.
    pub fn coding(&self) -> &str {
        &self.coding
    }
}
