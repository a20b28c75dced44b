//! Taking the answer to an offer of ours (RFC 3264 section 7).

use super::codecs::{self, Common};
use super::endpoint::Endpoint;
use super::error::AnswerError;
use super::negotiated::Negotiated;
use super::policy::Transport;
use super::security;
use super::stream::{SrtpKeys, Stream};
use crate::codec::Codec;
use crate::direction::Direction;
use crate::media::Media;
use crate::session::SessionDescription;

/// Takes the answer to an offer of ours: every audio stream that it accepts. Our keys are read
/// from the offer.
///
/// # Errors
/// [`AnswerError`] if it does not fit the offer or refuses every stream.
pub fn accept(
    offer_sent: &SessionDescription,
    answer: &SessionDescription,
) -> Result<Negotiated, AnswerError> {
    let Accepted { streams, surplus } = accepted(offer_sent, answer)?;
    let streams = streams.into_iter().map(|stream| Stream {
        index: stream.index,
        codecs: stream.common.codecs.into_iter().map(Codec::into_owned).collect(),
        receive_map: stream.common.map,
        remote: stream.endpoint.rtp,
        remote_rtcp: stream.endpoint.rtcp,
        direction: stream.theirs.direction().mirrored().and(stream.ours.direction()),
        ptime: stream.theirs.ptime(),
        rtcp_mux: stream.rtcp_mux,
        srtp: stream.srtp,
    });
    Negotiated::new(answer.clone(), streams.collect(), surplus).ok_or(AnswerError::Refused)
}

/// What an answer took.
pub(super) struct Accepted<'a> {
    /// One at least.
    pub(super) streams: Vec<AcceptedStream<'a>>,
    /// See [`Negotiated::surplus`].
    surplus: Vec<usize>,
}

/// An audio stream that an answer took.
pub(super) struct AcceptedStream<'a> {
    /// Which `m=` line.
    index: usize,
    /// Which audio stream of those that the offer has over this transport.
    pub(super) ordinal: usize,
    transport: Transport,
    pub(super) ours: Media<'a>,
    pub(super) theirs: Media<'a>,
    pub(super) common: Common<'a>,
    pub(super) endpoint: Endpoint,
    pub(super) rtcp_mux: bool,
    pub(super) srtp: Option<SrtpKeys>,
}

impl AcceptedStream<'_> {
    /// What the answerer may do: what it says, and nothing to be received at no address.
    pub(super) fn answerer_direction(&self) -> Direction {
        let said = self.theirs.direction();
        Direction::of(said.sends(), said.receives() && self.endpoint.rtp.is_some())
    }
}

/// Reads an answer beside its offer. If the answer takes a secure stream, plain ones that it took
/// too are the same streams once more.
pub(super) fn accepted<'a>(
    offer: &'a SessionDescription,
    answer: &'a SessionDescription,
) -> Result<Accepted<'a>, AnswerError> {
    let (offered, answered) = (offer.media().count(), answer.media().count());
    if offered != answered {
        return Err(AnswerError::StreamCount { offered, answered });
    }
    let mut streams = Vec::with_capacity(1);
    let (mut plain, mut secure) = (0usize, 0usize);
    for (index, (ours, theirs)) in offer.media().zip(answer.media()).enumerate() {
        let Some(transport) = live_audio(&ours) else { continue };
        let ordinals = match transport {
            Transport::Plain => &mut plain,
            Transport::Secure => &mut secure,
        };
        let ordinal = *ordinals;
        *ordinals = ordinals.saturating_add(1);
        if theirs.port() != 0 {
            streams.push(stream(index, ordinal, transport, ours, theirs)?);
        }
    }
    if plain == 0 && secure == 0 {
        return Err(AnswerError::NoAudio);
    }
    if streams.is_empty() {
        return Err(AnswerError::Refused);
    }
    let is_secure = |stream: &AcceptedStream<'_>| stream.transport == Transport::Secure;
    let mut surplus = Vec::new();
    if streams.iter().any(is_secure) {
        surplus = streams.iter().filter(|s| !is_secure(s)).map(|s| s.index).collect();
        streams.retain(is_secure);
    }
    Ok(Accepted { streams, surplus })
}

fn stream<'a>(
    index: usize,
    ordinal: usize,
    transport: Transport,
    ours: Media<'a>,
    theirs: Media<'a>,
) -> Result<AcceptedStream<'a>, AnswerError> {
    if theirs.kind() != ours.kind() || theirs.protocol() != ours.protocol() {
        return Err(AnswerError::Changed {
            kind: theirs.kind().to_owned(),
            protocol: theirs.protocol().to_owned(),
            offered: ours.protocol().to_owned(),
        });
    }
    let endpoint = Endpoint::of(&theirs)?;
    let common = codecs::common(&ours, &theirs)?;
    let srtp = match transport {
        Transport::Secure => Some(security::settled(&ours, &theirs)?),
        Transport::Plain => None,
    };
    let rtcp_mux = ours.is_rtcp_mux() && theirs.is_rtcp_mux();
    let endpoint = endpoint.multiplexed(rtcp_mux);
    Ok(AcceptedStream { index, ordinal, transport, ours, theirs, common, endpoint, rtcp_mux, srtp })
}

/// The transport of a section that is an audio stream, lives, and can be carried.
fn live_audio(media: &Media<'_>) -> Option<Transport> {
    let lives = media.is_audio() && media.port() != 0;
    Transport::from_name(media.protocol()).filter(|_| lives)
}
