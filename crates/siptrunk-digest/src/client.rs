//! Answering challenges (RFC 3261 section 22.3, RFC 8760 section 2.4).

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::account::Account;
use crate::algorithm::Qop;
use crate::challenge::Challenge;
use crate::credentials::Credentials;
use crate::error::ClientError;
use crate::hash::Hex;
use crate::parameters::has_control;
use crate::response::{self, Counted, Request};

/// How many realms of one peer are remembered; the oldest makes room.
const REALMS: usize = 4;

/// What one request and its repetitions have tried; a fresh one for each request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts {
    answered: u8,
    realm: Option<String>,
}

impl Attempts {
    /// Nothing tried yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The realm that was answered last.
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// How many challenges were answered; never more than two.
    pub fn answered(&self) -> u8 {
        self.answered
    }
}

/// Answers the challenges of **one peer** with **one account**.
///
/// Make one per trunk and give it nothing but challenges of that trunk's peer: that is what
/// keeps another's challenge from getting our proof. It counts requests per realm and nonce and
/// keeps the hash of the password, so that a later request costs two hashes.
#[derive(Debug)]
pub struct Client {
    account: Account,
    realms: Vec<Realm>,
}

struct Realm {
    name: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Option<crate::Algorithm>,
    qop: Option<Qop>,
    nc: u32,
    ha1: Zeroizing<Hex>,
}

impl std::fmt::Debug for Realm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Realm")
            .field("name", &self.name)
            .field("nc", &self.nc)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for one peer.
    pub fn new(account: Account) -> Self {
        Self { account, realms: Vec::new() }
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Answers the topmost challenge that it can: the value for Authorization (after 401) or
    /// Proxy-Authorization (after 407).
    ///
    /// `cnonce` is a fresh unguessable string of the caller's. A request is answered for at most
    /// twice: the second time only for `stale=true`, or for another realm (RFC 3261 section
    /// 22.3).
    ///
    /// # Errors
    /// [`ClientError`]; the request's failure is then final.
    pub fn respond<'c>(
        &mut self,
        attempts: &mut Attempts,
        challenges: impl IntoIterator<Item = &'c [u8]>,
        request: &Request<'_>,
        cnonce: &str,
    ) -> Result<String, ClientError> {
        let mut out = String::with_capacity(320);
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
        check("user name", &self.account.username)?;
        check("uri", request.uri)?;
        check("cnonce", cnonce)?;
        let (challenge, qop) = self.choose(challenges)?;
        let other_realm = attempts.realm.as_deref() != Some(challenge.realm());
        let may_answer = match attempts.answered {
            0 => true,
            1 => challenge.stale || other_realm,
            _ => false,
        };
        if !may_answer {
            return Err(ClientError::Refused { realm: challenge.realm().to_owned() });
        }
        let index = self.remember(&challenge, qop)?;
        attempts.answered = attempts.answered.saturating_add(1);
        if other_realm {
            attempts.realm = Some(challenge.realm().to_owned());
        }
        self.write(index, request, cnonce, out)
    }

    /// Credentials for a request that was not challenged yet, under the newest nonce of `realm`
    /// and the next count. `None` if no challenge for it was answered so far.
    ///
    /// If the peer challenges that request again, answer it with fresh [`Attempts`]: an old
    /// nonce is no wrong password.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn authorize(
        &mut self,
        realm: &str,
        request: &Request<'_>,
        cnonce: &str,
    ) -> Result<Option<String>, ClientError> {
        check("uri", request.uri)?;
        check("cnonce", cnonce)?;
        let Some(index) = self.realms.iter().position(|known| known.name == realm) else {
            return Ok(None);
        };
        let mut out = String::with_capacity(320);
        self.write(index, request, cnonce, &mut out)?;
        Ok(Some(out))
    }

    /// The topmost challenge that we can answer and its quality of protection.
    fn choose<'c>(
        &self,
        challenges: impl IntoIterator<Item = &'c [u8]>,
    ) -> Result<(Challenge<'c>, Option<Qop>), ClientError> {
        let mut reason = None;
        for value in challenges {
            let refused = match Challenge::parse(value) {
                Err(error) => ClientError::Malformed(error),
                Ok(challenge) => match self.judge(&challenge) {
                    Ok(qop) => return Ok((challenge, qop)),
                    Err(error) => error,
                },
            };
            // What is wrong with a challenge we can read says more than what is not one.
            match reason {
                None | Some(ClientError::Malformed(_)) => reason = Some(refused),
                Some(_) => {}
            }
        }
        Err(reason.unwrap_or(ClientError::NoChallenge))
    }

    fn judge(&self, challenge: &Challenge<'_>) -> Result<Option<Qop>, ClientError> {
        if let Some(bound) = self.account.realm.as_ref().filter(|bound| **bound != challenge.realm)
        {
            let realm = challenge.realm().to_owned();
            return Err(ClientError::OtherRealm { realm, bound: bound.clone() });
        }
        if !challenge.algorithm().is_supported() {
            let what = format!("the algorithm {}", challenge.algorithm());
            return Err(ClientError::Unsupported { what });
        }
        match (challenge.has_qop(), challenge.offers(Qop::Auth), challenge.offers(Qop::AuthInt)) {
            (false, ..) => Ok(None),
            (true, true, _) => Ok(Some(Qop::Auth)),
            (true, false, true) => Ok(Some(Qop::AuthInt)),
            (true, false, false) => {
                Err(ClientError::Unsupported { what: "an unknown qop".to_owned() })
            }
        }
    }

    /// Keeps the challenge as the newest of its realm and gives its place.
    fn remember(
        &mut self,
        challenge: &Challenge<'_>,
        qop: Option<Qop>,
    ) -> Result<usize, ClientError> {
        if let Some(index) = self.realms.iter().position(|known| known.name == challenge.realm) {
            if let Some(known) = self.realms.get_mut(index)
                && known.algorithm.unwrap_or_default() == challenge.algorithm()
            {
                if known.nonce != challenge.nonce {
                    known.nonce.clear();
                    known.nonce.push_str(&challenge.nonce);
                    known.nc = 0;
                }
                if known.opaque.as_deref() != challenge.opaque() {
                    known.opaque = challenge.opaque().map(str::to_owned);
                }
                known.algorithm = challenge.algorithm;
                known.qop = qop;
                return Ok(index);
            }
            self.realms.remove(index);
        }
        if self.realms.len() >= REALMS {
            self.realms.remove(0);
        }
        let algorithm = challenge.algorithm();
        let ha1 = response::ha1(algorithm, &self.account, challenge.realm())
            .ok_or_else(|| ClientError::Unsupported { what: algorithm.to_string() })?;
        self.realms.push(Realm {
            name: challenge.realm().to_owned(),
            nonce: challenge.nonce().to_owned(),
            opaque: challenge.opaque().map(str::to_owned),
            algorithm: challenge.algorithm,
            qop,
            nc: 0,
            ha1: Zeroizing::new(ha1),
        });
        Ok(self.realms.len().saturating_sub(1))
    }

    fn write(
        &mut self,
        index: usize,
        request: &Request<'_>,
        cnonce: &str,
        out: &mut String,
    ) -> Result<(), ClientError> {
        let Some(known) = self.realms.get_mut(index) else {
            return Err(ClientError::NoChallenge);
        };
        known.nc = known.nc.saturating_add(1);
        let counted = known.qop.map(|qop| Counted { qop, nc: known.nc, cnonce });
        let algorithm = known.algorithm.unwrap_or_default();
        let response = response::response(algorithm, &known.ha1, &known.nonce, counted, request)
            .ok_or_else(|| ClientError::Unsupported { what: algorithm.to_string() })?;
        let credentials = Credentials {
            username: Cow::Borrowed(&self.account.username),
            realm: Cow::Borrowed(&known.name),
            nonce: Cow::Borrowed(&known.nonce),
            uri: Cow::Borrowed(request.uri),
            response: Cow::Borrowed(response.as_str()),
            algorithm: known.algorithm,
            opaque: known.opaque.as_deref().map(Cow::Borrowed),
            cnonce: counted.map(|counted| Cow::Borrowed(counted.cnonce)),
            qop: known.qop,
            nc: counted.map(|counted| counted.nc),
        };
        // Writing into a String cannot fail.
        let _ = credentials.write(out);
        Ok(())
    }
}

fn check(field: &'static str, text: &str) -> Result<(), ClientError> {
    // A quote could be escaped, but a URI or cnonce with one is an attempt at something.
    let quote = field != "user name" && memchr::memchr(b'"', text.as_bytes()).is_some();
    if quote || has_control(text.as_bytes()) {
        return Err(ClientError::Invalid { field });
    }
    Ok(())
}
