//! Organization (RFC 3261 20.25): whose element sent the message, for people.

use super::bricks::text_header;

text_header! {
    /// The organization of who sent the message.
    Organization = ORGANIZATION
}
