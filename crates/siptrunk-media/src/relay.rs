//! What becomes of a packet: forwarded, or dropped with a reason.

use std::fmt;
use std::net::SocketAddr;

use crate::{Component, Side};

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)] // A driver must know every answer.
pub enum Decision {
    /// Send the packet, as it stands now, from one of the session's sockets.
    Forward {
        /// The side whose socket it leaves from.
        to: Side,
        /// Which of that side's sockets.
        component: Component,
        /// Where it goes.
        target: SocketAddr,
    },
    /// Do nothing; the session has counted it.
    Drop(DropReason),
}

/// Why a packet is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The session has ended.
    Closed,
    /// Signalling has named no address for the side, or has taken it back (hold).
    NoAddress,
    /// It comes from another address than the side's.
    WrongSource,
    /// It is no RTP or RTCP packet.
    Malformed,
    /// RTCP on a port where it is not multiplexed, or RTP on the RTCP port.
    WrongComponent,
    /// The port has had its packets for now.
    TooFast,
    /// The side may not send.
    NotSending,
    /// The payload number is not one of the side's.
    UnmappedPayload,
    /// The other side does not want to receive.
    NotReceiving,
    /// The other side's address is not known, or it takes no RTCP.
    NoTarget,
}

impl DropReason {
    /// All reasons, in the order in which a packet meets them.
    pub const ALL: [Self; 10] = [
        Self::Closed,
        Self::NoAddress,
        Self::WrongSource,
        Self::Malformed,
        Self::WrongComponent,
        Self::TooFast,
        Self::NotSending,
        Self::UnmappedPayload,
        Self::NotReceiving,
        Self::NoTarget,
    ];

    /// A short name, for counters and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::NoAddress => "no_address",
            Self::WrongSource => "wrong_source",
            Self::Malformed => "malformed",
            Self::WrongComponent => "wrong_component",
            Self::TooFast => "too_fast",
            Self::NotSending => "not_sending",
            Self::UnmappedPayload => "unmapped_payload",
            Self::NotReceiving => "not_receiving",
            Self::NoTarget => "no_target",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
