//! The goodbye of sources (RFC 3550 section 6.6).

use super::Raw;
use crate::RtcpError;

/// A BYE packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bye<'a> {
    sources: &'a [[u8; 4]],
    reason: Option<&'a [u8]>,
}

impl<'a> Bye<'a> {
    pub(super) fn parse(raw: Raw<'a>) -> Result<Self, RtcpError> {
        let length = usize::from(raw.count).wrapping_mul(4);
        let (sources, rest) =
            raw.body.split_at_checked(length).ok_or_else(|| raw.truncated("sources"))?;
        let reason = match rest {
            [] => None,
            [length, text @ ..] => {
                let text = text.get(..usize::from(*length));
                Some(text.ok_or_else(|| raw.truncated("reason"))?)
            }
        };
        Ok(Self { sources: sources.as_chunks().0, reason })
    }

    /// The sources that leave.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        self.sources.iter().map(|octets| u32::from_be_bytes(*octets))
    }

    /// Why, if the packet says; should be UTF-8.
    pub fn reason(&self) -> Option<&'a [u8]> {
        self.reason
    }
}
