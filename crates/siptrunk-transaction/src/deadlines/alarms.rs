//! When each slot is due: a pairing heap whose links lie in a table of the slots.

use std::time::Instant;

use crate::spare::is_to_spare;

/// No slot.
const NONE: u32 = u32::MAX;

/// The deadlines of slots, at most one each. Slots are small numbers: the largest decides how much
/// memory is taken, until there is no deadline left.
///
/// A pairing heap (Fredman, Sedgewick, Sleator and Tarjan, 1986): the earliest deadline is the root, and
/// no child is due before its parent. To set a deadline is one comparison, whatever else stands, and so is
/// to cancel one that is not the earliest, for all but few have no children. To take out the earliest
/// costs the logarithm of how many there are, spread over what was set in the meantime. Nothing is
/// allocated but the table.
///
/// Equal deadlines fall due in the order of their slots: in none that chance decides.
///
/// ```
/// use std::time::{Duration, Instant};
/// use siptrunk_transaction::Alarms;
///
/// let (mut alarms, now) = (Alarms::default(), Instant::now());
/// let at = |seconds| Some(now + Duration::from_secs(seconds));
/// alarms.set(7, at(2));
/// alarms.set(3, at(1));
/// alarms.set(3, None);
/// assert_eq!(alarms.next(), at(2));
/// assert_eq!(alarms.pop_due(now), None);
/// assert_eq!(alarms.pop_due(now + Duration::from_secs(2)), Some(7));
/// assert_eq!(alarms.next(), None);
/// ```
#[derive(Debug)]
pub struct Alarms {
    /// The slot that is due first.
    root: u32,
    nodes: Vec<Node>,
    len: usize,
}

/// What is known of a slot.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// None where it has no deadline.
    at: Option<Instant>,
    /// The first of its children, none of which is due before it.
    child: u32,
    /// The next child of its parent.
    next: u32,
    /// The child of its parent before it, or the parent.
    previous: u32,
}

impl Node {
    const EMPTY: Self = Self { at: None, child: NONE, next: NONE, previous: NONE };
}

impl Default for Alarms {
    fn default() -> Self {
        Self { root: NONE, nodes: Vec::new(), len: 0 }
    }
}

impl Alarms {
    /// The earliest deadline.
    pub fn next(&self) -> Option<Instant> {
        self.nodes.get(self.root as usize)?.at
    }

    /// How many slots have a deadline.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no slot has a deadline.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Gives a slot this deadline, or none.
    pub fn set(&mut self, slot: u32, at: Option<Instant>) {
        let index = slot as usize;
        if index >= self.nodes.len() {
            if at.is_none() {
                return;
            }
            self.nodes.resize(index + 1, Node::EMPTY);
        }
        if self.nodes[index].at == at {
            return;
        }
        if self.nodes[index].at.is_some() {
            self.take_out(slot);
        }
        if at.is_some() {
            // Taken out as the last one, its table may be gone.
            self.nodes.resize(self.nodes.len().max(index + 1), Node::EMPTY);
            self.nodes[index].at = at;
            self.root = self.merge(self.root, slot);
            self.len += 1;
        }
    }

    /// Takes out a slot whose deadline is not after `now`, earliest first.
    pub fn pop_due(&mut self, now: Instant) -> Option<u32> {
        self.next().filter(|at| *at <= now)?;
        let slot = self.root;
        self.take_out(slot);
        Some(slot)
    }

    fn take_out(&mut self, slot: u32) {
        let Node { child, next, previous, .. } =
            std::mem::replace(&mut self.nodes[slot as usize], Node::EMPTY);
        let orphans = self.pair(child);
        if slot == self.root {
            self.root = orphans;
        } else {
            let before = &mut self.nodes[previous as usize];
            let link = if before.child == slot { &mut before.child } else { &mut before.next };
            *link = next;
            if let Some(after) = self.nodes.get_mut(next as usize) {
                after.previous = previous;
            }
            self.root = self.merge(self.root, orphans);
        }
        self.len -= 1;
        if is_to_spare(self.len, self.nodes.capacity()) {
            self.nodes = Vec::new();
        }
    }

    /// Makes one heap of two, either of which may be none: the later root becomes a child of the other.
    fn merge(&mut self, one: u32, other: u32) -> u32 {
        match (one, other) {
            (NONE, only) | (only, NONE) => return only,
            _ => {}
        }
        let key = |slot: u32| (self.nodes[slot as usize].at, slot);
        let (parent, child) = if key(one) < key(other) { (one, other) } else { (other, one) };
        let sibling = std::mem::replace(&mut self.nodes[parent as usize].child, child);
        if let Some(sibling) = self.nodes.get_mut(sibling as usize) {
            sibling.previous = child;
        }
        let node = &mut self.nodes[child as usize];
        (node.next, node.previous) = (sibling, parent);
        parent
    }

    /// Makes one heap of the children that begin here: in pairs from the first to the last, and then the
    /// pairs from the last to the first.
    fn pair(&mut self, mut first: u32) -> u32 {
        let mut pairs = NONE;
        while first != NONE {
            let second = self.cut(first);
            let rest = if second == NONE { NONE } else { self.cut(second) };
            let pair = self.merge(first, second);
            self.nodes[pair as usize].next = pairs;
            (pairs, first) = (pair, rest);
        }
        let mut root = NONE;
        while pairs != NONE {
            let rest = self.cut(pairs);
            root = self.merge(root, pairs);
            pairs = rest;
        }
        root
    }

    /// Takes a slot from its siblings; the next of them.
    fn cut(&mut self, slot: u32) -> u32 {
        let node = &mut self.nodes[slot as usize];
        node.previous = NONE;
        std::mem::replace(&mut node.next, NONE)
    }
}

#[cfg(test)]
mod tests;
