//! A scripted Synthflow: it answers by the dialled number, judges the call's context, talks, and
//! hands the caller back by a BYE with `X-` headers.
//!
//! It knows SIP messages and a few retransmission rules, and uses no dialog, transaction or bridge
//! code of siptrunk, so that both sides of a test cannot share a mistake. The module
//! [`five9`](crate::five9) shows both in one call.

use std::{collections::VecDeque, convert::Infallible, net::SocketAddr, time::Instant};

use siptrunk_message::{Limits, Message, Request, Response};
use siptrunk_transaction::{Core, FlowEvent, FlowId, Live, QuestionId, Received, Seed, Transmit};

use self::call::{Call, Desk};
pub use self::{
    config::{Answering, Ending, Expectation, SynthflowConfig},
    fault::Fault,
    report::{CallReport, Event},
};
use crate::scripted::{Line, Parts, best_fit};

mod call;
mod config;
mod fault;
mod report;

/// The Synthflow end. Listener 0 is SIP, listener 1 is RTP.
#[derive(Debug)]
pub struct Synthflow {
    config: SynthflowConfig,
    line: Line,
    calls: Vec<Call>,
    events: VecDeque<Event>,
}

impl Synthflow {
    /// An end that waits for calls.
    #[expect(clippy::needless_pass_by_value, reason = "a seed is given away, and wiped here")]
    pub fn new(config: SynthflowConfig, seed: Seed) -> Self {
        let line = Line::new(config.sip, config.rtp, &config.over, config.timers, &seed);
        Self { config, line, calls: Vec::new(), events: VecDeque::new() }
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
        let Self { config, line, calls, events } = self;
        if let Some(call) = calls.get_mut(index) {
            work(call, &mut Desk { config, line, events });
        }
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
        if self.line.repeat_answer(&parts, from) {
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
        let tag = call.map(|call| call.tag.as_str());
        self.line.answer(now, &request, (&parts, from), code, tag);
    }

    fn take_invite(&mut self, now: Instant, request: Request, parts: Parts, from: SocketAddr) {
        let Self { config, line, calls, events } = self;
        let mut desk = Desk { config, line, events };
        let call = Call::new(now, calls.len(), request, parts, from, &mut desk);
        calls.push(call);
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
        let media = self.calls.iter().map(|call| call.media.as_ref());
        if let Some(place) = best_fit(media, from, bytes) {
            self.calls[place].handle_packet(now, bytes);
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
        self.line.outbox.note(&input);
        match Message::parse(input.bytes, &Limits::default()) {
            Ok(Message::Request(request)) => self.handle_request(now, request, input.remote),
            Ok(Message::Response(response)) => self.handle_response(&response),
            Err(_) => {}
        }
    }

    fn handle_flow(&mut self, _: Instant, event: FlowEvent) {
        self.line.outbox.handle_flow(&event);
    }

    fn handle_answer(&mut self, _: Instant, _: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        for key in self.line.handle_timeout(now) {
            if let Some(index) = self.calls.iter().position(|call| call.repeats(&key)) {
                self.with_call(index, |call, desk| call.handle_given_up(now, &key, desk));
            }
        }
        for index in 0..self.calls.len() {
            self.with_call(index, |call, desk| call.handle_timeout(now, desk));
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.line.poll_transmit()
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
        calls.chain(self.line.poll_timeout()).min()
    }

    fn live(&self) -> Live {
        self.line.live(self.calls.iter().filter(|call| !call.is_over()).count())
    }
}

#[cfg(test)]
mod tests;
