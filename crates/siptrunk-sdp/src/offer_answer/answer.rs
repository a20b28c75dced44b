//! Answering an offer (RFC 3264 section 6).

use super::error::OfferError;
use super::negotiated::Negotiated;
use super::party::Party;
use super::policy::{CodecPolicy, LocalMedia};
use super::select::{Candidate, candidates};
use super::stream::{SrtpKeys, Stream};
use crate::codec::Codec;
use crate::origin::Origin;
use crate::session::SessionDescription;
use crate::write::{AudioLines, Writer};

/// Answers an offer as a [`Party`] with one plain audio stream: its first usable audio stream with
/// what the policy allows, in the offerer's order and under the offerer's numbers; every other
/// stream refused with port 0. The direction is the offer's, mirrored.
///
/// # Errors
/// [`OfferError`]: to be told with a 488 and a Warning.
pub fn answer(
    offer: &SessionDescription,
    policy: &CodecPolicy,
    local: &LocalMedia,
    origin: &Origin<'_>,
) -> Result<Negotiated, OfferError> {
    Party::new(policy, local, origin).answer(offer)
}

impl Party<'_> {
    /// Answers an offer: its first usable audio streams, as many as we have places, each with the
    /// codecs that we take under the offerer's numbers; every other stream refused with port 0,
    /// every `group` and `mid` left out (RFC 9143 section 7.3 reads that as a refusal). The
    /// direction is the offer's, mirrored, as far as we are willing.
    ///
    /// A secure stream is answered with the first key line that the policy allows. If one stream
    /// can be secure, no plain one is taken; under [`SrtpMode::Required`](super::SrtpMode) none
    /// is taken at all.
    ///
    /// # Errors
    /// [`OfferError`]: to be told with a 488 and a Warning.
    pub fn answer(mut self, offer: &SessionDescription) -> Result<Negotiated, OfferError> {
        let srtp = self.srtp_policy();
        let places = self.places().count();
        let candidates = candidates(offer, self.codecs, self.order, &srtp, places)?;
        let mut writer = AnswerWriter::new(&self, offer);
        let mut streams = Vec::with_capacity(candidates.len());
        for (candidate, local) in candidates.into_iter().zip(self.places()) {
            let Candidate { index, media, transport, codecs, endpoint, crypto } = candidate;
            let direction = media.direction().mirrored().and(self.direction);
            let rtcp_mux = self.rtcp_mux && media.is_rtcp_mux();
            let tag = crypto.as_ref().map(|chosen| chosen.tag);
            let srtp = crypto.and_then(|chosen| {
                let send = self.new_key(chosen.key.suite())?;
                Some(SrtpKeys { send, receive: chosen.key })
            });
            let keys: Vec<_> = tag.into_iter().zip(srtp.iter().map(|keys| &keys.send)).collect();
            writer.accept(
                index,
                &AudioLines {
                    transport,
                    local,
                    codecs: &codecs,
                    keys: &keys,
                    ptime: self.codecs.ptime.or_else(|| media.ptime()),
                    maxptime: media.maxptime(),
                    rtcp_mux,
                    direction,
                },
            );
            let endpoint = endpoint.multiplexed(rtcp_mux);
            streams.push(Stream {
                index,
                receive_map: codecs.iter().map(|c| (c.payload_type, c.payload_type)).collect(),
                codecs: codecs.into_iter().map(Codec::into_owned).collect(),
                remote: endpoint.rtp,
                remote_rtcp: endpoint.rtcp,
                direction,
                ptime: media.ptime(),
                rtcp_mux,
                srtp,
            });
        }
        let description = writer.finish();
        Negotiated::new(description, streams, Vec::new()).ok_or(OfferError::NoAudio)
    }
}

/// Writes an answer with as many streams as its offer: what is not accepted is refused.
pub(super) struct AnswerWriter<'a> {
    writer: Writer,
    offer: &'a SessionDescription,
    /// How many streams are written.
    count: usize,
}

impl<'a> AnswerWriter<'a> {
    pub(super) fn new(party: &Party<'_>, offer: &'a SessionDescription) -> Self {
        let mut writer = Writer::new();
        writer.session(party.origin, party.first().address);
        Self { writer, offer, count: 0 }
    }

    /// Accepts that stream, which comes after all that were accepted before.
    pub(super) fn accept(&mut self, index: usize, lines: &AudioLines<'_>) {
        self.refuse_up_to(index);
        self.writer.audio(lines);
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn finish(mut self) -> SessionDescription {
        self.refuse_up_to(usize::MAX);
        self.writer.finish()
    }

    fn refuse_up_to(&mut self, index: usize) {
        let open = index.saturating_sub(self.count);
        for media in self.offer.media().skip(self.count).take(open) {
            self.writer.refused(&media);
            self.count = self.count.saturating_add(1);
        }
    }
}
