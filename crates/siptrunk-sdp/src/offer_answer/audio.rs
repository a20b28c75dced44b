//! Finding the audio stream of a description and reading what matters of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::error::{AddressProblem, OfferError};
use super::policy::CodecPolicy;
use crate::address::Address;
use crate::codec::Codec;
use crate::media::Media;
use crate::session::SessionDescription;

/// The only transport that is negotiated here.
pub(super) const PROTOCOL: &str = "RTP/AVP";

/// Where a side takes media. Neither address, if it wants nothing sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) rtp: Option<SocketAddr>,
    pub(super) rtcp: Option<SocketAddr>,
}

/// Whether a section is an audio stream that lives and that we can carry.
pub(super) fn is_usable(media: &Media<'_>) -> bool {
    media.is_audio() && media.port() != 0 && media.protocol() == PROTOCOL
}

/// The first usable audio stream with an allowed codec, its index, and those codecs in the
/// offerer's order.
pub(super) fn choose<'a>(
    offer: &'a SessionDescription,
    policy: &CodecPolicy,
) -> Result<(usize, Media<'a>, Vec<Codec<'a>>), OfferError> {
    let mut reason = OfferError::NoAudio;
    for (index, media) in offer.media().enumerate() {
        if !media.is_audio() || media.port() == 0 {
            continue;
        }
        if media.protocol() != PROTOCOL {
            if reason == OfferError::NoAudio {
                let protocol = media.protocol().to_owned();
                reason = OfferError::UnsupportedProtocol { protocol };
            }
            continue;
        }
        let codecs = usable_codecs(media.codecs().filter(|codec| policy.allows(codec)));
        if !codecs.is_empty() {
            return Ok((index, media, codecs));
        }
        if !matches!(reason, OfferError::NoCommonCodec { .. }) {
            let offered = media.codecs().map(|codec| codec.to_string()).collect();
            reason = OfferError::NoCommonCodec { offered, allowed: policy.names() };
        }
    }
    Err(reason)
}

/// Drops the second of two numbers for one meaning, and telephone events at a clock rate that no
/// voice codec has (RFC 4733 section 2.3 ties them together). Empty without a voice codec.
pub(super) fn usable_codecs<'a>(codecs: impl Iterator<Item = Codec<'a>>) -> Vec<Codec<'a>> {
    let mut kept: Vec<Codec<'a>> = Vec::with_capacity(4);
    for codec in codecs {
        if !kept.iter().any(|other| other.same_codec(&codec)) {
            kept.push(codec);
        }
    }
    let rates: Vec<u32> = kept.iter().filter(|c| is_voice(c)).map(|c| c.clock_rate).collect();
    kept.retain(|codec| is_voice(codec) || rates.contains(&codec.clock_rate));
    if rates.is_empty() {
        kept.clear();
    }
    kept
}

fn is_voice(codec: &Codec<'_>) -> bool {
    !codec.is_telephone_event()
}

/// Where the stream takes media, or why nothing may be sent there.
pub(super) fn endpoint(media: &Media<'_>) -> Result<Endpoint, AddressProblem> {
    let connection = media.connection().ok_or(AddressProblem::Missing)?;
    if connection.is_nowhere() {
        return Ok(Endpoint { rtp: None, rtcp: None });
    }
    match &connection.address {
        Address::Ip(ip) if is_group(*ip) => Err(AddressProblem::Group { address: ip.to_string() }),
        Address::Ip(_) => {
            let rtcp = media.rtcp().filter(|rtcp| !is_group(rtcp.ip()));
            Ok(Endpoint { rtp: media.rtp(), rtcp })
        }
        Address::Name(name) => Err(AddressProblem::Name { name: name.clone().into_owned() }),
        Address::Foreign(value) => {
            Err(AddressProblem::Foreign { value: value.clone().into_owned() })
        }
    }
}

fn is_group(ip: IpAddr) -> bool {
    ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST)
}
