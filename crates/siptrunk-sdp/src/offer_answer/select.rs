//! The streams of an offer that can be taken.

use super::codecs;
use super::endpoint::Endpoint;
use super::error::OfferError;
use super::policy::{CodecOrder, CodecPolicy, SrtpPolicy, Transport};
use super::security::{self, ChosenKey};
use crate::codec::Codec;
use crate::media::Media;
use crate::session::SessionDescription;

/// An offered audio stream that can be taken, and how.
pub(super) struct Candidate<'a> {
    /// Which `m=` line.
    pub(super) index: usize,
    pub(super) media: Media<'a>,
    pub(super) transport: Transport,
    /// What is allowed of its codecs.
    pub(super) codecs: Vec<Codec<'a>>,
    pub(super) endpoint: Endpoint,
    /// The key line to take, if the transport is secure.
    pub(super) crypto: Option<ChosenKey>,
}

/// The first usable audio streams, `places` at most and one at least. They are all secure if one
/// can be, and all plain otherwise: a call is not half a secret, and an offer that names the same
/// stream over both transports means one of them.
pub(super) fn candidates<'a>(
    offer: &'a SessionDescription,
    policy: &CodecPolicy,
    order: CodecOrder,
    srtp: &SrtpPolicy,
    places: usize,
) -> Result<Vec<Candidate<'a>>, OfferError> {
    let mut usable = Vec::with_capacity(1);
    let mut reason = OfferError::NoAudio;
    for (index, media) in offer.media().enumerate() {
        if !media.is_audio() || media.port() == 0 {
            continue;
        }
        match candidate(index, media, policy, order, srtp) {
            Ok(candidate) => usable.push(candidate),
            // What was tried longest is told, the first of several alike.
            Err(error) if error.depth() > reason.depth() => reason = error,
            Err(_) => {}
        }
    }
    if usable.iter().any(|candidate| candidate.transport == Transport::Secure) {
        usable.retain(|candidate| candidate.transport == Transport::Secure);
    }
    usable.truncate(places);
    if usable.is_empty() { Err(reason) } else { Ok(usable) }
}

fn candidate<'a>(
    index: usize,
    media: Media<'a>,
    policy: &CodecPolicy,
    order: CodecOrder,
    srtp: &SrtpPolicy,
) -> Result<Candidate<'a>, OfferError> {
    let transport = Transport::from_name(media.protocol()).filter(|t| srtp.admits(*t));
    let Some(transport) = transport else {
        return Err(OfferError::UnsupportedProtocol {
            protocol: media.protocol().to_owned(),
            supported: srtp.transports().map(Transport::as_str).collect::<Vec<_>>().join(" or "),
        });
    };
    let codecs = codecs::allowed(&media, policy, order);
    if codecs.is_empty() {
        let offered = media.codecs().map(|codec| codec.to_string()).collect();
        return Err(OfferError::NoCommonCodec { offered, allowed: policy.names() });
    }
    let crypto = match transport {
        Transport::Secure => Some(security::choose(&media, srtp)?),
        Transport::Plain => None,
    };
    let endpoint = Endpoint::of(&media)?;
    Ok(Candidate { index, media, transport, codecs, endpoint, crypto })
}
