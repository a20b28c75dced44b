//! RTP packets on the public API: literal octets, every way to be malformed, round trips.

use proptest::prelude::*;
use siptrunk_rtp::{
    Extension, Extras, Packet, PacketBuilder, RtpError, Sequence, Timestamp, WriteError,
};

/// Version 2, padding, extension, two CSRCs; marker, type 101.
const FULL: &[u8] = &[
    0xb2, 0xe5, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef, // fixed header
    0, 0, 0, 1, 0, 0, 0, 2, // CSRCs
    0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0, // extension of one word
    1, 0x8a, 3, 0x20, // payload
    0, 0, 0, 4, // padding
];

#[test]
fn all_fields_of_a_full_header_are_read() {
    let packet = Packet::parse(FULL).unwrap();
    assert_eq!((packet.payload_type(), packet.marker()), (101, true));
    assert_eq!(packet.sequence(), Sequence(0x1234));
    assert_eq!(packet.timestamp(), Timestamp(160));
    assert_eq!(packet.ssrc(), 0xdead_beef);
    assert_eq!(packet.csrc().collect::<Vec<_>>(), [1, 2]);
    let extension = Extension { profile: 0xbede, data: &[0x10, 0xff, 0, 0] };
    assert_eq!(packet.extension(), Some(extension));
    assert_eq!((packet.payload(), packet.padding()), (&[1, 0x8a, 3, 0x20][..], 4));
}

#[test]
fn the_same_fields_write_the_same_octets() {
    let header = PacketBuilder {
        payload_type: 101,
        marker: true,
        sequence: Sequence(0x1234),
        timestamp: Timestamp(160),
        ssrc: 0xdead_beef,
    };
    let extras = Extras {
        csrc: &[1, 2],
        extension: Some(Extension { profile: 0xbede, data: &[0x10, 0xff, 0, 0] }),
        padding: 4,
    };
    let mut out = [0xee; 40];
    assert_eq!(header.write_with(&mut out, &extras, &[1, 0x8a, 3, 0x20]), Ok(FULL.len()));
    assert_eq!(out[..FULL.len()], *FULL);
    assert!(out[FULL.len()..].iter().all(|octet| *octet == 0xee));
}

#[test]
fn a_payload_is_not_printed() {
    let text = format!("{:?}", Packet::parse(FULL).unwrap());
    assert!(text.contains("payload: 4 octets") && text.contains("ssrc: 3735928559"), "{text}");
    assert!(!text.contains("138") && !text.contains("8a"), "{text}");
}

#[test]
fn a_header_alone_is_a_packet_and_less_is_not() {
    let bare = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(Packet::parse(&bare).unwrap().payload(), []);
    for length in 0..bare.len() {
        assert_eq!(Packet::parse(&bare[..length]), Err(RtpError::Short { length }));
    }
}

#[test]
fn only_version_two_is_rtp() {
    for found in [0, 1, 3] {
        let mut packet = [0; 12];
        packet[0] = found << 6;
        assert_eq!(Packet::parse(&packet), Err(RtpError::Version { found }));
    }
}

#[test]
fn csrc_count_overrun() {
    for count in 1..=15_u8 {
        let needed = 12 + usize::from(count) * 4;
        let mut packet = vec![0; needed];
        packet[0] = 0x80 | count;
        assert_eq!(Packet::parse(&packet).unwrap().csrc().len(), usize::from(count));
        packet.pop();
        let length = needed - 1;
        let error = RtpError::CsrcOverrun { count, needed, length };
        assert_eq!(Packet::parse(&packet), Err(error));
    }
}

#[test]
fn extension_length_overrun() {
    let mut packet = vec![0; 20];
    packet[0] = 0x90;
    packet[15] = 1;
    assert_eq!(Packet::parse(&packet).unwrap().extension().unwrap().data, [0; 4]);
    let error = |needed, available| RtpError::ExtensionOverrun { offset: 12, needed, available };
    assert_eq!(Packet::parse(&packet[..19]), Err(error(8, 7)));
    assert_eq!(Packet::parse(&packet[..15]), Err(error(4, 3)));
    assert_eq!(Packet::parse(&packet[..12]), Err(error(4, 0)));
    packet[14] = 0xff;
    packet[15] = 0xff;
    assert_eq!(Packet::parse(&packet), Err(error(262_144, 8)));
}

#[test]
fn padding_too_long_or_none() {
    let mut packet = [0; 16];
    packet[0] = 0xa0;
    for count in 0..=u8::MAX {
        packet[15] = count;
        let expected = match count {
            1..=4 => Ok((usize::from(4 - count), count)),
            _ => Err(RtpError::Padding { offset: 15, count, available: 4 }),
        };
        let result = Packet::parse(&packet).map(|p| (p.payload().len(), p.padding()));
        assert_eq!(result, expected);
    }
    let error = RtpError::Padding { offset: 11, count: 0, available: 0 };
    assert_eq!(Packet::parse(&packet[..12]), Err(error));
}

#[test]
fn padding_never_reaches_into_the_extension() {
    let mut packet = [0; 17];
    packet[0] = 0xb0;
    packet[16] = 2;
    let error = RtpError::Padding { offset: 16, count: 2, available: 1 };
    assert_eq!(Packet::parse(&packet), Err(error));
}

#[test]
fn what_does_not_fit_is_refused_and_writes_nothing() {
    let mut out = [0xee; 100];
    let good = PacketBuilder::default();
    let bad = PacketBuilder { payload_type: 128, ..good };
    assert_eq!(bad.write_into(&mut out, &[]), Err(WriteError::PayloadType { value: 128 }));
    let small = WriteError::BufferTooSmall { needed: 101, available: 100 };
    assert_eq!(good.write_into(&mut out, &[1; 89]), Err(small));
    assert_eq!(good.write_with(&mut out, &Extras::default(), &[1; 89]), Err(small));
    let extras = Extras { csrc: &[0; 16], ..Extras::default() };
    assert_eq!(good.write_with(&mut out, &extras, &[]), Err(WriteError::CsrcCount { count: 16 }));
    for length in [1, 2, 3, 5, 65_536 * 4] {
        let data = &vec![0; length];
        let extension = Some(Extension { profile: 0, data });
        let extras = Extras { extension, ..Extras::default() };
        let error = WriteError::ExtensionLength { length };
        assert_eq!(good.write_with(&mut out, &extras, &[]), Err(error));
    }
    assert_eq!(bad.write_header(&mut out), Err(WriteError::PayloadType { value: 128 }));
    let small = WriteError::BufferTooSmall { needed: 12, available: 11 };
    assert_eq!(good.write_header(&mut out[..11]), Err(small));
    assert_eq!(out, [0xee; 100]);
    assert_eq!(good.write_into(&mut out, &[1; 88]), Ok(100));
}

prop_compose! {
    fn header()(
        payload_type in 0..128_u8,
        marker: bool,
        sequence: u16,
        timestamp: u32,
        ssrc: u32,
    ) -> PacketBuilder {
        PacketBuilder {
            payload_type,
            marker,
            sequence: Sequence(sequence),
            timestamp: Timestamp(timestamp),
            ssrc,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        header in header(),
        csrc in prop::collection::vec(any::<u32>(), 0..=15),
        extension in prop::option::of((any::<u16>(), prop::collection::vec(any::<[u8; 4]>(), 0..9))),
        payload in prop::collection::vec(any::<u8>(), 0..200),
        padding: u8,
    ) {
        let words = extension.as_ref().map(|(profile, words)| (*profile, words.concat()));
        let extension = words.as_ref().map(|(profile, data)| Extension { profile: *profile, data });
        let extras = Extras { csrc: &csrc, extension, padding };
        let mut out = [0; 700];
        let length = header.write_with(&mut out, &extras, &payload).unwrap();
        let packet = Packet::parse(&out[..length]).unwrap();
        prop_assert_eq!(packet.header(), header);
        prop_assert_eq!(packet.csrc().collect::<Vec<_>>(), &csrc[..]);
        prop_assert_eq!(packet.extension(), extension);
        prop_assert_eq!(packet.payload(), &payload[..]);
        prop_assert_eq!(packet.padding(), padding);

        if csrc.is_empty() && extension.is_none() && padding == 0 {
            let mut plain = [0; 700];
            prop_assert_eq!(header.write_into(&mut plain, &payload), Ok(length));
            prop_assert_eq!(plain, out);
            let mut in_place = [0; 700];
            header.write_header(&mut in_place).unwrap()[..payload.len()].copy_from_slice(&payload);
            prop_assert_eq!(in_place, out);
        }
    }

    #[test]
    fn anything_that_parses_adds_up_and_is_written_to_the_same_octets(
        first in 0x80..0xc0_u8,
        rest in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let bytes = [&[first][..], &rest].concat();
        if let Ok(packet) = Packet::parse(&bytes) {
            let extension = packet.extension().map_or(0, |extension| extension.data.len() + 4);
            let total = 12
                + packet.csrc().len() * 4
                + extension
                + packet.payload().len()
                + usize::from(packet.padding());
            prop_assert_eq!(total, bytes.len());
            prop_assert_eq!(packet.padding() != 0, first & 0x20 != 0);

            let csrc: Vec<_> = packet.csrc().collect();
            let (extension, padding) = (packet.extension(), packet.padding());
            let extras = Extras { csrc: &csrc, extension, padding };
            let mut again = vec![0; total];
            packet.header().write_with(&mut again, &extras, packet.payload()).unwrap();
            // Padding may hold anything but for its last octet, the count; nulls are written.
            let mut expected = bytes.clone();
            let filling = usize::from(padding).saturating_sub(1);
            expected[total - 1 - filling..total - 1].fill(0);
            prop_assert_eq!(again, expected);
        }
    }
}
