//! Error-Info (RFC 3261 20.18): where more is said about an error, one element each.

use super::info_uri::info_header;

info_header! {
    /// More about an error: a recording to play, a page to show.
    ErrorInfo = ERROR_INFO
}
