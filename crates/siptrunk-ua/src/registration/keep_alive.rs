//! Keeps the flow of a registration open, and notices when it is dead (RFC 5626 3.5, 4.4).
//!
//! A CRLF CRLF asks for a CRLF on connections; over UDP nobody answers it, it only keeps the way
//! through NATs open. OPTIONS asks on any transport, and any response will do.

use std::time::{Duration, Instant};

use bytes::Bytes;
use siptrunk_message::{KeepAlive as Crlf, Method};
use siptrunk_transaction::{
    ClientTransactionId, FlowId, IncomingResponse, To, TransactionFailure, TransportError,
};

use super::{Leaving, Registrant, outcome::spread};
use crate::{
    Destination, RegistrationFailure,
    authentication::Authorization,
    context::Context,
    exchange::{Draft, Exchange},
    options::options,
    owner::Owner,
};

/// How long the answer may take on a connection (RFC 5626 4.4.1). Over UDP OPTIONS has until timer F.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the flow of a registration is kept open: see
/// [`UserAgent::keep_alive`](crate::UserAgent::keep_alive).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepAlive {
    /// Not at all, but by the refreshes of the registration.
    #[default]
    Off,
    /// By CRLF CRLF, each time after 80 to 100 % of this. A connection whose peer has answered one and
    /// then misses one counts as failed; one whose peer never answers is believed.
    Crlf {
        /// The longest wait between two.
        every: Duration,
    },
    /// By OPTIONS to the registrar, each time after 80 to 100 % of this. Without a response the flow
    /// counts as failed.
    Options {
        /// The longest wait between two.
        every: Duration,
    },
}

impl KeepAlive {
    fn every(self) -> Option<Duration> {
        match self {
            Self::Off => None,
            Self::Crlf { every } | Self::Options { every } => Some(every),
        }
    }
}

/// The keep-alives of one flow.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    way: KeepAlive,
    next: Option<Instant>,
    /// When the answer to the last one is overdue.
    overdue: Option<Instant>,
    /// Whether the peer has answered CRLF CRLF on this flow: so it is one that does.
    answers: bool,
    open: Option<Exchange>,
}

impl Pulse {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next.into_iter().chain(self.overdue).min()
    }

    /// Nothing more is sent or waited for.
    pub(super) fn stop(&mut self, cx: &mut Context) {
        if let Some(mut open) = self.open.take() {
            open.close(cx);
        }
        *self = Self { way: self.way, ..Self::default() };
    }

    /// Begins to wait for the next one.
    pub(super) fn arm(&mut self, now: Instant, cx: &mut Context) {
        self.next = self.way.every().map(|every| now + spread(cx, every, 80, 100));
    }
}

impl Registrant {
    /// Says how the flow is kept open from now on.
    pub(crate) fn keep_alive(&mut self, now: Instant, cx: &mut Context, way: KeepAlive) {
        self.pulse.stop(cx);
        self.pulse.way = way;
        if self.standing.is_some() && self.leaving == Leaving::No {
            self.pulse.arm(now, cx);
        }
    }

    /// Sends a keep-alive that is due, or gives up waiting for the answer to the last one.
    pub(super) fn beat(&mut self, now: Instant, cx: &mut Context) {
        if self.pulse.overdue.is_some_and(|overdue| overdue <= now) {
            return self.flow_is_dead(now, cx);
        }
        if self.pulse.next.is_none_or(|next| next > now) {
            return;
        }
        let Some(flow) = self.standing.map(|standing| standing.flow) else { return };
        self.pulse.arm(now, cx);
        cx.counters.keep_alives += 1;
        let on_connection = matches!(flow, FlowId::Connection(_));
        match self.pulse.way {
            KeepAlive::Off => {}
            KeepAlive::Crlf { .. } => {
                cx.layer.resend(To::Flow(flow), Bytes::from_static(Crlf::PING));
                if on_connection && self.pulse.answers && self.pulse.overdue.is_none() {
                    self.pulse.overdue = Some(now + PATIENCE);
                }
            }
            // One that is still open is waited for first.
            KeepAlive::Options { .. } if self.pulse.open.is_some() => {}
            KeepAlive::Options { .. } => {
                let request =
                    options(cx, &self.registration.registrar, self.registration.aor.clone());
                let sequence = cx.new_sequence();
                let method = Method::OPTIONS;
                let authorization = Authorization::default();
                let draft = Draft { method, request, contact_user: None, authorization, sequence };
                let owner = Owner::KeepAlive(self.id);
                let destination = Destination::Flow(flow);
                let (exchange, outcome) = Exchange::begin(now, cx, owner, destination, draft);
                if outcome.is_some() {
                    return self.flow_is_dead(now, cx);
                }
                self.pulse.open = Some(exchange);
                self.pulse.overdue = on_connection.then(|| now + PATIENCE);
            }
        }
    }

    /// A CRLF came over the connection: what answers CRLF CRLF.
    pub(crate) fn handle_pong(&mut self) {
        if matches!(self.pulse.way, KeepAlive::Crlf { .. }) {
            self.pulse.answers = true;
            self.pulse.overdue = None;
        }
    }

    /// Any response to OPTIONS shows that the flow is alive.
    pub(crate) fn handle_beat_response(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        response: IncomingResponse,
    ) {
        let Some(open) = &mut self.pulse.open else { return };
        self.pulse.overdue = None;
        if open.handle_response(now, cx, None, transaction, response).is_some()
            && let Some(mut open) = self.pulse.open.take()
        {
            open.close(cx);
        }
    }

    pub(crate) fn handle_beat_failure(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        failure: TransactionFailure,
    ) {
        let Some(open) = &mut self.pulse.open else { return };
        if open.handle_failure(now, cx, transaction, failure).is_some() {
            self.flow_is_dead(now, cx);
        }
    }

    /// Nothing answers over the flow: the registration is formed anew (RFC 5626 4.5).
    fn flow_is_dead(&mut self, now: Instant, cx: &mut Context) {
        cx.counters.dead_flows += 1;
        self.form_anew(now, cx, RegistrationFailure::FlowClosed(TransportError::TimedOut));
    }
}
