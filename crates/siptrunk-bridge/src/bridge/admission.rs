//! The moment an INVITE becomes a call, or is refused: limits, hops, media, route.

use std::time::Instant;

use siptrunk_media::MediaSessionId;
use siptrunk_message::{HeaderName, Request, StatusCode};
use siptrunk_profiles::{Config, Finding};
use siptrunk_sdp::SessionDescription;
use siptrunk_transaction::IncomingRequest;

use super::call::{self, Beginning, Call, Farewell};
use super::negotiation::DescriptionIds;
use super::route::{CallQuery, Decision, Onward, Router};
use super::{Bridge, body, map, setup};
use crate::diagnosis::CallFailure;
use crate::event::{CallHandle, Event};
use crate::legs::{LegId, Parties, TrunkId};
use crate::question::Question;

/// What an INVITE that can become a call leads to.
#[derive(Debug)]
pub(super) struct Plan {
    /// The caller's offer, if it made one.
    pub(super) offer: Option<SessionDescription>,
    pub(super) onward: Onward,
}

/// Why an INVITE cannot become a call, and what its caller is answered.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) failure: CallFailure,
    pub(super) farewell: Farewell,
}

impl Refusal {
    pub(super) fn new(failure: CallFailure, farewell: Farewell) -> Box<Self> {
        Box::new(Self { failure, farewell })
    }
}

impl Bridge {
    /// Routes calls that come from now on by the routes, schedules and call variables of this
    /// configuration; all else in it is left aside. Calls that live are not touched.
    ///
    /// Returns the warnings about them.
    ///
    /// # Errors
    /// Every finding of the new routes beside the trunks that run: then the old routes stand.
    pub fn set_routes(&mut self, routes: &Config) -> Result<Vec<Finding>, Vec<Finding>> {
        let mut config = routes.clone();
        config.listen.clone_from(&self.config.listen);
        config.media.clone_from(&self.config.media);
        config.trunks.clone_from(&self.config.trunks);
        let warnings = config.check()?;
        self.router = Router::new(&config);
        self.config = config;
        Ok(warnings)
    }

    /// A trunk calls.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        leg: LegId,
        trunk: TrunkId,
        parties: Parties,
        invite: Box<IncomingRequest>,
    ) {
        let plan = self.plan(now, trunk, &parties, invite.request());
        if self.router.shares() {
            self.draw = self.draws.u64();
        }
        self.ask_or_go(now, leg, trunk, parties, invite, plan);
    }

    /// Makes a call of an INVITE, or refuses it, as planned.
    pub(super) fn go(
        &mut self,
        now: Instant,
        leg: LegId,
        trunk: TrunkId,
        parties: &Parties,
        invite: Box<IncomingRequest>,
        plan: Result<Plan, Box<Refusal>>,
    ) {
        let plan = match plan {
            Ok(plan) => plan,
            Err(refusal) => {
                let call_id = invite.essentials().call_id().to_owned();
                self.refuse(now, leg, trunk, parties, call_id, *refusal);
                return self.tell_drained();
            }
        };
        self.next_call += 1;
        let handle = CallHandle(self.next_call);
        let session = MediaSessionId(self.next_call);
        // RFC 8866 5.2 wants numeric ids; below 2^62 they fit every reader (RFC 3264 5).
        let ids = DescriptionIds { a: self.rng.u64() >> 2, b: self.rng.u64() >> 2 };
        let call_id = invite.essentials().call_id().to_owned();
        let from = self.trunk_name(trunk);
        let wall = self.wall(now);
        let mut record =
            call::new_record(Some(handle), from.clone(), call_id.clone(), parties, wall);
        record.headers = map::chosen(&self.settings.record_headers, invite.request().headers());
        record.left_aside = body::left_aside(invite.request(), self.legs.limits());
        let dialed = parties.dialed.clone();
        self.events.push_back(Event::Started { call: handle, from, dialed, call_id });
        let question = self.legs.next_question_id();
        self.questions.push_back((question, Question::OpenMedia { session }));
        self.ports_asked.insert(question, session);
        let Plan { offer, onward } = plan;
        let beginning = Beginning {
            handle,
            session,
            ids,
            leg,
            trunk,
            parties: parties.clone(),
            invite,
            offer,
            onward,
        };
        let call = Call::new(beginning, record, now, self.settings.prepare);
        self.by_leg.insert(leg, handle);
        self.by_session.insert(session, handle);
        if let Some(deadline) = call.deadline() {
            self.deadlines.insert((deadline, handle));
        }
        self.calls.insert(handle, call);
    }

    /// Whether an INVITE can become a call, and where it goes.
    pub(super) fn plan(
        &self,
        now: Instant,
        trunk: TrunkId,
        parties: &Parties,
        request: &Request,
    ) -> Result<Plan, Box<Refusal>> {
        if self.calls.len() + self.deciding.len() >= self.settings.max_calls {
            let seconds = self.settings.retry_after.to_string();
            return Err(Refusal::new(
                CallFailure::NodeFull { limit: self.settings.max_calls },
                Farewell::new(StatusCode::SERVICE_UNAVAILABLE)
                    .with(HeaderName::RETRY_AFTER, &seconds),
            ));
        }
        if request.headers().max_forwards() == Ok(Some(0)) {
            let farewell = Farewell::new(StatusCode::TOO_MANY_HOPS);
            return Err(Refusal::new(CallFailure::TooManyHops, farewell));
        }
        let offer = match body::of_request(request, self.legs.limits()) {
            None => None,
            Some(Ok(offer)) => Some(offer),
            Some(Err(why)) => {
                let status = StatusCode::BAD_REQUEST;
                let farewell =
                    Farewell::new(status).with(HeaderName::WARNING, &setup::warning(&why));
                return Err(Refusal::new(CallFailure::BadRequest { status, why }, farewell));
            }
        };
        match self.router.decide(&self.query(now, trunk, parties, request)) {
            Some(Decision::Onward(onward)) => Ok(Plan { offer, onward }),
            refusal => Err(self.refusal(trunk, parties, refusal)),
        }
    }

    /// What a caller is answered whose call does not go on.
    pub(super) fn refusal(
        &self,
        trunk: TrunkId,
        parties: &Parties,
        decision: Option<Decision>,
    ) -> Box<Refusal> {
        let dialed = parties.dialed.clone();
        match decision {
            Some(Decision::Reject(status, reason)) => {
                let mut farewell = Farewell::new(status);
                farewell.refusal.reason = reason;
                Refusal::new(CallFailure::RejectedByRoute { dialed, status }, farewell)
            }
            _ => Refusal::new(
                CallFailure::NoRoute { trunk: self.trunk_name(trunk), dialed },
                Farewell::new(StatusCode::NOT_FOUND),
            ),
        }
    }

    /// What the routes are asked about an INVITE.
    pub(super) fn query<'a>(
        &self,
        now: Instant,
        trunk: TrunkId,
        parties: &'a Parties,
        request: &'a Request,
    ) -> CallQuery<'a> {
        let (wall, draw) = (self.wall(now), self.draw);
        CallQuery { trunk, parties, headers: request.headers(), wall, draw }
    }

    fn refuse(
        &mut self,
        now: Instant,
        leg: LegId,
        trunk: TrunkId,
        parties: &Parties,
        call_id: String,
        refusal: Refusal,
    ) {
        let reply = refusal.farewell.refusal;
        let status = reply.status;
        let name = self.trunk_name(trunk);
        // An error means that the caller is gone already: nothing to answer.
        let _gone = self.legs.answer(now, leg, reply);
        self.record_refusal(now, name, call_id, parties, refusal.failure, Some(status));
    }

    pub(super) fn record_refusal(
        &mut self,
        now: Instant,
        trunk: String,
        call_id: String,
        parties: &Parties,
        failure: CallFailure,
        status: Option<StatusCode>,
    ) {
        let mut record = call::new_record(None, trunk, call_id, parties, self.wall(now));
        record.a.status = status;
        record.failure = Some(failure);
        self.events.push_back(Event::Refused { record: Box::new(record) });
    }
}
