//! The sources of one peer: what a change of SSRC does to the statistics (RFC 3550 section 8).

use std::time::Duration;

use crate::rtcp::ReportBlock;
use crate::{Arrival, Packet, ReceiveStatistics, SequenceLimits, Totals};

/// Statistics of a peer that sends one stream at a time, whatever its SSRC.
///
/// The source that came last and the one before it are kept, so that packets that come late after
/// a change find theirs. Of all before those the sums are kept, so that a peer that changes its
/// SSRC with each packet costs a move and no memory.
///
/// ```
/// use std::time::Duration;
///
/// use siptrunk_rtp::{Packet, PacketBuilder, SequenceLimits, Sources};
///
/// let mut sources = Sources::new(SequenceLimits::without_probation());
/// for ssrc in [7, 7, 9] {
///     let mut packet = [0; 12];
///     PacketBuilder { ssrc, ..PacketBuilder::default() }.write_header(&mut packet)?;
///     sources.handle_packet(&Packet::parse(&packet)?, Duration::ZERO, 8000);
/// }
/// assert_eq!((sources.changes(), sources.totals().received), (1, 3));
/// assert_eq!(sources.current().map(|source| source.ssrc()), Some(9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sources {
    limits: SequenceLimits,
    current: Option<Source>,
    previous: Option<Source>,
    /// Sums of sources that are not kept any more.
    earlier: Totals,
    changes: u64,
}

/// One SSRC and what came from it.
#[derive(Debug, Clone)]
pub struct Source {
    ssrc: u32,
    statistics: ReceiveStatistics,
}

impl Source {
    /// The synchronization source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// What came from it.
    pub fn statistics(&self) -> &ReceiveStatistics {
        &self.statistics
    }

    /// A reception report block about it, see [`ReceiveStatistics::report_block`].
    pub fn report_block(&mut self, last_sender_report: Option<(u32, Duration)>) -> ReportBlock {
        self.statistics.report_block(self.ssrc, last_sender_report)
    }
}

impl Sources {
    /// No source yet; `limits` for each that comes. Probation tells a source from a stray packet
    /// where nothing else does, such as the peer's address.
    pub fn new(limits: SequenceLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes note of a packet that came `arrival` after any fixed origin of the caller's. A new
    /// source gets statistics at `clock_rate`.
    #[inline]
    pub fn handle_packet(
        &mut self,
        packet: &Packet<'_>,
        arrival: Duration,
        clock_rate: u32,
    ) -> Arrival {
        let ssrc = packet.ssrc();
        let known = [&mut self.current, &mut self.previous]
            .into_iter()
            .flatten()
            .find(|source| source.ssrc == ssrc);
        let source = if let Some(source) = known {
            source
        } else {
            if let Some(oldest) = self.previous.take() {
                self.earlier = self.earlier.plus(&oldest.statistics.totals());
            }
            self.previous = self.current.take();
            self.changes = self.changes.saturating_add(u64::from(self.previous.is_some()));
            let statistics = ReceiveStatistics::with_limits(clock_rate, self.limits);
            self.current.insert(Source { ssrc, statistics })
        };
        source.statistics.handle_packet(packet.sequence(), packet.timestamp(), arrival)
    }

    /// The source that came last.
    pub fn current(&self) -> Option<&Source> {
        self.current.as_ref()
    }

    /// The source that came last, for a report block.
    pub fn current_mut(&mut self) -> Option<&mut Source> {
        self.current.as_mut()
    }

    /// How often another source took over.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Sums over all sources.
    pub fn totals(&self) -> Totals {
        [&self.current, &self.previous]
            .into_iter()
            .flatten()
            .fold(self.earlier, |sum, source| sum.plus(&source.statistics.totals()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PacketBuilder, Sequence};

    fn feed(sources: &mut Sources, ssrc: u32, sequence: u16) -> Arrival {
        let sequence = Sequence(sequence);
        let mut packet = [0; 12];
        let header = PacketBuilder { sequence, ssrc, ..PacketBuilder::default() };
        header.write_header(&mut packet).unwrap();
        sources.handle_packet(&Packet::parse(&packet).unwrap(), Duration::ZERO, 8000)
    }

    fn proven() -> Sources {
        Sources::new(SequenceLimits::without_probation())
    }

    #[test]
    fn a_new_ssrc_is_neither_loss_nor_a_jump() {
        let mut sources = proven();
        assert!(sources.current().is_none());
        for (ssrc, sequence) in [(1, 10), (1, 11), (2, 40_000), (2, 40_001)] {
            assert_eq!(feed(&mut sources, ssrc, sequence), Arrival::InSequence);
        }
        let totals = sources.totals();
        assert_eq!((totals.received, totals.expected, totals.restarts), (4, 4, 0));
        assert_eq!(sources.changes(), 1);
        let current = sources.current_mut().unwrap();
        assert_eq!((current.ssrc(), current.statistics().received()), (2, 2));
        assert_eq!(current.report_block(None).highest_sequence, 40_001);
    }

    #[test]
    fn packets_of_the_source_before_count_for_it() {
        let mut sources = proven();
        feed(&mut sources, 1, 10);
        feed(&mut sources, 2, 500);
        assert_eq!(feed(&mut sources, 1, 12), Arrival::Gap { missing: 1 });
        assert_eq!(feed(&mut sources, 2, 501), Arrival::InSequence);
        assert_eq!((sources.changes(), sources.totals().lost()), (1, 1));
        assert_eq!(sources.current().unwrap().ssrc(), 2);
    }

    #[test]
    fn a_source_for_each_packet_keeps_the_sums_and_nothing_else() {
        let mut sources = proven();
        for ssrc in 0..10_000 {
            feed(&mut sources, ssrc, 1);
            feed(&mut sources, ssrc, 3);
        }
        let totals = sources.totals();
        assert_eq!((totals.received, totals.expected, totals.gaps), (20_000, 30_000, 10_000));
        assert_eq!(sources.changes(), 9_999);
    }

    #[test]
    fn probation_holds_for_each_source() {
        let mut sources = Sources::new(SequenceLimits::default());
        for ssrc in [1, 2] {
            assert_eq!(feed(&mut sources, ssrc, 7), Arrival::Probation);
            assert_eq!(feed(&mut sources, ssrc, 8), Arrival::InSequence);
        }
        assert_eq!(sources.totals().received, 2);
    }
}
