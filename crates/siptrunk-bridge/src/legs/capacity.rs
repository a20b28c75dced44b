//! Simultaneous calls of each trunk: counted exactly, taken before a leg is made, given back at its end.

use super::event::TrunkId;

/// The seats of all trunks.
#[derive(Debug)]
pub(crate) struct Capacity {
    trunks: Vec<Seats>,
}

#[derive(Debug)]
struct Seats {
    limit: Option<u32>,
    taken: u32,
}

impl Capacity {
    /// No seat taken; `limits` in the order of the trunks, `None` for no limit.
    pub(crate) fn new(limits: impl IntoIterator<Item = Option<u32>>) -> Self {
        Self { trunks: limits.into_iter().map(|limit| Seats { limit, taken: 0 }).collect() }
    }

    /// Takes a seat, or says which limit is reached.
    pub(crate) fn take(&mut self, trunk: TrunkId) -> Result<(), u32> {
        let Some(seats) = self.trunks.get_mut(trunk.0) else { return Err(0) };
        match seats.limit {
            Some(limit) if seats.taken >= limit => Err(limit),
            _ => {
                seats.taken += 1;
                Ok(())
            }
        }
    }

    /// Gives a seat back.
    pub(crate) fn give(&mut self, trunk: TrunkId) {
        if let Some(seats) = self.trunks.get_mut(trunk.0) {
            debug_assert!(seats.taken > 0, "a seat was given back twice");
            seats.taken = seats.taken.saturating_sub(1);
        }
    }

    /// Seats taken on a trunk.
    pub(crate) fn taken(&self, trunk: TrunkId) -> u32 {
        self.trunks.get(trunk.0).map_or(0, |seats| seats.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_exactly() {
        let mut capacity = Capacity::new([Some(2), None]);
        let (limited, open) = (TrunkId(0), TrunkId(1));
        assert_eq!(capacity.take(limited), Ok(()));
        assert_eq!(capacity.take(limited), Ok(()));
        assert_eq!(capacity.take(limited), Err(2));
        capacity.give(limited);
        assert_eq!(capacity.take(limited), Ok(()));
        for _ in 0..1000 {
            assert_eq!(capacity.take(open), Ok(()));
        }
        assert_eq!((capacity.taken(limited), capacity.taken(open)), (2, 1000));
        assert_eq!(capacity.take(TrunkId(7)), Err(0), "an unknown trunk has no seats");
    }
}
