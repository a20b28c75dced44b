//! What an end agreed on.

use super::stream::Stream;
use crate::session::SessionDescription;

/// What an end agreed on: one audio stream, or more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Negotiated {
    /// From [`answer`](super::answer): the answer to send. From [`accept`](super::accept): the
    /// answer received.
    pub description: SessionDescription,
    /// The first audio stream.
    pub audio: Stream,
    /// Further ones, in the description's order. None, unless
    /// [`Party::with_more`](super::Party::with_more) made room.
    pub more: Vec<Stream>,
    /// `m=` lines that the answerer took though it took them over the other transport as well:
    /// nothing is to be sent there, and the next offer should have port 0 for them.
    pub surplus: Vec<usize>,
}

impl Negotiated {
    /// `None` without a stream.
    pub(super) fn new(
        description: SessionDescription,
        streams: Vec<Stream>,
        surplus: Vec<usize>,
    ) -> Option<Self> {
        let mut streams = streams.into_iter();
        let audio = streams.next()?;
        Some(Self { description, audio, more: streams.collect(), surplus })
    }

    /// All streams, in the description's order.
    pub fn streams(&self) -> impl Iterator<Item = &Stream> {
        std::iter::once(&self.audio).chain(&self.more)
    }
}
