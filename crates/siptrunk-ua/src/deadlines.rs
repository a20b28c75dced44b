//! When each object is due: one ordered table, so that thousands of calls cost no scan.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    time::Instant,
};

use siptrunk_transaction::{KeyedHash, Seed};

/// At most one deadline per key; deadlines at the same instant keep the order they were set in.
#[derive(Debug)]
pub(crate) struct Deadlines<K> {
    order: BTreeMap<(Instant, u64), K>,
    places: HashMap<K, (Instant, u64), KeyedHash>,
    count: u64,
}

impl<K: Copy + Eq + Hash> Deadlines<K> {
    pub(crate) fn new(seed: &Seed) -> Self {
        Self { order: BTreeMap::new(), places: HashMap::with_hasher(seed.hasher()), count: 0 }
    }

    /// Sets, moves or removes the deadline of `key`.
    pub(crate) fn set(&mut self, key: K, deadline: Option<Instant>) {
        if let Some(place) = self.places.get(&key) {
            if Some(place.0) == deadline {
                return;
            }
            self.order.remove(place);
        }
        let Some(deadline) = deadline else {
            self.places.remove(&key);
            return;
        };
        self.count += 1;
        self.order.insert((deadline, self.count), key);
        self.places.insert(key, (deadline, self.count));
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.order.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes out the earliest key whose deadline is not after `now`.
    pub(crate) fn due(&mut self, now: Instant) -> Option<K> {
        if self.next()? > now {
            return None;
        }
        let (_, key) = self.order.pop_first()?;
        self.places.remove(&key);
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
        deadlines.set('b', Some(at(2)));
        deadlines.set('a', Some(at(2)));
        deadlines.set('c', Some(at(1)));
        deadlines.set('d', Some(at(3)));
        deadlines.set('c', Some(at(9)));
        deadlines.set('d', None);
        assert_eq!(deadlines.next(), Some(at(2)));
        assert_eq!(deadlines.due(at(1)), None);
        assert_eq!(deadlines.due(at(2)), Some('b'));
        assert_eq!(deadlines.due(at(2)), Some('a'));
        assert_eq!(deadlines.due(at(2)), None);
        assert_eq!(deadlines.due(at(9)), Some('c'));
        assert_eq!(deadlines.next(), None);
    }
}
