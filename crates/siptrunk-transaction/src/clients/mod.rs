//! The client transactions: their table, their deadlines, and what their machines' steps cause.

use std::time::Instant;

use siptrunk_message::{HeaderList, Request, Transport};

use crate::{
    Alarms, ClientTransactionId, Event, FlowId, IncomingResponse, Ticket, To, TransactionError,
    TransactionFailure, TransportError, ack, branch, cancel,
    client::Client,
    invite_client,
    key::KeyMap,
    outbox::Context,
    slots::{Handle, Slots},
    spare::is_to_spare,
    timer::{Class, Emit, Failure, Step, Timing},
};

mod transaction;

use transaction::{ClientTransaction, Input, Machine};

#[derive(Debug)]
pub(crate) struct Clients {
    slots: Slots<ClientTransaction>,
    by_key: KeyMap,
    deadlines: Alarms,
    /// Transactions that have had their outcome since the last input: their requests can still be
    /// copied, and are dropped by the next.
    done: Vec<Handle>,
    /// How many of the slots are over.
    over: usize,
    timing: Timing,
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
            deadlines: Alarms::default(),
            done: Vec::new(),
            over: 0,
            timing,
        }
    }

    /// Transactions that are not over.
    pub(crate) fn live(&self) -> usize {
        self.slots.len() - self.over
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// Drops what was kept for one input only: the transactions that are over, and the requests of
    /// those that only wait for repetitions.
    pub(crate) fn reap(&mut self) {
        for handle in self.done.drain(..) {
            let Some(transaction) = self.slots.get_mut(handle) else {
                continue;
            };
            if transaction.over {
                self.slots.remove(handle);
                self.over -= 1;
            } else {
                transaction.request = None;
            }
        }
        if is_to_spare(0, self.done.capacity()) {
            self.done = Vec::new();
        }
    }

    pub(crate) fn request(&self, id: ClientTransactionId) -> Option<&Request> {
        self.slots.get(id.0)?.request.as_ref()
    }

    /// A new transaction for a request that stands written, branch and all.
    pub(crate) fn start(
        &mut self,
        cx: &mut Context<'_>,
        key: u128,
        request: Request,
        (to, transport): (To, Transport),
    ) -> ClientTransactionId {
        let reliable = transport.is_reliable();
        let (machine, step) = Machine::start(request.method(), &self.timing.over(reliable));
        let handle = self.insert(ClientTransaction::new(machine, key, request, to, reliable));
        self.join(cx, handle);
        self.apply(cx, handle, &step, None);
        ClientTransactionId(handle)
    }

    fn insert(&mut self, transaction: ClientTransaction) -> Handle {
        let key = transaction.key;
        let handle = self.slots.insert(transaction);
        self.by_key.insert(key, handle);
        handle
    }

    /// Hears from now on if the transaction's connection closes.
    fn join(&self, cx: &mut Context<'_>, handle: Handle) {
        if let Some(flow) = self.slots.get(handle).and_then(ClientTransaction::flow) {
            cx.connections.join(flow, ticket(handle));
        }
    }

    /// A CANCEL for this INVITE: sent now, or held until a provisional response is there.
    pub(crate) fn cancel(
        &mut self,
        cx: &mut Context<'_>,
        id: ClientTransactionId,
        headers: &HeaderList,
    ) -> Result<ClientTransactionId, TransactionError> {
        let invite = self.slots.get(id.0).filter(|invite| !invite.over);
        let invite = invite.ok_or(TransactionError::UnknownTransaction)?;
        let Machine::Invite(machine) = &invite.machine else {
            return Err(TransactionError::MethodNotAllowed {
                method: invite.method.clone(),
                remedy: "only an INVITE is cancelled (RFC 3261 section 9.1)",
            });
        };
        if invite.has_outcome() {
            return Err(TransactionError::AlreadyFinal);
        }
        if invite.cancel.is_some() {
            return Err(TransactionError::AlreadyCancelled);
        }
        let sendable = machine.state() == invite_client::State::Proceeding;
        // Without outcome it has its request.
        let sent = invite.request.as_ref();
        let sent = sent.ok_or(TransactionError::UnknownTransaction)?;
        let request = cancel::of_invite(sent, headers)?;

        let (to, reliable) = (invite.to.clone(), invite.reliable);
        let machine = Machine::Other(Client::held(&self.timing));
        // The branch of the INVITE, and the mark of a CANCEL.
        let key = invite.key | branch::CANCEL;
        let handle = self.insert(ClientTransaction::new(machine, key, request, to, reliable));
        if let Some(invite) = self.slots.get_mut(id.0) {
            invite.cancel = Some(handle);
        }
        if sendable {
            self.release_cancel(cx, id.0);
        }
        Ok(ClientTransactionId(handle))
    }

    /// Sends the held CANCEL of an INVITE that has a provisional response.
    fn release_cancel(&mut self, cx: &mut Context<'_>, invite: Handle) {
        let timing = self.timing;
        let Some(transaction) = self.slots.get(invite) else {
            return;
        };
        let Some(cancel) = transaction.cancel else {
            return;
        };
        // The INVITE's connection may have opened meanwhile: the CANCEL goes where the INVITE went.
        let to = transaction.to.clone();
        let Some(held) = self.slots.get_mut(cancel) else {
            return;
        };
        let Some(step) = held.release(timing) else {
            return;
        };
        held.to = to;
        self.join(cx, cancel);
        self.apply(cx, cancel, &step, None);
        if let Some(invite_transaction) = self.slots.get_mut(invite) {
            let step = invite_transaction.cancel_sent(timing);
            self.apply(cx, invite, &step, None);
        }
    }

    /// A response whose top Via is ours. It comes back if no transaction has use for it: it matches
    /// none, or is a 2xx to an INVITE that has failed.
    pub(crate) fn handle_response(
        &mut self,
        cx: &mut Context<'_>,
        response: IncomingResponse,
    ) -> Option<IncomingResponse> {
        let essentials = response.essentials();
        let method = &essentials.cseq().method;
        let handle = essentials
            .branch()
            .and_then(|branch| branch::key(branch, method))
            .and_then(|key| self.by_key.get(key));
        let Some((handle, transaction)) = handle
            .and_then(|handle| Some((handle, self.slots.get_mut(handle)?)))
            .filter(|(_, transaction)| transaction.method == *method)
        else {
            return Some(response);
        };
        let class = Class::from(response.status());
        if class == Class::Success && transaction.has_failed() {
            return Some(response);
        }
        let step = transaction.step(Input::Response(class), self.timing);
        if !step.deliver {
            cx.out.counters.absorbed += 1;
        }
        self.apply(cx, handle, &step, Some(response));
        if class == Class::Provisional {
            self.release_cancel(cx, handle);
        }
        None
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
            cx.out.counters.retransmitted += u64::from(step.emit.is_some());
            self.apply(cx, handle, &step, None);
        }
    }

    /// Bytes of this transaction could not be sent, or its connection closed.
    pub(crate) fn handle_error(
        &mut self,
        cx: &mut Context<'_>,
        ticket: Ticket,
        reason: TransportError,
    ) {
        let handle = Handle(ticket.0);
        let Some(transaction) = self.slots.get_mut(handle).filter(|it| !it.over) else {
            return;
        };
        cx.out.counters.transport_errors += 1;
        let step = transaction.step(Input::TransportError(reason), self.timing);
        self.apply(cx, handle, &step, None);
    }

    /// The request went over this connection: so does whatever else the transaction sends. Returns
    /// what the connection is, if it was news.
    pub(crate) fn handle_opened(
        &mut self,
        cx: &mut Context<'_>,
        ticket: Ticket,
        flow: FlowId,
    ) -> Option<Transport> {
        let transaction = self.slots.get_mut(Handle(ticket.0)).filter(|it| !it.over)?;
        let To::Target(target) = &transaction.to else {
            return None;
        };
        let transport = target.transport;
        transaction.to = To::Flow(flow);
        cx.connections.join(flow, ticket);
        Some(transport)
    }

    /// Does what a step asks for, in this order: timers, message out, message up, failure up, end.
    fn apply(
        &mut self,
        cx: &mut Context<'_>,
        handle: Handle,
        step: &Step,
        response: Option<IncomingResponse>,
    ) {
        let Some(transaction) = self.slots.get_mut(handle) else {
            return;
        };
        transaction.timers.apply(cx.now, step);
        match step.emit {
            Some(Emit::Ack) => {
                if transaction.ack.is_none()
                    && let (Some(invite), Some(response)) = (&transaction.request, &response)
                {
                    // It is made of fields that were written or read before, so it can be written.
                    let ack = ack::of_failure(invite, response.response());
                    transaction.ack = ack.ok().map(|ack| ack.bytes().clone());
                }
                if let Some(ack) = &transaction.ack {
                    let (to, bytes) = (transaction.to.clone(), ack.clone());
                    cx.out.send(to, bytes, ticket(handle));
                }
            }
            Some(Emit::Kept | Emit::Trying) => {
                if let Some(request) = &transaction.request {
                    let (to, bytes) = (transaction.to.clone(), request.bytes().clone());
                    cx.out.send(to, bytes, ticket(handle));
                }
            }
            None => {}
        }
        let id = ClientTransactionId(handle);
        if step.deliver
            && let Some(response) = response
        {
            cx.out.events.push_back(Event::Response { id, response });
        }
        if let Some(failure) = step.fail {
            let reason = match failure {
                Failure::Transport(reason) => TransactionFailure::Transport(reason),
                Failure::Timeout => TransactionFailure::Timeout,
                Failure::Cancelled => TransactionFailure::Cancelled,
            };
            cx.out.counters.timeouts += u64::from(!matches!(failure, Failure::Transport(_)));
            cx.out.events.push_back(Event::Failed { id, reason });
        }

        let next = transaction.timers.next();
        let cancel = if transaction.has_outcome() { transaction.cancel.take() } else { None };
        if transaction.is_terminated() {
            self.finish(cx, handle);
        } else {
            if transaction.has_outcome() && transaction.request.is_some() {
                self.done.push(handle);
            }
            self.deadlines.set(handle.slot(), next);
        }
        if let Some(cancel) = cancel {
            self.drop_held(cx, cancel);
        }
    }

    /// A CANCEL that still waits when its INVITE has its outcome is not needed.
    fn drop_held(&mut self, cx: &mut Context<'_>, cancel: Handle) {
        if self.slots.get(cancel).is_some_and(ClientTransaction::is_held) {
            let id = ClientTransactionId(cancel);
            let reason = TransactionFailure::NotNeeded;
            cx.out.events.push_back(Event::Failed { id, reason });
            self.finish(cx, cancel);
        }
    }

    /// The transaction matches nothing any more; its request is there until the next input.
    fn finish(&mut self, cx: &mut Context<'_>, handle: Handle) {
        let Some(transaction) = self.slots.get_mut(handle).filter(|it| !it.over) else {
            return;
        };
        transaction.over = true;
        let (key, flow) = (transaction.key, transaction.flow());
        self.by_key.remove(key, handle);
        self.deadlines.set(handle.slot(), None);
        if let Some(flow) = flow {
            cx.connections.leave(flow, ticket(handle));
        }
        self.over += 1;
        self.done.push(handle);
    }
}
