//! Reading and writing allocate nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use siptrunk_xei::{XEi, encode_uri_component, original_caller};

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

#[test]
fn reading_and_writing_allocate_nothing() {
    let before = COUNT.with(Cell::get);
    let read = XEi::parse(b"S.abc; e.crm456;X.?;O.+15551234567").unwrap();
    assert_eq!((read.call_id(), read.external_id()), (Some("abc"), Some("crm456")));
    assert_eq!(black_box(read.forgiven().count()), 4);
    let caller = original_caller(Some(&read), Some("<sip:+1@h>"), None).unwrap();
    let mut buffer = [0; 64];
    let written = XEi::builder().external_id("1").unwrap().original(caller.value).unwrap();
    let length = written.write_into(&mut buffer).unwrap();
    let mut encoded = [0; 96];
    black_box(encode_uri_component(&buffer[..length]).write_into(&mut encoded).unwrap());
    assert_eq!(COUNT.with(Cell::get) - before, 0);
}
