use proptest::prelude::*;

use super::*;
use crate::telephone_event::EventEncoder;
use crate::{PacketBuilder, Sequence};

mod network;

const RATE: u32 = 8000;

/// A decoder and the time, fed with reports.
struct Line {
    decoder: EventDecoder,
    now: Instant,
    ssrc: u32,
}

/// What a decoder tells, in a form short enough to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Started(u8, u32),
    /// Code, duration, whether the end was reported.
    Ended(u8, u32, bool),
}
use Told::{Ended, Started};

impl Line {
    fn new() -> Self {
        Self { decoder: EventDecoder::new(RATE), now: Instant::now(), ssrc: 1 }
    }

    fn told(&mut self) -> Vec<Told> {
        std::iter::from_fn(|| self.decoder.poll_event())
            .map(|event| match event {
                DecodedEvent::Started { code, timestamp, .. } => Started(code.0, timestamp.0),
                DecodedEvent::Ended { code, duration, reported, .. } => {
                    Ended(code.0, duration, reported)
                }
            })
            .collect()
    }

    fn payload(&mut self, marker: bool, timestamp: u32, payload: &[u8]) -> Vec<Told> {
        let header = PacketBuilder {
            payload_type: 101,
            marker,
            timestamp: Timestamp(timestamp),
            ssrc: self.ssrc,
            ..PacketBuilder::default()
        };
        let mut packet = [0; 256];
        let length = header.write_into(&mut packet, payload).unwrap();
        self.decoder.handle_packet(self.now, &Packet::parse(&packet[..length]).unwrap());
        self.told()
    }

    /// One report without marker.
    fn report(&mut self, timestamp: u32, code: u8, duration: u16, end: bool) -> Vec<Told> {
        self.payload(false, timestamp, &report(code, duration, end))
    }

    fn pass(&mut self, milliseconds: u64) -> Vec<Told> {
        self.now += Duration::from_millis(milliseconds);
        self.decoder.handle_timeout(self.now);
        self.told()
    }
}

fn report(code: u8, duration: u16, end: bool) -> [u8; 4] {
    Event { code: EventCode(code), end, volume: 10, duration }.to_octets()
}

/// Table 5 of RFC 4733 as printed: the end bit comes with the copies where an event ends on an
/// update. Rows: time in ms, marker, timestamp, code, duration, end.
const TABLE_5: [(u64, bool, u32, u8, u16, bool); 20] = [
    (50, true, 0, 9, 400, false),
    (100, false, 0, 9, 800, false),
    (150, false, 0, 9, 1200, false),
    (200, false, 0, 9, 1600, false),
    (250, false, 0, 9, 1600, true),
    (300, false, 0, 9, 1600, true),
    (930, true, 7040, 1, 400, false),
    (980, false, 7040, 1, 800, false),
    (1030, false, 7040, 1, 1200, false),
    (1080, false, 7040, 1, 1600, false),
    (1130, false, 7040, 1, 2000, false),
    (1180, false, 7040, 1, 2000, true),
    (1230, false, 7040, 1, 2000, true),
    (1450, true, 11_200, 1, 400, false),
    (1500, false, 11_200, 1, 800, false),
    (1550, false, 11_200, 1, 1200, false),
    (1600, false, 11_200, 1, 1600, false),
    (1650, false, 11_200, 1, 1760, true),
    (1700, false, 11_200, 1, 1760, true),
    (1750, false, 11_200, 1, 1760, true),
];

#[test]
fn the_sequence_of_table_5_is_911() {
    let mut line = Line::new();
    let (mut told, mut time) = (Vec::new(), 0);
    for (at, marker, timestamp, code, duration, end) in TABLE_5 {
        told.extend(line.pass(at - time));
        time = at;
        told.extend(line.payload(marker, timestamp, &report(code, duration, end)));
    }
    let expected = [
        Started(9, 0),
        Ended(9, 1600, true),
        Started(1, 7040),
        Ended(1, 2000, true),
        Started(1, 11_200),
        Ended(1, 1760, true),
    ];
    assert_eq!(told, expected);
}

/// Each subset of the first event's six packets: any one of them is enough.
#[test]
fn any_packet_of_an_event_tells_it_once() {
    for kept in 1..64_u32 {
        let mut line = Line::new();
        let mut told = Vec::new();
        for (index, (at, marker, timestamp, code, duration, end)) in (0..).zip(&TABLE_5[..6]) {
            if kept & (1 << index) != 0 {
                told.extend(line.pass(if index == 0 { *at } else { 50 }));
                told.extend(line.payload(*marker, *timestamp, &report(*code, *duration, *end)));
            }
        }
        told.extend(line.pass(1000));
        let has_end = kept & 0b11_0000 != 0;
        let last = TABLE_5[usize::try_from(kept.ilog2()).unwrap()];
        assert_eq!(told, [Started(9, 0), Ended(9, u32::from(last.4), has_end)], "{kept:06b}");
    }
}

#[test]
fn markers_neither_make_nor_lose_events() {
    for marker in [false, true] {
        let mut line = Line::new();
        assert_eq!(line.payload(marker, 0, &report(5, 160, false)), [Started(5, 0)]);
        assert_eq!(line.payload(marker, 0, &report(5, 320, false)), []);
        assert_eq!(line.payload(marker, 0, &report(5, 400, true)), [Ended(5, 400, true)]);
        let next = [Started(5, 1600), Ended(5, 400, true)];
        assert_eq!(line.payload(marker, 1600, &report(5, 400, true)), next);
        assert_eq!(line.payload(marker, 1600, &report(5, 400, true)), []);
    }
}

#[test]
fn an_event_whose_end_is_lost_ends_with_the_next_or_lapses() {
    let mut line = Line::new();
    assert_eq!(line.decoder.poll_timeout(), None);
    line.report(0, 5, 160, false);
    assert_eq!(line.decoder.poll_timeout(), Some(line.now + Duration::from_millis(150)));
    assert_eq!(line.report(0, 5, 320, false), []);
    assert_eq!(line.report(1600, 5, 160, false), [Ended(5, 320, false), Started(5, 1600)]);
    assert_eq!(line.pass(149), []);
    assert_eq!(line.pass(1), [Ended(5, 160, false)]);
    assert_eq!(line.decoder.poll_timeout(), None);
    // It has lapsed: its later reports must be ignored.
    assert_eq!(line.report(1600, 5, 800, false), []);
    assert_eq!(line.report(1600, 5, 800, true), []);
    assert_eq!(line.pass(10_000), []);
}

#[test]
fn a_packet_that_comes_late_lapses_the_event_without_a_timer() {
    let mut line = Line::new();
    line.report(0, 5, 160, false);
    line.now += Duration::from_millis(150);
    assert_eq!(line.report(0, 5, 1600, true), [Ended(5, 160, false)]);
}

#[test]
fn an_event_need_not_lapse() {
    let limits = DecoderLimits { lapse: Duration::MAX, ..DecoderLimits::default() };
    let mut line = Line { decoder: EventDecoder::with_limits(RATE, limits), ..Line::new() };
    assert_eq!(line.report(0, 5, 160, false), [Started(5, 0)]);
    assert_eq!(line.decoder.poll_timeout(), None);
    assert_eq!(line.pass(1_000_000), []);
    assert_eq!(line.report(0, 5, 320, true), [Ended(5, 320, true)]);
}

#[test]
fn an_older_report_never_shortens_and_never_reopens() {
    let mut line = Line::new();
    line.report(0, 5, 800, false);
    assert_eq!(line.report(0, 5, 400, false), []);
    assert_eq!(line.report(0, 5, 400, true), [Ended(5, 800, true)]);
    assert_eq!(line.report(0, 5, 960, false), []);
    assert_eq!(line.pass(1000), []);
}

#[test]
fn an_event_that_comes_after_the_next_is_still_told_once() {
    let mut line = Line::new();
    assert_eq!(line.report(8000, 2, 160, false), [Started(2, 8000)]);
    assert_eq!(line.report(6000, 1, 800, true), [Started(1, 6000), Ended(1, 800, true)]);
    assert_eq!(line.report(6000, 1, 800, true), []);
    assert_eq!(line.report(8000, 2, 400, true), [Ended(2, 400, true)]);
    // One unit over five seconds back it is a stream that started anew.
    let back = 8000_u32.wrapping_sub(40_001);
    assert_eq!(line.report(back, 3, 160, false), [Started(3, back)]);
    assert_eq!(line.pass(150), [Ended(3, 160, false)]);
}

#[test]
fn two_digits_at_one_timestamp_are_two() {
    let mut line = Line::new();
    line.report(0, 1, 160, true);
    assert_eq!(line.report(0, 2, 160, true), [Started(2, 0), Ended(2, 160, true)]);
    assert_eq!(line.report(0, 1, 160, true), []);
}

#[test]
fn another_ssrc_is_another_stream_and_the_old_one_stays_known() {
    let mut line = Line::new();
    line.report(0, 1, 160, true);
    line.ssrc = 2;
    assert_eq!(line.report(0, 1, 160, false), [Started(1, 0)]);
    line.ssrc = 1;
    assert_eq!(line.report(0, 1, 160, true), [], "late, of the old stream");
    line.ssrc = 2;
    assert_eq!(line.report(0, 1, 320, true), [Ended(1, 320, true)]);
}

#[test]
fn a_report_of_no_duration_says_nothing_unless_it_may_be_a_state() {
    let mut line = Line::new();
    assert_eq!(line.payload(true, 0, &report(5, 0, false)), []);
    assert_eq!(line.payload(true, 0, &report(16, 0, true)), []);
    assert_eq!(line.payload(true, 0, &[5, 0, 0]), []);
    assert_eq!(line.payload(true, 0, &report(17, 0, false)), [Started(17, 0)]);
}

/// Section 2.5.2.3: segments without a gap are one event, whose duration is their sum.
#[test]
fn segments_are_one_event() {
    let start = u32::MAX - 65_000;
    let next = start.wrapping_add(65_535);
    for last in [65_535, 65_000, 57_535] {
        let mut line = Line::new();
        assert_eq!(line.payload(true, start, &report(1, 60_000, false)), [Started(1, start)]);
        line.report(start, 1, last, false);
        assert_eq!(line.report(next, 1, 400, false), []);
        assert_eq!(line.report(start, 1, 65_535, false), [], "a copy of the last segment's report");
        assert_eq!(line.report(next, 1, 800, true), [Ended(1, 65_535 + 800, true)]);
    }
}

#[test]
fn what_is_no_next_segment_is_a_new_event() {
    for (last, marker, code, distance) in [
        (65_535, true, 1, 65_535),  // the marker says so
        (65_535, false, 2, 65_535), // another event
        (65_535, false, 1, 65_536), // a gap
        (57_534, false, 1, 65_535), // over a second unreported
        (1600, false, 1, 1601),     // a gap of one unit
    ] {
        let mut line = Line::new();
        line.payload(true, 0, &report(1, last, false));
        let told = line.payload(marker, distance, &report(code, 400, false));
        let expected = [Ended(1, u32::from(last), false), Started(code, distance)];
        assert_eq!(told, expected, "{last} {distance}");
    }
    let mut line = Line::new();
    line.report(0, 1, 65_535, true);
    assert_eq!(line.report(65_535, 1, 400, false), [Started(1, 65_535)], "it had ended");
}

#[test]
fn segments_of_a_lapsed_event_are_ignored() {
    let mut line = Line::new();
    line.report(0, 1, 65_000, false);
    assert_eq!(line.pass(150), [Ended(1, 65_000, false)]);
    assert_eq!(line.report(65_535, 1, 400, false), []);
    assert_eq!(line.report(65_535, 1, 800, true), []);
    assert_eq!(line.report(80_000, 1, 800, false), [Started(1, 80_000)]);
}

/// Seen from senders that count the timestamp on with each packet of an event.
#[test]
fn timestamps_that_count_on_during_an_event_do_not_multiply_it() {
    let mut line = Line::new();
    let mut told = line.payload(true, 160, &report(1, 160, false));
    for step in 2..=5_u16 {
        told.extend(line.report(u32::from(step) * 160, 1, step * 160, step == 5));
    }
    assert_eq!(told, [Started(1, 160), Ended(1, 640 + 800, true)]);
}

/// Section 2.5.1.5: contiguous events in one packet; each begins where the one before ends.
#[test]
fn several_events_in_one_packet() {
    let mut line = Line::new();
    let packed = [report(1, 400, true), report(1, 300, true), report(2, 100, false)].concat();
    let told = line.payload(true, 1000, &packed);
    let first = [Started(1, 1000), Ended(1, 400, true)];
    let second = [Started(1, 1400), Ended(1, 300, true), Started(2, 1700)];
    assert_eq!(told, [&first[..], &second].concat());
    assert_eq!(line.payload(true, 1000, &packed), []);
    assert_eq!(line.report(1700, 2, 500, true), [Ended(2, 500, true)]);

    let many: Vec<u8> = (0..30).flat_map(|code| report(code, 10, true)).collect();
    assert_eq!(line.payload(true, 50_000, &many).len(), 16, "eight are read");
}

#[test]
fn an_event_may_begin_at_every_timestamp_before_the_wrap() {
    let mut line = Line::new();
    for before in 0..=u32::from(u16::MAX) {
        let start = u32::MAX - before;
        line.decoder = EventDecoder::new(RATE);
        assert_eq!(line.report(start, 1, 30_000, false), [Started(1, start)]);
        assert_eq!(line.report(start, 1, 40_000, true), [Ended(1, 40_000, true)]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    /// Whatever comes: each start has its end, at most one event lasts, and a timeout is ahead.
    #[test]
    fn starts_and_ends_balance_on_any_packets(
        packets in prop::collection::vec(
            (
                0..200_u64,
                0..2_u32,
                any::<bool>(),
                prop_oneof![4 => 0..3_000_u32, 1 => any::<u32>()],
                prop::collection::vec(
                    prop_oneof![3 => 0..3_u8, 1 => Just(0x80), 1 => any::<u8>()],
                    0..20,
                ),
            ),
            1..30,
        ),
    ) {
        let mut line = Line::new();
        let mut lasting = 0_i32;
        for (wait, ssrc, marker, timestamp, payload) in packets {
            line.ssrc = ssrc;
            let told = [line.pass(wait), line.payload(marker, timestamp, &payload)].concat();
            for told in told {
                lasting += match told {
                    Started(..) => 1,
                    Ended(..) => -1,
                };
                prop_assert!((0..=2).contains(&lasting));
            }
            prop_assert!((0..=1).contains(&lasting));
            let deadline = line.decoder.poll_timeout();
            prop_assert_eq!(deadline.is_some(), lasting == 1);
            prop_assert!(deadline.is_none_or(|deadline| deadline > line.now));
        }
        prop_assert_eq!(line.pass(150).len(), usize::from(lasting == 1));
    }
}
