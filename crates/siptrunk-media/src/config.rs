//! What a session is told once, at its start.

use std::time::Duration;

/// Limits and times of a session; the defaults fit G.711 in packets of 20 ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionConfig {
    /// Time without an audio packet that counts as silence; [`Duration::MAX`] for never.
    /// Default 5 s.
    pub silence_after: Duration,
    /// Packets a second that one RTP port takes. Default 200: four times the 50 of 20 ms packets.
    pub packets_per_second: u32,
    /// Packets at once that one RTP port takes on top: what a network lets go after it has held
    /// packets back. Default 100, two seconds of 20 ms packets.
    pub burst: u32,
    /// RTCP packets a second of one side, with as many at once. Default 20.
    pub rtcp_packets_per_second: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            silence_after: Duration::from_secs(5),
            packets_per_second: 200,
            burst: 100,
            rtcp_packets_per_second: 20,
        }
    }
}
