//! Min-Expires (RFC 3261 20.23): seconds.

use super::bricks::number_header;

number_header! {
    /// Min-Expires in seconds.
    MinExpires = MIN_EXPIRES
}
