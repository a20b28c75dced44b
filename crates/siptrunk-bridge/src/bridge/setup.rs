//! The way up of a call: dialling, ringing, answering, and the next trunk when one fails.

use siptrunk_media::Side;
use siptrunk_message::{Body, HeaderName, Method, StatusCode};
use siptrunk_transaction::{IncomingRequest, IncomingResponse};
use siptrunk_ua::{Reply, UaError};

use super::call::{Call, Farewell, LegState, Stage, slot};
use super::codes::{self, FarFailure};
use super::negotiation::Negotiation;
use super::{Context, body, map};
use crate::diagnosis::CallFailure;
use crate::event::Event;
use crate::legs::{LegId, Outgoing, TrunkId};
use crate::record::{EndedBy, LegRecord};

impl Call {
    /// Dials the next trunk of the route, or ends the call if none is left.
    pub(super) fn dial_next(&mut self, cx: &mut Context<'_>) {
        while let Some(trunk) = self.next.pop_front() {
            match self.dial_in_turn(cx, trunk) {
                Ok(()) => return,
                Err((failure, far)) => {
                    self.all_unreachable &= far == FarFailure::Unreachable;
                    if matches!(failure, CallFailure::TrunkFull { .. }) && !self.overflow.is_empty()
                    {
                        self.next = std::mem::take(&mut self.overflow).into();
                    }
                    if self.next.is_empty() {
                        return self.give_up(cx, failure, far);
                    }
                    // A full trunk, or one that cannot be dialled at all: the next one may do.
                }
            }
        }
    }

    /// Dials a trunk, or waits for its turn first.
    fn dial_in_turn(
        &mut self,
        cx: &mut Context<'_>,
        trunk: TrunkId,
    ) -> Result<(), (CallFailure, FarFailure)> {
        if self.turn.take() != Some(trunk) {
            let turn = cx.legs.turn(cx.now, trunk);
            if let Some(at) = turn.map_err(|failure| (failure, FarFailure::Unreachable))? {
                self.next.push_front(trunk);
                self.turn = Some(trunk);
                self.stage = Stage::Preparing;
                self.stage_deadline = Some(at);
                return Ok(());
            }
        }
        self.dial(cx, trunk)
    }

    fn dial(
        &mut self,
        cx: &mut Context<'_>,
        trunk_id: TrunkId,
    ) -> Result<(), (CallFailure, FarFailure)> {
        let internal =
            || (CallFailure::Internal, FarFailure::Status(StatusCode::SERVER_INTERNAL_ERROR));
        let ports = self.ports.ok_or_else(internal)?;
        let trunk = cx.legs.trunk(trunk_id).ok_or_else(internal)?;
        let mut parties = self.parties.clone();
        if let Some(dial) = &self.dial {
            parties.dialed.clone_from(dial);
        }
        let mut outgoing = Outgoing::new(trunk_id, parties);
        if let Some(offer) = &self.offer {
            let (negotiation, description) =
                Negotiation::offer(ports, Side::A, offer.clone(), &trunk.codecs, self.ids)
                    .map_err(|error| {
                        let failure = CallFailure::UnacceptableMedia { why: error.to_string() };
                        (failure, FarFailure::Status(StatusCode::NOT_ACCEPTABLE_HERE))
                    })?;
            self.negotiation = Some(negotiation);
            outgoing.body = Some(Body::sdp(description.to_bytes()));
        }
        let from = cx.legs.trunk(self.a.trunk).ok_or_else(internal)?;
        let invite = self.invite.as_ref().ok_or_else(internal)?;
        let mut mapped =
            map::invite(from, trunk, &self.parties, invite.request().headers(), &self.said);
        mapped.change(&self.changes);
        outgoing.headers = mapped.headers;
        mapped.caller.show(&mut outgoing);
        let dropped = map::dropped_names(trunk, &outgoing.headers);
        if !dropped.is_empty() {
            let trunk = trunk.name.clone();
            self.record.remarks.push(CallFailure::ContextDropped { trunk, names: dropped });
        }
        outgoing.max_forwards = self.hops;
        let name = trunk.name.clone();
        let full = trunk.full.status();
        let leg = cx.legs.dial(cx.now, outgoing).map_err(|failure| {
            let far = match failure {
                CallFailure::TrunkFull { .. } => FarFailure::Status(full),
                CallFailure::Loop { .. } => FarFailure::Status(StatusCode::LOOP_DETECTED),
                _ => FarFailure::Unreachable,
            };
            (failure, far)
        })?;
        self.b = Some(LegState::new(leg, trunk_id));
        self.stage = Stage::Dialling;
        self.stage_deadline = cx.now.checked_add(cx.settings.ringing);
        let call_id = cx.legs.call_id(leg).unwrap_or_default();
        self.record.b = Some(LegRecord {
            trunk: name.clone(),
            call_id: call_id.clone(),
            ..LegRecord::default()
        });
        cx.events.push_back(Event::Dialled { call: self.handle, to: name, call_id });
        Ok(())
    }

    /// Leg B answered provisionally.
    pub(super) fn handle_provisional(
        &mut self,
        cx: &mut Context<'_>,
        leg: LegId,
        response: &IncomingResponse,
    ) {
        if self.side(leg).is_none() {
            return self.successor_rings(cx, response);
        }
        if self.stage != Stage::Dialling {
            return;
        }
        self.rang = true;
        self.peers[slot(Side::B)] = Some(response.remote());
        let response = response.response();
        let mut reply = Reply::new(response.status());
        reply.contact_user = Some(self.parties.dialed.clone());
        if let (Some(negotiation), Some(Ok(answer))) =
            (self.negotiation.as_mut(), body::of_response(response, cx.legs.limits()))
            && let Ok(agreement) = negotiation.answer(&answer)
        {
            reply.body = Some(Body::sdp(agreement.description.to_bytes()));
            self.apply(cx, &agreement);
        }
        if let Some(a) = cx.legs.trunk(self.a.trunk) {
            reply.headers = map::response(a, response.headers());
        }
        let status = reply.status;
        if cx.legs.answer(cx.now, self.a.id, reply).is_ok() {
            let since = cx.now.saturating_duration_since(self.started);
            self.record.rang_after.get_or_insert(since);
            cx.events.push_back(Event::Ringing { call: self.handle, status });
        }
    }

    /// Leg B answered with a 2xx.
    pub(super) fn handle_answered(
        &mut self,
        cx: &mut Context<'_>,
        leg: LegId,
        response: &IncomingResponse,
    ) {
        if self.side(leg).is_none() {
            return self.successor_answers(cx, response);
        }
        let Some(b) = self.b.as_mut() else { return };
        b.answered = true;
        self.peers[slot(Side::B)] = Some(response.remote());
        let response = response.response();
        if let Some(record) = self.record.b.as_mut() {
            record.status = Some(response.status());
        }
        if self.stage != Stage::Dialling {
            // It crossed our CANCEL: the user agent ends it.
            return;
        }
        let body = match self.answer_for_a(cx, response) {
            Ok(body) => body,
            Err(why) => {
                let farewell = Farewell::new(StatusCode::SERVER_INTERNAL_ERROR)
                    .with(HeaderName::WARNING, &warning(&why))
                    .because(&codes::reason(StatusCode::NOT_ACCEPTABLE_HERE));
                let failure = CallFailure::UnacceptableMedia { why };
                return self.end(cx, EndedBy::Gateway, Some(failure), farewell);
            }
        };
        let mut reply = Reply::new(StatusCode::OK);
        reply.body = Some(body);
        reply.contact_user = Some(self.parties.dialed.clone());
        if let Some(a) = cx.legs.trunk(self.a.trunk) {
            reply.headers = map::response(a, response.headers());
        }
        match cx.legs.answer(cx.now, self.a.id, reply) {
            Ok(()) => {}
            // Leg A ended in the same step; its event ends B.
            Err(UaError::UnknownSession) => return,
            Err(_) => {
                let farewell = Farewell::new(StatusCode::SERVER_INTERNAL_ERROR);
                return self.end(cx, EndedBy::Gateway, Some(CallFailure::Internal), farewell);
            }
        }
        self.a.answered = true;
        self.remark_digits(cx);
        self.invite = None;
        self.record.a.status = Some(StatusCode::OK);
        self.record.answered_after = Some(cx.now.saturating_duration_since(self.started));
        self.stage = Stage::Connected;
        self.stage_deadline = cx.now.checked_add(cx.settings.max_duration);
        cx.events.push_back(Event::Answered { call: self.handle });
    }

    /// The body of the 2xx for leg A: B's answer, or B's offer if A made none.
    fn answer_for_a(
        &mut self,
        cx: &mut Context<'_>,
        response: &siptrunk_message::Response,
    ) -> Result<Body, String> {
        let remote = match body::of_response(response, cx.legs.limits()) {
            None => {
                // Not as RFC 3261 13.2.1 has it, but said before: the answer of a 183 stands.
                let answered = self.negotiation.as_ref().and_then(Negotiation::answered);
                let answered = answered.map(|answer| Body::sdp(answer.to_bytes()));
                return answered
                    .ok_or_else(|| String::from("the 200 carries no session description"));
            }
            Some(Err(why)) => return Err(why),
            Some(Ok(remote)) => remote,
        };
        if let Some(negotiation) = self.negotiation.as_mut() {
            let agreement = negotiation.answer(&remote).map_err(|error| error.to_string())?;
            self.apply(cx, &agreement);
            return Ok(Body::sdp(agreement.description.to_bytes()));
        }
        self.late_offer = Some(remote.clone());
        let ports = self.ports.ok_or("no ports")?;
        let towards = cx.legs.trunk(self.a.trunk).ok_or("no trunk")?;
        let (negotiation, description) =
            Negotiation::offer(ports, Side::B, remote, &towards.codecs, self.ids)
                .map_err(|error| error.to_string())?;
        self.negotiation = Some(negotiation);
        Ok(Body::sdp(description.to_bytes()))
    }

    /// A side acknowledged. Where A made no offer, its first ACK carries the answer to B's; later,
    /// an ACK with a description answers the offer that a re-INVITE asked us for.
    pub(super) fn handle_confirmed(
        &mut self,
        cx: &mut Context<'_>,
        side: Side,
        ack: &IncomingRequest,
    ) {
        let (Some(b), Some(negotiation)) = (self.b, self.negotiation.as_mut()) else { return };
        if self.stage != Stage::Connected {
            return;
        }
        let request = ack.request();
        let Some(offer) = self.late_offer.take() else {
            if std::mem::take(&mut self.offered[slot(side)])
                && let Some(Ok(answer)) = body::of_request(request, cx.legs.limits())
                && let Ok(agreement) = negotiation.reanswer(side, &answer)
            {
                self.apply(cx, &agreement);
            }
            return;
        };
        let agreement = match body::of_request(request, cx.legs.limits()) {
            None => Err(String::from("the ACK carries no answer")),
            Some(Err(why)) => Err(why),
            Some(Ok(answer)) => negotiation.answer(&answer).map_err(|error| error.to_string()),
        };
        match agreement {
            Ok(agreement) => {
                let body = Body::sdp(agreement.description.to_bytes());
                let _ended = cx.legs.acknowledge(cx.now, b.id, Some(body));
                self.apply(cx, &agreement);
            }
            Err(why) => {
                self.late_offer = Some(offer);
                let farewell = Farewell::new(StatusCode::NOT_ACCEPTABLE_HERE)
                    .because(&codes::reason(StatusCode::NOT_ACCEPTABLE_HERE));
                let failure = CallFailure::UnacceptableMedia { why };
                self.end(cx, EndedBy::Gateway, Some(failure), farewell);
            }
        }
    }

    /// A new offer of one side in the dialog, or a re-INVITE that asks for one.
    pub(super) fn answer_reoffer(
        &mut self,
        cx: &mut Context<'_>,
        side: Side,
        request: &IncomingRequest,
    ) -> Reply {
        let request = request.request();
        let connected = self.stage == Stage::Connected;
        let Some(negotiation) = self.negotiation.as_mut().filter(|_| connected) else {
            return Reply::new(StatusCode::REQUEST_PENDING);
        };
        let body = match body::of_request(request, cx.legs.limits()) {
            None if *request.method() == Method::INVITE => {
                self.offered[slot(side)] = true;
                negotiation.offer_again(side).map(|offer| Body::sdp(offer.to_bytes()))
            }
            None => None,
            Some(Err(why)) => {
                return refusal(StatusCode::BAD_REQUEST, HeaderName::WARNING, &warning(&why));
            }
            Some(Ok(offer)) => match negotiation.reoffer(side, &offer) {
                Ok(agreement) => {
                    self.apply(cx, &agreement);
                    Some(Body::sdp(agreement.description.to_bytes()))
                }
                Err(error) => {
                    let why = warning(&error.to_string());
                    return refusal(StatusCode::NOT_ACCEPTABLE_HERE, HeaderName::WARNING, &why);
                }
            },
        };
        let mut reply = Reply::new(StatusCode::OK);
        reply.body = body;
        reply
    }

    /// The leg that was dialled came to nothing.
    pub(super) fn attempt_failed(
        &mut self,
        cx: &mut Context<'_>,
        failure: CallFailure,
        far: FarFailure,
    ) {
        let listed = |status: StatusCode| self.failover.contains(&status);
        let another = !self.rang
            && match far {
                FarFailure::Unreachable => true,
                FarFailure::NoResponse => listed(StatusCode::REQUEST_TIMEOUT),
                FarFailure::Status(status) => listed(status),
                FarFailure::Credentials | FarFailure::NoAnswer => false,
            };
        self.all_unreachable &= far == FarFailure::Unreachable;
        if another && !self.next.is_empty() {
            self.dial_next(cx);
        } else {
            self.give_up(cx, failure, far);
        }
    }

    /// No trunk is left: tells the caller.
    fn give_up(&mut self, cx: &mut Context<'_>, failure: CallFailure, far: FarFailure) {
        let far = match far {
            // Some trunk answered, so the node as a whole is not out of service.
            FarFailure::Unreachable if !self.all_unreachable => FarFailure::NoResponse,
            other => other,
        };
        let (status, retry) = codes::for_caller(far);
        let mut farewell = Farewell::new(status);
        if retry {
            let seconds = cx.settings.retry_after.to_string();
            farewell = farewell.with(HeaderName::RETRY_AFTER, &seconds);
        }
        match (&failure, far) {
            (CallFailure::UnacceptableMedia { why }, _) => {
                farewell = farewell.with(HeaderName::WARNING, &warning(why));
            }
            (_, FarFailure::Credentials) => {
                let text = warning("the far side did not accept the credentials of this gateway");
                farewell = farewell.with(HeaderName::WARNING, &text);
            }
            (_, FarFailure::Status(real)) => farewell = farewell.because(&codes::reason(real)),
            _ => {}
        }
        self.end(cx, EndedBy::Callee, Some(failure), farewell);
    }
}

/// The value of a Warning field (RFC 3261 20.43): 399, our name, a text.
pub(super) fn warning(text: &str) -> String {
    let text: String = text.chars().map(|c| if c == '"' || c == '\\' { '\'' } else { c }).collect();
    format!("399 siptrunk \"{text}\"")
}

fn refusal(status: StatusCode, name: HeaderName, value: &str) -> Reply {
    Farewell::new(status).with(name, value).refusal
}
