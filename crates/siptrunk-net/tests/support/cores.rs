//! Cores that the tests drive.

use std::{
    collections::VecDeque,
    convert::Infallible,
    time::{Duration, Instant},
};

use siptrunk_transaction::{
    Core, FlowEvent, Live, QuestionId, QuestionIds, Received, Ticket, To, Transmit, TransportError,
};

/// Sends back what comes, and pings when told to.
#[derive(Default)]
pub(crate) struct Echo {
    pub(crate) inputs: usize,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Heard>,
    pings: Option<Pings>,
}

struct Pings {
    to: To,
    due: Instant,
    interval: Duration,
    sent: u32,
    left: u32,
}

#[derive(Debug)]
pub(crate) enum Heard {
    Input(Received),
    Failed(Ticket, TransportError),
}

impl Echo {
    pub(crate) fn ping(&mut self, now: Instant, to: To, interval: Duration, times: u32) {
        self.pings = Some(Pings { to, due: now + interval, interval, sent: 0, left: times });
    }

    pub(crate) fn pings_left(&self) -> u32 {
        self.pings.as_ref().map_or(0, |pings| pings.left)
    }

    pub(crate) fn send(&mut self, transmit: Transmit) {
        self.transmits.push_back(transmit);
    }
}

impl Core for Echo {
    type Event = Heard;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, _: Instant, input: Received) {
        self.inputs += 1;
        self.transmits.push_back(Transmit::new(input.flow, input.bytes.clone()));
        self.events.push_back(Heard::Input(input));
    }

    fn handle_flow(&mut self, _: Instant, event: FlowEvent) {
        if let FlowEvent::Failed { ticket, reason } = event {
            self.events.push_back(Heard::Failed(ticket, reason));
        }
    }

    fn handle_answer(&mut self, _: Instant, _: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        let Some(pings) = &mut self.pings else { return };
        while pings.left > 0 && pings.due <= now {
            let bytes = format!("ping {}", pings.sent);
            self.transmits.push_back(Transmit::new(pings.to.clone(), bytes));
            pings.due += pings.interval;
            pings.sent += 1;
            pings.left -= 1;
        }
    }

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
        self.pings.as_ref().filter(|pings| pings.left > 0).map(|pings| pings.due)
    }

    fn live(&self) -> Live {
        Live::default()
    }
}

/// Asks numbers and commands words; tells what comes back.
#[derive(Default)]
pub(crate) struct Asking {
    ids: QuestionIds,
    questions: VecDeque<(QuestionId, u32)>,
    commands: VecDeque<&'static str>,
    events: VecDeque<Told>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Answer(QuestionId, u32),
    Media(&'static str),
}

impl Asking {
    pub(crate) fn ask(&mut self, question: u32) -> QuestionId {
        let id = self.ids.next();
        self.questions.push_back((id, question));
        id
    }

    pub(crate) fn media(&mut self, command: &'static str) {
        self.commands.push_back(command);
    }
}

impl Core for Asking {
    type Event = Told;
    type Question = u32;
    type Answer = u32;
    type MediaCommand = &'static str;
    type MediaEvent = &'static str;

    fn handle_input(&mut self, _: Instant, _: Received) {}

    fn handle_flow(&mut self, _: Instant, _: FlowEvent) {}

    fn handle_answer(&mut self, _: Instant, id: QuestionId, answer: u32) {
        self.events.push_back(Told::Answer(id, answer));
    }

    fn handle_media(&mut self, _: Instant, event: &'static str) {
        self.events.push_back(Told::Media(event));
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }

    fn poll_question(&mut self) -> Option<(QuestionId, u32)> {
        self.questions.pop_front()
    }

    fn poll_media(&mut self) -> Option<&'static str> {
        self.commands.pop_front()
    }

    fn poll_event(&mut self) -> Option<Told> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn live(&self) -> Live {
        Live::default()
    }
}
