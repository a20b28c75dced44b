//! The next deadline of each transaction: a heap that knows where each entry sits, so that a
//! deadline moves or goes without leaving garbage behind.

use std::time::Instant;

/// A four-ary min-heap of `(deadline, slot)`, at most one entry a slot.
///
/// Equal deadlines fall due in the order of their slots: never in an order that a seed does not
/// decide.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: Vec<(Instant, u32)>,
    /// Of each slot its index in `heap` plus one; zero without an entry.
    places: Vec<u32>,
}

const ARITY: usize = 4;

impl Deadlines {
    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.first().map(|(at, _)| *at)
    }

    /// Takes out a slot whose deadline is not after `now`, earliest first.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<u32> {
        let (at, slot) = *self.heap.first()?;
        if at > now {
            return None;
        }
        self.set(slot, None);
        Some(slot)
    }

    /// Gives a slot this deadline, or none.
    pub(crate) fn set(&mut self, slot: u32, at: Option<Instant>) {
        let index = slot as usize;
        if index >= self.places.len() {
            if at.is_none() {
                return;
            }
            self.places.resize(index + 1, 0);
        }
        let place = self.places[index] as usize;
        match (place, at) {
            (0, None) => {}
            (0, Some(at)) => {
                self.heap.push((at, slot));
                self.rise(self.heap.len() - 1);
            }
            (place, Some(at)) => {
                self.heap[place - 1].0 = at;
                self.settle(place - 1);
            }
            (place, None) => {
                self.places[index] = 0;
                self.heap.swap_remove(place - 1);
                if place <= self.heap.len() {
                    self.settle(place - 1);
                }
            }
        }
    }

    /// Brings the entry at this index to where it belongs, whichever way that is.
    fn settle(&mut self, at: usize) {
        if at > 0 && self.heap[at] < self.heap[(at - 1) / ARITY] {
            self.rise(at);
        } else {
            self.sink(at);
        }
    }

    fn rise(&mut self, mut at: usize) {
        let entry = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if self.heap[parent] <= entry {
                break;
            }
            self.put(at, self.heap[parent]);
            at = parent;
        }
        self.put(at, entry);
    }

    fn sink(&mut self, mut at: usize) {
        let entry = self.heap[at];
        loop {
            let first = at * ARITY + 1;
            let last = (first + ARITY).min(self.heap.len());
            let Some(least) = (first..last).min_by_key(|child| self.heap[*child]) else {
                break;
            };
            if entry <= self.heap[least] {
                break;
            }
            self.put(at, self.heap[least]);
            at = least;
        }
        self.put(at, entry);
    }

    fn put(&mut self, at: usize, entry: (Instant, u32)) {
        self.heap[at] = entry;
        // A heap holds at most one entry a slot, and slots are u32.
        self.places[entry.1 as usize] = u32::try_from(at + 1).unwrap_or(u32::MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Against a sorted set: the same order, whatever is set, moved and removed in between.
        #[test]
        fn agrees_with_a_sorted_set(
            operations in prop::collection::vec((0_u32..40, prop::option::of(0_u64..50), any::<bool>()), 0..300)
        ) {
            let start = Instant::now();
            let mut deadlines = Deadlines::default();
            let mut model = BTreeSet::new();
            for (slot, at, pop) in operations {
                let at = at.map(|ms| start + Duration::from_millis(ms));
                if pop {
                    let now = at.unwrap_or(start);
                    let due = model.first().copied().filter(|(due, _)| *due <= now);
                    if let Some(first) = due {
                        model.remove(&first);
                    }
                    prop_assert_eq!(deadlines.pop_due(now), due.map(|(_, slot)| slot));
                } else {
                    model.retain(|(_, other)| *other != slot);
                    if let Some(at) = at {
                        model.insert((at, slot));
                    }
                    deadlines.set(slot, at);
                }
                prop_assert_eq!(deadlines.next(), model.first().map(|(at, _)| *at));
                prop_assert_eq!(deadlines.heap.len(), model.len());
            }
        }
    }
}
