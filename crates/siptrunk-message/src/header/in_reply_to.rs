//! In-Reply-To (RFC 3261 20.21): the Call-IDs of the calls that this one answers, one element each.

use super::bricks::word_header;
use super::call_id::call_id;

word_header! {
    /// One Call-ID of In-Reply-To, compared with case.
    InReplyTo(&'a str) = IN_REPLY_TO;
    list: true, may_be_empty: false, grammar: call_id;
    /// The Call-ID.
    call_id
}
