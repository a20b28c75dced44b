//! Calls that came in a datagram and whose caller has not shown yet that it hears us: an address can be
//! forged, and whoever forges one sees no answer and acknowledges none.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::event::LegId;

/// The half-open calls of each source.
#[derive(Debug)]
pub(crate) struct HalfOpen {
    limit: usize,
    legs: BTreeMap<LegId, IpAddr>,
    sources: BTreeMap<IpAddr, usize>,
}

impl HalfOpen {
    /// At most so many for each source.
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, legs: BTreeMap::new(), sources: BTreeMap::new() }
    }

    /// Whether a source may have one more; else the limit.
    pub(crate) fn room(&self, source: IpAddr) -> Result<(), usize> {
        let taken = self.sources.get(&source).copied().unwrap_or_default();
        if taken < self.limit { Ok(()) } else { Err(self.limit) }
    }

    /// A call that waits for a sign of its caller.
    pub(crate) fn open(&mut self, leg: LegId, source: IpAddr) {
        self.legs.insert(leg, source);
        *self.sources.entry(source).or_default() += 1;
    }

    /// The caller has shown itself, or the call is over.
    pub(crate) fn close(&mut self, leg: LegId) {
        let Some(source) = self.legs.remove(&leg) else { return };
        if let Some(taken) = self.sources.get_mut(&source) {
            *taken -= 1;
            if *taken == 0 {
                self.sources.remove(&source);
            }
        }
    }

    /// How many there are now.
    pub(crate) fn len(&self) -> usize {
        self.legs.len()
    }
}
