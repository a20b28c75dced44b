//! A session whose INVITE was answered with 2xx, until its BYE is answered (RFC 3261 13.2.2.4, 14,
//! 15).

use std::time::Instant;

use siptrunk_digest::Account;
use siptrunk_message::{Body, HeaderList, Method, RequestBuilder, StatusCode};
use siptrunk_transaction::{
    ClientTransactionId, FlowId, IncomingRequest, IncomingResponse, QuestionId,
    ServerTransactionId, TransactionFailure,
};

mod ending;
mod referral;

use super::{
    Step,
    fork::Half,
    inbox::Inbox,
    outbox::{Draft, MAX_OPEN, Outbox, Parcel, Sender, Unsent},
    refer::{Notifier, Subscriber},
    reinvite::{Acceptance, Patience},
};
use crate::{
    Answer, Cause, Dialog, Event, Reply, RequestFailure, RequestId, SessionId, UaError,
    authentication::{Authorization, Credentials},
    context::Context,
    owner::Owner,
    path::Path,
    target::Peers,
};
use ending::Closing;

#[derive(Debug)]
pub(crate) struct Confirmed {
    pub(super) id: SessionId,
    pub(super) dialog: Dialog,
    pub(super) path: Path,
    /// Whether what is too large for a datagram may go over TCP.
    takes_tcp: bool,
    peers: Peers,
    credentials: Option<Credentials>,
    pub(super) outbox: Outbox,
    pub(super) inbox: Inbox,
    /// Our 2xx, without its ACK.
    pub(super) acceptance: Option<Acceptance>,
    /// The peer's 2xx, without our ACK.
    pub(super) unacknowledged: Option<Unacknowledged>,
    /// REFERs of ours and of the peer.
    subscriber: Subscriber,
    pub(super) notifier: Notifier,
    closing: Closing,
}

/// A 2xx to an INVITE of ours whose ACK has not been sent.
#[derive(Debug)]
pub(super) struct Unacknowledged {
    /// Who remembers the ACK, to repeat it.
    pub(super) invite: Option<ClientTransactionId>,
    pub(super) sequence: u32,
    pub(super) authorization: Authorization,
    /// When to give up waiting for the application's answer to the peer's offer.
    pub(super) deadline: Option<Instant>,
}

impl Confirmed {
    /// The caller's side, at a 2xx. The ACK is still to be sent.
    pub(crate) fn called(
        id: SessionId,
        half: Half,
        invite: Option<ClientTransactionId>,
        response: &IncomingResponse,
        inbox: Inbox,
    ) -> Self {
        let Half { dialog, authorization, mut credentials, pinned, takes_tcp, domains } = half;
        let domains = domains.or_proven(response.remote(), response.identity());
        if let Some(credentials) = &mut credentials {
            credentials.bind();
        }
        let unacknowledged = Unacknowledged {
            invite,
            sequence: response.essentials().cseq().number,
            authorization,
            deadline: None,
        };
        Self {
            id,
            dialog,
            path: Path::new(response.flow(), response.remote(), pinned, domains),
            takes_tcp,
            peers: Peers::behind(response.flow(), response.remote()),
            credentials,
            outbox: Outbox::default(),
            inbox,
            acceptance: None,
            unacknowledged: Some(unacknowledged),
            subscriber: Subscriber::default(),
            notifier: Notifier::default(),
            closing: Closing::No,
        }
    }

    /// The called side, when its 2xx has just been sent.
    pub(crate) fn calling(
        id: SessionId,
        dialog: Dialog,
        path: Path,
        peers: Peers,
        credentials: Option<Credentials>,
        acceptance: Acceptance,
        inbox: Inbox,
    ) -> Self {
        Self {
            id,
            dialog,
            path,
            takes_tcp: false,
            peers,
            credentials,
            outbox: Outbox::default(),
            inbox,
            acceptance: Some(acceptance),
            unacknowledged: None,
            subscriber: Subscriber::default(),
            notifier: Notifier::default(),
            closing: Closing::No,
        }
    }

    pub(crate) fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    pub(crate) fn set_takes_tcp(&mut self, takes_tcp: bool) {
        self.takes_tcp = takes_tcp && !self.path.is_pinned();
    }

    pub(crate) fn set_credentials(&mut self, account: Account) {
        self.credentials = Some(Credentials::new(account, self.peers.clone()));
    }

    // ---- sending

    /// Sends the ACK of the peer's 2xx (13.2.2.4).
    pub(crate) fn send_ack(&mut self, now: Instant, cx: &mut Context, body: Option<&Body>) {
        let Some(waiting) = self.unacknowledged.take() else { return };
        let request = self.dialog.numbered(Method::ACK, waiting.sequence);
        let mut request = waiting.authorization.add_to(request);
        if let Some(body) = body {
            request = request.body(body);
        }
        let tag = self.dialog.remote_tag().map(ToOwned::to_owned);
        self.post(now, cx, Parcel::Ack { invite: waiting.invite, tag, request });
    }

    /// A 2xx came again that nobody repeats the ACK of any more.
    pub(crate) fn acknowledge_again(&mut self, now: Instant, cx: &mut Context, sequence: u32) {
        let request = self.dialog.numbered(Method::ACK, sequence);
        self.post(now, cx, Parcel::Ack { invite: None, tag: None, request });
    }

    /// Leaves the ACK to [`acknowledge`](Self::acknowledge).
    pub(crate) fn await_answer(&mut self, deadline: Instant) {
        if let Some(waiting) = &mut self.unacknowledged {
            waiting.deadline = Some(deadline);
        }
    }

    fn post(&mut self, now: Instant, cx: &mut Context, parcel: Parcel) -> Step {
        let owner = Owner::Session(self.id);
        let Some(to) = self.path.find(now, cx, owner, self.dialog.next_hop()) else {
            self.outbox.wait(parcel);
            return Step::Stay;
        };
        let (dialog, tcp) = (&self.dialog, self.takes_tcp);
        let sent = self.outbox.send(now, cx, self.id, dialog, &to, tcp, parcel);
        sent.map_or_else(|unsent| self.unsent(cx, *unsent), |()| Step::Stay)
    }

    /// Sends what waited for the next hop.
    fn flush(&mut self, now: Instant, cx: &mut Context) -> Step {
        let mut step = Step::Stay;
        for parcel in self.outbox.take_waiting() {
            match self.post(now, cx, parcel) {
                Step::Stay => {}
                end => step = end,
            }
        }
        step
    }

    fn unsent(&mut self, cx: &mut Context, unsent: Unsent) -> Step {
        match unsent.draft.sender {
            Sender::Session => Step::End(Cause::LocalBye(Err(unsent.failure))),
            // The peer misses one; the next is as complete (RFC 3515 2.4.5).
            Sender::Notifier => Step::Stay,
            Sender::Application(request) => {
                self.subscriber.refused(request);
                cx.emit(Event::Response { request, outcome: Err(unsent.failure) });
                Step::Stay
            }
        }
    }

    // ---- verbs

    pub(crate) fn acknowledge(
        &mut self,
        now: Instant,
        cx: &mut Context,
        body: Option<&Body>,
    ) -> Result<Step, UaError> {
        if self.unacknowledged.is_none() {
            return Err(UaError::WrongState { verb: "acknowledge", state: "acknowledged already" });
        }
        self.send_ack(now, cx, body);
        Ok(Step::Stay)
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
        self.request_with(now, cx, id, method, headers, body, |request| request)
    }

    /// A request of the application, with what its verb adds.
    #[expect(clippy::too_many_arguments, reason = "a request has these parts")]
    fn request_with(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: RequestId,
        method: Method,
        headers: &HeaderList,
        body: Option<&Body>,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Step, UaError> {
        if !matches!(self.closing, Closing::No) {
            return Err(UaError::WrongState { verb: "request", state: "being hung up" });
        }
        if matches!(method.as_str(), "ACK" | "BYE" | "CANCEL" | "REGISTER") {
            return Err(UaError::UnsuitableMethod { method });
        }
        if self.outbox.len() >= MAX_OPEN {
            return Err(UaError::LimitReached { what: "requests in a dialog", limit: MAX_OPEN });
        }
        self.check_offer(&method, body.is_some())?;
        let mut request = self.dialog.request(method.clone());
        request = if method == Method::INVITE { cx.introduce(request) } else { cx.sign(request) };
        request = with(request).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let bytes = body.map(|body| body.bytes.clone()).unwrap_or_default();
        let draft = Draft::new(Sender::Application(id), method, request, bytes);
        Ok(self.post(now, cx, Parcel::Request(draft)))
    }

    // ---- inputs

    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        response: IncomingResponse,
    ) -> Step {
        let status = response.response().status();
        if status.is_provisional() {
            return Step::Stay;
        }
        let Some(mut draft) = self.outbox.take(transaction) else { return Step::Stay };
        cx.disown(transaction);
        if draft.authorize(cx, self.credentials.as_mut(), &response, &mut self.dialog) {
            return self.post(now, cx, Parcel::Request(draft));
        }
        let request = match draft.sender {
            Sender::Session => return Step::End(Cause::LocalBye(Ok(status))),
            Sender::Notifier => return self.notice_answered(now, cx, status.is_success()),
            Sender::Application(request) => request,
        };
        let progress = self.refer_answered(request, Some(&response));
        if draft.refreshes() && status.is_success() {
            self.refreshed(now, cx, transaction, &draft, &response);
        }
        cx.emit(Event::Response { request, outcome: Ok(response) });
        self.tell_progress(cx, progress);
        let lost = status == StatusCode::CALL_DOES_NOT_EXIST
            || (draft.refreshes() && status == StatusCode::REQUEST_TIMEOUT);
        if lost {
            return self.give_up(now, cx, Cause::DialogLost(Some(status)));
        }
        Step::Stay
    }

    pub(crate) fn handle_failure(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        failure: TransactionFailure,
    ) -> Step {
        let Some(mut draft) = self.outbox.take(transaction) else { return Step::Stay };
        cx.disown(transaction);
        if let (Some(tcp), TransactionFailure::Transport(_)) = (draft.take_tcp(), &failure) {
            cx.tcp_failed(now, &tcp);
            self.takes_tcp = false;
            return self.post(now, cx, Parcel::Request(draft));
        }
        match draft.sender {
            Sender::Session => Step::End(Cause::LocalBye(Err(failure.into()))),
            Sender::Notifier => self.notice_answered(now, cx, false),
            Sender::Application(request) => {
                self.refer_answered(request, None);
                let outcome = Err(RequestFailure::Transaction(failure));
                cx.emit(Event::Response { request, outcome });
                if draft.refreshes() {
                    return self.give_up(now, cx, Cause::DialogLost(None));
                }
                Step::Stay
            }
        }
    }

    pub(crate) fn handle_request(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        request: IncomingRequest,
    ) -> Step {
        let bye = request.essentials().cseq().method == Method::BYE;
        let over = self.is_hung_up();
        if !self.dialog.matches(&request) || (over && !bye) {
            let reply = Reply::new(StatusCode::CALL_DOES_NOT_EXIST);
            cx.reply_now(now, transaction, &request, &reply);
            return Step::Stay;
        }
        if bye {
            return self.handle_bye(now, cx, transaction, request, over);
        }
        if cx.config.refer && request.essentials().cseq().method == Method::NOTIFY {
            self.handle_notify(now, cx, transaction, &request);
            return Step::Stay;
        }
        let glare = self.glare();
        self.inbox.admit(now, cx, self.id, &mut self.dialog, transaction, request, glare);
        Step::Stay
    }

    pub(crate) fn handle_ack(
        &mut self,
        now: Instant,
        cx: &mut Context,
        ack: IncomingRequest,
    ) -> Step {
        if !self.dialog.matches(&ack) {
            return Step::Stay;
        }
        let sequence = ack.essentials().cseq().number;
        let Some(acceptance) = self.acceptance.take_if(|it| it.is_for(sequence)) else {
            return Step::Stay;
        };
        acceptance.settle(cx);
        let session = self.id;
        if matches!(self.closing, Closing::No) {
            cx.emit(if acceptance.initial {
                Event::Confirmed { session, ack }
            } else {
                Event::Reconfirmed { session, ack }
            });
        }
        self.release_held(now, cx)
    }

    pub(crate) fn handle_cancel(
        &mut self,
        now: Instant,
        cx: &mut Context,
        invite: ServerTransactionId,
    ) -> Step {
        self.inbox.cancel(now, cx, self.id, invite);
        Step::Stay
    }

    pub(crate) fn handle_answer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: QuestionId,
        answer: Answer,
    ) -> Step {
        if self.path.answered(id, answer) { self.flush(now, cx) } else { Step::Stay }
    }

    pub(crate) fn handle_closed(&mut self, flow: FlowId) {
        self.path.handle_closed(flow);
    }

    // ---- time

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let ack = self.unacknowledged.as_ref().and_then(|waiting| waiting.deadline);
        let accepted = self.acceptance.as_ref().map(Acceptance::next);
        let referral = self.referral_deadline();
        [self.path.deadline(), ack, accepted, referral].into_iter().flatten().min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> Step {
        if self.path.handle_timeout(now, cx) {
            return self.flush(now, cx);
        }
        let late = self.unacknowledged.as_ref().and_then(|waiting| waiting.deadline);
        if late.is_some_and(|deadline| deadline <= now) {
            return self.give_up(now, cx, Cause::Expired);
        }
        if self.referral_deadline().is_some_and(|deadline| deadline <= now) {
            return self.handle_referral_timeout(now, cx);
        }
        let Some(acceptance) = &mut self.acceptance else { return Step::Stay };
        if acceptance.handle_timeout(now, cx) == Patience::Waiting {
            return Step::Stay;
        }
        acceptance.settle(cx);
        self.acceptance = None;
        match self.closing {
            Closing::No => self.give_up(now, cx, Cause::NoAck),
            Closing::Held(_) => self.release_held(now, cx),
            Closing::Sent => Step::Stay,
        }
    }
}
