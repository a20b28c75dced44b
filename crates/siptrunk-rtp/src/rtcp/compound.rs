//! A datagram of RTCP packets (RFC 3550 section 6.1, appendix A.2; RFC 5506).

use super::{APP, App, BYE, Bye, HEADER, RECEIVER_REPORT, Raw, ReceiverReport, SDES};
use super::{SENDER_REPORT, Sdes, SenderReport};
use crate::RtcpError;
use crate::packet::{PADDING_BIT, VERSION};

/// The packets of one RTCP datagram. Once parsed, walking them cannot fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compound<'a> {
    bytes: &'a [u8],
}

/// One RTCP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packet<'a> {
    /// SR, type 200 (section 6.4.1).
    SenderReport(SenderReport<'a>),
    /// RR, type 201 (section 6.4.2).
    ReceiverReport(ReceiverReport<'a>),
    /// SDES, type 202 (section 6.5).
    Sdes(Sdes<'a>),
    /// BYE, type 203 (section 6.6).
    Bye(Bye<'a>),
    /// APP, type 204 (section 6.7).
    App(App<'a>),
    /// Any other type, to be ignored (section 6.1).
    Unknown(Unknown<'a>),
}

/// A packet of a type that is not read here, such as XR or feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown<'a> {
    packet_type: u8,
    count: u8,
    body: &'a [u8],
}

impl<'a> Unknown<'a> {
    /// The RTCP packet type.
    pub fn packet_type(&self) -> u8 {
        self.packet_type
    }

    /// The five bits after version and padding: a count or a subtype.
    pub fn count(&self) -> u8 {
        self.count
    }

    /// What follows the common header, without padding.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}

impl<'a> Compound<'a> {
    /// Reads a compound packet and all its packets, with the checks of appendix A.2: SR or RR
    /// first, padding on the last packet only and not on the first, lengths that add up.
    ///
    /// That an SDES with CNAME is there is a rule for writers; readers do not insist.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RtcpError> {
        match *bytes {
            [_, packet_type, ..] if !matches!(packet_type, SENDER_REPORT | RECEIVER_REPORT) => {
                Err(RtcpError::ReportFirst { packet_type })
            }
            [first, ..] if first & PADDING_BIT != 0 => Err(RtcpError::PaddingNotLast { offset: 0 }),
            _ => Self::parse_reduced_size(bytes),
        }
    }

    /// Reads a datagram that may be less than a compound packet (RFC 5506): any packet may be
    /// first, and a single one may be padded.
    pub fn parse_reduced_size(bytes: &'a [u8]) -> Result<Self, RtcpError> {
        let mut walk = Walk { rest: bytes, offset: 0 };
        loop {
            read(walk.step()?)?;
            if walk.rest.is_empty() {
                return Ok(Self { bytes });
            }
        }
    }

    /// The packets in order.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'a>> + use<'a> {
        let mut walk = Walk { rest: self.bytes, offset: 0 };
        // Parsing has read every packet, so the only error left is the end of the octets.
        std::iter::from_fn(move || walk.step().and_then(read).ok())
    }

    /// The datagram.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// A position between two packets.
struct Walk<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Walk<'a> {
    /// Takes the next packet off, without its padding.
    fn step(&mut self) -> Result<Raw<'a>, RtcpError> {
        let (offset, available) = (self.offset, self.rest.len());
        let Some(&[first, packet_type, l0, l1]) = self.rest.first_chunk::<HEADER>() else {
            return Err(RtcpError::Short { offset, available });
        };
        if first >> 6 != VERSION {
            return Err(RtcpError::Version { offset, found: first >> 6 });
        }
        let words = usize::from(u16::from_be_bytes([l0, l1])).wrapping_add(1);
        let needed = words.wrapping_mul(4);
        let Some((packet, rest)) = self.rest.split_at_checked(needed) else {
            return Err(RtcpError::Length { offset, needed, available });
        };
        let mut body = packet.get(HEADER..).unwrap_or_default();
        if first & PADDING_BIT != 0 {
            if !rest.is_empty() {
                return Err(RtcpError::PaddingNotLast { offset });
            }
            let count = body.last().copied().unwrap_or(0);
            let kept = body.len().checked_sub(usize::from(count));
            body = kept
                .filter(|_| count != 0 && count.is_multiple_of(4))
                .and_then(|kept| body.get(..kept))
                .ok_or(RtcpError::Padding { offset, count })?;
        }
        self.rest = rest;
        self.offset = offset.wrapping_add(needed);
        Ok(Raw { offset, count: first & 0x1f, packet_type, body })
    }
}

fn read(raw: Raw<'_>) -> Result<Packet<'_>, RtcpError> {
    Ok(match raw.packet_type {
        SENDER_REPORT => Packet::SenderReport(SenderReport::parse(raw)?),
        RECEIVER_REPORT => Packet::ReceiverReport(ReceiverReport::parse(raw)?),
        SDES => Packet::Sdes(Sdes::parse(raw)?),
        BYE => Packet::Bye(Bye::parse(raw)?),
        APP => Packet::App(App::parse(raw)?),
        packet_type => Packet::Unknown(Unknown { packet_type, count: raw.count, body: raw.body }),
    })
}

#[cfg(test)]
mod tests;
