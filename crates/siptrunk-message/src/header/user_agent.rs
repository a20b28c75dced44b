//! User-Agent (RFC 3261 20.41): the software that asks.

use super::product::product_header;

product_header! {
    /// The software of a UAC: products and comments.
    UserAgent = USER_AGENT
}
