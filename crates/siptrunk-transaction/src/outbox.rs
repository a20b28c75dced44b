//! What waits to be polled: transmits and events, and the counters beside them.

use std::{collections::VecDeque, time::Instant};

use bytes::Bytes;

use crate::{Counters, Event, Ticket, To, Transmit, connections::Connections, spare::is_to_spare};

/// Both queues hold what one input can cause, since the driver drains them after each.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) transmits: VecDeque<Transmit>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) counters: Counters,
}

impl Outbox {
    pub(crate) fn send(&mut self, to: To, bytes: Bytes, ticket: Ticket) {
        self.transmits.push_back(Transmit { to, bytes, ticket });
    }

    /// Gives back what a great many at one time have left empty.
    pub(crate) fn spare(&mut self) {
        if is_to_spare(self.transmits.len(), self.transmits.capacity()) {
            self.transmits = VecDeque::new();
        }
        if is_to_spare(self.events.len(), self.events.capacity()) {
            self.events = VecDeque::new();
        }
    }

    /// Takes back what a transaction queued and nobody polled yet.
    pub(crate) fn recall(&mut self, ticket: Ticket) {
        self.transmits.retain(|transmit| transmit.ticket != ticket);
    }
}

/// What every step of a transaction needs around it.
pub(crate) struct Context<'a> {
    pub(crate) now: Instant,
    pub(crate) connections: &'a mut Connections,
    pub(crate) out: &'a mut Outbox,
}
