//! A scripted Synthflow: it answers by the dialled number, judges the call's context, talks, and
//! hands the caller back by a BYE with `X-` headers.
//!
//! It knows SIP messages and a few retransmission rules, and uses no dialog, transaction or bridge
//! code of siptrunk, so that both sides of a test cannot share a mistake. The module
//! [`five9`](crate::five9) shows both in one call.

use std::{collections::VecDeque, convert::Infallible, net::SocketAddr, time::Instant};

use siptrunk_message::{Limits, Message, Request, Response};
use siptrunk_transaction::{
    Core, FlowEvent, FlowId, Live, QuestionId, Received, Rng, Seed, Transmit,
};

use self::call::{Call, Desk};
pub use self::{
    config::{Answering, Ending, Expectation, SynthflowConfig},
    report::{CallReport, Event},
};
use crate::scripted::{Answers, CallMedia, Outbox, Parts, Repeats, answer_bytes};

mod call;
mod config;
mod report;

/// The Synthflow end. Listener 0 is SIP, listener 1 is RTP.
#[derive(Debug)]
pub struct Synthflow {
    config: SynthflowConfig,
    rng: Rng,
    /// The To tag of what is answered outside calls.
    tag: String,
    calls: Vec<Call>,
    outbox: Outbox,
    repeats: Repeats,
    answers: Answers,
    events: VecDeque<Event>,
}

impl Synthflow {
    /// An end that waits for calls.
    #[expect(clippy::needless_pass_by_value, reason = "a seed is given away, and wiped here")]
    pub fn new(config: SynthflowConfig, seed: Seed) -> Self {
        let mut rng = seed.rng();
        Self {
            tag: rng.token(10),
            calls: Vec::new(),
            outbox: Outbox::new(config.sip, config.rtp),
            repeats: Repeats::new(config.timers),
            answers: Answers::new(config.timers),
            events: VecDeque::new(),
            config,
            rng,
        }
    }

    /// The agent ends a call now, as [`SynthflowConfig::ending`] says.
    pub fn hang_up(&mut self, now: Instant, call: usize) {
        self.with_call(call, |call, desk| call.hang_up(now, desk));
    }

    /// What came of a call so far.
    pub fn report(&self, call: usize) -> Option<CallReport> {
        self.calls.get(call).map(Call::report)
    }

    /// What came of all calls so far, in the order of arrival.
    pub fn reports(&self) -> Vec<CallReport> {
        self.calls.iter().map(Call::report).collect()
    }

    /// Whether every call that came is over.
    pub fn finished(&self) -> bool {
        self.calls.iter().all(Call::is_over)
    }

    fn with_call(&mut self, index: usize, work: impl FnOnce(&mut Call, &mut Desk<'_>)) {
        let Self { config, rng, calls, outbox, repeats, answers, events, .. } = self;
        let Some(call) = calls.get_mut(index) else { return };
        let mut news = Vec::new();
        work(call, &mut Desk { config, rng, outbox, repeats, answers, events: &mut news });
        events.extend(news);
    }

    fn handle_request(&mut self, now: Instant, request: Request, from: SocketAddr) {
        let Some(parts) = Parts::of(request.headers()) else { return };
        let by_dialog = self
            .calls
            .iter()
            .position(|call| call.dialog.as_ref().is_some_and(|dialog| dialog.takes(&parts)));
        let by_invite = self.calls.iter().position(|call| call.invite_matches(&parts, from));
        if parts.method == "ACK" {
            if let Some(index) = by_dialog.or(by_invite) {
                self.with_call(index, |call, desk| call.handle_ack(now, &request, desk));
            }
            return;
        }
        if self.answers.repeat(&parts, from, &mut self.outbox) {
            if let Some(index) = by_dialog.or(by_invite) {
                self.with_call(index, |call, _| call.note_repeat(&parts.method));
            }
            return;
        }
        let code = match (parts.method.as_str(), by_dialog, by_invite) {
            ("CANCEL", _, Some(index)) => {
                self.with_call(index, |call, desk| call.handle_cancel(now, desk));
                200
            }
            // A silent end keeps no answer to repeat.
            ("INVITE", None, Some(_)) => return,
            ("INVITE", None, None) if parts.to_tag.is_none() => {
                self.take_invite(now, request, parts, from);
                return;
            }
            (_, Some(index), _) => {
                let mut code = 200;
                self.with_call(index, |call, desk| code = call.handle_request(&request, desk));
                code
            }
            ("OPTIONS", None, _) if parts.to_tag.is_none() => 200,
            (_, None, _) if parts.to_tag.is_some() || parts.method == "CANCEL" => 481,
            _ => 405,
        };
        let call = by_dialog.or(by_invite).and_then(|index| self.calls.get(index));
        let tag = call.map_or(&self.tag, |call| &call.tag);
        let bytes = answer_bytes(&request, code, tag, from, |response| response);
        if let Some(bytes) = bytes {
            self.answers.send(now, &parts, from, bytes, &mut self.outbox);
        }
    }

    fn take_invite(&mut self, now: Instant, request: Request, parts: Parts, from: SocketAddr) {
        let Self { config, rng, calls, outbox, repeats, answers, events, .. } = self;
        let mut news = Vec::new();
        let mut desk = Desk { config, rng, outbox, repeats, answers, events: &mut news };
        let call = Call::new(now, calls.len(), request, parts, from, &mut desk);
        calls.push(call);
        events.extend(news);
    }

    fn handle_response(&mut self, response: &Response) {
        let Some(parts) = Parts::of(response.headers()) else { return };
        let index = self.calls.iter().position(|call| call.parts.call_id == parts.call_id);
        if let Some(index) = index {
            let code = response.status().code();
            self.with_call(index, |call, desk| call.handle_response(code, &parts, desk));
        }
    }

    fn handle_media_packet(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let affinity = |call: &Call| {
            call.media.as_ref().map_or(0, |media: &CallMedia| media.affinity(from, bytes))
        };
        // The oldest of those that it fits best.
        let best = self.calls.iter().map(affinity).max().unwrap_or_default();
        if best == 0 {
            return;
        }
        if let Some(call) = self.calls.iter_mut().find(|call| affinity(call) == best) {
            call.handle_packet(now, bytes);
        }
    }
}

impl Core for Synthflow {
    type Event = Event;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        if matches!(input.flow, FlowId::Datagram { listener: 1, .. }) {
            self.handle_media_packet(now, input.remote, &input.bytes);
            return;
        }
        match Message::parse(input.bytes, &Limits::default()) {
            Ok(Message::Request(request)) => self.handle_request(now, request, input.remote),
            Ok(Message::Response(response)) => self.handle_response(&response),
            Err(_) => {}
        }
    }

    fn handle_flow(&mut self, _: Instant, _: FlowEvent) {}

    fn handle_answer(&mut self, _: Instant, _: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.answers.handle_timeout(now);
        for key in self.repeats.handle_timeout(now, &mut self.outbox) {
            if let Some(index) = self.calls.iter().position(|call| call.repeats(&key)) {
                self.with_call(index, |call, desk| call.handle_given_up(now, &key, desk));
            }
        }
        for index in 0..self.calls.len() {
            self.with_call(index, |call, desk| call.handle_timeout(now, desk));
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outbox.pop()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let calls = self.calls.iter().filter_map(Call::poll_timeout);
        calls.chain(self.repeats.poll_timeout()).chain(self.answers.poll_timeout()).min()
    }

    fn live(&self) -> Live {
        let mut live = Live::default();
        live.add("scripted calls", self.calls.iter().filter(|call| !call.is_over()).count());
        live.add("scripted repeats", self.repeats.len());
        live.add("scripted answers", self.answers.len());
        live
    }
}

#[cfg(test)]
mod tests;
