//! A leg C that is to take the place of the called leg B: dialled when B hands the call back, or while
//! it still talks. The caller's leg stays up all the while; what C sends before its answer is heard.

mod goal;
mod refer;

use std::collections::VecDeque;

use siptrunk_media::Side;
use siptrunk_message::{Body, HeaderList, StatusCode};
use siptrunk_profiles::HandBackBy;
use siptrunk_transaction::{IncomingRequest, IncomingResponse};
use siptrunk_ua::Cause;

use super::call::{Call, Farewell, LegState, Stage, slot};
use super::negotiation::{Agreement, Negotiation};
use super::teardown::far_failure;
use super::{Context, body, codes, map};
use crate::diagnosis::CallFailure;
use crate::event::Event;
use crate::legs::{LegId, Outgoing};
use crate::record::{EndedBy, LegRecord, TransferRecord};
use goal::Goal;

/// How many T1 it takes at most until a NOTIFY is there: a first copy may be lost.
const TOLD_IN: u32 = 4;

/// What is to take the place of leg B.
#[derive(Debug)]
pub(super) struct Transfer {
    attempt: Option<Attempt>,
    /// What is dialled if that fails.
    next: VecDeque<Goal>,
    /// What goes on the INVITE beside the parties.
    headers: HeaderList,
    /// Who asked for it by REFER.
    referrer: Option<LegId>,
}

/// A leg C that is being dialled.
#[derive(Debug)]
struct Attempt {
    leg: LegState,
    negotiation: Negotiation,
    /// What it agreed to already, by a provisional response.
    early: Option<Agreement>,
}

impl Transfer {
    /// Leg C.
    pub(super) fn leg(&self) -> Option<LegState> {
        self.attempt.as_ref().map(|attempt| attempt.leg)
    }
}

impl Call {
    /// Leg B is over with this BYE: whether the call goes on with another leg, as the caller's trunk
    /// wants hand-backs.
    pub(super) fn goes_on(&mut self, cx: &mut Context<'_>, bye: &IncomingRequest) -> bool {
        let from = self.trunk_name(cx, Side::B);
        let Some(trunk) = cx.legs.trunk(self.a.trunk) else { return false };
        let by = trunk.hand_back;
        let headers = bye.request().headers();
        match goal::of_hand_back(&from, trunk, self.a.trunk, headers) {
            Ok(goals) if goals.is_empty() => false,
            Ok(goals) => {
                let carried = map::bye(trunk, headers);
                self.note_hand_back(cx, &carried);
                self.stage = Stage::Returning;
                self.stage_deadline = cx.now.checked_add(cx.settings.ringing);
                if by == HandBackBy::Refer {
                    self.refer(cx, goals, &carried.hand_back);
                } else {
                    self.transfer(cx, goals, carried.hand_back, None);
                }
                true
            }
            Err(remark) => {
                self.record.remarks.push(remark);
                false
            }
        }
    }

    /// Begins to look for a leg C.
    pub(super) fn transfer(
        &mut self,
        cx: &mut Context<'_>,
        goals: VecDeque<Goal>,
        headers: HeaderList,
        referrer: Option<LegId>,
    ) {
        self.transfer = Some(Transfer { attempt: None, next: goals, headers, referrer });
        self.dial_successor(cx, None);
    }

    /// Dials the next goal, or tells why the last one failed.
    fn dial_successor(&mut self, cx: &mut Context<'_>, last: Option<CallFailure>) {
        let mut last = last.unwrap_or(CallFailure::Internal);
        loop {
            let goal = self.transfer.as_mut().and_then(|transfer| {
                transfer.attempt = None;
                transfer.next.pop_front()
            });
            let Some(goal) = goal else { return self.transfer_failed(cx, last) };
            match self.try_successor(cx, &goal) {
                Ok(attempt) => {
                    if let Some(transfer) = self.transfer.as_mut() {
                        transfer.attempt = Some(attempt);
                    }
                    return;
                }
                Err(failure) => last = failure,
            }
        }
    }

    fn try_successor(&mut self, cx: &mut Context<'_>, goal: &Goal) -> Result<Attempt, CallFailure> {
        let trunk = cx.legs.trunk(goal.trunk).ok_or(CallFailure::Internal)?;
        let name = trunk.name.clone();
        let record = LegRecord { trunk: name.clone(), ..LegRecord::default() };
        self.record.c = Some(record);
        self.record.transfer = Some(TransferRecord { to: goal.number.clone(), failure: None });
        let current = self.negotiation.as_ref().ok_or(CallFailure::Internal)?;
        let (negotiation, offer) = current
            .successor(&trunk.codecs, cx.rng.u64() >> 2)
            .map_err(|error| CallFailure::UnacceptableMedia { why: error.to_string() })?;
        let mut parties = self.parties.clone();
        parties.dialed.clone_from(&goal.number);
        let mut outgoing = Outgoing::new(goal.trunk, parties);
        outgoing.body = Some(Body::sdp(offer.to_bytes()));
        outgoing.max_forwards = self.hops;
        if let Some(transfer) = &self.transfer {
            outgoing.headers = transfer.headers.clone();
        }
        let from = cx.legs.trunk(self.a.trunk).ok_or(CallFailure::Internal)?;
        map::caller(from, trunk, &self.parties, &self.said).show(&mut outgoing);
        let id = cx.legs.dial(cx.now, outgoing)?;
        let call_id = cx.legs.call_id(id).unwrap_or_default();
        if let Some(record) = self.record.c.as_mut() {
            record.call_id.clone_from(&call_id);
        }
        cx.events.push_back(Event::Dialled { call: self.handle, to: name, call_id });
        let leg = LegState::new(id, goal.trunk);
        Ok(Attempt { leg, negotiation, early: None })
    }

    /// Leg C answered provisionally. What it sends is for a caller who hears nobody else.
    pub(super) fn successor_rings(&mut self, cx: &mut Context<'_>, response: &IncomingResponse) {
        let alone = self.stage == Stage::Returning;
        let limits = cx.legs.limits();
        let Some(attempt) = self.transfer.as_mut().and_then(|it| it.attempt.as_mut()) else {
            return;
        };
        if let Some(Ok(answer)) = body::of_response(response.response(), limits)
            && let Ok(agreement) = attempt.negotiation.succeed(&answer)
        {
            if alone {
                self.peers[slot(Side::B)] = Some(response.remote());
                self.apply(cx, &agreement);
            }
            if let Some(attempt) = self.transfer.as_mut().and_then(|it| it.attempt.as_mut()) {
                attempt.early = Some(agreement);
            }
        }
        let status = response.response().status();
        self.tell_referrer(cx, status);
        cx.events.push_back(Event::TransferRings { call: self.handle, status });
    }

    /// Leg C answered with a 2xx: it takes the place of B, which is hung up if it still talks.
    pub(super) fn successor_answers(&mut self, cx: &mut Context<'_>, response: &IncomingResponse) {
        let Some(mut attempt) = self.transfer.as_mut().and_then(|it| it.attempt.take()) else {
            return;
        };
        attempt.leg.answered = true;
        if let Some(record) = self.record.c.as_mut() {
            record.status = Some(response.response().status());
        }
        let going = matches!(self.stage, Stage::Connected | Stage::Returning);
        let agreement = match body::of_response(response.response(), cx.legs.limits()) {
            // It crossed our CANCEL: the user agent ends it.
            _ if !going => Err(String::from("the call is over")),
            None => attempt
                .early
                .take()
                .ok_or_else(|| String::from("the 200 carries no session description")),
            Some(Err(why)) => Err(why),
            Some(Ok(answer)) => {
                attempt.negotiation.succeed(&answer).map_err(|error| error.to_string())
            }
        };
        let agreement = match agreement {
            Ok(agreement) => agreement,
            Err(why) => {
                let farewell = Farewell::new(StatusCode::NOT_ACCEPTABLE_HERE)
                    .because(&codes::reason(StatusCode::NOT_ACCEPTABLE_HERE));
                // An error means that it ended in the same step: its event is under way.
                let _ended = cx.legs.bye(cx.now, attempt.leg.id, farewell.to_b);
                if let Some(transfer) = self.transfer.as_mut() {
                    transfer.attempt = Some(attempt);
                }
                if going {
                    self.transfer_failed(cx, CallFailure::UnacceptableMedia { why });
                }
                return;
            }
        };
        self.tell_referrer(cx, StatusCode::OK);
        let before = self.b.replace(attempt.leg);
        self.negotiation = Some(attempt.negotiation);
        self.peers[slot(Side::B)] = Some(response.remote());
        self.transfer = None;
        self.stage = Stage::Connected;
        let answered = self.record.answered_after.unwrap_or_default();
        self.stage_deadline = answered
            .checked_add(cx.settings.max_duration)
            .and_then(|longest| self.started.checked_add(longest));
        self.apply(cx, &agreement);
        cx.events.push_back(Event::Transferred { call: self.handle });
        self.retire(cx, before);
    }

    /// Lets a leg go that asked for a transfer. It is told first that it came about; most hang up then.
    fn retire(&mut self, cx: &Context<'_>, leg: Option<LegState>) {
        if let Some(leg) = leg.filter(|leg| leg.open) {
            self.retired = Some(leg);
            self.retired_until = cx.now.checked_add(TOLD_IN * cx.settings.t1);
        }
    }

    /// Hangs up a leg that was let go and did not hang up itself.
    pub(super) fn hang_up_retired(&mut self, cx: &mut Context<'_>) {
        if self.retired_until.is_none_or(|until| until > cx.now) {
            return;
        }
        self.retired_until = None;
        if let Some(leg) = self.retired.filter(|leg| leg.open) {
            let _ended = cx.legs.bye(cx.now, leg.id, HeaderList::new());
        }
    }

    /// A leg is over that is neither the caller's nor the one he talks to.
    pub(super) fn other_leg_ended(&mut self, cx: &mut Context<'_>, leg: LegId, cause: Cause) {
        if let Some(retired) = self.retired.as_mut().filter(|retired| retired.id == leg) {
            retired.open = false;
            self.retired_until = None;
            if self.stage == Stage::Closing {
                self.settle(cx);
            } else {
                self.retired = None;
            }
            return;
        }
        let Some(attempt) = self.transfer.as_mut().and_then(|it| it.attempt.as_mut()) else {
            return;
        };
        attempt.leg.open = false;
        if self.stage == Stage::Closing {
            return self.settle(cx);
        }
        let trunk = attempt.leg.trunk;
        let trunk = cx.legs.trunk(trunk).map(|trunk| trunk.name.clone()).unwrap_or_default();
        let (failure, _) = far_failure(trunk, cause, self.record.c.as_mut());
        self.dial_successor(cx, Some(failure));
    }

    /// Leg B is gone before what it asked for has come about: the caller waits for that alone.
    pub(super) fn waits_on(&mut self, cx: &Context<'_>) -> bool {
        if self.transfer.is_none() {
            return false;
        }
        self.stage = Stage::Returning;
        self.stage_deadline = cx.now.checked_add(cx.settings.ringing);
        true
    }

    /// Tells whoever asked for the transfer how it goes.
    fn tell_referrer(&self, cx: &mut Context<'_>, status: StatusCode) {
        if let Some(referrer) = self.transfer.as_ref().and_then(|it| it.referrer) {
            // An error means that nobody is there any more who wants to hear it.
            let _untold = cx.legs.notify_refer(cx.now, referrer, status);
        }
    }

    /// Nobody answered a call that was handed back.
    pub(super) fn transfer_expired(&mut self, cx: &mut Context<'_>) {
        let leg = self.transfer.as_ref().and_then(Transfer::leg);
        let trunk = leg.map_or(self.a.trunk, |leg| leg.trunk);
        let trunk = cx.legs.trunk(trunk);
        let trunk = trunk.map(|trunk| trunk.name.clone()).unwrap_or_default();
        self.transfer_failed(cx, CallFailure::NoAnswer { trunk });
    }

    /// Nothing can take the place of B. If B is gone, the caller is told why.
    pub(super) fn transfer_failed(&mut self, cx: &mut Context<'_>, failure: CallFailure) {
        let to = self.record.transfer.as_ref().map(|it| it.to.clone()).unwrap_or_default();
        if let Some(record) = self.record.transfer.as_mut() {
            record.failure = Some(failure.clone());
        }
        let failed = CallFailure::TransferFailed { to, cause: Box::new(failure) };
        cx.events.push_back(Event::TransferFailed { call: self.handle, failure: failed.clone() });
        let status = failed.sip_code().and_then(StatusCode::new);
        let status = status.unwrap_or(StatusCode::TEMPORARILY_UNAVAILABLE);
        if self.stage == Stage::Returning {
            let farewell = Farewell::new(status).because(&codes::reason(status));
            self.end(cx, EndedBy::Gateway, Some(failed), farewell);
            return;
        }
        self.tell_referrer(cx, status);
        if self.transfer.as_ref().and_then(Transfer::leg).is_none_or(|leg| !leg.open) {
            self.transfer = None;
        }
    }

    /// The call ends: so does what is being dialled for it.
    pub(super) fn abandon_transfer(&mut self, cx: &mut Context<'_>, headers: &HeaderList) {
        let Some(leg) = self.transfer.as_ref().and_then(Transfer::leg).filter(|leg| leg.open)
        else {
            return;
        };
        // An error means that it ended in the same step: its event is under way.
        let _ended = if leg.answered {
            cx.legs.bye(cx.now, leg.id, headers.clone())
        } else {
            cx.legs.cancel(cx.now, leg.id, headers.clone())
        };
    }

    /// What a BYE brought, for record and application.
    pub(super) fn note_hand_back(&mut self, cx: &mut Context<'_>, carried: &map::ByeHeaders) {
        if !carried.hand_back.is_empty() {
            self.record.left_behind.clone_from(&carried.left_behind);
            self.remark_cut(cx, &carried.left_behind);
            self.note_headers(cx, &carried.hand_back);
        }
    }

    /// The headers that hand the call back.
    fn note_headers(&mut self, cx: &mut Context<'_>, headers: &HeaderList) {
        self.record.hand_back = headers.clone();
        cx.events.push_back(Event::HandBack {
            call: self.handle,
            headers: headers.clone(),
            left_behind: self.record.left_behind.clone(),
        });
    }
}
