//! Deadlines of objects that have names of any kind.

use std::{collections::HashMap, hash::Hash, time::Instant};

use crate::{KeyedHash, Seed, spare::is_to_spare};

mod alarms;
pub use alarms::Alarms;

/// The deadlines of objects, at most one each: [`Alarms`] for names that are no small numbers.
#[derive(Debug)]
pub struct Deadlines<K> {
    alarms: Alarms,
    slots: HashMap<K, u32, KeyedHash>,
    /// Who has the slot; only those with a deadline have one.
    keys: Vec<Option<K>>,
    free: Vec<u32>,
}

impl<K: Copy + Eq + Hash> Deadlines<K> {
    /// No deadlines; names are hashed under a key of this seed.
    pub fn new(seed: &Seed) -> Self {
        Self {
            alarms: Alarms::default(),
            slots: HashMap::with_hasher(seed.hasher()),
            keys: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Sets, moves or takes away the deadline of `key`.
    pub fn set(&mut self, key: K, at: Option<Instant>) {
        let slot = match (self.slots.get(&key), at) {
            (Some(slot), _) => *slot,
            (None, Some(_)) => self.enter(key),
            (None, None) => return,
        };
        self.alarms.set(slot, at);
        if at.is_none() {
            self.forget(slot);
        }
    }

    /// As [`Alarms::next`].
    pub fn next(&self) -> Option<Instant> {
        self.alarms.next()
    }

    /// Takes out a key whose deadline is not after `now`, earliest first.
    pub fn pop_due(&mut self, now: Instant) -> Option<K> {
        let slot = self.alarms.pop_due(now)?;
        self.forget(slot)
    }

    /// How many have a deadline.
    pub fn len(&self) -> usize {
        self.alarms.len()
    }

    /// Whether none has a deadline.
    pub fn is_empty(&self) -> bool {
        self.alarms.is_empty()
    }

    fn enter(&mut self, key: K) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.keys.push(None);
            // As many as there are objects in memory: far below 2^32.
            u32::try_from(self.keys.len() - 1).unwrap_or(u32::MAX)
        });
        self.keys[slot as usize] = Some(key);
        self.slots.insert(key, slot);
        slot
    }

    fn forget(&mut self, slot: u32) -> Option<K> {
        let key = self.keys.get_mut(slot as usize)?.take()?;
        self.slots.remove(&key);
        self.free.push(slot);
        if is_to_spare(self.slots.len(), self.keys.capacity()) {
            (self.keys, self.free) = (Vec::new(), Vec::new());
            self.slots.shrink_to_fit();
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn keys_come_out_in_order_and_only_when_due() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut deadlines = Deadlines::new(&Seed([0; 32]));
        assert_eq!(deadlines.next(), None);
        deadlines.set('x', None);
        for (key, s) in [('b', 2), ('a', 2), ('c', 1), ('d', 3), ('c', 9)] {
            deadlines.set(key, Some(at(s)));
        }
        deadlines.set('d', None);
        assert_eq!(deadlines.len(), 3);
        assert_eq!(deadlines.pop_due(at(1)), None);
        assert_eq!(deadlines.next(), Some(at(2)));
        assert_eq!(deadlines.pop_due(at(2)), Some('b'));
        deadlines.set('e', Some(at(9)));
        assert_eq!(deadlines.pop_due(at(2)), Some('a'));
        assert_eq!(deadlines.pop_due(at(2)), None);
        assert_eq!(deadlines.pop_due(at(9)), Some('e'), "in the place of b, so before c");
        assert_eq!(deadlines.pop_due(at(9)), Some('c'));
        assert_eq!(deadlines.next(), None);
        assert!(deadlines.is_empty() && deadlines.slots.is_empty());
        assert_eq!(
            deadlines.keys,
            [None; 4].map(|none: Option<char>| none)[..deadlines.keys.len()]
        );
    }
}
