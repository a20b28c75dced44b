//! Hands what comes in, from below and from the world, to the machine that it belongs to.

use std::time::Instant;

use siptrunk_transaction::{
    ClientTransactionId, Event as LayerEvent, IncomingResponse, QuestionId, TransactionFailure,
};

use super::UserAgent;
use crate::{
    Answer, Event, RegistrationId, RequestId, admission,
    context::Context,
    exchange::{Exchange, Outcome},
    owner::Owner,
    registration::{Progress, Registrant},
    session::fork::Answers,
};

impl UserAgent {
    /// Hands out what the layer below has to say, until it is silent.
    pub(crate) fn settle(&mut self, now: Instant) {
        loop {
            self.sessions.hang_up_surplus(now, &mut self.cx);
            let Some(event) = self.cx.layer.poll_event() else { break };
            self.route(now, event);
        }
    }

    fn route(&mut self, now: Instant, event: LayerEvent) {
        let (cx, sessions) = (&mut self.cx, &mut self.sessions);
        match event {
            LayerEvent::Request { id, request } => {
                admission::admit(now, cx, sessions, id, request);
            }
            LayerEvent::Ack { request } => {
                let tag = request.essentials().to_tag();
                if let Some(id) = tag.and_then(|tag| sessions.by_tag(tag)) {
                    sessions.step(now, cx, id, |session, cx| session.handle_ack(now, cx, request));
                }
            }
            LayerEvent::Cancel { invite, request } => {
                let reinvite = || cx.pending.get(&invite).and_then(|pending| pending.session);
                if let Some(id) = sessions.by_invite(invite).or_else(reinvite) {
                    sessions.step(now, cx, id, |session, cx| {
                        session.handle_cancel(now, cx, invite, request)
                    });
                }
            }
            LayerEvent::Response { id, response } => self.route_response(now, id, response),
            LayerEvent::LateAnswer { response } => sessions.handle_late(now, cx, response),
            LayerEvent::Failed { id, reason } => self.route_failure(now, id, reason),
            LayerEvent::ServerFailed { id, reason } => {
                admission::handle_server_failure(now, cx, sessions, id, reason);
            }
        }
    }

    fn route_response(
        &mut self,
        now: Instant,
        id: ClientTransactionId,
        response: IncomingResponse,
    ) {
        let cx = &mut self.cx;
        match cx.owner(id) {
            Some(Owner::Session(session)) => self.sessions.step(now, cx, session, |session, cx| {
                session.handle_response(now, cx, id, response)
            }),
            Some(Owner::Answers(_)) => Answers::handle_response(cx, id, response),
            Some(Owner::Registration(registration)) => self
                .step_registration(registration, |registrant, cx| {
                    registrant.handle_response(now, cx, id, response)
                }),
            Some(Owner::Request(request)) => {
                self.step_request(request, |exchange, cx| {
                    exchange.handle_response(now, cx, None, id, response)
                });
            }
            Some(Owner::KeepAlive(registration)) => {
                self.step_registration(registration, |registrant, cx| {
                    registrant.handle_beat_response(now, cx, id, response);
                    Progress::Stay
                });
            }
            Some(Owner::Pending(_) | Owner::Registrar) | None => {}
        }
    }

    fn route_failure(&mut self, now: Instant, id: ClientTransactionId, reason: TransactionFailure) {
        let cx = &mut self.cx;
        match cx.owner(id) {
            Some(Owner::Session(session)) => self
                .sessions
                .step(now, cx, session, |session, cx| session.handle_failure(now, cx, id, reason)),
            Some(Owner::Answers(_)) => Answers::forget(cx, id),
            Some(Owner::Registration(registration)) => self
                .step_registration(registration, |registrant, cx| {
                    registrant.handle_failure(now, cx, id, reason)
                }),
            Some(Owner::Request(request)) => {
                self.step_request(request, |exchange, cx| {
                    exchange.handle_failure(now, cx, id, reason)
                });
            }
            Some(Owner::KeepAlive(registration)) => {
                self.step_registration(registration, |registrant, cx| {
                    registrant.handle_beat_failure(now, cx, id, reason);
                    Progress::Stay
                });
            }
            Some(Owner::Pending(_) | Owner::Registrar) | None => {}
        }
    }

    pub(crate) fn route_answer(&mut self, now: Instant, id: QuestionId, answer: Answer) {
        let cx = &mut self.cx;
        match cx.take_question(id) {
            Some(Owner::Session(session)) => self
                .sessions
                .step(now, cx, session, |session, cx| session.handle_answer(now, cx, id, answer)),
            Some(Owner::Registration(registration)) => self
                .step_registration(registration, |registrant, cx| {
                    registrant.handle_answer(now, cx, id, answer)
                }),
            Some(Owner::Request(request)) => {
                self.step_request(request, |exchange, cx| {
                    exchange.handle_answer(now, cx, id, answer)
                });
            }
            Some(
                Owner::Answers(_) | Owner::Pending(_) | Owner::Registrar | Owner::KeepAlive(_),
            )
            | None => {}
        }
    }

    pub(crate) fn route_timeout(&mut self, now: Instant, owner: Owner) {
        let cx = &mut self.cx;
        match owner {
            Owner::Session(session) => {
                self.sessions.step(now, cx, session, |session, cx| session.handle_timeout(now, cx));
            }
            Owner::Answers(invite) => Answers::expire(now, cx, invite),
            Owner::Registrar => self.expire_bindings(now),
            // Its times are kept with the registration's own.
            Owner::KeepAlive(_) => {}
            Owner::Registration(registration) => {
                self.step_registration(registration, |registrant, cx| {
                    registrant.handle_timeout(now, cx)
                });
            }
            Owner::Request(request) => {
                self.step_request(request, |exchange, cx| exchange.handle_timeout(now, cx));
            }
            Owner::Pending(id) => admission::expire(now, cx, &mut self.sessions, id),
        }
    }

    fn step_registration(
        &mut self,
        id: RegistrationId,
        handle: impl FnOnce(&mut Registrant, &mut Context) -> Progress,
    ) {
        if let Some(registrant) = self.registrations.get_mut(&id) {
            let progress = handle(registrant, &mut self.cx);
            self.progress(id, progress);
        }
    }

    fn step_request(
        &mut self,
        id: RequestId,
        handle: impl FnOnce(&mut Exchange, &mut Context) -> Option<Outcome>,
    ) {
        if let Some(exchange) = self.exchanges.get_mut(&id) {
            let outcome = handle(exchange, &mut self.cx);
            self.conclude(id, outcome);
        }
    }

    /// Keeps a request's deadline, or reports its outcome.
    pub(super) fn conclude(&mut self, id: RequestId, outcome: Option<Outcome>) {
        if let Some(outcome) = outcome
            && let Some(mut exchange) = self.exchanges.remove(&id)
        {
            exchange.close(&mut self.cx);
            self.cx.emit(Event::Response { request: id, outcome });
        }
        let deadline = self.exchanges.get(&id).and_then(Exchange::deadline);
        self.cx.deadlines.set(Owner::Request(id), deadline);
    }
}
