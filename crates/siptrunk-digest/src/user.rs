//! Whom credentials name.

use subtle::ConstantTimeEq as _;

use crate::account::Account;
use crate::algorithm::Algorithm;
use crate::credentials::Fields;
use crate::response;

/// The user that credentials name: by name, or by a hash of it (RFC 7616 section 3.4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User<'u> {
    text: &'u str,
    hashed_by: Option<Algorithm>,
    realm: &'u str,
}

impl<'u> User<'u> {
    pub(crate) fn of(fields: &'u Fields<'_>) -> Self {
        let hashed_by = fields.userhash.then(|| fields.algorithm.unwrap_or_default());
        Self { text: &fields.username, hashed_by, realm: &fields.realm }
    }

    /// The name, if it came as such.
    pub fn name(&self) -> Option<&'u str> {
        self.hashed_by.is_none().then_some(self.text)
    }

    /// The hash that came in the name's place, with the algorithm that made it: hexadecimal
    /// digits. A server of many users keeps an index by it.
    pub fn hash(&self) -> Option<(Algorithm, &'u str)> {
        self.hashed_by.map(|algorithm| (algorithm, self.text))
    }

    /// Whether it is this account's user; compares in constant time, and costs a hash if the
    /// name is hashed.
    pub fn is(&self, account: &Account) -> bool {
        let Some(algorithm) = self.hashed_by else {
            return account.username.as_bytes().ct_eq(self.text.as_bytes()).into();
        };
        let expected = response::user_hash(algorithm, &account.username, self.realm);
        expected.as_bytes().ct_eq(self.text.to_ascii_lowercase().as_bytes()).into()
    }
}
