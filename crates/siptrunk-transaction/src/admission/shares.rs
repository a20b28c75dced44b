//! How many transactions each stranger has, and all of them together.

use std::{collections::HashMap, hash::BuildHasherDefault};

use super::{Admission, NoShare, Stranger};
use crate::{key::Prehashed, spare::is_to_spare};

/// Who has none has no entry, so the table holds at most as many as there are transactions.
#[derive(Debug)]
pub(crate) struct Shares {
    of: HashMap<Stranger, usize, BuildHasherDefault<Prehashed>>,
    taken: usize,
    most: usize,
    most_each: usize,
}

impl Shares {
    pub(crate) fn new(config: &Admission) -> Self {
        let (most, most_each) = (config.strangers, config.per_stranger);
        Self { of: HashMap::default(), taken: 0, most, most_each }
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    /// His own share is asked first, so that a flooder hears of himself.
    pub(crate) fn room(&self, stranger: Stranger, in_dialog: bool) -> Result<(), NoShare> {
        if self.of.get(&stranger).copied().unwrap_or_default() >= self.most_each {
            return Err(NoShare::Own);
        }
        if self.taken >= most_of(self.most, in_dialog) {
            return Err(NoShare::All);
        }
        Ok(())
    }

    pub(crate) fn take(&mut self, stranger: Stranger) {
        *self.of.entry(stranger).or_default() += 1;
        self.taken += 1;
    }

    pub(crate) fn give_back(&mut self, stranger: Stranger) {
        let Some(count) = self.of.get_mut(&stranger) else {
            debug_assert!(false, "a share that was never taken");
            return;
        };
        *count -= 1;
        self.taken -= 1;
        if *count == 0 {
            self.of.remove(&stranger);
            if is_to_spare(self.of.len(), self.of.capacity()) {
                self.of = HashMap::default();
            }
        }
    }
}

/// How much of a cap is there for a request: the last eighth is for those inside dialogs, so that
/// calls can end.
pub(crate) fn most_of(cap: usize, in_dialog: bool) -> usize {
    if in_dialog { cap } else { cap - cap / 8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_end_by_source_and_in_total_and_come_back() {
        let [one, two] = [1, 2].map(Stranger);
        let mut shares =
            Shares::new(&Admission { strangers: 3, per_stranger: 2, ..Admission::default() });
        shares.take(one);
        assert_eq!(shares.room(one, false), Ok(()));
        shares.take(one);
        assert_eq!(shares.room(one, false), Err(NoShare::Own));
        assert_eq!(shares.room(two, false), Ok(()));
        shares.take(two);
        assert_eq!(shares.room(two, false), Err(NoShare::All));
        shares.give_back(one);
        assert_eq!((shares.room(one, false), shares.room(two, false)), (Ok(()), Ok(())));
        shares.give_back(one);
        shares.give_back(two);
        assert_eq!(shares.taken(), 0);
        assert!(shares.of.is_empty(), "nothing is kept of who has gone");
    }

    #[test]
    fn the_last_eighth_of_a_cap_is_for_dialogs() {
        assert_eq!([0, 1, 7, 8, 80].map(|cap| most_of(cap, false)), [0, 1, 7, 7, 70]);
        assert_eq!([0, 1, 7, 8, 80].map(|cap| most_of(cap, true)), [0, 1, 7, 8, 80]);
        let mut shares = Shares::new(&Admission { strangers: 8, ..Admission::default() });
        (0..7).for_each(|of| shares.take(Stranger(of)));
        assert_eq!(shares.room(Stranger(9), false), Err(NoShare::All));
        assert_eq!(shares.room(Stranger(9), true), Ok(()));
    }
}
