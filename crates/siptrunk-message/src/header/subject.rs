//! Subject (RFC 3261 20.36): what a call is about, for people.

use super::bricks::text_header;

text_header! {
    /// What the call is about.
    Subject = SUBJECT
}
