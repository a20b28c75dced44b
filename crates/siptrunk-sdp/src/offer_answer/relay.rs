//! The B2BUA in the middle: one side's offer for the other, and the answer back.

use super::accept::{Accepted, AcceptedStream, accepted};
use super::answer::AnswerWriter;
use super::codecs;
use super::error::{AnswerError, OfferError};
use super::party::Party;
use super::policy::{CodecPolicy, LocalMedia, SrtpPolicy, Transport};
use super::relayed::{RelayedAnswer, RelayedAnswerStream, RelayedOffer, RelayedStream};
use super::select::candidates;
use super::stream::SrtpKeys;
use crate::codec::Codec;
use crate::direction::Direction;
use crate::media::Media;
use crate::origin::Origin;
use crate::session::SessionDescription;
use crate::write::{AudioLines, Writer};

/// Rewrites a received offer towards the other side, plain on both sides: the first usable audio
/// stream alone, the codecs that side takes in the offerer's order, its number for telephone
/// events, our address.
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
    Party::new(towards, local, origin).relay_offer(received, &SrtpPolicy::default())
}

/// Turns the far answer into an answer to the original offer, plain on both sides: its numbers,
/// our address, all its streams, and a direction that the offer allows whatever the answerer wrote
/// (a `sendrecv` answer to a `sendonly` offer becomes `recvonly`).
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
    let any = CodecPolicy::default();
    Party::new(&any, local, origin).relay_answer(original_offer, relayed, answer)
}

impl Party<'_> {
    /// As the function [`relay_offer`], with all that this party, which we are towards the
    /// answerer, has: several streams, SRTP. `offerer` is what the offerer's trunk says of SRTP:
    /// the sides need not agree, as the keys of each leg are its own.
    ///
    /// # Errors
    /// [`OfferError`]: for the offerer, as a 488 with a Warning.
    pub fn relay_offer(
        mut self,
        received: &SessionDescription,
        offerer: &SrtpPolicy,
    ) -> Result<RelayedOffer, OfferError> {
        let srtp = self.srtp_policy();
        let places = self.places().count();
        let candidates = candidates(received, self.codecs, self.order, offerer, places)?;
        let mut writer = Writer::new();
        writer.session(self.origin, self.first().address);
        let mut streams = Vec::with_capacity(candidates.len());
        for (candidate, local) in candidates.into_iter().zip(self.places()) {
            let media = candidate.media;
            let codecs = codecs::renumbered(&candidate.codecs, self.codecs);
            let receives = media.direction().receives() && candidate.endpoint.rtp.is_some();
            let direction = Direction::of(media.direction().sends(), receives);
            let lines = AudioLines {
                transport: Transport::Plain,
                local,
                codecs: &codecs,
                keys: &[],
                ptime: media.ptime().or(self.codecs.ptime),
                maxptime: media.maxptime(),
                rtcp_mux: self.rtcp_mux,
                direction: direction.and(self.direction),
            };
            self.write_offered(&mut writer, &srtp, &lines);
            let numbers = candidate.codecs.iter().zip(&codecs);
            streams.push(RelayedStream {
                map: numbers.map(|(a, b)| (a.payload_type, b.payload_type)).collect(),
                remote: candidate.endpoint.rtp,
                remote_rtcp: candidate.endpoint.rtcp,
                index: candidate.index,
                crypto: candidate.crypto,
            });
        }
        RelayedOffer::new(writer.finish(), streams).ok_or(OfferError::NoAudio)
    }

    /// As the function [`relay_answer`], with all that this party, which we are towards the
    /// offerer, has: several streams, SRTP. It needs a place for each stream that was relayed,
    /// and [`Party::secured`] if the offerer's streams are secure.
    ///
    /// # Errors
    /// [`AnswerError`] if the answer does not fit the relayed offer or refuses every stream.
    pub fn relay_answer(
        mut self,
        original_offer: &SessionDescription,
        relayed: &RelayedOffer,
        answer: &SessionDescription,
    ) -> Result<RelayedAnswer, AnswerError> {
        let Accepted { streams: accepted, .. } = accepted(&relayed.description, answer)?;
        let mut writer = AnswerWriter::new(&self, original_offer);
        let mut streams = Vec::with_capacity(accepted.len());
        for far in accepted {
            let Some(near) = relayed.streams().nth(far.ordinal) else { continue };
            let Some(local) = self.places().nth(far.ordinal) else { continue };
            let offered = usable(original_offer, near.index)?;
            let agreed = Agreed::new(&far, near);
            let direction = far
                .answerer_direction()
                .and(far.ours.direction().mirrored())
                .and(offered.direction().mirrored())
                .and(self.direction);
            let tag = near.crypto.as_ref().map(|chosen| chosen.tag);
            let offerer_srtp = match &near.crypto {
                Some(chosen) => {
                    let send = self.new_key(chosen.key.suite()).ok_or(AnswerError::NoKeySource)?;
                    Some(SrtpKeys { send, receive: chosen.key.clone() })
                }
                None => None,
            };
            let keys = offerer_srtp.iter().map(|keys| &keys.send);
            let keys: Vec<_> = tag.into_iter().zip(keys).collect();
            let rtcp_mux = self.rtcp_mux && offered.is_rtcp_mux();
            let transport = if tag.is_some() { Transport::Secure } else { Transport::Plain };
            writer.accept(
                near.index,
                &AudioLines {
                    transport,
                    local,
                    codecs: &agreed.codecs,
                    keys: &keys,
                    ptime: far.theirs.ptime(),
                    maxptime: far.theirs.maxptime(),
                    rtcp_mux,
                    direction,
                },
            );
            streams.push(RelayedAnswerStream {
                stream: far.ordinal,
                map: agreed.map,
                remote: far.endpoint.rtp,
                remote_rtcp: far.endpoint.rtcp,
                direction,
                codecs: agreed.codecs.into_iter().map(Codec::into_owned).collect(),
                offerer_rtcp_mux: rtcp_mux,
                answerer_rtcp_mux: far.rtcp_mux,
                offerer_srtp,
                answerer_srtp: far.srtp,
                back: agreed.back,
            });
        }
        RelayedAnswer::new(writer.finish(), streams).ok_or(AnswerError::Refused)
    }
}

/// The codecs that both ends agreed on.
struct Agreed<'a> {
    codecs: Vec<Codec<'a>>,
    map: Vec<(u8, u8)>,
    back: Vec<(u8, u8)>,
}

impl<'a> Agreed<'a> {
    fn new(far: &AcceptedStream<'a>, near: &RelayedStream) -> Self {
        let mut agreed = Self { codecs: Vec::new(), map: Vec::new(), back: Vec::new() };
        for (codec, &(written, own)) in far.common.codecs.iter().zip(&far.common.map) {
            // (what we wrote to the answerer, what it takes) and (the offerer's, what we wrote).
            let Some(&(offerers, _)) = near.map.iter().find(|(_, out)| *out == written) else {
                continue;
            };
            agreed.map.push((offerers, own));
            agreed.back.push((written, offerers));
            agreed.codecs.push(codec.clone().with_number(offerers));
        }
        // An answerer that renumbers should send with our numbers, and many send with their own.
        for &(offerers, own) in &agreed.map {
            if !agreed.back.iter().any(|(number, _)| *number == own) {
                agreed.back.push((own, offerers));
            }
        }
        agreed
    }
}

/// The stream of the original offer that was relayed: it must be the same offer.
fn usable(offer: &SessionDescription, index: usize) -> Result<Media<'_>, OfferError> {
    let usable = |media: &Media<'_>| media.is_audio() && media.port() != 0;
    offer.media().nth(index).filter(usable).ok_or(OfferError::NoAudio)
}
