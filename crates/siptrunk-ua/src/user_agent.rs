//! The user agent: it owns the tables and routes what comes in to the machines that they hold.

use std::{collections::HashMap, fmt, time::Instant};

use siptrunk_digest::Account;
use siptrunk_message::{Body, HeaderList, Method, NameAddr, Uri};
use siptrunk_transaction::{
    ClientTransactionId, Core, Event as LayerEvent, FlowId, IncomingResponse, KeyedHash,
    QuestionId, Seed, ServerTransactionId, Target, TransactionFailure, TransactionLayer,
    TransportError,
};

use crate::{
    Answer, Config, Counters, Destination, Dialog, Event, Invite, Registration,
    RegistrationFailure, RegistrationId, Reply, RequestFailure, RequestId, SessionId, UaError,
    admission,
    context::Context,
    exchange::{Draft, Exchange, Outcome},
    options::options,
    owner::Owner,
    registration::{Progress, Registrar},
    session::{Session, fork::Answers, outgoing::Outgoing, table::Sessions},
};

/// A SIP user agent without sockets: dialogs, INVITE sessions, registrations.
///
/// It is a [`Core`](siptrunk_transaction::Core): bytes, time and answers go in, bytes, questions
/// and events come out. Verbs of the application are the methods below.
pub struct UserAgent {
    pub(crate) cx: Context,
    pub(crate) sessions: Sessions,
    pub(crate) registrations: HashMap<RegistrationId, Registrar, KeyedHash>,
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
        Self {
            cx: Context::new(config, &seed),
            sessions: Sessions::new(&map),
            registrations: HashMap::with_hasher(map.hasher()),
            exchanges: HashMap::with_hasher(map.hasher()),
            count: 0,
        }
    }

    // ---- sessions

    /// Dials. The session ends with [`Event::Ended`], whatever happens.
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

    /// Answers an [`Event::Incoming`]: provisionally (101 to 199), with 2xx, or with a failure.
    ///
    /// A 2xx is repeated until its ACK; after 64*T1 without one BYE is sent and the session ends
    /// with [`Cause::NoAck`](crate::Cause::NoAck).
    pub fn answer(&mut self, now: Instant, id: SessionId, reply: Reply) -> Result<(), UaError> {
        self.verb(now, id, |session, cx| session.answer(now, cx, &reply))
    }

    /// Forgets an [`Event::Incoming`] without any response: to scanners, silence. No
    /// [`Event::Ended`] follows.
    pub fn ignore(&mut self, id: SessionId) {
        self.sessions.ignore(&mut self.cx, id);
    }

    /// Sends the ACK of the 2xx, with the answer to the offer in it. Only where the INVITE had no
    /// body: else the ACK has gone out with [`Event::Answered`].
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

    /// Sends any request inside the dialog; [`Event::Response`] brings what became of it. A
    /// re-INVITE is acknowledged by itself, if it had a body.
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
        self.sessions.set_account(id, account)
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
        let draft = Draft { method: Method::OPTIONS, request, contact_user: user, sequence };
        let (exchange, outcome) =
            Exchange::begin(now, &mut self.cx, Owner::Request(id), destination, draft);
        self.exchanges.insert(id, exchange);
        self.conclude(id, outcome);
        self.settle(now);
        Ok(id)
    }

    /// Responds to [`Event::Request`], [`Event::InDialog`] or [`Event::Reoffer`].
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

    // ---- registrations

    /// Registers, and keeps the registration alive until [`unregister`](Self::unregister). Over
    /// [`Limits::max_requests`](crate::Limits::max_requests) it fails at once, and for good.
    pub fn register(&mut self, now: Instant, registration: Registration) -> RegistrationId {
        let id = RegistrationId(self.next_count());
        let limit = self.cx.config.limits.max_requests;
        if self.registrations.len() >= limit {
            self.cx.emit(Event::RegistrationFailed {
                registration: id,
                failure: RegistrationFailure::Request(RequestFailure::LimitReached { limit }),
                retry_in: None,
            });
            return id;
        }
        let (registrar, progress) = Registrar::begin(now, &mut self.cx, id, registration);
        self.registrations.insert(id, registrar);
        self.progress(id, progress);
        self.settle(now);
        id
    }

    /// Takes a registration back; [`Event::Unregistered`] follows. Does nothing for one that is
    /// over.
    pub fn unregister(&mut self, now: Instant, id: RegistrationId) {
        if let Some(registrar) = self.registrations.get_mut(&id) {
            let progress = registrar.unregister(now, &mut self.cx);
            self.progress(id, progress);
        }
        self.settle(now);
    }

    /// The connection that a registration stands on: the one that brought the last 2xx of its
    /// REGISTER. None while it does not stand, and over UDP, where the listener's socket is the flow
    /// for everything.
    ///
    /// What comes over it comes from the registrar.
    pub fn registered_connection(&self, id: RegistrationId) -> Option<FlowId> {
        self.registrations.get(&id)?.connection()
    }

    /// The way of requests outside dialogs to whom we are registered with (RFC 5626 section 4.3): over
    /// the [`registered_connection`](Self::registered_connection), and if that fails to those of
    /// `targets` that it does not lead to. None where there is no such connection.
    pub fn registered_destination(
        &self,
        id: RegistrationId,
        targets: &[Target],
    ) -> Option<Destination> {
        let registrar = self.registrations.get(&id)?;
        let (flow, remote) = (registrar.connection()?, registrar.remote()?);
        let others = targets.iter().filter(|target| target.address != remote);
        Some(Destination::FlowFirst { flow, targets: others.cloned().collect() })
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

    // ---- routing

    fn next_count(&mut self) -> u64 {
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

    /// Hands out what the layer below has to say, until it is silent.
    pub(crate) fn settle(&mut self, now: Instant) {
        loop {
            self.sessions.hang_up_surplus(now, &mut self.cx);
            let Some(event) = self.cx.layer.poll_event() else { break };
            self.route(now, event);
        }
    }

    fn route(&mut self, now: Instant, event: LayerEvent) {
        let (cx, sessions) = (&mut self.cx, &mut self.sessions);
        match event {
            LayerEvent::Request { id, request } => {
                admission::admit(now, cx, sessions, id, request);
            }
            LayerEvent::Ack { request } => {
                let tag = request.essentials().to_tag();
                if let Some(id) = tag.and_then(|tag| sessions.by_tag(tag)) {
                    sessions.step(now, cx, id, |session, cx| session.handle_ack(now, cx, request));
                }
            }
            LayerEvent::Cancel { invite, request } => {
                let reinvite = || cx.pending.get(&invite).and_then(|pending| pending.session);
                if let Some(id) = sessions.by_invite(invite).or_else(reinvite) {
                    sessions.step(now, cx, id, |session, cx| {
                        session.handle_cancel(now, cx, invite, request)
                    });
                }
            }
            LayerEvent::Response { id, response } => self.route_response(now, id, response),
            // Whoever accepted so late hangs up when no ACK comes.
            LayerEvent::LateAnswer { .. } => {}
            LayerEvent::Failed { id, reason } => self.route_failure(now, id, reason),
            LayerEvent::ServerFailed { id, reason } => {
                admission::handle_server_failure(now, cx, sessions, id, reason);
            }
        }
    }

    fn route_response(
        &mut self,
        now: Instant,
        id: ClientTransactionId,
        response: IncomingResponse,
    ) {
        let cx = &mut self.cx;
        match cx.owner(id) {
            Some(Owner::Session(session)) => self.sessions.step(now, cx, session, |session, cx| {
                session.handle_response(now, cx, id, response)
            }),
            Some(Owner::Answers(_)) => Answers::handle_response(cx, id, response),
            Some(Owner::Registration(registration)) => {
                if let Some(registrar) = self.registrations.get_mut(&registration) {
                    let progress = registrar.handle_response(now, cx, id, response);
                    self.progress(registration, progress);
                }
            }
            Some(Owner::Request(request)) => {
                if let Some(exchange) = self.exchanges.get_mut(&request) {
                    let outcome = exchange.handle_response(now, cx, None, id, response);
                    self.conclude(request, outcome);
                }
            }
            Some(Owner::Pending(_)) | None => {}
        }
    }

    fn route_failure(&mut self, now: Instant, id: ClientTransactionId, reason: TransactionFailure) {
        let cx = &mut self.cx;
        match cx.owner(id) {
            Some(Owner::Session(session)) => self
                .sessions
                .step(now, cx, session, |session, cx| session.handle_failure(now, cx, id, reason)),
            Some(Owner::Answers(_)) => Answers::forget(cx, id),
            Some(Owner::Registration(registration)) => {
                if let Some(registrar) = self.registrations.get_mut(&registration) {
                    let progress = registrar.handle_failure(now, cx, id, reason);
                    self.progress(registration, progress);
                }
            }
            Some(Owner::Request(request)) => {
                if let Some(exchange) = self.exchanges.get_mut(&request) {
                    let outcome = exchange.handle_failure(now, cx, id, reason);
                    self.conclude(request, outcome);
                }
            }
            Some(Owner::Pending(_)) | None => {}
        }
    }

    pub(crate) fn route_answer(&mut self, now: Instant, id: QuestionId, answer: Answer) {
        let cx = &mut self.cx;
        match cx.take_question(id) {
            Some(Owner::Session(session)) => self
                .sessions
                .step(now, cx, session, |session, cx| session.handle_answer(now, cx, id, answer)),
            Some(Owner::Registration(registration)) => {
                if let Some(registrar) = self.registrations.get_mut(&registration) {
                    let progress = registrar.handle_answer(now, cx, id, answer);
                    self.progress(registration, progress);
                }
            }
            Some(Owner::Request(request)) => {
                if let Some(exchange) = self.exchanges.get_mut(&request) {
                    let outcome = exchange.handle_answer(now, cx, id, answer);
                    self.conclude(request, outcome);
                }
            }
            Some(Owner::Answers(_) | Owner::Pending(_)) | None => {}
        }
    }

    pub(crate) fn route_timeout(&mut self, now: Instant, owner: Owner) {
        let cx = &mut self.cx;
        match owner {
            Owner::Session(session) => {
                self.sessions.step(now, cx, session, |session, cx| session.handle_timeout(now, cx));
            }
            Owner::Answers(invite) => Answers::expire(now, cx, invite),
            Owner::Registration(registration) => {
                if let Some(registrar) = self.registrations.get_mut(&registration) {
                    let progress = registrar.handle_timeout(now, cx);
                    self.progress(registration, progress);
                }
            }
            Owner::Request(request) => {
                if let Some(exchange) = self.exchanges.get_mut(&request) {
                    let outcome = exchange.handle_timeout(now, cx);
                    self.conclude(request, outcome);
                }
            }
            Owner::Pending(id) => admission::expire(now, cx, &mut self.sessions, id),
        }
    }

    /// A connection closed: the registrations that stood on it begin anew, oldest first.
    pub(crate) fn close_registrations(
        &mut self,
        now: Instant,
        flow: FlowId,
        reason: TransportError,
    ) {
        let on_it = |(id, it): (&RegistrationId, &Registrar)| {
            (it.connection() == Some(flow)).then_some(*id)
        };
        let mut those: Vec<_> = self.registrations.iter().filter_map(on_it).collect();
        those.sort_unstable();
        for id in those {
            if let Some(registrar) = self.registrations.get_mut(&id) {
                registrar.handle_closed(now, &mut self.cx, flow, reason);
                self.progress(id, Progress::Stay);
            }
        }
    }

    /// Keeps a registration's deadline, or drops the registration.
    fn progress(&mut self, id: RegistrationId, progress: Progress) {
        let owner = Owner::Registration(id);
        if progress == Progress::Over {
            self.registrations.remove(&id);
        }
        let deadline = self.registrations.get(&id).and_then(Registrar::deadline);
        self.cx.deadlines.set(owner, deadline);
    }

    /// Keeps a request's deadline, or reports its outcome.
    fn conclude(&mut self, id: RequestId, outcome: Option<Outcome>) {
        if let Some(outcome) = outcome
            && let Some(mut exchange) = self.exchanges.remove(&id)
        {
            exchange.close(&mut self.cx);
            self.cx.emit(Event::Response { request: id, outcome });
        }
        let deadline = self.exchanges.get(&id).and_then(Exchange::deadline);
        self.cx.deadlines.set(Owner::Request(id), deadline);
    }
}
