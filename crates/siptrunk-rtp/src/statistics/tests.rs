use proptest::prelude::*;

use super::*;

const RATE: u32 = 8000;
const FRAME: Duration = Duration::from_millis(20);

/// Feeds sequence numbers at the pace of a 20 ms stream whose timestamps fit.
fn feed(statistics: &mut ReceiveStatistics, sequences: &[u16]) -> Vec<Arrival> {
    let origin = sequences.first().copied().unwrap_or(0);
    sequences
        .iter()
        .map(|sequence| {
            let steps = u32::from(sequence.wrapping_sub(origin));
            statistics.handle_packet(Sequence(*sequence), Timestamp(steps * 160), FRAME * steps)
        })
        .collect()
}

fn proven() -> ReceiveStatistics {
    ReceiveStatistics::with_limits(RATE, SequenceLimits::without_probation())
}

#[test]
fn a_source_is_valid_after_two_packets_in_sequence() {
    let mut statistics = ReceiveStatistics::new(RATE);
    assert!(!statistics.is_valid());
    assert_eq!((statistics.expected(), statistics.highest_sequence()), (0, 0));
    let arrivals = feed(&mut statistics, &[10, 12, 20, 21, 22]);
    assert_eq!(
        arrivals,
        [
            Arrival::Probation,
            Arrival::Probation,
            Arrival::Probation,
            Arrival::InSequence,
            Arrival::InSequence
        ]
    );
    // `init_seq` starts the count with the packet that ends probation.
    assert_eq!((statistics.received(), statistics.expected(), statistics.lost()), (2, 2, 0));
}

#[test]
fn three_in_sequence_can_be_asked_for() {
    let limits = SequenceLimits { min_sequential: 3, ..SequenceLimits::default() };
    let mut statistics = ReceiveStatistics::with_limits(RATE, limits);
    let valid: Vec<_> = feed(&mut statistics, &[1, 2, 9, 10, 11, 12])
        .into_iter()
        .map(Arrival::is_counted)
        .collect();
    assert_eq!(valid, [false, false, false, false, true, true]);
}

#[test]
fn every_sequence_number_can_be_the_first_and_the_wrap_is_no_gap() {
    for first in 0..=u16::MAX {
        let mut statistics = proven();
        let sequences = [first, first.wrapping_add(1), first.wrapping_add(2)];
        let arrivals = feed(&mut statistics, &sequences);
        assert_eq!(arrivals, [Arrival::InSequence; 3], "{first}");
        assert_eq!((statistics.expected(), statistics.lost()), (3, 0), "{first}");
        let cycles = u32::from(first >= u16::MAX - 1) << 16;
        assert_eq!(statistics.highest_sequence(), cycles + u32::from(sequences[2]), "{first}");
    }
}

#[test]
fn every_sequence_number_can_be_lost_repeated_or_late() {
    for lost in 0..=u16::MAX {
        let at = |offset: u16| lost.wrapping_add(offset);
        let mut statistics = proven();
        let arrivals = feed(&mut statistics, &[at(u16::MAX), at(1), at(2)]);
        assert_eq!(arrivals[1], Arrival::Gap { missing: 1 }, "{lost}");
        assert_eq!((statistics.lost(), statistics.gaps()), (1, 1), "{lost}");
        assert_eq!(feed(&mut statistics, &[at(2)]), [Arrival::LateOrRepeated]);
        assert_eq!(feed(&mut statistics, &[lost]), [Arrival::LateOrRepeated]);
        assert_eq!(feed(&mut statistics, &[at(3)]), [Arrival::InSequence], "{lost}");
        // One late packet fills the gap, one repeated packet counts against it (appendix A.3).
        assert_eq!((statistics.expected(), statistics.received()), (5, 6), "{lost}");
        assert_eq!(statistics.totals().late_or_repeated, 2);
    }
}

#[test]
fn cycles_are_counted_over_many_wraps() {
    let mut statistics = proven();
    let packets = 3 * 65_536 + 10_u32;
    for index in 0..packets {
        #[allow(clippy::cast_possible_truncation)]
        let sequence = Sequence(65_000_u16.wrapping_add(index as u16));
        statistics.handle_packet(sequence, Timestamp(index.wrapping_mul(160)), FRAME * index);
    }
    assert_eq!(statistics.received(), u64::from(packets));
    assert_eq!(statistics.expected(), u64::from(packets));
    assert_eq!(statistics.highest_sequence(), 65_000 + packets - 1);
    assert_eq!((statistics.lost(), statistics.gaps(), statistics.jitter()), (0, 0, 0));
}

#[test]
fn the_edges_of_dropout_and_misorder_are_those_of_appendix_a_1() {
    for (step, outcome) in [
        (2999, Arrival::Gap { missing: 2998 }),
        (3000, Arrival::Jump),
        (u16::MAX - 99, Arrival::Jump),
        (u16::MAX - 98, Arrival::LateOrRepeated),
        (u16::MAX, Arrival::LateOrRepeated),
        (0, Arrival::LateOrRepeated),
    ] {
        let mut statistics = proven();
        feed(&mut statistics, &[500]);
        assert_eq!(feed(&mut statistics, &[500_u16.wrapping_add(step)]), [outcome], "{step}");
    }
}

#[test]
fn two_packets_after_a_jump_are_a_restart_and_one_is_nothing() {
    let mut statistics = proven();
    feed(&mut statistics, &[1, 2, 4]);
    assert_eq!(feed(&mut statistics, &[30_000]), [Arrival::Jump]);
    assert_eq!(feed(&mut statistics, &[5]), [Arrival::InSequence]);
    assert_eq!((statistics.expected(), statistics.received()), (5, 4));

    assert_eq!(feed(&mut statistics, &[40_000, 40_001]), [Arrival::Jump, Arrival::Restarted]);
    assert_eq!((statistics.expected(), statistics.received(), statistics.gaps()), (1, 1, 0));
    feed(&mut statistics, &[40_003]);
    let totals = statistics.totals();
    assert_eq!((totals.expected, totals.received, totals.lost()), (8, 6, 2));
    assert_eq!((totals.gaps, totals.restarts), (2, 1));
}

#[test]
fn the_timestamps_of_a_restarted_source_are_no_jitter() {
    let mut statistics = proven();
    feed(&mut statistics, &[1, 2, 3]);
    let mut arrival = FRAME * 10;
    for (sequence, timestamp) in [(30_000, 5_000_000), (30_001, 5_000_160), (30_002, 5_000_320)] {
        statistics.handle_packet(Sequence(sequence), Timestamp(timestamp), arrival);
        arrival += FRAME;
    }
    assert_eq!(statistics.jitter(), 0);
}

#[test]
fn loss_fraction_covers_the_interval_since_the_last_report() {
    let mut statistics = proven();
    feed(&mut statistics, &[0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(statistics.report_block(9, None).fraction_lost, 0);
    feed(&mut statistics, &[8, 11]);
    let block = statistics.report_block(9, None);
    // Two of four are lost: 128/256. Twelve were expected in all.
    assert_eq!((block.ssrc, block.fraction_lost, block.cumulative_lost), (9, 128, 2));
    assert_eq!(block.highest_sequence, 11);
    assert_eq!(statistics.report_block(9, None).fraction_lost, 0, "nothing was expected since");
}

#[test]
fn repeated_packets_make_loss_negative_and_its_fraction_zero() {
    let mut statistics = proven();
    feed(&mut statistics, &[7, 7, 7, 7]);
    let block = statistics.report_block(1, None);
    assert_eq!((block.cumulative_lost, block.fraction_lost), (-3, 0));
}

#[test]
fn loss_of_nearly_all_is_at_most_255() {
    let mut statistics = proven();
    feed(&mut statistics, &[0]);
    statistics.report_block(1, None);
    for sequence in (2_900..58_000).step_by(2_900) {
        feed(&mut statistics, &[sequence]);
    }
    assert_eq!(statistics.report_block(1, None).fraction_lost, 255);
}

#[test]
fn the_delay_since_the_last_sender_report_is_in_65536ths() {
    let delay = Duration::from_millis(5250);
    let block = proven().report_block(1, Some((0xb705_2000, delay)));
    assert_eq!(block.last_sender_report, 0xb705_2000);
    assert_eq!(block.delay_since_last_sender_report, 0x0005_4000);
}

/// Appendix A.8 by hand: packets of 20 ms whose second comes 10 ms late (80 units), so that
/// |D| = 80, then 80 again when the third is in time.
#[test]
fn jitter_follows_the_formula() {
    let mut statistics = proven();
    let mut packet = |sequence: u16, arrival_ms: u64| {
        let timestamp = Timestamp(u32::from(sequence) * 160);
        let arrival = Duration::from_millis(arrival_ms);
        statistics.handle_packet(Sequence(sequence), timestamp, arrival);
        (statistics.jitter(), statistics.jitter_duration())
    };
    assert_eq!(packet(0, 0).0, 0);
    assert_eq!(packet(1, 30), (5, Duration::from_micros(625)));
    // 80/16 = 5, then 5 + (80 - 5) / 16 = 9.69.
    assert_eq!(packet(2, 40).0, 9);
}

#[test]
fn a_timestamp_that_wraps_anywhere_is_no_jitter() {
    for before in 0..=u32::from(u16::MAX) {
        let mut statistics = proven();
        let first = Timestamp(u32::MAX - before);
        let steps = before / 160;
        // The last packet before the wrap and the two after it.
        for step in steps..steps + 3 {
            let sequence = Sequence(u16::try_from(step).unwrap());
            statistics.handle_packet(sequence, first + step * 160, FRAME * step);
        }
        assert_eq!((statistics.jitter(), statistics.received()), (0, 3), "{before}");
    }
}

#[test]
fn absurd_timestamps_and_rates_neither_overflow_nor_stick() {
    let mut statistics = ReceiveStatistics::with_limits(0, SequenceLimits::without_probation());
    for index in 0..1_000_u16 {
        let timestamp = if index % 2 == 0 { 0 } else { 1 << 31 };
        statistics.handle_packet(Sequence(index), Timestamp(timestamp), Duration::MAX);
    }
    let high = statistics.jitter();
    assert!(high > 1 << 30, "{high}");
    for index in 1_000..2_000_u16 {
        statistics.handle_packet(Sequence(index), Timestamp(0), Duration::MAX);
    }
    assert!(statistics.jitter() < 16, "{}", statistics.jitter());
    assert_eq!(statistics.lost(), 0);
}

/// `update_seq` and the loss as appendix A.1 and A.3 print them, in their own types.
#[derive(Default)]
struct Printed {
    heard: bool,
    max_seq: u16,
    cycles: u32,
    base_seq: u32,
    bad_seq: u32,
    probation: u32,
    received: u32,
    expected_prior: u32,
    received_prior: u32,
}

impl Printed {
    fn init(&mut self, seq: u16) {
        self.base_seq = u32::from(seq);
        self.max_seq = seq;
        self.bad_seq = (1 << 16) + 1;
        self.cycles = 0;
        self.received = 0;
        self.expected_prior = 0;
        self.received_prior = 0;
    }

    /// Cumulative loss and loss fraction of appendix A.3.
    fn report(&mut self) -> (i32, u8) {
        let extended_max = self.cycles.wrapping_add(u32::from(self.max_seq));
        let expected = extended_max.wrapping_sub(self.base_seq).wrapping_add(1);
        let lost = expected.wrapping_sub(self.received).cast_signed();
        let expected_interval = expected.wrapping_sub(self.expected_prior);
        self.expected_prior = expected;
        let received_interval = self.received.wrapping_sub(self.received_prior);
        self.received_prior = self.received;
        let lost_interval = expected_interval.wrapping_sub(received_interval).cast_signed();
        let fraction = if expected_interval == 0 || lost_interval <= 0 {
            0
        } else {
            (lost_interval << 8) / expected_interval.cast_signed()
        };
        (lost.clamp(-0x80_0000, 0x7f_ffff), u8::try_from(fraction).unwrap())
    }

    fn update(&mut self, seq: u16) -> bool {
        if !self.heard {
            self.heard = true;
            self.init(seq);
            self.max_seq = seq.wrapping_sub(1);
            self.probation = 2;
        }
        let udelta = u32::from(seq.wrapping_sub(self.max_seq));
        if self.probation > 0 {
            if seq == self.max_seq.wrapping_add(1) {
                self.probation -= 1;
                self.max_seq = seq;
                if self.probation == 0 {
                    self.init(seq);
                    self.received += 1;
                    return true;
                }
            } else {
                self.probation = 1;
                self.max_seq = seq;
            }
            return false;
        } else if udelta < 3000 {
            if seq < self.max_seq {
                self.cycles += 1 << 16;
            }
            self.max_seq = seq;
        } else if udelta <= (1 << 16) - 100 {
            if u32::from(seq) == self.bad_seq {
                self.init(seq);
            } else {
                self.bad_seq = u32::from(seq.wrapping_add(1));
                return false;
            }
        }
        self.received += 1;
        true
    }
}

/// Mostly steps of a lossy, reordering network, now and then a leap.
fn steps() -> impl Strategy<Value = Vec<u16>> {
    let step = prop_oneof![
        20 => Just(1_u16),
        3 => 0..6_u16,
        2 => Just(u16::MAX),
        2 => (u16::MAX - 120)..=u16::MAX,
        1 => 2_990..3_010_u16,
        1 => any::<u16>(),
    ];
    prop::collection::vec(step, 1..400)
}

proptest! {
    #[test]
    fn counts_agree_with_the_routine_that_the_rfc_prints(
        first in any::<u16>(),
        steps in steps(),
        report_each in 1..50_usize,
    ) {
        let mut statistics = ReceiveStatistics::new(RATE);
        let mut printed = Printed::default();
        let mut sequence = first;
        for (index, step) in steps.into_iter().enumerate() {
            sequence = sequence.wrapping_add(step);
            let arrival =
                statistics.handle_packet(Sequence(sequence), Timestamp(0), Duration::ZERO);
            prop_assert_eq!(arrival.is_counted(), printed.update(sequence));
            if printed.probation == 0 {
                let extended = printed.cycles + u32::from(printed.max_seq);
                prop_assert_eq!(statistics.highest_sequence(), extended);
                let expected = extended.wrapping_sub(printed.base_seq).wrapping_add(1);
                prop_assert_eq!(statistics.expected(), u64::from(expected));
                prop_assert_eq!(statistics.received(), u64::from(printed.received));
                if index % report_each == 0 {
                    let block = statistics.report_block(1, None);
                    let (lost, fraction) = printed.report();
                    prop_assert_eq!((block.cumulative_lost, block.fraction_lost), (lost, fraction));
                }
            }
        }
    }

    #[test]
    fn jitter_stays_by_the_floating_form(
        delays in prop::collection::vec(0..60_000_u64, 2..300),
        offset in any::<u32>(),
    ) {
        let mut statistics = proven();
        let (mut jitter, mut previous): (f64, Option<i64>) = (0.0, None);
        for (index, delay) in (0..).zip(&delays) {
            let arrival = FRAME * u32::from(index) + Duration::from_micros(*delay);
            let units = u32::from(index) * 160;
            statistics.handle_packet(
                Sequence(index),
                Timestamp(offset.wrapping_add(units)),
                arrival,
            );
            let arrived = i64::try_from(arrival.as_micros() * 8 / 1000).unwrap();
            let transit = arrived - i64::from(units);
            if let Some(previous) = previous.replace(transit) {
                #[allow(clippy::cast_precision_loss)]
                let deviation = (transit - previous).abs() as f64;
                jitter += (deviation - jitter) / 16.0;
            }
        }
        prop_assert!((f64::from(statistics.jitter()) - jitter).abs() < 2.0);
    }
}
