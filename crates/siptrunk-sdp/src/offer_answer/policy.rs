//! What a side is told to take.

use std::net::IpAddr;

use crate::attribute::CryptoSuite;
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
    /// relayed offer the offerer's order stays (RFC 3264 section 6.1), unless
    /// [`Party::ordered`](super::Party::ordered) says otherwise.
    pub codecs: Vec<CodecName>,
    /// The payload type of telephone-event in offers towards this side. `None`: the offerer's
    /// number when relaying, 101 in an offer of our own. Outside 96 to 127 it counts as `None`:
    /// RFC 3551 section 3 keeps the rest for others.
    pub telephone_event: Option<u8>,
    /// Milliseconds in a packet, written where nothing else says it.
    pub ptime: Option<u16>,
}

impl CodecPolicy {
    /// How much a codec is preferred, 0 most; `None` if it is not allowed.
    pub(super) fn rank(&self, codec: &Codec<'_>) -> Option<usize> {
        self.codecs.iter().position(|name| name.is(codec))
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

/// Whose order of preference counts where both sides take several codecs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CodecOrder {
    /// The offerer's (RFC 3264 section 6.1 recommends it to the answerer).
    #[default]
    Offerer,
    /// The one of our [`CodecPolicy`].
    Ours,
}

/// Whether media is to be SRTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SrtpMode {
    /// Never: streams over RTP/SAVP are refused, and none is offered.
    #[default]
    Off,
    /// Where the peer can: offered beside RTP/AVP, and taken before it.
    Preferred,
    /// Always: RTP/AVP is neither offered nor answered.
    Required,
}

/// Whether media is to be SRTP with keys in the description (RFC 4568), and by which suites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SrtpPolicy {
    /// Whether.
    pub mode: SrtpMode,
    /// What is allowed. In an offer of our own this is also the order; in an answer the
    /// offerer's order counts (RFC 4568 section 5.1.2).
    pub suites: Vec<CryptoSuite>,
}

/// Off; once turned on, the two suites that every SRTP end has.
impl Default for SrtpPolicy {
    fn default() -> Self {
        let suites = vec![CryptoSuite::AesCm128HmacSha1_80, CryptoSuite::AesCm128HmacSha1_32];
        Self { mode: SrtpMode::Off, suites }
    }
}

impl SrtpPolicy {
    /// Whether streams over that transport may be taken.
    pub(super) fn admits(&self, transport: Transport) -> bool {
        match transport {
            Transport::Plain => self.mode != SrtpMode::Required,
            Transport::Secure => self.mode != SrtpMode::Off,
        }
    }

    /// The transports that an offer names for each stream, the better one first.
    pub(super) fn transports(&self) -> impl Iterator<Item = Transport> + '_ {
        [Transport::Secure, Transport::Plain]
            .into_iter()
            .filter(|transport| self.admits(*transport))
    }
}

/// The transports that are negotiated here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    /// RTP (RFC 3551).
    Plain,
    /// SRTP (RFC 3711).
    Secure,
}

impl Transport {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "RTP/AVP",
            Self::Secure => "RTP/SAVP",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Plain, Self::Secure].into_iter().find(|transport| transport.as_str() == name)
    }
}
