//! Feedback messages and extended reports, recognised and carried as they are (RFC 4585 section
//! 6.1, RFC 3611 section 2).

use super::{PAYLOAD_FEEDBACK, Raw};
use crate::RtcpError;

/// What a feedback message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeedbackKind {
    /// Transport layer feedback, type 205, such as NACK.
    Transport,
    /// Payload-specific feedback, type 206, such as PLI.
    Payload,
}

/// A feedback message whose control information is not interpreted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feedback<'a> {
    kind: FeedbackKind,
    format: u8,
    sender: u32,
    media: u32,
    information: &'a [u8],
}

impl<'a> Feedback<'a> {
    pub(super) fn parse(raw: Raw<'a>) -> Result<Self, RtcpError> {
        let Some((&[s0, s1, s2, s3, m0, m1, m2, m3], information)) =
            raw.body.split_first_chunk::<8>()
        else {
            return Err(raw.truncated("SSRCs"));
        };
        let kind = match raw.packet_type {
            PAYLOAD_FEEDBACK => FeedbackKind::Payload,
            _ => FeedbackKind::Transport,
        };
        let (sender, media) =
            (u32::from_be_bytes([s0, s1, s2, s3]), u32::from_be_bytes([m0, m1, m2, m3]));
        Ok(Self { kind, format: raw.count, sender, media, information })
    }

    /// What it is about.
    pub fn kind(&self) -> FeedbackKind {
        self.kind
    }

    /// The message type within the kind, five bits (FMT).
    pub fn format(&self) -> u8 {
        self.format
    }

    /// Who sends it.
    pub fn sender_ssrc(&self) -> u32 {
        self.sender
    }

    /// The source that it is about.
    pub fn media_ssrc(&self) -> u32 {
        self.media
    }

    /// The feedback control information, whole 32-bit words.
    pub fn information(&self) -> &'a [u8] {
        self.information
    }
}

/// An extended report, type 207, whose blocks are not interpreted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtendedReport<'a> {
    ssrc: u32,
    blocks: &'a [u8],
}

impl<'a> ExtendedReport<'a> {
    pub(super) fn parse(raw: Raw<'a>) -> Result<Self, RtcpError> {
        let Some((ssrc, blocks)) = raw.body.split_first_chunk::<4>() else {
            return Err(raw.truncated("SSRC"));
        };
        Ok(Self { ssrc: u32::from_be_bytes(*ssrc), blocks })
    }

    /// Who sends the report.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Its report blocks, whole 32-bit words.
    pub fn blocks(&self) -> &'a [u8] {
        self.blocks
    }
}
