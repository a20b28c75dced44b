//! One request of ours outside any dialog, INVITE aside: target after target, with digest retries
//! (RFC 3261 8.1, 22; RFC 3263 4.3).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderName, Method, RequestBuilder, StatusCode};
use siptrunk_transaction::{
    ClientTransactionId, IncomingResponse, QuestionId, To, TransactionError, TransactionFailure,
};

use crate::{
    Answer, Destination, RequestFailure,
    authentication::{Authorization, Credentials},
    context::Context,
    owner::Owner,
    target::Search,
};

/// How long a target may stay silent while others are left.
const FIRST_RESPONSE: Duration = Duration::from_secs(4);

/// How an exchange ended: its final response, or why there is none.
pub(crate) type Outcome = Result<IncomingResponse, RequestFailure>;

/// What is to be sent.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) method: Method,
    /// The request without CSeq, Contact and credentials.
    pub(crate) request: RequestBuilder,
    /// User part of our Contact; `None`: the request has none.
    pub(crate) contact_user: Option<String>,
    /// Credentials that it has from the start.
    pub(crate) authorization: Authorization,
    /// The CSeq number; a digest retry has the next one.
    pub(crate) sequence: u32,
}

#[derive(Debug)]
pub(crate) struct Exchange {
    owner: Owner,
    draft: Draft,
    search: Search,
    attempt: Option<Attempt>,
    last_failure: Option<Outcome>,
}

#[derive(Debug)]
struct Attempt {
    transaction: ClientTransactionId,
    to: To,
    contact: Option<String>,
    impatient: Option<Instant>,
}

impl Exchange {
    /// Begins. `Some` if it is over already.
    pub(crate) fn begin(
        now: Instant,
        cx: &mut Context,
        owner: Owner,
        destination: Destination,
        draft: Draft,
    ) -> (Self, Option<Outcome>) {
        let search = Search::begin(now, cx, owner, destination);
        let mut exchange = Self { owner, draft, search, attempt: None, last_failure: None };
        let outcome = match exchange.search.deadline() {
            Some(_) => None,
            None => exchange.try_next(now, cx),
        };
        (exchange, outcome)
    }

    /// The CSeq number that was used last.
    pub(crate) fn sequence(&self) -> u32 {
        self.draft.sequence
    }

    /// Our Contact as the current attempt has it.
    pub(crate) fn contact(&self) -> Option<&str> {
        self.attempt.as_ref()?.contact.as_deref()
    }

    fn try_next(&mut self, now: Instant, cx: &mut Context) -> Option<Outcome> {
        while let Some(to) = self.search.next() {
            match self.send(now, cx, to.clone()) {
                Ok(()) => return None,
                Err(error) => {
                    // What is wrong with us is no fault of the target.
                    let ours = matches!(
                        error,
                        TransactionError::Build(_) | TransactionError::LimitReached { .. }
                    );
                    let failure = Err(RequestFailure::NotSent(Arc::new(error)));
                    if ours {
                        return Some(failure);
                    }
                    cx.dead.mark(now, &to, cx.config.dead_target);
                    self.last_failure = Some(failure);
                }
            }
        }
        Some(self.last_failure.take().unwrap_or(Err(RequestFailure::Unresolved)))
    }

    fn send(&mut self, now: Instant, cx: &mut Context, to: To) -> Result<(), TransactionError> {
        let cseq = format!("{} {}", self.draft.sequence, self.draft.method.as_str());
        let mut request = self.draft.request.clone().append(&HeaderName::CSEQ, cseq);
        let contact =
            self.draft.contact_user.as_ref().and_then(|user| cx.contact(&to, user, false));
        if let Some(contact) = &contact {
            request = request.append(&HeaderName::CONTACT, contact);
        }
        let request = self.draft.authorization.add_to(request);
        let transaction = cx.request(now, self.owner, &to, &request)?;
        let impatient = self.search.has_next().then(|| now + FIRST_RESPONSE);
        self.attempt = Some(Attempt { transaction, to, contact, impatient });
        Ok(())
    }

    /// Takes a response; `Some` if the exchange is over. The attempt stays, for its Contact.
    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        cx: &mut Context,
        credentials: Option<&mut Credentials>,
        transaction: ClientTransactionId,
        response: IncomingResponse,
    ) -> Option<Outcome> {
        let attempt = self.attempt.as_mut().filter(|it| it.transaction == transaction)?;
        attempt.impatient = None;
        cx.dead.revive(&attempt.to);
        let status = response.response().status();
        if status.is_provisional() {
            return None;
        }
        cx.disown(transaction);
        let to = attempt.to.clone();
        if status == StatusCode::SERVICE_UNAVAILABLE && self.search.has_next() {
            cx.avoid(now, &to, &response);
            self.last_failure = Some(Ok(response));
            return self.try_next(now, cx);
        }
        if !self.authorize(cx, credentials, &response) {
            return Some(Ok(response));
        }
        let sent = self.send(now, cx, to);
        sent.err().map(|error| Err(RequestFailure::NotSent(Arc::new(error))))
    }

    fn authorize(
        &mut self,
        cx: &mut Context,
        credentials: Option<&mut Credentials>,
        response: &IncomingResponse,
    ) -> bool {
        let peers = self.search.peers();
        let credentials = credentials.map(|credentials| credentials.trusting(peers));
        let request = siptrunk_digest::Request {
            method: self.draft.method.as_str(),
            uri: self.draft.request.uri(),
            body: &[],
        };
        let answered = self.draft.authorization.answer(cx, credentials, response, &request);
        if answered {
            self.draft.sequence += 1;
        }
        answered
    }

    pub(crate) fn handle_failure(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        failure: TransactionFailure,
    ) -> Option<Outcome> {
        let attempt = self.attempt.take_if(|it| it.transaction == transaction)?;
        cx.disown(transaction);
        cx.dead.mark(now, &attempt.to, cx.config.dead_target);
        self.last_failure = Some(Err(failure.into()));
        self.try_next(now, cx)
    }

    pub(crate) fn handle_answer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: QuestionId,
        answer: Answer,
    ) -> Option<Outcome> {
        if self.search.answered(now, cx, id, answer) { self.try_next(now, cx) } else { None }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let impatient = self.attempt.as_ref().and_then(|attempt| attempt.impatient);
        self.search.deadline().or(impatient)
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> Option<Outcome> {
        if self.search.deadline().is_some_and(|deadline| deadline <= now) {
            return Some(Err(RequestFailure::Unresolved));
        }
        let silent =
            self.attempt.take_if(|it| it.impatient.is_some_and(|impatient| impatient <= now))?;
        cx.disown(silent.transaction);
        cx.dead.mark(now, &silent.to, cx.config.dead_target);
        self.try_next(now, cx)
    }

    pub(crate) fn close(&mut self, cx: &mut Context) {
        if let Search::Asking { question, .. } = self.search {
            cx.withdraw(question);
        }
        if let Some(attempt) = self.attempt.take() {
            cx.disown(attempt.transaction);
        }
    }
}

#[cfg(test)]
mod tests {
    use siptrunk_transaction::{Listener, Seed, Target};

    use super::*;
    use crate::{Config, RequestId};

    #[test]
    fn a_limit_of_ours_makes_no_target_dead() {
        let mut config = Config::default();
        config.transaction.listeners.push(Listener::udp("127.0.1.1:5060".parse().unwrap()));
        config.transaction.max_transactions = 0;
        let mut cx = Context::new(config, &Seed([0; 32]));
        let targets = ["127.0.2.1:5060", "127.0.2.2:5060"].map(|at| at.parse().unwrap());
        let targets = targets.map(Target::udp);
        let begin = |cx: &mut Context, targets: &[Target]| {
            let draft = Draft {
                method: Method::OPTIONS,
                request: RequestBuilder::new(Method::OPTIONS, "sip:127.0.2.1"),
                contact_user: None,
                authorization: Authorization::default(),
                sequence: 1,
            };
            let destination = Destination::Targets(targets.to_vec());
            let owner = Owner::Request(RequestId(1));
            Exchange::begin(Instant::now(), cx, owner, destination, draft)
        };
        let (_, outcome) = begin(&mut cx, &targets[..1]);
        let Some(Err(RequestFailure::NotSent(error))) = outcome else { panic!("it was sent") };
        assert!(matches!(*error, TransactionError::LimitReached { limit: 0 }));
        let (exchange, _) = begin(&mut cx, &targets);
        let mut search = exchange.search;
        assert_eq!(search.next(), Some(To::Target(targets[1].clone())), "the first was tried");
    }
}
