use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What the wheel should be: a sorted set.
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
    /// Time passes to what the wheel says.
    PassToNext,
}

/// Spans of any size: from nanoseconds to years, with the edges of digits among them.
fn span() -> impl Strategy<Value = u64> {
    let edge = (0_u32..40, 0_u64..3).prop_map(|(bits, off)| (1 << (TICK + bits % 36)) + off - 1);
    prop_oneof![
        3 => (0_u32..57).prop_flat_map(|bits| 0..1_u64 << bits),
        1 => edge,
        1 => Just(500_000_000),
        1 => Just(32_000_000_000),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let slot = || 0_u32..24;
    prop_oneof![
        6 => (slot(), span()).prop_map(|(slot, wait)| Operation::Set(slot, wait)),
        1 => (slot(), slot()).prop_map(|(slot, other)| Operation::Join(slot, other)),
        2 => slot().prop_map(Operation::Cancel),
        2 => span().prop_map(Operation::Pass),
        4 => Just(Operation::PassToNext),
    ]
}

/// The wheel and the model are in the same state: nothing is lost, and the bounds are sound.
fn check(wheel: &Wheel, model: &Model, now: Instant) -> Result<(), TestCaseError> {
    prop_assert_eq!(wheel.len(), model.0.len());
    match (wheel.next(), model.next()) {
        (Some(bound), Some(next)) => {
            prop_assert!(bound <= next, "too late");
            prop_assert!(bound > now || bound == next, "in the past, with nothing due");
        }
        (bound, next) => prop_assert_eq!(bound, next),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Against a sorted set: the same slots in the same order at the same time, whatever was set,
    /// moved and cancelled in between and however far time went.
    #[test]
    fn agrees_with_a_sorted_set(operations in prop::collection::vec(operation(), 0..200)) {
        let mut now = Instant::now();
        let (mut wheel, mut model) = (Wheel::default(), Model::default());
        for operation in operations {
            let (slot, at) = match operation {
                Operation::Set(slot, wait) => (slot, Some(now + Duration::from_nanos(wait))),
                Operation::Join(slot, other) => {
                    let at = model.0.iter().find(|(_, slot)| *slot == other).map(|(at, _)| *at);
                    (slot, at)
                }
                Operation::Cancel(slot) => (slot, None),
                Operation::Pass(_) | Operation::PassToNext => {
                    now = match (operation, wheel.next()) {
                        (Operation::Pass(span), _) => now + Duration::from_nanos(span),
                        (_, Some(next)) => now.max(next),
                        (_, None) => now,
                    };
                    wheel.advance(now);
                    check(&wheel, &model, now)?;
                    loop {
                        let due = wheel.pop_due(now);
                        prop_assert_eq!(due, model.pop_due(now));
                        check(&wheel, &model, now)?;
                        if due.is_none() {
                            break;
                        }
                    }
                    prop_assert!(wheel.next().is_none_or(|at| at > now));
                    continue;
                }
            };
            wheel.set(slot, at);
            model.set(slot, at);
            check(&wheel, &model, now)?;
        }
    }
}

#[test]
fn a_deadline_that_nothing_cancelled_is_told_exactly() {
    let start = Instant::now();
    let mut wheel = Wheel::default();
    wheel.advance(start);
    for wait in [1, 1 << TICK, 500_000_000, 32_000_000_000, 86_400_000_000_000_000] {
        let at = start + Duration::from_nanos(wait);
        wheel.set(5, Some(at));
        assert_eq!(wheel.next(), Some(at), "moved, not cancelled: its old bucket is empty");
    }
}

#[test]
fn each_answer_brings_a_lone_deadline_nearer_in_few_steps() {
    let start = Instant::now();
    let mut wheel = Wheel::default();
    wheel.advance(start);
    // What stays is behind a thousand that were cancelled in its bucket.
    let late = start + Duration::from_secs(3_600);
    for n in 1..1_000 {
        wheel.set(n, late.checked_sub(Duration::from_millis(n.into())));
    }
    wheel.set(0, Some(late));
    (1..1_000).for_each(|n| wheel.set(n, None));
    let mut steps = 0;
    while let Some(at) = wheel.next() {
        steps += 1;
        if wheel.pop_due(at).is_some() {
            assert_eq!(at, late);
        }
    }
    assert!(steps <= LEVELS, "{steps}");
}

#[test]
fn deadlines_before_the_first_one_fall_due_before_it() {
    let later = Instant::now() + Duration::from_secs(100);
    let mut wheel = Wheel::default();
    wheel.set(1, Some(later));
    let earlier = later.checked_sub(Duration::from_secs(50)).unwrap();
    wheel.set(2, Some(earlier));
    assert_eq!(wheel.next(), Some(earlier));
    assert_eq!(wheel.pop_due(earlier), Some(2));
    assert_eq!(wheel.pop_due(earlier), None);
    assert_eq!(wheel.next(), Some(later));
}

#[test]
fn a_wheel_that_was_large_gives_back_and_goes_on() {
    let start = Instant::now();
    let mut wheel = Wheel::default();
    for turn in 1..4 {
        let at = start + Duration::from_secs(turn);
        (0..1_000).for_each(|slot| wheel.set(slot, Some(at)));
        assert_eq!(wheel.len(), 1_000);
        assert!((0..500).all(|slot| wheel.pop_due(at) == Some(slot)));
        (500..1_000).for_each(|slot| wheel.set(slot, None));
        assert_eq!((wheel.next(), wheel.nodes.capacity()), (None, 0));
    }
}

#[test]
fn a_node_is_small() {
    assert_eq!(size_of::<Node>(), 24);
}
