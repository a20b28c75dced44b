//! A scripted Synthflow: it answers by the dialled number, judges the call's context, talks, and
//! hands the caller back by a BYE with `X-` headers. It registers with the other end and takes its
//! registration, its agents call out through the termination URI, and pass callers on cold and warm.
//!
//! It knows SIP messages and a few retransmission rules, and uses no dialog, transaction or bridge
//! code of siptrunk, so that both sides of a test cannot share a mistake. The module
//! [`five9`](crate::five9) shows both in one call.

use std::{collections::VecDeque, time::Instant};

use siptrunk_transaction::Seed;

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
use crate::scripted::{Account, Early, Guard, Leg, Line, News, Reply, Sound};

mod call;
mod config;
mod core;
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
    /// Packets that came before the answer that says whose they are.
    early: Early,
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
            early: Early::default(),
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
}

#[cfg(test)]
mod tests;
