//! Packets that applications define (RFC 3550 section 6.7).

use super::Raw;
use crate::RtcpError;

/// An APP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct App<'a> {
    subtype: u8,
    ssrc: u32,
    name: [u8; 4],
    data: &'a [u8],
}

impl<'a> App<'a> {
    pub(super) fn parse(raw: Raw<'a>) -> Result<Self, RtcpError> {
        let Some((&[s0, s1, s2, s3, n0, n1, n2, n3], data)) = raw.body.split_first_chunk::<8>()
        else {
            return Err(raw.truncated("SSRC and name"));
        };
        let ssrc = u32::from_be_bytes([s0, s1, s2, s3]);
        Ok(Self { subtype: raw.count, ssrc, name: [n0, n1, n2, n3], data })
    }

    /// Five bits of the application's own.
    pub fn subtype(&self) -> u8 {
        self.subtype
    }

    /// Who sends it.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Four ASCII letters, with case.
    pub fn name(&self) -> [u8; 4] {
        self.name
    }

    /// The application's data, whole 32-bit words.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }
}
