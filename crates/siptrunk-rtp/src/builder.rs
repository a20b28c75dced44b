//! RTP packets written into a slice of the caller's (RFC 3550 section 5.1).

use crate::packet::{
    CSRC_MASK, EXTENSION_BIT, FIXED, MARKER_BIT, PADDING_BIT, PAYLOAD_TYPE_MASK, VERSION,
};
use crate::{Extension, Sequence, Timestamp, WriteError};

/// The header fields of a packet to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PacketBuilder {
    /// What the payload is, 0 to 127.
    pub payload_type: u8,
    /// The marker bit.
    pub marker: bool,
    /// The sequence number.
    pub sequence: Sequence,
    /// The timestamp, in units of the clock rate.
    pub timestamp: Timestamp,
    /// The synchronization source.
    pub ssrc: u32,
}

/// What most packets do not have: contributing sources, a header extension, padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extras<'a> {
    /// Contributing sources, at most 15.
    pub csrc: &'a [u32],
    /// A header extension, whole 32-bit words.
    pub extension: Option<Extension<'a>>,
    /// Octets of padding, the count octet included; 0 for none.
    pub padding: u8,
}

impl PacketBuilder {
    /// Octets of the header that [`write_header`](Self::write_header) writes.
    pub const HEADER_LENGTH: usize = FIXED;

    /// Writes the header to the front of `out` and gives the room behind it, for a payload that is
    /// made in place: the packet is [`HEADER_LENGTH`](Self::HEADER_LENGTH) octets and as many as
    /// are filled there.
    ///
    /// ```
    /// use siptrunk_rtp::{Packet, PacketBuilder, g711};
    ///
    /// let mut packet = [0; 12 + 160];
    /// let room = PacketBuilder::default().write_header(&mut packet)?;
    /// g711::ulaw_encode_slice(&[1000; 160], room);
    /// assert_eq!(Packet::parse(&packet)?.payload(), [0xce; 160]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn write_header<'a>(&self, out: &'a mut [u8]) -> Result<&'a mut [u8], WriteError> {
        let header = self.fixed_header(0)?;
        let available = out.len();
        match out.split_first_chunk_mut::<FIXED>() {
            Some((fixed, room)) => {
                *fixed = header;
                Ok(room)
            }
            None => Err(WriteError::BufferTooSmall { needed: FIXED, available }),
        }
    }

    /// Writes header and payload to the front of `out` and returns the packet's length.
    ///
    /// On an error `out` is unchanged.
    #[inline]
    pub fn write_into(&self, out: &mut [u8], payload: &[u8]) -> Result<usize, WriteError> {
        let available = out.len();
        let needed = FIXED.saturating_add(payload.len());
        let (Some(fixed), Some(body)) = split(out, needed) else {
            return Err(WriteError::BufferTooSmall { needed, available });
        };
        *fixed = self.fixed_header(0)?;
        body.copy_from_slice(payload);
        Ok(needed)
    }

    /// Writes a packet with contributing sources, extension or padding.
    ///
    /// On an error `out` is unchanged.
    pub fn write_with(
        &self,
        out: &mut [u8],
        extras: &Extras<'_>,
        payload: &[u8],
    ) -> Result<usize, WriteError> {
        let count = u8::try_from(extras.csrc.len())
            .ok()
            .filter(|count| *count <= CSRC_MASK)
            .ok_or(WriteError::CsrcCount { count: extras.csrc.len() })?;
        let mut flags = count;
        let mut extension_head = [0; 4];
        let mut extension: &[u8] = &[];
        let mut extension_length = 0;
        if let Some(Extension { profile, data }) = extras.extension {
            let length = data.len();
            let words = u16::try_from(length / 4)
                .ok()
                .filter(|_| length.is_multiple_of(4))
                .ok_or(WriteError::ExtensionLength { length })?;
            let ([p0, p1], [w0, w1]) = (profile.to_be_bytes(), words.to_be_bytes());
            extension_head = [p0, p1, w0, w1];
            extension = data;
            extension_length = length.saturating_add(4);
            flags |= EXTENSION_BIT;
        }
        if extras.padding != 0 {
            flags |= PADDING_BIT;
        }
        let header = self.fixed_header(flags)?;
        let csrc_length = extras.csrc.len().saturating_mul(4);
        let needed = FIXED
            .saturating_add(csrc_length)
            .saturating_add(extension_length)
            .saturating_add(payload.len())
            .saturating_add(usize::from(extras.padding));
        let available = out.len();
        let too_small = WriteError::BufferTooSmall { needed, available };

        let (Some(fixed), Some(rest)) = split(out, needed) else { return Err(too_small) };
        *fixed = header;
        let (csrc, rest) = rest.split_at_mut_checked(csrc_length).ok_or(too_small)?;
        for (field, ssrc) in csrc.as_chunks_mut::<4>().0.iter_mut().zip(extras.csrc) {
            *field = ssrc.to_be_bytes();
        }
        let (block, rest) = rest.split_at_mut_checked(extension_length).ok_or(too_small)?;
        if let Some((head, data)) = block.split_first_chunk_mut::<4>() {
            *head = extension_head;
            data.copy_from_slice(extension);
        }
        let (body, padding) = rest.split_at_mut_checked(payload.len()).ok_or(too_small)?;
        body.copy_from_slice(payload);
        padding.fill(0);
        if let Some(last) = padding.last_mut() {
            *last = extras.padding;
        }
        Ok(needed)
    }

    #[inline]
    fn fixed_header(&self, flags: u8) -> Result<[u8; FIXED], WriteError> {
        if self.payload_type > PAYLOAD_TYPE_MASK {
            return Err(WriteError::PayloadType { value: self.payload_type });
        }
        let marker = if self.marker { MARKER_BIT } else { 0 };
        let [s0, s1] = self.sequence.0.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.0.to_be_bytes();
        let [r0, r1, r2, r3] = self.ssrc.to_be_bytes();
        let first = (VERSION << 6) | flags;
        Ok([first, marker | self.payload_type, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3])
    }
}

/// The fixed header's room and the rest of the first `needed` octets.
#[inline]
fn split(out: &mut [u8], needed: usize) -> (Option<&mut [u8; FIXED]>, Option<&mut [u8]>) {
    match out.get_mut(..needed).and_then(|packet| packet.split_first_chunk_mut::<FIXED>()) {
        Some((fixed, rest)) => (Some(fixed), Some(rest)),
        None => (None, None),
    }
}
