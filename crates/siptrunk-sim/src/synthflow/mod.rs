//! A scripted Synthflow: it answers by the dialled number, judges the call's context, talks, and
//! hands the caller back by a BYE with `X-` headers. It registers with the other end and takes its
//! registration, its agents call out through the termination URI, and pass callers on cold and warm.
//!
//! It knows SIP messages and a few retransmission rules, and uses no dialog, transaction or bridge
//! code of siptrunk, so that both sides of a test cannot share a mistake. The module
//! [`five9`](crate::five9) shows both in one call.

use std::{collections::VecDeque, convert::Infallible, net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_message::{Limits, Message, Request, Response};
use siptrunk_transaction::{Core, FlowEvent, FlowId, Live, QuestionId, Received, Seed, Transmit};

use self::{
    call::{Call, Role},
    registrar::Registrar,
    registration::Registering,
};
pub use self::{
    config::{Admission, Answering, SynthflowConfig},
    ending::Ending,
    expectation::Expectation,
    fault::Fault,
    outbound::OutboundCall,
    region::Region,
    registration::{ExpiresOutOfRange, Registration},
    report::{CallReport, Event},
    transfer::JOIN,
};
use crate::scripted::{Account, Guard, Leg, Line, News, Parts, Reply, Sound, best_fit};

mod call;
mod config;
mod ending;
mod expectation;
mod fault;
mod incoming;
mod outbound;
mod region;
mod registrar;
mod registration;
mod report;
mod transfer;

/// The methods that it takes.
const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY, REGISTER";
/// What no peer of this end can send to.
const PRIVATE: [u8; 4] = [10, 30, 40, 50];

/// The Synthflow end. Listener 0 is SIP, listener 1 is RTP.
#[derive(Debug)]
pub struct Synthflow {
    config: SynthflowConfig,
    line: Line,
    /// Asks INVITEs and REGISTERs for the trunk's account.
    guard: Option<Guard>,
    registrar: Registrar,
    registering: Option<Registering>,
    /// Numbers that were attached lately, and when they work.
    attaching: Vec<(String, Instant)>,
    calls: Vec<Call>,
    events: VecDeque<Event>,
}

impl Synthflow {
    /// An end that waits for calls, and whose own calls and registration start counting at `now`.
    #[expect(clippy::needless_pass_by_value, reason = "a seed is given away, and wiped here")]
    pub fn new(mut config: SynthflowConfig, seed: Seed, now: Instant) -> Self {
        let (sip, rtp) = (config.sip, config.rtp);
        let mut line = Line::new([sip, rtp], &config.over, config.timers, &seed, ALLOW);
        let status = match config.admission {
            Admission::Digest(status) => status,
            _ => 401,
        };
        let account = config.registrar.clone().or_else(|| config.account.clone());
        let guard = account.map(|account| {
            let guard = Guard::new(account, config.realm(), status, now, &mut line.rng);
            if config.has(Fault::WrongCredentials) { guard.deaf() } else { guard }
        });
        let outbound = std::mem::take(&mut config.outbound);
        let mut end = Self {
            line,
            guard,
            registrar: Registrar::default(),
            registering: None,
            attaching: Vec::new(),
            calls: outbound.into_iter().map(|call| Call::outbound(now, call)).collect(),
            events: VecDeque::new(),
            config,
        };
        if let Some(registration) = end.config.registers.clone() {
            end.register(now, registration);
        }
        end
    }

    /// Registers with the other end, from now on.
    pub fn register(&mut self, now: Instant, mut registration: Registration) {
        if self.config.has(Fault::WrongCredentials) {
            let username = registration.account.username().to_owned();
            registration.account = Account::new(&username, "mistyped");
        }
        self.registering = Some(Registering::new(now, registration, &mut self.line));
    }

    /// Ends the own registration with the other end.
    pub fn unregister(&mut self, now: Instant) {
        if let Some(registering) = &mut self.registering {
            registering.leave(now, &mut self.line);
        }
    }

    /// Whether the other end has this end's registration.
    pub fn is_registered(&self, now: Instant) -> bool {
        self.registering.as_ref().is_some_and(|it| it.until.is_some_and(|until| until > now))
    }

    /// Whether this end has the other end's registration.
    pub fn has_registration(&self, now: Instant) -> bool {
        self.registrar.binding(now).is_some()
    }

    /// Attaches a number to an agent. It works after
    /// [`attach_time`](SynthflowConfig::attach_time).
    pub fn attach(&mut self, now: Instant, number: &str) {
        self.config.unattached.retain(|known| known != number);
        self.attaching.push((number.to_owned(), now + self.config.attach_time));
        self.config.numbers.push(number.to_owned());
    }

    /// The agent ends a call now, as its ending says.
    pub fn hang_up(&mut self, now: Instant, call: usize) {
        if self.calls.get(call).is_some_and(Call::is_up) {
            self.let_go(now, call);
        }
    }

    /// What came of a call so far.
    pub fn report(&self, call: usize) -> Option<CallReport> {
        self.calls.get(call).map(Call::report)
    }

    /// What came of all calls so far: those of the configuration, and then as they came.
    pub fn reports(&self) -> Vec<CallReport> {
        self.calls.iter().map(Call::report).collect()
    }

    /// Whether every call is over.
    pub fn finished(&self) -> bool {
        self.calls.iter().all(Call::is_over)
    }

    fn with_leg(&mut self, now: Instant, index: usize, work: impl FnOnce(&mut Leg, &mut Line)) {
        let Self { line, calls, .. } = self;
        if let Some(leg) = calls.get_mut(index).and_then(|call| call.leg.as_mut()) {
            work(leg, line);
        }
        self.heed(now, index);
    }

    /// Acts on what happened to a call.
    fn heed(&mut self, now: Instant, index: usize) {
        loop {
            let Some(call) = self.calls.get_mut(index) else { return };
            let Some(news) = call.leg.as_mut().and_then(Leg::poll_news) else { return };
            match news {
                News::Provisional(_) => {
                    if let Role::Outbound(plan) = &call.role {
                        call.act_at.get_or_insert(now + plan.ring);
                    }
                }
                News::Answered | News::Confirmed => self.begins(now, index),
                News::Referred(status) | News::Notified(status) => {
                    self.transfer_goes(now, index, status);
                }
                News::Refer(_) => {}
                News::Ended => {
                    call.act_at = None;
                    self.ended(now, index);
                }
            }
        }
    }

    /// The talk of a call begins.
    fn begins(&mut self, now: Instant, index: usize) {
        let call = &mut self.calls[index];
        call.talks(now, &self.config);
        self.events.push_back(Event::Confirmed { call: index });
        match call.role {
            Role::Person(_) => self.brief(now, index),
            Role::Joined(person) => self.join(index, person),
            _ if self.config.reuse_cseq => self.probe(now, index),
            _ => {}
        }
        // The first frame may be the last one, and all of the caller's may be there already.
        self.calls[index].judge_audio(now);
    }

    fn ended(&mut self, now: Instant, index: usize) {
        let report = Box::new(self.calls[index].report());
        self.events.push_back(Event::Ended { call: index, report });
        self.companion_ended(now, index);
    }

    /// Something is due that a call does by itself.
    fn act(&mut self, now: Instant, index: usize) {
        let call = &self.calls[index];
        let ringing = call.leg.as_ref().is_some_and(Leg::is_ringing);
        match call.role {
            _ if call.is_planned() => self.dial_now(now, index),
            Role::Inbound(Err(code)) if ringing => {
                self.with_leg(now, index, |leg, line| leg.refuse(now, &Reply::new(code), line));
            }
            Role::Inbound(Ok(())) | Role::Joined(_) if ringing => {
                self.with_leg(now, index, |leg, line| leg.accept(now, line));
            }
            _ if ringing => self.with_leg(now, index, |leg, line| leg.cancel(now, line)),
            Role::Person(first) => self.person_is_briefed(now, index, first),
            _ => self.let_go(now, index),
        }
    }

    fn sound(&self, index: usize) -> Sound {
        let config = &self.config;
        Sound {
            rtp: config.rtp,
            told: config.has(Fault::PrivateAddress).then(|| PRIVATE.into()),
            codecs: config.codecs.clone(),
            telephone_event: config.telephone_event,
            audio: config.audio,
            digits: config.digits.clone(),
            session: 1_800_000_000 + index as u64,
            version: 1,
            takes_reoffers: config.takes_reoffers,
        }
    }

    /// The same as the faults of this end have it.
    fn muted(&self, mut sound: Sound) -> Sound {
        if self.config.has(Fault::OneWayAudio) {
            sound.audio = sound.audio.silent();
        }
        if self.config.has(Fault::NoDtmf) { sound.without_events() } else { sound }
    }

    /// What challenges of the other end are answered with.
    fn proof(&self) -> Option<Account> {
        let account = self.config.account.clone()?;
        let wrong = self.config.has(Fault::WrongCredentials);
        Some(if wrong { Account::new(account.username(), "mistyped") } else { account })
    }

    fn handle_request(&mut self, now: Instant, request: Request, from: SocketAddr) {
        let Some(parts) = Parts::of(request.headers()) else { return };
        let of_dialog = |call: &Call| {
            let dialog = call.leg.as_ref().and_then(|leg| leg.dialog.as_ref());
            dialog.is_some_and(|dialog| dialog.takes(&parts))
        };
        let of_invite =
            |call: &Call| call.leg.as_ref().is_some_and(|leg| leg.invite_matches(&parts, from));
        let by_dialog = self.calls.iter().position(of_dialog);
        let by_invite = self.calls.iter().position(of_invite);
        let index = by_dialog.or(by_invite);
        let method = parts.method.as_str();
        if method == "ACK" {
            if let Some(index) = index {
                self.with_leg(now, index, |leg, line| leg.handle_ack(now, &request, line));
            }
            return;
        }
        if self.config.has(Fault::Silence) {
            return;
        }
        if self.line.repeat_answer(&parts, from) {
            if let Some(index) = index {
                self.with_leg(now, index, |leg, _| leg.record.note(method));
            }
            return;
        }
        let mut reply = Reply::new(405);
        let inside = parts.to_tag.is_some();
        match (method, by_dialog, by_invite) {
            ("CANCEL", _, Some(index)) => {
                self.with_leg(now, index, |leg, line| leg.handle_cancel(now, line));
                reply = Reply::new(200);
            }
            // A silent end keeps no answer to repeat.
            ("INVITE", None, Some(_)) => return,
            ("INVITE", None, None) if !inside => {
                return self.take_invite(now, request, parts, from);
            }
            (_, Some(index), _) => {
                let Self { line, calls, .. } = self;
                if let Some(leg) = &mut calls[index].leg {
                    reply = leg.handle_request(now, &request, line);
                }
            }
            ("OPTIONS", None, _) if !inside => match self.config.options_status {
                Some(status) => reply = Reply::new(status),
                None => return,
            },
            ("REGISTER", None, _) if self.config.registrar.is_some() => {
                reply = self.take_register(now, &request, from);
            }
            _ if inside || method == "CANCEL" => reply = Reply::new(481),
            _ => {}
        }
        let leg = index.and_then(|index| self.calls.get(index)).and_then(|call| call.leg.as_ref());
        let tag = leg.and_then(Leg::tag).map(str::to_owned);
        self.line.answer(now, &request, (&parts, from), &reply, tag.as_deref());
        if let Some(index) = index {
            self.heed(now, index);
        }
    }

    fn take_register(&mut self, now: Instant, request: &Request, from: SocketAddr) -> Reply {
        if self.config.has(Fault::RegistrationRefused) {
            return Reply::new(403);
        }
        if let Some(guard) = &mut self.guard
            && let Some(reply) = guard.judge(now, request, from)
        {
            return reply;
        }
        let (reply, bound) = self.registrar.take(now, request, from);
        self.events.extend(bound.map(|expires| Event::Bound { expires }));
        reply
    }

    fn handle_response(&mut self, now: Instant, response: &Response, from: SocketAddr) {
        let Some(parts) = Parts::of(response.headers()) else { return };
        if let Some(registering) = &mut self.registering
            && registering.call_id() == parts.call_id
        {
            let told = registering.handle_response(now, response, &parts, &mut self.line);
            self.events.extend(told.map(|status| Event::Registered { status }));
            return;
        }
        let index = self.calls.iter().position(|call| call.call_id() == parts.call_id);
        if let Some(index) = index {
            self.with_leg(now, index, |leg, line| {
                leg.handle_response(now, response, (&parts, from), line);
            });
        }
    }

    fn handle_media_packet(&mut self, now: Instant, from: SocketAddr, bytes: &Bytes) {
        let Some(place) = best_fit(self.calls.iter().map(Call::media), from, bytes) else { return };
        let passed = self.pass_on(place, bytes);
        let call = &mut self.calls[place];
        if let Some(media) = call.media_mut().filter(|_| !passed) {
            media.handle_packet(now, bytes);
        }
        call.judge_audio(now);
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
            if let Some(registering) = &mut self.registering
                && registering.key() == Some(&key)
            {
                registering.handle_given_up(now);
                self.events.push_back(Event::Registered { status: 0 });
                continue;
            }
            let of_leg = |call: &Call| call.leg.as_ref().is_some_and(|leg| leg.repeats(&key));
            if let Some(index) = self.calls.iter().position(of_leg) {
                self.with_leg(now, index, |leg, line| leg.handle_given_up(now, &key, line));
            }
        }
        if let Some(registering) = &mut self.registering {
            registering.handle_timeout(now, &mut self.line);
        }
        for index in 0..self.calls.len() {
            self.with_leg(now, index, |leg, line| leg.handle_timeout(now, line));
            self.calls[index].judge_audio(now);
            if self.calls[index].is_due(now) {
                self.act(now, index);
            }
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
        let registering = self.registering.as_ref().and_then(Registering::poll_timeout);
        calls.chain(registering).chain(self.line.poll_timeout()).min()
    }

    fn live(&self) -> Live {
        self.line.live(self.calls.iter().filter(|call| !call.is_over()).count())
    }
}

#[cfg(test)]
mod tests;
