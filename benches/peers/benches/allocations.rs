//! Heap allocations of each piece of work, counted. Prints a line each: work, peer, calls of the allocator, octets asked
//! for. A block that grows or shrinks is a call too.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use siptrunk_message::{Index, Message};
use siptrunk_peers::{Ezk, Peer, Rsip, Rsipstack, Siptrunk, Sipx, check, invite};

/// The system's allocator, counting what this thread asks of it.
struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static OCTETS: Cell<usize> = const { Cell::new(0) };
}

fn count(octets: usize) {
    // A thread that ends has no counters any more.
    _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
    _ = OCTETS.try_with(|it| it.set(it.get() + octets));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn line<T>(work: &str, peer: &str, run: impl Fn() -> T) {
    // Whatever is set up once in a program's life is set up by the first run.
    drop(black_box(run()));
    let before = (CALLS.get(), OCTETS.get());
    let result = black_box(run());
    let after = (CALLS.get(), OCTETS.get());
    drop(result);
    println!("{work}\t{peer}\t{}\t{}", after.0 - before.0, after.1 - before.1);
}

fn of<P: Peer>() {
    let bytes = invite();
    let message = P::parse(&bytes);
    line("parse", P::NAME, || P::parse(&bytes));
    line("parse_typed", P::NAME, || {
        let message = P::parse(&bytes);
        black_box(P::typed(&message));
        message
    });
    line("rewrite", P::NAME, || P::rewrite(&message));
}

fn main() {
    let bytes = invite();
    check(&bytes);
    of::<Siptrunk>();

    let reused = "siptrunk-message-reused";
    let message = Siptrunk::parse(&bytes);
    let index = Cell::new(Index::new());
    line("parse", reused, || {
        index.set(Siptrunk::parse_into(&bytes, index.take()).into_index());
    });
    line("rewrite", reused, || {
        let request = black_box(Siptrunk::rewrite_into(&message, index.take()));
        index.set(Message::Request(request).into_index());
    });
    let template = "siptrunk-message-template";
    line("rewrite", template, || Siptrunk::rewrite_template(&message));

    of::<Rsip>();
    of::<Rsipstack>();
    of::<Ezk>();
    of::<Sipx>();
}
