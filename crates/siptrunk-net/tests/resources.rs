//! What a relayed packet and a closed call cost: no allocation, no descriptor. One test in a process
//! of its own, since both are counted for the whole process.

#[path = "support/plane.rs"]
mod plane;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering},
};

use plane::{End, Plane, own_address, rtp};
use siptrunk_media::Side;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: everything is passed on to the system's allocator; only a number is kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises about `layout` are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `alloc` above, so from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Open descriptors of this process.
fn descriptors() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}

#[test]
fn packets_allocate_nothing_and_closed_calls_leave_nothing() {
    let plane = Plane::with(own_address(), 20_000..=20_399, |options| {
        // One packet after the other, as fast as they come back: not the pace of audio.
        options.session.packets_per_second = 1_000_000;
    });
    let before = descriptors();
    for number in 1..=1_000 {
        assert!(plane.open(number).is_some());
        if number % 2 == 0 {
            plane.close(number);
            plane.close(number - 1);
        }
    }
    assert_eq!(descriptors(), before);
    let counted = plane.threads.monitor().statistics();
    assert_eq!((counted.sessions, counted.ports_available), (0, 200));

    let (a, b) = plane.open(2_000).unwrap();
    assert_eq!((a.ip(), b.ip()), (plane.ip, plane.ip));
    let (alice, bob) = (End::new(), End::new());
    plane.update(2_000, Side::A, alice.leg(&[(0, 8)]));
    plane.update(2_000, Side::B, bob.leg(&[(8, 0)]));
    let mut buffer = [0; 2048];
    let mut exchange = |sequence| {
        let packets = [rtp(0, sequence, 7), rtp(8, sequence, 7)];
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        alice.rtp.send_to(&packets[0], a).unwrap();
        assert_eq!(bob.rtp.recv_from(&mut buffer).unwrap(), (172, b));
        assert_eq!(buffer[..172], packets[1][..]);
        bob.rtp.send_to(&packets[1], b).unwrap();
        assert_eq!(alice.rtp.recv_from(&mut buffer).unwrap(), (172, a));
        ALLOCATIONS.load(Ordering::Relaxed) - before
    };
    // The first packets are events, which are reported.
    for sequence in 0..10 {
        exchange(sequence);
    }
    let allocations: u64 = (10..510).map(exchange).sum();
    assert_eq!(allocations, 0);
}
