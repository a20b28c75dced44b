//! What can be wrong with a session description.

use thiserror::Error;

/// Why bytes are not a session description.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SdpError {
    /// A line does not follow its grammar (RFC 8866 section 9).
    #[error("byte {offset}: {field} is malformed: expected {expected}")]
    Malformed {
        /// Byte offset in the description.
        offset: usize,
        /// Which line or part, such as `o=`.
        field: &'static str,
        /// What the grammar wants there.
        expected: &'static str,
    },
    /// A required line is missing.
    #[error("byte {offset}: {field} is missing; RFC 8866 section 5 requires it")]
    Missing {
        /// Byte offset where it should have stood at the latest.
        offset: usize,
        /// Which line.
        field: &'static str,
    },
    /// A line that may stand only once stands again: two readers could choose differently.
    #[error("byte {offset}: {field} is repeated")]
    Repeated {
        /// Byte offset of the second one.
        offset: usize,
        /// Which line.
        field: &'static str,
    },
    /// A limit of [`Limits`](crate::Limits) is exceeded.
    #[error("byte {offset}: more than {allowed} {limit}; raise that field of Limits if wanted")]
    LimitReached {
        /// Byte offset where it was exceeded.
        offset: usize,
        /// Which limit.
        limit: Limit,
        /// Its value.
        allowed: usize,
    },
}

/// Names a field of [`Limits`](crate::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::total`](crate::Limits::total).
    #[error("bytes in all (`total`)")]
    Total,
    /// [`Limits::line`](crate::Limits::line).
    #[error("bytes in one line (`line`)")]
    Line,
    /// [`Limits::media`](crate::Limits::media).
    #[error("media sections (`media`)")]
    Media,
    /// [`Limits::attributes`](crate::Limits::attributes).
    #[error("attributes in one section (`attributes`)")]
    Attributes,
}
