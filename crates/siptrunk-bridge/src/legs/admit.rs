//! An INVITE of a trunk: whose it is, whether it is authentic, whether there is room.

use std::time::Instant;

use siptrunk_message::{HeaderName, HeaderValue, Method, StatusCode};
use siptrunk_transaction::{FlowId, IncomingRequest};
use siptrunk_ua::Reply;

use super::Legs;
use super::authenticate::{Authenticity, ServerProof};
use super::event::{LegEvent, LegId, Parties, TrunkId};
use super::identify::Identity;
use crate::diagnosis::CallFailure;

/// Why an INVITE is not admitted: its trunk, if it has one, and what it is answered. Without a failure
/// that is the first step of a challenge.
struct Objection {
    trunk: Option<TrunkId>,
    failure: Option<CallFailure>,
    reply: Reply,
}

impl Objection {
    fn new(trunk: Option<TrunkId>, failure: CallFailure, status: StatusCode) -> Self {
        Self { trunk, failure: Some(failure), reply: Reply::new(status) }
    }
}

impl Legs {
    /// Judges a new INVITE: trunk, validity, room, authenticity, in the order of cost.
    pub(super) fn admit(&mut self, now: Instant, leg: LegId, request: Box<IncomingRequest>) {
        let mut parties = Parties::read(request.request());
        let judged = self.judge(now, &parties, &request).and_then(|(trunk, proof)| {
            self.take_seat(leg, trunk, &request, proof.is_some())?;
            Ok((trunk, proof))
        });
        let (trunk, proof) = match judged {
            Ok(judged) => judged,
            Err(objection) => {
                let Objection { trunk, failure, reply } = *objection;
                if let Some(failure) = failure {
                    self.count("refused INVITE");
                    self.events.push_back(LegEvent::Refused {
                        trunk,
                        source: request.remote().ip(),
                        parties,
                        call_id: request.essentials().call_id().to_owned(),
                        failure,
                    });
                }
                // An error means that the caller is gone already: nothing to answer.
                let _gone = self.agent.answer(now, leg.0, reply);
                return;
            }
        };
        self.proofs.extend(proof.map(|proof| (leg, proof)));
        if let Some(trunk) = self.trunks.get(trunk.0) {
            parties.take_common_form(trunk.numbers_in());
            let _gone = self.agent.set_takes_tcp(leg.0, trunk.takes_tcp);
            if let Some(outbound) = &trunk.outbound {
                // A trunk that asks for credentials may ask for them on our BYE, too.
                let _gone = self.agent.set_account(leg.0, outbound.account.clone());
            }
        }
        self.events.push_back(LegEvent::Incoming { leg, trunk, parties, request });
    }

    /// Whose an INVITE is, and that it is.
    fn judge(
        &mut self,
        now: Instant,
        parties: &Parties,
        request: &IncomingRequest,
    ) -> Result<(TrunkId, Option<ServerProof>), Box<Objection>> {
        let refuse = |trunk, failure, status| Box::new(Objection::new(trunk, failure, status));
        let address = request.remote().ip();
        let id = match self.identify(request, &parties.dialed) {
            Identity::Trunk(trunk) => trunk,
            Identity::Unknown => {
                let failure = CallFailure::UnknownSource { address };
                return Err(refuse(None, failure, StatusCode::FORBIDDEN));
            }
            Identity::Ambiguous => {
                let dialed = parties.dialed.clone();
                let failure = CallFailure::AmbiguousSource { address, dialed };
                return Err(refuse(None, failure, StatusCode::NOT_FOUND));
            }
        };
        if self.draining {
            let (failure, reply) = (Some(CallFailure::Draining), self.unavailable());
            return Err(Box::new(Objection { trunk: Some(id), failure, reply }));
        }
        let Some(trunk) = self.trunks.get(id.0) else {
            let status = StatusCode::SERVER_INTERNAL_ERROR;
            return Err(refuse(Some(id), CallFailure::Internal, status));
        };
        if !trunk.accepts(&Method::INVITE) {
            let (trunk, method) = (trunk.name.clone(), Method::INVITE.to_string());
            let failure = CallFailure::MethodNotAllowed { trunk, method };
            return Err(refuse(Some(id), failure, StatusCode::FORBIDDEN));
        }
        if let Some(token) = &trunk.inbound.vendor_token {
            let fields = request.request().headers().iter();
            if !token.is_in(fields.map(|field| (field.raw_name(), field.value()))) {
                let (trunk, header) = (trunk.name.clone(), token.header.clone());
                let failure = CallFailure::WrongToken { trunk, header };
                return Err(refuse(Some(id), failure, StatusCode::FORBIDDEN));
            }
        }
        match self.authenticator.judge(now, id, request) {
            Authenticity::Authentic(proof) => Ok((id, proof)),
            Authenticity::Challenge(reply) => {
                Err(Box::new(Objection { trunk: Some(id), failure: None, reply: *reply }))
            }
            Authenticity::Refused(reply) => {
                let failure = Some(CallFailure::NotAuthenticated { trunk: self.name(id) });
                Err(Box::new(Objection { trunk: Some(id), failure, reply: *reply }))
            }
        }
    }

    /// One of the trunk's calls for this one, if there is room. Who came in a datagram and has `proved`
    /// nothing may be anybody until it acknowledges: of those a source has only so many.
    fn take_seat(
        &mut self,
        leg: LegId,
        trunk: TrunkId,
        request: &IncomingRequest,
        proved: bool,
    ) -> Result<(), Box<Objection>> {
        let source = request.remote().ip();
        let forgeable = !proved && matches!(request.flow(), FlowId::Datagram { .. });
        if forgeable && let Err(limit) = self.half_open.room(source) {
            let failure = CallFailure::TooManyHalfOpen { address: source, limit };
            let status = StatusCode::TEMPORARILY_UNAVAILABLE;
            return Err(Box::new(Objection::new(Some(trunk), failure, status)));
        }
        if let Err(limit) = self.capacity.take(trunk) {
            let failure = CallFailure::TrunkFull { trunk: self.name(trunk), limit };
            let status =
                self.trunk(trunk).map_or(StatusCode::BUSY_HERE, |trunk| trunk.full.status());
            return Err(Box::new(Objection::new(Some(trunk), failure, status)));
        }
        if forgeable {
            self.half_open.open(leg, source);
        }
        self.seats.insert(leg, trunk);
        Ok(())
    }

    /// The trunk of a request: by the flow of its registration or ours, by the names that its certificate
    /// proves, then by its address.
    pub(super) fn identify(&self, request: &IncomingRequest, dialed: &str) -> Identity {
        let flow = request.flow();
        let bound = self.sources.by_number(self.bound.on(flow), dialed);
        let by_registration =
            || self.registrations.identify(flow, dialed, &self.trunks, &self.agent);
        let by_name = || match request.identity() {
            Some(identity) => self.sources.identify_by_name(identity, dialed),
            None => Identity::Unknown,
        };
        let by_address = || self.sources.identify(request.remote().ip(), dialed);
        bound.or_else(by_registration).or_else(by_name).or_else(by_address)
    }

    pub(super) fn name(&self, trunk: TrunkId) -> String {
        self.trunk(trunk).map(|trunk| trunk.name.clone()).unwrap_or_default()
    }

    /// 503 with Retry-After.
    pub(super) fn unavailable(&self) -> Reply {
        let mut reply = Reply::new(StatusCode::SERVICE_UNAVAILABLE);
        if let Ok(value) = HeaderValue::new(self.retry_after.to_string()) {
            reply.extra.push((HeaderName::RETRY_AFTER, value));
        }
        reply
    }
}
