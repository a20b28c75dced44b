//! Language tags (RFC 3261 25.1 `language-tag`, with the digits of RFC 5646): `en`, `en-gb`, `es-419`.

use nom::IResult;

use crate::grammar::{At, ascii, fail, run_of};

/// `1*8ALPHA *( "-" 1*8ALPHA )`; subtags may have digits, as those of regions do.
pub(super) fn tag(input: &[u8]) -> IResult<&[u8], &str, At<'_>> {
    let (rest, text) = run_of(input, |octet| octet.is_ascii_alphanumeric() || octet == b'-');
    let mut subtag_at = text;
    for (at, subtag) in text.split(|octet| *octet == b'-').enumerate() {
        if subtag.is_empty() || subtag.len() > 8 {
            return fail(subtag_at, "a part of a language tag has one to eight letters");
        }
        if at == 0 && !subtag.iter().all(u8::is_ascii_alphabetic) {
            return fail(subtag_at, "a language tag begins with letters");
        }
        subtag_at = subtag_at.get(subtag.len().saturating_add(1)..).unwrap_or_default();
    }
    Ok((rest, ascii(text)))
}
