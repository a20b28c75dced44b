//! Nothing on the media path takes memory from the heap.

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use siptrunk_rtp::rtcp::{Compound, CompoundWriter};
use siptrunk_rtp::telephone_event::Event;
use siptrunk_rtp::{
    Packet, PacketBuilder, PacketMut, ReceiveStatistics, Sequence, Timestamp, classify, g711,
    set_payload_type,
};

#[test]
fn packets_reports_and_samples_allocate_nothing() {
    let mut statistics = ReceiveStatistics::new(8000);
    let (mut samples, mut octets) = ([0_i16; 160], [0_u8; 160]);
    let (mut packet, mut control) = ([0_u8; 172], [0_u8; 256]);
    let allocated = measure(|| {
        for index in 0..1_000_u16 {
            samples.fill(index.cast_signed());
            g711::ulaw_encode_slice(&samples, &mut octets);
            let header = PacketBuilder {
                sequence: Sequence(index),
                timestamp: Timestamp(u32::from(index) * 160),
                ..PacketBuilder::default()
            };
            header.write_into(&mut packet, &octets).unwrap();
            classify(&packet);
            set_payload_type(&mut packet, 8);
            PacketMut::parse(&mut packet).unwrap().set_ssrc(7);
            let view = Packet::parse(&packet).unwrap();
            let arrival = Duration::from_millis(u64::from(index) * 20);
            statistics.handle_packet(view.sequence(), view.timestamp(), arrival);
            g711::alaw_decode_slice(view.payload(), &mut samples);
            Event::parse(view.payload()).unwrap().to_octets();

            let block = statistics.report_block(7, None);
            let mut writer = CompoundWriter::new(&mut control);
            writer.receiver_report(1, &[block]).unwrap().cname(1, "name").unwrap();
            let length = writer.finish().unwrap();
            assert_eq!(Compound::parse(&control[..length]).unwrap().packets().count(), 2);
        }
    });
    assert_eq!(allocated.count_total, 0);
    let boxed = measure(|| drop(black_box(Box::new(0))));
    assert!(boxed.count_total > 0, "the count counts");
}
