//! What SRTP reads of a packet before it is deciphered: the header, which stays in the clear.

use super::SrtpError;
use crate::RtpError;
use crate::packet::{CSRC_MASK, EXTENSION_BIT, FIXED, VERSION};

/// Octets of an RTCP packet that stay in the clear: its first header and the sender's SSRC.
pub(super) const RTCP_CLEAR: usize = 8;

/// In the word that carries SRTCP's index: the packet is enciphered (RFC 3711 section 3.4).
pub(super) const E_BIT: u32 = 1 << 31;

/// The header of an RTP packet whose payload may be enciphered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    /// Octets of it, CSRCs and extension included.
    pub(super) length: usize,
}

impl Header {
    #[inline]
    pub(super) fn read(packet: &[u8]) -> Result<Self, RtpError> {
        let length = packet.len();
        let Some((fixed, rest)) = packet.split_first_chunk::<FIXED>() else {
            return Err(RtpError::Short { length });
        };
        let [first, _, s0, s1, _, _, _, _, ssrc @ ..] = *fixed;
        if first >> 6 != VERSION {
            return Err(RtpError::Version { found: first >> 6 });
        }
        let count = first & CSRC_MASK;
        let csrc = usize::from(count).wrapping_mul(4);
        let Some(rest) = rest.get(csrc..) else {
            let needed = csrc.wrapping_add(FIXED);
            return Err(RtpError::CsrcOverrun { count, needed, length });
        };
        let mut clear = csrc.wrapping_add(FIXED);
        if first & EXTENSION_BIT != 0 {
            let (offset, available) = (clear, rest.len());
            let words = match rest {
                [_, _, w0, w1, ..] => u16::from_be_bytes([*w0, *w1]),
                _ => return Err(RtpError::ExtensionOverrun { offset, needed: 4, available }),
            };
            let needed = usize::from(words).wrapping_mul(4).wrapping_add(4);
            if needed > available {
                return Err(RtpError::ExtensionOverrun { offset, needed, available });
            }
            clear = clear.wrapping_add(needed);
        }
        let ssrc = u32::from_be_bytes(ssrc);
        Ok(Self { ssrc, sequence: u16::from_be_bytes([s0, s1]), length: clear })
    }
}

/// The sender's SSRC of an RTCP packet.
pub(super) fn rtcp_ssrc(packet: &[u8]) -> Result<u32, SrtpError> {
    let Some([first, _, _, _, ssrc @ ..]) = packet.first_chunk::<RTCP_CLEAR>() else {
        return Err(SrtpError::Short { length: packet.len(), needed: RTCP_CLEAR });
    };
    if first >> 6 != VERSION {
        return Err(SrtpError::Version { found: first >> 6 });
    }
    Ok(u32::from_be_bytes(*ssrc))
}
