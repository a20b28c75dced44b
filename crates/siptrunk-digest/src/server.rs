//! Challenging and verifying (RFC 3261 section 22.2, RFC 8760 section 2.3).

use std::borrow::Cow;

use subtle::ConstantTimeEq as _;

use crate::account::Account;
use crate::algorithm::Algorithm;
use crate::challenge::Challenge;
use crate::confirmation::Confirmation;
use crate::credentials::{Credentials, Fields};
use crate::limits::Limits;
use crate::nonce::Nonce;
use crate::offer::Offer;
use crate::response::{self, Counted, Key, Request};
use crate::secret::Secret;
use crate::user::User;
use crate::verdict::{Refusal, Verdict};
use crate::window::Windows;

/// Bounds of a [`Server`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Milliseconds for which a nonce is good. Default 60,000.
    pub nonce_lifetime_ms: u64,
    /// Nonces in use at once; over it the oldest becomes stale. Default 4,096.
    pub nonces: usize,
    /// Of credentials.
    pub values: Limits,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self { nonce_lifetime_ms: 60_000, nonces: 4_096, values: Limits::default() }
    }
}

/// Challenges requests and verifies their credentials.
///
/// A nonce costs nothing until it is used: it carries its time and a MAC over time, serial
/// number and source. What is kept, in a bounded table, are the request counts that were used
/// under a nonce; they advance only after a right response.
#[derive(Debug)]
pub struct Server {
    realm: String,
    key: Secret,
    limits: ServerLimits,
    offer: Offer,
    next_serial: u64,
    windows: Windows,
    /// Stands in for a user that does not exist, so that it costs what a wrong password does.
    nobody: Account,
}

impl Server {
    /// A server for one realm. The key makes the nonces: secret, and new at every start.
    pub fn new(realm: &str, key: [u8; 32], limits: ServerLimits) -> Self {
        let printable: String = realm.chars().filter(|char| !char.is_control()).collect();
        Self {
            realm: printable,
            key: Secret::from_bytes(&key),
            limits,
            offer: Offer::default(),
            next_serial: 0,
            windows: Windows::new(limits.nonces),
            nobody: Account::new("-", "no such user"),
        }
    }

    /// The same, asking for something else than MD5 with `qop="auth"`.
    #[must_use]
    pub fn offering(mut self, offer: Offer) -> Self {
        self.offer = offer;
        self
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Nonces in use, for the ledger of live objects.
    pub fn nonces(&self) -> usize {
        self.windows.len()
    }

    /// A fresh nonce, such as for a `nextnonce`: times and sources as in [`Server::challenge`].
    pub fn nonce(&mut self, now_ms: u64, source: &[u8]) -> String {
        let nonce = Nonce { issued: now_ms, serial: self.next_serial };
        self.next_serial = self.next_serial.saturating_add(1);
        nonce.write(&self.key, source)
    }

    /// The value for WWW-Authenticate (401) or Proxy-Authenticate (407): the preferred of those
    /// offered.
    ///
    /// `now_ms` are milliseconds on a clock that never goes back, such as since the core's
    /// start. `source` is whom the nonce is for, such as the bytes of the peer's address; other
    /// sources cannot use it.
    pub fn challenge(&mut self, now_ms: u64, source: &[u8], stale: bool) -> String {
        let nonce = self.nonce(now_ms, source);
        let preferred = self.offer.each_algorithm().next().unwrap_or_default();
        self.challenge_of(preferred, &nonce, stale)
    }

    /// The values of all header fields, one for each algorithm offered, in the order in which
    /// they are to stand (RFC 8760 section 2.3). Arguments as in [`Server::challenge`].
    pub fn challenges(&mut self, now_ms: u64, source: &[u8], stale: bool) -> Vec<String> {
        let nonce = self.nonce(now_ms, source);
        self.offer
            .each_algorithm()
            .map(|algorithm| self.challenge_of(algorithm, &nonce, stale))
            .collect()
    }

    fn challenge_of(&self, algorithm: Algorithm, nonce: &str, stale: bool) -> String {
        // Realm and nonce are free of control characters, by construction.
        Challenge::new(self.realm.as_str(), nonce)
            .map(|challenge| {
                let challenge = challenge
                    .with_algorithm(algorithm)
                    .offering(self.offer.qops())
                    .with_stale(stale)
                    .with_userhash(self.offer.wants_userhash());
                if self.offer.names_charset() { challenge.with_charset() } else { challenge }
            })
            .map(|challenge| challenge.to_string())
            .unwrap_or_default()
    }

    /// Judges the value of an Authorization or Proxy-Authorization field.
    ///
    /// `account` finds a user by name; [`Server::verify_user`] finds hashed names too. A user
    /// that does not exist costs the same hashes as a wrong password. Credentials without qop
    /// (RFC 2069) are accepted once for each nonce.
    pub fn verify<'c, 'a>(
        &mut self,
        now_ms: u64,
        source: &[u8],
        credentials: &'c [u8],
        method: &str,
        body: &[u8],
        account: impl FnOnce(&str) -> Option<&'a Account>,
    ) -> Verdict<'c> {
        let by_name = |user: User<'_>| user.name().and_then(account);
        self.verify_user(now_ms, source, credentials, method, body, by_name)
    }

    /// As [`Server::verify`], with an `account` that is also asked for hashed user names.
    ///
    /// ```
    /// use siptrunk_digest::{Account, Offer, Server, ServerLimits};
    ///
    /// let agent = Account::new("agent", "secret");
    /// let mut server = Server::new("h.example", [7; 32], ServerLimits::default())
    ///     .offering(Offer::default().with_userhash());
    /// # let credentials = b"";
    /// let verdict = server.verify_user(0, b"192.0.2.1", credentials, "INVITE", b"", |user| {
    ///     user.is(&agent).then_some(&agent)
    /// });
    /// ```
    pub fn verify_user<'c, 'a>(
        &mut self,
        now_ms: u64,
        source: &[u8],
        credentials: &'c [u8],
        method: &str,
        body: &[u8],
        account: impl FnOnce(User<'_>) -> Option<&'a Account>,
    ) -> Verdict<'c> {
        let fields = match Credentials::parse_with(credentials, &self.limits.values) {
            Ok(credentials) => credentials.into_fields(),
            Err(error) => return Verdict::Malformed(error),
        };
        let refused = |reason| Verdict::Refused { reason };
        let algorithm = fields.algorithm.unwrap_or_default();
        if fields.realm != self.realm {
            return refused(Refusal::OtherRealm);
        }
        if fields.response.is_empty() {
            return refused(Refusal::NoProof);
        }
        if !self.offer.allows(algorithm, fields.qop) {
            return refused(Refusal::Unsupported);
        }

        // All of this is done for users that do not exist as well.
        let oldest = now_ms.saturating_sub(self.limits.nonce_lifetime_ms);
        self.windows.expire(oldest);
        let nonce = Nonce::read(&fields.nonce, &self.key, source)
            .filter(|nonce| nonce.issued >= oldest && nonce.issued <= now_ms);
        let session = nonce.and_then(|nonce| self.windows.session(nonce));
        let found = account(User::of(&fields));
        let request = Request { method, uri: &fields.uri, body };
        let proven = prove(&fields, found.unwrap_or(&self.nobody), session, &request);

        let Some(found) = found else {
            return refused(Refusal::UnknownUser);
        };
        let Some(key) = proven else {
            return refused(Refusal::WrongResponse);
        };
        if !algorithm.is_at_least(found.minimum_algorithm) {
            return refused(Refusal::Unsupported);
        }
        let nc = fields.nc.filter(|_| fields.qop.is_some()).unwrap_or(1);
        let Some(nonce) = nonce.filter(|nonce| self.windows.is_fresh(*nonce, nc)) else {
            return Verdict::Stale;
        };
        let session = fields.cnonce.as_deref().filter(|_| algorithm.is_session());
        self.windows.mark(nonce, nc, session);
        let username = if fields.userhash {
            Cow::Owned(found.username.clone())
        } else {
            fields.username.clone()
        };
        Verdict::Accepted {
            username,
            uri: fields.uri.clone(),
            confirmation: Box::new(Confirmation::new(fields, key)),
        }
    }
}

/// Recomputes the response and compares it in constant time; the key that it was made with.
///
/// `session` is the client's nonce with which the session of a `-sess` algorithm began. Clients
/// that begin one with every request are taken too.
fn prove(
    fields: &Fields<'_>,
    account: &Account,
    session: Option<&str>,
    request: &Request<'_>,
) -> Option<Key> {
    let algorithm = fields.algorithm.unwrap_or_default();
    // A name that came as a hash is hashed as it is (RFC 7616 section 3.4.4).
    let username = if fields.userhash { &account.username } else { &*fields.username };
    let key = response::key(algorithm, username, &fields.realm, &account.password);
    let counted = fields.counted();
    // Hexadecimal digits in capitals are seen in the wild and mean the same.
    let given = fields.response.to_ascii_lowercase();
    let is_right = |key: &Key| -> bool {
        let expected = response::response(algorithm, key, &fields.nonce, counted, request);
        expected.as_bytes().ct_eq(given.as_bytes()).into()
    };
    let Some(Counted { cnonce, .. }) = counted.filter(|_| algorithm.is_session()) else {
        return Some(key).filter(is_right);
    };
    [session.filter(|begun| *begun != cnonce), Some(cnonce)]
        .into_iter()
        .flatten()
        .map(|cnonce| response::session_key(algorithm, &key, &fields.nonce, cnonce))
        .find(is_right)
}

#[cfg(test)]
mod tests;
