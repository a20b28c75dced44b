//! When each slot is due: a timer wheel for what is far, a heap for what is near.
//!
//! Time is cut into ticks of a millisecond, numbers of 44 bits. A bucket of level 0 holds what is
//! due in one tick; one of level 1 what is due in 64 ticks, and so on, as the digits of a number to
//! the base 64. A deadline lies on the level of the first digit in which its tick differs from the
//! present one, so it has a bucket without a search, and when the present comes to that bucket, it
//! moves to a lower level. What is due in the present tick lies in the heap, where it has its
//! exact order.
//!
//! So to set, move and cancel a deadline costs the same whatever else stands: the timers of the RFC,
//! half a second to 32, move three times at most, and few share their tick. Nothing is allocated but the
//! tables of the slots, the buckets once, and what the heap needs for the most that were ever due in
//! one tick.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use super::heap::Heap;
use crate::spare::is_to_spare;

/// A tick has so many bits of nanoseconds: 1.05 milliseconds.
const TICK: u32 = 20;

/// Bits of a digit.
const DIGIT: u32 = 6;

/// Values of a digit.
const WIDTH: u32 = 1 << DIGIT;

/// Digits of a tick: 48 bits, more than the 44.
const LEVELS: u32 = 8;

/// No slot: the end of a list.
const NONE: u32 = u32::MAX;

/// The deadlines of slots, at most one each. Slots are small numbers: the largest decides how much
/// memory is taken, until there is no deadline left.
///
/// Equal deadlines fall due in the order of their slots: in none that chance decides.
///
/// ```
/// use std::time::{Duration, Instant};
/// use siptrunk_transaction::Wheel;
///
/// let (mut wheel, now) = (Wheel::default(), Instant::now());
/// wheel.set(7, Some(now + Duration::from_secs(2)));
/// wheel.set(3, Some(now + Duration::from_secs(1)));
/// wheel.set(3, None);
/// let due = now + Duration::from_secs(2);
/// while let Some(at) = wheel.next().filter(|at| *at < due) {
///     assert_eq!(wheel.pop_due(at), None); // at most once for what was cancelled
/// }
/// assert_eq!(wheel.pop_due(due), Some(7));
/// assert_eq!(wheel.next(), None);
/// ```
#[derive(Debug, Default)]
pub struct Wheel {
    /// The first instant that came, which is [`MIDDLE`] on the scale of this table.
    first: Option<Instant>,
    /// The present: what is due in this tick or before is in `near`, all else in the buckets.
    tick: u64,
    near: Heap,
    /// Of each level the buckets that are not empty.
    occupied: [u64; LEVELS as usize],
    /// Level by level. Made with the first deadline that is far.
    buckets: Vec<Bucket>,
    nodes: Vec<Node>,
    /// How many slots have a deadline.
    len: usize,
}

/// Instants are counted in nanoseconds from here, in both directions for 292 years.
const MIDDLE: u64 = 1 << 63;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// The first of a list of slots.
    head: u32,
    /// None of them is due earlier; the one that was due then may be gone.
    earliest: u64,
}

/// What is known of a slot.
#[derive(Clone, Copy, Debug)]
struct Node {
    at: u64,
    place: Place,
    /// Its neighbours in the list of a bucket.
    previous: u32,
    next: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It has no deadline.
    Nowhere,
    Near,
    Bucket(u32),
}

impl Wheel {
    /// A time that is after all that has passed and not after the earliest deadline: that deadline
    /// itself, unless an earlier one was cancelled. Who comes then finds nothing due and the next
    /// answer better.
    pub fn next(&self) -> Option<Instant> {
        let at = match self.near.first() {
            Some((at, _)) => at,
            None => self.buckets.get(self.first_bucket()? as usize)?.earliest,
        };
        self.instant(at)
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
        let at = at.map(|at| self.number(at));
        let index = slot as usize;
        if index >= self.nodes.len() {
            if at.is_none() {
                return;
            }
            let node = Node { at: 0, place: Place::Nowhere, previous: NONE, next: NONE };
            self.nodes.resize(index + 1, node);
            self.near.make_room(index + 1);
        }
        let node = self.nodes[index];
        if node.place != Place::Nowhere {
            if at == Some(node.at) {
                return;
            }
            self.take_out(slot, node);
        }
        if let Some(at) = at {
            self.len += 1;
            self.put(slot, at);
        }
    }

    /// Takes out a slot whose deadline is not after `now`, earliest first.
    pub fn pop_due(&mut self, now: Instant) -> Option<u32> {
        let now = self.number(now);
        self.advance_to(now);
        let (_, slot) = self.near.first().filter(|(at, _)| *at <= now)?;
        self.take_out(slot, self.nodes[slot as usize]);
        Some(slot)
    }

    /// Time has passed: [`next`](Self::next) is after `now` from here on, unless something is due.
    pub fn advance(&mut self, now: Instant) {
        let now = self.number(now);
        self.advance_to(now);
    }

    fn advance_to(&mut self, now: u64) {
        let present = now >> TICK;
        if present <= self.tick {
            return;
        }
        while let Some(index) = self.first_bucket() {
            let ticks = self.ticks(index);
            if *ticks.start() > present {
                break;
            }
            self.tick = present.min(*ticks.end());
            let mut slot = self.empty(index);
            while let Some(Node { at, next, .. }) = self.nodes.get(slot as usize).copied() {
                self.put(slot, at);
                slot = next;
            }
        }
        self.tick = present;
    }

    /// The bucket that time comes to first: lower levels lie before higher ones, since their
    /// deadlines have more digits in common with the present.
    fn first_bucket(&self) -> Option<u32> {
        let mut levels = (0..LEVELS).zip(&self.occupied);
        let (level, occupied) = levels.find(|(_, occupied)| **occupied != 0)?;
        Some(level * WIDTH + occupied.trailing_zeros())
    }

    /// The ticks of a bucket: the digits of the present above its own, its own, and any.
    fn ticks(&self, index: u32) -> RangeInclusive<u64> {
        let (level, digit) = (index / WIDTH, index % WIDTH);
        let (own, above) = (level * DIGIT, (level + 1) * DIGIT);
        let begin = self.tick >> above << above | u64::from(digit) << own;
        begin..=begin | ((1 << own) - 1)
    }

    /// Puts a slot that is nowhere where its deadline belongs.
    fn put(&mut self, slot: u32, at: u64) {
        let tick = at >> TICK;
        if tick <= self.tick {
            self.near.insert(slot, at);
            let node = Node { at, place: Place::Near, previous: NONE, next: NONE };
            self.nodes[slot as usize] = node;
            return;
        }
        // They differ, and have no more than 44 bits.
        let level = (tick ^ self.tick).ilog2() / DIGIT;
        let digit = digit(tick, level);
        let index = level * WIDTH + digit;
        if self.buckets.is_empty() {
            self.buckets = vec![Bucket::EMPTY; (LEVELS * WIDTH) as usize];
        }
        self.occupied[level as usize] |= 1 << digit;
        let bucket = &mut self.buckets[index as usize];
        let next = std::mem::replace(&mut bucket.head, slot);
        bucket.earliest = bucket.earliest.min(at);
        let node = Node { at, place: Place::Bucket(index), previous: NONE, next };
        self.nodes[slot as usize] = node;
        if let Some(next) = self.nodes.get_mut(next as usize) {
            next.previous = slot;
        }
    }

    fn take_out(&mut self, slot: u32, node: Node) {
        self.nodes[slot as usize].place = Place::Nowhere;
        match node.place {
            Place::Bucket(index) => self.unlink(index, node),
            Place::Near | Place::Nowhere => self.near.remove(slot),
        }
        self.len -= 1;
        if is_to_spare(self.len, self.nodes.capacity()) {
            (self.nodes, self.near) = (Vec::new(), Heap::default());
        }
    }

    /// Takes a node out of the list of its bucket.
    fn unlink(&mut self, index: u32, node: Node) {
        if let Some(next) = self.nodes.get_mut(node.next as usize) {
            next.previous = node.previous;
        }
        if let Some(previous) = self.nodes.get_mut(node.previous as usize) {
            previous.next = node.next;
        } else if node.next == NONE {
            self.empty(index);
        } else {
            self.buckets[index as usize].head = node.next;
        }
    }

    /// Takes the list of a bucket: its head.
    fn empty(&mut self, index: u32) -> u32 {
        self.occupied[(index / WIDTH) as usize] &= !(1 << (index % WIDTH));
        std::mem::replace(&mut self.buckets[index as usize], Bucket::EMPTY).head
    }

    fn number(&mut self, at: Instant) -> u64 {
        let first = *self.first.get_or_insert_with(|| {
            self.tick = MIDDLE >> TICK;
            at
        });
        match at.checked_duration_since(first) {
            Some(after) => MIDDLE.saturating_add(nanos(after)),
            None => MIDDLE.saturating_sub(nanos(first.duration_since(at))),
        }
    }

    fn instant(&self, number: u64) -> Option<Instant> {
        let first = self.first?;
        match number.checked_sub(MIDDLE) {
            Some(after) => first.checked_add(Duration::from_nanos(after)),
            None => first.checked_sub(Duration::from_nanos(MIDDLE - number)),
        }
    }
}

impl Bucket {
    const EMPTY: Self = Self { head: NONE, earliest: u64::MAX };
}

#[expect(clippy::cast_possible_truncation, reason = "six bits")]
fn digit(tick: u64, level: u32) -> u32 {
    (tick >> (level * DIGIT) & u64::from(WIDTH - 1)) as u32
}

fn nanos(duration: Duration) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    duration.as_secs().saturating_mul(SECOND).saturating_add(duration.subsec_nanos().into())
}

#[cfg(test)]
mod tests;
