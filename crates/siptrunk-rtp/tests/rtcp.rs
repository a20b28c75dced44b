//! RTCP on the public API: what is written is read, and nothing that arrives panics.

use proptest::prelude::*;
use siptrunk_rtp::Timestamp;
use siptrunk_rtp::rtcp::{
    Compound, CompoundWriter, Item, ItemKind, NtpTime, Packet, ReportBlock, SenderInfo,
};

prop_compose! {
    fn block()(
        ssrc: u32,
        fraction_lost: u8,
        cumulative_lost in ReportBlock::MIN_LOST..=ReportBlock::MAX_LOST,
        highest_sequence: u32,
        jitter: u32,
        last_sender_report: u32,
        delay_since_last_sender_report: u32,
    ) -> ReportBlock {
        ReportBlock {
            ssrc,
            fraction_lost,
            cumulative_lost,
            highest_sequence,
            jitter,
            last_sender_report,
            delay_since_last_sender_report,
        }
    }
}

prop_compose! {
    fn info()(ntp: u64, rtp_timestamp: u32, packets: u32, octets: u32) -> SenderInfo {
        let (ntp, rtp_timestamp) = (NtpTime(ntp), Timestamp(rtp_timestamp));
        SenderInfo { ntp, rtp_timestamp, packets, octets }
    }
}

/// Touches everything that a view can say.
fn walk(compound: &Compound<'_>) -> usize {
    compound
        .packets()
        .map(|packet| match packet {
            Packet::SenderReport(report) => report.blocks().count() + report.extension().len(),
            Packet::ReceiverReport(report) => report.blocks().count() + report.extension().len(),
            Packet::Sdes(sdes) => {
                sdes.chunks().flat_map(|chunk| chunk.items()).map(|item| item.text.len()).sum()
            }
            Packet::Bye(bye) => bye.sources().count() + bye.reason().map_or(0, <[u8]>::len),
            Packet::App(app) => app.data().len(),
            Packet::Feedback(feedback) => feedback.information().len(),
            Packet::ExtendedReport(report) => report.blocks().len(),
            Packet::Unknown(unknown) => unknown.body().len(),
            _ => 0,
        })
        .sum()
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        ssrc: u32,
        info in info(),
        blocks in prop::collection::vec(block(), 0..=31),
        name in "[a-z0-9@.]{0,255}",
        tool in prop::collection::vec(any::<u8>(), 0..=255),
        sources in prop::collection::vec(any::<u32>(), 0..=31),
        reason in prop::option::of("[ -~]{0,255}"),
        subtype in 0..32_u8,
        data in prop::collection::vec(any::<[u8; 4]>(), 0..20),
    ) {
        let mut buffer = [0xee; 4096];
        let mut writer = CompoundWriter::new(&mut buffer);
        writer.sender_report(ssrc, &info, &blocks).unwrap();
        writer.receiver_report(ssrc, &blocks).unwrap();
        let items = [
            Item { kind: ItemKind::CNAME, text: name.as_bytes() },
            Item { kind: ItemKind::TOOL, text: &tool },
        ];
        writer.sdes(ssrc, &items).unwrap();
        writer.app(subtype, ssrc, *b"test", &data.concat()).unwrap();
        writer.bye(&sources, reason.as_deref()).unwrap();
        let length = writer.finish().unwrap();

        let compound = Compound::parse(&buffer[..length]).unwrap();
        let packets: Vec<_> = compound.packets().collect();
        let [
            Packet::SenderReport(sender),
            Packet::ReceiverReport(receiver),
            Packet::Sdes(sdes),
            Packet::App(app),
            Packet::Bye(bye),
        ] = packets[..] else { panic!("{packets:?}") };
        prop_assert_eq!((sender.ssrc(), sender.info()), (ssrc, info));
        prop_assert_eq!(sender.blocks().collect::<Vec<_>>(), blocks.clone());
        prop_assert_eq!(receiver.ssrc(), ssrc);
        prop_assert_eq!(receiver.blocks().collect::<Vec<_>>(), blocks);
        let chunks: Vec<_> = sdes.chunks().collect();
        prop_assert_eq!(chunks.len(), 1);
        prop_assert_eq!(chunks[0].items().collect::<Vec<_>>(), items);
        prop_assert_eq!((app.subtype(), app.ssrc(), app.name()), (subtype, ssrc, *b"test"));
        prop_assert_eq!(app.data(), data.concat());
        prop_assert_eq!(bye.sources().collect::<Vec<_>>(), sources);
        prop_assert_eq!(bye.reason(), reason.as_ref().map(String::as_bytes));
    }

    #[test]
    fn anything_that_looks_like_rtcp_is_read_or_refused(
        pieces in prop::collection::vec(
            (any::<u8>(), 198..208_u8, 0..6_u8, prop::collection::vec(any::<u8>(), 0..28)),
            0..5,
        ),
    ) {
        let bytes: Vec<u8> = pieces
            .into_iter()
            .flat_map(|(flags, packet_type, words, body)| {
                [vec![0x80 | flags & 0x3f, packet_type, 0, words], body].concat()
            })
            .collect();
        if let Ok(compound) = Compound::parse_reduced_size(&bytes) {
            prop_assert!(walk(&compound) <= bytes.len());
            let packets = compound.packets().count();
            prop_assert!(packets > 0 && packets * 4 <= bytes.len());

            let mut again = vec![0; bytes.len()];
            let mut writer = CompoundWriter::reduced_size(&mut again);
            for raw in compound.raw_packets() {
                writer.copy(raw).unwrap();
            }
            prop_assert_eq!(writer.finish(), Ok(bytes.len()));
            prop_assert_eq!(&again, &bytes);
        }
        prop_assert!(Compound::parse(&bytes).is_err() || Compound::parse_reduced_size(&bytes).is_ok());
    }
}
