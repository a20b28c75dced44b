//! A stream in pieces: cut at other places, it gives the same frames and the same error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use siptrunk_message::{Frame, FramingError, Limits, Message, StreamDecoder};

fuzz_target!(|input: &[u8]| {
    // The first octets say how large the pieces are.
    let Some((sizes, stream)) = input.split_first_chunk::<4>() else {
        return;
    };
    let whole = frames([stream].into_iter());
    let mut rest = stream;
    let mut turn = 0;
    let pieces = std::iter::from_fn(|| {
        if rest.is_empty() {
            return None;
        }
        let size = usize::from(sizes[turn % sizes.len()]).clamp(1, rest.len());
        turn += 1;
        let (piece, after) = rest.split_at(size);
        rest = after;
        Some(piece)
    });
    let cut = frames(pieces);
    // What only the end of a longer piece shows may be told earlier or later, never differently.
    assert_eq!(whole.0, cut.0);
    assert_eq!(whole.1, cut.1);
    for frame in whole.0 {
        if let Frame::Message(bytes) = frame {
            if let Ok(message) = Message::parse(bytes, &Limits::default()) {
                assert_eq!(message.trailing(), 0, "a frame is one message");
            }
        }
    }
});

fn frames<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<FramingError>) {
    let mut decoder = StreamDecoder::new(Limits { message: 4_096, ..Limits::default() });
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        loop {
            match decoder.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}
