//! The cap on packets a second of one port.

use std::time::{Duration, Instant};

/// A leaky bucket kept as one point in time: when the packets taken so far would have been due at
/// the capped rate.
#[derive(Debug)]
pub(crate) struct RateCap {
    interval: Duration,
    /// How far the packets taken may run ahead of `now`.
    tolerance: Duration,
    due: Option<Instant>,
}

impl RateCap {
    /// `burst` packets at once, and then `per_second`. Zero counts as one.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self { interval, tolerance: interval.saturating_mul(burst.max(1) - 1), due: None }
    }

    /// Whether there is room for a packet now; takes the room.
    pub(crate) fn admit(&mut self, now: Instant) -> bool {
        let due = self.due.map_or(now, |due| due.max(now));
        if due.saturating_duration_since(now) > self.tolerance {
            return false;
        }
        self.due = due.checked_add(self.interval);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(cap: &mut RateCap, now: Instant, packets: usize) -> usize {
        (0..packets).filter(|_| cap.admit(now)).count()
    }

    #[test]
    fn a_burst_goes_through_and_then_the_rate() {
        let start = Instant::now();
        let mut cap = RateCap::new(200, 100);
        assert_eq!(admitted(&mut cap, start, 1000), 100);
        assert_eq!(admitted(&mut cap, start + Duration::from_millis(5), 1000), 1);
        assert_eq!(admitted(&mut cap, start + Duration::from_millis(55), 1000), 10);
        let rested = start + Duration::from_secs(60);
        assert_eq!(admitted(&mut cap, rested, 1000), 100, "a rest gives one burst, not more");
    }

    #[test]
    fn a_nominal_stream_is_never_cut_and_a_flood_is_cut_to_the_rate() {
        let start = Instant::now();
        let (mut calm, mut flooded) = (RateCap::new(200, 100), RateCap::new(200, 100));
        let mut taken = 0;
        for millisecond in 0..60_000_u64 {
            let now = start + Duration::from_millis(millisecond);
            if millisecond % 20 == 0 {
                assert!(calm.admit(now));
            }
            taken += admitted(&mut flooded, now, 20);
        }
        assert!((12_000..=12_101).contains(&taken), "{taken}");
    }

    #[test]
    fn zero_is_taken_as_one() {
        let start = Instant::now();
        let mut cap = RateCap::new(0, 0);
        assert_eq!(admitted(&mut cap, start, 3), 1);
        assert_eq!(admitted(&mut cap, start + Duration::from_secs(1), 3), 1);
    }
}
