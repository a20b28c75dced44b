//! Where messages end: Content-Length on datagrams and streams, and the RFC 4475 corpus cut at every octet.

use bytes::Bytes;
use siptrunk_message::{
    Frame, FramingError, KeepAlive, Limits, Message, ParseError, StreamDecoder,
};

/// What a Content-Length means for a message with a body of five octets.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// The body has so many octets; on a stream the rest begins the next message.
    Body(usize),
    /// More than a datagram has; on a stream more is waited for.
    Short,
    /// More than a message may have.
    TooLarge,
    /// No number.
    Malformed,
    /// Not there at all.
    Missing,
    /// There twice.
    Repeated,
}

fn table(limit: usize) -> Vec<(Vec<String>, Fate)> {
    let one = |value: &str, fate| (vec![value.to_owned()], fate);
    let head = request(&["65536"]).len() - 5;
    let mut rows = vec![
        one("-1", Fate::Malformed),
        one("0", Fate::Body(0)),
        one("1", Fate::Body(1)),
        one("5", Fate::Body(5)),
        one("6", Fate::Short),
        one("005", Fate::Body(5)),
        one(&(limit - head - 1).to_string(), Fate::Short),
        one(&(limit - head).to_string(), Fate::Short),
        one(&(limit - head + 1).to_string(), Fate::TooLarge),
        one("2147483647", Fate::TooLarge),
        one("2147483648", Fate::TooLarge),
        one("4294967295", Fate::TooLarge),
        one("4294967296", Fate::TooLarge),
        one("9223372036854775808", Fate::TooLarge),
        one(&"9".repeat(40), Fate::TooLarge),
        one("1 2", Fate::Malformed),
        one("+1", Fate::Malformed),
        one("0x10", Fate::Malformed),
        one("", Fate::Malformed),
        one("5,5", Fate::Malformed),
        one("5;x", Fate::Malformed),
        one("5\u{c}", Fate::Malformed),
        (vec![], Fate::Missing),
    ];
    let singles: Vec<String> = rows.iter().flat_map(|(values, _)| values.iter().cloned()).collect();
    for value in singles {
        let same = if value.bytes().all(|octet| octet.is_ascii_digit()) && !value.is_empty() {
            Fate::Repeated
        } else {
            Fate::Malformed
        };
        rows.push((vec![value.clone(), value.clone()], same));
        rows.push((vec![value.clone(), "4".to_owned()], same));
    }
    rows
}

fn request(lengths: &[&str]) -> Vec<u8> {
    let mut out = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n".to_vec();
    for (at, length) in lengths.iter().enumerate() {
        // Both forms of the name frame alike.
        out.extend_from_slice(if at % 2 == 0 { b"Content-Length: " } else { b"l: " });
        out.extend_from_slice(length.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\nbody!");
    out
}

#[test]
fn content_length_on_a_datagram() {
    let limits = Limits::default();
    for (values, fate) in table(limits.message) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let parsed = Message::parse(request(&values).into(), &limits);
        let found = match &parsed {
            Ok(message) => {
                assert_eq!(message.body().len() + message.trailing(), 5, "{values:?}");
                Fate::Body(message.body().len())
            }
            Err(ParseError::BodyTooShort { present: 5, .. }) => Fate::Short,
            Err(ParseError::ContentLength { reason: "it stands more than once", .. }) => {
                Fate::Repeated
            }
            Err(ParseError::ContentLength { .. }) => Fate::Malformed,
            Err(error) => panic!("{values:?}: {error}"),
        };
        let expected = match fate {
            // A datagram ends by itself.
            Fate::Missing => Fate::Body(5),
            // What no datagram can have is either too long for this one, or no number we take.
            Fate::TooLarge
                if values[0].parse::<u64>().is_ok_and(|value| u32::try_from(value).is_ok()) =>
            {
                Fate::Short
            }
            Fate::TooLarge => Fate::Malformed,
            other => other,
        };
        if expected == Fate::Repeated && found == Fate::Malformed {
            // Both faults are there, and the first one is met first.
            assert!(values[0].parse::<u32>().is_err(), "{values:?}");
            continue;
        }
        assert_eq!(found, expected, "{values:?}");
        assert!(matches!(found, Fate::Body(_)) || parsed.unwrap_err().status().code() == 400);
    }
}

#[test]
fn content_length_on_a_stream() {
    let limits = Limits::default();
    for (values, fate) in table(limits.message) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let octets = request(&values);
        let mut decoder = StreamDecoder::new(limits.clone());
        decoder.feed(&octets);
        let found = match decoder.next() {
            Ok(Some(Frame::Message(message))) => {
                let message = Message::parse(message, &limits).unwrap();
                assert_eq!(message.trailing(), 0);
                Fate::Body(message.body().len())
            }
            Ok(None) => Fate::Short,
            Ok(Some(frame)) => panic!("{values:?}: {frame:?}"),
            Err(FramingError::TooLarge { .. }) => Fate::TooLarge,
            Err(FramingError::Malformed) => Fate::Malformed,
            Err(FramingError::Missing) => Fate::Missing,
            Err(FramingError::Repeated) => Fate::Repeated,
            Err(error) => panic!("{values:?}: {error}"),
        };
        assert_eq!(found, fate, "{values:?}");
        // Nothing is held for a message that only claims to be large.
        assert!(decoder.buffered() <= octets.len(), "{values:?}");
        // An error is the end: a message after it is none.
        if !matches!(fate, Fate::Body(_) | Fate::Short) {
            let error = decoder.next();
            decoder.feed(&request(&["5"]));
            assert_eq!(decoder.next(), error, "{values:?}");
            assert!(error.is_err() && decoder.buffered() == 0, "{values:?}");
        }
    }
}

/// The messages of RFC 4475 that a stream can carry: each has one Content-Length, and as many octets as it says.
fn corpus() -> Vec<Vec<u8>> {
    let folder = format!("{}/tests/data/rfc4475", env!("CARGO_MANIFEST_DIR"));
    let mut messages = Vec::new();
    for line in include_str!("data/rfc4475/manifest.tsv").lines().skip(1) {
        let name = line.split('\t').next().unwrap();
        let mut octets = std::fs::read(format!("{folder}/{name}.dat")).unwrap();
        match name {
            // Its empty line is missing in the file.
            "baddn" => octets.extend_from_slice(b"\r\n"),
            // What follows its body is octets that a stream would take for the next message.
            "dblreq" => octets.truncate(memchr::memmem::find(&octets, b"\r\n\r\n").unwrap() + 4),
            _ => {}
        }
        messages.push(octets);
    }
    messages
}

/// The frames of a stream, and the error that ended it.
fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<FramingError>) {
    let mut decoder = StreamDecoder::new(Limits::default());
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

#[test]
fn the_corpus_is_cut_alike_wherever_it_is_split() {
    let mut framed = Vec::new();
    let mut unframed = Vec::new();
    for octets in corpus() {
        match frames([&octets[..]]) {
            (found, None) if found == [Frame::Message(Bytes::from(octets.clone()))] => {
                framed.push(octets);
            }
            other => unframed.push((octets, other)),
        }
    }
    // The others cannot be framed (ncl, mcl01, inv2543), or say more octets than they have (clerr).
    assert_eq!((framed.len(), unframed.len()), (45, 4));
    let errors: Vec<_> = unframed.iter().filter_map(|(_, (_, error))| error.clone()).collect();
    assert_eq!(errors, [FramingError::Malformed, FramingError::Repeated, FramingError::Missing]);

    // Wherever they are split, those end the stream alike, and what is before them has come out. What is behind them is
    // taken for what is missing (clerr), or not looked at any more.
    let whole = &framed[0];
    for (octets, (_, error)) in &unframed {
        let stream = [whole, &octets[..], whole, whole].concat();
        let expected = frames([&stream[..]]);
        assert_eq!(expected.0[0], Frame::Message(Bytes::from(whole.clone())));
        assert!(error.is_none() || (expected.0.len() == 1 && expected.1 == *error));
        for at in 0..stream.len() {
            let (front, back) = stream.split_at(at);
            assert_eq!(frames([front, back]), expected, "split at {at}");
        }
    }

    let mut stream = b"\r\n\r\n".to_vec();
    let mut expected = vec![Frame::KeepAlive(KeepAlive::Pong), Frame::KeepAlive(KeepAlive::Ping)];
    for octets in &framed {
        stream.extend_from_slice(octets);
        stream.extend_from_slice(b"\r\n");
        expected.push(Frame::Message(Bytes::from(octets.clone())));
        expected.push(Frame::KeepAlive(KeepAlive::Pong));
    }
    assert!(stream.len() > 20_000, "{} places to split", stream.len());
    assert_eq!(frames([&stream[..]]), (expected.clone(), None));

    // One octet at a time, and in pieces of every size up to a packet's.
    for size in (1..64).chain([100, 255, 256, 1_000, 1_400, 4_096]) {
        assert_eq!(frames(stream.chunks(size)), (expected.clone(), None), "pieces of {size}");
    }
    // Split once, at every octet: the pieces are the message that is cut and its neighbours, so that each split
    // costs what three messages cost and not what the whole stream does.
    let mut splits = 0_usize;
    for window in framed.windows(2) {
        let pair = window.concat();
        let expected: Vec<Frame> =
            window.iter().map(|octets| Frame::Message(Bytes::from(octets.clone()))).collect();
        for at in 0..pair.len() {
            let (front, back) = pair.split_at(at);
            assert_eq!(frames([front, back]), (expected.clone(), None), "split at {at}");
            splits += 1;
        }
    }
    assert!(splits > 40_000, "{splits}");
}
