//! Allow-Events (RFC 6665 8.2.2): event packages, one element each.

use super::bricks::word_header;
use super::event::event_type;

word_header! {
    /// One event package of Allow-Events. Packages are compared with case (RFC 6665 8.2.1).
    AllowEvents(&'a str) = ALLOW_EVENTS;
    list: true, may_be_empty: false, grammar: event_type;
    /// The package with its templates: `dialog`, `presence.winfo`.
    package
}
