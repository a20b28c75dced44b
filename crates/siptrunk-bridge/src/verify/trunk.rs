//! What is looked at without a call: names, OPTIONS, registrations.

use std::time::Instant;

use siptrunk_message::StatusCode;
use siptrunk_transaction::{IncomingResponse, QuestionId, TransactionFailure};
use siptrunk_ua::{Answer, Question, RequestFailure, RequestId};

use super::{Check, Doing, Verifier};
use crate::diagnosis::CallFailure;
use crate::legs::{TrunkId, lookup};

/// Something that was asked of a trunk, and how long an answer is waited for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) trunk: TrunkId,
    pub(super) what: What,
    pub(super) since: Instant,
    pub(super) until: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Names(QuestionId),
    Options(RequestId),
    Registration,
    Binding,
}

impl Verifier {
    fn ask(&mut self, now: Instant, trunk: TrunkId, what: What) {
        let until = now + self.plan.patience;
        self.doing = Doing::Asking(Asked { trunk, what, since: now, until });
    }

    /// The trunk that was asked this, and since when; from now on nobody waits for it.
    fn answered(&mut self, what: What) -> Option<(TrunkId, Instant)> {
        let Doing::Asking(asked) = &self.doing else { return None };
        let found = (asked.what == what).then_some((asked.trunk, asked.since));
        if found.is_some() {
            self.doing = Doing::Resting;
        }
        found
    }

    pub(super) fn ask_names(&mut self, now: Instant, trunk: TrunkId) {
        let Some(lookup) = self.trunk(trunk).map(lookup) else { return };
        let id = self.legs.next_question_id();
        self.questions.push_back((id, Question::Resolve(lookup)));
        self.ask(now, trunk, What::Names(id));
    }

    /// Whether this answer was ours; the legs ask for names, too.
    pub(super) fn heard_names(&mut self, now: Instant, id: QuestionId, answer: &Answer) -> bool {
        let Some((trunk, since)) = self.answered(What::Names(id)) else { return false };
        let took = now.saturating_duration_since(since);
        match answer {
            Answer::Targets(targets) if !targets.is_empty() => {
                let addresses: Vec<_> = targets.iter().map(|it| it.address.to_string()).collect();
                self.good(trunk, Check::Names, took, addresses.join(", "));
            }
            _ => {
                let failure = CallFailure::Unresolved { trunk: self.name(trunk) };
                self.failed(trunk, Check::Names, took, &failure);
            }
        }
        true
    }

    pub(super) fn ask_options(&mut self, now: Instant, trunk: TrunkId) {
        match self.legs.probe(now, trunk) {
            Ok(request) => self.ask(now, trunk, What::Options(request)),
            Err(failure) => self.failed(trunk, Check::Options, std::time::Duration::ZERO, &failure),
        }
    }

    pub(super) fn heard_options(
        &mut self,
        now: Instant,
        request: RequestId,
        outcome: Result<Box<IncomingResponse>, RequestFailure>,
    ) {
        let Some((trunk, since)) = self.answered(What::Options(request)) else { return };
        let took = now.saturating_duration_since(since);
        let name = self.name(trunk);
        let failure = match outcome {
            Ok(response) => {
                let status = response.response().status();
                if !refuses_us(status) {
                    let from = response.remote();
                    let evidence = format!("{} from {from}", status.code());
                    self.good(trunk, Check::Options, took, evidence);
                    return;
                }
                CallFailure::Refused { trunk: name, status }
            }
            Err(RequestFailure::Transaction(TransactionFailure::Transport(error))) => {
                CallFailure::of_transport(name, error)
            }
            Err(RequestFailure::Transaction(_)) => CallFailure::NoResponse { trunk: name },
            Err(RequestFailure::Unresolved) => CallFailure::Unresolved { trunk: name },
            Err(other) => CallFailure::Unreachable { trunk: name, why: other.to_string() },
        };
        self.failed(trunk, Check::Options, took, &failure);
    }

    pub(super) fn ask_registration(&mut self, now: Instant, trunk: TrunkId) {
        self.ask(now, trunk, What::Registration);
        // The user agent began it at the start: it may be there already.
        self.heard_registration(now, trunk);
    }

    pub(super) fn heard_registration(&mut self, now: Instant, trunk: TrunkId) {
        let Some(outcome) = self.registered.get(&trunk).copied() else { return };
        if !matches!(&self.doing, Doing::Asking(asked) if asked.trunk == trunk) {
            return;
        }
        let Some((_, since)) = self.answered(What::Registration) else { return };
        let took = now.saturating_duration_since(since);
        if let Some(expires) = outcome {
            let evidence = format!("registered for {} s", expires.as_secs());
            self.good(trunk, Check::Registration, took, evidence);
        } else {
            let failure = CallFailure::RegistrationRefused { trunk: self.name(trunk) };
            self.failed(trunk, Check::Registration, took, &failure);
        }
    }

    pub(super) fn ask_binding(&mut self, now: Instant, trunk: TrunkId) {
        self.ask(now, trunk, What::Binding);
        self.heard_binding(now, trunk);
    }

    pub(super) fn heard_binding(&mut self, now: Instant, trunk: TrunkId) {
        let Some(remote) = self.bound.get(&trunk).copied() else { return };
        if !matches!(&self.doing, Doing::Asking(asked) if asked.trunk == trunk) {
            return;
        }
        let Some((_, since)) = self.answered(What::Binding) else { return };
        let took = now.saturating_duration_since(since);
        self.good(trunk, Check::Binding, took, format!("bound to {remote}"));
    }

    /// The time for an answer is over.
    pub(super) fn not_answered(&mut self, now: Instant) {
        let Doing::Asking(asked) = std::mem::replace(&mut self.doing, Doing::Resting) else {
            return;
        };
        let Asked { trunk, what, since, .. } = asked;
        let took = now.saturating_duration_since(since);
        let name = self.name(trunk);
        let (check, failure) = match what {
            What::Names(_) => (Check::Names, CallFailure::Unresolved { trunk: name }),
            What::Options(_) => (Check::Options, CallFailure::NoResponse { trunk: name }),
            What::Registration => {
                (Check::Registration, CallFailure::RegistrationRefused { trunk: name })
            }
            What::Binding => (Check::Binding, CallFailure::NotRegistered { trunk: name }),
        };
        self.failed(trunk, check, took, &failure);
    }
}

/// Whether an answer to OPTIONS says that a call would not be taken, either. Any other, a 404 or a 405 as
/// well, is a sign of life.
fn refuses_us(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::FORBIDDEN | StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT
    )
}
