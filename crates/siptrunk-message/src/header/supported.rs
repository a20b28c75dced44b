//! Supported (RFC 3261 20.37): option tags, one element each.

use super::bricks::{NoCase, word_header};
use crate::grammar::token;

word_header! {
    /// One option tag of Supported. Tags are equal without case.
    Supported(NoCase<&'a str>) = SUPPORTED;
    list: true, may_be_empty: true, grammar: token;
    /// The option tag as written.
    tag
}
