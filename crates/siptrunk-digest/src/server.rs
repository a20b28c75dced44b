//! Challenging and verifying (RFC 3261 section 22.2, RFC 8760 section 2.3).

use std::borrow::Cow;

use subtle::ConstantTimeEq as _;

use crate::account::Account;
use crate::algorithm::{Algorithm, Qop};
use crate::challenge::{Challenge, Offered};
use crate::credentials::Credentials;
use crate::error::DigestError;
use crate::nonce::Nonce;
use crate::response::{self, Counted, Request};
use crate::secret::Secret;
use crate::window::Windows;

/// Bounds of a [`Server`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Milliseconds for which a nonce is good. Default 60,000.
    pub nonce_lifetime_ms: u64,
    /// Nonces in use at once; over it the oldest becomes stale. Default 4,096.
    pub nonces: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self { nonce_lifetime_ms: 60_000, nonces: 4_096 }
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
    next_serial: u64,
    windows: Windows,
    /// Stands in for a user that does not exist, so that it costs what a wrong password does.
    nobody: Account,
}

/// What credentials are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict<'a> {
    /// The response is right, under a fresh nonce and count.
    Accepted {
        /// Who it is.
        username: Cow<'a, str>,
        /// The URI that the response covers: compare with the Request-URI (RFC 8760 section
        /// 2.6 item 6).
        uri: Cow<'a, str>,
    },
    /// The response is right, but nonce or count are used up: challenge again with
    /// `stale = true`.
    Stale,
    /// Wrong: challenge anew or refuse. The reason is for the log, not for the peer.
    Refused {
        /// Why.
        reason: Refusal,
    },
    /// Not readable as credentials: 400.
    Malformed(DigestError),
}

/// Why credentials are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// They are for another realm.
    OtherRealm,
    /// An algorithm or quality of protection that was not offered.
    Unsupported,
    /// There is no such user.
    UnknownUser,
    /// The response is wrong.
    WrongResponse,
}

impl Server {
    /// A server for one realm. The key makes the nonces: secret, and new at every start.
    pub fn new(realm: &str, key: [u8; 32], limits: ServerLimits) -> Self {
        let printable: String = realm.chars().filter(|char| !char.is_control()).collect();
        Self {
            realm: printable,
            key: Secret::from_bytes(&key),
            limits,
            next_serial: 0,
            windows: Windows::new(limits.nonces),
            nobody: Account::new("-", "no such user"),
        }
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Nonces in use, for the ledger of live objects.
    pub fn nonces(&self) -> usize {
        self.windows.len()
    }

    /// The value for WWW-Authenticate (401) or Proxy-Authenticate (407).
    ///
    /// `now_ms` are milliseconds on a clock that never goes back, such as since the core's
    /// start. `source` is whom the nonce is for, such as the bytes of the peer's address; other
    /// sources cannot use it.
    pub fn challenge(&mut self, now_ms: u64, source: &[u8], stale: bool) -> String {
        let nonce = Nonce { issued: now_ms, serial: self.next_serial };
        self.next_serial = self.next_serial.saturating_add(1);
        Challenge {
            realm: Cow::Borrowed(&self.realm),
            nonce: Cow::Owned(nonce.write(&self.key, source)),
            opaque: None,
            algorithm: Some(Algorithm::Md5),
            qop: Some(Offered { auth: true, auth_int: false }),
            stale,
        }
        .to_string()
    }

    /// Judges the value of an Authorization or Proxy-Authorization field.
    ///
    /// `account` finds a user by name. A user that does not exist costs the same hashes as a
    /// wrong password. Credentials without qop (RFC 2069) are accepted once for each nonce.
    pub fn verify<'c, 'a>(
        &mut self,
        now_ms: u64,
        source: &[u8],
        credentials: &'c [u8],
        method: &str,
        body: &[u8],
        account: impl FnOnce(&str) -> Option<&'a Account>,
    ) -> Verdict<'c> {
        let credentials = match Credentials::parse(credentials) {
            Ok(credentials) => credentials,
            Err(error) => return Verdict::Malformed(error),
        };
        if credentials.realm != self.realm {
            return Verdict::Refused { reason: Refusal::OtherRealm };
        }
        let algorithm = credentials.algorithm();
        if algorithm != Algorithm::Md5 || credentials.qop == Some(Qop::AuthInt) {
            return Verdict::Refused { reason: Refusal::Unsupported };
        }

        let found = account(&credentials.username);
        let request = Request { method, uri: &credentials.uri, body };
        let right = is_right(&credentials, found.unwrap_or(&self.nobody), &request);
        match (found.is_some(), right) {
            (true, true) => {}
            (true, false) => return Verdict::Refused { reason: Refusal::WrongResponse },
            (false, _) => return Verdict::Refused { reason: Refusal::UnknownUser },
        }

        let oldest = now_ms.saturating_sub(self.limits.nonce_lifetime_ms);
        self.windows.expire(oldest);
        let nc = credentials.nc.filter(|_| credentials.qop.is_some()).unwrap_or(1);
        let nonce = Nonce::read(&credentials.nonce, &self.key, source)
            .filter(|nonce| nonce.issued >= oldest && nonce.issued <= now_ms)
            .filter(|nonce| self.windows.is_fresh(*nonce, nc));
        let Some(nonce) = nonce else {
            return Verdict::Stale;
        };
        self.windows.mark(nonce, nc);
        Verdict::Accepted { username: credentials.username, uri: credentials.uri }
    }
}

/// Recomputes the response and compares it in constant time.
fn is_right(credentials: &Credentials<'_>, account: &Account, request: &Request<'_>) -> bool {
    let algorithm = credentials.algorithm();
    let counted = credentials.qop.map(|qop| Counted {
        qop,
        nc: credentials.nc.unwrap_or_default(),
        cnonce: credentials.cnonce.as_deref().unwrap_or_default(),
    });
    let expected = response::ha1(algorithm, account, &credentials.realm)
        .and_then(|ha1| response::response(algorithm, &ha1, &credentials.nonce, counted, request));
    // Hexadecimal digits in capitals are seen in the wild and mean the same.
    let given = credentials.response.to_ascii_lowercase();
    expected.is_some_and(|expected| expected.as_bytes().ct_eq(given.as_bytes()).into())
}
