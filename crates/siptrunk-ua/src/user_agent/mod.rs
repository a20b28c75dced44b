//! The user agent: it owns the tables and routes what comes in to the machines that they hold.

use std::{collections::HashMap, fmt, time::Instant};

use siptrunk_digest::Account;
use siptrunk_message::{Body, HeaderList, Method, NameAddr, Uri};
use siptrunk_transaction::{
    Core, KeyedHash, QuestionId, Seed, ServerTransactionId, TransactionLayer,
};

use crate::{
    Config, Counters, Destination, Dialog, Invite, Registrar, RegistrationId, Reply, RequestId,
    SessionId, UaError, admission,
    authentication::Authorization,
    context::Context,
    exchange::{Draft, Exchange},
    options::options,
    owner::Owner,
    registration::Registrant,
    session::{Session, outgoing::Outgoing, table::Sessions},
};

mod refer;
mod registrar;
mod registration;
mod route;

/// A SIP user agent without sockets: dialogs, INVITE sessions, registrations.
///
/// It is a [`Core`](siptrunk_transaction::Core): bytes, time and answers go in, bytes, questions
/// and events come out. Verbs of the application are the methods below.
pub struct UserAgent {
    pub(crate) cx: Context,
    pub(crate) sessions: Sessions,
    pub(crate) registrations: HashMap<RegistrationId, Registrant, KeyedHash>,
    pub(crate) registrar: Option<Registrar>,
    pub(crate) exchanges: HashMap<RequestId, Exchange, KeyedHash>,
    count: u64,
}

impl fmt::Debug for UserAgent {
    /// Counts only: what it holds are messages, which may hold credentials and media keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserAgent")
            .field("live", &self.live())
            .field("counters", self.counters())
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "verbs take what they are given: whether they keep it is not the caller's concern"
)]
impl UserAgent {
    /// A user agent with nothing to do. The same seed and inputs give the same bytes.
    pub fn new(config: Config, seed: Seed) -> Self {
        let map = seed.derive(b"ua tables");
        let registrar = config.registrar.clone().map(|limits| Registrar::new(limits, &map));
        Self {
            registrar,
            cx: Context::new(config, &seed),
            sessions: Sessions::new(&map),
            registrations: HashMap::with_hasher(map.hasher()),
            exchanges: HashMap::with_hasher(map.hasher()),
            count: 0,
        }
    }

    // ---- sessions

    /// Dials. The session ends with [`Event::Ended`](crate::Event::Ended), whatever happens.
    pub fn invite(&mut self, now: Instant, invite: Invite) -> Result<SessionId, UaError> {
        let limit = self.cx.config.limits.max_sessions;
        if self.sessions.len() >= limit {
            return Err(UaError::LimitReached { what: "sessions", limit });
        }
        let id = self.sessions.next_id();
        let (outgoing, step) = Outgoing::begin(now, &mut self.cx, id, invite)?;
        self.sessions.insert(&mut self.cx, id, Session::outgoing(id, outgoing));
        self.sessions.step(now, &mut self.cx, id, |_, _| step);
        self.settle(now);
        Ok(id)
    }

    /// Answers an [`Event::Incoming`](crate::Event::Incoming): provisionally (101 to 199), with 2xx,
    /// or with a failure.
    ///
    /// A 2xx is repeated until its ACK; after 64*T1 without one BYE is sent and the session ends
    /// with [`Cause::NoAck`](crate::Cause::NoAck).
    pub fn answer(&mut self, now: Instant, id: SessionId, reply: Reply) -> Result<(), UaError> {
        self.verb(now, id, |session, cx| session.answer(now, cx, &reply))
    }

    /// Forgets an [`Event::Incoming`](crate::Event::Incoming) without any response: to scanners,
    /// silence. No [`Event::Ended`](crate::Event::Ended) follows.
    pub fn ignore(&mut self, id: SessionId) {
        self.sessions.ignore(&mut self.cx, id);
    }

    /// Sends the ACK of the 2xx, with the answer to the offer in it. Only where the INVITE had no
    /// body: else the ACK has gone out with [`Event::Answered`](crate::Event::Answered).
    pub fn acknowledge(
        &mut self,
        now: Instant,
        id: SessionId,
        body: Option<Body>,
    ) -> Result<(), UaError> {
        self.verb(now, id, |session, cx| session.acknowledge(now, cx, body.as_ref()))
    }

    /// Hangs up. At the called side it waits for the ACK, as RFC 3261 section 15 wants it.
    pub fn bye(&mut self, now: Instant, id: SessionId, headers: HeaderList) -> Result<(), UaError> {
        self.verb(now, id, |session, cx| session.bye(now, cx, headers))
    }

    /// Cancels an INVITE of ours that has no final response. A 2xx that crosses it is
    /// acknowledged and hung up.
    pub fn cancel(
        &mut self,
        now: Instant,
        id: SessionId,
        headers: HeaderList,
    ) -> Result<(), UaError> {
        self.verb(now, id, |session, cx| session.cancel(now, cx, &headers))
    }

    /// Sends any request inside the dialog; [`Event::Response`](crate::Event::Response) brings what
    /// became of it. A re-INVITE is acknowledged by itself, if it had a body.
    pub fn request(
        &mut self,
        now: Instant,
        id: SessionId,
        method: Method,
        headers: HeaderList,
        body: Option<Body>,
    ) -> Result<RequestId, UaError> {
        let request = RequestId(self.next_count());
        self.verb(now, id, |session, cx| {
            session.request(now, cx, request, method, &headers, body.as_ref())
        })?;
        Ok(request)
    }

    /// Lends this session an account: challenges of its peer are answered with it. For sessions
    /// that the peer began; an [`Invite`] brings its own.
    pub fn set_account(&mut self, id: SessionId, account: Account) -> Result<(), UaError> {
        self.sessions.seen_mut(id)?.set_credentials(account);
        Ok(())
    }

    /// Says whether requests of this session that are too large for a datagram may go over TCP. For
    /// sessions that the peer began; an [`Invite`] says it itself.
    pub fn set_takes_tcp(&mut self, id: SessionId, takes_tcp: bool) -> Result<(), UaError> {
        self.sessions.seen_mut(id)?.set_takes_tcp(takes_tcp);
        Ok(())
    }

    /// The dialog of a session; before a 2xx, only our half of it.
    pub fn dialog(&self, id: SessionId) -> Option<&Dialog> {
        self.sessions.seen(id).map(Session::dialog)
    }

    // ---- requests

    /// Asks a peer for its capabilities, or whether it is there.
    pub fn options(
        &mut self,
        now: Instant,
        destination: Destination,
        uri: Uri<'static>,
        from: NameAddr<'static>,
    ) -> Result<RequestId, UaError> {
        let limit = self.cx.config.limits.max_requests;
        if self.exchanges.len() >= limit {
            return Err(UaError::LimitReached { what: "requests", limit });
        }
        let id = RequestId(self.next_count());
        let user = from.uri().user().map(std::borrow::Cow::into_owned);
        let sequence = self.cx.new_sequence();
        let request = options(&mut self.cx, &uri, from);
        let draft = Draft {
            method: Method::OPTIONS,
            request,
            contact_user: user,
            authorization: Authorization::default(),
            sequence,
        };
        let (exchange, outcome) =
            Exchange::begin(now, &mut self.cx, Owner::Request(id), destination, draft);
        self.exchanges.insert(id, exchange);
        self.conclude(id, outcome);
        self.settle(now);
        Ok(id)
    }

    /// Responds to [`Event::Request`](crate::Event::Request),
    /// [`Event::InDialog`](crate::Event::InDialog), [`Event::Reoffer`](crate::Event::Reoffer) or
    /// [`Event::Refer`](crate::Event::Refer).
    pub fn respond(
        &mut self,
        now: Instant,
        id: ServerTransactionId,
        reply: Reply,
    ) -> Result<(), UaError> {
        let result = admission::respond(now, &mut self.cx, &mut self.sessions, id, &reply);
        self.settle(now);
        result
    }

    // ---- looking in

    /// The layer below: its counters, what it sent.
    pub fn transactions(&self) -> &TransactionLayer {
        &self.cx.layer
    }

    /// A number for a question of the core above: one counter serves them all.
    pub fn next_question_id(&mut self) -> QuestionId {
        self.cx.layer.next_question_id()
    }

    /// What was done without being asked.
    pub fn counters(&self) -> &Counters {
        &self.cx.counters
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.cx.config
    }

    // ---- what verbs share

    pub(super) fn next_count(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn verb(
        &mut self,
        now: Instant,
        id: SessionId,
        obey: impl FnOnce(&mut Session, &mut Context) -> Result<crate::session::Step, UaError>,
    ) -> Result<(), UaError> {
        let result = self.sessions.verb(now, &mut self.cx, id, obey);
        self.settle(now);
        result
    }
}
