use super::*;

const MESSAGE: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc";

fn decode(pieces: &[&[u8]], limits: Limits) -> Result<Vec<Frame>, FramingError> {
    let mut decoder = StreamDecoder::new(limits);
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        while let Some(frame) = decoder.next()? {
            frames.push(frame);
        }
    }
    Ok(frames)
}

fn message(bytes: &'static [u8]) -> Frame {
    Frame::Message(Bytes::from_static(bytes))
}

#[test]
fn messages_and_keep_alives_are_told_apart() {
    let stream = [b"\r\n\r\n", MESSAGE, b"\r\n", MESSAGE, MESSAGE].concat();
    let expected = vec![
        Frame::KeepAlive(KeepAlive::Pong),
        Frame::KeepAlive(KeepAlive::Ping),
        message(MESSAGE),
        Frame::KeepAlive(KeepAlive::Pong),
        message(MESSAGE),
        message(MESSAGE),
    ];
    assert_eq!(decode(&[&stream], Limits::default()).unwrap(), expected);
    for split in 0..stream.len() {
        let (a, b) = stream.split_at(split);
        assert_eq!(decode(&[a, b], Limits::default()).unwrap(), expected, "split at {split}");
    }
    let octets: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(decode(&octets, Limits::default()).unwrap(), expected);
}

#[test]
fn what_frames_a_message_is_never_guessed() {
    let table: &[(&[u8], FramingError)] = &[
        (b"SIP/2.0 200 OK\r\n\r\n", FramingError::Missing),
        (b"SIP/2.0 200 OK\r\nContent-Length: 3\r\nl: 3\r\n\r\nabc", FramingError::Repeated),
        (b"SIP/2.0 200 OK\r\nContent-Length: -1\r\n\r\n", FramingError::Malformed),
        (b"SIP/2.0 200 OK\r\nContent-Length:\r\n 3\r\n\r\nabc", FramingError::Malformed),
        (b"SIP/2.0 200 OK\r\nContent-Length: 3\r\n 4\r\n\r\nabc", FramingError::Malformed),
        (b"SIP/2.0 200 OK\r\nX: a\nContent-Length: 3\r\n\r\nabc", FramingError::BareLineEnd),
        (b"SIP/2.0 200 OK\r\nX: a\rb\r\nContent-Length: 3\r\n\r\nabc", FramingError::BareLineEnd),
        (b"\x16\x03\x01", FramingError::NotSip),
        (
            b"SIP/2.0 200 OK\r\nContent-Length: 65536\r\n\r\n",
            FramingError::TooLarge { limit: 65_536 },
        ),
    ];
    for (stream, error) in table {
        let mut decoder = StreamDecoder::new(Limits::default());
        decoder.feed(stream);
        assert_eq!(decoder.next().as_ref(), Err(error), "{}", stream.escape_ascii());
        // Final: a whole message after it changes nothing.
        decoder.feed(MESSAGE);
        assert_eq!(decoder.next().as_ref(), Err(error));
        assert_eq!(decoder.buffered(), 0);
    }
}

#[test]
fn a_content_length_in_the_start_line_or_in_a_name_is_none() {
    for stream in [
        &b"Content-Length: 3 SIP/2.0\r\n\r\n"[..],
        b"SIP/2.0 200 OK\r\nX-Content-Length: 3\r\n\r\n",
        b"SIP/2.0 200 OK\r\nX: Content-Length: 3\r\n\r\n",
        b"SIP/2.0 200 OK\r\nX: a\r\n Content-Length: 3\r\n\r\n",
    ] {
        let error = decode(&[stream], Limits::default()).unwrap_err();
        assert_eq!(error, FramingError::Missing, "{}", stream.escape_ascii());
    }
}

#[test]
fn what_is_held_is_bounded() {
    let limits = Limits { message: 200, ..Limits::default() };
    let mut decoder = StreamDecoder::new(limits);
    decoder.feed(b"SIP/2.0 200 OK\r\nX: ");
    for _ in 0..200 {
        decoder.feed(b"a");
        match decoder.next() {
            Ok(None) => assert!(decoder.buffered() <= 200),
            Err(error) => {
                assert_eq!(error, FramingError::TooLarge { limit: 200 });
                return;
            }
            Ok(frame) => panic!("{frame:?}"),
        }
    }
    panic!("200 octets without an end were held");
}

#[test]
fn an_idle_decoder_keeps_no_large_buffer() {
    let mut decoder = StreamDecoder::new(Limits::default());
    decoder.feed(b"SIP/2.0 200 OK\r\nContent-Length: 60000\r\n\r\n");
    decoder.feed(&vec![b'x'; 60_000]);
    assert!(matches!(decoder.next(), Ok(Some(Frame::Message(_)))));
    assert!(!decoder.is_partial());
    assert!(decoder.buffer.capacity() <= KEPT);
}
