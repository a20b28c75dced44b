//! Whether a trunk lives, asked by OPTIONS (RFC 3261 11), and the OPTIONS that keep a way open.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use siptrunk_profiles::{Health, KeepAlive, Trunk};
use siptrunk_transaction::Target;
use siptrunk_ua::RequestId;

use super::event::TrunkId;
use super::register::with_registration;

/// What is known of a trunk's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrunkHealth {
    /// It is not asked: [`Trunk::health`] is not set.
    Unwatched,
    /// At least one of its targets answers, or none was found silent yet.
    Up,
    /// None of its targets answers.
    Down,
}

/// What is due: an OPTIONS to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    pub(crate) trunk: TrunkId,
    /// The target that is asked; none for a keep-alive, which goes the way of a call.
    pub(crate) target: Option<Target>,
}

/// The watched targets of all trunks.
#[derive(Debug)]
pub(crate) struct Watch {
    trunks: Vec<Watched>,
    open: BTreeMap<RequestId, Check>,
}

#[derive(Debug)]
struct Watched {
    health: Option<Health>,
    targets: Vec<Watchee>,
    /// Every how long an OPTIONS keeps the way open, and when it does next.
    keep_alive: Option<(Duration, Instant)>,
    down: bool,
}

/// One target.
#[derive(Debug)]
struct Watchee {
    target: Target,
    /// When it is asked next; none while an answer is awaited.
    next: Option<Instant>,
    missing: u32,
    answered: u32,
    down: bool,
}

impl Watched {
    /// All of its targets are down. Without one there is nothing to be said.
    fn is_down(&self) -> bool {
        !self.targets.is_empty() && self.targets.iter().all(|watchee| watchee.down)
    }
}

impl Watch {
    /// Nothing was asked yet; targets come by [`Self::set_targets`].
    pub(crate) fn new(trunks: &[Trunk], now: Instant) -> Self {
        let watched = |trunk: &Trunk| Watched {
            health: trunk.health,
            targets: Vec::new(),
            // Where we register, its flow has keep-alives of its own.
            keep_alive: match trunk.effective_keep_alive() {
                KeepAlive::Options { every } if with_registration(trunk).is_none() => {
                    Some((every, now + every))
                }
                _ => None,
            },
            down: false,
        };
        Self { trunks: trunks.iter().map(watched).collect(), open: BTreeMap::new() }
    }

    /// The targets of a trunk, as found now: those that are known keep what is known of them.
    pub(crate) fn set_targets(&mut self, now: Instant, trunk: TrunkId, targets: &[Target]) {
        let Some(watched) = self.trunks.get_mut(trunk.0).filter(|it| it.health.is_some()) else {
            return;
        };
        watched.targets.retain(|watchee| targets.contains(&watchee.target));
        for target in targets {
            if !watched.targets.iter().any(|watchee| watchee.target == *target) {
                watched.targets.push(Watchee {
                    target: target.clone(),
                    next: Some(now),
                    missing: 0,
                    answered: 0,
                    down: false,
                });
            }
        }
    }

    /// Nothing is asked any more.
    pub(crate) fn stop(&mut self) {
        for watched in &mut self.trunks {
            watched.targets.clear();
            watched.keep_alive = None;
        }
    }

    /// The next OPTIONS that is due; tell [`Self::asked`] or [`Self::heard`] before asking for
    /// another.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Check> {
        let is_due = |next: Instant| next <= now;
        for (at, watched) in self.trunks.iter_mut().enumerate() {
            let trunk = TrunkId(at);
            let mut targets = watched.targets.iter_mut();
            if let Some(watchee) = targets.find(|watchee| watchee.next.is_some_and(is_due)) {
                watchee.next = None;
                return Some(Check { trunk, target: Some(watchee.target.clone()) });
            }
            if let Some((every, next)) = watched.keep_alive.as_mut().filter(|it| is_due(it.1)) {
                *next = now + *every;
                return Some(Check { trunk, target: None });
            }
        }
        None
    }

    /// It was sent.
    pub(crate) fn asked(&mut self, id: RequestId, check: Check) {
        self.open.insert(id, check);
    }

    /// The outcome of a request: `None` if it was none of these.
    pub(crate) fn outcome(&mut self, id: RequestId) -> Option<Check> {
        self.open.remove(&id)
    }

    /// Whether a check was answered; says whether its trunk went down (`false`) or came up (`true`).
    pub(crate) fn heard(&mut self, now: Instant, check: &Check, alive: bool) -> Option<bool> {
        let watched = self.trunks.get_mut(check.trunk.0)?;
        let health = watched.health?;
        let target = check.target.as_ref()?;
        let mut targets = watched.targets.iter_mut();
        let watchee = targets.find(|watchee| watchee.target == *target)?;
        watchee.next = Some(now + health.every);
        if alive {
            watchee.missing = 0;
            watchee.answered = watchee.answered.saturating_add(1);
            watchee.down &= watchee.answered < health.up_after;
        } else {
            watchee.answered = 0;
            watchee.missing = watchee.missing.saturating_add(1);
            watchee.down |= watchee.missing >= health.down_after;
        }
        let down = watched.is_down();
        let changed = down != watched.down;
        watched.down = down;
        changed.then_some(!down)
    }

    /// Those targets of a trunk that are not known to be down.
    pub(crate) fn living(&self, trunk: TrunkId, targets: &[Target]) -> Vec<Target> {
        let watched = self.trunks.get(trunk.0);
        let is_down = |target: &Target| {
            watched.is_some_and(|watched| {
                watched.targets.iter().any(|it| it.target == *target && it.down)
            })
        };
        targets.iter().filter(|target| !is_down(target)).cloned().collect()
    }

    /// What is known of a trunk.
    pub(crate) fn health(&self, trunk: TrunkId) -> TrunkHealth {
        match self.trunks.get(trunk.0) {
            Some(watched) if watched.down => TrunkHealth::Down,
            Some(watched) if watched.health.is_some() => TrunkHealth::Up,
            _ => TrunkHealth::Unwatched,
        }
    }

    /// When the next OPTIONS is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let targets = self.trunks.iter().flat_map(|watched| &watched.targets);
        let checks = targets.filter_map(|watchee| watchee.next);
        let keep_alives = self.trunks.iter().filter_map(|it| it.keep_alive.map(|(_, next)| next));
        checks.chain(keep_alives).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use siptrunk_profiles::Generic;

    const TRUNK: TrunkId = TrunkId(0);

    fn target(text: &str) -> Target {
        Target::udp(text.parse().unwrap())
    }

    /// Asks what is due, and hears this.
    fn check(watch: &mut Watch, now: Instant, alive: bool) -> Option<bool> {
        let check = watch.due(now).expect("a check that is due");
        watch.heard(now, &check, alive)
    }

    #[test]
    fn down_after_three_and_up_after_two() {
        let start = Instant::now();
        let mut watch = Watch::new(&[Generic::new("192.0.2.1").health(Health::default())], start);
        let target = target("192.0.2.1:5060");
        watch.set_targets(start, TRUNK, std::slice::from_ref(&target));
        assert_eq!(watch.health(TRUNK), TrunkHealth::Up, "until it is found silent");
        // Answered or not, and what is to be told of it.
        let rows = [
            (false, None),
            (false, None),
            (true, None),
            (false, None),
            (false, None),
            (false, Some(false)),
            (false, None),
            (true, None),
            (false, None),
            (true, None),
            (true, Some(true)),
            (true, None),
        ];
        let mut now = start;
        for (at, (alive, told)) in rows.into_iter().enumerate() {
            assert_eq!(watch.poll_timeout(), Some(now), "step {at}");
            assert_eq!(check(&mut watch, now, alive), told, "step {at}");
            let down = watch.living(TRUNK, std::slice::from_ref(&target)).is_empty();
            assert_eq!(watch.health(TRUNK) == TrunkHealth::Down, down, "step {at}");
            assert_eq!(watch.due(now), None, "not before its time");
            now += Duration::from_secs(30);
        }
    }

    #[test]
    fn a_trunk_lives_while_one_of_its_targets_does() {
        let start = Instant::now();
        let health = Health::default();
        let trunk = Generic::new("192.0.2.1").host("192.0.2.2").health(health);
        let mut watch = Watch::new(&[trunk], start);
        let targets = [target("192.0.2.1:5060"), target("192.0.2.2:5060")];
        watch.set_targets(start, TRUNK, &targets);
        for step in 0..3 {
            let now = start + step * health.every;
            assert_eq!(check(&mut watch, now, false), None);
            assert_eq!(check(&mut watch, now, true), None);
        }
        assert_eq!(watch.living(TRUNK, &targets), targets[1..]);
        // Its name leads elsewhere now: what is gone is not asked, what is new is.
        let moved = [target("192.0.2.3:5060"), targets[0].clone()];
        watch.set_targets(start, TRUNK, &moved);
        assert_eq!(watch.living(TRUNK, &moved), moved[..1]);
        watch.stop();
        assert_eq!((watch.due(start + health.every * 9), watch.poll_timeout()), (None, None));
    }
}
