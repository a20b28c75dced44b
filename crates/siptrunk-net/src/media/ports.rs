//! Which RTP ports are free: chosen at random, and left to rest after a call.

use std::{
    collections::VecDeque,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use rand::{RngExt as _, rngs::StdRng};

use crate::MediaError;

/// The even ports of a range, each with the odd port above it for RTCP (RFC 3550 section 11).
///
/// A port that was in use rests for the quarantine before it is given out again: the last call's
/// peer may still be sending. When nothing else is left the longest-rested port is taken all the
/// same, since a media session only takes packets from the address it is pinned to.
#[derive(Debug)]
pub(crate) struct PortPool {
    free: Vec<u16>,
    resting: VecDeque<(Instant, u16)>,
    quarantine: Duration,
    size: usize,
    random: StdRng,
}

impl PortPool {
    pub(crate) fn new(
        range: RangeInclusive<u16>,
        quarantine: Duration,
        random: StdRng,
    ) -> Result<Self, MediaError> {
        let (first, last) = range.into_inner();
        let free: Vec<u16> =
            (first..=last).filter(|port| *port > 0 && port % 2 == 0 && *port < last).collect();
        if free.is_empty() {
            return Err(MediaError::NoPairs { first, last });
        }
        let size = free.len();
        Ok(Self { free, resting: VecDeque::new(), quarantine, size, random })
    }

    /// An even port that nobody else was given; `None` when all are in use.
    pub(crate) fn take(&mut self, now: Instant) -> Option<u16> {
        while let Some(&(since, port)) = self.resting.front()
            && now.saturating_duration_since(since) >= self.quarantine
        {
            self.resting.pop_front();
            self.free.push(port);
        }
        if self.free.is_empty() {
            return self.resting.pop_front().map(|(_, port)| port);
        }
        let chosen = self.random.random_range(..self.free.len());
        Some(self.free.swap_remove(chosen))
    }

    /// Gives a port back, or puts one aside that another program holds: it rests first.
    pub(crate) fn release(&mut self, now: Instant, port: u16) {
        self.resting.push_back((now, port));
    }

    /// Gives a port back that was not used after all.
    pub(crate) fn put_back(&mut self, port: u16) {
        self.free.push(port);
    }

    /// How many ports can be given out right now, the resting ones included.
    pub(crate) fn available(&self) -> usize {
        self.free.len() + self.resting.len()
    }

    /// How many ports there are in all.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const REST: Duration = Duration::from_secs(5);

    fn pool(range: RangeInclusive<u16>) -> PortPool {
        PortPool::new(range, REST, rand::make_rng()).unwrap()
    }

    #[test]
    fn only_even_ports_whose_successor_is_in_the_range() {
        let now = Instant::now();
        for (range, expected) in
            [(1001..=1006, vec![1002, 1004]), (1000..=1003, vec![1000, 1002]), (0..=3, vec![2])]
        {
            let mut pool = pool(range);
            let mut taken: Vec<_> = std::iter::from_fn(|| pool.take(now)).collect();
            taken.sort_unstable();
            assert_eq!(taken, expected);
        }
        let none = PortPool::new(1001..=1002, REST, rand::make_rng());
        assert!(matches!(none, Err(MediaError::NoPairs { first: 1001, last: 1002 })));
        assert!(PortPool::new(65_534..=65_535, REST, rand::make_rng()).is_ok());
    }

    #[test]
    fn a_released_port_rests_while_others_are_free() {
        let start = Instant::now();
        let mut pool = pool(2000..=2199);
        let port = pool.take(start).unwrap();
        pool.release(start, port);
        let early = start + REST.checked_sub(Duration::from_millis(1)).unwrap();
        let others: HashSet<_> = (0..99).map(|_| pool.take(early).unwrap()).collect();
        assert_eq!(others.len(), 99);
        assert!(!others.contains(&port));
        // Nothing else is left, so the resting one has to do.
        assert_eq!(pool.take(early), Some(port));
        assert_eq!((pool.take(early), pool.available(), pool.size()), (None, 0, 100));
    }

    #[test]
    fn after_its_rest_a_port_is_as_good_as_any() {
        let start = Instant::now();
        let mut pool = pool(2000..=2003);
        let first = pool.take(start).unwrap();
        pool.release(start, first);
        let seen: HashSet<_> = (0..64)
            .map(|_| {
                let now = start + REST;
                let port = pool.take(now).unwrap();
                pool.put_back(port);
                port
            })
            .collect();
        assert_eq!(seen.len(), 2, "both are chosen, at random");
    }

    #[test]
    fn the_order_is_not_the_range_s() {
        let now = Instant::now();
        let mut pool = pool(10_000..=29_999);
        let taken: Vec<_> = (0..100).map(|_| pool.take(now).unwrap()).collect();
        assert!(!taken.is_sorted() && !taken.iter().rev().is_sorted());
    }
}
