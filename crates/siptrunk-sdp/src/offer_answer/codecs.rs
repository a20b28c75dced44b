//! Which codecs two sides share, and under which numbers.

use super::error::AnswerError;
use super::policy::{CodecOrder, CodecPolicy};
use crate::codec::{Codec, CodecName};
use crate::media::Media;

/// The offered codecs that the policy allows. Empty without a voice codec.
pub(super) fn allowed<'a>(
    media: &Media<'a>,
    policy: &CodecPolicy,
    order: CodecOrder,
) -> Vec<Codec<'a>> {
    let mut codecs = usable(media.codecs().filter(|codec| policy.rank(codec).is_some()));
    if order == CodecOrder::Ours {
        codecs.sort_by_key(|codec| policy.rank(codec));
    }
    codecs
}

/// Drops the second of two numbers for one meaning, and telephone events at a clock rate that no
/// voice codec has (RFC 4733 section 2.3 ties them together). Empty without a voice codec.
fn usable<'a>(codecs: impl Iterator<Item = Codec<'a>>) -> Vec<Codec<'a>> {
    let mut kept: Vec<Codec<'a>> = Vec::with_capacity(4);
    for codec in codecs {
        if !kept.iter().any(|other| other.same_codec(&codec)) {
            kept.push(codec);
        }
    }
    let is_voice = |codec: &Codec<'_>| !codec.is_telephone_event();
    let rates: Vec<u32> = kept.iter().filter(|c| is_voice(c)).map(|c| c.clock_rate).collect();
    kept.retain(|codec| rates.contains(&codec.clock_rate));
    kept
}

/// What an answer has in common with its offer.
pub(super) struct Common<'a> {
    /// In the answer's order and numbers.
    pub(super) codecs: Vec<Codec<'a>>,
    /// From the offer's numbers, which the answerer sends with, to the answer's.
    pub(super) map: Vec<(u8, u8)>,
}

/// The codecs of the answer that the offer has too.
pub(super) fn common<'a>(ours: &Media<'a>, theirs: &Media<'a>) -> Result<Common<'a>, AnswerError> {
    let offered: Vec<Codec<'a>> = ours.codecs().collect();
    let answered: Vec<Codec<'a>> = theirs.codecs().collect();
    let explained = theirs.payload_types().filter_map(|number| {
        let has_number = |codec: &&Codec<'a>| codec.payload_type == number;
        // An answer that leaves out the rtpmap of a number can only mean the offer's.
        answered.iter().find(has_number).or_else(|| offered.iter().find(has_number)).cloned()
    });
    let like = |codec: &Codec<'_>| offered.iter().find(|other| other.same_codec(codec));
    let shared = explained.filter(|codec| like(codec).is_some());
    // A stream that was offered for events alone (RFC 4317 section 2.4) has no voice to go with.
    let codecs = if offered.iter().all(Codec::is_telephone_event) {
        shared.collect()
    } else {
        usable(shared)
    };
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

/// The policy's codecs for an offer of our own, each under a number of its own.
pub(super) fn offered(policy: &CodecPolicy) -> Vec<Codec<'static>> {
    let event = policy.event_number().unwrap_or(101);
    let mut codecs: Vec<Codec<'static>> = Vec::with_capacity(policy.codecs.len());
    for &name in &policy.codecs {
        let taken: Vec<u8> = codecs.iter().map(|codec| codec.payload_type).collect();
        let number = match name {
            CodecName::TelephoneEvent => event,
            _ => name.static_payload_type().unwrap_or_else(|| free_number(&taken, Some(event))),
        };
        if !codecs.iter().any(|codec| name.is(codec)) {
            codecs.push(name.with_payload_type(number));
        }
    }
    codecs
}

/// The same codecs under the numbers that the other side wants.
pub(super) fn renumbered<'a>(codecs: &[Codec<'a>], towards: &CodecPolicy) -> Vec<Codec<'a>> {
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

/// A dynamic payload type (RFC 3551 section 3: 96 to 127) that is neither taken nor reserved.
fn free_number(taken: &[u8], reserved: Option<u8>) -> u8 {
    (96..=127).find(|number| !taken.contains(number) && Some(*number) != reserved).unwrap_or(127)
}
