//! The client transactions: their table, their deadlines, and what their machines' steps cause.

use std::time::Instant;

use bytes::Bytes;
use siptrunk_message::{HeaderList, Method, Request, Transport};

use crate::{
    ClientTransactionId, Event, FlowId, IncomingResponse, Ticket, To, TransactionError,
    TransactionFailure, TransportError, ack, cancel,
    client::{self, Client},
    connections::Connections,
    deadlines::Deadlines,
    invite_client::{self, InviteClient},
    key::{self, KeyMap},
    outbox::Outbox,
    slots::{Handle, Slots},
    timer::{Class, Due, Emit, Failure, Running, Step, Timing},
};

#[derive(Debug)]
pub(crate) struct Clients {
    slots: Slots<ClientTransaction>,
    by_key: KeyMap,
    deadlines: Deadlines,
    /// Transactions that are over, kept until the next input so that their requests can be copied.
    over: Vec<Handle>,
    timing: Timing,
}

#[derive(Debug)]
struct ClientTransaction {
    machine: Machine,
    timers: Running,
    key: u128,
    to: To,
    reliable: bool,
    over: bool,
    request: Request,
    /// The ACK of a failure, for each time that the failure comes.
    ack: Option<Bytes>,
    /// The CANCEL of this INVITE, held or sent.
    cancel: Option<Handle>,
}

#[derive(Debug)]
enum Machine {
    Invite(InviteClient),
    Other(Client),
}

/// What can happen to either machine.
#[derive(Clone, Copy, Debug)]
enum Input {
    Response(Class),
    Due(Due),
    TransportError(TransportError),
}

impl ClientTransaction {
    fn step(&mut self, input: Input, timing: &Timing) -> Step {
        match &mut self.machine {
            Machine::Invite(machine) => machine.step(
                match input {
                    Input::Response(class) => invite_client::Input::Response(class),
                    Input::Due(Due::Again) => invite_client::Input::Again,
                    Input::Due(Due::End) => invite_client::Input::End,
                    Input::TransportError(reason) => invite_client::Input::TransportError(reason),
                },
                timing,
            ),
            Machine::Other(machine) => machine.step(
                match input {
                    Input::Response(class) => client::Input::Response(class),
                    Input::Due(Due::Again) => client::Input::Again,
                    Input::Due(Due::End) => client::Input::End,
                    Input::TransportError(reason) => client::Input::TransportError(reason),
                },
                timing,
            ),
        }
    }

    fn is_terminated(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.state() == invite_client::State::Terminated,
            Machine::Other(machine) => machine.state() == client::State::Terminated,
        }
    }

    /// Whether a CANCEL of this INVITE is of no use any more.
    fn has_final(&self) -> bool {
        use invite_client::State;
        matches!(&self.machine, Machine::Invite(machine)
            if !matches!(machine.state(), State::Calling | State::Proceeding))
    }
}

/// The ticket of a client transaction's transmits.
fn ticket(handle: Handle) -> Ticket {
    Ticket(handle.0)
}

impl Clients {
    pub(crate) fn new(timing: Timing) -> Self {
        Self {
            slots: Slots::default(),
            by_key: KeyMap::default(),
            deadlines: Deadlines::default(),
            over: Vec::new(),
            timing,
        }
    }

    /// Transactions that are not over.
    pub(crate) fn live(&self) -> usize {
        self.slots.len() - self.over.len()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Forgets transactions that were over before this input.
    pub(crate) fn reap(&mut self) {
        for handle in self.over.drain(..) {
            self.slots.remove(handle);
        }
    }

    pub(crate) fn request(&self, id: ClientTransactionId) -> Option<&Request> {
        self.slots.get(id.0).map(|transaction| &transaction.request)
    }

    fn timing(&self, reliable: bool) -> Timing {
        Timing { reliable, ..self.timing }
    }

    /// A new transaction for a request that stands written, branch and all.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        key: u128,
        request: Request,
        (to, transport): (To, Transport),
        connections: &mut Connections,
        out: &mut Outbox,
    ) -> ClientTransactionId {
        let reliable = transport.is_reliable();
        let timing = self.timing(reliable);
        let (machine, step) = if *request.method() == Method::INVITE {
            let (machine, step) = InviteClient::start(&timing);
            (Machine::Invite(machine), step)
        } else {
            let (machine, step) = Client::start(&timing);
            (Machine::Other(machine), step)
        };
        let flow = flow_of(&to);
        let handle = self.insert(key, machine, request, to, reliable);
        if let Some(flow) = flow {
            connections.join(flow, ticket(handle));
        }
        self.apply(now, handle, &step, None, connections, out);
        ClientTransactionId(handle)
    }

    fn insert(
        &mut self,
        key: u128,
        machine: Machine,
        request: Request,
        to: To,
        reliable: bool,
    ) -> Handle {
        let handle = self.slots.insert(ClientTransaction {
            machine,
            timers: Running::default(),
            key,
            to,
            reliable,
            over: false,
            request,
            ack: None,
            cancel: None,
        });
        self.by_key.insert(key, handle);
        handle
    }

    /// A CANCEL for this INVITE: sent now, or held until a provisional response is there.
    pub(crate) fn cancel(
        &mut self,
        now: Instant,
        id: ClientTransactionId,
        headers: &HeaderList,
        connections: &mut Connections,
        out: &mut Outbox,
    ) -> Result<ClientTransactionId, TransactionError> {
        let invite = self.slots.get(id.0).filter(|invite| !invite.over);
        let invite = invite.ok_or(TransactionError::UnknownTransaction)?;
        let Machine::Invite(machine) = &invite.machine else {
            return Err(TransactionError::MethodNotAllowed {
                method: invite.request.method().clone(),
                remedy: "only an INVITE is cancelled (RFC 3261 section 9.1)",
            });
        };
        if invite.has_final() {
            return Err(TransactionError::AlreadyFinal);
        }
        if invite.cancel.is_some() {
            return Err(TransactionError::AlreadyCancelled);
        }
        let sendable = machine.state() == invite_client::State::Proceeding;
        let request = cancel::of_invite(&invite.request, headers)?;
        let (to, reliable) = (invite.to.clone(), invite.reliable);
        // The branch of the INVITE, and the mark of a CANCEL.
        let key = invite.key | key::CANCEL;

        let machine = Machine::Other(Client::held(&self.timing(reliable)));
        let handle = self.insert(key, machine, request, to, reliable);
        if let Some(invite) = self.slots.get_mut(id.0) {
            invite.cancel = Some(handle);
        }
        if sendable {
            self.release_cancel(now, id.0, connections, out);
        }
        Ok(ClientTransactionId(handle))
    }

    /// Sends the held CANCEL of an INVITE that has a provisional response.
    fn release_cancel(
        &mut self,
        now: Instant,
        invite: Handle,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        let Some(transaction) = self.slots.get_mut(invite) else {
            return;
        };
        let Some(cancel) = transaction.cancel else {
            return;
        };
        let to = transaction.to.clone();
        let timing = Timing { reliable: transaction.reliable, ..self.timing };
        let Some(held) = self.slots.get_mut(cancel) else {
            return;
        };
        let Machine::Other(machine) = &mut held.machine else {
            return;
        };
        if machine.state() != client::State::Held {
            return;
        }
        let step = machine.step(client::Input::Release, &timing);
        // The INVITE's connection may have opened meanwhile: the CANCEL goes where the INVITE went.
        held.to = to;
        if let Some(flow) = flow_of(&held.to) {
            connections.join(flow, ticket(cancel));
        }
        self.apply(now, cancel, &step, None, connections, out);

        if let Some(transaction) = self.slots.get_mut(invite)
            && let Machine::Invite(machine) = &mut transaction.machine
        {
            let step = machine.step(invite_client::Input::CancelSent, &timing);
            self.apply(now, invite, &step, None, connections, out);
        }
    }

    /// A response whose top Via is ours.
    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        response: IncomingResponse,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        let essentials = response.essentials();
        let method = &essentials.cseq().method;
        let handle = essentials
            .branch()
            .and_then(|branch| key::client(branch, method))
            .and_then(|key| self.by_key.get(key));
        let Some((handle, transaction)) = handle
            .and_then(|handle| Some((handle, self.slots.get_mut(handle)?)))
            .filter(|(_, transaction)| transaction.request.method() == method)
        else {
            out.counters.stray_responses += 1;
            return;
        };
        let timing = Timing { reliable: transaction.reliable, ..self.timing };
        let class = Class::from(response.status());
        let step = transaction.step(Input::Response(class), &timing);
        if !step.deliver {
            out.counters.absorbed += 1;
        }
        self.apply(now, handle, &step, Some(response), connections, out);
        if class == Class::Provisional {
            self.release_cancel(now, handle, connections, out);
        }
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
            out.counters.retransmitted += u64::from(step.emit.is_some());
            self.apply(now, handle, &step, None, connections, out);
        }
    }

    /// Bytes of this transaction could not be sent, or its connection closed.
    pub(crate) fn handle_error(
        &mut self,
        now: Instant,
        ticket: Ticket,
        reason: TransportError,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        let handle = Handle(ticket.0);
        let Some(transaction) = self.slots.get_mut(handle).filter(|it| !it.over) else {
            return;
        };
        out.counters.transport_errors += 1;
        let timing = Timing { reliable: transaction.reliable, ..self.timing };
        let step = transaction.step(Input::TransportError(reason), &timing);
        self.apply(now, handle, &step, None, connections, out);
    }

    /// The request went over this connection: so does whatever else the transaction sends.
    pub(crate) fn handle_opened(
        &mut self,
        ticket: Ticket,
        flow: FlowId,
        connections: &mut Connections,
    ) -> Option<Transport> {
        let transaction = self.slots.get_mut(Handle(ticket.0)).filter(|it| !it.over)?;
        let To::Target(target) = &transaction.to else {
            return None;
        };
        let transport = target.transport;
        transaction.to = To::Flow(flow);
        connections.join(flow, ticket);
        Some(transport)
    }

    /// Does what a step asks for, in this order: timers, message out, message up, failure up, end.
    fn apply(
        &mut self,
        now: Instant,
        handle: Handle,
        step: &Step,
        response: Option<IncomingResponse>,
        connections: &mut Connections,
        out: &mut Outbox,
    ) {
        let Some(transaction) = self.slots.get_mut(handle) else {
            return;
        };
        transaction.timers.apply(now, step);
        match step.emit {
            Some(Emit::Ack) => {
                if transaction.ack.is_none()
                    && let Some(response) = &response
                {
                    // It is made of fields that were written or read before, so it can be written.
                    let ack = ack::of_failure(&transaction.request, response.response());
                    transaction.ack = ack.ok().map(|ack| ack.bytes().clone());
                }
                if let Some(ack) = &transaction.ack {
                    out.send(transaction.to.clone(), ack.clone(), ticket(handle));
                }
            }
            Some(Emit::Kept | Emit::Trying) => {
                let bytes = transaction.request.bytes().clone();
                out.send(transaction.to.clone(), bytes, ticket(handle));
            }
            None => {}
        }
        let id = ClientTransactionId(handle);
        if step.deliver
            && let Some(response) = response
        {
            out.events.push_back(Event::Response { id, response });
        }
        if let Some(failure) = step.fail {
            let reason = match failure {
                Failure::Timeout => TransactionFailure::Timeout,
                Failure::Cancelled => TransactionFailure::Cancelled,
                Failure::Transport(reason) => TransactionFailure::Transport(reason),
            };
            if !matches!(failure, Failure::Transport(_)) {
                out.counters.timeouts += 1;
            }
            out.events.push_back(Event::Failed { id, reason });
        }
        let (terminated, next) = (transaction.is_terminated(), transaction.timers.next());
        let cancel =
            if terminated || transaction.has_final() { transaction.cancel.take() } else { None };
        self.deadlines.set(handle.slot(), next.filter(|_| !terminated));
        if terminated {
            self.finish(handle, connections);
        }
        if let Some(cancel) = cancel {
            self.drop_held(cancel, connections, out);
        }
    }

    /// A CANCEL that still waits when its INVITE has ended is not needed.
    fn drop_held(&mut self, cancel: Handle, connections: &mut Connections, out: &mut Outbox) {
        let held = self.slots.get(cancel).is_some_and(|transaction| {
            matches!(&transaction.machine, Machine::Other(machine)
                if machine.state() == client::State::Held)
        });
        if held {
            let id = ClientTransactionId(cancel);
            let reason = TransactionFailure::NotNeeded;
            out.events.push_back(Event::Failed { id, reason });
            self.finish(cancel, connections);
        }
    }

    /// The transaction matches nothing any more; its request is there until the next input.
    fn finish(&mut self, handle: Handle, connections: &mut Connections) {
        let Some(transaction) = self.slots.get_mut(handle).filter(|it| !it.over) else {
            return;
        };
        transaction.over = true;
        let (key, flow) = (transaction.key, flow_of(&transaction.to));
        self.by_key.remove(key, handle);
        self.deadlines.set(handle.slot(), None);
        if let Some(flow) = flow {
            connections.leave(flow, ticket(handle));
        }
        self.over.push(handle);
    }
}

fn flow_of(to: &To) -> Option<FlowId> {
    match to {
        To::Flow(flow) => Some(*flow),
        To::Target(_) => None,
    }
}
