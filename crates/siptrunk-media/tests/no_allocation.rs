//! A packet takes no memory from the heap, not even the first, nor one of a new source.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use siptrunk_media::{
    Component, Decision, LegMedia, MediaSession, MediaSessionId, SessionConfig, Side,
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
fn packets_reports_floods_and_changes_of_source_allocate_nothing() {
    let [a, b] = ["198.51.100.1:4000", "203.0.113.2:5000"].map(|text| text.parse().unwrap());
    let control = "198.51.100.1:4001".parse().unwrap();
    let mut now = Instant::now();
    let mut session = MediaSession::new(now, MediaSessionId(1), SessionConfig::default());
    for (side, remote) in [(Side::A, a), (Side::B, b)] {
        let leg = LegMedia {
            remote: Some(remote),
            remote_rtcp: Some(control),
            payload_map: vec![(0, 0)],
            ..LegMedia::default()
        };
        session.update(now, side, leg);
    }
    let mut packet = [0; 172];
    packet[0] = 0x80;
    let mut report = [0x80, 201, 0, 1, 0, 0, 0, 1];
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let mut forwarded = 0;
    for ssrc in 0..10_000_u32 {
        packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
        for (component, source, bytes) in [
            (Component::Rtp, a, &mut packet[..]),
            (Component::Rtp, b, &mut [0x80; 172]),
            (Component::Rtcp, control, &mut report),
        ] {
            let decision = session.handle_packet(now, Side::A, component, source, bytes);
            forwarded += u32::from(matches!(decision, Decision::Forward { .. }));
        }
        if ssrc % 300 == 299 {
            now += Duration::from_secs(6);
        }
        session.handle_timeout(now);
    }
    while session.poll_event().is_some() {}
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before);
    assert!(forwarded > 3_000, "{forwarded}");
}
