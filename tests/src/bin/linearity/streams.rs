//! Streams: messages glued together, keep-alives, headers without an end, octets one by one.

use siptrunk::message::{Limits, StreamDecoder};

use crate::shape::{Shape, shape};

#[rustfmt::skip] // a table
pub(crate) const SHAPES: &[Shape] = &[
    shape("glued messages", ["", "A sip:a SIP/2.0\r\nl:0\r\n\r\n", ""], whole),
    shape("keep-alives", ["", "\r\n", ""], whole),
    shape("glued messages octet by octet", ["", "A sip:a SIP/2.0\r\nl:0\r\n\r\n", ""], one_by_one),
    shape("headers that do not end", ["A sip:a SIP/2.0\r\n", "a:b\r\n", ""], partial),
    shape("folds that do not end", ["A sip:a SIP/2.0\r\na:", "\r\n ", "b"], partial),
    shape("a body octet by octet", ["A sip:a SIP/2.0\r\nl: 99999\r\n\r\n", "b", ""], partial),
];

/// The frames of the stream, fed in pieces of that many octets.
fn frames(octets: &[u8], size: usize) -> (usize, StreamDecoder) {
    let mut decoder =
        StreamDecoder::new(Limits { message: Limits::MAX_MESSAGE, ..Limits::default() });
    let mut frames = 0;
    for piece in octets.chunks(size) {
        decoder.feed(piece);
        while decoder.next().expect("the shape is a stream").is_some() {
            frames += 1;
        }
    }
    (frames, decoder)
}

fn whole(octets: &[u8]) -> usize {
    frames(octets, octets.len()).0
}

fn one_by_one(octets: &[u8]) -> usize {
    frames(octets, 1).0
}

/// Nothing comes out, and all that went in is held.
fn partial(octets: &[u8]) -> usize {
    let (frames, decoder) = frames(octets, 1);
    assert_eq!((frames, decoder.buffered()), (0, octets.len()));
    octets.len()
}
