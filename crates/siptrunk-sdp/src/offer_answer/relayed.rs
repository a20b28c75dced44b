//! What a relay keeps of an offer, and what it learns from the answer.

use std::net::SocketAddr;

use super::security::ChosenKey;
use super::stream::SrtpKeys;
use crate::codec::Codec;
use crate::direction::Direction;
use crate::session::SessionDescription;

/// An offer rewritten for the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayedOffer {
    /// What to send to the other side.
    pub description: SessionDescription,
    /// The first audio stream.
    pub audio: RelayedStream,
    /// Further ones, in order.
    pub more: Vec<RelayedStream>,
}

/// One stream of a relayed offer, seen from the offerer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayedStream {
    /// Payload types: (the offerer's, the one written towards the answerer).
    pub map: Vec<(u8, u8)>,
    /// Where the offerer takes RTP; `None` if it wants nothing sent.
    pub remote: Option<SocketAddr>,
    /// Where the offerer takes RTCP, unless the answer makes it share RTP's port:
    /// [`RelayedAnswerStream::offerer_rtcp_mux`].
    pub remote_rtcp: Option<SocketAddr>,
    /// Which `m=` line of the received offer this is.
    pub index: usize,
    /// The offerer's key line that the answer will take.
    pub(super) crypto: Option<ChosenKey>,
}

/// An answer turned back for the offerer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayedAnswer {
    /// What to send to the offerer.
    pub description: SessionDescription,
    /// The first audio stream that was accepted.
    pub audio: RelayedAnswerStream,
    /// Further ones, in order.
    pub more: Vec<RelayedAnswerStream>,
}

/// One stream of a relayed answer: what the relay has to do for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayedAnswerStream {
    /// Which of [`RelayedOffer::streams`] it is.
    pub stream: usize,
    /// Payload types as agreed: (the offerer's, the one the answerer takes). For packets from
    /// the offerer; [`RelayedAnswerStream::from_answerer`] has the other way.
    pub map: Vec<(u8, u8)>,
    /// Where the answerer takes RTP; `None` if it wants nothing sent.
    pub remote: Option<SocketAddr>,
    /// Where the answerer takes RTCP.
    pub remote_rtcp: Option<SocketAddr>,
    /// The direction in the description: sends means towards the offerer.
    pub direction: Direction,
    /// The codecs as the offerer numbers them, the audio codec to use first.
    pub codecs: Vec<Codec<'static>>,
    /// Whether RTCP shares RTP's port on the offerer's leg.
    pub offerer_rtcp_mux: bool,
    /// Whether RTCP shares RTP's port on the answerer's leg.
    pub answerer_rtcp_mux: bool,
    /// The keys of the offerer's leg, if that is SRTP.
    pub offerer_srtp: Option<SrtpKeys>,
    /// The keys of the answerer's leg, if that is SRTP.
    pub answerer_srtp: Option<SrtpKeys>,
    pub(super) back: Vec<(u8, u8)>,
}

impl RelayedOffer {
    /// `None` without a stream.
    pub(super) fn new(
        description: SessionDescription,
        streams: Vec<RelayedStream>,
    ) -> Option<Self> {
        let mut streams = streams.into_iter();
        let audio = streams.next()?;
        Some(Self { description, audio, more: streams.collect() })
    }

    /// All streams, in order.
    pub fn streams(&self) -> impl Iterator<Item = &RelayedStream> {
        std::iter::once(&self.audio).chain(&self.more)
    }
}

impl RelayedAnswer {
    /// `None` without a stream.
    pub(super) fn new(
        description: SessionDescription,
        streams: Vec<RelayedAnswerStream>,
    ) -> Option<Self> {
        let mut streams = streams.into_iter();
        let audio = streams.next()?;
        Some(Self { description, audio, more: streams.collect() })
    }

    /// All streams that were accepted, in order.
    pub fn streams(&self) -> impl Iterator<Item = &RelayedAnswerStream> {
        std::iter::once(&self.audio).chain(&self.more)
    }
}

impl RelayedAnswerStream {
    /// For packets from the offerer: (its number, the answerer's number).
    pub fn from_offerer(&self) -> &[(u8, u8)] {
        &self.map
    }

    /// For packets from the answerer: (its number, the offerer's number). An answerer sends with
    /// the numbers of the offer it got, even if its answer has others (RFC 3264 section 6.1); as
    /// many send with their own, those are taken too where they collide with none.
    pub fn from_answerer(&self) -> &[(u8, u8)] {
        &self.back
    }

    /// Whether the offerer may send.
    pub fn offerer_sends(&self) -> bool {
        self.direction.receives()
    }

    /// Whether the answerer may send.
    pub fn answerer_sends(&self) -> bool {
        self.direction.sends()
    }
}
