//! What signalling tells a media session.

use std::net::SocketAddr;

use crate::{MediaSessionId, Side};

/// What the session description of one side says, as the relay needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegMedia {
    /// Where the peer takes RTP and, since nothing is learned, where alone it may send from.
    /// `None` while it is not known, or on hold by address 0.0.0.0. An address that nobody may be
    /// reached at ([`TargetClass::Forbidden`](crate::TargetClass::Forbidden)) counts as `None`.
    pub remote: Option<SocketAddr>,
    /// The same for RTCP. Equal to `remote` means multiplexed on one port (RFC 5761); `None`
    /// means that no RTCP is exchanged with this side.
    pub remote_rtcp: Option<SocketAddr>,
    /// Whether the peer may send audio.
    pub may_send: bool,
    /// Whether the peer wants to receive audio.
    pub may_receive: bool,
    /// Whether the peer is behind a NAT: its address is then learned from the first packet that
    /// could be its own, once, and kept until signalling names another address.
    pub nat: bool,
    /// Payload numbers of packets from this side: (number on this side, number on the other).
    /// A packet with a number that is not here is dropped.
    pub payload_map: Vec<(u8, u8)>,
    /// Timestamp units a second, for the jitter in time. Default 8000.
    pub clock_rate: u32,
}

impl Default for LegMedia {
    /// A side that may send and receive, at an address not known yet, with no payload number.
    fn default() -> Self {
        Self {
            remote: None,
            remote_rtcp: None,
            may_send: true,
            may_receive: true,
            nat: false,
            payload_map: Vec::new(),
            clock_rate: 8000,
        }
    }
}

/// A command of signalling. A session is opened before, where its ports are allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaCommand {
    /// One side's description is new or has changed.
    Update {
        /// The session.
        session: MediaSessionId,
        /// The side that is described.
        side: Side,
        /// Its description, all of it.
        leg: LegMedia,
    },
    /// The session ends; it answers with [`MediaEvent::Closed`](crate::MediaEvent::Closed).
    Close {
        /// The session.
        session: MediaSessionId,
    },
}

impl MediaCommand {
    /// The session that is meant.
    pub fn session(&self) -> MediaSessionId {
        match self {
            Self::Update { session, .. } | Self::Close { session } => *session,
        }
    }
}
