//! The transaction layer: where bytes become transactions' inputs, and what users ask of it.

use std::{
    convert::Infallible,
    fmt::{self, Write},
    net::IpAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_message::{
    HeaderList, HeaderName, HeaderValue, HostPort, Method, Request, RequestBuilder,
    ResponseBuilder, StatusCode,
};

use crate::{
    ClientTransactionId, Config, Core, Counters, Event, FlowEvent, FlowId, IncomingRequest, Known,
    Live, QuestionId, QuestionIds, Received, Seed, ServerTransactionId, Target, Ticket, To,
    TransactionError, Transmit,
    admission::Gate,
    branch::{self, Branches},
    clients::Clients,
    connections::Connections,
    key::ServerKeys,
    outbox::{Context, Outbox},
    route,
    servers::{self, Servers},
    timer::Timing,
};

/// The SIP transaction layer (RFC 3261 section 17): requests go out and responses come in through
/// client transactions, requests come in and responses go out through server transactions.
///
/// It is a [`Core`]: bytes, flow events and time go in by `handle_*`; drain `poll_transmit` and
/// `poll_event` after each call.
pub struct TransactionLayer {
    pub(crate) config: Config,
    pub(crate) clients: Clients,
    pub(crate) servers: Servers,
    pub(crate) connections: Connections,
    pub(crate) gate: Gate,
    pub(crate) keys: ServerKeys,
    pub(crate) out: Outbox,
    pub(crate) branches: Branches,
    questions: QuestionIds,
    /// Holds the contract that time never goes back; decides nothing.
    latest: Option<Instant>,
}

/// The largest cap on transactions: slots leave their top bit to tickets.
const MOST_TRANSACTIONS: usize = (1 << 31) - 1;

/// No timer is shorter: its deadline would not lie in the future.
const LEAST_TIMER: Duration = Duration::from_millis(1);

/// No timer is longer, so that 64*T1 after any moment is a moment too: a day.
const LONGEST_TIMER: Duration = Duration::from_secs(24 * 3_600);

impl TransactionLayer {
    /// A layer without transactions. Timers below one millisecond count as that, and those above
    /// a day as a day.
    #[expect(clippy::needless_pass_by_value, reason = "the layer's own: wiped when it has served")]
    pub fn new(mut config: Config, seed: Seed) -> Self {
        for timer in [&mut config.t1, &mut config.t2, &mut config.t4, &mut config.proceeding_limit]
        {
            *timer = (*timer).clamp(LEAST_TIMER, LONGEST_TIMER);
        }
        config.max_transactions = config.max_transactions.min(MOST_TRANSACTIONS);
        let timing = Timing {
            t1: config.t1,
            t2: config.t2,
            t4: config.t4,
            limit: config.proceeding_limit,
            reliable: false,
        };
        Self {
            clients: Clients::new(timing),
            servers: Servers::new(timing, &config),
            connections: Connections::default(),
            gate: Gate::new(&config.admission, &seed),
            keys: ServerKeys::new(&seed),
            out: Outbox::default(),
            // An INVITE lives no longer: its timer, and 64*T1 after that for the end of its CANCEL.
            branches: Branches::new(&seed, config.proceeding_limit + 2 * timing.timeout()),
            questions: QuestionIds::default(),
            latest: None,
            config,
        }
    }

    /// Sends a request in a transaction of its own. The layer writes the Via: our advertised
    /// address, a new branch, `rport` over UDP. A UDP target becomes the datagram flow from the
    /// first listener of its address family.
    ///
    /// ACK goes by [`send`](Self::send), CANCEL by [`cancel`](Self::cancel).
    pub fn request(
        &mut self,
        now: Instant,
        to: To,
        request: &RequestBuilder,
    ) -> Result<ClientTransactionId, TransactionError> {
        self.begin(now);
        let remedy = match request.method() {
            method if *method == Method::ACK => Some("use `send`"),
            method if *method == Method::CANCEL => Some("use `cancel`"),
            _ => None,
        };
        if let Some(remedy) = remedy {
            let method = request.method().clone();
            return Err(TransactionError::MethodNotAllowed { method, remedy });
        }
        self.check_room()?;
        let route = route::outgoing(&self.config, &self.connections, to)?;
        let (via, at) = via(now, &route, &mut self.branches, request);
        let request = request.build(&via)?;
        let key = branch::key(&via[at..at + branch::BRANCH], request.method());
        // The branch was written a line ago, in the form that is read here.
        let key = key.unwrap_or_default();
        let way = (route.to, route.transport);
        let (clients, _, mut cx) = self.split(now);
        Ok(clients.start(&mut cx, key, request, way))
    }

    /// What went out, Via and all: for retries and records. It is there until the input after the
    /// final response or failure, so copy it while you handle that event.
    pub fn sent(&self, id: ClientTransactionId) -> Option<&Request> {
        self.clients.request(id)
    }

    /// Cancels an INVITE (RFC 3261 section 9.1): with its branch, at once if it has a provisional
    /// response, else as soon as it has one. `headers` is for Reason and the like.
    ///
    /// The INVITE itself goes on: to its 487, to a 2xx that crossed, or, 64*T1 after the CANCEL
    /// left, to [`Cancelled`](crate::TransactionFailure::Cancelled). A CANCEL that was still held
    /// when the INVITE ended fails as [`NotNeeded`](crate::TransactionFailure::NotNeeded).
    pub fn cancel(
        &mut self,
        now: Instant,
        id: ClientTransactionId,
        headers: &HeaderList,
    ) -> Result<ClientTransactionId, TransactionError> {
        self.begin(now);
        let (clients, _, mut cx) = self.split(now);
        clients.cancel(&mut cx, id, headers)
    }

    /// Sends a request outside transactions: the ACK of a 2xx (RFC 3261 section 13.2.2.4). Keep
    /// the bytes, and [`resend`](Self::resend) them for each 2xx that comes again.
    pub fn send(
        &mut self,
        now: Instant,
        to: To,
        request: &RequestBuilder,
    ) -> Result<Bytes, TransactionError> {
        self.begin(now);
        let route = route::outgoing(&self.config, &self.connections, to)?;
        let (via, _) = via(now, &route, &mut self.branches, request);
        let bytes = request.build(&via)?.bytes().clone();
        self.out.send(route.to, bytes.clone(), Ticket::default());
        Ok(bytes)
    }

    /// Sends the bytes that [`send`](Self::send) returned again.
    pub fn resend(&mut self, to: To, bytes: Bytes) {
        match route::outgoing(&self.config, &self.connections, to) {
            Ok(route) => self.out.send(route.to, bytes, Ticket::default()),
            // A connection that is gone: as good as lost, and the peer repeats its 2xx.
            Err(_) => self.out.counters.transport_errors += 1,
        }
    }

    /// Responds to a request. A 2xx to an INVITE keeps the transaction in Accepted (RFC 6026), and
    /// its retransmission is the user's: see [`retransmit`](Self::retransmit).
    pub fn respond(
        &mut self,
        now: Instant,
        id: ServerTransactionId,
        response: &ResponseBuilder,
    ) -> Result<(), TransactionError> {
        self.begin(now);
        let (_, servers, mut cx) = self.split(now);
        servers.respond(&mut cx, id, response)
    }

    /// Sends the 2xx of an INVITE again: the same bytes.
    pub fn retransmit(&mut self, id: ServerTransactionId) {
        self.servers.retransmit(&mut self.out, id);
    }

    /// The 2xx of this INVITE is acknowledged or given up: its bytes are dropped. Repetitions of
    /// the INVITE are absorbed until timer L.
    pub fn release(&mut self, id: ServerTransactionId) {
        self.servers.release(id);
    }

    /// Forgets a request as if it had never come: nothing is sent, and if it was called while the
    /// request was handled, not even its 100. A repetition is a new request.
    pub fn abandon(&mut self, id: ServerTransactionId) {
        self.servers.abandon(&mut self.connections, &mut self.out, id);
    }

    /// Refuses a request without keeping state for it: the response goes out once, its repetitions
    /// are new requests, and the ACK of an INVITE so refused is recognised and dropped. For floods
    /// and strangers.
    pub fn refuse(
        &mut self,
        id: ServerTransactionId,
        request: &IncomingRequest,
        status: StatusCode,
        headers: &[(HeaderName, HeaderValue)],
    ) {
        self.abandon(id);
        self.refuse_stateless(request, status, headers);
    }

    /// Other sources are known from now on: a trunk's name resolved to other addresses, say. What
    /// strangers have begun stays in their share.
    pub fn know(&mut self, known: Known) {
        self.gate.know(&known);
        self.config.admission.known = known;
    }

    /// Whether this source is known, as [`Admission::known`](crate::Admission::known) has it.
    pub fn is_known(&self, source: IpAddr) -> bool {
        self.gate.stranger(source).is_none()
    }

    /// Whether a target is a listener of our own; a request that goes there is not sent.
    pub fn leads_to_us(&self, target: &Target) -> bool {
        route::leads_to_us(&self.config, target.transport, target.address)
    }

    /// Our address as it stands in Via and Contact of what goes this way.
    pub fn advertised(&self, to: &To) -> Option<HostPort> {
        let route = route::outgoing(&self.config, &self.connections, to.clone()).ok()?;
        Some(route.sent_by.clone())
    }

    /// How many octets a request is with the Via that it would get this way; `None` where it cannot
    /// go this way. For who has to know before it is sent (RFC 3261 section 18.1.1).
    pub fn octets(&self, to: &To, request: &RequestBuilder) -> Option<usize> {
        let route = route::outgoing(&self.config, &self.connections, to.clone()).ok()?;
        let mut via = via_start(&route);
        via.push_str(via_end(&route));
        Some(request.octets(via.len() + branch::BRANCH))
    }

    /// The number of the next question: cores above draw theirs here.
    pub fn next_question_id(&mut self) -> QuestionId {
        self.questions.next()
    }

    /// The configuration, with its bounds applied.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What was dropped, repeated or answered by the layer itself.
    pub fn counters(&self) -> &Counters {
        &self.out.counters
    }

    /// Takes one datagram, or one message of a stream.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the shape of a core: inputs are handed over"
    )]
    pub fn handle_input(&mut self, now: Instant, input: Received) {
        self.begin_input(now);
        self.receive(now, &input);
    }

    /// Takes the news of a flow: `Failed` is a transport error of the transaction that the ticket
    /// belongs to; `Closed` fails the client transactions of that connection, and makes its server
    /// transactions open a new one for their responses, once (RFC 3261 section 18.2.2). A datagram
    /// flow cannot close, so nobody who forges an ICMP message ends a call.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the shape of a core: inputs are handed over"
    )]
    pub fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.begin_input(now);
        let (clients, servers, mut cx) = self.split(now);
        match event {
            FlowEvent::Opened { ticket, flow, local } => {
                let transport = match servers::owner(ticket) {
                    Some(server) => servers.handle_opened(&mut cx, server, flow),
                    None => clients.handle_opened(&mut cx, ticket, flow),
                };
                if let Some(transport) = transport {
                    cx.connections.note(flow, transport, local);
                }
            }
            FlowEvent::Failed { ticket, reason } => match servers::owner(ticket) {
                Some(server) => servers.handle_error(&mut cx, server, reason),
                None => clients.handle_error(&mut cx, ticket, reason),
            },
            FlowEvent::Closed { flow: FlowId::Connection(number), reason } => {
                for ticket in cx.connections.close(number) {
                    match servers::owner(ticket) {
                        Some(server) => _ = servers.reopen(&mut cx, server),
                        None => clients.handle_error(&mut cx, ticket, reason),
                    }
                }
            }
            FlowEvent::Closed { flow: FlowId::Datagram { .. }, .. } => {}
        }
    }

    /// Does what is due: retransmissions, and the end of what has waited long enough.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.begin_input(now);
        let (clients, servers, mut cx) = self.split(now);
        clients.handle_timeout(&mut cx);
        servers.handle_timeout(&mut cx);
    }

    /// The next bytes to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.out.transmits.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.out.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let (client, server) = (self.clients.next_deadline(), self.servers.next_deadline());
        match (client, server) {
            (Some(client), Some(server)) => Some(client.min(server)),
            (client, server) => client.or(server),
        }
    }

    /// The transactions that are not over.
    pub fn live(&self) -> Live {
        let mut live = Live::default();
        live.add("client transactions", self.clients.live());
        live.add("server transactions", self.servers.live());
        let marks = self.connections.users().max(self.servers.shares().taken());
        debug_assert!(marks <= live.total(), "a transaction left its mark");
        live
    }

    /// Every call with a time begins here.
    fn begin(&mut self, now: Instant) {
        debug_assert!(self.latest.is_none_or(|latest| latest <= now), "time went back");
        self.latest = Some(now);
    }

    /// What comes from outside begins here, and ends what was kept for the one before.
    fn begin_input(&mut self, now: Instant) {
        self.begin(now);
        self.clients.reap();
        self.out.spare();
    }

    /// The two tables, and what their steps need around them.
    pub(crate) fn split(&mut self, now: Instant) -> (&mut Clients, &mut Servers, Context<'_>) {
        let (connections, out) = (&mut self.connections, &mut self.out);
        let cx = Context { now, connections, out };
        (&mut self.clients, &mut self.servers, cx)
    }

    fn check_room(&self) -> Result<(), TransactionError> {
        let limit = self.config.max_transactions;
        if self.clients.live() >= limit {
            return Err(TransactionError::LimitReached { limit });
        }
        Ok(())
    }
}

impl fmt::Debug for TransactionLayer {
    /// Counts only: what it holds are messages, which may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionLayer")
            .field("live", &self.live())
            .field("counters", self.counters())
            .finish_non_exhaustive()
    }
}

/// The top Via of a request of ours, and where its branch begins in it.
fn via(
    now: Instant,
    route: &route::Route<'_>,
    branches: &mut Branches,
    request: &RequestBuilder,
) -> (String, usize) {
    let mut via = via_start(route);
    let at = via.len();
    let call_id = request.raw(&HeaderName::CALL_ID).unwrap_or_default();
    branches.push(now, (request.method(), call_id), &mut via);
    debug_assert_eq!(via.len(), at + branch::BRANCH);
    via.push_str(via_end(route));
    (via, at)
}

/// A Via up to its branch.
fn via_start(route: &route::Route<'_>) -> String {
    let mut via = String::with_capacity(96);
    // Writing to a `String` does not fail.
    _ = write!(via, "SIP/2.0/{} {};branch=", route.transport, route.sent_by);
    via
}

/// What follows the branch.
fn via_end(route: &route::Route<'_>) -> &'static str {
    match (route.transport.is_reliable(), route.alias) {
        (false, _) => ";rport",
        (true, true) => ";alias",
        (true, false) => "",
    }
}

impl Core for TransactionLayer {
    type Event = Event;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        Self::handle_input(self, now, input);
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        Self::handle_flow(self, now, event);
    }

    fn handle_answer(&mut self, _now: Instant, _id: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _now: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        Self::handle_timeout(self, now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        Self::poll_transmit(self)
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Event> {
        Self::poll_event(self)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Self::poll_timeout(self)
    }

    fn live(&self) -> Live {
        Self::live(self)
    }
}
