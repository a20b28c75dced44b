//! What a datagram on a media port is, by its first octets (RFC 7983, RFC 5761).

/// The protocol of a datagram on a media port (RFC 7983 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Demux {
    /// First octet 0 to 3.
    Stun,
    /// First octet 16 to 19.
    Zrtp,
    /// First octet 20 to 63.
    Dtls,
    /// First octet 64 to 79.
    TurnChannel,
    /// First octet 128 to 191, and not RTCP.
    Rtp,
    /// First octet 128 to 191 and an RTCP packet type in the second.
    Rtcp,
    /// Anything else, also an empty datagram: it must be dropped.
    Unknown,
}

/// Tells the protocol of a datagram by its first octets (RFC 7983 section 7, then RFC 5761
/// section 4).
pub fn classify(datagram: &[u8]) -> Demux {
    match datagram.first() {
        Some(0..=3) => Demux::Stun,
        Some(16..=19) => Demux::Zrtp,
        Some(20..=63) => Demux::Dtls,
        Some(64..=79) => Demux::TurnChannel,
        Some(128..=191) if is_rtcp(datagram) => Demux::Rtcp,
        Some(128..=191) => Demux::Rtp,
        _ => Demux::Unknown,
    }
}

/// Whether a version 2 datagram is RTCP rather than RTP (RFC 5761 section 4): RTCP packet types
/// are 192 to 223, so RTP payload types 64 to 95 are never used.
#[inline]
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, 192..=223, ..])
}

/// Whether an RTP payload type must not be used where RTP and RTCP share a port: 64 to 95, whose
/// second octet with the marker bit is an RTCP packet type (RFC 5761 section 4).
pub fn collides_with_rtcp(payload_type: u8) -> bool {
    matches!(payload_type, 64..=95)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_type_collides_if_its_packets_with_marker_look_like_rtcp() {
        for payload_type in 0..128 {
            let looks = is_rtcp(&[0x80, payload_type]) || is_rtcp(&[0x80, 0x80 | payload_type]);
            assert_eq!(collides_with_rtcp(payload_type), looks, "{payload_type}");
        }
    }

    #[test]
    fn every_first_octet_has_the_row_of_rfc_7983() {
        for first in 0..=u8::MAX {
            let expected = match first {
                0..4 => Demux::Stun,
                16..20 => Demux::Zrtp,
                20..64 => Demux::Dtls,
                64..80 => Demux::TurnChannel,
                128..192 => Demux::Rtp,
                _ => Demux::Unknown,
            };
            assert_eq!(classify(&[first]), expected, "{first}");
        }
        assert_eq!(classify(&[]), Demux::Unknown);
    }

    #[test]
    fn the_second_octet_tells_rtcp_from_rtp() {
        for second in 0..=u8::MAX {
            let rtcp = (192..=223).contains(&second);
            assert_eq!(is_rtcp(&[0x80, second]), rtcp, "{second}");
            assert_eq!(classify(&[0x80, second]) == Demux::Rtcp, rtcp, "{second}");
            assert!(!is_rtcp(&[0x40, second]));
        }
        assert!(!is_rtcp(&[0x80]));
    }
}
