//! Alert-Info (RFC 3261 20.4): what to ring with, one element each.

use super::info_uri::info_header;

info_header! {
    /// Another way to ring, or to be rung back.
    AlertInfo = ALERT_INFO
}
