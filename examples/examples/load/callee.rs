//! The called end: answers every call at once.

use std::convert::Infallible;
use std::time::Instant;

use siptrunk::message::StatusCode;
use siptrunk::net::UdpListener;
use siptrunk::transaction::{Core, FlowEvent, Live, QuestionId, Received, Seed, Transmit};
use siptrunk::ua::{Event, Reply};

use crate::arguments::Arguments;
use crate::end::{End, remote_media};
use crate::streams::Heard;

/// Answers every call at once.
pub(crate) struct Callee {
    end: End,
    answered: u64,
}

impl Callee {
    pub(crate) fn new(sockets: &[UdpListener; 2], arguments: &Arguments, seed: Seed) -> Self {
        let end = End::new(crate::known(sockets), sockets[1].local_addr(), arguments, seed);
        Self { end, answered: 0 }
    }

    pub(crate) fn heard(&self) -> Heard {
        self.end.streams.heard()
    }

    /// Calls that it answered.
    pub(crate) fn answered(&self) -> u64 {
        self.answered
    }

    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.end.poll_event(now) {
            match event {
                Event::Incoming { session, request } => {
                    let reply = Reply::new(StatusCode::OK).body(self.end.description());
                    if self.end.agent.answer(now, session, reply).is_ok() {
                        self.answered += 1;
                        let to = remote_media(request.request().body());
                        self.end.streams.begin(now, session, to);
                    }
                }
                Event::Ended { session, .. } => self.end.streams.end(session),
                _ => {}
            }
        }
    }
}

impl Core for Callee {
    type Event = Infallible;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        self.end.handle_input(now, input);
        self.settle(now);
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.end.agent.handle_flow(now, event);
        self.settle(now);
    }

    fn handle_answer(&mut self, _: Instant, _: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.end.handle_timeout(now);
        self.settle(now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.end.poll_transmit()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.end.poll_timeout()
    }

    fn live(&self) -> Live {
        self.end.live()
    }
}
