//! The list of events in the `a=fmtp:` of telephone-event (RFC 4733 section 2.4.1).

use std::fmt;

use super::AttributeError;
use crate::grammar::{Cursor, Stop};

/// A set of events, 0 to 255: `0-15,66`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TelephoneEvents {
    /// One bit an event, the low half first.
    bits: [u128; 2],
}

impl TelephoneEvents {
    /// Digits, star, pound and A to D: events 0 to 15, what holds where nothing is said
    /// (RFC 4733 section 2.4.1).
    pub const DIGITS: Self = Self { bits: [0xffff, 0] };

    /// Reads the parameters of an `a=fmtp:` line.
    ///
    /// # Errors
    /// [`AttributeError`] if it is no list of numbers and ranges below 256.
    pub fn parse(parameters: &str) -> Result<Self, AttributeError> {
        Self::read(parameters.as_bytes())
            .map_err(AttributeError::at("fmtp", "events such as 0-15,66"))
    }

    fn read(list: &[u8]) -> Result<Self, Stop> {
        let mut cursor = Cursor::new(list);
        let mut events = Self::default();
        loop {
            let _ = cursor.spaces();
            let at = cursor.stop();
            let first: u8 = cursor.number()?;
            let last = if cursor.byte(b'-').is_ok() { cursor.number()? } else { first };
            if last < first {
                return Err(at);
            }
            (first..=last).for_each(|event| events.insert(event));
            if cursor.end().is_ok() {
                return Ok(events);
            }
            cursor.byte(b',')?;
        }
    }

    /// Whether an event is in it.
    pub fn contains(&self, event: u8) -> bool {
        let [low, high] = self.bits;
        let half = if event < 128 { low } else { high };
        half.checked_shr(u32::from(event & 127)).is_some_and(|bits| bits & 1 == 1)
    }

    /// Adds an event.
    pub fn insert(&mut self, event: u8) {
        let [low, high] = &mut self.bits;
        let half = if event < 128 { low } else { high };
        *half |= 1u128.checked_shl(u32::from(event & 127)).unwrap_or(0);
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.bits, other.bits);
        Self { bits: [a & c, b & d] }
    }

    /// Whether there is no event in it.
    pub fn is_empty(&self) -> bool {
        self.bits == [0, 0]
    }
}

/// As in `a=fmtp:`: `0-15,66`.
impl fmt::Display for TelephoneEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut events = (0..=u8::MAX).filter(|event| self.contains(*event)).peekable();
        let mut separator = "";
        while let Some(first) = events.next() {
            let mut last = first;
            while let Some(next) = events.next_if(|next| Some(*next) == last.checked_add(1)) {
                last = next;
            }
            write!(f, "{separator}{first}")?;
            if last > first {
                write!(f, "-{last}")?;
            }
            separator = ",";
        }
        Ok(())
    }
}
