//! Priority (RFC 3261 20.26): how urgent a request is to the one who receives it.

use super::bricks::{NoCase, word_header};
use crate::grammar::token;

word_header! {
    /// `emergency`, `urgent`, `normal`, `non-urgent` or another token. Priorities are equal without case.
    Priority(NoCase<&'a str>) = PRIORITY;
    list: false, may_be_empty: false, grammar: token;
    /// The priority as written.
    as_str
}

impl Priority<'_> {
    /// Whether it is `emergency`.
    pub fn is_emergency(&self) -> bool {
        self.0.eq_ignore_ascii_case("emergency")
    }
}
