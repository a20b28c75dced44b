//! Heap allocations of each piece of work, counted. Prints a line each: work, peer, calls of the allocator, octets asked
//! for. A block that grows or shrinks is a call too.

use std::cell::Cell;
use std::hint::black_box;

use siptrunk_message::{Index, Message};
use siptrunk_peers::{Ezk, Peer, Rsip, Rsipstack, Siptrunk, Sipx, check, invite};

fn line<T>(work: &str, peer: &str, run: impl Fn() -> T) {
    // Whatever is set up once in a program's life is set up by the first run.
    drop(black_box(run()));
    let counted = allocation_counter::measure(|| drop(black_box(run())));
    println!("{work}\t{peer}\t{}\t{}", counted.count_total, counted.bytes_total);
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
