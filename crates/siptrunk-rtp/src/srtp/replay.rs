//! The replay window: which packet indices were seen (RFC 3711 section 3.3.2), as a ring of bits
//! whose advancing edge is cleared a word at a time (RFC 6479).

use super::SrtpError;

/// The indices seen, up to a window behind the highest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReplayWindow {
    highest: Option<u64>,
    /// A word more than the window, so that clearing the newest never cuts into the window.
    words: Box<[u64]>,
}

impl ReplayWindow {
    /// A window of so many indices, a multiple of 64, that has seen none.
    pub(super) fn new(size: usize) -> Self {
        Self { highest: None, words: vec![0; size.div_ceil(64).saturating_add(1)].into() }
    }

    /// The highest index seen.
    pub(super) fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Indices that the window holds.
    pub(super) fn size(&self) -> usize {
        self.words.len().saturating_sub(1).saturating_mul(64)
    }

    /// Whether a packet of that index may be taken: it is new and not behind the window.
    #[inline]
    pub(super) fn check(&self, index: u64) -> Result<(), SrtpError> {
        let Some(highest) = self.highest else { return Ok(()) };
        if index > highest {
            return Ok(());
        }
        if highest.wrapping_sub(index) >= self.size() as u64 {
            return Err(SrtpError::Old { window: self.size() });
        }
        match self.words.get(self.place(block(index))) {
            Some(word) if word & bit(index) == 0 => Ok(()),
            _ => Err(SrtpError::Replayed { index }),
        }
    }

    /// Notes an index that [`ReplayWindow::check`] let pass.
    #[inline]
    pub(super) fn accept(&mut self, index: u64) {
        let highest = self.highest.unwrap_or(index);
        let (newest, block) = (block(highest), block(index));
        let steps = block.saturating_sub(newest).min(self.words.len() as u64);
        for step in 0..steps {
            let place = self.place(block.wrapping_sub(step));
            if let Some(word) = self.words.get_mut(place) {
                *word = 0;
            }
        }
        self.highest = Some(highest.max(index));
        let place = self.place(block);
        if let Some(word) = self.words.get_mut(place) {
            *word |= bit(index);
        }
    }

    /// Takes every index up to this one for seen.
    pub(super) fn seen_up_to(&mut self, index: u64) {
        self.highest = Some(index);
        self.words.fill(u64::MAX);
        let place = self.place(block(index));
        if let Some(word) = self.words.get_mut(place) {
            // Not those after it.
            *word = bit(index) | bit(index).wrapping_sub(1);
        }
    }

    /// The word in the ring that a block of 64 indices has.
    fn place(&self, block: u64) -> usize {
        let place = block.checked_rem(self.words.len() as u64).unwrap_or(0);
        usize::try_from(place).unwrap_or(usize::MAX)
    }
}

/// The block of 64 that an index belongs to.
fn block(index: u64) -> u64 {
    index >> 6
}

/// The bit of an index in its block's word.
fn bit(index: u64) -> u64 {
    1 << (index & 63)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a set that forgets nothing.
        #[test]
        fn the_window_says_what_a_set_would_say(
            words in 1_usize..5,
            start in prop_oneof![0_u64..200, (1_u64 << 48) - 5000..(1 << 48) - 4000],
            steps in prop::collection::vec(
                prop_oneof![4 => -40_i64..40, 2 => -400_i64..400, 1 => -3000_i64..3000],
                1..300,
            ),
        ) {
            let size = words as u64 * 64;
            let mut window = ReplayWindow::new(words * 64);
            let (mut seen, mut highest) = (HashSet::new(), None);
            let mut index = start;
            for step in steps {
                index = highest.unwrap_or(index).saturating_add_signed(step);
                let old = highest.is_some_and(|highest| index + size <= highest);
                let expected = if old {
                    Err(SrtpError::Old { window: words * 64 })
                } else if seen.contains(&index) {
                    Err(SrtpError::Replayed { index })
                } else {
                    Ok(())
                };
                prop_assert_eq!(window.check(index), expected);
                if expected.is_ok() {
                    window.accept(index);
                    seen.insert(index);
                    highest = highest.max(Some(index));
                    prop_assert_eq!(window.highest(), highest);
                }
            }
        }
    }

    #[test]
    fn a_window_taken_over_accepts_only_what_comes_after() {
        for index in [0, 1, 62, 63, 64, 1000] {
            let mut window = ReplayWindow::new(128);
            window.seen_up_to(index);
            for earlier in index.saturating_sub(200)..=index {
                assert!(window.check(earlier).is_err(), "{earlier} of {index}");
            }
            window.accept(index + 3);
            assert_eq!(window.check(index + 1), Ok(()), "after {index}");
            assert_eq!(window.check(index + 2), Ok(()), "after {index}");
            assert_eq!(window.check(index + 3), Err(SrtpError::Replayed { index: index + 3 }));
        }
    }
}
