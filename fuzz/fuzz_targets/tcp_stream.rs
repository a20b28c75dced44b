//! A connection's reader under any octets in any pieces: the messages that go up and the reason of its end depend on
//! the octets alone, a message is never larger than the limit, and time alone ends who stops half-way.
#![no_main]

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use siptrunk_message::{Limits, Message};
use siptrunk_net::{StreamOptions, read_stream};
use siptrunk_transaction::TransportError;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A message may take so many octets.
const MOST: usize = 4_096;

fuzz_target!(|input: &[u8]| {
    // The first octets say how large the pieces are, and whether the peer hangs up or falls silent at the end.
    let Some((head, octets)) = input.split_first_chunk::<4>() else {
        return;
    };
    let ends = head[3] & 1 == 0;
    let whole = read(Pieces::new(octets, &[0], ends));
    let cut = read(Pieces::new(octets, head, ends));
    assert_eq!(whole.0, cut.0, "the same messages however they are cut");
    assert_eq!(whole.1, cut.1, "and the same end");
    let mut held = 0;
    for message in &cut.0 {
        assert!(message.len() <= MOST);
        held += message.len();
        if let Ok(message) = Message::parse(message.clone(), &Limits::default()) {
            assert_eq!(message.trailing(), 0, "a frame is one message");
        }
    }
    assert!(held <= octets.len(), "nothing is made up");
    match cut.1 {
        TransportError::Closed => assert!(ends),
        TransportError::TimedOut => assert!(!ends, "who goes on is not too slow"),
        TransportError::NotFramed => {}
        other => panic!("{other:?}"),
    }
});

/// Reads in simulated time: a deadline comes as soon as nothing else does.
fn read(pieces: Pieces<'_>) -> (Vec<Bytes>, TransportError) {
    let mut options = StreamOptions::default();
    options.message = Limits { message: MOST, ..Limits::default() };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    // A runtime of this thread alone asks the system for nothing that it may refuse.
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(read_stream(pieces, &options))
}

/// What a peer sends, a piece a read.
struct Pieces<'a> {
    rest: &'a [u8],
    sizes: &'a [u8],
    turn: usize,
    ends: bool,
}

impl<'a> Pieces<'a> {
    fn new(rest: &'a [u8], sizes: &'a [u8], ends: bool) -> Self {
        Self { rest, sizes, turn: 0, ends }
    }
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() && !self.ends {
            return Poll::Pending;
        }
        // Zero is as much as there is room for.
        let size = match self.sizes[self.turn % self.sizes.len()] {
            0 => usize::MAX,
            size => usize::from(size),
        };
        let (piece, rest) = self.rest.split_at(size.min(self.rest.len()).min(buffer.remaining()));
        buffer.put_slice(piece);
        self.rest = rest;
        self.turn += 1;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
