//! A scripted Five9 gateway: it dials, talks, and is handed back by a BYE with `X-` headers.
//!
//! It knows SIP messages and a few retransmission rules, and uses no dialog, transaction or bridge
//! code of siptrunk, so that both sides of a test cannot share a mistake.
//!
//! ```
//! use std::time::Duration;
//! use siptrunk_sim::{
//!     NoHost, World,
//!     five9::{CallPlan, Five9, Five9Config},
//!     synthflow::{Synthflow, SynthflowConfig},
//! };
//!
//! let (five9_sip, five9_rtp) = ("127.0.2.1:5060".parse()?, "127.0.2.1:4000".parse()?);
//! let (agent_sip, agent_rtp) = ("127.0.3.1:32681".parse()?, "127.0.3.1:4000".parse()?);
//!
//! let mut world = World::new(7);
//! let (now, seed) = (world.now(), world.seed_for("five9"));
//! let plan = CallPlan::new("+12065551234", "+14155550123");
//! let config = Five9Config::new(five9_sip, five9_rtp, agent_sip).call(plan);
//! let five9 = Five9::new(config, seed, now);
//! let five9 = world.add("five9", vec![five9_sip, five9_rtp], five9, NoHost);
//!
//! let config = SynthflowConfig::new(agent_sip, agent_rtp).number("+12065551234");
//! let synthflow = Synthflow::new(config, world.seed_for("synthflow"));
//! world.add("synthflow", vec![agent_sip, agent_rtp], synthflow, NoHost);
//!
//! world.run_for(Duration::from_secs(10));
//! world.finish().expect("no rule of the wire was broken");
//! let report = world.node::<Five9>(five9).report(0).unwrap();
//! assert!(report.audio.exact());
//! assert_eq!(report.hand_back().next().unwrap().name, "X-RouteType");
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

use std::{collections::VecDeque, convert::Infallible, net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_message::{Limits, Message, Request, Response};
use siptrunk_transaction::{Core, FlowEvent, FlowId, Live, QuestionId, Received, Seed, Transmit};

use self::call::{Call, Desk};
pub use self::{
    config::{CallPlan, Ending, Five9Config},
    fault::Fault,
    report::{CallReport, Event},
};
use crate::scripted::{Line, Parts, best_fit};

mod call;
mod config;
mod fault;
mod report;

/// The Five9 end. Listener 0 is SIP, listener 1 is RTP.
#[derive(Debug)]
pub struct Five9 {
    config: Five9Config,
    line: Line,
    calls: Vec<Call>,
    /// Packets that came before the answer that says whose they are.
    early: VecDeque<(SocketAddr, Bytes)>,
    events: VecDeque<Event>,
}

/// Early packets that are kept: more than an answer can be late on a working network.
const EARLY: usize = 64;

impl Five9 {
    /// An end whose planned calls start counting at `now`.
    #[expect(clippy::needless_pass_by_value, reason = "a seed is given away, and wiped here")]
    pub fn new(mut config: Five9Config, seed: Seed, now: Instant) -> Self {
        let plans = std::mem::take(&mut config.calls);
        let calls = plans.into_iter().enumerate().map(|(index, plan)| Call::new(now, index, plan));
        Self {
            line: Line::new(config.sip, config.rtp, &config.over, config.timers, &seed),
            calls: calls.collect(),
            early: VecDeque::new(),
            events: VecDeque::new(),
            config,
        }
    }

    /// Makes one more call, and returns its place.
    pub fn dial(&mut self, now: Instant, plan: CallPlan) -> usize {
        let index = self.calls.len();
        self.calls.push(Call::new(now, index, plan));
        index
    }

    /// The caller hangs up, if the call is answered and not over.
    pub fn hang_up(&mut self, now: Instant, call: usize) {
        self.with_call(call, |call, desk| call.hang_up(now, desk));
    }

    /// What came of a call so far.
    pub fn report(&self, call: usize) -> Option<CallReport> {
        self.calls.get(call).map(Call::report)
    }

    /// What came of all calls so far, in the order of planning.
    pub fn reports(&self) -> Vec<CallReport> {
        self.calls.iter().map(Call::report).collect()
    }

    /// Whether every call is over.
    pub fn finished(&self) -> bool {
        self.calls.iter().all(Call::is_over)
    }

    fn with_call(&mut self, index: usize, work: impl FnOnce(&mut Call, &mut Desk<'_>)) {
        let Self { config, line, calls, events, .. } = self;
        if let Some(call) = calls.get_mut(index) {
            work(call, &mut Desk { config, line, events });
        }
    }

    fn handle_request(&mut self, now: Instant, request: &Request, from: SocketAddr) {
        let Some(parts) = Parts::of(request.headers()) else { return };
        let method = parts.method.clone();
        if method == "ACK" || self.line.repeat_answer(&parts, from) {
            return;
        }
        let takes = |call: &Call| call.dialog.as_ref().is_some_and(|dialog| dialog.takes(&parts));
        let code = match self.calls.iter().position(takes) {
            Some(index) => {
                let mut code = 200;
                self.with_call(index, |call, desk| {
                    code = call.handle_request(request, desk);
                });
                code
            }
            None if parts.to_tag.is_some() || method == "CANCEL" => 481,
            None if method == "OPTIONS" => 200,
            // Nobody can be called at this end.
            None if method == "INVITE" => 480,
            None => 405,
        };
        self.line.answer(now, request, (&parts, from), code, None);
    }

    fn handle_response(&mut self, now: Instant, response: &Response, from: SocketAddr) {
        let Some(parts) = Parts::of(response.headers()) else { return };
        let index = self.calls.iter().position(|call| call.call_id() == parts.call_id);
        if let Some(index) = index {
            self.with_call(index, |call, desk| {
                call.handle_response(now, response, &parts, from, desk);
            });
            for (from, bytes) in std::mem::take(&mut self.early) {
                self.handle_media_packet(from, bytes);
            }
        }
    }

    /// Takes a packet. Who offers has to be ready before the answer comes (RFC 3264 section 5.1): a
    /// packet that overtakes it is kept until then.
    fn handle_media_packet(&mut self, from: SocketAddr, bytes: Bytes) {
        let media = self.calls.iter().map(|call| call.media.as_ref());
        if let Some(place) = best_fit(media, from, &bytes) {
            if let Some(media) = &mut self.calls[place].media {
                media.handle_packet(&bytes);
            }
        } else if self.early.len() < EARLY && self.calls.iter().any(|call| call.media.is_none()) {
            self.early.push_back((from, bytes));
        }
    }
}

impl Core for Five9 {
    type Event = Event;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        if matches!(input.flow, FlowId::Datagram { listener: 1, .. }) {
            self.handle_media_packet(input.remote, input.bytes);
            return;
        }
        self.line.outbox.note(&input);
        match Message::parse(input.bytes, &Limits::default()) {
            Ok(Message::Request(request)) => self.handle_request(now, &request, input.remote),
            Ok(Message::Response(response)) => self.handle_response(now, &response, input.remote),
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
                self.with_call(index, |call, desk| call.handle_given_up(&key, desk));
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
