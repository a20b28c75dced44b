//! Content-Disposition (RFC 3261 20.11): what the body is for.

use std::borrow::Cow;

use super::bricks::{NoCase, free_params, params_header};
use super::whole;
use crate::error::Malformed;
use crate::grammar::token;
use crate::params::Params;

params_header! {
    /// What a body is for.
    ContentDisposition { kind: NoCase<Cow<'a, str>> } = CONTENT_DISPOSITION;
    list: false, may_be_empty: false, grammar: token;
}
free_params!(ContentDisposition);

impl<'a> ContentDisposition<'a> {
    /// A disposition of ours: `session`, `render`, `early-session`...
    pub fn new(kind: &'a str) -> Result<Self, Malformed> {
        Ok(Self { kind: whole(kind.as_bytes(), token)?.into(), params: Params::none() })
    }

    /// Says whether who does not know the body's type or disposition may leave it aside.
    #[must_use]
    pub fn with_handling(self, optional: bool) -> Self {
        self.with_param("handling", Some(if optional { "optional" } else { "required" }))
    }

    /// The type as written: `session`, `render`, `icon`, `alert`...
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether the body describes a session.
    pub fn is_session(&self) -> bool {
        self.kind.eq_ignore_ascii_case("session")
    }

    /// Whether who does not know the body's type or disposition may leave it aside. Without `handling=optional` that
    /// is a 415 (RFC 3261 20.11).
    pub fn is_optional(&self) -> bool {
        self.param("handling").flatten().is_some_and(|word| word.eq_ignore_ascii_case("optional"))
    }
}
