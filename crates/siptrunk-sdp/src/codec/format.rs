//! Format parameters that split one encoding into several.

use super::Codec;
use crate::attribute::pairs;

/// Whether the packets of two codecs of one name are laid out alike.
pub(super) fn is_same(one: &Codec<'_>, other: &Codec<'_>) -> bool {
    let is_amr = ["AMR", "AMR-WB"].iter().any(|name| one.encoding.eq_ignore_ascii_case(name));
    !is_amr || amr_layout(one) == amr_layout(other)
}

/// What both sides of an AMR stream must have alike (RFC 4867 section 8.3.1): octet alignment,
/// which checksum, sorting or interleaving imply, and those three themselves.
fn amr_layout(codec: &Codec<'_>) -> [bool; 4] {
    let parameters = codec.fmtp.as_deref().unwrap_or_default();
    let has = |wanted: &str| {
        pairs(parameters).any(|(name, value)| {
            name.eq_ignore_ascii_case(wanted) && value.is_some_and(|value| value != "0")
        })
    };
    let [crc, sorting, interleaving] = ["crc", "robust-sorting", "interleaving"].map(has);
    [has("octet-align") || crc || sorting || interleaving, crc, sorting, interleaving]
}
