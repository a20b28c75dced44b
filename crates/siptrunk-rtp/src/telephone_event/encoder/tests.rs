use super::*;

const ONE: EventCode = EventCode(1);

/// Marker, timestamp, duration and end of the packets of one tick.
fn tick(encoder: &mut EventEncoder, now: u32) -> Vec<(bool, u32, u16, bool)> {
    encoder.handle_tick(Timestamp(now));
    let of = (encoder.code, encoder.volume);
    std::iter::from_fn(|| encoder.poll_packet())
        .map(|packet| {
            let event = packet.event();
            assert_eq!((event.code, event.volume), of);
            assert_eq!(Event::parse(&packet.payload()), Ok(event));
            (packet.marker(), packet.timestamp().0, event.duration, event.end)
        })
        .collect()
}

/// Table 5 of RFC 4733: "911" in 8 kHz, updates each 50 ms. Rows: marker, timestamp, duration,
/// end. The table leaves the end bit to the copies where an event ends on an update, which a
/// sender may do and this one does not: it sends the bit three times always.
#[test]
fn the_sequence_of_table_5() {
    let mut sent = Vec::new();
    for (code, start, length) in [(9, 0, 1600), (1, 7040, 2000), (1, 11_200, 1760)] {
        let mut encoder = EventEncoder::new(EventCode(code), 0, Timestamp(start));
        encoder.release(Timestamp(start + length));
        for update in 1.. {
            sent.extend(tick(&mut encoder, start + update * 400));
            if encoder.is_finished() {
                break;
            }
        }
    }
    let expected = [
        (true, 0, 400, false),
        (false, 0, 800, false),
        (false, 0, 1200, false),
        (false, 0, 1600, true),
        (false, 0, 1600, true),
        (false, 0, 1600, true),
        (true, 7040, 400, false),
        (false, 7040, 800, false),
        (false, 7040, 1200, false),
        (false, 7040, 1600, false),
        (false, 7040, 2000, true),
        (false, 7040, 2000, true),
        (false, 7040, 2000, true),
        (true, 11_200, 400, false),
        (false, 11_200, 800, false),
        (false, 11_200, 1200, false),
        (false, 11_200, 1600, false),
        (false, 11_200, 1760, true),
        (false, 11_200, 1760, true),
        (false, 11_200, 1760, true),
    ];
    assert_eq!(sent, expected);
}

#[test]
fn nothing_is_sent_before_the_start_and_after_the_third_copy() {
    let mut encoder = EventEncoder::new(ONE, 10, Timestamp(1000));
    assert_eq!(tick(&mut encoder, 900), []);
    assert_eq!(tick(&mut encoder, 1000), [], "a duration of zero must not be sent");
    assert_eq!(encoder.poll_packet(), None, "no tick, no packet");
    assert_eq!(tick(&mut encoder, 1160), [(true, 1000, 160, false)]);
    encoder.release(Timestamp(1200));
    for now in [1320, 1480, 1640] {
        assert!(!encoder.is_finished());
        assert_eq!(tick(&mut encoder, now), [(false, 1000, 200, true)]);
    }
    assert!(encoder.is_finished());
    assert_eq!(tick(&mut encoder, 1800), []);
}

#[test]
fn an_end_never_takes_back_what_was_reported() {
    let mut encoder = EventEncoder::new(ONE, 10, Timestamp(0));
    tick(&mut encoder, 400);
    encoder.release(Timestamp(300));
    encoder.release(Timestamp(9000));
    assert_eq!(tick(&mut encoder, 560), [(false, 0, 400, true)]);
    let mut short = EventEncoder::new(ONE, 10, Timestamp(0));
    short.release(Timestamp(0));
    assert_eq!(tick(&mut short, 160), [(true, 0, 1, true)], "the shortest event is one unit");
}

/// Section 2.5.1.3, with the border at a tick's own time, one unit before and one after.
#[test]
fn an_event_over_65535_units_goes_on_in_a_new_segment() {
    let start = u32::MAX - 70_000;
    let border = start.wrapping_add(65_535);
    let mut encoder = EventEncoder::new(ONE, 10, Timestamp(start));
    assert_eq!(tick(&mut encoder, border - 1), [(true, start, 65_534, false)]);
    assert_eq!(tick(&mut encoder, border), [(false, start, 65_535, false)]);
    let both = |elapsed| [(false, start, 65_535, false), (false, border, elapsed, false)];
    assert_eq!(tick(&mut encoder, border + 1), both(1));
    assert_eq!(tick(&mut encoder, border + 401), both(401));
    assert_eq!(tick(&mut encoder, border + 801), both(801), "the third copy");
    assert_eq!(tick(&mut encoder, border + 1201), [(false, border, 1201, false)]);
    // The second border lies past the wrap of the timestamp.
    let second = border.wrapping_add(65_535);
    encoder.release(Timestamp(second.wrapping_add(8)));
    assert_eq!(tick(&mut encoder, second), [(false, border, 65_535, false)]);
    let last = (false, second, 8, true);
    let old = (false, border, 65_535, false);
    for _ in 0..3 {
        assert_eq!(tick(&mut encoder, second.wrapping_add(400)), [old, last]);
    }
    assert!(encoder.is_finished());
}

#[test]
fn an_event_of_65535_units_is_one_segment() {
    let mut encoder = EventEncoder::new(ONE, 10, Timestamp(7));
    encoder.release(Timestamp(7 + 65_535));
    assert_eq!(tick(&mut encoder, 100_000), [(true, 7, 65_535, true)]);
}

#[test]
fn the_header_is_that_of_the_stream() {
    let mut encoder = EventEncoder::new(ONE, 10, Timestamp(7));
    encoder.handle_tick(Timestamp(167));
    let header = encoder.poll_packet().unwrap().header(101, Sequence(3), 0x5eed);
    let expected = PacketBuilder {
        payload_type: 101,
        marker: true,
        sequence: Sequence(3),
        timestamp: Timestamp(7),
        ssrc: 0x5eed,
    };
    assert_eq!(header, expected);
}
