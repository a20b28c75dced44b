//! Answering challenges (RFC 3261 section 22, RFC 8760 section 2.4).

use crate::account::Account;
use crate::algorithm::Qop;
use crate::attempts::{ANSWERS, Attempts};
use crate::challenge::Challenge;
use crate::challenger::Challenger;
use crate::error::ClientError;
use crate::limits::Limits;
use crate::memory::Memory;
use crate::response::Request;
use crate::write::{has_control, needs_escape};

/// Answers the challenges of **one peer** with **one account**.
///
/// Make one per trunk and give it nothing but challenges of that trunk's peer: that is what
/// keeps another's challenge from getting our proof. [`Client::bound_to`] lets the client see to
/// it. It counts requests per realm and nonce and keeps the hash of the password, so that a later
/// request costs two hashes.
#[derive(Debug)]
pub struct Client {
    pub(crate) account: Account,
    /// Whose challenges are answered; `None`: the caller has looked.
    peers: Option<Vec<Box<[u8]>>>,
    pub(crate) limits: Limits,
    pub(crate) memory: Memory,
}

/// Where a response with challenges comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Who sent it, such as the bytes of the peer's address, in the form that
    /// [`Client::bound_to`] was given. Without meaning to a client that is not bound.
    pub source: &'a [u8],
    /// Whether it answers a request inside a dialog. There, only realms are answered that were
    /// answered before, if any was: a far end that is not the trunk cannot come with a realm
    /// of its own.
    pub in_dialog: bool,
}

/// Credentials for one challenger.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whom they are for, which says where they stand: Authorization or Proxy-Authorization.
    pub challenger: Challenger,
    /// The realm that they are for.
    pub realm: String,
    /// The value of the header field.
    pub value: String,
}

/// Leaves the value out: it proves the password.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("challenger", &self.challenger)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

/// A challenge that can be answered.
struct Chosen<'c> {
    challenger: Challenger,
    challenge: Challenge<'c>,
    qop: Option<Qop>,
}

impl Client {
    /// A client for one peer, which the caller knows when it is challenged.
    pub fn new(account: Account) -> Self {
        Self::with_limits(account, Limits::default())
    }

    /// The same within limits of the caller's.
    pub fn with_limits(account: Account, limits: Limits) -> Self {
        Self { account, peers: None, limits, memory: Memory::new(limits.realms) }
    }

    /// The same, but only challenges from these sources are answered, by [`Client::answer`].
    ///
    /// ```
    /// use siptrunk_digest::{Account, Attempts, Challenger, Client, ClientError, Origin, Request};
    ///
    /// let mut client = Client::new(Account::new("u", "p")).bound_to(["192.0.2.1"]);
    /// let challenge = [(Challenger::Server, &b"Digest realm=\"r\", nonce=\"n\""[..])];
    /// let request = Request { method: "INVITE", uri: "sip:h", body: b"" };
    /// let mut answer = |source: &str| {
    ///     let origin = Origin { source: source.as_bytes(), in_dialog: false };
    ///     client.answer(&mut Attempts::new(), origin, challenge, &request, "c0")
    /// };
    /// assert_eq!(answer("203.0.113.9"), Err(ClientError::OtherPeer));
    /// assert!(answer("192.0.2.1").is_ok());
    /// ```
    #[must_use]
    pub fn bound_to<P: AsRef<[u8]>>(mut self, peers: impl IntoIterator<Item = P>) -> Self {
        self.peers = Some(peers.into_iter().map(|peer| peer.as_ref().into()).collect());
        self
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The realms that were answered, newest first; one may stand twice.
    pub fn realms(&self) -> impl Iterator<Item = &str> {
        self.memory.names()
    }

    /// The same client for another dialog: it knows the realms, but begins with nonces of its
    /// own, since two that count under one nonce would look like a replay.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self {
            account: self.account.clone(),
            peers: self.peers.clone(),
            limits: self.limits,
            memory: self.memory.anew(),
        }
    }

    /// Answers the topmost challenge that it can of one kind of field: the value for
    /// Authorization (for WWW-Authenticate) or Proxy-Authorization (for Proxy-Authenticate).
    /// [`Client::answer`] does the whole of a response.
    ///
    /// `cnonce` is a fresh unguessable string of the caller's. A request is answered for at most
    /// twice: the second time only for `stale=true`, or for another realm (RFC 3261 section
    /// 22.3).
    ///
    /// # Errors
    /// [`ClientError`]; the request's failure is then final. A client that is
    /// [bound to peers](Client::bound_to) answers nothing here, since it is not told who asks.
    pub fn respond<'c>(
        &mut self,
        attempts: &mut Attempts,
        challenges: impl IntoIterator<Item = &'c [u8]>,
        request: &Request<'_>,
        cnonce: &str,
    ) -> Result<String, ClientError> {
        let mut out = String::with_capacity(CREDENTIALS);
        self.respond_into(attempts, challenges, request, cnonce, &mut out)?;
        Ok(out)
    }

    /// As [`Client::respond`], appended to the caller's buffer: no allocation of its own once
    /// the realm is known and `out` is large enough.
    ///
    /// # Errors
    /// As [`Client::respond`]; nothing is appended then.
    pub fn respond_into<'c>(
        &mut self,
        attempts: &mut Attempts,
        challenges: impl IntoIterator<Item = &'c [u8]>,
        request: &Request<'_>,
        cnonce: &str,
        out: &mut String,
    ) -> Result<(), ClientError> {
        self.check(None, request, cnonce)?;
        let mut reason = None;
        for value in challenges {
            if let Some(chosen) = self.choose(Challenger::Server, value, false, &mut reason) {
                self.admit(attempts, &chosen)?;
                attempts.begin();
                return self.write(attempts, &chosen, request, cnonce, out);
            }
        }
        Err(reason.unwrap_or(ClientError::NoChallenge))
    }

    /// Answers a whole response: of WWW-Authenticate and of Proxy-Authenticate the topmost
    /// challenge of each realm that it can (RFC 3261 section 22.3, RFC 8760 section 2.4).
    /// `challenges` are the fields in wire order.
    ///
    /// Credentials that the request carried before stay right for challengers that are not in
    /// the result, but for their count: take them anew from [`Client::authorize`].
    ///
    /// # Errors
    /// [`ClientError`], if nothing can be answered or one of the realms has refused us before;
    /// the request's failure is then final.
    pub fn answer<'c>(
        &mut self,
        attempts: &mut Attempts,
        origin: Origin<'_>,
        challenges: impl IntoIterator<Item = (Challenger, &'c [u8])>,
        request: &Request<'_>,
        cnonce: &str,
    ) -> Result<Vec<Answer>, ClientError> {
        self.check(Some(origin.source), request, cnonce)?;
        let mut reason = None;
        let mut all: Vec<Chosen<'_>> = Vec::new();
        for (challenger, value) in challenges {
            let chosen = self.choose(challenger, value, origin.in_dialog, &mut reason);
            let Some(chosen) = chosen else { continue };
            // Of one realm the topmost: the others are the same in other algorithms.
            let has_it = |it: &Chosen<'_>| {
                it.challenger == challenger && it.challenge.realm() == chosen.challenge.realm()
            };
            if all.len() < ANSWERS && !all.iter().any(has_it) {
                all.push(chosen);
            }
        }
        if all.is_empty() {
            return Err(reason.unwrap_or(ClientError::NoChallenge));
        }
        for chosen in &all {
            self.admit(attempts, chosen)?;
        }
        attempts.begin();
        all.iter()
            .map(|chosen| {
                let mut value = String::with_capacity(CREDENTIALS);
                self.write(attempts, chosen, request, cnonce, &mut value)?;
                let realm = chosen.challenge.realm().to_owned();
                Ok(Answer { challenger: chosen.challenger, realm, value })
            })
            .collect()
    }

    /// Credentials for a request that was not challenged yet, under the newest nonce of `realm`
    /// and the next count. `None` if no challenge of it for this challenger was answered so far;
    /// [`Client::respond`] answers as for [`Challenger::Server`].
    ///
    /// If the peer challenges that request again, answer it with fresh [`Attempts`]: an old
    /// nonce is no wrong password.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn authorize(
        &mut self,
        challenger: Challenger,
        realm: &str,
        request: &Request<'_>,
        cnonce: &str,
    ) -> Result<Option<String>, ClientError> {
        self.check_text(request, cnonce)?;
        let Self { account, memory, .. } = self;
        Ok(memory.find_mut(challenger, realm).map(|known| {
            let mut out = String::with_capacity(CREDENTIALS);
            known.write(&account.username, request, cnonce, &mut out);
            out
        }))
    }

    /// Whether this request may be answered for at all, whatever the challenge.
    fn check(
        &self,
        source: Option<&[u8]>,
        request: &Request<'_>,
        cnonce: &str,
    ) -> Result<(), ClientError> {
        if let Some(peers) = &self.peers
            && !source.is_some_and(|source| peers.iter().any(|peer| **peer == *source))
        {
            return Err(ClientError::OtherPeer);
        }
        match request.method {
            "ACK" => Err(ClientError::NotRepeatable { method: "ACK" }),
            "CANCEL" => Err(ClientError::NotRepeatable { method: "CANCEL" }),
            _ => self.check_text(request, cnonce),
        }
    }

    fn check_text(&self, request: &Request<'_>, cnonce: &str) -> Result<(), ClientError> {
        if has_control(self.account.username.as_bytes()) {
            return Err(ClientError::Invalid { field: "user name" });
        }
        for (field, text) in [("uri", request.uri), ("cnonce", cnonce)] {
            // A quote could be escaped, but here it is an attempt at something.
            if needs_escape(text.as_bytes()) {
                return Err(ClientError::Invalid { field });
            }
        }
        Ok(())
    }

    /// A challenge that can be answered. If it cannot, `reason` says why, unless there is a
    /// better one: what is wrong with a challenge we can read says more than what is not one.
    #[inline]
    fn choose<'c>(
        &self,
        challenger: Challenger,
        value: &'c [u8],
        in_dialog: bool,
        reason: &mut Option<ClientError>,
    ) -> Option<Chosen<'c>> {
        let refused = match Challenge::parse_with(value, &self.limits) {
            Ok(challenge) => match self.judge(&challenge, in_dialog) {
                Ok(qop) => return Some(Chosen { challenger, challenge, qop }),
                Err(refused) => refused,
            },
            Err(error) => ClientError::Malformed(error),
        };
        if matches!(reason, None | Some(ClientError::Malformed(_))) {
            *reason = Some(refused);
        }
        None
    }

    /// Whether policy and abilities allow an answer, and with which quality of protection.
    fn judge(
        &self,
        challenge: &Challenge<'_>,
        in_dialog: bool,
    ) -> Result<Option<Qop>, ClientError> {
        let realm = challenge.realm();
        if let Some(bound) = self.account.realm.as_ref().filter(|bound| *bound != realm) {
            return Err(ClientError::OtherRealm { realm: realm.to_owned(), bound: bound.clone() });
        }
        let mut known = self.realms().peekable();
        if in_dialog && known.peek().is_some() && !known.any(|known| known == realm) {
            return Err(ClientError::NewRealm { realm: realm.to_owned() });
        }
        let (algorithm, minimum) = (challenge.algorithm(), self.account.minimum_algorithm);
        if !algorithm.is_at_least(minimum) {
            return Err(ClientError::WeakAlgorithm { algorithm, minimum });
        }
        if challenge.offers(Qop::Auth) {
            Ok(Some(Qop::Auth))
        } else if challenge.offers(Qop::AuthInt) {
            Ok(Some(Qop::AuthInt))
        } else if challenge.has_qop() {
            Err(ClientError::Unsupported { what: "an unknown qop" })
        } else if algorithm.is_session() {
            // A session needs a cnonce, which only goes with a qop (RFC 3261 section 22.4).
            Err(ClientError::Unsupported { what: "a session without qop" })
        } else {
            Ok(None)
        }
    }

    fn admit(&self, attempts: &Attempts, chosen: &Chosen<'_>) -> Result<(), ClientError> {
        let realm = chosen.challenge.realm();
        let known = self.memory.find(chosen.challenger, realm).map(|known| known.id);
        if attempts.allow(known, chosen.challenge.is_stale()) {
            return Ok(());
        }
        Err(ClientError::Refused { realm: realm.to_owned() })
    }

    fn write(
        &mut self,
        attempts: &mut Attempts,
        chosen: &Chosen<'_>,
        request: &Request<'_>,
        cnonce: &str,
        out: &mut String,
    ) -> Result<(), ClientError> {
        let Self { account, memory, .. } = self;
        let known = memory
            .learn(account, chosen.challenger, &chosen.challenge, chosen.qop)
            .ok_or(ClientError::NoChallenge)?;
        attempts.add(known.id);
        known.write(&account.username, request, cnonce, out);
        Ok(())
    }
}

/// Room for credentials of the usual length, in bytes.
const CREDENTIALS: usize = 320;
