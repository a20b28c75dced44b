//! Answers digest challenges (RFC 3261 section 22): only to the peers that the account is for, only
//! a few times, and inside a dialog only for realms that its INVITE has met.

use std::fmt;

use siptrunk_digest::{Account, Attempts, Challenge, Client, Credentials as Proof, Request};
use siptrunk_message::{HeaderName, RequestBuilder, StatusCode};
use siptrunk_transaction::{IncomingResponse, Rng};

use crate::{context::Context, target::Peers};

/// Realms that one peer may have.
const MAX_REALMS: usize = 4;

/// An account, and whom it may be shown to.
pub(crate) struct Credentials {
    account: Account,
    client: Client,
    peers: Peers,
    realms: Vec<String>,
    /// Whether only `realms` are answered.
    bound: bool,
}

impl Credentials {
    pub(crate) fn new(account: Account, peers: Peers) -> Self {
        let client = Client::new(account.clone());
        Self { account, client, peers, realms: Vec::new(), bound: false }
    }

    /// Says who the peers are, once they are resolved.
    pub(crate) fn trusting(&mut self, peers: Peers) -> &mut Self {
        self.peers = peers;
        self
    }

    /// From now on no new realm is answered if there was one before: what a peer inside a dialog
    /// asks for must be what the trunk asked for when it was dialled.
    pub(crate) fn bind(&mut self) {
        self.bound = !self.realms.is_empty();
    }

    /// Answers a 401 or 407 to a request that went out with this `authorization`. `false`: nothing
    /// is answered, and the response is final. The digest client answers for one request at most
    /// twice, so a challenger that is never content gets no more.
    fn answer(
        &mut self,
        rng: &mut Rng,
        response: &IncomingResponse,
        request: &Request<'_>,
        authorization: &mut Authorization,
    ) -> bool {
        let message = response.response();
        let (asked, answered) = match message.status() {
            StatusCode::UNAUTHORIZED => (HeaderName::WWW_AUTHENTICATE, HeaderName::AUTHORIZATION),
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                (HeaderName::PROXY_AUTHENTICATE, HeaderName::PROXY_AUTHORIZATION)
            }
            _ => return false,
        };
        if !self.peers.sent(response) {
            return false;
        }
        let challenges = message.headers().raw_all(&asked).filter(|value| {
            !self.bound
                || Challenge::parse(value).is_ok_and(|challenge| {
                    self.realms.iter().any(|realm| realm == challenge.realm())
                })
        });
        let cnonce = rng.token(16);
        let attempts = &mut authorization.attempts;
        let Ok(value) = self.client.respond(attempts, challenges, request, &cnonce) else {
            return false;
        };
        let Ok(proof) = Proof::parse(value.as_bytes()) else { return false };
        let realm = proof.realm().to_owned();
        if !self.realms.contains(&realm) && self.realms.len() < MAX_REALMS {
            self.realms.push(realm.clone());
        }
        authorization.fields.retain(|field| field.name != answered);
        // What a proxy accepted before is asked for again, under its next count (22.3).
        for field in &mut authorization.fields {
            let again = self.client.authorize(&field.realm, request, &rng.token(16));
            if let Ok(Some(again)) = again {
                field.value = again;
            }
        }
        authorization.fields.push(Field { name: answered, realm, value });
        true
    }
}

impl Clone for Credentials {
    /// The same account with a memory of its own: nonces are counted anew.
    fn clone(&self) -> Self {
        Self {
            client: Client::new(self.account.clone()),
            account: self.account.clone(),
            peers: self.peers.clone(),
            realms: self.realms.clone(),
            bound: self.bound,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("peers", &self.peers).finish_non_exhaustive()
    }
}

/// Authorization and Proxy-Authorization of a request, and how often it was challenged.
#[derive(Clone, Default)]
pub(crate) struct Authorization {
    attempts: Attempts,
    fields: Vec<Field>,
}

#[derive(Clone)]
struct Field {
    name: HeaderName,
    realm: String,
    value: String,
}

impl Authorization {
    /// Answers a challenge with these credentials, if there are any; `false`: the response is
    /// final.
    pub(crate) fn answer(
        &mut self,
        cx: &mut Context,
        credentials: Option<&mut Credentials>,
        response: &IncomingResponse,
        request: &Request<'_>,
    ) -> bool {
        if !is_challenge(response.status()) {
            return false;
        }
        let rng = &mut cx.rng;
        let answered = credentials.is_some_and(|it| it.answer(rng, response, request, self));
        if answered {
            cx.counters.answered_challenges += 1;
        } else {
            cx.counters.refused_challenges += 1;
        }
        answered
    }

    /// Writes the fields.
    pub(crate) fn add_to(&self, request: RequestBuilder) -> RequestBuilder {
        self.fields.iter().fold(request, |request, field| request.append(&field.name, &field.value))
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorization({} redacted)", self.fields.len())
    }
}

/// Whether a response asks for credentials.
pub(crate) fn is_challenge(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
}
