//! Server (RFC 3261 20.35): the software that answers.

use super::bricks::word_header;
use super::product::{self, Product};

word_header! {
    /// The software of a UAS: products and comments.
    Server(&'a str) = SERVER;
    list: false, may_be_empty: false, grammar: product::products;
    /// The whole text as written.
    as_str
}

impl<'a> Server<'a> {
    /// The products and comments in order.
    pub fn products(&self) -> impl Iterator<Item = Product<'a>> + use<'a> {
        product::iter(self.0)
    }
}
