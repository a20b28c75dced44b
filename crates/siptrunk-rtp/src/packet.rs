//! An RTP packet read in place (RFC 3550 section 5.1).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                           timestamp                           |
//! |                             SSRC                              |
//! |                    CSRC (CC of them, 0 to 15)                 |
//! ```

use std::fmt;

use crate::{PacketBuilder, RtpError, Sequence, Timestamp};

pub(crate) const FIXED: usize = 12;
pub(crate) const VERSION: u8 = 2;
pub(crate) const PADDING_BIT: u8 = 0x20;
pub(crate) const EXTENSION_BIT: u8 = 0x10;
pub(crate) const CSRC_MASK: u8 = 0x0f;
pub(crate) const MARKER_BIT: u8 = 0x80;
pub(crate) const PAYLOAD_TYPE_MASK: u8 = 0x7f;

/// A view of one RTP packet. Once parsed, no accessor can fail.
///
/// `Debug` prints of the payload only how much it holds: it is somebody's voice, or a digit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    fixed: &'a [u8; FIXED],
    csrc: &'a [u8],
    extension: Option<Extension<'a>>,
    payload: &'a [u8],
    padding: u8,
}

/// A header extension (RFC 3550 section 5.3.1), uninterpreted; [`Elements`](crate::Elements) reads
/// what RFC 8285 puts into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The 16 bits that the profile defines (0xBEDE: RFC 8285).
    pub profile: u16,
    /// The extension's data, whole 32-bit words.
    pub data: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a packet, with the checks of RFC 3550 appendix A.1 that need no memory of earlier
    /// packets.
    ///
    /// On a port that RTCP shares, ask [`classify`](crate::classify) first: RTCP can read as RTP.
    /// A packet that is nothing but padding is accepted (peers send them as keep-alives), though
    /// A.1 asks for at least one octet of payload.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RtpError> {
        let length = bytes.len();
        let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else {
            return Err(RtpError::Short { length });
        };
        let first = fixed[0];
        if first >> 6 != VERSION {
            return Err(RtpError::Version { found: first >> 6 });
        }
        let count = first & CSRC_MASK;
        let csrc_length = usize::from(count).wrapping_mul(4);
        let Some((csrc, rest)) = rest.split_at_checked(csrc_length) else {
            let needed = csrc_length.wrapping_add(FIXED);
            return Err(RtpError::CsrcOverrun { count, needed, length });
        };
        let (extension, rest) = if first & EXTENSION_BIT == 0 {
            (None, rest)
        } else {
            let (extension, rest) = Extension::parse(rest, length.wrapping_sub(rest.len()))?;
            (Some(extension), rest)
        };
        let (payload, padding) = if first & PADDING_BIT == 0 {
            (rest, 0)
        } else {
            let available = rest.len();
            let padding = rest.last().copied().unwrap_or(0);
            let kept = available.checked_sub(usize::from(padding));
            match kept.and_then(|kept| rest.get(..kept)) {
                Some(payload) if padding != 0 => (payload, padding),
                _ => {
                    let offset = length.wrapping_sub(1);
                    return Err(RtpError::Padding { offset, count: padding, available });
                }
            }
        };
        Ok(Self { fixed, csrc, extension, payload, padding })
    }

    /// What the payload is, 0 to 127 (RFC 3551 section 6, or dynamic by SDP).
    #[inline]
    pub fn payload_type(&self) -> u8 {
        self.fixed[1] & PAYLOAD_TYPE_MASK
    }

    /// The marker bit: for audio, the first packet of a talkspurt (RFC 3551 section 4.1).
    #[inline]
    pub fn marker(&self) -> bool {
        self.fixed[1] & MARKER_BIT != 0
    }

    /// The sequence number.
    #[inline]
    pub fn sequence(&self) -> Sequence {
        Sequence(u16::from_be_bytes([self.fixed[2], self.fixed[3]]))
    }

    /// The sampling instant of the first octet of payload, in units of the clock rate.
    #[inline]
    pub fn timestamp(&self) -> Timestamp {
        let [_, _, _, _, a, b, c, d, ..] = *self.fixed;
        Timestamp(u32::from_be_bytes([a, b, c, d]))
    }

    /// The synchronization source.
    #[inline]
    pub fn ssrc(&self) -> u32 {
        let [.., a, b, c, d] = *self.fixed;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The fields of the fixed header, to write a packet like this one.
    pub fn header(&self) -> PacketBuilder {
        PacketBuilder {
            payload_type: self.payload_type(),
            marker: self.marker(),
            sequence: self.sequence(),
            timestamp: self.timestamp(),
            ssrc: self.ssrc(),
        }
    }

    /// The contributing sources, none to fifteen.
    pub fn csrc(&self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.csrc.as_chunks::<4>().0.iter().map(|octets| u32::from_be_bytes(*octets))
    }

    /// The header extension, if there is one.
    pub fn extension(&self) -> Option<Extension<'a>> {
        self.extension
    }

    /// The payload, without padding.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Octets of padding at the end, the count octet included; 0 without padding.
    pub fn padding(&self) -> u8 {
        self.padding
    }
}

impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("header", &self.header())
            .field("csrc", &self.csrc.len().wrapping_div(4))
            .field("extension", &self.extension)
            .field("payload", &format_args!("{} octets", self.payload.len()))
            .field("padding", &self.padding)
            .finish()
    }
}

impl<'a> Extension<'a> {
    /// Splits the extension off the front of `bytes`, which start at `offset` of the packet.
    fn parse(bytes: &'a [u8], offset: usize) -> Result<(Self, &'a [u8]), RtpError> {
        let available = bytes.len();
        let Some((&[p0, p1, w0, w1], rest)) = bytes.split_first_chunk::<4>() else {
            return Err(RtpError::ExtensionOverrun { offset, needed: 4, available });
        };
        let words = usize::from(u16::from_be_bytes([w0, w1]));
        let Some((data, rest)) = rest.split_at_checked(words.wrapping_mul(4)) else {
            let needed = words.wrapping_mul(4).wrapping_add(4);
            return Err(RtpError::ExtensionOverrun { offset, needed, available });
        };
        Ok((Self { profile: u16::from_be_bytes([p0, p1]), data }, rest))
    }
}
