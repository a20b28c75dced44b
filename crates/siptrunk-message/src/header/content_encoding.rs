//! Content-Encoding (RFC 3261 20.12): content codings, outermost last, one element each.

use super::bricks::{NoCase, word_header};
use crate::grammar::token;

word_header! {
    /// One coding of Content-Encoding. Codings are equal without case.
    ContentEncoding(NoCase<&'a str>) = CONTENT_ENCODING;
    list: true, may_be_empty: false, grammar: token;
    /// The coding as written: `gzip`.
    coding
}
