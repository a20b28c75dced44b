//! A caller in the IVR: comes from the public network, and is led by a campaign's script.

use std::{collections::VecDeque, fmt, time::Instant};

use super::{
    CallPlan, Campaign, Fault, Five9, Kind, Module,
    call::{Call, Role},
    script::Variables,
};
use crate::{
    five9::Event,
    scripted::{Header, Outcome},
};

/// A caller from the public network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Visit {
    /// The caller's number.
    pub ani: String,
    /// The number that the caller dials: a campaign's.
    pub dnis: String,
    /// The skill that the caller chooses in the menu, for branches that ask.
    pub skill: Option<String>,
    /// How the caller behaves once transferred: audio, digits, ending. Number, caller and headers are
    /// the script's.
    pub talk: CallPlan,
}

impl Visit {
    /// A caller who waits for the other end.
    pub fn new(ani: &str, dnis: &str) -> Self {
        let talk = CallPlan::new("", ani).without_headers();
        Self { ani: ani.to_owned(), dnis: dnis.to_owned(), skill: None, talk }
    }

    /// Sets the skill that the caller chooses.
    #[must_use]
    pub fn skill(mut self, skill: &str) -> Self {
        self.skill = Some(skill.to_owned());
        self
    }

    /// Sets how the caller behaves once transferred, and when it comes: [`CallPlan::start`].
    #[must_use]
    pub fn talk(mut self, talk: CallPlan) -> Self {
        self.talk = talk.without_headers();
        self
    }
}

/// What became of a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VisitReport {
    /// What the IVR did, in order.
    pub path: Vec<Step>,
    /// The call over the trunk: the place of its [`CallReport`](super::CallReport).
    pub call: Option<usize>,
    /// What the last BYE brought: the list `FromIVA`.
    pub from_iva: Vec<Header>,
    /// Where it ended.
    pub end: VisitEnd,
}

impl VisitReport {
    /// `GET(FromIVA, name)`: compared without case, as Five9's lists are matched by name alone.
    pub fn from_iva(&self, name: &str) -> Option<&str> {
        let known = self.from_iva.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        known.map(|header| header.value.as_str())
    }
}

/// What an IVR did with a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The script of this campaign began.
    Script(String),
    /// It went into the branch of a skill rule.
    SkillRule(String),
    /// It went into the after-hours branch.
    AfterHours,
    /// No agent of this skill was free.
    Overflow(String),
    /// An INVITE to this number left over the trunk.
    Transferred(String),
    /// None left, or it was not answered: why.
    TransferFailed(String),
    /// The other end hung up, and the script goes on.
    Returned,
}

/// Where a caller ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum VisitEnd {
    /// Not yet.
    #[default]
    Underway,
    /// No script ran for the number.
    NotAnswered,
    /// With a live agent of this skill.
    Agent(String),
    /// With this number of the public network.
    Phone(String),
    /// The IVR hung up.
    HungUp,
    /// The IVR hung up, with this disposition.
    Disposition(String),
    /// The caller hung up.
    CallerHungUp,
    /// The caller was with the other end to the last: the transfer does not return.
    StayedWithThirdParty,
    /// The caller was lost at a transfer.
    Dropped,
}

impl fmt::Display for VisitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.path {
            writeln!(f, "  {step:?}")?;
        }
        for header in &self.from_iva {
            writeln!(f, "  FromIVA {header}")?;
        }
        writeln!(f, "  end: {:?}", self.end)
    }
}

/// A caller on its way through a script.
#[derive(Debug)]
pub(super) struct Guest {
    visit: Visit,
    pub(super) start: Option<Instant>,
    program: VecDeque<Module>,
    variables: Option<Variables>,
    to_iva: Vec<Header>,
    /// The transfer that is under way returns.
    returns: bool,
    pub(super) report: VisitReport,
}

impl Guest {
    pub(super) fn new(now: Instant, visit: Visit) -> Self {
        Self {
            start: Some(now + visit.talk.start),
            visit,
            program: VecDeque::new(),
            variables: None,
            to_iva: Vec::new(),
            returns: false,
            report: VisitReport::default(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.report.end != VisitEnd::Underway
    }
}

impl Five9 {
    pub(super) fn begin_visit(&mut self, now: Instant, index: usize) {
        let never = self.config.has(Fault::IvrNeverRuns);
        let Some(guest) = self.guests.get_mut(index) else { return };
        guest.start = None;
        let runs = |campaign: &&Campaign| campaign.dnis == guest.visit.dnis && campaign.active;
        let Some(campaign) = self.config.campaigns.iter().find(runs).filter(|_| !never) else {
            return self.end_visit(index, VisitEnd::NotAnswered);
        };
        guest.report.path.push(Step::Script(campaign.name.clone()));
        guest.program = campaign.script.iter().cloned().collect();
        guest.variables = Some(Variables {
            ani: guest.visit.ani.clone(),
            dnis: guest.visit.dnis.clone(),
            campaign: campaign.name.clone(),
            number: index,
        });
        self.go_on(now, index);
    }

    /// Runs the script up to where it has to wait, or to its end.
    fn go_on(&mut self, now: Instant, index: usize) {
        loop {
            let Some(guest) = self.guests.get_mut(index) else { return };
            let Some(module) = guest.program.pop_front() else {
                return self.end_visit(index, VisitEnd::HungUp);
            };
            match module {
                Module::Put { name, value } => {
                    if let Some(variables) = &guest.variables {
                        variables.put(&mut guest.to_iva, &name, &value);
                    }
                }
                Module::Transfer { number, returns } => {
                    guest.returns = returns;
                    return self.transfer(now, index, &number);
                }
                Module::Route => {
                    if let Some(end) = self.route(index) {
                        return self.end_visit(index, end);
                    }
                }
                Module::Skill(skill) => {
                    if self.take_agent(&skill) {
                        return self.end_visit(index, VisitEnd::Agent(skill));
                    }
                    self.step(index, Step::Overflow(skill));
                }
                Module::ForSkill(skill, modules) => {
                    if guest.visit.skill.as_ref() == Some(&skill) {
                        guest.report.path.push(Step::SkillRule(skill));
                        modules.into_iter().rev().for_each(|m| guest.program.push_front(m));
                    }
                }
                Module::WhenClosed(modules) => {
                    if !self.config.open {
                        guest.report.path.push(Step::AfterHours);
                        modules.into_iter().rev().for_each(|m| guest.program.push_front(m));
                    }
                }
                Module::HangUp => return self.end_visit(index, VisitEnd::HungUp),
            }
        }
    }

    /// *3rd Party Transfer*.
    fn transfer(&mut self, now: Instant, index: usize, number: &str) {
        if let Some(why) = self.cannot_transfer(number) {
            self.step(index, Step::TransferFailed(why));
            return self.end_visit(index, VisitEnd::Dropped);
        }
        let Some(guest) = self.guests.get_mut(index) else { return };
        let mut plan = guest.visit.talk.clone();
        number.clone_into(&mut plan.dialed);
        plan.caller.clone_from(&guest.visit.ani);
        plan.headers.clone_from(&guest.to_iva);
        guest.report.call = Some(self.calls.len());
        guest.report.path.push(Step::Transferred(number.to_owned()));
        let mut call = Call::planned(now, plan, Role::Visitor(index));
        call.customer_number.clone_from(&guest.visit.dnis);
        self.calls.push(call);
        self.dial_now(now, self.calls.len() - 1);
    }

    fn cannot_transfer(&self, number: &str) -> Option<String> {
        let config = &self.config;
        let routed = config.inventory.as_ref().is_none_or(|all| all.iter().any(|n| n == number));
        if config.has(Fault::DropsAtTransfer) || !routed {
            Some(format!("{number} is not in the inventory, or not routed over the trunk"))
        } else if config.kind == Kind::SelfService && !number.starts_with('+') {
            Some(format!("{number} is an invalid number: + and country code are missing"))
        } else if self.is_full() {
            Some("the trunk's simultaneous calls are used up".into())
        } else {
            None
        }
    }

    /// The call of a caller's transfer is over.
    pub(super) fn transfer_ended(&mut self, now: Instant, index: usize, outcome: &Outcome) {
        let unticked = self.config.has(Fault::BoxNotTicked);
        let Some(guest) = self.guests.get_mut(index) else { return };
        let returns = guest.returns && !unticked;
        match outcome {
            Outcome::HungUpByPeer if returns => {
                guest.report.path.push(Step::Returned);
                let call = guest.report.call.and_then(|call| self.calls.get(call));
                let headers = call.map(|call| call.report().hand_back().cloned().collect());
                guest.report.from_iva = headers.unwrap_or_default();
                self.go_on(now, index);
            }
            Outcome::HungUpByPeer => self.end_visit(index, VisitEnd::StayedWithThirdParty),
            Outcome::HungUp(_) | Outcome::ByeUnanswered | Outcome::Cancelled => {
                self.end_visit(index, VisitEnd::CallerHungUp);
            }
            failed => {
                guest.report.path.push(Step::TransferFailed(failed.to_string()));
                if returns {
                    self.go_on(now, index);
                } else {
                    self.end_visit(index, VisitEnd::Dropped);
                }
            }
        }
    }

    /// *Case* over what came back. `None`: nothing that says where to.
    fn route(&mut self, index: usize) -> Option<VisitEnd> {
        let report = &self.guests.get(index)?.report;
        let kind = report.from_iva("X-RouteType")?.to_owned();
        let value = report.from_iva("X-RouteValue").unwrap_or_default().to_owned();
        match kind.as_str() {
            "SkillTransfer" if self.take_agent(&value) => Some(VisitEnd::Agent(value)),
            "SkillTransfer" => {
                self.step(index, Step::Overflow(value));
                None
            }
            "PhoneTransfer" => Some(VisitEnd::Phone(value)),
            "Hangup" => Some(VisitEnd::HungUp),
            "DispositionOnly" => Some(VisitEnd::Disposition(value)),
            _ => None,
        }
    }

    /// A free agent of this skill is not free any more. Whether there was one.
    pub(super) fn take_agent(&mut self, skill: &str) -> bool {
        let known = self.config.skills.iter_mut().find(|known| known.name == skill);
        known.is_some_and(|skill| {
            let free = skill.agents > 0;
            skill.agents = skill.agents.saturating_sub(1);
            free
        })
    }

    fn step(&mut self, index: usize, step: Step) {
        if let Some(guest) = self.guests.get_mut(index) {
            guest.report.path.push(step);
        }
    }

    fn end_visit(&mut self, index: usize, end: VisitEnd) {
        let Some(guest) = self.guests.get_mut(index) else { return };
        guest.report.end = end;
        let report = Box::new(guest.report.clone());
        self.events.push_back(Event::VisitEnded { visit: index, report });
    }
}
