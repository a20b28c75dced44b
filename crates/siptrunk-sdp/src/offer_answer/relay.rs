//! The B2BUA in the middle: one side's offer for the other, and the answer back.

use std::net::SocketAddr;

use super::answer::{common_codecs, matching_audio, write_answer};
use super::audio::{self, choose};
use super::error::{AnswerError, OfferError};
use super::offer::free_number;
use super::policy::{CodecPolicy, LocalMedia};
use crate::codec::{Codec, CodecName};
use crate::direction::Direction;
use crate::origin::Origin;
use crate::session::SessionDescription;
use crate::write::Writer;

/// An offer rewritten for the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayedOffer {
    /// What to send to the other side.
    pub description: SessionDescription,
    /// Payload types: (the offerer's, the one written towards the answerer).
    pub map: Vec<(u8, u8)>,
    /// Where the offerer takes RTP; `None` if it wants nothing sent.
    pub remote: Option<SocketAddr>,
    /// Where the offerer takes RTCP.
    pub remote_rtcp: Option<SocketAddr>,
    /// Which stream of the received offer this is.
    stream: usize,
}

/// An answer turned back for the offerer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayedAnswer {
    /// What to send to the offerer.
    pub description: SessionDescription,
    /// Payload types as agreed: (the offerer's, the one the answerer takes). For packets from
    /// the offerer; [`RelayedAnswer::from_answerer`] has the other way.
    pub map: Vec<(u8, u8)>,
    /// Where the answerer takes RTP; `None` if it wants nothing sent.
    pub remote: Option<SocketAddr>,
    /// Where the answerer takes RTCP.
    pub remote_rtcp: Option<SocketAddr>,
    /// The direction in `description`: sends means towards the offerer.
    pub direction: Direction,
    /// The codecs as the offerer numbers them, the audio codec to use first.
    pub codecs: Vec<Codec<'static>>,
    back: Vec<(u8, u8)>,
}

impl RelayedAnswer {
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

/// Rewrites a received offer towards the other side: the first usable audio stream alone, the
/// codecs that side takes in the offerer's order, its number for telephone events, our address.
///
/// Hold stays hold: the direction is carried, and a `c=0.0.0.0` becomes a stream on which the
/// offerer does not receive. `ptime` and `maxptime` are the offerer's.
///
/// # Errors
/// [`OfferError`]: for the offerer, as a 488 with a Warning.
pub fn relay_offer(
    received: &SessionDescription,
    towards: &CodecPolicy,
    local: &LocalMedia,
    origin: &Origin<'_>,
) -> Result<RelayedOffer, OfferError> {
    let (stream, media, offered) = choose(received, towards)?;
    let endpoint = audio::endpoint(&media)?;
    let codecs = renumber(&offered, towards);
    let map = offered.iter().zip(&codecs).map(|(a, b)| (a.payload_type, b.payload_type)).collect();
    let direction = media.direction();
    let direction =
        Direction::of(direction.sends(), direction.receives() && endpoint.rtp.is_some());
    let mut writer = Writer::new();
    writer.session(origin, local.address);
    writer.audio(local.port, &codecs, media.ptime().or(towards.ptime), media.maxptime(), direction);
    Ok(RelayedOffer {
        description: writer.finish(),
        map,
        remote: endpoint.rtp,
        remote_rtcp: endpoint.rtcp,
        stream,
    })
}

/// Turns the far answer into an answer to the original offer: its numbers, our address, all its
/// streams, and a direction that the offer allows whatever the answerer wrote (a `sendrecv`
/// answer to a `sendonly` offer becomes `recvonly`).
///
/// # Errors
/// [`AnswerError`] if the answer does not fit the relayed offer or refuses the stream.
pub fn relay_answer(
    original_offer: &SessionDescription,
    relayed: &RelayedOffer,
    answer: &SessionDescription,
    local: &LocalMedia,
    origin: &Origin<'_>,
) -> Result<RelayedAnswer, AnswerError> {
    let (sent, theirs) = matching_audio(&relayed.description, answer)?;
    let endpoint = audio::endpoint(&theirs)?;
    let common = common_codecs(&sent, &theirs)?;
    let original = original_direction(original_offer, relayed.stream)?;

    let mut agreed = Agreed::default();
    for codec in &common.codecs {
        // (what we wrote to the answerer, what it takes) and (the offerer's, what we wrote).
        let Some(&(written, _)) = common.map.iter().find(|(_, own)| *own == codec.payload_type)
        else {
            continue;
        };
        let Some(&(offerers, _)) = relayed.map.iter().find(|(_, out)| *out == written) else {
            continue;
        };
        agreed.add(codec, offerers, written);
    }
    agreed.add_own_numbers();

    let direction = theirs.direction();
    let direction =
        Direction::of(direction.sends(), direction.receives() && endpoint.rtp.is_some())
            .and(sent.direction().mirrored())
            .and(original.mirrored());
    let description = write_answer(original_offer, relayed.stream, origin, local, |writer| {
        writer.audio(local.port, &agreed.codecs, theirs.ptime(), theirs.maxptime(), direction);
    });
    Ok(RelayedAnswer {
        description,
        map: agreed.map,
        remote: endpoint.rtp,
        remote_rtcp: endpoint.rtcp,
        direction,
        codecs: agreed.codecs.into_iter().map(Codec::into_owned).collect(),
        back: agreed.back,
    })
}

/// The codecs that both ends agreed on, while the maps grow.
#[derive(Default)]
struct Agreed<'a> {
    codecs: Vec<Codec<'a>>,
    map: Vec<(u8, u8)>,
    back: Vec<(u8, u8)>,
}

impl<'a> Agreed<'a> {
    fn add(&mut self, codec: &Codec<'a>, offerers: u8, written: u8) {
        self.map.push((offerers, codec.payload_type));
        self.back.push((written, offerers));
        self.codecs.push(codec.clone().with_number(offerers));
    }

    fn add_own_numbers(&mut self) {
        for &(offerers, own) in &self.map {
            if !self.back.iter().any(|(number, _)| *number == own) {
                self.back.push((own, offerers));
            }
        }
    }
}

/// The direction of the stream that was relayed.
fn original_direction(offer: &SessionDescription, stream: usize) -> Result<Direction, OfferError> {
    offer
        .media()
        .nth(stream)
        .filter(audio::is_usable)
        .map(|media| media.direction())
        .ok_or(OfferError::NoAudio)
}

/// The same codecs under the numbers that the other side wants.
fn renumber<'a>(codecs: &[Codec<'a>], towards: &CodecPolicy) -> Vec<Codec<'a>> {
    // Fixed numbers first, so that a dynamic one never takes the place of a later fixed one.
    let wanted: Vec<Option<u8>> = codecs.iter().map(|codec| fixed_number(codec, towards)).collect();
    let mut taken: Vec<u8> = wanted.iter().copied().flatten().collect();
    codecs
        .iter()
        .zip(wanted)
        .map(|(codec, wanted)| {
            let number = wanted.unwrap_or_else(|| {
                let own = codec.payload_type;
                let number = if own >= 96 && !taken.contains(&own) {
                    own
                } else {
                    free_number(&taken, None)
                };
                taken.push(number);
                number
            });
            codec.clone().with_number(number)
        })
        .collect()
}

/// RFC 3551's number, or the one that the side insists on. Telephone events at 8 kHz only: a
/// second clock rate needs a second number.
fn fixed_number(codec: &Codec<'_>, towards: &CodecPolicy) -> Option<u8> {
    match codec.name()? {
        CodecName::TelephoneEvent if codec.clock_rate == 8_000 => towards.event_number(),
        name => name.static_payload_type(),
    }
}
