//! A request of a trunk outside dialogs: whose it is, whether it is authentic, whether there is room.

use std::time::Instant;

use siptrunk_message::{HeaderName, HeaderValue, Method, StatusCode};
use siptrunk_transaction::{IncomingRequest, ServerTransactionId};
use siptrunk_ua::Reply;

use super::Legs;
use super::authenticate::Authenticity;
use super::event::{LegEvent, LegId, Parties, TrunkId};
use super::identify::Identity;
use crate::diagnosis::CallFailure;

impl Legs {
    /// Judges a new INVITE: trunk, validity, room, authenticity, in the order of cost.
    pub(super) fn admit(&mut self, now: Instant, leg: LegId, request: Box<IncomingRequest>) {
        let parties = Parties::read(request.request());
        let source = request.remote().ip();
        let call_id = request.essentials().call_id().to_owned();
        let refuse = |this: &mut Self, trunk, failure: CallFailure, reply: Reply| {
            this.count("refused INVITE");
            this.events.push_back(LegEvent::Refused {
                trunk,
                source,
                parties: parties.clone(),
                call_id: call_id.clone(),
                failure,
            });
            // An error means that the caller is gone already: nothing to answer.
            let _gone = this.agent.answer(now, leg.0, reply);
        };
        let trunk = match self.identify(&request, &parties.dialed) {
            Identity::Trunk(trunk) => trunk,
            Identity::Unknown => {
                let failure = CallFailure::UnknownSource { address: source };
                return refuse(self, None, failure, Reply::new(StatusCode::FORBIDDEN));
            }
            Identity::Ambiguous => {
                let failure = CallFailure::AmbiguousSource {
                    address: source,
                    dialed: parties.dialed.clone(),
                };
                return refuse(self, None, failure, Reply::new(StatusCode::NOT_FOUND));
            }
        };
        if self.draining {
            let reply = self.unavailable();
            return refuse(self, Some(trunk), CallFailure::Draining, reply);
        }
        let proof = match self.authenticator.judge(now, trunk, &request) {
            Authenticity::Authentic(proof) => proof,
            Authenticity::Challenge(reply) => {
                let _gone = self.agent.answer(now, leg.0, *reply);
                return;
            }
            Authenticity::Refused(reply) => {
                let failure = CallFailure::NotAuthenticated { trunk: self.name(trunk) };
                return refuse(self, Some(trunk), failure, *reply);
            }
        };
        if let Err(limit) = self.capacity.take(trunk) {
            let failure = CallFailure::TrunkFull { trunk: self.name(trunk), limit };
            let status =
                self.trunk(trunk).map_or(StatusCode::BUSY_HERE, |trunk| trunk.full.status());
            return refuse(self, Some(trunk), failure, Reply::new(status));
        }
        self.seats.insert(leg, trunk);
        self.proofs.extend(proof.map(|proof| (leg, proof)));
        if let Some(outbound) = self.trunks.get(trunk.0).and_then(|trunk| trunk.outbound.as_ref()) {
            // A trunk that asks for credentials may ask for them on our BYE, too.
            let _gone = self.agent.set_account(leg.0, outbound.account.clone());
        }
        self.events.push_back(LegEvent::Incoming { leg, trunk, parties, request });
    }

    /// The trunk of a request: by the connection of its registration, then by its address.
    fn identify(&self, request: &IncomingRequest, dialed: &str) -> Identity {
        match self.registrations.identify(request.flow(), dialed, &self.trunks, &self.agent) {
            Identity::Unknown => self.sources.identify(request.remote().ip(), dialed),
            found => found,
        }
    }

    fn name(&self, trunk: TrunkId) -> String {
        self.trunk(trunk).map(|trunk| trunk.name.clone()).unwrap_or_default()
    }

    /// 503 with Retry-After.
    fn unavailable(&self) -> Reply {
        let mut reply = Reply::new(StatusCode::SERVICE_UNAVAILABLE);
        if let Ok(value) = HeaderValue::new(self.retry_after.to_string()) {
            reply.extra.push((HeaderName::RETRY_AFTER, value));
        }
        reply
    }

    /// A request outside dialogs: OPTIONS tells whether we take calls, all else is not ours.
    pub(super) fn answer_outside(
        &mut self,
        now: Instant,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
    ) {
        let reply = if *request.request().method() != Method::OPTIONS {
            Reply::new(StatusCode::METHOD_NOT_ALLOWED)
        } else if self.draining {
            self.unavailable()
        } else {
            Reply::new(StatusCode::OK)
        };
        let _gone = self.agent.respond(now, transaction, reply);
    }
}
