//! The server transactions: their table, their deadlines, and what their machines' steps cause.

use std::time::Instant;

use siptrunk_message::{Limits, ResponseBuilder, Transport};

use crate::{
    Alarms, Config, Event, FlowId, IncomingRequest, Received, ServerTransactionId, Ticket, To,
    TransactionError, TransactionFailure, TransportError, Trying,
    admission::{Shares, Stranger},
    connections::Connections,
    key::KeyMap,
    outbox::{Context, Outbox},
    route,
    slots::{Handle, Slots},
    timer::{Class, Emit, Failure, Running, Step, Timing},
};

mod transaction;

use transaction::{Input, Kept, Machine, ServerTransaction};

#[derive(Debug)]
pub(crate) struct Servers {
    slots: Slots<ServerTransaction>,
    by_key: KeyMap,
    by_merge: KeyMap,
    deadlines: Alarms,
    timing: Timing,
    trying: Trying,
    limits: Limits,
    shares: Shares,
}

/// What came in, and what it is found by.
pub(crate) struct Arrival<'a> {
    pub(crate) request: &'a IncomingRequest,
    pub(crate) received: &'a Received,
    pub(crate) key: u128,
    pub(crate) merge: Option<u128>,
    /// Whose share it takes, if nobody's who is known.
    pub(crate) stranger: Option<Stranger>,
    /// Answered by the layer: nobody above hears of it.
    pub(crate) internal: bool,
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

impl Servers {
    pub(crate) fn new(timing: Timing, config: &Config) -> Self {
        Self {
            slots: Slots::default(),
            by_key: KeyMap::default(),
            by_merge: KeyMap::default(),
            deadlines: Alarms::default(),
            timing,
            trying: config.trying,
            limits: config.limits.clone(),
            shares: Shares::new(&config.admission),
        }
    }

    pub(crate) fn live(&self) -> usize {
        self.slots.len()
    }

    /// What strangers may begin, and how many of their transactions there are.
    pub(crate) fn shares(&self) -> &Shares {
        &self.shares
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

    /// A new transaction. To tell the user of the request is the caller's.
    pub(crate) fn start(
        &mut self,
        cx: &mut Context<'_>,
        arrival: &Arrival<'_>,
    ) -> ServerTransactionId {
        let (request, received) = (arrival.request, arrival.received);
        let reliable = received.transport.is_reliable();
        let trying_now = self.trying == Trying::Immediately;
        let timing = self.timing.over(reliable);
        let (machine, step) = Machine::start(request.request().method(), &timing, trying_now);
        let kept = match step.emit {
            Some(Emit::Trying) => {
                let forgeable = arrival.stranger.is_some() && !reliable;
                Kept::trying(request.request(), received.remote, forgeable)
            }
            _ => Kept::Request(received.bytes.clone()),
        };
        let essentials = request.essentials();
        let port = essentials.sent_by().port;
        let flow = route::of_response(received, essentials.asks_rport(), port);
        let reopen = route::reopened(received, essentials);
        let handle = self.slots.insert(ServerTransaction {
            machine,
            timers: Running::default(),
            key: arrival.key,
            merge: arrival.merge,
            to: To::Flow(flow),
            reopen,
            remote: received.remote,
            kept,
            reliable,
            stranger: arrival.stranger,
            internal: arrival.internal,
            cancelled: false,
        });
        self.by_key.insert(arrival.key, handle);
        if let Some(merge) = arrival.merge {
            self.by_merge.insert(merge, handle);
        }
        if let Some(stranger) = arrival.stranger {
            self.shares.take(stranger);
        }
        cx.connections.join(flow, ticket(handle));
        self.apply(cx, handle, &step);
        ServerTransactionId(handle)
    }

    /// The request again: absorbed, or answered by what is kept.
    pub(crate) fn handle_repeat(&mut self, cx: &mut Context<'_>, id: ServerTransactionId) {
        cx.out.counters.absorbed += 1;
        self.run(cx, id.0, Input::Request);
    }

    /// An ACK that matches an INVITE. Whether it goes up: in Accepted only.
    pub(crate) fn handle_ack(&mut self, cx: &mut Context<'_>, id: ServerTransactionId) -> bool {
        let Some(transaction) = self.slots.get_mut(id.0) else {
            return false;
        };
        let step = transaction.ack(self.timing);
        self.apply(cx, id.0, &step);
        step.deliver
    }

    /// A CANCEL of this INVITE. Whether it is news: the first one before a final response.
    pub(crate) fn handle_cancel(&mut self, id: ServerTransactionId) -> bool {
        let Some(transaction) = self.slots.get_mut(id.0) else {
            return false;
        };
        let news = !transaction.cancelled && !transaction.has_final();
        transaction.cancelled = true;
        news
    }

    /// The To tag of the last response, which the 200 of a CANCEL repeats (RFC 3261 section 9.2).
    pub(crate) fn to_tag(&self, id: ServerTransactionId) -> Option<String> {
        self.slots.get(id.0)?.to_tag(&self.limits)
    }

    /// A response from the user.
    pub(crate) fn respond(
        &mut self,
        cx: &mut Context<'_>,
        id: ServerTransactionId,
        response: &ResponseBuilder,
    ) -> Result<(), TransactionError> {
        let transaction = self.slots.get_mut(id.0);
        let transaction = transaction.ok_or(TransactionError::UnknownTransaction)?;
        if transaction.has_final() {
            return Err(TransactionError::AlreadyFinal);
        }
        transaction.check(response.status())?;
        let response = response.build()?;
        transaction.kept = Kept::Response(response.bytes().clone());
        let class = Class::from(response.status());
        if class == Class::Failure
            && let Some(merge) = transaction.merge.take()
        {
            // A refused request may be tried again with another branch (RFC 3263 section 4.3).
            self.by_merge.remove(merge, id.0);
        }
        self.run(cx, id.0, Input::Respond(class));
        Ok(())
    }

    /// The 2xx of an INVITE again: the user's timer fired (RFC 3261 section 13.3.1.4).
    pub(crate) fn retransmit(&mut self, out: &mut Outbox, id: ServerTransactionId) {
        if let Some(transaction) = self.slots.get_mut(id.0).filter(|it| it.is_accepted()) {
            // In Accepted nothing but the emission follows: no timer changes.
            let step = transaction.step(Input::Respond(Class::Success), self.timing);
            debug_assert_eq!(step, Step { emit: Some(Emit::Kept), ..Step::default() });
            out.counters.retransmitted += 1;
            emit(out, transaction, id.0);
        }
    }

    /// Drops the bytes of a 2xx that is not sent again.
    pub(crate) fn release(&mut self, id: ServerTransactionId) {
        if let Some(transaction) = self.slots.get_mut(id.0).filter(|it| it.is_accepted()) {
            transaction.kept = Kept::Nothing;
        }
    }

    /// Forgets the transaction and what it has queued.
    pub(crate) fn abandon(
        &mut self,
        connections: &mut Connections,
        out: &mut Outbox,
        id: ServerTransactionId,
    ) {
        out.recall(ticket(id.0));
        self.remove(connections, id.0);
    }

    /// Runs every transaction that is due.
    pub(crate) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        while let Some(slot) = self.deadlines.pop_due(cx.now) {
            let Some(handle) = self.slots.handle(slot) else {
                continue;
            };
            let Some(transaction) = self.slots.get_mut(handle) else {
                continue;
            };
            let step = match transaction.timers.take_due(cx.now) {
                Some(due) => transaction.step(Input::Due(due), self.timing),
                None => Step::default(),
            };
            cx.out.counters.retransmitted += u64::from(step.emit == Some(Emit::Kept));
            self.apply(cx, handle, &step);
        }
    }

    /// A response could not be sent. Over a connection it is tried once more over a new one; then
    /// the user hears of it, and the transaction stays (RFC 6026 section 8.8).
    pub(crate) fn handle_error(
        &mut self,
        cx: &mut Context<'_>,
        handle: Handle,
        reason: TransportError,
    ) {
        if self.slots.get(handle).is_none() {
            return;
        }
        cx.out.counters.transport_errors += 1;
        if self.reopen(cx, handle)
            && let Some(transaction) = self.slots.get(handle)
        {
            emit(cx.out, transaction, handle);
            return;
        }
        self.run(cx, handle, Input::TransportError(reason));
    }

    /// Turns to a new connection, once, because the request's closed or takes nothing. Whether
    /// there was one to turn to.
    pub(crate) fn reopen(&mut self, cx: &mut Context<'_>, handle: Handle) -> bool {
        let Some(transaction) = self.slots.get_mut(handle) else {
            return false;
        };
        let Some(target) = transaction.reopen.take() else {
            return false;
        };
        if let To::Flow(flow) = transaction.to {
            cx.connections.leave(flow, ticket(handle));
        }
        transaction.to = To::Target(target);
        true
    }

    /// The connection for a response opened. Returns what it is, if it was news.
    pub(crate) fn handle_opened(
        &mut self,
        cx: &mut Context<'_>,
        handle: Handle,
        flow: FlowId,
    ) -> Option<Transport> {
        let transaction = self.slots.get_mut(handle)?;
        let To::Target(target) = &transaction.to else {
            return None;
        };
        let transport = target.transport;
        transaction.to = To::Flow(flow);
        cx.connections.join(flow, ticket(handle));
        Some(transport)
    }

    fn run(&mut self, cx: &mut Context<'_>, handle: Handle, input: Input) {
        if let Some(transaction) = self.slots.get_mut(handle) {
            let step = transaction.step(input, self.timing);
            self.apply(cx, handle, &step);
        }
    }

    /// Does what a step asks for, in this order: timers, message out, failure up, end.
    fn apply(&mut self, cx: &mut Context<'_>, handle: Handle, step: &Step) {
        let Some(transaction) = self.slots.get_mut(handle) else {
            return;
        };
        transaction.timers.apply(cx.now, step);
        if let Some(emission) = step.emit {
            if emission == Emit::Trying {
                transaction.make_trying(&self.limits);
                cx.out.counters.withheld += u64::from(matches!(transaction.kept, Kept::Nothing));
            }
            emit(cx.out, transaction, handle);
        }
        if let Some(failure) = step.fail {
            let reason = match failure {
                Failure::Transport(reason) => TransactionFailure::Transport(reason),
                Failure::Timeout | Failure::Cancelled => TransactionFailure::Timeout,
            };
            cx.out.counters.timeouts += u64::from(reason == TransactionFailure::Timeout);
            if !transaction.internal {
                let id = ServerTransactionId(handle);
                cx.out.events.push_back(Event::ServerFailed { id, reason });
            }
        }
        if transaction.is_terminated() {
            self.remove(cx.connections, handle);
        } else {
            let next = transaction.timers.next();
            self.deadlines.set(handle.slot(), next);
        }
    }

    fn remove(&mut self, connections: &mut Connections, handle: Handle) {
        let Some(transaction) = self.slots.remove(handle) else {
            return;
        };
        self.by_key.remove(transaction.key, handle);
        if let Some(merge) = transaction.merge {
            self.by_merge.remove(merge, handle);
        }
        if let Some(stranger) = transaction.stranger {
            self.shares.give_back(stranger);
        }
        self.deadlines.set(handle.slot(), None);
        if let To::Flow(flow) = transaction.to {
            connections.leave(flow, ticket(handle));
        }
    }
}

/// Sends what is kept, if it is a response.
fn emit(out: &mut Outbox, transaction: &ServerTransaction, handle: Handle) {
    if let Kept::Response(bytes) = &transaction.kept {
        out.send(transaction.to.clone(), bytes.clone(), ticket(handle));
    }
}
