//! Server (RFC 3261 20.35): the software that answers.

use super::product::product_header;

product_header! {
    /// The software of a UAS: products and comments.
    Server = SERVER
}
