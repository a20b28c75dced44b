use super::*;
use crate::rtcp::{Compound, NtpTime, Packet};
use crate::{RtcpWriteError, Timestamp};

#[test]
fn octets_are_those_of_the_rfc_s_figures() {
    let mut buffer = [0xee; 128];
    let mut writer = CompoundWriter::new(&mut buffer);
    let info = SenderInfo {
        ntp: NtpTime(0x0102_0304_0506_0708),
        rtp_timestamp: Timestamp(9),
        packets: 10,
        octets: 11,
    };
    let block = ReportBlock { ssrc: 2, cumulative_lost: -1, ..ReportBlock::default() };
    writer.sender_report(1, &info, &[block]).unwrap();
    writer.cname(1, "ab").unwrap();
    writer.bye(&[1], Some("by")).unwrap();
    writer.app(0xff, 1, *b"name", &[7; 4]).unwrap();
    let length = writer.finish().unwrap();
    let expected = [
        &[0x81, 200, 0, 12, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8][..],
        &[0, 0, 0, 9, 0, 0, 0, 10, 0, 0, 0, 11],
        &[0, 0, 0, 2, 0, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0x81, 202, 0, 3, 0, 0, 0, 1, 1, 2, b'a', b'b', 0, 0, 0, 0],
        &[0x81, 203, 0, 2, 0, 0, 0, 1, 2, b'b', b'y', 0],
        &[0x9f, 204, 0, 3, 0, 0, 0, 1, b'n', b'a', b'm', b'e', 7, 7, 7, 7],
    ]
    .concat();
    assert_eq!(buffer[..length], expected);
    assert!(buffer[length..].iter().all(|octet| *octet == 0xee));
}

#[test]
fn the_compound_rules_are_held() {
    let mut buffer = [0; 128];
    let mut writer = CompoundWriter::new(&mut buffer);
    let first = RtcpWriteError::ReportFirst;
    assert_eq!(writer.cname(1, "a").unwrap_err(), first);
    assert_eq!(writer.bye(&[1], None).unwrap_err(), first);
    assert_eq!(writer.app(0, 1, *b"name", &[]).unwrap_err(), first);
    writer.receiver_report(1, &[]).unwrap();
    writer.sdes(1, &[Item { kind: ItemKind::TOOL, text: b"t" }]).unwrap();
    assert_eq!(writer.finish(), Err(RtcpWriteError::MissingCname));
    assert_eq!(CompoundWriter::new(&mut buffer).finish(), Err(first));
}

#[test]
fn a_packet_that_fails_leaves_nothing_behind() {
    let mut buffer = [0; 28];
    let mut writer = CompoundWriter::new(&mut buffer);
    writer.receiver_report(1, &[]).unwrap();
    assert_eq!(
        writer.cname(1, "a name that is too long").unwrap_err(),
        RtcpWriteError::BufferTooSmall { needed: 44, available: 28 }
    );
    writer.cname(1, "short").unwrap();
    let length = writer.finish().unwrap();
    assert_eq!(length, 24);
    assert_eq!(Compound::parse(&buffer[..length]).unwrap().packets().count(), 2);
}

#[test]
fn counts_and_texts_have_their_limits() {
    let mut buffer = vec![0; 300_000];
    let mut writer = CompoundWriter::new(&mut buffer);
    let blocks = [ReportBlock::default(); 32];
    let too_many = |field| RtcpWriteError::TooMany { field, count: 32 };
    assert_eq!(writer.receiver_report(1, &blocks).unwrap_err(), too_many("report blocks"));
    writer.receiver_report(1, &blocks[..31]).unwrap();
    assert_eq!(writer.bye(&[0; 32], None).unwrap_err(), too_many("sources"));
    let long = "x".repeat(256);
    let error = RtcpWriteError::TextLength { field: "SDES item", length: 256 };
    assert_eq!(writer.cname(1, &long).unwrap_err(), error);
    let error = RtcpWriteError::TextLength { field: "reason", length: 256 };
    assert_eq!(writer.bye(&[1], Some(&long)).unwrap_err(), error);
    writer.cname(1, &long[1..]).unwrap();
    writer.bye(&[0; 31], Some(&long[1..])).unwrap();
    assert_eq!(
        writer.app(0, 1, *b"name", &[0; 3]).unwrap_err(),
        RtcpWriteError::DataLength { length: 3 }
    );
    assert_eq!(
        writer.app(0, 1, *b"name", &vec![0; 262_136]).unwrap_err(),
        RtcpWriteError::DataLength { length: 262_136 }
    );
    writer.app(0, 1, *b"name", &vec![0; 262_132]).unwrap();
    let length = writer.finish().unwrap();
    assert_eq!(Compound::parse(&buffer[..length]).unwrap().packets().count(), 4);
}

#[test]
fn every_length_of_a_cname_ends_in_a_null_on_a_boundary() {
    for length in 0..=255 {
        let name = "n".repeat(length);
        let mut buffer = [0xff; 512];
        let mut writer = CompoundWriter::new(&mut buffer);
        writer.receiver_report(1, &[]).unwrap().cname(1, &name).unwrap();
        let end = writer.finish().unwrap();
        assert!(end.is_multiple_of(4) && buffer[end - 1] == 0);
        let compound = Compound::parse(&buffer[..end]).unwrap();
        let Some(Packet::Sdes(sdes)) = compound.packets().nth(1) else { panic!() };
        assert_eq!(sdes.chunks().next().unwrap().cname(), Some(name.as_bytes()));
    }
}

/// A sender report with a profile's extension, feedback, and a goodbye with padding: nothing that
/// the writer itself would write.
const RECEIVED: &[u8] = &[
    0x80, 201, 0, 2, 0, 0, 0, 1, 9, 9, 9, 9, // RR with an extension
    0x82, 202, 0, 5, 0, 0, 0, 1, 8, 1, b'p', 0, 0, 0, 0, 2, 1, 1, b'x', 0, 0, 0, 0, 0, // SDES
    0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 7, 7, 7, 7, // feedback
    0xa1, 203, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0xff, 4, // BYE with padding
];

#[test]
fn packets_are_copied_octet_by_octet() {
    let compound = Compound::parse(RECEIVED).unwrap();
    let mut buffer = [0xee; 128];
    let mut writer = CompoundWriter::new(&mut buffer);
    for raw in compound.raw_packets() {
        writer.copy(raw).unwrap();
    }
    assert_eq!(writer.receiver_report(1, &[]).unwrap_err(), RtcpWriteError::AfterPadding);
    let first = compound.raw_packets().next().unwrap();
    assert_eq!(writer.copy(first).unwrap_err(), RtcpWriteError::AfterPadding);
    assert_eq!(writer.finish(), Ok(RECEIVED.len()));
    assert_eq!(buffer[..RECEIVED.len()], *RECEIVED);
}

#[test]
fn copied_packets_follow_the_compound_rules_too() {
    let packets: Vec<_> = Compound::parse(RECEIVED).unwrap().raw_packets().collect();
    let mut buffer = [0; 40];
    let mut writer = CompoundWriter::new(&mut buffer);
    assert_eq!(writer.copy(packets[2]).unwrap_err(), RtcpWriteError::ReportFirst);
    writer.copy(packets[0]).unwrap();
    writer.copy(packets[2]).unwrap();
    assert_eq!(
        writer.copy(packets[1]).unwrap_err(),
        RtcpWriteError::BufferTooSmall { needed: 52, available: 40 }
    );
    assert_eq!(writer.finish(), Err(RtcpWriteError::MissingCname));
}

#[test]
fn a_reduced_size_datagram_needs_neither_report_nor_cname() {
    let mut buffer = [0; 40];
    let mut writer = CompoundWriter::reduced_size(&mut buffer);
    writer.app(1, 2, *b"name", &[]).unwrap().bye(&[2], None).unwrap();
    let length = writer.finish().unwrap();
    assert_eq!(Compound::parse_reduced_size(&buffer[..length]).unwrap().packets().count(), 2);
    assert!(Compound::parse(&buffer[..length]).is_err());
}
