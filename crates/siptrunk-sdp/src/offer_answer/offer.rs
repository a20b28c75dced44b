//! An offer of our own (RFC 3264 section 5).

use super::policy::{CodecPolicy, LocalMedia};
use crate::codec::{Codec, CodecName};
use crate::direction::Direction;
use crate::origin::Origin;
use crate::session::SessionDescription;
use crate::write::Writer;

/// Offers one audio stream with the policy's codecs in its order, both ways.
pub fn offer(policy: &CodecPolicy, local: &LocalMedia, origin: &Origin<'_>) -> SessionDescription {
    let event = policy.event_number().unwrap_or(101);
    let mut codecs: Vec<Codec<'static>> = Vec::with_capacity(policy.codecs.len());
    for &name in &policy.codecs {
        let taken: Vec<u8> = codecs.iter().map(|codec| codec.payload_type).collect();
        let number = match name {
            CodecName::TelephoneEvent => event,
            _ => name.static_payload_type().unwrap_or_else(|| free_number(&taken, Some(event))),
        };
        if !taken.contains(&number) {
            codecs.push(name.with_payload_type(number));
        }
    }
    let mut writer = Writer::new();
    writer.session(origin, local.address);
    writer.audio(local.port, &codecs, policy.ptime, None, Direction::SendRecv);
    writer.finish()
}

/// A dynamic payload type (RFC 3551 section 3: 96 to 127) that is neither taken nor reserved.
pub(super) fn free_number(taken: &[u8], reserved: Option<u8>) -> u8 {
    (96..=127).find(|number| !taken.contains(number) && Some(*number) != reserved).unwrap_or(127)
}
