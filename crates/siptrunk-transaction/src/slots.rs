//! A table of objects by small numbers that are never mistaken for an earlier object.

use crate::spare::is_to_spare;

/// Slots, reused in the order of the last freed, with a generation each.
///
/// Objects are boxed: the table itself stays small, grows without moving them, and gives their
/// memory back.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    entries: Vec<Entry<T>>,
    free: Vec<u32>,
    /// Counts the objects that there have been, from 1.
    generation: u32,
}

#[derive(Debug)]
struct Entry<T> {
    /// Of the object that is in the slot or was last.
    generation: u32,
    object: Option<Box<T>>,
}

/// A slot and its generation, packed: the generation in the upper half, so that it is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Handle(pub(crate) u64);

impl Handle {
    fn new(slot: u32, generation: u32) -> Self {
        Self(u64::from(generation) << 32 | u64::from(slot))
    }

    /// The slot alone.
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the slot")]
    pub(crate) fn slot(self) -> u32 {
        self.0 as u32
    }

    fn generation(self) -> u64 {
        self.0 >> 32
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: Vec::new(), generation: 0 }
    }
}

impl<T> Slots<T> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Puts an object into a free slot.
    pub(crate) fn insert(&mut self, object: T) -> Handle {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Entry { generation: 0, object: None });
            // Tables are capped far below 2^32 objects.
            u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
        });
        self.generation = self.generation.wrapping_add(1).max(1);
        let entry = &mut self.entries[slot as usize];
        *entry = Entry { generation: self.generation, object: Some(Box::new(object)) };
        Handle::new(slot, entry.generation)
    }

    /// The handle of the object that sits in this slot now.
    pub(crate) fn handle(&self, slot: u32) -> Option<Handle> {
        let entry = self.entries.get(slot as usize)?;
        entry.object.as_ref()?;
        Some(Handle::new(slot, entry.generation))
    }

    pub(crate) fn get(&self, handle: Handle) -> Option<&T> {
        let entry = self.entries.get(handle.slot() as usize)?;
        if u64::from(entry.generation) != handle.generation() {
            return None;
        }
        entry.object.as_deref()
    }

    pub(crate) fn get_mut(&mut self, handle: Handle) -> Option<&mut T> {
        let entry = self.entries.get_mut(handle.slot() as usize)?;
        if u64::from(entry.generation) != handle.generation() {
            return None;
        }
        entry.object.as_deref_mut()
    }

    pub(crate) fn remove(&mut self, handle: Handle) -> Option<Box<T>> {
        let entry = self.entries.get_mut(handle.slot() as usize)?;
        if u64::from(entry.generation) != handle.generation() {
            return None;
        }
        let object = entry.object.take()?;
        self.free.push(handle.slot());
        if is_to_spare(self.len(), self.entries.capacity()) {
            (self.entries, self.free) = (Vec::new(), Vec::new());
        }
        Some(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_outlives_its_object_without_harm() {
        let mut slots = Slots::default();
        let first = slots.insert("first");
        assert_eq!(slots.remove(first).as_deref(), Some(&"first"));
        let second = slots.insert("second");
        assert_eq!(second.slot(), first.slot(), "the slot is used again");
        assert_ne!(second, first);
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.get_mut(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.get(second), Some(&"second"));
        assert_eq!(slots.handle(second.slot()), Some(second));
        assert_eq!(slots.len(), 1);
        assert_eq!(slots.get(Handle(u64::MAX)), None);
    }

    #[test]
    fn a_table_that_was_large_is_given_back_and_its_handles_stay_gone() {
        let mut slots = Slots::default();
        let handles: Vec<_> = (0..10_000).map(|n| slots.insert(n)).collect();
        for handle in &handles {
            assert!(slots.remove(*handle).is_some());
        }
        assert_eq!((slots.len(), slots.entries.capacity(), slots.free.capacity()), (0, 0, 0));
        let new = slots.insert(7);
        assert_eq!(new.slot(), handles[0].slot());
        assert!(handles.iter().all(|old| slots.get(*old).is_none()));
        assert_eq!(slots.get(new), Some(&7));
    }
}
