//! A core with faults at its edge, for worlds and real sockets alike.

use std::time::Instant;

use siptrunk_transaction::{Core, FlowEvent, Live, QuestionId, Received, Transmit};

use crate::fault::{Fault, Faults, Passage};

/// Wraps a core and spoils what it sends and receives.
///
/// In a [`World`](crate::World) a [`Link`](crate::Link) can do the same; on real sockets there is
/// no link to spoil, so the fault sits here.
#[derive(Debug)]
pub struct Faulty<C> {
    core: C,
    outgoing: Faults,
    incoming: Faults,
}

impl<C: Core> Faulty<C> {
    /// A core without faults so far.
    pub fn new(core: C) -> Self {
        Self { core, outgoing: Faults::none(), incoming: Faults::none() }
    }

    /// Spoils what the core sends.
    #[must_use]
    pub fn outgoing(mut self, fault: Fault) -> Self {
        self.outgoing.push(fault, None);
        self
    }

    /// Spoils what the core receives.
    #[must_use]
    pub fn incoming(mut self, fault: Fault) -> Self {
        self.incoming.push(fault, None);
        self
    }

    /// Spoils both directions.
    #[must_use]
    pub fn both(self, fault: Fault) -> Self {
        self.outgoing(fault.clone()).incoming(fault)
    }

    /// The core inside.
    pub fn inner(&self) -> &C {
        &self.core
    }

    /// The core inside, to call its verbs.
    pub fn inner_mut(&mut self) -> &mut C {
        &mut self.core
    }

    /// The core, without its faults.
    pub fn into_inner(self) -> C {
        self.core
    }
}

impl<C: Core> Core for Faulty<C> {
    type Event = C::Event;
    type Question = C::Question;
    type Answer = C::Answer;
    type MediaCommand = C::MediaCommand;
    type MediaEvent = C::MediaEvent;

    fn handle_input(&mut self, now: Instant, mut input: Received) {
        if let Passage::Pass(bytes) = self.incoming.apply(input.bytes) {
            input.bytes = bytes;
            self.core.handle_input(now, input);
        }
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.core.handle_flow(now, event);
    }

    fn handle_answer(&mut self, now: Instant, id: QuestionId, answer: Self::Answer) {
        self.core.handle_answer(now, id, answer);
    }

    fn handle_media(&mut self, now: Instant, event: Self::MediaEvent) {
        self.core.handle_media(now, event);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.core.handle_timeout(now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        loop {
            let transmit = self.core.poll_transmit()?;
            if let Passage::Pass(bytes) = self.outgoing.apply(transmit.bytes) {
                return Some(Transmit { bytes, ..transmit });
            }
        }
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Self::Question)> {
        self.core.poll_question()
    }

    fn poll_media(&mut self) -> Option<Self::MediaCommand> {
        self.core.poll_media()
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.core.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.core.poll_timeout()
    }

    fn live(&self) -> Live {
        self.core.live()
    }
}
