//! Bounds of what is read and remembered.

/// Bounds of reading values and of a [`Client`](crate::Client)'s memory.
///
/// ```
/// use siptrunk_digest::{Challenge, DigestError, Limits};
///
/// let mut limits = Limits::default();
/// limits.value_bytes = 16;
/// let error = Challenge::parse_with(b"Digest realm=\"r\", nonce=\"n\"", &limits).unwrap_err();
/// assert_eq!(error, DigestError::LimitReached { what: "bytes", found: 27, limit: 16 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one header value. Default 8,192.
    pub value_bytes: usize,
    /// Parameters of one header value, known or not. Default 64.
    pub parameters: usize,
    /// Realms that a client remembers; the oldest makes room. At least 1. Default 8.
    pub realms: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { value_bytes: 8_192, parameters: 64, realms: 8 }
    }
}
