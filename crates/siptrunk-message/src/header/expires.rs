//! Expires (RFC 3261 20.19): seconds.

use super::bricks::number_header;

number_header! {
    /// Expires in seconds.
    Expires = EXPIRES
}
