//! Content-Length (RFC 3261 20.14): octets.

use super::bricks::number_header;

number_header! {
    /// Content-Length in octets.
    ContentLength = CONTENT_LENGTH
}
