//! The server transactions: their table, their deadlines, and what their machines' steps cause.

use std::{net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_message::{Limits, Message, Method, Response, ResponseBuilder, StatusCode};

use crate::{
    Event, FlowId, IncomingRequest, Received, ServerTransactionId, Target, Ticket, To,
    TransactionError, TransactionFailure, TransportError, Trying,
    connections::Connections,
    deadlines::Deadlines,
    invite_server::{self, InviteServer},
    key::KeyMap,
    outbox::Outbox,
    route,
    server::{self, Server},
    slots::{Handle, Slots},
    timer::{Class, Due, Emit, Failure, Running, Step, Timing},
};

#[derive(Debug)]
pub(crate) struct Servers {
    slots: Slots<ServerTransaction>,
    by_key: KeyMap,
    /// Requests without a To tag by what is equal in all copies of them (RFC 3261 8.2.2.2).
    by_merge: KeyMap,
    deadlines: Deadlines,
    timing: Timing,
    trying: Trying,
    limits: Limits,
}

#[derive(Debug)]
struct ServerTransaction {
    machine: Machine,
    timers: Running,
    key: u128,
    merge: Option<u128>,
    to: To,
    /// Where a connection is opened if the request's closes (RFC 3261 section 18.2.2), once.
    reopen: Option<Target>,
    remote: SocketAddr,
    kept: Kept,
    reliable: bool,
    /// Answered by the layer: nobody above knows of it.
    internal: bool,
    cancelled: bool,
}

#[derive(Debug)]
enum Machine {
    Invite(InviteServer),
    Other(Server),
}

/// What a transaction keeps: the request until the first response, then the last response.
#[derive(Debug)]
enum Kept {
    Request(Bytes),
    Response(Bytes),
    Nothing,
}

#[derive(Clone, Copy, Debug)]
enum Input {
    Request,
    Respond(Class),
    Due(Due),
    TransportError(TransportError),
}

impl ServerTransaction {
    fn step(&mut self, input: Input, timing: &Timing) -> Step {
        match &mut self.machine {
            Machine::Invite(machine) => machine.step(
                match input {
                    Input::Request => invite_server::Input::Invite,
                    Input::Respond(class) => invite_server::Input::Respond(class),
                    Input::Due(Due::Again) => invite_server::Input::Again,
                    Input::Due(Due::End) => invite_server::Input::End,
                    Input::TransportError(reason) => invite_server::Input::TransportError(reason),
                },
                timing,
            ),
            Machine::Other(machine) => machine.step(
                match input {
                    Input::Request => server::Input::Request,
                    Input::Respond(class) => server::Input::Respond(class),
                    Input::Due(Due::Again) => server::Input::Again,
                    Input::Due(Due::End) => server::Input::End,
                    Input::TransportError(reason) => server::Input::TransportError(reason),
                },
                timing,
            ),
        }
    }

    fn is_terminated(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.state() == invite_server::State::Terminated,
            Machine::Other(machine) => machine.state() == server::State::Terminated,
        }
    }

    fn has_final(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.state() != invite_server::State::Proceeding,
            Machine::Other(machine) => {
                !matches!(machine.state(), server::State::Trying | server::State::Proceeding)
            }
        }
    }

    /// RFC 4320: the responses that a non-INVITE request must not get.
    fn check(&self, status: StatusCode) -> Result<(), TransactionError> {
        let reason = match &self.machine {
            Machine::Invite(_) => return Ok(()),
            Machine::Other(_) if status == StatusCode::REQUEST_TIMEOUT => {
                "no 408 to what is not an INVITE (RFC 4320 section 4.2)"
            }
            Machine::Other(_) if status.is_provisional() && status != StatusCode::TRYING => {
                "no provisional response but 100 to what is not an INVITE (RFC 4320 section 4.1)"
            }
            Machine::Other(_)
                if status == StatusCode::TRYING
                    && !self.reliable
                    && self.timers.waits_to_send() =>
            {
                "too early for a 100: the layer sends it when it is due (RFC 4320 section 4.1)"
            }
            Machine::Other(_) => return Ok(()),
        };
        Err(TransactionError::StatusNotAllowed { status, reason })
    }
}

/// Tells the tickets of server transactions from those of clients: the top bit of the slot, which
/// the cap on transactions keeps free.
const SERVER: u64 = 1 << 31;

fn ticket(handle: Handle) -> Ticket {
    Ticket(handle.0 | SERVER)
}

/// The server transaction that a ticket belongs to.
pub(crate) fn owner(ticket: Ticket) -> Option<Handle> {
    (ticket.0 & SERVER != 0).then_some(Handle(ticket.0 & !SERVER))
}

/// What came in, and what it is found by.
pub(crate) struct Arrival<'a> {
    pub(crate) request: &'a IncomingRequest,
    pub(crate) received: &'a Received,
    pub(crate) key: u128,
    pub(crate) merge: Option<u128>,
}

impl Servers {
    pub(crate) fn new(timing: Timing, trying: Trying, limits: Limits) -> Self {
        Self {
            slots: Slots::default(),
            by_key: KeyMap::default(),
            by_merge: KeyMap::default(),
            deadlines: Deadlines::default(),
            timing,
            trying,
            limits,
        }
    }

    pub(crate) fn live(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    pub(crate) fn find(&self, key: u128) -> Option<ServerTransactionId> {
        self.by_key.get(key).map(ServerTransactionId)
    }

    /// Whether a copy of this request is being worked on, or was accepted.
    pub(crate) fn is_merged(&self, merge: Option<u128>) -> bool {
        merge.is_some_and(|merge| self.by_merge.get(merge).is_some())
    }

    /// A new transaction. The request is not told to anybody: that is the caller's.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        arrival: &Arrival<'_>,
        internal: bool,
        connections: &mut Connections,
        out: &mut Outbox,
    ) -> ServerTransactionId {
        let Arrival { request, received, .. } = arrival;
        let reliable = received.transport.is_reliable();
        let timing = Timing { reliable, ..self.timing };
        let (machine, step) = if *request.request().method() == Method::INVITE {
            let now = self.trying == Trying::Immediately;
            let (machine, step) = InviteServer::start(&timing, now);
            (Machine::Invite(machine), step)
        } else {
            let (machine, step) = Server::start(&timing);
            (Machine::Other(machine), step)
        };
        let flow = route::of_response(received, request.essentials());
        let reopen = reliable.then(|| route::reopened(received, request.essentials()));
        let handle = self.slots.insert(ServerTransaction {
            machine,
            timers: Running::default(),
            key: arrival.key,
            merge: arrival.merge,
            to: To::Flow(flow),
            reopen,
            remote: received.remote,
            kept: Kept::Request(received.bytes.clone()),
            reliable,
            internal,
            cancelled: false,
        });
        self.by_key.insert(arrival.key, handle);
        if let Some(merge) = arrival.merge {
            self.by_merge.insert(merge, handle);
        }
        connections.join(flow, ticket(handle));
        self.apply(now, handle, &step, connections, out);
        ServerTransactionId(handle)
    }

    /// The request again: absorbed, or answered by what is kept.
    pub(crate) fn handle_repeat(
        &mut self,
        now: Instant,
        id: ServerTransactionId,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        out.counters.absorbed += 1;
        self.run(now, id.0, Input::Request, connections, out);
    }

    /// An ACK that matches an INVITE. Whether it goes up: in Accepted only.
    pub(crate) fn handle_ack(
        &mut self,
        now: Instant,
        id: ServerTransactionId,
        connections: &mut Connections,
        out: &mut Outbox,
    ) -> bool {
        let Some(transaction) = self.slots.get_mut(id.0) else {
            return false;
        };
        let timing = Timing { reliable: transaction.reliable, ..self.timing };
        let Machine::Invite(machine) = &mut transaction.machine else {
            return false;
        };
        let step = machine.step(invite_server::Input::Ack, &timing);
        self.apply(now, id.0, &step, connections, out);
        step.deliver
    }

    /// A CANCEL of this INVITE. Whether it is news: the first one before a final response.
    pub(crate) fn handle_cancel(&mut self, id: ServerTransactionId) -> bool {
        let Some(transaction) = self.slots.get_mut(id.0) else {
            return false;
        };
        let news = !transaction.cancelled && !transaction.has_final() && !transaction.internal;
        transaction.cancelled = true;
        news
    }

    /// The To tag of the last response, which the 200 of a CANCEL repeats (RFC 3261 section 9.2).
    pub(crate) fn to_tag(&self, id: ServerTransactionId) -> Option<String> {
        let Kept::Response(bytes) = &self.slots.get(id.0)?.kept else {
            return None;
        };
        let message = Message::parse(bytes.clone(), &self.limits).ok()?;
        let to = message.headers().to().ok()??;
        to.tag().map(str::to_owned)
    }

    /// A response from the user.
    pub(crate) fn respond(
        &mut self,
        now: Instant,
        id: ServerTransactionId,
        response: &ResponseBuilder,
        connections: &mut Connections,
        out: &mut Outbox,
    ) -> Result<(), TransactionError> {
        let transaction = self.slots.get_mut(id.0);
        let transaction = transaction.ok_or(TransactionError::UnknownTransaction)?;
        if transaction.has_final() {
            return Err(TransactionError::AlreadyFinal);
        }
        transaction.check(response.status())?;
        let response: Response = response.build()?;
        let class = Class::from(response.status());
        transaction.kept = Kept::Response(response.bytes().clone());
        if class == Class::Failure
            && let Some(merge) = transaction.merge.take()
        {
            // A refused request may be tried again with another branch (RFC 3263 section 4.3).
            self.by_merge.remove(merge, id.0);
        }
        self.run(now, id.0, Input::Respond(class), connections, out);
        Ok(())
    }

    /// The 2xx of an INVITE again: the user's timer fired (RFC 3261 section 13.3.1.4).
    pub(crate) fn retransmit(&mut self, id: ServerTransactionId, out: &mut Outbox) {
        let Some(transaction) = self.slots.get_mut(id.0) else {
            return;
        };
        let timing = Timing { reliable: transaction.reliable, ..self.timing };
        // Only Accepted takes a response again, and then nothing but the emission follows.
        if transaction.has_final() {
            let step = transaction.step(Input::Respond(Class::Success), &timing);
            if step.emit.is_some() {
                out.counters.retransmitted += 1;
                emit(transaction, id.0, out);
            }
        }
    }

    /// Drops the bytes of a 2xx that is not sent again.
    pub(crate) fn release(&mut self, id: ServerTransactionId) {
        if let Some(transaction) = self.slots.get_mut(id.0)
            && let Machine::Invite(machine) = &transaction.machine
            && machine.state() == invite_server::State::Accepted
        {
            transaction.kept = Kept::Nothing;
        }
    }

    /// Forgets the transaction and what it has queued.
    pub(crate) fn abandon(
        &mut self,
        id: ServerTransactionId,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        out.recall(ticket(id.0));
        self.remove(id.0, connections);
    }

    /// Runs every transaction that is due.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        while let Some(slot) = self.deadlines.pop_due(now) {
            let Some(handle) = self.slots.handle(slot) else {
                continue;
            };
            let Some(transaction) = self.slots.get_mut(handle) else {
                continue;
            };
            let timing = Timing { reliable: transaction.reliable, ..self.timing };
            let step = match transaction.timers.take_due(now) {
                Some(due) => transaction.step(Input::Due(due), &timing),
                None => Step::default(),
            };
            out.counters.retransmitted += u64::from(step.emit == Some(Emit::Kept));
            self.apply(now, handle, &step, connections, out);
        }
    }

    /// A response could not be sent. Over a connection it is tried once more over a new one; then
    /// the user hears of it, and the transaction stays (RFC 6026 section 8.8).
    pub(crate) fn handle_error(
        &mut self,
        now: Instant,
        handle: Handle,
        reason: TransportError,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        let Some(transaction) = self.slots.get_mut(handle) else {
            return;
        };
        out.counters.transport_errors += 1;
        if reopen(transaction, handle, connections) {
            emit(transaction, handle, out);
            return;
        }
        self.run(now, handle, Input::TransportError(reason), connections, out);
    }

    /// The request's connection closed: what is sent from now on goes over a new one.
    pub(crate) fn handle_closed(&mut self, handle: Handle, connections: &mut Connections) {
        if let Some(transaction) = self.slots.get_mut(handle) {
            reopen(transaction, handle, connections);
        }
    }

    /// The connection for a response opened.
    pub(crate) fn handle_opened(
        &mut self,
        handle: Handle,
        flow: FlowId,
        connections: &mut Connections,
    ) -> Option<siptrunk_message::Transport> {
        let transaction = self.slots.get_mut(handle)?;
        let To::Target(target) = &transaction.to else {
            return None;
        };
        let transport = target.transport;
        transaction.to = To::Flow(flow);
        connections.join(flow, ticket(handle));
        Some(transport)
    }

    fn run(
        &mut self,
        now: Instant,
        handle: Handle,
        input: Input,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        let Some(transaction) = self.slots.get_mut(handle) else {
            return;
        };
        let timing = Timing { reliable: transaction.reliable, ..self.timing };
        let step = transaction.step(input, &timing);
        self.apply(now, handle, &step, connections, out);
    }

    /// Does what a step asks for, in this order: timers, message out, failure up, end.
    fn apply(
        &mut self,
        now: Instant,
        handle: Handle,
        step: &Step,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        let Some(transaction) = self.slots.get_mut(handle) else {
            return;
        };
        transaction.timers.apply(now, step);
        match step.emit {
            Some(Emit::Trying) => {
                make_trying(transaction, &self.limits);
                emit(transaction, handle, out);
            }
            Some(Emit::Kept | Emit::Ack) => emit(transaction, handle, out),
            None => {}
        }
        if let Some(failure) = step.fail {
            let reason = match failure {
                Failure::Transport(reason) => TransactionFailure::Transport(reason),
                Failure::Timeout | Failure::Cancelled => {
                    out.counters.timeouts += 1;
                    TransactionFailure::Timeout
                }
            };
            if !transaction.internal {
                let id = ServerTransactionId(handle);
                out.events.push_back(Event::ServerFailed { id, reason });
            }
        }
        if transaction.is_terminated() {
            self.remove(handle, connections);
        } else {
            let next = transaction.timers.next();
            self.deadlines.set(handle.slot(), next);
        }
    }

    fn remove(&mut self, handle: Handle, connections: &mut Connections) {
        let Some(transaction) = self.slots.remove(handle) else {
            return;
        };
        self.by_key.remove(transaction.key, handle);
        if let Some(merge) = transaction.merge {
            self.by_merge.remove(merge, handle);
        }
        self.deadlines.set(handle.slot(), None);
        if let To::Flow(flow) = transaction.to {
            connections.leave(flow, ticket(handle));
        }
    }
}

/// Sends what is kept, if it is a response.
fn emit(transaction: &ServerTransaction, handle: Handle, out: &mut Outbox) {
    if let Kept::Response(bytes) = &transaction.kept {
        out.send(transaction.to.clone(), bytes.clone(), ticket(handle));
    }
}

/// Turns the kept request into its 100.
fn make_trying(transaction: &mut ServerTransaction, limits: &Limits) {
    let Kept::Request(bytes) = &transaction.kept else {
        return;
    };
    // It parsed when it came in, so it does again.
    let Ok(Message::Request(request)) = Message::parse(bytes.clone(), limits) else {
        return;
    };
    let trying =
        ResponseBuilder::for_request(&request, StatusCode::TRYING, None, Some(transaction.remote));
    if let Ok(trying) = trying.build() {
        transaction.kept = Kept::Response(trying.bytes().clone());
    }
}

/// Turns to a new connection, once. Whether there was one to turn to.
fn reopen(
    transaction: &mut ServerTransaction,
    handle: Handle,
    connections: &mut Connections,
) -> bool {
    let Some(target) = transaction.reopen.take() else {
        return false;
    };
    if let To::Flow(flow) = transaction.to {
        connections.leave(flow, ticket(handle));
    }
    transaction.to = To::Target(target);
    true
}
