//! The user agent as a [`Core`]: what the driver and the simulator hold.

use std::{convert::Infallible, time::Instant};

use siptrunk_message::KeepAlive;
use siptrunk_transaction::{Core, FlowEvent, FlowId, Live, QuestionId, Received, Transmit};

use crate::{Answer, Event, Question, Registrar, UserAgent};

impl Core for UserAgent {
    type Event = Event;
    type Question = Question;
    type Answer = Answer;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        if input.bytes == KeepAlive::PONG && matches!(input.flow, FlowId::Connection(_)) {
            return self.handle_pong(input.flow);
        }
        self.cx.layer.handle_input(now, input);
        self.settle(now);
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        if let FlowEvent::Closed { flow: flow @ FlowId::Connection(_), reason } = event {
            self.sessions.handle_closed(flow);
            self.close_registrations(now, flow, reason);
            self.close_bindings(flow);
        }
        self.cx.layer.handle_flow(now, event);
        self.settle(now);
    }

    fn handle_answer(&mut self, now: Instant, id: QuestionId, answer: Answer) {
        self.route_answer(now, id, answer);
        self.settle(now);
    }

    fn handle_media(&mut self, _now: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.cx.layer.handle_timeout(now);
        self.settle(now);
        while let Some(owner) = self.cx.deadlines.pop_due(now) {
            self.route_timeout(now, owner);
            self.settle(now);
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.cx.layer.poll_transmit()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Question)> {
        self.cx.poll_question()
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.cx.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let below = self.cx.layer.poll_timeout();
        below.into_iter().chain(self.cx.deadlines.next()).min()
    }

    fn live(&self) -> Live {
        let mut live = self.cx.layer.live();
        live.merge(self.sessions.live());
        live.add("registrations", self.registrations.len());
        live.add("addresses bound", self.registrar.as_ref().map_or(0, Registrar::len));
        live.add("requests of ours", self.exchanges.len());
        live.add("requests to respond to", self.cx.pending.len());
        live.add("INVITEs watched for late answers", self.cx.answers.len());
        live.add("open questions", self.cx.open_questions());
        live
    }
}
