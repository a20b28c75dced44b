//! Requests outside calls that are no INVITE: OPTIONS tells whether we take calls, REGISTER is for the
//! registrar, and all else is refused, whoever asks.

use std::time::Instant;

use siptrunk_message::{HeaderName, HeaderValue, Method, StatusCode};
use siptrunk_profiles::Trunk;
use siptrunk_transaction::{IncomingRequest, ServerTransactionId};
use siptrunk_ua::Reply;

use super::Legs;
use super::identify::Identity;

impl Legs {
    /// Answers a request that belongs to no call.
    pub(super) fn answer_outside(
        &mut self,
        now: Instant,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
    ) {
        let method = request.request().method();
        if *method == Method::REGISTER {
            return self.answer_register(now, transaction, request);
        }
        let allowed = self.allowed(request);
        let reply = if !allowed.contains(method) {
            self.count("method not allowed");
            let mut reply = Reply::new(StatusCode::METHOD_NOT_ALLOWED);
            let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
            reply.extra.extend(
                HeaderValue::new(names.join(", ")).ok().map(|value| (HeaderName::ALLOW, value)),
            );
            reply
        } else if *method != Method::OPTIONS {
            // Allowed, and nothing here that could be done with it.
            Reply::new(StatusCode::NOT_IMPLEMENTED)
        } else if self.draining {
            self.unavailable()
        } else {
            Reply::new(StatusCode::OK)
        };
        let _gone = self.agent.respond(now, transaction, reply);
    }

    /// What the sender of a request may send outside calls. Where several trunks share its address and
    /// the number does not tell them apart, what one of them may: it is the same far side.
    fn allowed(&self, request: &IncomingRequest) -> Vec<Method> {
        let uri = request.request().request_uri().ok();
        let dialed: Option<String> = uri.and_then(|uri| uri.user().map(Into::into));
        let mut allowed = Vec::new();
        let mut add = |trunk: &Trunk| {
            for method in &trunk.inbound.methods {
                if !allowed.contains(method) {
                    allowed.push(method.clone());
                }
            }
        };
        match self.identify(request, &dialed.unwrap_or_default()) {
            Identity::Trunk(trunk) => self.trunk(trunk).into_iter().for_each(&mut add),
            Identity::Unknown => {}
            Identity::Ambiguous => {
                let owners = self.sources.owners(request.remote().ip());
                owners.filter_map(|trunk| self.trunk(trunk)).for_each(&mut add);
            }
        }
        allowed
    }
}
