//! Nothing on the media path takes memory from the heap.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use siptrunk_rtp::rtcp::{Compound, CompoundWriter};
use siptrunk_rtp::telephone_event::Event;
use siptrunk_rtp::{
    Packet, PacketBuilder, PacketMut, ReceiveStatistics, Sequence, Timestamp, classify, g711,
    set_payload_type,
};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The only test of this file, since the count is the process's.
#[test]
fn packets_reports_and_samples_allocate_nothing() {
    let mut statistics = ReceiveStatistics::new(8000);
    let (mut samples, mut octets) = ([0_i16; 160], [0_u8; 160]);
    let (mut packet, mut control) = ([0_u8; 172], [0_u8; 256]);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
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
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before);
    let counted = ALLOCATIONS.load(Ordering::Relaxed);
    drop(std::hint::black_box(Box::new(0)));
    assert!(ALLOCATIONS.load(Ordering::Relaxed) > counted, "the count counts");
}
