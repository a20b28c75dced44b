//! How fast calls go to a trunk: so many a second, and none while it asked for a pause.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::event::TrunkId;

const SECOND: Duration = Duration::from_secs(1);

/// The longest pause that a Retry-After is believed: a trunk that asks for more is asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// When the next call may go to a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// At once.
    Now,
    /// At this time: the place is kept until then.
    At(Instant),
    /// Not for now: the trunk asked for a pause, or the wait would be too long.
    Refused,
}

/// The pace of all trunks.
#[derive(Debug)]
pub(crate) struct Pacer {
    trunks: Vec<Pace>,
    patience: Duration,
}

#[derive(Debug)]
struct Pace {
    per_second: Option<u32>,
    /// When the calls of the last second and those that wait go, oldest first.
    turns: VecDeque<Instant>,
    paused_until: Option<Instant>,
}

impl Pacer {
    /// `limits` in the order of the trunks, `None` for no limit; a call waits at most `patience`.
    pub(crate) fn new(limits: impl IntoIterator<Item = Option<u32>>, patience: Duration) -> Self {
        let pace = |per_second| Pace { per_second, turns: VecDeque::new(), paused_until: None };
        Self { trunks: limits.into_iter().map(pace).collect(), patience }
    }

    /// Takes a place for a call.
    pub(crate) fn turn(&mut self, now: Instant, trunk: TrunkId) -> Turn {
        let Some(pace) = self.trunks.get_mut(trunk.0) else { return Turn::Refused };
        if pace.paused_until.is_some_and(|until| until > now) {
            return Turn::Refused;
        }
        let Some(limit) = pace.per_second.and_then(|limit| usize::try_from(limit).ok()) else {
            return Turn::Now;
        };
        // Whatever went a second ago or earlier limits nothing any more, here and in what follows.
        while pace.turns.len() >= limit.max(1)
            && pace.turns.front().is_some_and(|turn| *turn + SECOND <= now)
        {
            pace.turns.pop_front();
        }
        if limit == 0 {
            return Turn::Refused;
        }
        let at = match pace.turns.len().checked_sub(limit).and_then(|at| pace.turns.get(at)) {
            Some(turn) => (*turn + SECOND).max(now),
            None => now,
        };
        if at.saturating_duration_since(now) > self.patience {
            return Turn::Refused;
        }
        pace.turns.push_back(at);
        if at == now { Turn::Now } else { Turn::At(at) }
    }

    /// The trunk asked for a pause.
    pub(crate) fn pause(&mut self, now: Instant, trunk: TrunkId, pause: Duration) {
        if let Some(pace) = self.trunks.get_mut(trunk.0) {
            pace.paused_until = Some(now + pause.min(LONGEST_PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUNK: TrunkId = TrunkId(0);

    #[test]
    fn no_second_has_more_calls_than_the_trunk_takes() {
        let start = Instant::now();
        let mut pacer = Pacer::new([Some(5)], Duration::from_secs(2));
        let mut went = Vec::new();
        let mut refused = 0;
        // A burst of 30, then one every 90 ms.
        let arrivals = (0..30).map(|_| 0).chain((0..100).map(|step| 90 * step));
        for millis in arrivals {
            let now = start + Duration::from_millis(millis);
            match pacer.turn(now, TRUNK) {
                Turn::Now => went.push(now),
                Turn::At(at) => {
                    assert!(at > now && at - now <= Duration::from_secs(2));
                    went.push(at);
                }
                Turn::Refused => refused += 1,
            }
        }
        assert!(went.is_sorted(), "who came first goes first");
        for window in went.windows(6) {
            assert!(window[5] - window[0] >= SECOND, "six within a second");
        }
        let last = *went.last().unwrap() - start;
        assert!(went.len() as u128 >= 5 * last.as_millis() / 1_000, "and no fewer than it takes");
        assert!(refused > 0, "nobody waits longer than is reasonable");
    }

    #[test]
    fn a_pause_is_kept_and_bounded() {
        let start = Instant::now();
        let mut pacer = Pacer::new([None, Some(0)], Duration::ZERO);
        assert_eq!(pacer.turn(start, TRUNK), Turn::Now);
        pacer.pause(start, TRUNK, Duration::from_secs(10));
        assert_eq!(pacer.turn(start + Duration::from_secs(9), TRUNK), Turn::Refused);
        assert_eq!(pacer.turn(start + Duration::from_secs(10), TRUNK), Turn::Now);
        pacer.pause(start, TRUNK, Duration::from_secs(100_000));
        assert_eq!(pacer.turn(start + LONGEST_PAUSE, TRUNK), Turn::Now);
        assert_eq!(pacer.turn(start, TrunkId(1)), Turn::Refused, "no call a second is none at all");
    }
}
