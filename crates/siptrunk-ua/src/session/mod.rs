//! An INVITE session from its first message to its end.
//!
//! ```text
//!   invite()                        INVITE arrives
//!      |                                 |
//!  +---v------+  2xx            2xx  +---v------+
//!  | Outgoing |-----------+----------| Incoming |
//!  +---+------+           |          +---+------+
//!      |          +-------v---+          |
//!      | failure  | Confirmed |          | failure, CANCEL
//!      | cancel   +-------+---+          |
//!      +------------------+--------------+
//!                     Ended once
//! ```
//!
//! A session that has reported its end may go on unseen until its BYE is answered; a surplus 2xx
//! of a fork is such a session from the start.

pub(crate) mod confirmed;
pub(crate) mod fork;
pub(crate) mod inbox;
pub(crate) mod incoming;
pub(crate) mod outbox;
pub(crate) mod outgoing;
pub(crate) mod refer;
pub(crate) mod reinvite;
pub(crate) mod table;

use std::time::Instant;

use siptrunk_message::{Body, HeaderList, Method, StatusCode, Uri};
use siptrunk_transaction::{
    ClientTransactionId, FlowId, IncomingRequest, IncomingResponse, QuestionId,
    ServerTransactionId, TransactionFailure,
};

use crate::{
    Answer, Cause, Dialog, Ending, Event, Reply, RequestId, SessionId, UaError, context::Context,
};
use confirmed::Confirmed;
use incoming::Incoming;
use outgoing::Outgoing;
use table::Arrival;

/// What a session's owner has to do after one of its steps.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing.
    Stay,
    /// The INVITE was answered with 2xx, by the peer or by us.
    Confirm(Box<Confirmed>),
    /// Report the end, and keep the session until its BYE is answered.
    Linger(Cause),
    /// Report the end unless that was done before, and drop the session.
    End(Cause),
}

#[derive(Debug)]
pub(crate) struct Session {
    id: SessionId,
    /// Whether the application knows of this session and has not seen its end.
    reported: bool,
    /// The INVITE that began it, if the peer sent it.
    arrival: Option<(ServerTransactionId, Arrival)>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Outgoing(Box<Outgoing>),
    Incoming(Box<Incoming>),
    Confirmed(Box<Confirmed>),
}

impl Session {
    pub(crate) fn outgoing(id: SessionId, outgoing: Outgoing) -> Self {
        Self { id, reported: true, arrival: None, phase: Phase::Outgoing(Box::new(outgoing)) }
    }

    pub(crate) fn incoming(id: SessionId, incoming: Incoming) -> Self {
        let arrival = Some((incoming.transaction(), Arrival::of(incoming.request())));
        Self { id, reported: true, arrival, phase: Phase::Incoming(Box::new(incoming)) }
    }

    /// A session that the application never hears of.
    pub(crate) fn unseen(id: SessionId, confirmed: Confirmed) -> Self {
        Self { id, reported: false, arrival: None, phase: Phase::Confirmed(Box::new(confirmed)) }
    }

    /// Whether verbs of the application reach it.
    pub(crate) fn is_reported(&self) -> bool {
        self.reported
    }

    /// The INVITE that began it, if the peer sent it.
    pub(crate) fn arrival(&self) -> Option<(&ServerTransactionId, &Arrival)> {
        self.arrival.as_ref().map(|(invite, arrival)| (invite, arrival))
    }

    /// The dialog; before a 2xx, only our half of it.
    pub(crate) fn dialog(&self) -> &Dialog {
        match &self.phase {
            Phase::Outgoing(outgoing) => outgoing.dialog(),
            Phase::Incoming(incoming) => incoming.dialog(),
            Phase::Confirmed(confirmed) => confirmed.dialog(),
        }
    }

    /// Does what a step asks of the session itself; `true` if the session is over.
    pub(crate) fn take(&mut self, now: Instant, cx: &mut Context, step: Step) -> bool {
        match step {
            Step::Stay => false,
            Step::Confirm(confirmed) => {
                self.phase = Phase::Confirmed(confirmed);
                false
            }
            Step::Linger(cause) => {
                self.report(now, cx, cause);
                false
            }
            Step::End(cause) => {
                self.report(now, cx, cause);
                true
            }
        }
    }

    fn report(&mut self, now: Instant, cx: &mut Context, cause: Cause) {
        if self.reported {
            self.reported = false;
            if let Phase::Confirmed(confirmed) = &mut self.phase {
                confirmed.report_ended(now, cx);
            }
            let answered = matches!(self.phase, Phase::Confirmed(_));
            cx.emit(Event::Ended { session: self.id, ending: Ending { cause, answered } });
        }
    }

    /// Lets go of everything that the context holds for this session.
    pub(crate) fn close(&mut self, now: Instant, cx: &mut Context) {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.close(now, cx),
            Phase::Incoming(incoming) => incoming.close(now, cx),
            Phase::Confirmed(confirmed) => confirmed.close(now, cx),
        }
    }

    // ---- inputs

    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        response: IncomingResponse,
    ) -> Step {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.handle_response(now, cx, transaction, response),
            Phase::Incoming(_) => Step::Stay,
            Phase::Confirmed(confirmed) => {
                confirmed.handle_response(now, cx, transaction, response)
            }
        }
    }

    pub(crate) fn handle_failure(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        failure: TransactionFailure,
    ) -> Step {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.handle_failure(now, cx, transaction, failure),
            Phase::Incoming(_) => Step::Stay,
            Phase::Confirmed(confirmed) => confirmed.handle_failure(now, cx, transaction, failure),
        }
    }

    /// A request inside the dialog: its To tag is ours.
    pub(crate) fn handle_request(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        request: IncomingRequest,
    ) -> Step {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.handle_request(now, cx, transaction, request),
            Phase::Incoming(incoming) => incoming.handle_request(now, cx, transaction, request),
            Phase::Confirmed(confirmed) => confirmed.handle_request(now, cx, transaction, request),
        }
    }

    pub(crate) fn handle_ack(
        &mut self,
        now: Instant,
        cx: &mut Context,
        ack: IncomingRequest,
    ) -> Step {
        match &mut self.phase {
            Phase::Outgoing(_) | Phase::Incoming(_) => Step::Stay,
            Phase::Confirmed(confirmed) => confirmed.handle_ack(now, cx, ack),
        }
    }

    /// Whether a 2xx with this To tag made it.
    pub(crate) fn is_with(&self, tag: Option<&str>) -> bool {
        matches!(&self.phase, Phase::Confirmed(it) if it.dialog().remote_tag() == tag)
    }

    /// The 2xx that made it came again after its INVITE was forgotten.
    pub(crate) fn acknowledge_again(
        &mut self,
        now: Instant,
        cx: &mut Context,
        sequence: u32,
    ) -> Step {
        if let Phase::Confirmed(confirmed) = &mut self.phase {
            confirmed.acknowledge_again(now, cx, sequence);
        }
        Step::Stay
    }

    /// The peer cancels an INVITE of this session.
    pub(crate) fn handle_cancel(
        &mut self,
        now: Instant,
        cx: &mut Context,
        invite: ServerTransactionId,
        cancel: IncomingRequest,
    ) -> Step {
        match &mut self.phase {
            Phase::Outgoing(_) => Step::Stay,
            Phase::Incoming(incoming) => incoming.handle_cancel(now, cx, invite, cancel),
            Phase::Confirmed(confirmed) => confirmed.handle_cancel(now, cx, invite),
        }
    }

    /// A response of ours could not be sent.
    pub(crate) fn handle_server_failure(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        failure: TransactionFailure,
    ) -> Step {
        match &mut self.phase {
            Phase::Incoming(incoming) if incoming.transaction() == transaction => {
                incoming.handle_server_failure(now, cx, failure)
            }
            // An accepted INVITE has its own deadline; other requests are the peer's to repeat.
            _ => Step::Stay,
        }
    }

    /// A request of the peer that waited for a response is over.
    pub(crate) fn drop_request(&mut self, transaction: ServerTransactionId) {
        let inbox = match &mut self.phase {
            Phase::Outgoing(outgoing) => &mut outgoing.inbox,
            Phase::Incoming(incoming) => &mut incoming.inbox,
            Phase::Confirmed(confirmed) => &mut confirmed.inbox,
        };
        inbox.drop_open(transaction);
    }

    pub(crate) fn handle_answer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: QuestionId,
        answer: Answer,
    ) -> Step {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.handle_answer(now, cx, id, answer),
            Phase::Incoming(_) => Step::Stay,
            Phase::Confirmed(confirmed) => confirmed.handle_answer(now, cx, id, answer),
        }
    }

    pub(crate) fn handle_closed(&mut self, flow: FlowId) {
        match &mut self.phase {
            Phase::Outgoing(_) => {}
            Phase::Incoming(incoming) => incoming.handle_closed(flow),
            Phase::Confirmed(confirmed) => confirmed.handle_closed(flow),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> Step {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.handle_timeout(now, cx),
            Phase::Incoming(incoming) => incoming.handle_timeout(now, cx),
            Phase::Confirmed(confirmed) => confirmed.handle_timeout(now, cx),
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Outgoing(outgoing) => Some(outgoing.deadline()),
            Phase::Incoming(incoming) => Some(incoming.deadline()),
            Phase::Confirmed(confirmed) => confirmed.deadline(),
        }
    }

    // ---- verbs

    pub(crate) fn answer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        reply: &Reply,
    ) -> Result<Step, UaError> {
        match &mut self.phase {
            Phase::Incoming(incoming) => incoming.answer(now, cx, reply),
            other => Err(other.wrong_state("answer")),
        }
    }

    /// Leaves the INVITE without a response; `false` if this is no INVITE without one.
    pub(crate) fn ignore(&mut self, cx: &mut Context) -> bool {
        match &mut self.phase {
            Phase::Incoming(incoming) if self.reported => {
                incoming.ignore(cx);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn acknowledge(
        &mut self,
        now: Instant,
        cx: &mut Context,
        body: Option<&Body>,
    ) -> Result<Step, UaError> {
        match &mut self.phase {
            Phase::Confirmed(confirmed) => confirmed.acknowledge(now, cx, body),
            other => Err(other.wrong_state("acknowledge")),
        }
    }

    pub(crate) fn bye(
        &mut self,
        now: Instant,
        cx: &mut Context,
        headers: HeaderList,
    ) -> Result<Step, UaError> {
        match &mut self.phase {
            Phase::Confirmed(confirmed) => confirmed.bye(now, cx, headers),
            other => Err(other.wrong_state("bye")),
        }
    }

    pub(crate) fn cancel(
        &mut self,
        now: Instant,
        cx: &mut Context,
        headers: &HeaderList,
    ) -> Result<Step, UaError> {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.cancel(now, cx, headers),
            other => Err(other.wrong_state("cancel")),
        }
    }

    pub(crate) fn request(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: RequestId,
        method: Method,
        headers: &HeaderList,
        body: Option<&Body>,
    ) -> Result<Step, UaError> {
        match &mut self.phase {
            Phase::Confirmed(confirmed) => confirmed.request(now, cx, id, method, headers, body),
            other => Err(other.wrong_state("request")),
        }
    }

    pub(crate) fn refer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: RequestId,
        to: &Uri<'_>,
        headers: &HeaderList,
    ) -> Result<Step, UaError> {
        match &mut self.phase {
            Phase::Confirmed(confirmed) => confirmed.refer(now, cx, id, to, headers),
            other => Err(other.wrong_state("refer")),
        }
    }

    pub(crate) fn notify_refer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        status: StatusCode,
    ) -> Result<Step, UaError> {
        match &mut self.phase {
            Phase::Confirmed(confirmed) => confirmed.notify_refer(now, cx, status),
            _ => Err(UaError::UnknownRequest),
        }
    }

    pub(crate) fn respond(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
        reply: &Reply,
    ) -> Result<Step, UaError> {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.respond(now, cx, transaction, request, reply),
            Phase::Incoming(incoming) => incoming.respond(now, cx, transaction, request, reply),
            Phase::Confirmed(confirmed) => confirmed.respond(now, cx, transaction, request, reply),
        }
    }

    pub(crate) fn set_takes_tcp(&mut self, takes_tcp: bool) {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.set_takes_tcp(takes_tcp),
            Phase::Incoming(incoming) => incoming.set_takes_tcp(takes_tcp),
            Phase::Confirmed(confirmed) => confirmed.set_takes_tcp(takes_tcp),
        }
    }

    pub(crate) fn set_credentials(&mut self, account: siptrunk_digest::Account) {
        match &mut self.phase {
            Phase::Outgoing(outgoing) => outgoing.set_credentials(account),
            Phase::Incoming(incoming) => incoming.set_credentials(account),
            Phase::Confirmed(confirmed) => confirmed.set_credentials(account),
        }
    }
}

impl Phase {
    fn wrong_state(&self, verb: &'static str) -> UaError {
        let state = match self {
            Self::Outgoing(_) => "an INVITE of ours without a final response",
            Self::Incoming(_) => "an INVITE of the peer that was not answered",
            Self::Confirmed(_) => "answered already",
        };
        UaError::WrongState { verb, state }
    }
}
