//! Whether an INVITE is authentic, on trunks that prove themselves by digest (RFC 3261 22).

use std::time::Instant;

use siptrunk_digest::{Account, Confirmation, Refusal, Server, ServerLimits, User, Verdict};
use siptrunk_message::{HeaderName, HeaderValue, StatusCode};
use siptrunk_profiles::Trunk;
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

/// The digest servers of the trunks that have one, and that of the registrar.
pub(crate) struct Authenticator {
    start: Instant,
    trunks: Vec<Option<(Server, Account)>>,
    /// For trunks that register with us: who they are is known by their credentials alone.
    registrar: Server,
    registering: Vec<(Account, TrunkId)>,
}

impl Authenticator {
    /// One server a trunk with an account, each with a key of its own derived from the seed.
    pub(crate) fn new(start: Instant, seed: &Seed, realm: &str, trunks: &[Trunk]) -> Self {
        let server = |label: &str| {
            let key = seed.derive(label.as_bytes());
            Server::new(realm, key.0, ServerLimits::default())
        };
        let of_trunk = |(at, trunk): (usize, &Trunk)| {
            let account = trunk.inbound.digest.clone()?;
            Some((server(&format!("digest nonce key of trunk {at}")), account))
        };
        let registers = |(at, trunk): (usize, &Trunk)| {
            let account = trunk.inbound.digest.clone().filter(|_| trunk.inbound.registrar)?;
            Some((account, TrunkId(at)))
        };
        Self {
            start,
            trunks: trunks.iter().enumerate().map(of_trunk).collect(),
            registrar: server("digest nonce key of the registrar"),
            registering: trunks.iter().enumerate().filter_map(registers).collect(),
        }
    }

    /// Judges one request of a trunk.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        trunk: TrunkId,
        incoming: &IncomingRequest,
    ) -> Authenticity {
        let at = since(self.start, now);
        let Some(Some((server, account))) = self.trunks.get_mut(trunk.0) else {
            return Authenticity::Authentic(None);
        };
        prove(server, at, incoming, |user| user.is(account).then_some(&*account))
    }

    /// Judges a REGISTER: the trunk whose account it proves, or what to answer.
    pub(crate) fn judge_registration(
        &mut self,
        now: Instant,
        incoming: &IncomingRequest,
    ) -> Result<TrunkId, Authenticity> {
        let at = since(self.start, now);
        if self.registering.is_empty() {
            return Err(Authenticity::Refused(Box::new(Reply::new(StatusCode::FORBIDDEN))));
        }
        let mut whose = None;
        let registering = &self.registering;
        let proved = prove(&mut self.registrar, at, incoming, |user| {
            let (account, trunk) = registering.iter().find(|(account, _)| user.is(account))?;
            whose = Some(*trunk);
            Some(account)
        });
        match (proved, whose) {
            (Authenticity::Authentic(_), Some(trunk)) => Ok(trunk),
            (other, _) => Err(other),
        }
    }
}

fn since(start: Instant, now: Instant) -> u64 {
    let since = now.saturating_duration_since(start).as_millis();
    u64::try_from(since).unwrap_or(u64::MAX)
}

/// Whether a request proves one of the accounts that are found by its user.
fn prove<'a>(
    server: &mut Server,
    now_ms: u64,
    incoming: &IncomingRequest,
    mut account: impl FnMut(User<'_>) -> Option<&'a Account>,
) -> Authenticity {
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
            &mut account,
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
