//! Call-Info (RFC 3261 20.9): more about caller or callee, one element each.

use super::info_uri::info_header;

info_header! {
    /// More about the caller or the callee.
    CallInfo = CALL_INFO
}

impl CallInfo<'_> {
    /// Sets what it is for.
    #[must_use]
    pub fn with_purpose(self, purpose: &str) -> Self {
        self.with_param("purpose", Some(purpose))
    }

    /// What it is for: `icon`, `info`, `card`...
    pub fn purpose(&self) -> Option<&str> {
        self.param("purpose").flatten()
    }
}
