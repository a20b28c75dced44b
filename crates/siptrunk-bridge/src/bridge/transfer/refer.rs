//! REFER of the called side (RFC 3515): a cold transfer to a number that the routes lead to, or a warm one
//! back to Synthflow, where the caller joins whom the agent has spoken to.

use std::collections::VecDeque;
use std::time::Instant;

use siptrunk_media::Side;
use siptrunk_message::{HeaderList, Method, StatusCode, Uri};
use siptrunk_profiles::{HandBack, HandBackAction, HandBackBy, Synthflow, Trunk};
use siptrunk_transaction::{IncomingRequest, IncomingResponse, ServerTransactionId};
use siptrunk_ua::{ReferProgress, ReferTarget, Reply, RequestFailure};

use super::goal::{Goal, is_number};
use crate::bridge::call::{Call, Farewell, Stage};
use crate::bridge::route::Decision;
use crate::bridge::{Bridge, Context, map};
use crate::diagnosis::CallFailure;
use crate::event::{CallHandle, Event};
use crate::legs::{LegId, Parties};
use crate::record::{EndedBy, TransferRecord};

/// What a REFER leads to.
enum Way {
    /// A BYE with these headers to the caller's trunk, whose script goes on.
    HandBack(String, HeaderList),
    /// A leg C.
    Dial(VecDeque<Goal>, HeaderList),
}

/// Why a REFER leads nowhere.
struct Refusal {
    status: StatusCode,
    /// Where it was to lead, if that was asked of the wrong one or to the wrong place.
    to: Option<String>,
}

impl Refusal {
    const fn new(status: StatusCode) -> Self {
        Self { status, to: None }
    }

    const fn forbidden(to: String) -> Self {
        Self { status: StatusCode::FORBIDDEN, to: Some(to) }
    }
}

impl Bridge {
    /// Answers a REFER, and follows it if it may.
    pub(in crate::bridge) fn handle_refer(
        &mut self,
        now: Instant,
        leg: LegId,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
        target: &ReferTarget,
    ) {
        let Some(call) = self.by_leg.get(&leg).copied() else {
            let reply = Reply::new(StatusCode::CALL_DOES_NOT_EXIST);
            let _gone = self.legs.respond(now, transaction, reply);
            return;
        };
        match self.judge_refer(now, call, leg, request, target) {
            Err(refusal) => {
                let _gone = self.legs.respond(now, transaction, Reply::new(refusal.status));
                if let Some(to) = refusal.to {
                    self.step(now, call, |call, cx| {
                        let trunk = call.trunk_name(cx, Side::B);
                        let remark = CallFailure::ReferRefused { trunk, to };
                        // One says it; a flood would say nothing more.
                        if !call.record.remarks.contains(&remark) && call.record.remarks.len() < 16
                        {
                            call.record.remarks.push(remark);
                        }
                    });
                }
            }
            Ok(way) => {
                // The user agent tells at once that it is tried, to who wants to hear it (RFC 4488).
                let _gone = self.legs.respond(now, transaction, Reply::new(StatusCode::ACCEPTED));
                self.step(now, call, |call, cx| call.follow(cx, way, leg));
            }
        }
    }

    /// Where a REFER leads, by the profile's own pattern or else by the routes: nothing else is dialled,
    /// and no host that it names.
    fn judge_refer(
        &self,
        now: Instant,
        call: CallHandle,
        leg: LegId,
        request: &IncomingRequest,
        target: &ReferTarget,
    ) -> Result<Way, Refusal> {
        let gone = Refusal::new(StatusCode::CALL_DOES_NOT_EXIST);
        let call = self.calls.get(&call).ok_or(gone)?;
        let busy = call.transfer.is_some() || call.retired.is_some();
        if call.stage != Stage::Connected || call.side(leg) != Some(Side::B) || busy {
            // RFC 3261 21.4.27: there is one already, or it is not the time for one.
            return Err(Refusal::new(StatusCode::REQUEST_PENDING));
        }
        let bad = || Refusal::new(StatusCode::BAD_REQUEST);
        let headers = request.request().headers();
        let written = target.uri.to_string();
        let from = call.trunk_of(Side::B).ok_or_else(bad)?;
        let trunk = self.legs.trunk(from).ok_or_else(bad)?;
        let user = target.uri.user().map(String::from).unwrap_or_default();
        let replaces = target.replaces.is_some();
        if !trunk.inbound.methods.contains(&Method::REFER) || replaces || !is_number(&user) {
            return Err(Refusal::forbidden(written));
        }
        let is_join = |user: &str| {
            let digits = user.strip_prefix(Synthflow::WARM_TRANSFER);
            digits.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
        };
        if trunk.profile.is_synthflow() && is_join(&user) {
            let goals = VecDeque::from([Goal { trunk: from, number: user }]);
            return Ok(Way::Dial(goals, HeaderList::new()));
        }
        let parties = Parties { dialed: user.clone(), ..call.parties.clone() };
        let query = self.query(now, from, &parties, request.request());
        let Some(Decision::Onward(onward)) = self.router.decide(&query) else {
            return Err(Refusal::forbidden(written));
        };
        let number = onward.dial.unwrap_or(user);
        let a = self.legs.trunk(call.a.trunk).ok_or_else(bad)?;
        let home = onward.trunks.first() == Some(&call.a.trunk);
        if home && a.hand_back == HandBackBy::Bye {
            let list = hand_back(a, &number, &map::bye(a, headers).hand_back);
            return Ok(Way::HandBack(number, list.ok_or_else(bad)?));
        }
        let carried = onward.trunks.first().and_then(|trunk| self.legs.trunk(*trunk));
        let carried = carried.map(|trunk| map::in_dialog(trunk, headers)).unwrap_or_default();
        let goals = onward.trunks.into_iter().map(|trunk| Goal { trunk, number: number.clone() });
        Ok(Way::Dial(goals.collect(), carried))
    }
}

/// The headers of the BYE that sends a caller to a number: what the REFER brought itself, if it has the
/// convention's own, or else those and as much of it as the far side takes.
fn hand_back(trunk: &Trunk, number: &str, carried: &HeaderList) -> Option<HeaderList> {
    let names = &trunk.hand_back_names;
    let fields = carried.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    if HandBack::read(names, fields).is_some() {
        return Some(carried.clone());
    }
    let limit = trunk.header_policy.bye_limit.unwrap_or(usize::MAX);
    let action = HandBackAction::PhoneTransfer(number.to_owned());
    let mut list = HandBack::new(action).write(names, limit).ok()?;
    for (name, value) in carried.iter() {
        if list.len() < limit && list.get(name).is_none() {
            let _kept = list.push(name.clone(), value.clone());
        }
    }
    Some(list)
}

impl Call {
    /// Does what a REFER on this leg asks for.
    fn follow(&mut self, cx: &mut Context<'_>, way: Way, referrer: LegId) {
        match way {
            Way::Dial(goals, headers) => self.transfer(cx, goals, headers, Some(referrer)),
            Way::HandBack(number, headers) => {
                self.record.transfer = Some(TransferRecord { to: number, failure: None });
                self.note_headers(cx, &headers);
                // An error means that nobody wants to hear it.
                let _untold = cx.legs.notify_refer(cx.now, referrer, StatusCode::OK);
                let b = self.b.take();
                self.retire(cx, b);
                let mut farewell = Farewell::new(StatusCode::OK);
                farewell.to_a = headers;
                self.end(cx, EndedBy::Callee, None, farewell);
            }
        }
    }

    /// Asks the caller's trunk by REFER to send the caller on. The caller's leg is hung up once that has
    /// come about, and with a reason if it does not: no other way is tried.
    pub(super) fn refer(
        &mut self,
        cx: &mut Context<'_>,
        goals: VecDeque<Goal>,
        headers: &HeaderList,
    ) {
        let Some(Goal { trunk, number }) = goals.into_iter().next() else { return };
        self.record.transfer = Some(TransferRecord { to: number.clone(), failure: None });
        let to = cx.legs.trunk(trunk).and_then(|trunk| {
            let host = trunk.hosts.first()?;
            Some((trunk.name.clone(), Uri::sip(Some(&number), &host.host, host.port)))
        });
        let Some((trunk, to)) = to else { return self.transfer_failed(cx, CallFailure::Internal) };
        match cx.legs.refer(cx.now, self.a.id, &to, headers) {
            Ok(request) => {
                cx.referrals.insert(request, self.handle);
            }
            Err(error) => {
                let failure = CallFailure::Unreachable { trunk, why: error.to_string() };
                self.transfer_failed(cx, failure);
            }
        }
    }

    /// Whether the caller's trunk will do what a REFER asked for.
    pub(in crate::bridge) fn handle_refer_answer(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Result<&IncomingResponse, &RequestFailure>,
    ) {
        if self.stage != Stage::Returning {
            return;
        }
        let trunk = self.trunk_name(cx, Side::A);
        match outcome.map(|response| response.response().status()) {
            Ok(status) if status.is_success() => {}
            Ok(status) => self.transfer_failed(cx, CallFailure::Refused { trunk, status }),
            Err(_) => self.transfer_failed(cx, CallFailure::NoResponse { trunk }),
        }
    }

    /// How far the caller's trunk is with what a REFER asked for.
    pub(in crate::bridge) fn handle_referral(
        &mut self,
        cx: &mut Context<'_>,
        progress: ReferProgress,
    ) {
        if self.stage != Stage::Returning {
            return;
        }
        let trunk = self.trunk_name(cx, Side::A);
        match progress {
            ReferProgress::Provisional(status) => {
                cx.events.push_back(Event::TransferRings { call: self.handle, status });
            }
            ReferProgress::Final(status) if status.is_success() => {
                cx.events.push_back(Event::Transferred { call: self.handle });
                self.end(cx, EndedBy::Callee, None, Farewell::new(StatusCode::OK));
            }
            ReferProgress::Final(status) => {
                self.transfer_failed(cx, CallFailure::Refused { trunk, status });
            }
            _ => self.transfer_failed(cx, CallFailure::NoResponse { trunk }),
        }
    }
}
