use super::*;
use crate::Timestamp;
use crate::rtcp::{FeedbackKind, ItemKind, NtpTime, ReportBlock, SenderInfo};

/// SR with one block, SDES with CNAME and TOOL, BYE with a reason: octets written by hand.
const COMPOUND: &[u8] = &[
    0x81, 200, 0, 12, 0, 0, 0, 1, // SR, one block, 13 words, SSRC 1
    0xe8, 0x00, 0x00, 0x02, 0x80, 0x00, 0x00, 0x00, // NTP
    0, 0, 0x1f, 0x40, 0, 0, 0, 50, 0, 0, 0x1f,
    0x40, // timestamp 8000, 50 packets, 8000 octets
    0, 0, 0, 2, 64, 0xff, 0xff, 0xff, 0, 1, 0, 9, // of SSRC 2: a quarter, -1, one cycle and 9
    0, 0, 0, 7, 0, 2, 0x80, 0, 0, 1, 0, 0, // jitter 7, LSR, DLSR one second
    0x81, 202, 0, 5, 0, 0, 0, 1, // SDES, one chunk, 6 words
    1, 5, b'a', b'@', b'b', b'.', b'c', 6, 2, b'x', b'y', 0, 0, 0, 0, 0, // ends on a boundary
    0x81, 203, 0, 2, 0, 0, 0, 1, 3, b'e', b'n', b'd', // BYE, no terminator needed
];

#[test]
fn a_compound_packet_is_read_field_by_field() {
    let compound = Compound::parse(COMPOUND).unwrap();
    assert_eq!(compound.bytes(), COMPOUND);
    let packets: Vec<_> = compound.packets().collect();
    let [Packet::SenderReport(report), Packet::Sdes(sdes), Packet::Bye(bye)] = packets[..] else {
        panic!("{packets:?}")
    };
    assert_eq!(report.ssrc(), 1);
    let info = SenderInfo {
        ntp: NtpTime(0xe800_0002_8000_0000),
        rtp_timestamp: Timestamp(8000),
        packets: 50,
        octets: 8000,
    };
    assert_eq!(report.info(), info);
    let block = ReportBlock {
        ssrc: 2,
        fraction_lost: 64,
        cumulative_lost: -1,
        highest_sequence: 65_545,
        jitter: 7,
        last_sender_report: 0x0002_8000,
        delay_since_last_sender_report: 65_536,
    };
    assert_eq!(report.blocks().collect::<Vec<_>>(), [block]);
    assert_eq!(report.extension(), []);

    let chunks: Vec<_> = sdes.chunks().collect();
    assert_eq!(chunks.len(), 1);
    assert_eq!((chunks[0].ssrc(), chunks[0].cname()), (1, Some(&b"a@b.c"[..])));
    let items: Vec<_> = chunks[0].items().map(|item| (item.kind, item.text)).collect();
    assert_eq!(items, [(ItemKind::CNAME, &b"a@b.c"[..]), (ItemKind::TOOL, b"xy")]);

    assert_eq!(bye.sources().collect::<Vec<_>>(), [1]);
    assert_eq!(bye.reason(), Some(&b"end"[..]));
}

#[test]
fn cut_anywhere_but_between_packets_it_is_an_error() {
    for length in 0..COMPOUND.len() {
        let whole = [52, 76].contains(&length);
        assert_eq!(Compound::parse(&COMPOUND[..length]).is_ok(), whole, "{length}");
    }
}

/// Wraps a body as one packet.
fn packet(first: u8, packet_type: u8, body: &[u8]) -> Vec<u8> {
    let words = u8::try_from(body.len() / 4).unwrap();
    [&[first, packet_type, 0, words], body].concat()
}

const EMPTY_REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];

#[test]
fn each_rule_of_appendix_a_2_has_its_error() {
    let bye = packet(0x81, 203, &[0, 0, 0, 1]);
    let padded = packet(0xa1, 203, &[0, 0, 0, 1, 0, 0, 0, 4]);
    let parse = |parts: &[&[u8]]| Compound::parse(&parts.concat()).map(|c| c.packets().count());

    assert_eq!(parse(&[&EMPTY_REPORT]), Ok(1));
    assert_eq!(parse(&[&EMPTY_REPORT, &bye]), Ok(2));
    assert_eq!(parse(&[&EMPTY_REPORT, &padded]), Ok(2));
    assert_eq!(parse(&[]), Err(RtcpError::Short { offset: 0, available: 0 }));
    assert_eq!(parse(&[&bye]), Err(RtcpError::ReportFirst { packet_type: 203 }));
    let first_padded = packet(0xa0, 201, &[0, 0, 0, 1, 0, 0, 0, 4]);
    assert_eq!(parse(&[&first_padded]), Err(RtcpError::PaddingNotLast { offset: 0 }));
    assert_eq!(
        parse(&[&EMPTY_REPORT, &padded, &bye]),
        Err(RtcpError::PaddingNotLast { offset: 8 })
    );
    assert_eq!(
        parse(&[&EMPTY_REPORT, &[0x41, 203, 0, 0]]),
        Err(RtcpError::Version { offset: 8, found: 1 })
    );
    assert_eq!(
        parse(&[&EMPTY_REPORT, &[0x80, 203, 0]]),
        Err(RtcpError::Short { offset: 8, available: 3 })
    );
    assert_eq!(
        parse(&[&EMPTY_REPORT, &[0x80, 203, 0xff, 0xff, 0]]),
        Err(RtcpError::Length { offset: 8, needed: 262_144, available: 5 })
    );
}

#[test]
fn padding_is_a_multiple_of_four_within_the_packet() {
    for (count, good) in [(0, false), (1, false), (4, true), (6, false), (8, true), (12, false)] {
        let bytes = packet(0xa0, 203, &[0, 0, 0, 0, 0, 0, 0, count]);
        let result = Compound::parse_reduced_size(&bytes).map(|c| c.packets().count());
        let expected = if good { Ok(1) } else { Err(RtcpError::Padding { offset: 0, count }) };
        assert_eq!(result, expected, "{count}");
    }
    let bare = [0xa0, 203, 0, 0];
    let error = RtcpError::Padding { offset: 0, count: 0 };
    assert_eq!(Compound::parse_reduced_size(&bare), Err(error));
}

#[test]
fn a_body_shorter_than_its_count_is_an_error() {
    for (first, packet_type, body, field) in [
        (0x80, 200, &[0; 20][..], "sender information"),
        (0x81, 200, &[0; 44], "report blocks"),
        (0x80, 201, &[], "SSRC"),
        (0x9f, 201, &[0; 4], "report blocks"),
        (0x81, 202, &[], "chunk"),
        (0x82, 202, &[0; 8], "chunk"),
        (0x81, 202, &[0, 0, 0, 1, 1, 3, b'a', 0], "chunk"),
        (0x81, 202, &[0, 0, 0, 1, 1, 2, b'a', b'b'], "chunk"),
        (0x82, 203, &[0; 4], "sources"),
        (0x80, 203, &[4, b'a', b'b', b'c'], "reason"),
        (0x80, 204, &[0; 4], "SSRC and name"),
        (0x81, 205, &[0; 4], "SSRCs"),
        (0x81, 206, &[0; 4], "SSRCs"),
        (0x80, 207, &[], "SSRC"),
    ] {
        let bytes = packet(first, packet_type, body);
        let expected = RtcpError::Truncated { offset: 0, packet_type, field };
        assert_eq!(Compound::parse_reduced_size(&bytes), Err(expected), "{body:?}");
    }
}

#[test]
fn a_chunk_of_nothing_is_four_nulls_and_the_next_starts_on_a_boundary() {
    let body = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, b'x', 0];
    let bytes = packet(0x82, 202, &body);
    let compound = Compound::parse_reduced_size(&bytes).unwrap();
    let Some(Packet::Sdes(sdes)) = compound.packets().next() else { panic!() };
    let names: Vec<_> = sdes.chunks().map(|chunk| (chunk.ssrc(), chunk.cname())).collect();
    assert_eq!(names, [(1, None), (2, Some(&b"x"[..]))]);
}

#[test]
fn unknown_types_and_applications_are_kept_as_they_are() {
    let unknown = packet(0x8f, 208, &[1, 2, 3, 4, 5, 6, 7, 8]);
    let app = packet(0x83, 204, &[0, 0, 0, 5, b'n', b'a', b'm', b'E', 9, 9, 9, 9]);
    let bytes = [&EMPTY_REPORT[..], &unknown, &app].concat();
    let packets: Vec<_> = Compound::parse(&bytes).unwrap().packets().collect();
    let [_, Packet::Unknown(unknown), Packet::App(app)] = packets[..] else { panic!() };
    assert_eq!((unknown.packet_type(), unknown.count()), (208, 15));
    assert_eq!(unknown.body(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!((app.subtype(), app.ssrc(), &app.name()), (3, 5, b"namE"));
    assert_eq!(app.data(), [9; 4]);
}

#[test]
fn what_follows_the_blocks_of_a_report_is_the_profile_s() {
    let bytes = packet(0x80, 201, &[0, 0, 0, 1, 0xca, 0xfe, 0, 0]);
    let compound = Compound::parse(&bytes).unwrap();
    let Some(Packet::ReceiverReport(report)) = compound.packets().next() else { panic!() };
    assert_eq!((report.ssrc(), report.extension()), (1, &[0xca, 0xfe, 0, 0][..]));
    assert_eq!(report.blocks().len(), 0);
}

/// RFC 4585 figure 3 with a generic NACK and a picture loss indication, RFC 3611 with one block.
#[test]
fn feedback_and_extended_reports_are_recognised() {
    let nack = packet(0x81, 205, &[0, 0, 0, 1, 0, 0, 0, 2, 0x12, 0x34, 0, 1]);
    let loss = packet(0x81, 206, &[0, 0, 0, 3, 0, 0, 0, 4]);
    let extended = packet(0x80, 207, &[0, 0, 0, 5, 4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]);
    let bytes = [&nack[..], &loss, &extended].concat();
    let packets: Vec<_> = Compound::parse_reduced_size(&bytes).unwrap().packets().collect();
    let [Packet::Feedback(nack), Packet::Feedback(loss), Packet::ExtendedReport(extended)] =
        packets[..]
    else {
        panic!("{packets:?}")
    };
    assert_eq!((nack.kind(), nack.format()), (FeedbackKind::Transport, 1));
    assert_eq!((nack.sender_ssrc(), nack.media_ssrc()), (1, 2));
    assert_eq!(nack.information(), [0x12, 0x34, 0, 1]);
    assert_eq!((loss.kind(), loss.sender_ssrc(), loss.media_ssrc()), (FeedbackKind::Payload, 3, 4));
    assert_eq!(loss.information(), []);
    assert_eq!((extended.ssrc(), extended.blocks().len()), (5, 12));
}
