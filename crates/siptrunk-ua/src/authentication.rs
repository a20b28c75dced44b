//! Answers digest challenges (RFC 3261 section 22): only to the peers that the account is for, only
//! a few times, and inside a dialog only for realms that its INVITE has met. Takes the proof of those
//! who accept (RFC 7616 section 3.5).

use std::fmt;

use siptrunk_digest::{
    Account, Answer, Attempts, AuthenticationInfo, Challenger, Client, Origin, Request, ServerProof,
};
use siptrunk_message::{HeaderName, RequestBuilder, StatusCode};
use siptrunk_transaction::{IncomingResponse, Rng};

use crate::{Counters, context::Context, target::Peers};

/// An account, and whom it may be shown to.
pub(crate) struct Credentials {
    client: Client,
    peers: Peers,
    /// Whether only realms are answered that were answered before.
    bound: bool,
    /// Realms that have given out the nonce of the next request (RFC 7616 section 3.5).
    promised: Vec<(Challenger, String)>,
}

impl Credentials {
    pub(crate) fn new(account: Account, peers: Peers) -> Self {
        Self { client: Client::new(account), peers, bound: false, promised: Vec::new() }
    }

    /// Says who the peers are, once they are resolved.
    pub(crate) fn trusting(&mut self, peers: Peers) -> &mut Self {
        self.peers = peers;
        self
    }

    /// From now on no new realm is answered if there was one before: what a peer inside a dialog
    /// asks for must be what the trunk asked for when it was dialled.
    pub(crate) fn bind(&mut self) {
        self.bound = self.client.realms().next().is_some();
    }

    /// What to send with a request before it is challenged: credentials under the nonces that were given
    /// out for it, each for one request.
    pub(crate) fn anticipate(&mut self, rng: &mut Rng, request: &Request<'_>) -> Authorization {
        let promised = std::mem::take(&mut self.promised);
        let fields = promised.into_iter().filter_map(|(challenger, realm)| {
            let cnonce = rng.token(16);
            let value = self.client.authorize(challenger, &realm, request, &cnonce).ok()??;
            Some(Answer { challenger, realm, value })
        });
        Authorization { fields: fields.collect(), ..Authorization::default() }
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
        if !self.peers.sent(response) {
            return false;
        }
        let headers = response.response().headers();
        let values = |challenger: Challenger, name: &'static HeaderName| {
            headers.raw_all(name).map(move |value| (challenger, value))
        };
        let challenges = values(Challenger::Server, &HeaderName::WWW_AUTHENTICATE)
            .chain(values(Challenger::Proxy, &HeaderName::PROXY_AUTHENTICATE));
        // Who sent it was looked at above, by more than an address.
        let origin = Origin { source: b"", in_dialog: self.bound };
        let cnonce = rng.token(16);
        let attempts = &mut authorization.attempts;
        let Ok(answers) = self.client.answer(attempts, origin, challenges, request, &cnonce) else {
            return false;
        };
        let is_answered = |field: &Answer| {
            answers.iter().any(|it| it.challenger == field.challenger && it.realm == field.realm)
        };
        authorization.fields.retain(|field| !is_answered(field));
        // What others accepted before is asked for again, under its next count (22.3).
        for field in &mut authorization.fields {
            let cnonce = rng.token(16);
            let again = self.client.authorize(field.challenger, &field.realm, request, &cnonce);
            if let Ok(Some(again)) = again {
                field.value = again;
            }
        }
        authorization.fields.extend(answers);
        true
    }

    /// Takes what an accepting server says of the credentials that it got (RFC 7615): its own proof,
    /// and the nonce to use from now on.
    fn take_info(&mut self, counters: &mut Counters, response: &IncomingResponse, sent: &[Answer]) {
        if !self.peers.sent(response) {
            return;
        }
        let headers = response.response().headers();
        let body = response.response().body();
        for (challenger, name) in [
            (Challenger::Server, "Authentication-Info"),
            (Challenger::Proxy, "Proxy-Authentication-Info"),
        ] {
            let Ok(name) = HeaderName::new(name) else { continue };
            // Which of several realms it is from, it does not say: the one that it fits.
            let ours: Vec<_> = sent.iter().filter(|field| field.challenger == challenger).collect();
            for info in headers.raw_all(&name) {
                let proof = ours.iter().find_map(|field| {
                    let sent = field.value.as_bytes();
                    let proof = self.client.take_info(challenger, sent, info, body).ok()?;
                    let next = AuthenticationInfo::parse(info).ok();
                    if next.is_some_and(|info| info.next_nonce().is_some()) {
                        self.promise(challenger, &field.realm);
                    }
                    Some(proof)
                });
                match proof {
                    Some(ServerProof::Given) => counters.proven_servers += 1,
                    Some(ServerProof::NotGiven) => {}
                    None => counters.unproven_servers += 1,
                }
            }
        }
    }
}

impl Credentials {
    fn promise(&mut self, challenger: Challenger, realm: &str) {
        if !self.promised.iter().any(|it| it.0 == challenger && it.1 == realm) {
            self.promised.push((challenger, realm.to_owned()));
        }
    }
}

impl Clone for Credentials {
    /// The same account with a memory of its own: nonces are counted anew.
    fn clone(&self) -> Self {
        Self {
            client: self.client.anew(),
            peers: self.peers.clone(),
            bound: self.bound,
            promised: Vec::new(),
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
    fields: Vec<Answer>,
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
            self.accepted(cx, credentials, response);
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

    /// A 2xx: takes its Authentication-Info, if there is one.
    pub(crate) fn accepted(
        &self,
        cx: &mut Context,
        credentials: Option<&mut Credentials>,
        response: &IncomingResponse,
    ) {
        if response.status().is_success()
            && let Some(credentials) = credentials
        {
            credentials.take_info(&mut cx.counters, response, &self.fields);
        }
    }

    /// Writes the fields.
    pub(crate) fn add_to(&self, request: RequestBuilder) -> RequestBuilder {
        self.fields.iter().fold(request, |request, field| {
            let name = match field.challenger {
                Challenger::Server => &HeaderName::AUTHORIZATION,
                Challenger::Proxy => &HeaderName::PROXY_AUTHORIZATION,
            };
            request.append(name, &field.value)
        })
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
