//! A registration of ours, kept alive (RFC 3261 section 10.2).
//!
//! ```text
//!   register()        2xx                    refresh, at 50 to 90 % of what was granted
//!  -----------> Asking ----> Standing ------------------------------------------+
//!                 ^ |                                                           |
//!     back-off    | | failure                                                   |
//!                 | v                                                           |
//!               Waiting  <------------------- failure -------- Asking <---------+
//!
//!   unregister(): after the response that is awaited, REGISTER with Expires 0
//! ```
//!
//! A registration stands on the flow that brought its 2xx (RFC 5626 section 4.3). Refreshes go over
//! that connection and no other; when it closes, the registration begins anew (4.5).

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderName, Method, RequestBuilder};
use siptrunk_transaction::{
    ClientTransactionId, FlowId, IncomingResponse, QuestionId, TransactionFailure, TransportError,
};

mod keep_alive;
pub use keep_alive::KeepAlive;

mod outcome;

use crate::{
    Answer, Destination, Event, Registration, RegistrationFailure, RegistrationId,
    authentication::Credentials,
    context::Context,
    exchange::{Draft, Exchange},
    owner::Owner,
    target::Peers,
};
use keep_alive::Pulse;
use outcome::spread;

/// The longest registration that is asked for or believed: a week.
const MAX_EXPIRES: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How long a connection has to stand before its end is not held against the registrar: as long as
/// a keep-alive takes to be answered (RFC 5626 4.4.1), which is what a successful flow is (4.5).
const PROVEN: Duration = Duration::from_secs(120);

/// How soon a new flow is formed in place of a successful one: at once (RFC 5626 4.5), spread out
/// so that the trunks which a restarted registrar lost do not all come back in the same moment.
const RECOVERY: Duration = Duration::from_secs(4);

/// What the owner of a registration has to do after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Keep it.
    Stay,
    /// Drop it: the end was reported.
    Over,
}

#[derive(Debug)]
pub(crate) struct Registrant {
    id: RegistrationId,
    registration: Registration,
    credentials: Option<Credentials>,
    call_id: String,
    tag: String,
    sequence: u32,
    /// What is asked for: as configured, or more after a 423.
    expires: Duration,
    too_brief: u8,
    exchange: Option<Exchange>,
    /// When to send the next REGISTER.
    next: Option<Instant>,
    failures: u32,
    /// The flow that the last 2xx came over, while it is there.
    standing: Option<Standing>,
    pulse: Pulse,
    /// Until when the registrar holds our binding.
    bound_until: Option<Instant>,
    /// How far `unregister` has come.
    leaving: Leaving,
}

/// The flow of a registration.
#[derive(Clone, Copy, Debug)]
struct Standing {
    flow: FlowId,
    remote: SocketAddr,
    since: Instant,
    /// How many attempts in a row had failed before it was formed.
    failures: u32,
}

/// The way of `unregister`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    No,
    /// A REGISTER is open: one at a time (10.2).
    Wanted,
    /// REGISTER with Expires 0 is open.
    Sent,
}

impl Registrant {
    /// Begins to register.
    pub(crate) fn begin(
        now: Instant,
        cx: &mut Context,
        id: RegistrationId,
        mut registration: Registration,
    ) -> (Self, Progress) {
        let account = registration.account.take();
        let mut registrant = Self {
            id,
            credentials: account.map(|account| Credentials::new(account, Peers::default())),
            call_id: cx.new_call_id(),
            tag: cx.new_tag(),
            sequence: cx.new_sequence(),
            expires: registration.expires.min(MAX_EXPIRES),
            registration,
            too_brief: 0,
            exchange: None,
            next: None,
            failures: 0,
            standing: None,
            pulse: Pulse::default(),
            bound_until: None,
            leaving: Leaving::No,
        };
        let progress = registrant.send(now, cx);
        (registrant, progress)
    }

    /// Sends REGISTER, with the same Call-ID and a higher CSeq each time (10.2).
    fn send(&mut self, now: Instant, cx: &mut Context) -> Progress {
        self.next = None;
        let aor = self.registration.aor.clone().without_tag();
        let expires = if self.leaving == Leaving::Sent { Duration::ZERO } else { self.expires };
        let request = RequestBuilder::new(Method::REGISTER, &self.registration.registrar)
            .append(&HeaderName::MAX_FORWARDS, 70)
            .append(&HeaderName::FROM, aor.clone().with_tag(&self.tag))
            .append(&HeaderName::TO, aor)
            .append(&HeaderName::CALL_ID, &self.call_id)
            .append(&HeaderName::EXPIRES, expires.as_secs());
        let asked = siptrunk_digest::Request {
            method: Method::REGISTER.as_str(),
            uri: request.uri(),
            body: &[],
        };
        let credentials = self.credentials.as_mut();
        let authorization = credentials.map(|it| it.anticipate(&mut cx.rng, &asked));
        let draft = Draft {
            authorization: authorization.unwrap_or_default(),
            method: Method::REGISTER,
            request: cx.introduce(request),
            contact_user: Some(self.contact_user()),
            sequence: self.sequence + 1,
        };
        let owner = Owner::Registration(self.id);
        let destination = match self.connection() {
            Some(flow) => Destination::Flow(flow),
            None => self.registration.destination.clone(),
        };
        let (exchange, outcome) = Exchange::begin(now, cx, owner, destination, draft);
        self.exchange = Some(exchange);
        self.conclude(now, cx, outcome)
    }

    /// The connection that the registration stands on; none over UDP.
    pub(crate) fn connection(&self) -> Option<FlowId> {
        let flow = self.standing?.flow;
        matches!(flow, FlowId::Connection(_)).then_some(flow)
    }

    /// Who is at the other end of the flow.
    pub(crate) fn remote(&self) -> Option<SocketAddr> {
        Some(self.standing?.remote)
    }

    fn contact_user(&self) -> String {
        let user = self.registration.aor.uri().user();
        self.registration
            .contact_user
            .clone()
            .unwrap_or_else(|| user.map(std::borrow::Cow::into_owned).unwrap_or_default())
    }

    pub(crate) fn unregister(&mut self, now: Instant, cx: &mut Context) -> Progress {
        if self.leaving != Leaving::No {
            return Progress::Stay;
        }
        self.leaving = Leaving::Wanted;
        self.pulse.stop(cx);
        if self.exchange.is_some() { Progress::Stay } else { self.leave(now, cx) }
    }

    /// Takes the binding back, if the registrar may still hold one.
    fn leave(&mut self, now: Instant, cx: &mut Context) -> Progress {
        if self.bound_until.is_none_or(|until| until <= now) {
            return self.left(cx);
        }
        self.leaving = Leaving::Sent;
        self.send(now, cx)
    }

    fn left(&self, cx: &mut Context) -> Progress {
        cx.emit(Event::Unregistered { registration: self.id });
        Progress::Over
    }

    // ---- inputs

    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        response: IncomingResponse,
    ) -> Progress {
        let Some(exchange) = &mut self.exchange else { return Progress::Stay };
        let credentials = self.credentials.as_mut();
        let outcome = exchange.handle_response(now, cx, credentials, transaction, response);
        self.conclude(now, cx, outcome)
    }

    pub(crate) fn handle_failure(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        failure: TransactionFailure,
    ) -> Progress {
        let Some(exchange) = &mut self.exchange else { return Progress::Stay };
        let outcome = exchange.handle_failure(now, cx, transaction, failure);
        self.conclude(now, cx, outcome)
    }

    pub(crate) fn handle_answer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: QuestionId,
        answer: Answer,
    ) -> Progress {
        let Some(exchange) = &mut self.exchange else { return Progress::Stay };
        let outcome = exchange.handle_answer(now, cx, id, answer);
        self.conclude(now, cx, outcome)
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> Progress {
        if let Some(exchange) = &mut self.exchange {
            let outcome = exchange.handle_timeout(now, cx);
            return self.conclude(now, cx, outcome);
        }
        if self.next.is_some_and(|next| next <= now) {
            return self.send(now, cx);
        }
        self.beat(now, cx);
        Progress::Stay
    }

    /// A connection closed. If the registration stood on it, the registrar cannot reach us any more:
    /// it is formed anew (RFC 5626 section 4.5).
    pub(crate) fn handle_closed(
        &mut self,
        now: Instant,
        cx: &mut Context,
        flow: FlowId,
        reason: TransportError,
    ) {
        // Whoever leaves has its REGISTER under way, which fails by itself.
        if self.connection() != Some(flow) || self.leaving != Leaving::No {
            return;
        }
        self.form_anew(now, cx, RegistrationFailure::FlowClosed(reason));
    }

    /// The flow failed: another one is formed, soon after a successful one (RFC 5626 section 4.5).
    fn form_anew(&mut self, now: Instant, cx: &mut Context, failure: RegistrationFailure) {
        if let Some(mut exchange) = self.exchange.take() {
            self.sequence = exchange.sequence();
            exchange.close(cx);
        }
        if self.lose_flow(now, cx) {
            let retry_in = spread(cx, RECOVERY, 25, 100);
            self.wait(now, cx, failure, retry_in);
        } else {
            self.back_off(now, cx, failure);
        }
    }

    /// The flow is gone. `true` if it was a success; else the failures before it count on.
    fn lose_flow(&mut self, now: Instant, cx: &mut Context) -> bool {
        self.pulse.stop(cx);
        let proven = self.connection().is_none();
        let Some(lost) = self.standing.take() else { return false };
        let proven = proven || now.saturating_duration_since(lost.since) >= PROVEN;
        if !proven {
            self.failures = self.failures.max(lost.failures);
        }
        proven
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.exchange {
            Some(exchange) => exchange.deadline(),
            None => self.next.into_iter().chain(self.pulse.deadline()).min(),
        }
    }
}
