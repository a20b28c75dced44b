//! Nothing on the media path takes memory from the heap.

use std::hint::black_box;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use siptrunk_rtp::comfort_noise::ComfortNoise;
use siptrunk_rtp::rtcp::{Compound, CompoundWriter};
use siptrunk_rtp::telephone_event::{Event, EventCode, EventDecoder, EventEncoder};
use siptrunk_rtp::{
    ElementForm, ElementWriter, Elements, Extras, Packet, PacketBuilder, PacketMut,
    ReceiveStatistics, Sequence, SequenceLimits, Sources, Timestamp, classify, g711,
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
}

#[test]
fn elements_sources_and_noise_allocate_nothing() {
    let (mut room, mut packet) = ([0_u8; 32], [0_u8; 256]);
    let mut sources = Sources::new(SequenceLimits::without_probation());
    let allocated = measure(|| {
        for ssrc in 0..1_000 {
            let mut writer = ElementWriter::new(ElementForm::OneByte, &mut room);
            writer.push(1, &[0x8a]).unwrap().push(2, b"name").unwrap();
            let extras = Extras { extension: writer.finish().unwrap(), ..Extras::default() };
            let header = PacketBuilder { ssrc, ..PacketBuilder::default() };
            let length = header.write_with(&mut packet, &extras, &[70, 1, 2]).unwrap();
            let view = Packet::parse(&packet[..length]).unwrap();
            assert_eq!(Elements::parse(view.extension().unwrap()).unwrap().iter().count(), 2);
            assert_eq!(ComfortNoise::parse(view.payload()).unwrap().coefficients().count(), 2);
            sources.handle_packet(&view, Duration::ZERO, 8000);
        }
    });
    assert_eq!(allocated.count_total, 0);
}

/// A decoder has its room after the first events, and takes no more however many come.
#[test]
fn events_allocate_once() {
    let now = Instant::now();
    let mut decoder = EventDecoder::new(8000);
    let mut digits = |presses: std::ops::Range<u32>| {
        for press in presses {
            let start = Timestamp(press.wrapping_mul(4000));
            let mut encoder = EventEncoder::new(EventCode(5), 10, start);
            encoder.release(start + 800);
            let mut told = 0;
            for tick in 1..9 {
                encoder.handle_tick(start + tick * 160);
                while let Some(report) = encoder.poll_packet() {
                    let mut packet = [0; 16];
                    let header = report.header(101, Sequence(0), 7);
                    header.write_into(&mut packet, &report.payload()).unwrap();
                    decoder.handle_packet(now, &Packet::parse(&packet).unwrap());
                    told += std::iter::from_fn(|| decoder.poll_event()).count();
                }
            }
            assert_eq!(told, 2);
        }
    };
    digits(0..20);
    let allocated = measure(|| digits(20..1_000));
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn the_count_counts() {
    let boxed = measure(|| drop(black_box(Box::new(0))));
    assert!(boxed.count_total > 0);
}
