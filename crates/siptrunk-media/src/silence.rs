//! The watch over a side that should be heard.

use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub(crate) struct Silence {
    /// Since when nothing was heard; `None` while nothing is due.
    since: Option<Instant>,
    reported: bool,
}

impl Silence {
    /// Audio is due from now on, or is not. What was due before goes on unchanged.
    pub(crate) fn expect(&mut self, now: Instant, due: bool) {
        if due == self.since.is_some() {
            return;
        }
        self.since = due.then_some(now);
        self.reported = false;
    }

    /// A packet came. Returns whether it ends a silence that was reported.
    pub(crate) fn heard(&mut self, now: Instant) -> bool {
        let Some(since) = &mut self.since else { return false };
        *since = now.max(*since);
        std::mem::take(&mut self.reported)
    }

    /// When the next silence is due to be reported.
    pub(crate) fn deadline(&self, after: Duration) -> Option<Instant> {
        if self.reported {
            return None;
        }
        self.since?.checked_add(after)
    }

    /// Returns whether a silence is to be reported now; once until something is heard.
    pub(crate) fn expire(&mut self, now: Instant, after: Duration) -> bool {
        let due = self.deadline(after).is_some_and(|deadline| deadline <= now);
        self.reported |= due;
        due
    }
}
