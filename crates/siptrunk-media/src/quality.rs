//! What went through a session, and how well.

use std::time::Duration;

use siptrunk_rtp::Sources;

use crate::{DropReason, Side};

/// What a session knows of both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SessionStatistics {
    /// What came from side A.
    pub a: LegStatistics,
    /// What came from side B.
    pub b: LegStatistics,
}

impl SessionStatistics {
    /// What came from a side.
    pub fn side(&self, side: Side) -> &LegStatistics {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }
}

/// What came from one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LegStatistics {
    /// RTP packets from the side's own address, whether forwarded or not.
    pub received_packets: u64,
    /// Octets of these, RTP header included.
    pub received_bytes: u64,
    /// RTP packets sent on to the other side.
    pub forwarded_packets: u64,
    /// Octets of these.
    pub forwarded_bytes: u64,
    /// RTCP packets from the side's own address.
    pub rtcp_received: u64,
    /// RTCP packets sent on to the other side.
    pub rtcp_forwarded: u64,
    /// What was dropped, by reason, RTP and RTCP.
    pub dropped: Drops,
    /// RTP packets that the sequence numbers say are missing; 0 if more were repeated than lost.
    pub lost: u64,
    /// RTP packets that the sequence numbers say were sent.
    pub expected: u64,
    /// Times that packets were missing, however many at a time.
    pub gaps: u64,
    /// RTP packets that came late or again.
    pub late_or_repeated: u64,
    /// Times that the side changed its SSRC.
    pub ssrc_changes: u64,
    /// Interarrival jitter at the end (RFC 3550 appendix A.8).
    pub jitter: Duration,
    /// From the session's start to the side's first audio packet.
    pub first_packet: Option<Duration>,
    /// From the session's start to the side's last audio packet.
    pub last_packet: Option<Duration>,
}

/// Packets dropped, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drops {
    counts: [u64; DropReason::ALL.len()],
}

impl Drops {
    /// Packets dropped for a reason.
    pub fn count(&self, reason: DropReason) -> u64 {
        self.counts[reason as usize]
    }

    /// All packets dropped.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    pub(crate) fn add(&mut self, reason: DropReason) {
        self.counts[reason as usize] += 1;
    }
}

/// Fills in what sequence numbers and timestamps of a side's sources tell.
pub(crate) fn describe(sources: &Sources, statistics: &mut LegStatistics) {
    let totals = sources.totals();
    statistics.lost = u64::try_from(totals.lost()).unwrap_or(0);
    statistics.expected = totals.expected;
    statistics.gaps = totals.gaps;
    statistics.late_or_repeated = totals.late_or_repeated;
    statistics.ssrc_changes = sources.changes();
    statistics.jitter =
        sources.current().map_or(Duration::ZERO, |source| source.statistics().jitter_duration());
}
