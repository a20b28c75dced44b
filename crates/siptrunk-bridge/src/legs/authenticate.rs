//! Whether an INVITE is authentic, on trunks that prove themselves by digest (RFC 3261 22).

use std::time::Instant;

use siptrunk_digest::{Account, Confirmation, Refusal, Server, ServerLimits, Verdict};
use siptrunk_message::{HeaderName, HeaderValue, StatusCode};
use siptrunk_transaction::{IncomingRequest, Seed};
use siptrunk_ua::Reply;

use super::event::TrunkId;

/// What authentication found.
#[derive(Debug)]
pub(crate) enum Authenticity {
    /// The trunk wants no credentials, or these are right: then this goes into the 2xx.
    Authentic(Option<ServerProof>),
    /// No usable credentials yet: answer with this challenge. Not a failure, the usual first step.
    Challenge(Box<Reply>),
    /// The credentials are wrong: answer with this.
    Refused(Box<Reply>),
}

/// What proves to an authentic caller that we know its password too (RFC 7616 3.5).
#[derive(Debug)]
pub(crate) struct ServerProof(Box<Confirmation<'static>>);

impl ServerProof {
    /// Adds Authentication-Info to the 2xx that answers the INVITE; it covers the body where the caller
    /// asked for that. No next nonce: the nonce of a call is used again by the BYE, if by anything.
    pub(crate) fn add_to(&self, reply: Reply) -> Reply {
        let body = reply.body.as_ref().map_or(&[][..], |body| &body.bytes);
        let value = self.0.info(body, None).ok().map(|info| HeaderValue::new(info.to_string()));
        match value {
            Some(Ok(value)) => reply.extra(HeaderName::AUTHENTICATION_INFO, value),
            // Made of what was just read from a field of its own, so it can be written.
            _ => reply,
        }
    }
}

/// The digest servers of the trunks that have one.
pub(crate) struct Authenticator {
    start: Instant,
    trunks: Vec<Option<(Server, Account)>>,
}

impl Authenticator {
    /// One server a trunk with an account, each with a key of its own derived from the seed.
    pub(crate) fn new<'a>(
        start: Instant,
        seed: &Seed,
        realm: &str,
        accounts: impl IntoIterator<Item = Option<&'a Account>>,
    ) -> Self {
        let trunks = accounts
            .into_iter()
            .enumerate()
            .map(|(at, account)| {
                let label = format!("digest nonce key of trunk {at}");
                let key = seed.derive(label.as_bytes());
                account.map(|account| {
                    (Server::new(realm, key.0, ServerLimits::default()), account.clone())
                })
            })
            .collect();
        Self { start, trunks }
    }

    /// Judges one request of a trunk.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        trunk: TrunkId,
        incoming: &IncomingRequest,
    ) -> Authenticity {
        let Some(Some((server, account))) = self.trunks.get_mut(trunk.0) else {
            return Authenticity::Authentic(None);
        };
        let now_ms = u64::try_from(now.saturating_duration_since(self.start).as_millis())
            .unwrap_or(u64::MAX);
        let source = incoming.remote().ip().to_string();
        let request = incoming.request();
        let mut stale = false;
        let mut wrong = false;
        // A request may carry credentials for several realms; ours are among them or not.
        for credentials in request.headers().raw_all(&HeaderName::AUTHORIZATION) {
            let verdict = server.verify_user(
                now_ms,
                source.as_bytes(),
                credentials,
                request.method().as_str(),
                request.body(),
                |user| user.is(account).then_some(&*account),
            );
            match verdict {
                Verdict::Accepted { confirmation, .. } => {
                    let proof = ServerProof(Box::new(confirmation.into_owned()));
                    return Authenticity::Authentic(Some(proof));
                }
                Verdict::Stale => stale = true,
                // Credentials for somebody else's realm, or without a proof, are as good as none.
                Verdict::Refused { reason: Refusal::OtherRealm | Refusal::NoProof } => {}
                _ => wrong = true,
            }
        }
        if wrong && !stale {
            return Authenticity::Refused(Box::new(Reply::new(StatusCode::FORBIDDEN)));
        }
        let challenge = server.challenge(now_ms, source.as_bytes(), stale);
        match HeaderValue::new(&challenge) {
            Ok(value) => {
                let mut reply = Reply::new(StatusCode::UNAUTHORIZED);
                reply.extra.push((HeaderName::WWW_AUTHENTICATE, value));
                Authenticity::Challenge(Box::new(reply))
            }
            // A realm with line breaks cannot be written; the profile's lints refuse it at start.
            Err(_) => Authenticity::Refused(Box::new(Reply::new(StatusCode::FORBIDDEN))),
        }
    }
}
