//! Unsupported (RFC 3261 20.40): option tags, one element each.

use super::bricks::{NoCase, word_header};
use crate::grammar::token;

word_header! {
    /// One option tag of Unsupported. Tags are equal without case.
    Unsupported(NoCase<&'a str>) = UNSUPPORTED;
    list: true, may_be_empty: false, grammar: token;
    /// The option tag as written.
    tag
}
