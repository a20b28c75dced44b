//! A user name with its password.

use crate::secret::Secret;

/// Who we are to a peer, or who a peer is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// The only realm that a client answers with this account; `None`: whichever the peer that
    /// the account belongs to names.
    pub realm: Option<String>,
}

impl Account {
    /// An account for any realm of its peer.
    pub fn new(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self { username: username.into(), password: password.into(), realm: None }
    }

    /// The same for one realm only.
    #[must_use]
    pub fn for_realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }
}
