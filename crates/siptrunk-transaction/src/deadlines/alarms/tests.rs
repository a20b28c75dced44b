use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// What the alarms should be: a sorted set.
#[derive(Default)]
struct Model(BTreeSet<(Instant, u32)>);

impl Model {
    fn set(&mut self, slot: u32, at: Option<Instant>) {
        self.0.retain(|(_, other)| *other != slot);
        self.0.extend(at.map(|at| (at, slot)));
    }

    fn pop_due(&mut self, now: Instant) -> Option<u32> {
        let first = self.0.first().copied().filter(|(at, _)| *at <= now)?;
        self.0.remove(&first);
        Some(first.1)
    }

    fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }
}

#[derive(Clone, Debug)]
enum Operation {
    /// A slot, and nanoseconds from now.
    Set(u32, u64),
    /// As `Set`, but to the moment that another slot has, if it has one.
    Join(u32, u32),
    Cancel(u32),
    /// Nanoseconds pass.
    Pass(u64),
    /// Time passes to the next deadline.
    PassToNext,
}

fn operation() -> impl Strategy<Value = Operation> {
    let slot = || 0_u32..24;
    let span = || {
        prop_oneof![
            3 => (0_u32..57).prop_flat_map(|bits| 0..1_u64 << bits),
            1 => Just(500_000_000),
            1 => Just(32_000_000_000),
        ]
    };
    prop_oneof![
        6 => (slot(), span()).prop_map(|(slot, wait)| Operation::Set(slot, wait)),
        1 => (slot(), slot()).prop_map(|(slot, other)| Operation::Join(slot, other)),
        2 => slot().prop_map(Operation::Cancel),
        2 => span().prop_map(Operation::Pass),
        4 => Just(Operation::PassToNext),
    ]
}

fn check(alarms: &Alarms, model: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(alarms.len(), model.0.len());
    prop_assert_eq!(alarms.is_empty(), model.0.is_empty());
    prop_assert_eq!(alarms.next(), model.next());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Against a sorted set: the same slots in the same order at the same time, whatever was set,
    /// moved and cancelled in between and however far time went.
    #[test]
    fn agrees_with_a_sorted_set(operations in prop::collection::vec(operation(), 0..200)) {
        let mut now = Instant::now();
        let (mut alarms, mut model) = (Alarms::default(), Model::default());
        for operation in operations {
            let (slot, at) = match operation {
                Operation::Set(slot, wait) => (slot, Some(now + Duration::from_nanos(wait))),
                Operation::Join(slot, other) => {
                    let at = model.0.iter().find(|(_, slot)| *slot == other).map(|(at, _)| *at);
                    (slot, at)
                }
                Operation::Cancel(slot) => (slot, None),
                Operation::Pass(_) | Operation::PassToNext => {
                    now = match (operation, alarms.next()) {
                        (Operation::Pass(span), _) => now + Duration::from_nanos(span),
                        (_, Some(next)) => now.max(next),
                        (_, None) => now,
                    };
                    loop {
                        let due = alarms.pop_due(now);
                        prop_assert_eq!(due, model.pop_due(now));
                        check(&alarms, &model)?;
                        if due.is_none() {
                            break;
                        }
                    }
                    continue;
                }
            };
            alarms.set(slot, at);
            model.set(slot, at);
            check(&alarms, &model)?;
        }
    }
}

#[test]
fn alarms_that_were_many_give_back_and_go_on() {
    let start = Instant::now();
    let mut alarms = Alarms::default();
    for turn in 1..4 {
        let at = start + Duration::from_secs(turn);
        (0..1_000).for_each(|slot| alarms.set(slot, Some(at)));
        assert_eq!(alarms.len(), 1_000);
        assert!((0..500).all(|slot| alarms.pop_due(at) == Some(slot)));
        (500..1_000).for_each(|slot| alarms.set(slot, None));
        assert_eq!((alarms.next(), alarms.nodes.capacity()), (None, 0));
    }
}

/// The last one of a large table is moved: the table may be given back in between.
#[test]
fn the_last_of_many_is_moved() {
    let start = Instant::now();
    let mut alarms = Alarms::default();
    alarms.set(5_000, Some(start));
    let later = start + Duration::from_secs(1);
    alarms.set(5_000, Some(later));
    assert_eq!((alarms.next(), alarms.len()), (Some(later), 1));
    assert_eq!(alarms.pop_due(later), Some(5_000));
}

#[test]
fn a_node_is_small() {
    assert_eq!(size_of::<Node>(), 32);
}
