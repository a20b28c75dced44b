//! A user name with its password, and what they may be used for.

use crate::algorithm::Algorithm;
use crate::secret::Secret;

/// Who we are to a peer, or who a peer is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// The user name, as UTF-8 in Normalization Form C where it is not ASCII.
    pub username: String,
    /// The password, of the same form.
    pub password: Secret,
    /// The only realm that a client answers with this account; `None`: whichever the peer that
    /// the account belongs to names.
    pub realm: Option<String>,
    /// Weaker algorithms neither prove this account nor are answered for it. MD5 by default,
    /// since that is what carriers send.
    pub minimum_algorithm: Algorithm,
}

impl Account {
    /// An account for any realm of its peer and any algorithm.
    pub fn new(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            username: username.into(),
            password: password.into(),
            realm: None,
            minimum_algorithm: Algorithm::Md5,
        }
    }

    /// The same for one realm only.
    #[must_use]
    pub fn for_realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// The same for no algorithm weaker than this one.
    #[must_use]
    pub fn at_least(mut self, minimum: Algorithm) -> Self {
        self.minimum_algorithm = minimum;
        self
    }
}
