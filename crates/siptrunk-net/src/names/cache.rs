//! What was found, for as long as it holds; and the last good answer for as long as there is none.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::{
    NamesOptions,
    locate::{Host, Whereabouts},
};

/// Answers by host. Bounded: what comes first stays, and those are the configured trunks; names that
/// peers bring in later are not remembered once it is full.
#[derive(Debug, Default)]
pub(super) struct Cache(HashMap<Host, Entry>);

#[derive(Debug)]
struct Entry {
    whereabouts: Whereabouts,
    until: Instant,
}

impl Cache {
    /// What holds now.
    pub(super) fn fresh(&self, host: &Host, now: Instant) -> Option<&Whereabouts> {
        self.0.get(host).filter(|entry| entry.until > now).map(|entry| &entry.whereabouts)
    }

    /// What was good last, however old.
    pub(super) fn last_good(&self, host: &Host) -> Option<&Whereabouts> {
        self.0.get(host).map(|entry| &entry.whereabouts)
    }

    /// Keeps an answer that has addresses, for as long as it says, within bounds.
    pub(super) fn keep(
        &mut self,
        host: Host,
        whereabouts: Whereabouts,
        now: Instant,
        options: &NamesOptions,
    ) {
        if self.0.len() >= options.remembered && !self.0.contains_key(&host) {
            return;
        }
        let ttl = whereabouts.ttl.max(options.min_ttl).min(options.max_ttl);
        self.0.insert(host, Entry { whereabouts, until: now + ttl });
    }

    /// There was no new answer: what there is holds on for a moment, so that a dead resolver is not
    /// asked for every call.
    pub(super) fn hold_on(&mut self, host: &Host, now: Instant, moment: Duration) {
        if let Some(entry) = self.0.get_mut(host) {
            entry.until = now + moment;
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
