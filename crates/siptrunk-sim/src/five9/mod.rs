//! A scripted Five9: it dials, talks, and is handed back by a BYE with `X-` headers. Callers come to
//! its IVR, whose scripts transfer them over the trunk; its agents dial through outbound rules; live
//! agents and the public network are called through it.
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
//! let synthflow = Synthflow::new(config, world.seed_for("synthflow"), world.now());
//! world.add("synthflow", vec![agent_sip, agent_rtp], synthflow, NoHost);
//!
//! world.run_for(Duration::from_secs(10));
//! world.finish().expect("no rule of the wire was broken");
//! let report = world.node::<Five9>(five9).report(0).unwrap();
//! assert!(report.audio.exact());
//! assert_eq!(report.hand_back().next().unwrap().name, "X-RouteType");
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use siptrunk_transaction::Seed;

use self::{
    call::{Call, Pickup, Role},
    visit::Guest,
};
pub use self::{
    config::{Authentication, Five9Config, Kind},
    fault::Fault,
    plan::{CallPlan, Ending},
    report::{CallReport, Event, Reached},
    rules::{AgentCall, Destination, OutboundRule, Party, PartyAnswering, Skill},
    script::{Campaign, Module, Value},
    visit::{Step, Visit, VisitEnd, VisitReport},
};
use crate::scripted::{Account, Dial, Early, Guard, Leg, Line, News, Outcome, Sound};

mod call;
mod config;
mod core;
mod fault;
mod incoming;
mod plan;
mod report;
mod rules;
mod script;
mod spoil;
mod visit;

/// The Five9 end. Listener 0 is SIP, listener 1 is RTP.
#[derive(Debug)]
pub struct Five9 {
    config: Five9Config,
    line: Line,
    guard: Option<Guard>,
    calls: Vec<Call>,
    guests: Vec<Guest>,
    /// Packets that came before the answer that says whose they are.
    early: Early,
    events: VecDeque<Event>,
}

/// What no peer of this end can send to.
const PRIVATE: [u8; 4] = [10, 20, 30, 40];

impl Five9 {
    /// An end whose planned calls start counting at `now`.
    #[expect(clippy::needless_pass_by_value, reason = "a seed is given away, and wiped here")]
    pub fn new(mut config: Five9Config, seed: Seed, now: Instant) -> Self {
        let (plans, visits) =
            (std::mem::take(&mut config.calls), std::mem::take(&mut config.visits));
        let agent_calls = std::mem::take(&mut config.agent_calls);
        let allow = if config.takes_refer {
            "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, REFER"
        } else {
            "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"
        };
        let (sip, rtp) = (config.sip, config.rtp);
        let mut line = Line::new([sip, rtp], &config.over, config.timers, &seed, allow);
        let guard = match &config.authentication {
            Authentication::Digest { account, realm } => {
                let guard = Guard::new(account.clone(), realm, 401, now, &mut line.rng);
                Some(if config.has(Fault::WrongCredentials) { guard.deaf() } else { guard })
            }
            _ => None,
        };
        let mut end = Self {
            line,
            guard,
            calls: Vec::new(),
            guests: Vec::new(),
            early: Early::default(),
            events: VecDeque::new(),
            config,
        };
        for plan in plans {
            end.dial(now, plan);
        }
        for call in agent_calls {
            end.agent_dials(now, call);
        }
        for visit in visits {
            end.visit(now, visit);
        }
        end
    }

    /// Makes one more call, and returns its place.
    pub fn dial(&mut self, now: Instant, plan: CallPlan) -> usize {
        self.calls.push(Call::planned(now, plan, Role::Dialed));
        self.calls.len() - 1
    }

    /// An agent dials, and the first outbound rule that matches says where to. Returns the call's
    /// place; without a rule that leads over the trunk it is over at once, as
    /// [`Outcome::NotSent`].
    pub fn agent_dials(&mut self, now: Instant, call: AgentCall) -> usize {
        let AgentCall { user_group, skill_group, plan } = call;
        let (skill, user) = (skill_group.as_deref(), user_group.as_deref());
        let mut rules = self.config.rules.iter();
        let rule = rules.find(|rule| rule.matches(&plan.dialed, skill, user));
        let why = match rule {
            Some(rule) if rule.to == Destination::Trunk => None,
            Some(rule) => Some(format!("rule {} leads to the public network", rule.name)),
            None => Some("no outbound rule matches".to_owned()),
        };
        let index = self.dial(now, plan);
        if let Some(why) = why {
            self.calls[index].fail(Outcome::NotSent(why));
        }
        index
    }

    /// A caller comes from the public network. Returns the visit's place.
    pub fn visit(&mut self, now: Instant, visit: Visit) -> usize {
        self.guests.push(Guest::new(now, visit));
        self.guests.len() - 1
    }

    /// Agents of a skill are free again.
    pub fn free_agents(&mut self, skill: &str, agents: u32) {
        for known in self.config.skills.iter_mut().filter(|known| known.name == skill) {
            known.agents += agents;
        }
    }

    /// Somebody here hangs up, if the call is answered and not over.
    pub fn hang_up(&mut self, now: Instant, call: usize) {
        self.with_leg(now, call, |leg, line| leg.hang_up(now, &[], line));
    }

    /// What came of a call so far.
    pub fn report(&self, call: usize) -> Option<CallReport> {
        self.calls.get(call).map(Call::report)
    }

    /// What came of all calls so far: those of the configuration, and then as they came.
    pub fn reports(&self) -> Vec<CallReport> {
        self.calls.iter().map(Call::report).collect()
    }

    /// What became of a caller so far.
    pub fn visit_report(&self, visit: usize) -> Option<&VisitReport> {
        self.guests.get(visit).map(|guest| &guest.report)
    }

    /// Whether every call and every visit is over.
    pub fn finished(&self) -> bool {
        self.calls.iter().all(Call::is_over) && self.guests.iter().all(Guest::is_over)
    }

    /// Whether the trunk has no room for one more call.
    fn is_full(&self) -> bool {
        let up = self.calls.iter().filter(|call| call.is_up()).count();
        self.config.max_calls.is_some_and(|most| up >= most as usize)
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
            let call = &mut self.calls[index];
            let Some(news) = call.leg.as_mut().and_then(Leg::poll_news) else { return };
            match news {
                News::Provisional(code) => {
                    call.rings(now);
                    if code > 100 {
                        self.events.push_back(Event::Ringing { call: index });
                    }
                }
                News::Answered | News::Confirmed => {
                    call.talks(now);
                    self.events.push_back(Event::Answered { call: index });
                }
                News::Refer(uri) => self.take_refer(now, index, uri),
                News::Referred(_) | News::Notified(_) => {}
                News::Ended => {
                    call.rests();
                    self.ended(now, index);
                }
            }
        }
    }

    fn ended(&mut self, now: Instant, index: usize) {
        let call = &self.calls[index];
        let report = Box::new(call.report());
        let (outcome, role) = (report.outcome.clone(), call.role.clone());
        self.events.push_back(Event::Ended { call: index, report });
        match role {
            Role::Visitor(visit) => self.transfer_ended(now, visit, &outcome),
            Role::Incoming(Reached::Agent(skill), Pickup::After(_)) => self.free_agents(&skill, 1),
            _ => {}
        }
    }

    fn dial_now(&mut self, now: Instant, index: usize) {
        if self.config.has(Fault::CallerHangsUpFirst) {
            self.calls[index].plan.ending = Ending::HangUp(Duration::from_secs(1));
        }
        let call = &self.calls[index];
        let plan = &call.plan;
        let (dialed, headers) = match self.config.fault {
            Some(fault) => spoil::spoiled(fault, plan, &call.customer_number),
            None => (plan.dialed.clone(), plan.headers.clone()),
        };
        let wrong = self.config.has(Fault::WrongCredentials);
        let account = match &self.config.authentication {
            Authentication::Digest { account, .. } if wrong => {
                Some(Account::new(account.username(), "mistyped"))
            }
            Authentication::Digest { account, .. } => Some(account.clone()),
            _ => None,
        };
        let dial = Dial {
            uri: format!("sip:{dialed}@{}", self.config.gateway),
            peer: self.config.gateway,
            caller: plan.caller.clone(),
            max_forwards: plan.max_forwards,
            headers,
            account,
        };
        let sound = self.sound(plan, index);
        let leg = Leg::dial(now, &mut self.line, &dial, sound);
        let call = &mut self.calls[index];
        call.plan.dialed = dialed;
        match leg {
            Ok(mut leg) => {
                if self.config.takes_refer {
                    leg.take_refers();
                }
                call.begin(leg);
            }
            Err(why) => {
                call.fail(Outcome::NotSent(why));
                self.ended(now, index);
            }
        }
    }

    fn sound(&self, plan: &CallPlan, index: usize) -> Sound {
        let config = &self.config;
        let silent = config.has(Fault::OneWayAudio);
        let sound = Sound {
            rtp: config.rtp,
            told: config.has(Fault::PrivateAddress).then(|| PRIVATE.into()),
            codecs: plan.codecs.clone(),
            telephone_event: None,
            audio: if silent { plan.audio.silent() } else { plan.audio },
            digits: plan.digits.clone(),
            session: 1_700_000_000 + index as u64,
            version: 1,
            takes_reoffers: config.takes_reoffers,
        };
        if config.has(Fault::NoDtmf) { sound.without_events() } else { sound }
    }
}

#[cfg(test)]
mod tests;
