//! A heap that knows where each entry sits, so that a deadline goes without leaving garbage behind.

/// A four-ary min-heap of `(deadline, slot)`, at most one entry a slot.
#[derive(Debug, Default)]
pub(super) struct Heap {
    heap: Vec<(u64, u32)>,
    /// Of each slot its index in `heap` plus one; zero without an entry.
    places: Vec<u32>,
}

const ARITY: usize = 4;

/// More are rarely due in one tick.
const FEW: usize = 32;

impl Heap {
    /// The earliest entry.
    pub(super) fn first(&self) -> Option<(u64, u32)> {
        self.heap.first().copied()
    }

    /// Makes room for so many slots, and for a few entries; more take theirs when they come.
    pub(super) fn make_room(&mut self, slots: usize) {
        self.places.resize(slots, 0);
        self.heap.reserve(FEW);
    }

    /// Adds a slot that there is room for and that has no entry.
    pub(super) fn insert(&mut self, slot: u32, at: u64) {
        self.heap.push((at, slot));
        self.rise(self.heap.len() - 1);
    }

    /// Takes the entry of this slot out, if it has one.
    pub(super) fn remove(&mut self, slot: u32) {
        let Some(place) = self.places.get_mut(slot as usize) else {
            return;
        };
        let place = std::mem::take(place) as usize;
        if place > 0 {
            self.heap.swap_remove(place - 1);
            if place <= self.heap.len() {
                self.settle(place - 1);
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

    fn put(&mut self, at: usize, entry: (u64, u32)) {
        self.heap[at] = entry;
        // A heap holds at most one entry a slot, and slots are u32.
        self.places[entry.1 as usize] = u32::try_from(at + 1).unwrap_or(u32::MAX);
    }
}
