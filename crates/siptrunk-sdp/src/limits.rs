//! How large a session description may be.

/// Bounds on a session description; over one means [`SdpError::LimitReached`](crate::SdpError).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the whole description. Default 65,536; never above [`Limits::HARD_TOTAL`].
    pub total: usize,
    /// Bytes of one line without its end. Default 1,024.
    pub line: usize,
    /// Number of `m=` lines. Default 16.
    pub media: usize,
    /// Number of `a=` lines in the session section, and in each media section. Default 64.
    pub attributes: usize,
}

impl Limits {
    /// What [`Limits::total`] cannot exceed: 1 MiB.
    pub const HARD_TOTAL: usize = 1 << 20;

    /// No bound but the hard one.
    pub(crate) fn none() -> Self {
        Self { total: usize::MAX, line: usize::MAX, media: usize::MAX, attributes: usize::MAX }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { total: 65_536, line: 1_024, media: 16, attributes: 64 }
    }
}
