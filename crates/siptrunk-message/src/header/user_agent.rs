//! User-Agent (RFC 3261 20.41): the software that asks.

use super::bricks::word_header;
use super::product::{self, Product};

word_header! {
    /// The software of a UAC: products and comments.
    UserAgent(&'a str) = USER_AGENT;
    list: false, may_be_empty: false, grammar: product::products;
    /// The whole text as written.
    as_str
}

impl<'a> UserAgent<'a> {
    /// The products and comments in order.
    pub fn products(&self) -> impl Iterator<Item = Product<'a>> + use<'a> {
        product::iter(self.0)
    }
}
