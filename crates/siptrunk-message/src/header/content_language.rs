//! Content-Language (RFC 3261 20.13): the languages of a body, one element each.

use super::bricks::{NoCase, word_header};
use super::language;

word_header! {
    /// One language tag of Content-Language. Tags are equal without case.
    ContentLanguage(NoCase<&'a str>) = CONTENT_LANGUAGE;
    list: true, may_be_empty: false, grammar: language::tag;
    /// The language tag as written: `fr`, `es-419`.
    language
}
