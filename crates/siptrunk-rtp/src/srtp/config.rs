//! What an SRTP context may take up, and the choices that are the user's.

/// Limits and choices of a [`Protector`](super::Protector) or [`Unprotector`](super::Unprotector).
///
/// ```
/// let mut config = siptrunk_rtp::srtp::Config::default();
/// config.streams = 4;
/// assert_eq!(config.replay_window, 1024);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Indices behind the highest that are still accepted, once each (RFC 3711 section 3.3.2).
    /// Default 1024; rounded up to a multiple of 64, at least 64 and at most 32,768: the index of
    /// a packet cannot be told beyond that.
    pub replay_window: usize,
    /// SSRCs with state of their own. Default 32. A stream is only kept once a packet of it was
    /// authentic, and never given up for another: that would let its packets be replayed.
    pub streams: usize,
    /// Master keys that a receiver may hold side by side, told apart by MKI. Default 4.
    pub keys: usize,
    /// Whether SRTCP that we send is enciphered. Default yes; no only if `UNENCRYPTED_SRTCP` was
    /// agreed on (RFC 4568 section 6.3.2). What arrives says itself which it is (the E bit).
    pub encrypt_rtcp: bool,
}

impl Config {
    /// The window in force.
    pub(super) fn window(&self) -> usize {
        self.replay_window.clamp(64, 1 << 15).next_multiple_of(64)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { replay_window: 1024, streams: 32, keys: 4, encrypt_rtcp: true }
    }
}
