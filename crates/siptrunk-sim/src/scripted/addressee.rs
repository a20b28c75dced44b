//! Which of an end's legs a request is for.

use std::net::SocketAddr;

use super::{Leg, Parts};

/// The places of the legs that a request may be for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addressee {
    /// Of the leg whose dialog it belongs to.
    pub(crate) by_dialog: Option<usize>,
    /// Of the leg whose INVITE has its branch.
    pub(crate) by_invite: Option<usize>,
}

impl Addressee {
    pub(crate) fn of<'a>(
        legs: impl Iterator<Item = Option<&'a Leg>>,
        parts: &Parts,
        from: SocketAddr,
    ) -> Self {
        let mut found = Self { by_dialog: None, by_invite: None };
        for (place, leg) in legs.enumerate() {
            let Some(leg) = leg else { continue };
            if leg.dialog.as_ref().is_some_and(|dialog| dialog.takes(parts)) {
                found.by_dialog.get_or_insert(place);
            }
            if leg.invite_matches(parts, from) {
                found.by_invite.get_or_insert(place);
            }
        }
        found
    }

    /// The leg, however it was found.
    pub(crate) fn leg(self) -> Option<usize> {
        self.by_dialog.or(self.by_invite)
    }
}
