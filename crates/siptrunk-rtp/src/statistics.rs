//! Receive statistics of one source (RFC 3550 appendix A.1, A.3 and A.8).

use std::time::Duration;

use crate::rtcp::ReportBlock;
use crate::{Sequence, Timestamp};

/// What is taken for the same stream of sequence numbers (RFC 3550 appendix A.1).
///
/// The default are the values of the RFC: 2 in sequence, 3000 ahead, 100 behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SequenceLimits {
    /// Packets in sequence before a source counts as valid. 1 counts the first packet, for
    /// sources that are known by other means; 0 means 1.
    pub min_sequential: u16,
    /// From so many numbers ahead on it is a jump, not loss.
    pub max_dropout: u16,
    /// From so many numbers behind the highest on it is a jump, not a late packet.
    pub max_misorder: u16,
}

impl Default for SequenceLimits {
    fn default() -> Self {
        Self { min_sequential: 2, max_dropout: 3000, max_misorder: 100 }
    }
}

impl SequenceLimits {
    /// The defaults, but the first packet of a source counts at once.
    #[must_use]
    pub fn without_probation() -> Self {
        Self { min_sequential: 1, ..Self::default() }
    }
}

/// How a packet's sequence number fits the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arrival {
    /// The source is not valid yet; the packet is not counted.
    Probation,
    /// The number that was due, or the first of a valid source.
    InSequence,
    /// Ahead of the number that was due.
    Gap {
        /// Numbers left out.
        missing: u16,
    },
    /// At or behind the highest number: late or repeated. Counted as received (appendix A.3).
    LateOrRepeated,
    /// A very large jump; the packet is not counted. If the next one follows it, the source has
    /// restarted.
    Jump,
    /// The second packet after a jump: counting starts anew with it.
    Restarted,
}

impl Arrival {
    /// Whether the packet was counted: the value that `update_seq` of appendix A.1 returns.
    pub fn is_counted(self) -> bool {
        !matches!(self, Self::Probation | Self::Jump)
    }
}

/// Sums over all that a source sent, restarts included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Packets counted, late and repeated ones included.
    pub received: u64,
    /// Packets that the sequence numbers say were sent.
    pub expected: u64,
    /// Times that a number ahead of the one due arrived.
    pub gaps: u64,
    /// Packets at or behind the highest number.
    pub late_or_repeated: u64,
    /// Times that a source started over.
    pub restarts: u64,
}

impl Totals {
    /// Packets expected less packets received; negative if more were repeated than lost.
    pub fn lost(&self) -> i64 {
        difference(self.expected, self.received)
    }

    /// The sums of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            received: self.received.saturating_add(other.received),
            expected: self.expected.saturating_add(other.expected),
            gaps: self.gaps.saturating_add(other.gaps),
            late_or_repeated: self.late_or_repeated.saturating_add(other.late_or_repeated),
            restarts: self.restarts.saturating_add(other.restarts),
        }
    }
}

/// Counts what arrives from one SSRC. A new SSRC gets a new value of this type.
#[derive(Debug, Clone)]
pub struct ReceiveStatistics {
    limits: SequenceLimits,
    clock_rate: u32,
    /// The names below are those of `struct source` in appendix A.
    max_seq: Sequence,
    cycles: u64,
    base_seq: Sequence,
    /// Outside the 16-bit range where no sequence number shall match.
    bad_seq: u32,
    probation: u16,
    started: bool,
    received: u64,
    expected_prior: u64,
    received_prior: u64,
    transit: Option<u32>,
    /// Scaled by 16.
    jitter: u64,
    earlier: Totals,
    gaps: u64,
    late_or_repeated: u64,
}

const SEQ_MOD: u32 = 1 << 16;
const NO_SEQUENCE: u32 = SEQ_MOD + 1;

impl ReceiveStatistics {
    /// Statistics with the limits of the RFC, for a source whose timestamps count `clock_rate`
    /// units a second (0 is taken as 1).
    pub fn new(clock_rate: u32) -> Self {
        Self::with_limits(clock_rate, SequenceLimits::default())
    }

    /// Statistics with other limits.
    pub fn with_limits(clock_rate: u32, limits: SequenceLimits) -> Self {
        Self {
            limits,
            clock_rate: clock_rate.max(1),
            max_seq: Sequence(0),
            cycles: 0,
            base_seq: Sequence(0),
            bad_seq: NO_SEQUENCE,
            probation: limits.min_sequential.max(1),
            started: false,
            received: 0,
            expected_prior: 0,
            received_prior: 0,
            transit: None,
            jitter: 0,
            earlier: Totals::default(),
            gaps: 0,
            late_or_repeated: 0,
        }
    }

    /// Takes note of a packet. `arrival` is the time since any fixed origin of the caller's.
    ///
    /// Packets of a telephone event share a timestamp and count like all others (RFC 4733 section
    /// 2.5.2.2), so that jitter rises during digits.
    #[inline]
    pub fn handle_packet(
        &mut self,
        sequence: Sequence,
        timestamp: Timestamp,
        arrival: Duration,
    ) -> Arrival {
        let outcome = self.update_sequence(sequence);
        if outcome.is_counted() {
            self.update_jitter(timestamp, arrival);
        }
        outcome
    }

    /// Appendix A.1, `update_seq`.
    fn update_sequence(&mut self, sequence: Sequence) -> Arrival {
        if !self.started {
            self.started = true;
            self.max_seq = Sequence(sequence.0.wrapping_sub(1));
        }
        if self.probation > 0 {
            return self.prove(sequence);
        }
        let delta = sequence.0.wrapping_sub(self.max_seq.0);
        let outcome = if delta == 0 {
            Arrival::LateOrRepeated
        } else if delta < self.limits.max_dropout {
            if sequence.0 < self.max_seq.0 {
                self.cycles = self.cycles.wrapping_add(u64::from(SEQ_MOD));
            }
            self.max_seq = sequence;
            match delta.wrapping_sub(1) {
                0 => Arrival::InSequence,
                missing => Arrival::Gap { missing },
            }
        } else if u32::from(delta) <= SEQ_MOD.wrapping_sub(u32::from(self.limits.max_misorder)) {
            if u32::from(sequence.0) != self.bad_seq {
                self.bad_seq = u32::from(sequence.next().0);
                return Arrival::Jump;
            }
            self.earlier = self.totals();
            self.earlier.restarts = self.earlier.restarts.saturating_add(1);
            self.begin(sequence);
            Arrival::Restarted
        } else {
            Arrival::LateOrRepeated
        };
        self.received = self.received.saturating_add(1);
        match outcome {
            Arrival::Gap { .. } => self.gaps = self.gaps.saturating_add(1),
            Arrival::LateOrRepeated => {
                self.late_or_repeated = self.late_or_repeated.saturating_add(1);
            }
            _ => {}
        }
        outcome
    }

    /// The probation of appendix A.1: valid after `min_sequential` packets in sequence.
    fn prove(&mut self, sequence: Sequence) -> Arrival {
        if sequence == self.max_seq.next() {
            self.probation = self.probation.saturating_sub(1);
            self.max_seq = sequence;
            if self.probation == 0 {
                self.begin(sequence);
                self.received = 1;
                return Arrival::InSequence;
            }
        } else {
            self.probation = self.limits.min_sequential.saturating_sub(1).max(1);
            self.max_seq = sequence;
        }
        Arrival::Probation
    }

    /// Appendix A.1, `init_seq`.
    fn begin(&mut self, sequence: Sequence) {
        self.base_seq = sequence;
        self.max_seq = sequence;
        self.bad_seq = NO_SEQUENCE;
        self.cycles = 0;
        self.received = 0;
        self.received_prior = 0;
        self.expected_prior = 0;
        self.gaps = 0;
        self.late_or_repeated = 0;
        // The timestamps of a restarted source have a new offset: a transit time across the
        // restart would be noise.
        self.transit = None;
    }

    /// Appendix A.8, in the integer form.
    fn update_jitter(&mut self, timestamp: Timestamp, arrival: Duration) {
        let transit = units(arrival, self.clock_rate).wrapping_sub(timestamp.0);
        if let Some(previous) = self.transit.replace(transit) {
            let deviation = transit.wrapping_sub(previous).cast_signed().unsigned_abs();
            let decay = self.jitter.saturating_add(8) >> 4;
            self.jitter = self.jitter.saturating_add(u64::from(deviation)).saturating_sub(decay);
        }
    }

    /// Whether the source has proved valid.
    pub fn is_valid(&self) -> bool {
        self.probation == 0
    }

    /// The highest sequence number with the count of cycles above it, zero before the source is
    /// valid.
    pub fn highest_sequence(&self) -> u32 {
        if !self.is_valid() {
            return 0;
        }
        #[allow(clippy::cast_possible_truncation)] // The report's field wraps at 32 bits.
        let cycles = self.cycles as u32;
        cycles | u32::from(self.max_seq.0)
    }

    /// Packets counted since the source became valid or restarted.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that were due since the source became valid or restarted.
    pub fn expected(&self) -> u64 {
        if !self.is_valid() {
            return 0;
        }
        let extended = self.cycles.wrapping_add(u64::from(self.max_seq.0));
        extended.wrapping_sub(u64::from(self.base_seq.0)).wrapping_add(1)
    }

    /// Expected less received; negative if more were repeated than lost.
    pub fn lost(&self) -> i64 {
        difference(self.expected(), self.received)
    }

    /// Times that a number ahead of the one due arrived, since valid or restarted.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The interarrival jitter, in timestamp units.
    pub fn jitter(&self) -> u32 {
        u32::try_from(self.jitter >> 4).unwrap_or(u32::MAX)
    }

    /// The interarrival jitter as time.
    pub fn jitter_duration(&self) -> Duration {
        let seconds = f64::from(self.jitter()) / f64::from(self.clock_rate);
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// Sums over all runs, the ones before a restart included.
    pub fn totals(&self) -> Totals {
        self.earlier.plus(&Totals {
            received: self.received,
            expected: self.expected(),
            gaps: self.gaps,
            late_or_repeated: self.late_or_repeated,
            restarts: 0,
        })
    }

    /// A reception report block (RFC 3550 section 6.4.1) about this source, `ssrc`; the interval
    /// of its loss fraction ends here (appendix A.3).
    ///
    /// `last_sender_report` is [`NtpTime::middle`](crate::rtcp::NtpTime::middle) of the last SR of
    /// that source, and `delay` the time since it came; `None` if there was none.
    pub fn report_block(
        &mut self,
        ssrc: u32,
        last_sender_report: Option<(u32, Duration)>,
    ) -> ReportBlock {
        let expected = self.expected();
        let expected_interval = expected.saturating_sub(self.expected_prior);
        self.expected_prior = expected;
        let received_interval = self.received.saturating_sub(self.received_prior);
        self.received_prior = self.received;
        let lost_interval = expected_interval.saturating_sub(received_interval);
        let fraction = (lost_interval << 8).checked_div(expected_interval).unwrap_or(0);
        let (last_sender_report, delay) = last_sender_report.unwrap_or((0, Duration::ZERO));
        ReportBlock {
            ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: i32::try_from(self.lost())
                .unwrap_or(ReportBlock::MAX_LOST)
                .clamp(ReportBlock::MIN_LOST, ReportBlock::MAX_LOST),
            highest_sequence: self.highest_sequence(),
            jitter: self.jitter(),
            last_sender_report,
            delay_since_last_sender_report: units(delay, 1 << 16),
        }
    }
}

/// A time in units of `rate` a second, wrapped to 32 bits.
fn units(time: Duration, rate: u32) -> u32 {
    let whole = time.as_secs().wrapping_mul(u64::from(rate));
    // Below 2^30 times 2^32: no overflow.
    let part = u64::from(time.subsec_nanos()).wrapping_mul(u64::from(rate)) / 1_000_000_000;
    #[allow(clippy::cast_possible_truncation)] // Timestamps are numbers modulo 2^32.
    let wrapped = whole.wrapping_add(part) as u32;
    wrapped
}

fn difference(expected: u64, received: u64) -> i64 {
    expected.wrapping_sub(received).cast_signed()
}

#[cfg(test)]
mod tests;
