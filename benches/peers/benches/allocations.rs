//! Heap allocations of each piece of work, counted. Prints a line each: work, peer, calls of the allocator, octets asked
//! for. A block that grows or shrinks is a call too.

use std::cell::Cell;
use std::hint::black_box;

use siptrunk_message::{Index, Message};
use siptrunk_peers::{
    Ezk, Peer, Rsip, Rsiprtp, Rsipstack, Siptrunk, Sipx, Visitor, check, digest, invite, rtp, sdp,
    srtp, xei,
};

struct Counted;

impl Visitor for Counted {
    fn visit<T>(&mut self, work: &str, peer: &str, mut run: impl FnMut() -> T) {
        self.visit_each(work, peer, || (), |()| run());
    }

    fn visit_each<I, T>(
        &mut self,
        work: &str,
        peer: &str,
        mut prepare: impl FnMut() -> I,
        mut run: impl FnMut(I) -> T,
    ) {
        // Whatever is set up once in a program's life is set up by the first run.
        drop(black_box(run(prepare())));
        let mut input = Some(prepare());
        let counted = allocation_counter::measure(|| {
            drop(black_box(input.take().map(&mut run)));
        });
        println!("{work}\t{peer}\t{}\t{}", counted.count_total, counted.bytes_total);
    }
}

fn of<P: Peer>() {
    let bytes = invite();
    let message = P::parse(&bytes);
    Counted.visit("parse", P::NAME, || P::parse(&bytes));
    Counted.visit("parse_typed", P::NAME, || {
        let message = P::parse(&bytes);
        black_box(P::typed(&message));
        message
    });
    Counted.visit("rewrite", P::NAME, || P::rewrite(&message));
}

fn main() {
    let bytes = invite();
    check(&bytes);
    of::<Siptrunk>();

    let reused = "siptrunk-message-reused";
    let message = Siptrunk::parse(&bytes);
    let index = Cell::new(Index::new());
    Counted.visit("parse", reused, || {
        index.set(Siptrunk::parse_into(&bytes, index.take()).into_index());
    });
    Counted.visit("rewrite", reused, || {
        let request = black_box(Siptrunk::rewrite_into(&message, index.take()));
        index.set(Message::Request(request).into_index());
    });
    let template = "siptrunk-message-template";
    Counted.visit("rewrite", template, || Siptrunk::rewrite_template(&message));

    of::<Rsip>();
    of::<Rsipstack>();
    of::<Rsiprtp>();
    of::<Ezk>();
    of::<Sipx>();

    sdp(&mut Counted);
    digest(&mut Counted);
    rtp(&mut Counted);
    srtp(&mut Counted);
    xei(&mut Counted);
}
