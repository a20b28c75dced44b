//! Header fields changed in place: what a relay does to a packet that it forwards.

use crate::packet::{FIXED, MARKER_BIT, PAYLOAD_TYPE_MASK};
use crate::{Packet, RtpError, Sequence, Timestamp};

/// Sets the payload type of a packet and keeps its marker bit.
///
/// For a packet that [`Packet::parse`] has accepted; a slice of less than two octets stays as it
/// is. Only the low seven bits of `payload_type` are taken.
#[inline]
pub fn set_payload_type(packet: &mut [u8], payload_type: u8) {
    if let Some(octet) = packet.get_mut(1) {
        *octet = (*octet & MARKER_BIT) | (payload_type & PAYLOAD_TYPE_MASK);
    }
}

/// A checked packet whose fixed header can be changed.
#[derive(Debug)]
pub struct PacketMut<'a> {
    fixed: &'a mut [u8; FIXED],
}

impl<'a> PacketMut<'a> {
    /// Checks the packet as [`Packet::parse`] does.
    pub fn parse(bytes: &'a mut [u8]) -> Result<Self, RtpError> {
        Packet::parse(bytes)?;
        let length = bytes.len();
        match bytes.first_chunk_mut::<FIXED>() {
            Some(fixed) => Ok(Self { fixed }),
            None => Err(RtpError::Short { length }),
        }
    }

    /// Sets the payload type (its low seven bits) and keeps the marker bit.
    pub fn set_payload_type(&mut self, payload_type: u8) {
        set_payload_type(self.fixed, payload_type);
    }

    /// Sets the marker bit.
    pub fn set_marker(&mut self, marker: bool) {
        let bit = if marker { MARKER_BIT } else { 0 };
        self.fixed[1] = (self.fixed[1] & PAYLOAD_TYPE_MASK) | bit;
    }

    /// Sets the sequence number.
    pub fn set_sequence(&mut self, sequence: Sequence) {
        let [_, _, field @ .., _, _, _, _, _, _, _, _] = &mut *self.fixed;
        *field = sequence.0.to_be_bytes();
    }

    /// Sets the timestamp.
    pub fn set_timestamp(&mut self, timestamp: Timestamp) {
        let [_, _, _, _, field @ .., _, _, _, _] = &mut *self.fixed;
        *field = timestamp.0.to_be_bytes();
    }

    /// Sets the synchronization source.
    pub fn set_ssrc(&mut self, ssrc: u32) {
        let [_, _, _, _, _, _, _, _, field @ ..] = &mut *self.fixed;
        *field = ssrc.to_be_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_type_changes_and_nothing_else_does() {
        for marker in [0, MARKER_BIT] {
            for from in 0..128 {
                let mut packet = [7_u8; 20];
                packet[0] = 0x80;
                packet[1] = marker | from;
                let mut expected = packet;
                expected[1] = marker | 0x65;
                set_payload_type(&mut packet, 0x65);
                assert_eq!(packet, expected);
            }
        }
    }

    #[test]
    fn a_payload_type_over_seven_bits_never_touches_the_marker() {
        let mut packet = [0x80, 0, 0];
        set_payload_type(&mut packet, 0xff);
        assert_eq!(packet, [0x80, 0x7f, 0]);
        set_payload_type(&mut packet[..1], 8);
        assert_eq!(packet, [0x80, 0x7f, 0]);
    }

    #[test]
    fn each_setter_is_read_back_and_leaves_the_others() {
        let mut bytes = [0_u8; 13];
        bytes[0] = 0x80;
        let mut packet = PacketMut::parse(&mut bytes).unwrap();
        packet.set_payload_type(8);
        packet.set_marker(true);
        packet.set_sequence(Sequence(0x0102));
        packet.set_timestamp(Timestamp(0x0304_0506));
        packet.set_ssrc(0x0708_090a);
        assert_eq!(bytes, [0x80, 0x88, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]);
        PacketMut::parse(&mut bytes).unwrap().set_marker(false);
        assert_eq!(bytes[1], 8);
        assert_eq!(PacketMut::parse(&mut bytes[..11]).unwrap_err(), RtpError::Short { length: 11 });
    }
}
