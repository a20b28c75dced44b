//! Sequence numbers and timestamps: numbers on a circle, which wrap and have no total order.

use std::fmt;
use std::ops::{Add, AddAssign};

/// An RTP sequence number (RFC 3550 section 5.1): 16 bits that wrap.
///
/// There is no `Ord`: on a circle "greater" depends on where one stands. Ask
/// [`Sequence::distance_from`] or [`Sequence::is_after`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sequence(pub u16);

impl Sequence {
    /// The number that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// Steps from `earlier` to `self` by the shorter way round: negative if `self` lies before.
    pub fn distance_from(self, earlier: Self) -> i16 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }

    /// Whether `self` lies after `other` by the shorter way round.
    pub fn is_after(self, other: Self) -> bool {
        self.distance_from(other) > 0
    }
}

impl Add<u16> for Sequence {
    type Output = Self;

    /// Wrapping.
    fn add(self, steps: u16) -> Self {
        Self(self.0.wrapping_add(steps))
    }
}

impl AddAssign<u16> for Sequence {
    /// Wrapping.
    fn add_assign(&mut self, steps: u16) {
        self.0 = self.0.wrapping_add(steps);
    }
}

impl From<u16> for Sequence {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl From<Sequence> for u16 {
    fn from(sequence: Sequence) -> Self {
        sequence.0
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An RTP timestamp (RFC 3550 section 5.1): 32 bits that wrap, in units of the payload's clock
/// rate (8000 a second for G.711).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Timestamp(pub u32);

impl Timestamp {
    /// Units from `earlier` to `self` by the shorter way round: negative if `self` lies before.
    pub fn distance_from(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }

    /// Whether `self` lies after `other` by the shorter way round.
    pub fn is_after(self, other: Self) -> bool {
        self.distance_from(other) > 0
    }
}

impl Add<u32> for Timestamp {
    type Output = Self;

    /// Wrapping.
    fn add(self, units: u32) -> Self {
        Self(self.0.wrapping_add(units))
    }
}

impl AddAssign<u32> for Timestamp {
    /// Wrapping.
    fn add_assign(&mut self, units: u32) {
        self.0 = self.0.wrapping_add(units);
    }
}

impl From<u32> for Timestamp {
    fn from(units: u32) -> Self {
        Self(units)
    }
}

impl From<Timestamp> for u32 {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_number_is_followed_by_one_that_is_after_it() {
        for number in 0..=u16::MAX {
            let (here, next) = (Sequence(number), Sequence(number).next());
            assert_eq!(next.distance_from(here), 1);
            assert_eq!(here.distance_from(next), -1);
            assert!(next.is_after(here) && !here.is_after(next) && !here.is_after(here));
            assert_eq!(here + 1, next);
        }
    }

    #[test]
    fn the_far_side_of_the_circle_is_after_from_neither_end() {
        let (near, far) = (Sequence(10), Sequence(10 + 0x8000));
        assert_eq!(near.distance_from(far), i16::MIN);
        assert!(!near.is_after(far) && !far.is_after(near));
    }

    #[test]
    fn timestamps_wrap() {
        let mut timestamp = Timestamp(u32::MAX - 79);
        timestamp += 160;
        assert_eq!(timestamp, Timestamp(80));
        assert_eq!(timestamp.distance_from(Timestamp(u32::MAX - 79)), 160);
        assert!(timestamp.is_after(Timestamp(u32::MAX)));
    }
}
