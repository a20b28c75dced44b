//! A datagram of RTCP packets (RFC 3550 section 6.1, appendix A.2; RFC 5506).

use super::{APP, App, BYE, Bye, EXTENDED_REPORT, ExtendedReport, Feedback, HEADER};
use super::{PAYLOAD_FEEDBACK, RECEIVER_REPORT, Raw, ReceiverReport, SDES, SENDER_REPORT, Sdes};
use super::{SenderReport, TRANSPORT_FEEDBACK};
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
    /// RTPFB or PSFB, type 205 or 206 (RFC 4585).
    Feedback(Feedback<'a>),
    /// XR, type 207 (RFC 3611).
    ExtendedReport(ExtendedReport<'a>),
    /// Any other type, to be ignored (section 6.1).
    Unknown(Unknown<'a>),
}

/// A packet of a type that is not read here.
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

/// The octets of one checked packet, to be written elsewhere as they are
/// ([`CompoundWriter::copy`](super::CompoundWriter::copy)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawPacket<'a> {
    pub(super) packet: Packet<'a>,
    pub(super) octets: &'a [u8],
}

impl<'a> RawPacket<'a> {
    /// What the packet says.
    pub fn packet(&self) -> Packet<'a> {
        self.packet
    }

    /// Its octets, header and padding included.
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    pub(super) fn is_padded(&self) -> bool {
        self.octets.first().is_some_and(|first| first & PADDING_BIT != 0)
    }

    pub(super) fn is_report(&self) -> bool {
        matches!(self.packet, Packet::SenderReport(_) | Packet::ReceiverReport(_))
    }

    pub(super) fn has_cname(&self) -> bool {
        match self.packet {
            Packet::Sdes(sdes) => sdes.chunks().any(|chunk| chunk.cname().is_some()),
            _ => false,
        }
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
            walk.step()?;
            if walk.rest.is_empty() {
                return Ok(Self { bytes });
            }
        }
    }

    /// The packets in order.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'a>> + use<'a> {
        self.raw_packets().map(|raw| raw.packet)
    }

    /// The packets in order, each with its octets.
    pub fn raw_packets(&self) -> impl Iterator<Item = RawPacket<'a>> + use<'a> {
        let mut walk = Walk { rest: self.bytes, offset: 0 };
        // Parsing has read every packet, so the only error left is the end of the octets.
        std::iter::from_fn(move || walk.step().ok())
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
    /// Takes the next packet off and reads it, without its padding.
    fn step(&mut self) -> Result<RawPacket<'a>, RtcpError> {
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
        let raw = Raw { offset, count: first & 0x1f, packet_type, body };
        Ok(RawPacket { packet: read(raw)?, octets: packet })
    }
}

fn read(raw: Raw<'_>) -> Result<Packet<'_>, RtcpError> {
    Ok(match raw.packet_type {
        SENDER_REPORT => Packet::SenderReport(SenderReport::parse(raw)?),
        RECEIVER_REPORT => Packet::ReceiverReport(ReceiverReport::parse(raw)?),
        SDES => Packet::Sdes(Sdes::parse(raw)?),
        BYE => Packet::Bye(Bye::parse(raw)?),
        APP => Packet::App(App::parse(raw)?),
        TRANSPORT_FEEDBACK | PAYLOAD_FEEDBACK => Packet::Feedback(Feedback::parse(raw)?),
        EXTENDED_REPORT => Packet::ExtendedReport(ExtendedReport::parse(raw)?),
        packet_type => Packet::Unknown(Unknown { packet_type, count: raw.count, body: raw.body }),
    })
}

#[cfg(test)]
mod tests;
