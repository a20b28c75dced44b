//! The application's own decision on a call: asked for, awaited for a while, and done without.
//!
//! Until it is there, the INVITE is no call yet: no ports are open, and only its leg lives.

use std::collections::BTreeMap;
use std::time::Instant;

use siptrunk_message::StatusCode;
use siptrunk_profiles::Route;
use siptrunk_transaction::{IncomingRequest, QuestionId};
use siptrunk_ua::Cause;

use super::admission::{Plan, Refusal};
use super::call::Farewell;
use super::route::Decision;
use super::{Bridge, body};
use crate::diagnosis::CallFailure;
use crate::legs::{LegId, Parties, TrunkId};
use crate::question::Question;

/// An INVITE on which the application is to decide.
#[derive(Debug)]
struct Undecided {
    leg: LegId,
    trunk: TrunkId,
    parties: Parties,
    invite: Box<IncomingRequest>,
    /// What the routes say, if the application says nothing.
    plan: Result<Plan, Box<Refusal>>,
    deadline: Instant,
}

/// All INVITEs on which the application is to decide.
#[derive(Debug, Default)]
pub(super) struct Deciding {
    /// Asked one after the other with the same patience: the first is the first to expire.
    asked: BTreeMap<QuestionId, Undecided>,
    by_leg: BTreeMap<LegId, QuestionId>,
}

impl Deciding {
    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.asked.first_key_value().map(|(_, undecided)| undecided.deadline)
    }

    fn take(&mut self, id: QuestionId) -> Option<Undecided> {
        let undecided = self.asked.remove(&id)?;
        self.by_leg.remove(&undecided.leg);
        Some(undecided)
    }
}

impl Bridge {
    /// Asks the application what becomes of an INVITE, if it wants to be asked and routes have a say; else
    /// does what they say.
    pub(super) fn ask_or_go(
        &mut self,
        now: Instant,
        leg: LegId,
        trunk: TrunkId,
        parties: Parties,
        invite: Box<IncomingRequest>,
        plan: Result<Plan, Box<Refusal>>,
    ) {
        let deadline = self.settings.decide.and_then(|wait| now.checked_add(wait));
        let (Some(deadline), true) = (deadline, routes_decide(&plan)) else {
            return self.go(now, leg, trunk, &parties, invite, plan);
        };
        let request = invite.request();
        let query = self.query(now, trunk, &parties, request);
        let explanation = self.explain_plan(&query, request, plan.as_ref().map_err(AsRef::as_ref));
        let question = Question::Decide {
            invite: Box::new(request.clone()),
            explanation: Box::new(explanation),
        };
        let id = self.legs.next_question_id();
        self.questions.push_back((id, question));
        self.deciding.by_leg.insert(leg, id);
        let undecided = Undecided { leg, trunk, parties, invite, plan, deadline };
        self.deciding.asked.insert(id, undecided);
    }

    /// The application's answer: a route, or none to do what the configuration says. One that comes late
    /// or twice finds no INVITE any more.
    pub(super) fn decided(&mut self, now: Instant, id: QuestionId, route: Option<&Route>) {
        let Some(undecided) = self.deciding.take(id) else { return };
        let Undecided { leg, trunk, parties, invite, mut plan, .. } = undecided;
        if let Some(route) = route {
            plan = match self.router.decide_by(route, &parties.dialed) {
                Some(Decision::Onward(onward)) => {
                    // A body that cannot be read was refused before anybody was asked.
                    let offer = body::of_request(invite.request(), self.legs.limits());
                    Ok(Plan { offer: offer.and_then(Result::ok), onward })
                }
                decision => Err(self.refusal(trunk, &parties, decision)),
            };
        }
        self.go(now, leg, trunk, &parties, invite, plan);
    }

    /// Does without the decisions that did not come in time.
    pub(super) fn decide_what_expired(&mut self, now: Instant) {
        while let Some((id, undecided)) = self.deciding.asked.first_key_value()
            && undecided.deadline <= now
        {
            let id = *id;
            self.decided(now, id, None);
        }
    }

    /// A caller gave up before it was decided. Whether the leg was such a one.
    pub(super) fn undecided_ended(&mut self, now: Instant, leg: LegId, cause: &Cause) -> bool {
        let id = self.deciding.by_leg.get(&leg).copied();
        let Some(undecided) = id.and_then(|id| self.deciding.take(id)) else { return false };
        let call_id = undecided.invite.essentials().call_id().to_owned();
        let (failure, status) = match cause {
            Cause::Cancelled(_) => (CallFailure::Cancelled, StatusCode::REQUEST_TERMINATED),
            _ => (CallFailure::PreparationExpired, StatusCode::SERVER_INTERNAL_ERROR),
        };
        let name = self.trunk_name(undecided.trunk);
        self.record_refusal(now, name, call_id, &undecided.parties, failure, Some(status));
        self.tell_drained();
        true
    }

    /// Refuses what was not decided yet: the gateway stops.
    pub(super) fn refuse_undecided(&mut self, now: Instant) {
        while let Some((id, _)) = self.deciding.asked.first_key_value() {
            let id = *id;
            let Some(undecided) = self.deciding.take(id) else { return };
            let farewell = Farewell::new(StatusCode::SERVICE_UNAVAILABLE);
            let refusal = Refusal::new(CallFailure::Draining, farewell);
            let Undecided { leg, trunk, parties, invite, .. } = undecided;
            self.go(now, leg, trunk, &parties, invite, Err(refusal));
        }
    }
}

/// Whether the routes had a say in this: an INVITE that cannot become a call is nobody's decision.
fn routes_decide(plan: &Result<Plan, Box<Refusal>>) -> bool {
    match plan {
        Ok(_) => true,
        Err(refusal) => matches!(
            refusal.failure,
            CallFailure::NoRoute { .. } | CallFailure::RejectedByRoute { .. }
        ),
    }
}
