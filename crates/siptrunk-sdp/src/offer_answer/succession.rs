//! How a peer's description follows its last one (RFC 3264 section 8).

use crate::session::SessionDescription;

/// What the `o=` lines and the bodies of two descriptions of one peer say of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Succession {
    /// The same version and the same bytes: nothing is new.
    Unchanged,
    /// The version is one more.
    Next,
    /// The same version with other bytes, or a version that fell or leapt: RFC 3264 section 8
    /// forbids it. It happens; the later description counts.
    Irregular,
    /// Another user name, session id or address in `o=`: the peer was replaced or started anew.
    Replaced,
}

impl SessionDescription {
    /// How this description follows the last one that the same peer sent in the dialog.
    pub fn succeeds(&self, previous: &Self) -> Succession {
        let (new, old) = (self.origin(), previous.origin());
        if self == previous {
            Succession::Unchanged
        } else if new.clone().with_version(old.version()) != old {
            Succession::Replaced
        } else if old.version().checked_add(1) == Some(new.version()) {
            Succession::Next
        } else {
            Succession::Irregular
        }
    }
}
