//! The way in and out of [`Legs`]: what comes goes to the user agent, what it reports becomes events.

use std::time::Instant;

use siptrunk_transaction::{Core, FlowEvent, Live, QuestionId, Received, Transmit};
use siptrunk_ua::{Answer, Question};

use super::Legs;
use super::event::{LegEvent, LegId};

impl Legs {
    /// Turns what the user agent reports into events of legs.
    pub(super) fn drain(&mut self, now: Instant) {
        use siptrunk_ua::Event;
        while let Some(event) = self.agent.poll_event() {
            let event = match event {
                Event::Incoming { session, request } => {
                    self.admit(now, LegId(session), Box::new(request));
                    continue;
                }
                Event::Request { transaction, request } => {
                    self.answer_outside(now, transaction, &request);
                    continue;
                }
                Event::Provisional { session, response } => {
                    LegEvent::Provisional { leg: LegId(session), response: Box::new(response) }
                }
                Event::Answered { session, response } => {
                    LegEvent::Answered { leg: LegId(session), response: Box::new(response) }
                }
                Event::Confirmed { session, ack } | Event::Reconfirmed { session, ack } => {
                    self.half_open.close(LegId(session));
                    LegEvent::Confirmed { leg: LegId(session), ack: Box::new(ack) }
                }
                Event::Reoffer { session, transaction, request } => LegEvent::Reoffer {
                    leg: LegId(session),
                    transaction,
                    request: Box::new(request),
                },
                Event::InDialog { session, transaction, request } => LegEvent::InDialog {
                    leg: LegId(session),
                    transaction,
                    request: Box::new(request),
                },
                Event::Refer { session, transaction, request, target } => LegEvent::Refer {
                    leg: LegId(session),
                    transaction,
                    request: Box::new(request),
                    target,
                },
                Event::Referral { session, progress, .. } => {
                    LegEvent::Referral { leg: LegId(session), progress }
                }
                Event::Response { request, outcome } => {
                    if let Some(check) = self.watch.outcome(request) {
                        self.hear(now, &check, outcome.ok().as_ref());
                        continue;
                    }
                    LegEvent::Response { request, outcome: outcome.map(Box::new) }
                }
                Event::Ended { session, ending } => {
                    let leg = LegId(session);
                    self.proofs.remove(&leg);
                    self.half_open.close(leg);
                    // A session that was refused in `admit` never had a seat, and nobody above knows it.
                    let Some(trunk) = self.seats.remove(&leg) else { continue };
                    self.capacity.give(trunk);
                    self.heed(now, trunk, &ending.cause);
                    LegEvent::Ended { leg, ending: Box::new(ending) }
                }
                Event::Registrar(event) => match self.bound.handle_event(&event, &self.agent) {
                    Some(event) => event,
                    None => continue,
                },
                other => match self.registrations.handle_event(other) {
                    Some(event) => event,
                    None => continue,
                },
            };
            self.events.push_back(event);
        }
    }
}

impl Core for Legs {
    type Event = LegEvent;
    type Question = Question;
    type Answer = Answer;
    type MediaCommand = std::convert::Infallible;
    type MediaEvent = std::convert::Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        // Responses match an unguessable branch or are dropped below: only requests need a trunk.
        let response = input.bytes.starts_with(b"SIP/2.0 ");
        if response || self.knows(&input) {
            self.agent.handle_input(now, input);
            self.drain(now);
        } else {
            self.refuse_unknown(now, &input);
        }
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.agent.handle_flow(now, event);
        self.drain(now);
    }

    fn handle_answer(&mut self, now: Instant, id: QuestionId, answer: Answer) {
        match self.lookups.answered(id, answer) {
            Ok(Some((trunk, addresses))) => {
                self.sources.set_hosts(trunk, addresses);
                self.watch.set_targets(now, trunk, self.lookups.targets(trunk));
                self.check(now);
            }
            Ok(None) => {}
            Err(answer) => {
                self.agent.handle_answer(now, id, answer);
                self.drain(now);
            }
        }
    }

    fn handle_media(&mut self, _now: Instant, event: Self::MediaEvent) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.ask(now);
        self.agent.handle_timeout(now);
        self.check(now);
        self.drain(now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front().or_else(|| self.agent.poll_transmit())
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Question)> {
        self.questions.pop_front().or_else(|| self.agent.poll_question())
    }

    fn poll_media(&mut self) -> Option<Self::MediaCommand> {
        None
    }

    fn poll_event(&mut self) -> Option<LegEvent> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let timeouts =
            [self.agent.poll_timeout(), self.lookups.poll_timeout(), self.watch.poll_timeout()];
        timeouts.into_iter().flatten().min()
    }

    fn live(&self) -> Live {
        let mut live = self.agent.live();
        live.add("legs", self.seats.len());
        live.add("half-open legs", self.half_open.len());
        live
    }
}
