//! Answering an offer, and taking the answer to ours (RFC 3264 sections 6 and 7).

use std::net::SocketAddr;

use super::audio::{self, PROTOCOL, choose, usable_codecs};
use super::error::{AnswerError, OfferError};
use super::policy::{CodecPolicy, LocalMedia};
use crate::codec::Codec;
use crate::direction::Direction;
use crate::media::Media;
use crate::origin::Origin;
use crate::session::SessionDescription;
use crate::write::Writer;

/// What an end agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Negotiated {
    /// From [`answer`]: the answer to send. From [`accept`]: the answer received.
    pub description: SessionDescription,
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
}

/// Answers an offer: its first usable audio stream with what the policy allows, in the offerer's
/// order and under the offerer's numbers; every other stream refused with port 0. The direction
/// is the offer's, mirrored.
///
/// # Errors
/// [`OfferError`]: to be told with a 488 and a Warning.
pub fn answer(
    offer: &SessionDescription,
    policy: &CodecPolicy,
    local: &LocalMedia,
    origin: &Origin<'_>,
) -> Result<Negotiated, OfferError> {
    let (index, media, codecs) = choose(offer, policy)?;
    let endpoint = audio::endpoint(&media)?;
    let direction = media.direction().mirrored();
    let ptime = policy.ptime.or_else(|| media.ptime());
    let description = write_answer(offer, index, origin, local, |writer| {
        writer.audio(local.port, &codecs, ptime, media.maxptime(), direction);
    });
    Ok(Negotiated {
        description,
        receive_map: codecs.iter().map(|c| (c.payload_type, c.payload_type)).collect(),
        codecs: codecs.into_iter().map(Codec::into_owned).collect(),
        remote: endpoint.rtp,
        remote_rtcp: endpoint.rtcp,
        direction,
        ptime: media.ptime(),
    })
}

/// Takes the answer to an offer of ours.
///
/// # Errors
/// [`AnswerError`] if it does not fit the offer or refuses the stream.
pub fn accept(
    offer_sent: &SessionDescription,
    answer: &SessionDescription,
) -> Result<Negotiated, AnswerError> {
    let (ours, theirs) = matching_audio(offer_sent, answer)?;
    let endpoint = audio::endpoint(&theirs)?;
    let common = common_codecs(&ours, &theirs)?;
    Ok(Negotiated {
        description: answer.clone(),
        codecs: common.codecs.into_iter().map(Codec::into_owned).collect(),
        receive_map: common.map,
        remote: endpoint.rtp,
        remote_rtcp: endpoint.rtcp,
        direction: theirs.direction().mirrored().and(ours.direction()),
        ptime: theirs.ptime(),
    })
}

/// An answer with as many streams as the offer: ours at `index`, the others refused.
pub(super) fn write_answer(
    offer: &SessionDescription,
    index: usize,
    origin: &Origin<'_>,
    local: &LocalMedia,
    audio: impl FnOnce(&mut Writer),
) -> SessionDescription {
    let mut audio = Some(audio);
    let mut writer = Writer::new();
    writer.session(origin, local.address);
    for (at, media) in offer.media().enumerate() {
        match audio.take_if(|_| at == index) {
            Some(audio) => audio(&mut writer),
            None => writer.refused(&media),
        }
    }
    writer.finish()
}

/// The first audio stream of an offer that the answer takes, and the stream that answers it.
pub(super) fn matching_audio<'a>(
    offer: &'a SessionDescription,
    answer: &'a SessionDescription,
) -> Result<(Media<'a>, Media<'a>), AnswerError> {
    let (offered, answered) = (offer.media().count(), answer.media().count());
    if offered != answered {
        return Err(AnswerError::StreamCount { offered, answered });
    }
    let mut usable = offer.media().zip(answer.media()).filter(|(ours, _)| audio::is_usable(ours));
    let first = usable.next().ok_or(AnswerError::NoAudio)?;
    let (ours, theirs) = std::iter::once(first)
        .chain(usable)
        .find(|(_, theirs)| theirs.port() != 0)
        .ok_or(AnswerError::Refused)?;
    if theirs.kind() != ours.kind() || theirs.protocol() != PROTOCOL {
        return Err(AnswerError::Changed {
            kind: theirs.kind().to_owned(),
            protocol: theirs.protocol().to_owned(),
        });
    }
    Ok((ours, theirs))
}

/// What an answer has in common with its offer.
pub(super) struct Common<'a> {
    /// In the answer's order and numbers.
    pub(super) codecs: Vec<Codec<'a>>,
    /// From the offer's numbers, which the answerer sends with, to the answer's.
    pub(super) map: Vec<(u8, u8)>,
}

/// The codecs of the answer that the offer has too.
pub(super) fn common_codecs<'a>(
    ours: &Media<'a>,
    theirs: &Media<'a>,
) -> Result<Common<'a>, AnswerError> {
    let offered: Vec<Codec<'a>> = ours.codecs().collect();
    let answered: Vec<Codec<'a>> = theirs.codecs().collect();
    let explained = theirs.payload_types().filter_map(|number| {
        let has_number = |codec: &&Codec<'a>| codec.payload_type == number;
        // An answer that leaves out the rtpmap of a number can only mean the offer's.
        answered.iter().find(has_number).or_else(|| offered.iter().find(has_number)).cloned()
    });
    let like = |codec: &Codec<'_>| offered.iter().find(|other| other.same_codec(codec));
    let codecs = usable_codecs(explained.filter(|codec| like(codec).is_some()));
    if codecs.is_empty() {
        return Err(AnswerError::NoCommonCodec {
            offered: offered.iter().map(ToString::to_string).collect(),
            answered: answered.iter().map(ToString::to_string).collect(),
        });
    }
    let pair = |codec: &Codec<'_>| Some((like(codec)?.payload_type, codec.payload_type));
    let map = codecs.iter().filter_map(pair).collect();
    Ok(Common { codecs, map })
}
