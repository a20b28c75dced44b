//! A core that records all it is told, sends what it is given, and answers if it is made to.

use std::{collections::VecDeque, convert::Infallible, time::Instant};

use siptrunk_transaction::{Core, FlowEvent, Live, QuestionId, Received, Transmit};

#[derive(Default)]
pub(crate) struct Recorder {
    echoes: bool,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Heard>,
}

#[derive(Debug)]
pub(crate) enum Heard {
    Input(Received),
    Flow(FlowEvent),
}

impl Recorder {
    /// One that sends back what comes, if `echoes`.
    pub(crate) fn new(echoes: bool) -> Self {
        Self { echoes, ..Self::default() }
    }

    pub(crate) fn send(&mut self, transmit: Transmit) {
        self.transmits.push_back(transmit);
    }
}

impl Core for Recorder {
    type Event = Heard;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, _: Instant, input: Received) {
        if self.echoes {
            self.transmits.push_back(Transmit::new(input.flow, input.bytes.clone()));
        }
        self.events.push_back(Heard::Input(input));
    }

    fn handle_flow(&mut self, _: Instant, event: FlowEvent) {
        self.events.push_back(Heard::Flow(event));
    }

    fn handle_answer(&mut self, _: Instant, _: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Heard> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn live(&self) -> Live {
        Live::default()
    }
}
