//! How media may be protected on a trunk.

/// Whether a trunk's media is encrypted, by keys in its session descriptions (RFC 4568).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Srtp {
    /// Never offered, never taken.
    Off,
    /// Offered and taken, not insisted on.
    Optional,
    /// A call without it is refused.
    Required,
}
