//! What one request has tried so far (RFC 3261 section 22.3).

use crate::memory::RealmId;

/// The most realms that are answered at once: one request has no more fields than this.
pub(crate) const ANSWERS: usize = 4;

/// What one request and its repetitions have tried; a fresh one for each request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts {
    answered: u8,
    /// The realms that were answered first, from the front.
    realms: [Option<RealmId>; ANSWERS],
}

impl Attempts {
    /// Nothing tried yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many responses with challenges were answered; never more than two.
    pub fn answered(&self) -> u8 {
        self.answered
    }

    /// Whether a challenge may be answered: the first time always, the second time only if the
    /// first answer was not wrong but stale, or to somebody else.
    pub(crate) fn allow(&self, realm: Option<RealmId>, is_stale: bool) -> bool {
        match self.answered {
            0 => true,
            1 => is_stale || realm.is_none() || !self.realms.contains(&realm),
            _ => false,
        }
    }

    /// One more response is answered.
    pub(crate) fn begin(&mut self) {
        self.answered = self.answered.saturating_add(1);
    }

    /// This realm is among those answered. Of the second time nothing needs to be known: there
    /// is no third.
    pub(crate) fn add(&mut self, realm: RealmId) {
        if let Some(free) = self.realms.iter_mut().find(|place| place.is_none()) {
            *free = Some(realm);
        }
    }
}
