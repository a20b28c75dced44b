//! One call of the Five9 end over its trunk: who makes it, and when what happens by itself.

use std::time::{Duration, Instant};

use super::{CallPlan, CallReport, Ending, Reached};
use crate::scripted::{Leg, Line, Outcome, Reply};

/// Who makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A plan of the test.
    Dialed,
    /// The caller of this visit.
    Visitor(usize),
    /// The other end, to somebody here.
    Incoming(Reached, Pickup),
    /// The other end, and it was refused at once.
    Refused,
}

/// What somebody who is called does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pickup {
    After(Duration),
    Never,
    Refuses(u16),
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) plan: CallPlan,
    pub(super) role: Role,
    pub(super) leg: Option<Leg>,
    /// When somebody does something by itself.
    act_at: Option<Instant>,
    /// It is over without an INVITE: why.
    not_sent: Option<Outcome>,
    /// The customer's own number, which can be dialled by mistake.
    pub(super) customer_number: String,
    pub(super) refer_to: Option<String>,
}

impl Call {
    /// A call that begins at its time.
    pub(super) fn planned(now: Instant, plan: CallPlan, role: Role) -> Self {
        Self { act_at: Some(now + plan.start), ..Self::new(plan, role) }
    }

    /// A call of the other end.
    pub(super) fn incoming(plan: CallPlan, role: Role, leg: Leg) -> Self {
        Self { leg: Some(leg), ..Self::new(plan, role) }
    }

    fn new(plan: CallPlan, role: Role) -> Self {
        Self {
            plan,
            role,
            leg: None,
            act_at: None,
            not_sent: None,
            customer_number: "+18005550100".into(),
            refer_to: None,
        }
    }

    pub(super) fn report(&self) -> CallReport {
        let reached = match &self.role {
            Role::Incoming(reached, _) => Some(reached.clone()),
            _ => None,
        };
        let Some(leg) = &self.leg else {
            let outcome = self.not_sent.clone().unwrap_or_default();
            return CallReport { dialed: self.plan.dialed.clone(), outcome, ..Default::default() };
        };
        let record = leg.report();
        let digits = record.digits();
        let dialed = if record.dialed.is_empty() { &self.plan.dialed } else { &record.dialed };
        CallReport {
            dialed: dialed.clone(),
            call_id: record.call_id,
            reached,
            received: record.received,
            statuses: record.statuses,
            status: record.status,
            invite_headers: record.invite_headers,
            bye_headers: record.bye_headers,
            refer_to: self.refer_to.clone(),
            digits,
            audio: record.audio,
            outcome: record.outcome,
        }
    }

    pub(super) fn call_id(&self) -> &str {
        self.leg.as_ref().map_or("", |leg| &leg.record.call_id)
    }

    pub(super) fn is_over(&self) -> bool {
        self.not_sent.is_some() || self.leg.as_ref().is_some_and(Leg::is_over)
    }

    /// Whether an INVITE is out and the call is not over.
    pub(super) fn is_up(&self) -> bool {
        self.leg.as_ref().is_some_and(|leg| !leg.is_over())
    }

    pub(super) fn is_planned(&self) -> bool {
        self.leg.is_none() && self.not_sent.is_none()
    }

    /// It is over without an INVITE.
    pub(super) fn fail(&mut self, outcome: Outcome) {
        self.act_at = None;
        self.not_sent = Some(outcome);
    }

    pub(super) fn begin(&mut self, leg: Leg) {
        self.act_at = None;
        self.leg = Some(leg);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let leg = self.leg.as_ref().and_then(Leg::poll_timeout);
        self.act_at.into_iter().chain(leg).min()
    }

    /// Whether something is due that the call does by itself.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        self.act_at.take_if(|at| *at <= now).is_some()
    }

    /// Does what is due: gives up ringing, answers, hangs up.
    pub(super) fn act(&mut self, now: Instant, line: &mut Line) {
        let Some(leg) = &mut self.leg else { return };
        match (&self.role, leg.is_ringing()) {
            (Role::Incoming(_, Pickup::Refuses(code)), true) => {
                leg.refuse(now, &Reply::new(*code), line);
            }
            (Role::Incoming(..), true) => leg.accept(now, line),
            (_, true) => leg.cancel(now, line),
            (_, false) => leg.hang_up(now, &[], line),
        }
    }

    /// The first provisional response came: the caller's patience begins.
    pub(super) fn rings(&mut self, now: Instant) {
        let ring = match self.plan.ending {
            Ending::Cancel(after) => after.min(self.plan.ring),
            Ending::Wait | Ending::HangUp(_) => self.plan.ring,
        };
        self.act_at.get_or_insert(now + ring);
    }

    /// Somebody here is called.
    pub(super) fn is_called(&mut self, now: Instant) {
        self.act_at = match self.role {
            Role::Incoming(_, Pickup::After(ring)) => Some(now + ring),
            Role::Incoming(_, Pickup::Refuses(_)) => Some(now),
            _ => None,
        };
    }

    /// The talk begins.
    pub(super) fn talks(&mut self, now: Instant) {
        let talk = match self.plan.ending {
            Ending::HangUp(after) => after.min(self.plan.longest),
            Ending::Wait | Ending::Cancel(_) => self.plan.longest,
        };
        self.act_at = Some(now + talk);
    }

    pub(super) fn rests(&mut self) {
        self.act_at = None;
    }
}
