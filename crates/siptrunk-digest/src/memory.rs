//! What a client remembers of each realm: the newest challenge, how often it was answered, and
//! the hash of the password.

use std::fmt;

use crate::account::Account;
use crate::algorithm::{Algorithm, Qop};
use crate::challenge::Challenge;
use crate::challenger::Challenger;
use crate::credentials::Fields;
use crate::hash::Hex;
use crate::response::{self, Counted, Key, Request};
use crate::texts::Texts;
use crate::write::needs_escape;

/// Names a realm as long as it is remembered; another one never has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RealmId(u64);

/// The realms of a client, oldest first.
#[derive(Debug)]
pub(crate) struct Memory {
    realms: Vec<Realm>,
    limit: usize,
    next: u64,
    /// Realms that are known by name alone.
    inherited: Vec<String>,
}

/// One realm.
pub(crate) struct Realm {
    pub(crate) id: RealmId,
    challenger: Challenger,
    texts: Texts,
    /// As named by the challenge: credentials name it only then.
    algorithm: Option<Algorithm>,
    qop: Option<Qop>,
    nc: u32,
    key: Key,
    /// What a session variant uses in place of `key`.
    session: Option<Box<Session>>,
    /// The hash of the user name, where the server wants that.
    user_hash: Option<Box<Hex>>,
    /// Whether the user name needs no escape.
    plain_name: bool,
}

/// A session of a `-sess` algorithm (RFC 7616 section 3.4.2).
struct Session {
    key: Key,
    /// The client's nonce that it began with, and that it keeps: servers that take the one of
    /// each request in its place agree then.
    cnonce: String,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Self {
        // Nearly every peer has one realm; the first answer is the one that is waited for.
        let realms = Vec::with_capacity(1);
        Self { realms, limit: limit.max(1), next: 0, inherited: Vec::new() }
    }

    /// One that knows the same realms, but none of their nonces.
    pub(crate) fn anew(&self) -> Self {
        let mut inherited: Vec<String> = self.names().map(str::to_owned).collect();
        inherited.truncate(self.limit);
        Self { inherited, ..Self::new(self.limit) }
    }

    /// The realms that were answered, newest first; one may stand twice.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let known = self.realms.iter().rev().map(|known| known.texts.name());
        known.chain(self.inherited.iter().map(String::as_str))
    }

    pub(crate) fn find(&self, challenger: Challenger, realm: &str) -> Option<&Realm> {
        self.realms.iter().find(|known| known.is(challenger, realm))
    }

    pub(crate) fn find_mut(&mut self, challenger: Challenger, realm: &str) -> Option<&mut Realm> {
        self.realms.iter_mut().find(|known| known.is(challenger, realm))
    }

    /// Keeps a challenge as the newest of its realm; that realm is given back.
    pub(crate) fn learn(
        &mut self,
        account: &Account,
        challenger: Challenger,
        challenge: &Challenge<'_>,
        qop: Option<Qop>,
    ) -> Option<&mut Realm> {
        if let Some(known) = self.find_mut(challenger, challenge.realm()) {
            known.renew(account, challenge, qop);
        } else {
            if self.realms.len() >= self.limit {
                self.realms.remove(0);
            }
            let id = RealmId(self.next);
            self.next = self.next.wrapping_add(1);
            self.realms.push(Realm::new(id, account, challenger, challenge, qop));
        }
        self.find_mut(challenger, challenge.realm())
    }
}

impl Realm {
    fn new(
        id: RealmId,
        account: &Account,
        challenger: Challenger,
        challenge: &Challenge<'_>,
        qop: Option<Qop>,
    ) -> Self {
        let algorithm = challenge.algorithm();
        let realm = challenge.realm();
        let user_hash = challenge
            .wants_userhash()
            .then(|| Box::new(response::user_hash(algorithm, &account.username, realm)));
        Self {
            id,
            challenger,
            texts: Texts::new(realm, challenge.opaque(), challenge.nonce()),
            algorithm: challenge.names_algorithm().then_some(algorithm),
            qop,
            nc: 0,
            key: response::key(algorithm, &account.username, realm, &account.password),
            session: None,
            user_hash,
            plain_name: !needs_escape(account.username.as_bytes()),
        }
    }

    fn is(&self, challenger: Challenger, realm: &str) -> bool {
        self.challenger == challenger && self.texts.name() == realm
    }

    /// The nonce in use.
    pub(crate) fn nonce(&self) -> &str {
        self.texts.nonce()
    }

    /// The algorithm; MD5 if the challenge named none.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm.unwrap_or_default()
    }

    /// Another challenge. What it does not change, stays: the count of the nonce above all.
    fn renew(&mut self, account: &Account, challenge: &Challenge<'_>, qop: Option<Qop>) {
        if self.algorithm().function() != challenge.algorithm().function()
            || self.user_hash.is_some() != challenge.wants_userhash()
        {
            let mut anew = Self::new(self.id, account, self.challenger, challenge, qop);
            if self.nonce() == anew.nonce() {
                anew.nc = self.nc;
            }
            *self = anew;
            return;
        }
        if self.nonce() != challenge.nonce() {
            self.nc = 0;
        }
        self.texts.set(challenge.opaque(), challenge.nonce());
        self.algorithm = challenge.names_algorithm().then(|| challenge.algorithm());
        self.qop = qop;
        self.session = None;
    }

    /// From now on this nonce; its count begins anew if it is another one. A session goes on:
    /// it lasts until the next challenge (RFC 7616 section 3.6).
    pub(crate) fn use_nonce(&mut self, nonce: &str) {
        if self.nonce() != nonce {
            self.texts.set_nonce(nonce);
            self.nc = 0;
        }
    }

    /// Appends the credentials for a request, under the next count.
    pub(crate) fn write(
        &mut self,
        username: &str,
        request: &Request<'_>,
        cnonce: &str,
        out: &mut String,
    ) {
        self.nc = self.nc.saturating_add(1);
        if self.algorithm().is_session() && self.session.is_none() {
            let key = response::session_key(self.algorithm(), &self.key, self.nonce(), cnonce);
            self.session = Some(Box::new(Session { key, cnonce: cnonce.to_owned() }));
        }
        let cnonce = self.session.as_ref().map_or(cnonce, |session| session.cnonce.as_str());
        let counted = self.qop.map(|qop| Counted { qop, nc: self.nc, cnonce });
        let response = response::response(
            self.algorithm(),
            self.request_key(),
            self.nonce(),
            counted,
            request,
        );
        let username = self.user_hash.as_deref().map_or(username, Hex::as_str);
        let credentials = Fields {
            username: username.into(),
            realm: self.texts.name().into(),
            nonce: self.nonce().into(),
            uri: request.uri.into(),
            response: response.as_str().into(),
            algorithm: self.algorithm,
            opaque: self.texts.opaque().map(Into::into),
            cnonce: counted.map(|counted| counted.cnonce.into()),
            qop: self.qop,
            nc: counted.map(|counted| counted.nc),
            userhash: self.user_hash.is_some(),
        };
        // Those of the request were looked at by the client. Writing into a String cannot fail.
        let _ = credentials.write(out, self.plain_name && self.texts.are_plain());
    }

    fn request_key(&self) -> &Key {
        self.session.as_ref().map_or(&self.key, |session| &session.key)
    }

    /// The key that credentials were made with, if it is still known.
    pub(crate) fn key_of(&self, sent: &Fields<'_>) -> Option<&Key> {
        let same_session = self
            .session
            .as_ref()
            .is_none_or(|session| sent.cnonce.as_deref() == Some(&session.cnonce));
        let is_ours = sent.algorithm == self.algorithm && same_session;
        is_ours.then(|| self.request_key())
    }
}

impl fmt::Debug for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Realm")
            .field("challenger", &self.challenger)
            .field("name", &self.texts.name())
            .field("nc", &self.nc)
            .finish_non_exhaustive()
    }
}
