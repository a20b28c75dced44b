//! One agreed stream, and the keys of one that is secure.

use std::net::SocketAddr;

use crate::attribute::SrtpKey;
use crate::codec::Codec;
use crate::direction::Direction;

/// An audio stream as an end agreed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stream {
    /// Which `m=` line it is, in the offer and in the answer: 0 is the first.
    pub index: usize,
    /// What both take, the audio codec to use first. The numbers are the ones to **send** with:
    /// the peer's own (RFC 3264 section 6.1).
    pub codecs: Vec<Codec<'static>>,
    /// The numbers that the peer sends with, each with the number in `codecs` of that meaning.
    /// They differ only where an answer renumbers.
    pub receive_map: Vec<(u8, u8)>,
    /// Where to send RTP; `None` if the peer wants nothing sent (`c=0.0.0.0`).
    pub remote: Option<SocketAddr>,
    /// Where to send RTCP.
    pub remote_rtcp: Option<SocketAddr>,
    /// What **we** do from now on.
    pub direction: Direction,
    /// Milliseconds of media that the peer wants in a packet, if it says.
    pub ptime: Option<u16>,
    /// Whether RTCP shares RTP's port, both ways.
    pub rtcp_mux: bool,
    /// The keys, if the stream is SRTP; plain RTP otherwise.
    pub srtp: Option<SrtpKeys>,
}

/// The keys of one stream, both of one suite.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SrtpKeys {
    /// What we protect with: the key in our description.
    pub send: SrtpKey,
    /// What the peer protects with: the key in its description.
    pub receive: SrtpKey,
}
