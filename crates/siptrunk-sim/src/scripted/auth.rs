//! Digest authentication of the ends (RFC 3261 section 22): asked for, and given.

use std::{fmt, net::SocketAddr, time::Instant};

use siptrunk_digest::{Attempts, Challenger, Client, Origin, Server, ServerLimits, Verdict};
use siptrunk_message::{HeaderName, Headers, Request};
use siptrunk_transaction::Rng;

use super::Reply;

/// A user name and its password, as they are typed into a provider's form.
#[derive(Clone, PartialEq, Eq)]
pub struct Account(siptrunk_digest::Account);

impl Account {
    /// An account.
    pub fn new(username: &str, password: &str) -> Self {
        Self(siptrunk_digest::Account::new(username, password))
    }

    /// The user name.
    pub fn username(&self) -> &str {
        &self.0.username
    }
}

/// Without the password.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("username", &self.username()).finish_non_exhaustive()
    }
}

/// Answers the challenges to one request.
#[derive(Debug)]
pub(crate) struct Prover {
    client: Client,
    attempts: Attempts,
}

impl Prover {
    pub(crate) fn new(account: Account) -> Self {
        Self { client: Client::new(account.0), attempts: Attempts::new() }
    }

    /// The same for the next request, with the nonces that it knows.
    pub(crate) fn next(&mut self) {
        self.attempts = Attempts::new();
    }

    /// The field that answers the challenges of a response; `None` when that is of no use.
    pub(crate) fn answer(
        &mut self,
        response: &Headers,
        method: &str,
        uri: &str,
        body: &[u8],
        rng: &mut Rng,
    ) -> Option<(HeaderName, String)> {
        let of = |name: HeaderName, challenger: Challenger| {
            response.raw_all(&name).map(move |value| (challenger, value)).collect::<Vec<_>>()
        };
        let mut challenges = of(HeaderName::WWW_AUTHENTICATE, Challenger::Server);
        challenges.extend(of(HeaderName::PROXY_AUTHENTICATE, Challenger::Proxy));
        let request = siptrunk_digest::Request { method, uri, body };
        let origin = Origin { source: b"", in_dialog: false };
        let cnonce = rng.token(16);
        let answers =
            self.client.answer(&mut self.attempts, origin, challenges, &request, &cnonce).ok()?;
        let answer = answers.into_iter().next()?;
        Some((HeaderName::new(answer.challenger.credentials_field()).ok()?, answer.value))
    }
}

/// Asks for credentials, and judges them.
#[derive(Debug)]
pub(crate) struct Guard {
    account: Account,
    server: Server,
    start: Instant,
    challenger: Challenger,
    /// Nothing is right.
    deaf: bool,
}

impl Guard {
    /// Asks with 401, or with 407 as a proxy does.
    pub(crate) fn new(
        account: Account,
        realm: &str,
        status: u16,
        start: Instant,
        rng: &mut Rng,
    ) -> Self {
        let mut key = [0; 32];
        rng.fill(&mut key);
        let server = Server::new(realm, key, ServerLimits::default());
        let challenger = if status == 407 { Challenger::Proxy } else { Challenger::Server };
        Self { account, server, start, challenger, deaf: false }
    }

    /// The same, but no credentials are ever right.
    pub(crate) fn deaf(mut self) -> Self {
        self.deaf = true;
        self
    }

    /// What keeps a request out, if anything does: a challenge, or 400 for what cannot be read.
    pub(crate) fn judge(
        &mut self,
        now: Instant,
        request: &Request,
        from: SocketAddr,
    ) -> Option<Reply> {
        let passed = now.saturating_duration_since(self.start).as_millis();
        let now = u64::try_from(passed).unwrap_or(u64::MAX);
        let source = from.ip().to_string();
        let name = HeaderName::new(self.challenger.credentials_field()).ok()?;
        let mut stale = false;
        if let Some(value) = request.headers().raw(&name) {
            let account = &self.account;
            let known = |user: &str| (user == account.username()).then_some(&account.0);
            let method = request.method().as_str();
            match self.server.verify(now, source.as_bytes(), value, method, request.body(), known) {
                Verdict::Accepted { .. } if !self.deaf => return None,
                Verdict::Malformed(_) => return Some(Reply::new(400)),
                verdict => stale = verdict == Verdict::Stale,
            }
        }
        let value = self.server.challenge(now, source.as_bytes(), stale);
        let (code, field) = match self.challenger {
            Challenger::Server => (401, HeaderName::WWW_AUTHENTICATE),
            Challenger::Proxy => (407, HeaderName::PROXY_AUTHENTICATE),
        };
        Some(Reply::new(code).header(field, value))
    }
}

/// Whether a request shows credentials of any kind.
pub(crate) fn shows_credentials(request: &Request) -> bool {
    let names = [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION];
    names.iter().any(|name| request.headers().contains(name))
}
