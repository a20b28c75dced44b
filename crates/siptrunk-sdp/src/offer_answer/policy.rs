//! What we write for our side of a stream, and what a side is told to take.

use std::net::IpAddr;

use crate::codec::{Codec, CodecName};

/// Where we take media: RTP at this port, RTCP at the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LocalMedia {
    /// The address that the peer shall send to.
    pub address: IpAddr,
    /// The RTP port.
    pub port: u16,
}

/// Which codecs a side takes, and under which numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecPolicy {
    /// What is allowed. In an offer of our own this is also the order; in an answer and in a
    /// relayed offer the offerer's order stays (RFC 3264 section 6.1).
    pub codecs: Vec<CodecName>,
    /// The payload type of telephone-event in offers towards this side. `None`: the offerer's
    /// number when relaying, 101 in an offer of our own. Outside 96 to 127 it counts as `None`:
    /// RFC 3551 section 3 keeps the rest for others.
    pub telephone_event: Option<u8>,
    /// Milliseconds in a packet, written where nothing else says it.
    pub ptime: Option<u16>,
}

impl CodecPolicy {
    pub(super) fn allows(&self, codec: &Codec<'_>) -> bool {
        self.codecs.iter().any(|name| name.is(codec))
    }

    pub(super) fn event_number(&self) -> Option<u8> {
        self.telephone_event.filter(|number| (96..=127).contains(number))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.codecs.iter().map(ToString::to_string).collect()
    }
}

/// G.711 in both laws and telephone events as 101: what every trunk here takes.
impl Default for CodecPolicy {
    fn default() -> Self {
        Self {
            codecs: vec![CodecName::Pcmu, CodecName::Pcma, CodecName::TelephoneEvent],
            telephone_event: Some(101),
            ptime: None,
        }
    }
}
