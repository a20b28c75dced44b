//! One call of the Synthflow end: whose it is, and when what happens by itself.

use std::time::{Duration, Instant};

use super::{CallReport, Ending, OutboundCall, SynthflowConfig};
use crate::scripted::{CallMedia, Leg, Outcome};

/// How long the last packets of the other end may still take once all is heard and said.
const LINGER: Duration = Duration::from_millis(200);

/// Whose call it is.
#[derive(Clone, Debug)]
pub(super) enum Role {
    /// The other end called a number: it is answered, or refused with a status.
    Inbound(Result<(), u16>),
    /// An agent calls.
    Outbound(OutboundCall),
    /// The agent asks a person to take over that call.
    Person(usize),
    /// The caller of a warm transfer comes back, to be joined with the person of that call.
    Joined(usize),
    /// It was refused at once.
    Refused,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) role: Role,
    pub(super) leg: Option<Leg>,
    pub(super) act_at: Option<Instant>,
    /// The audio was judged: all was heard and said, or it took too long.
    judged: bool,
    let_go: bool,
    /// It is over without an INVITE: why.
    not_sent: Option<Outcome>,
    pub(super) unmet: Vec<String>,
    pub(super) transfer: Vec<u16>,
    /// The user that a warm transfer's caller will dial.
    pub(super) join: Option<String>,
    /// The call whose packets are passed to this one, and the other way round.
    pub(super) joined: Option<usize>,
}

impl Call {
    pub(super) fn incoming(role: Role, leg: Leg) -> Self {
        Self { leg: Some(leg), ..Self::new(role) }
    }

    pub(super) fn outbound(now: Instant, plan: OutboundCall) -> Self {
        let act_at = Some(now + plan.start);
        Self { act_at, ..Self::new(Role::Outbound(plan)) }
    }

    /// A call to a person who is to take over that call.
    pub(super) fn person(first: usize) -> Self {
        Self::new(Role::Person(first))
    }

    fn new(role: Role) -> Self {
        Self {
            role,
            leg: None,
            act_at: None,
            judged: false,
            let_go: false,
            not_sent: None,
            unmet: Vec::new(),
            transfer: Vec::new(),
            join: None,
            joined: None,
        }
    }

    pub(super) fn begin(&mut self, leg: Leg) {
        self.act_at = None;
        self.leg = Some(leg);
    }

    pub(super) fn fail(&mut self, outcome: Outcome) {
        self.act_at = None;
        self.not_sent = Some(outcome);
    }

    pub(super) fn report(&self) -> CallReport {
        let Some(leg) = &self.leg else {
            let outcome = self.not_sent.clone().unwrap_or_default();
            let dialed = match &self.role {
                Role::Outbound(plan) => plan.to.clone(),
                _ => String::new(),
            };
            return CallReport { dialed, outcome, ..CallReport::default() };
        };
        let record = leg.report();
        let digits = record.digits();
        CallReport {
            call_id: record.call_id,
            dialed: record.dialed,
            received: record.received,
            headers: record.invite_headers,
            unmet: self.unmet.clone(),
            status: record.status,
            statuses: record.statuses,
            transfer: self.transfer.clone(),
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

    pub(super) fn is_up(&self) -> bool {
        self.leg.as_ref().is_some_and(|leg| !leg.is_over())
    }

    pub(super) fn is_planned(&self) -> bool {
        self.leg.is_none() && self.not_sent.is_none()
    }

    pub(super) fn media(&self) -> Option<&CallMedia> {
        self.leg.as_ref().and_then(|leg| leg.media.as_ref())
    }

    pub(super) fn media_mut(&mut self) -> Option<&mut CallMedia> {
        self.leg.as_mut().and_then(|leg| leg.media.as_mut())
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let leg = self.leg.as_ref().and_then(Leg::poll_timeout);
        self.act_at.into_iter().chain(leg).min()
    }

    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        self.act_at.take_if(|at| *at <= now).is_some()
    }

    /// What the agent does with this call at its end.
    pub(super) fn ending<'a>(&'a self, config: &'a SynthflowConfig) -> &'a Ending {
        match &self.role {
            Role::Outbound(plan) => &plan.ending,
            Role::Inbound(_) => &config.ending,
            Role::Person(_) | Role::Joined(_) | Role::Refused => &Ending::Wait,
        }
    }

    /// The talk begins.
    pub(super) fn talks(&mut self, now: Instant, config: &SynthflowConfig) {
        let waits = *self.ending(config) == Ending::Wait;
        self.act_at = (!waits).then_some(now + config.talk);
    }

    /// The agent lets go of the call, and waits until then for what comes of it. Whether it has done so
    /// before.
    pub(super) fn lets_go(&mut self, until: Instant) -> bool {
        self.judged = true;
        self.act_at = Some(until);
        std::mem::replace(&mut self.let_go, true)
    }

    /// The number that the other end called.
    pub(super) fn dialed(&self) -> String {
        self.leg.as_ref().map(|leg| leg.record.dialed.clone()).unwrap_or_default()
    }

    /// All said and all heard: the last packets of ours may still be on their way.
    pub(super) fn judge_audio(&mut self, now: Instant) {
        let talking = self.leg.as_ref().is_some_and(Leg::is_talking);
        let complete = self.media().is_some_and(CallMedia::complete);
        if talking && complete && !self.judged && self.act_at.is_some() {
            self.judged = true;
            self.act_at = Some(now + LINGER);
        }
    }
}
