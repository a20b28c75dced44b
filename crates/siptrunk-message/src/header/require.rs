//! Require (RFC 3261 20.32): option tags, one element each.

use super::bricks::{NoCase, word_header};
use crate::grammar::token;

word_header! {
    /// One option tag of Require. Tags are equal without case.
    Require(NoCase<&'a str>) = REQUIRE;
    list: true, may_be_empty: false, grammar: token;
    /// The option tag as written.
    tag
}
