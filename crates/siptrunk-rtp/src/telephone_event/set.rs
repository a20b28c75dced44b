//! Which events an end can handle: the "events" parameter (RFC 4733 section 2.4).

use std::fmt;
use std::str::FromStr;

use super::EventCode;
use crate::EventSetError;

/// A set of events, as `a=fmtp` of a telephone-event payload type lists it.
///
/// A sender must send no event that the peer's set lacks; a peer that gives none is taken to know
/// the digits (section 2.5.1.1): that is the default.
///
/// ```
/// use siptrunk_rtp::telephone_event::{EventCode, EventSet};
///
/// let set: EventSet = "0-15,66,70".parse()?;
/// assert!(set.contains(EventCode::STAR) && !set.contains(EventCode::FLASH));
/// assert_eq!(set.to_string(), "0-15,66,70");
/// assert_eq!(EventSet::default().to_string(), "0-15");
/// # Ok::<(), siptrunk_rtp::EventSetError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventSet {
    /// One bit a code, from the lowest bit of the first word on.
    words: [u64; 4],
}

impl EventSet {
    /// No event.
    pub const EMPTY: Self = Self { words: [0; 4] };
    /// The sixteen DTMF digits.
    pub const DIGITS: Self = Self { words: [0xffff, 0, 0, 0] };

    /// Whether an event is in the set.
    pub fn contains(&self, code: EventCode) -> bool {
        let (word, bit) = place(code.0);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Adds an event.
    pub fn insert(&mut self, code: EventCode) {
        let (word, bit) = place(code.0);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    /// The events that both sets have: what two ends may send each other.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let mut words = self.words;
        for (word, other) in words.iter_mut().zip(other.words) {
            *word &= other;
        }
        Self { words }
    }

    fn codes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|code| self.contains(EventCode(*code)))
    }
}

impl Default for EventSet {
    fn default() -> Self {
        Self::DIGITS
    }
}

/// The word and the bit of a code.
fn place(code: u8) -> (usize, u64) {
    (usize::from(code >> 6), 1 << (code & 63))
}

impl FromStr for EventSet {
    type Err = EventSetError;

    /// Reads a list of codes and ranges, in any order and overlapping; no white space is allowed.
    fn from_str(list: &str) -> Result<Self, EventSetError> {
        let mut set = Self::EMPTY;
        for (place, element) in list.split(',').enumerate() {
            let malformed = EventSetError { place };
            let (first, last) = element.split_once('-').unwrap_or((element, element));
            let (first, last) = (number(first), number(last));
            let (first, last) = first.zip(last).ok_or(malformed)?;
            if first > last {
                return Err(malformed);
            }
            for code in first..=last {
                set.insert(EventCode(code));
            }
        }
        Ok(set)
    }
}

/// Digits only: no sign.
fn number(digits: &str) -> Option<u8> {
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

impl fmt::Display for EventSet {
    /// The shortest list, in order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut codes = self.codes().peekable();
        let mut separator = "";
        while let Some(first) = codes.next() {
            let mut last = first;
            while let Some(next) = codes.next_if(|next| Some(*next) == last.checked_add(1)) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes(list: &str) -> Result<Vec<u8>, EventSetError> {
        list.parse::<EventSet>().map(|set| set.codes().collect())
    }

    #[test]
    fn lists_are_codes_and_ranges_in_any_order() {
        assert_eq!(codes("3"), Ok(vec![3]));
        assert_eq!(codes("70,66,1-3,2-4"), Ok(vec![1, 2, 3, 4, 66, 70]));
        assert_eq!(codes("0-255").unwrap().len(), 256);
        assert_eq!(codes("63-64,127-128,191-192,255").unwrap().len(), 7);
        assert_eq!("0-15".parse(), Ok(EventSet::DIGITS));
    }

    #[test]
    fn what_is_no_list_says_which_element_is_wrong() {
        for (list, place) in [
            ("", 0),
            ("0-15,", 1),
            ("1,2,x", 2),
            ("1, 2", 1),
            ("256", 0),
            ("3-1", 0),
            ("1-", 0),
            ("-1", 0),
            ("1-2-3", 0),
            ("+1", 0),
            ("1,0-٣", 1),
        ] {
            assert_eq!(codes(list), Err(EventSetError { place }), "{list}");
        }
    }

    #[test]
    fn what_two_ends_have_in_common() {
        let set = |list: &str| list.parse::<EventSet>().unwrap();
        assert_eq!(set("0-15,66").common(&set("10-20,66,200")).to_string(), "10-15,66");
        assert_eq!(set("1").common(&set("200")), EventSet::EMPTY);
        assert_eq!(EventSet::EMPTY.to_string(), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

        #[test]
        fn what_is_written_is_read(words: [u64; 4]) {
            let set = EventSet { words };
            prop_assume!(set != EventSet::EMPTY);
            prop_assert_eq!(set.to_string().parse(), Ok(set));
        }
    }
}
