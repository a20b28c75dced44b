//! A token bucket for each stranger, in a table of fixed size.

use std::time::Instant;

use super::{Rate, Stranger};

/// The buckets, in sets that a stranger's hash selects. The hash is keyed: nobody chooses whom he
/// pushes out.
///
/// A bucket is one number: the moment at which it will be full again. (This is the virtual
/// scheduling form of the generic cell rate algorithm.) So the bucket to forget is the one that is
/// full first: who was silent longest, and for whom nothing is lost, since the forgotten start
/// with a full bucket too.
#[derive(Debug)]
pub(super) struct Buckets {
    sets: Vec<[Bucket; WAYS]>,
    count: usize,
    /// What one packet costs, and what may be owed after paying for one, in nanoseconds.
    cost: u64,
    credit: u64,
    epoch: Option<Instant>,
}

const SECOND: u64 = 1_000_000_000;

/// Two cache lines.
const WAYS: usize = 8;

/// 256 MiB: more is a mistake.
const MOST_SETS: usize = 1 << 21;

/// An unused entry is the full bucket of a stranger whose hash is zero.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    of: u64,
    /// In nanoseconds since the epoch.
    full_at: u64,
}

impl Buckets {
    /// Room for at least this many; memory is taken with the first.
    pub(super) fn new(rate: Rate, remembered: usize) -> Self {
        let cost = SECOND / u64::from(rate.per_second.max(1));
        let count = remembered.div_ceil(WAYS).clamp(1, MOST_SETS);
        let credit = cost * u64::from(rate.burst.max(1) - 1);
        Self { sets: Vec::new(), count, cost, credit, epoch: None }
    }

    /// Takes a token if there is one.
    pub(super) fn take(&mut self, now: Instant, stranger: Stranger) -> bool {
        if self.sets.is_empty() {
            self.sets = vec![[Bucket::default(); WAYS]; self.count];
        }
        let epoch = *self.epoch.get_or_insert(now);
        // 584 years.
        let now =
            u64::try_from(now.saturating_duration_since(epoch).as_nanos()).unwrap_or(u64::MAX);
        let set = usize::try_from(stranger.0 % self.count as u64).unwrap_or_default();
        let Some(bucket) = choose(&mut self.sets[set], stranger) else {
            return false;
        };
        let full_at = bucket.full_at.max(now);
        if full_at - now > self.credit {
            return false;
        }
        *bucket = Bucket { of: stranger.0, full_at: full_at.saturating_add(self.cost) };
        true
    }
}

/// The stranger's own bucket, or else the one that is full first, emptied for him.
fn choose(set: &mut [Bucket; WAYS], stranger: Stranger) -> Option<&mut Bucket> {
    if let Some(own) = set.iter().position(|bucket| bucket.of == stranger.0) {
        return set.get_mut(own);
    }
    let bucket = set.iter_mut().min_by_key(|bucket| bucket.full_at)?;
    *bucket = Bucket { of: stranger.0, full_at: 0 };
    Some(bucket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timer::tests::MS;

    fn taken(buckets: &mut Buckets, now: Instant, of: u64, packets: usize) -> usize {
        (0..packets).filter(|_| buckets.take(now, Stranger(of))).count()
    }

    #[test]
    fn a_burst_passes_at_once_and_then_the_rate() {
        let start = Instant::now();
        let mut buckets = Buckets::new(Rate { per_second: 10, burst: 5 }, 100);
        assert_eq!(taken(&mut buckets, start, 7, 20), 5);
        assert_eq!(taken(&mut buckets, start, 8, 20), 5, "each has a bucket of his own");
        assert_eq!(taken(&mut buckets, start + MS(99), 7, 20), 0);
        assert_eq!(taken(&mut buckets, start + MS(100), 7, 20), 1);
        assert_eq!(taken(&mut buckets, start + MS(399), 7, 20), 2);
        // Whatever was refused costs nothing, and no rest gives more than a burst.
        assert_eq!(taken(&mut buckets, start + MS(60_000), 7, 20), 5);
        let mut late = start + MS(60_000);
        let steady = (0..1_000).filter(|_| {
            late += MS(10);
            buckets.take(late, Stranger(7))
        });
        assert_eq!(steady.count(), 100, "ten seconds of ten each");
    }

    #[test]
    fn a_rate_of_zero_counts_as_one() {
        let start = Instant::now();
        let mut buckets = Buckets::new(Rate { per_second: 0, burst: 0 }, 0);
        assert_eq!(taken(&mut buckets, start, 7, 5), 1);
        assert_eq!(taken(&mut buckets, start + MS(999), 7, 5), 0);
        assert_eq!(taken(&mut buckets, start + MS(1_000), 7, 5), 1);
    }

    #[test]
    fn the_idle_are_forgotten_and_a_flooder_is_not() {
        let start = Instant::now();
        let mut buckets = Buckets::new(Rate { per_second: 10, burst: 5 }, WAYS);
        assert_eq!(taken(&mut buckets, start, 1, 20), 5);
        for of in 2..1_000 {
            assert_eq!(taken(&mut buckets, start, of, 1), 1, "a newcomer starts afresh");
            assert_eq!(taken(&mut buckets, start, 1, 1), 0, "and pushes out no debtor");
        }
        assert_eq!(buckets.sets.len(), 1, "the table does not grow");
    }

    #[test]
    fn the_table_is_as_large_as_promised_and_taken_when_needed() {
        let mut buckets = Buckets::new(Rate::default(), 65_536);
        assert_eq!(buckets.sets.capacity(), 0);
        buckets.take(Instant::now(), Stranger(1));
        assert_eq!(size_of_val(&buckets.sets[..]), 1 << 20);
    }
}
