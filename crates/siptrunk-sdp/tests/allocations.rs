//! Heap allocations of reading, counted (one test alone: the counter is the process's).

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use siptrunk_sdp::{Limits, SessionDescription};

thread_local!(static COUNT: Cell<usize> = const { Cell::new(0) });

struct Counting;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are those that System asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(work: impl FnOnce()) -> usize {
    let before = COUNT.with(Cell::get);
    work();
    COUNT.with(Cell::get) - before
}

fn read_all(sdp: &SessionDescription) {
    assert_eq!(sdp.origin().username(), "Five9");
    let audio = sdp.audio().unwrap();
    assert_eq!(audio.codecs().filter(|codec| codec.clock_rate == 8_000).count(), 4);
    assert!(audio.rtp().is_some() && audio.rtcp().is_some());
    assert_eq!((audio.ptime(), audio.direction().sends()), (Some(20), true));
}

#[test]
fn typed_reading_allocates_once_or_never() {
    let text = include_bytes!("data/five9.sdp");
    assert_eq!(text.len(), 307);
    assert_eq!(count(|| read_all(&SessionDescription::parse(text).unwrap())), 1);
    let shared = bytes::Bytes::copy_from_slice(text);
    let from_shared = || {
        read_all(&SessionDescription::from_bytes(shared.clone(), &Limits::default()).unwrap());
    };
    from_shared(); // The first clone of a `Bytes` makes its shared header.
    assert_eq!(count(from_shared), 0);
}
