//! An INVITE of ours until its final response: targets, digest retries, provisional responses
//! (RFC 3261 13.2; RFC 3263 4.3).

mod withdrawal;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_digest::Account;
use siptrunk_message::{HeaderList, HeaderName, Method, RequestBuilder, StatusCode};
use siptrunk_transaction::{
    ClientTransactionId, IncomingRequest, IncomingResponse, QuestionId, ServerTransactionId, To,
    TransactionError, TransactionFailure,
};

use super::{
    Step,
    confirmed::Confirmed,
    fork::{Answers, Half},
    inbox::{Glare, Inbox},
};
use crate::{
    Answer, Cause, Destination, Dialog, Event, Invite, Reply, SessionId, UaError,
    authentication::{Authorization, Credentials, is_challenge},
    context::{Context, sane},
    dialog::Beginning,
    owner::Owner,
    target::Search,
};

/// Early dialogs of one INVITE whose requests are told apart.
const MAX_EARLY_DIALOGS: usize = 16;

#[derive(Debug)]
pub(crate) struct Outgoing {
    id: SessionId,
    half: Half,
    /// The INVITE without CSeq, Contact and credentials.
    template: RequestBuilder,
    body: Bytes,
    has_offer: bool,
    search: Search,
    first_response: Option<Duration>,
    attempt: Option<Attempt>,
    /// How the last target failed; the end if no other is left.
    last_failure: Option<Cause>,
    expires: Instant,
    /// Set once the INVITE is cancelled: how the session is going to end, and when at the latest.
    verdict: Option<(Cause, Instant)>,
    /// Early dialogs, by the tags of their far ends (13.2.2.1).
    early: Vec<Dialog>,
    pub(super) inbox: Inbox,
}

/// The INVITE as sent to one target.
#[derive(Debug)]
struct Attempt {
    transaction: ClientTransactionId,
    to: To,
    /// The datagram that this is in the place of, because it would have been too large.
    datagram: Option<To>,
    /// Whether any response came.
    heard: bool,
    /// When to go on to the next target.
    impatient: Option<Instant>,
}

impl Outgoing {
    /// Begins to dial. Fails only if the INVITE cannot be written at all, or the layer is full.
    pub(crate) fn begin(
        now: Instant,
        cx: &mut Context,
        id: SessionId,
        invite: Invite,
    ) -> Result<(Self, Step), TransactionError> {
        let (call_id, local_tag) = (cx.new_call_id(), cx.new_tag());
        let from = invite.from.clone().without_tag().with_tag(&local_tag).to_string();
        let to = invite.to.clone().without_tag().to_string();
        let template = template(cx, &invite, &from, &to, &call_id);
        let contact_user = invite
            .contact_user
            .or_else(|| invite.from.uri().user().map(std::borrow::Cow::into_owned))
            .unwrap_or_default();
        let pinned = matches!(invite.destination, Destination::Flow(_));
        let search = Search::begin(now, cx, Owner::Session(id), invite.destination);
        let peers = search.peers();
        let dialog = Dialog::begin(Beginning {
            call_id,
            local_tag,
            from,
            to,
            sequence: cx.new_sequence(),
            request_uri: invite.request_uri,
            contact_user,
        });
        let mut outgoing = Self {
            id,
            half: Half {
                dialog,
                authorization: Authorization::default(),
                credentials: invite.account.map(|account| Credentials::new(account, peers)),
                pinned,
                takes_tcp: invite.takes_tcp && !pinned,
                domains: search.domains(),
            },
            template,
            has_offer: invite.body.is_some(),
            body: invite.body.map(|body| body.bytes).unwrap_or_default(),
            search,
            first_response: invite.first_response,
            attempt: None,
            last_failure: None,
            expires: now + cx.config.ringing_timeout,
            verdict: None,
            early: Vec::new(),
            inbox: Inbox::default(),
        };
        let step = match outgoing.search.deadline() {
            Some(_) => Step::Stay,
            None => outgoing.try_next(now, cx)?,
        };
        Ok((outgoing, step))
    }

    pub(crate) fn dialog(&self) -> &Dialog {
        &self.half.dialog
    }

    pub(crate) fn set_credentials(&mut self, account: Account) {
        self.half.credentials = Some(Credentials::new(account, self.search.peers()));
    }

    pub(crate) fn set_takes_tcp(&mut self, takes_tcp: bool) {
        self.half.takes_tcp = takes_tcp && !self.half.pinned;
    }

    // ---- sending

    /// Sends the INVITE to the next target that takes it.
    fn try_next(&mut self, now: Instant, cx: &mut Context) -> Result<Step, TransactionError> {
        while let Some(to) = self.search.next() {
            match self.send(now, cx, to.clone()) {
                Ok(()) => return Ok(Step::Stay),
                Err(
                    error @ (TransactionError::Build(_) | TransactionError::LimitReached { .. }),
                ) => {
                    return Err(error);
                }
                Err(error) => {
                    cx.dead.mark(now, &to, cx.config.dead_target);
                    self.last_failure = Some(Cause::NotSent(Arc::new(error)));
                }
            }
        }
        Ok(Step::End(self.last_failure.take().unwrap_or(Cause::Unresolved)))
    }

    /// As [`try_next`](Self::try_next), where nobody waits for an error.
    fn go_on(&mut self, now: Instant, cx: &mut Context) -> Step {
        self.try_next(now, cx).unwrap_or_else(|error| Step::End(Cause::NotSent(Arc::new(error))))
    }

    fn send(&mut self, now: Instant, cx: &mut Context, to: To) -> Result<(), TransactionError> {
        let request = self.written(cx, &to);
        let tcp = if self.half.takes_tcp { cx.over_tcp(now, &to, &request) } else { None };
        let (to, datagram, request) = match tcp {
            Some(tcp) => {
                let request = self.written(cx, &tcp);
                cx.counters.tcp_for_size += 1;
                (tcp, Some(to), request)
            }
            None => (to, None, request),
        };
        let transaction = cx.request(now, Owner::Session(self.id), &to, &request)?;
        // The last target has until timer B: there is nothing better to do than to wait.
        let impatient = match self.first_response {
            Some(wait) if self.search.has_next() => Some(now + sane(wait)),
            _ => None,
        };
        self.attempt = Some(Attempt { transaction, to, datagram, heard: false, impatient });
        Ok(())
    }

    /// The INVITE as it is sent this way.
    fn written(&self, cx: &Context, to: &To) -> RequestBuilder {
        let dialog = &self.half.dialog;
        let cseq = format!("{} INVITE", dialog.local_sequence());
        let mut request = self.template.clone().append(&HeaderName::CSEQ, cseq);
        if let Some(contact) = cx.contact(to, dialog.contact_user(), dialog.is_secure()) {
            request = request.append(&HeaderName::CONTACT, contact);
        }
        self.half.authorization.add_to(request)
    }

    // ---- inputs

    pub(crate) fn handle_answer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: QuestionId,
        answer: Answer,
    ) -> Step {
        if !self.search.answered(now, cx, id, answer) {
            return Step::Stay;
        }
        if let Some(credentials) = &mut self.half.credentials {
            credentials.trusting(self.search.peers());
        }
        self.half.domains = self.search.domains();
        self.go_on(now, cx)
    }

    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        response: IncomingResponse,
    ) -> Step {
        let Some(attempt) = self.attempt.as_mut().filter(|it| it.transaction == transaction) else {
            return Step::Stay;
        };
        let first = !std::mem::replace(&mut attempt.heard, true);
        attempt.impatient = None;
        cx.dead.revive(&attempt.to);
        let status = response.response().status();
        if status.is_provisional() {
            if first && let Some((_, deadline)) = &mut self.verdict {
                // Only now the layer may send the CANCEL (9.1).
                *deadline = now + cx.patience();
            }
            return self.provisional(cx, response);
        }
        if status.is_success() {
            return self.accepted(now, cx, transaction, response);
        }
        let Some(Attempt { to, .. }) = self.attempt.take() else { return Step::Stay };
        cx.disown(transaction);
        if let Some((cause, _)) = self.verdict.take() {
            return Step::End(cause);
        }
        match status {
            status if is_challenge(status) => self.challenged(now, cx, to, response),
            // The next target, if there is one (RFC 3263 4.3).
            StatusCode::SERVICE_UNAVAILABLE => {
                cx.avoid(now, &to, &response);
                self.last_failure = Some(Cause::Rejected(response));
                self.go_on(now, cx)
            }
            _ => Step::End(Cause::Rejected(response)),
        }
    }

    fn provisional(&mut self, cx: &mut Context, response: IncomingResponse) -> Step {
        if response.response().status() == StatusCode::TRYING || self.verdict.is_some() {
            return Step::Stay;
        }
        // A To tag makes an early dialog (12.1); without a valid Contact there is none.
        let tag = response.essentials().to_tag();
        let known = self.early.iter().any(|early| early.remote_tag() == tag);
        if tag.is_some()
            && !known
            && self.early.len() < MAX_EARLY_DIALOGS
            && let Ok(dialog) = self.half.dialog.confirmed_by(&response)
        {
            self.early.push(dialog);
        }
        cx.emit(Event::Provisional { session: self.id, response });
        Step::Stay
    }

    fn accepted(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        response: IncomingResponse,
    ) -> Step {
        self.attempt = None;
        let Half { credentials, authorization, .. } = &mut self.half;
        authorization.accepted(cx, credentials.as_mut(), &response);
        let half = Some(self.half.clone());
        if let Some((cause, _)) = self.verdict.take() {
            // It crossed our CANCEL: acknowledged and hung up by a session of its own.
            Answers::watch(now, cx, transaction, half, None);
            Answers::handle_response(cx, transaction, response);
            return Step::End(cause);
        }
        let Ok(mut dialog) = self.half.dialog.confirmed_by(&response) else {
            Answers::watch(now, cx, transaction, half, None);
            Answers::handle_response(cx, transaction, response.clone());
            return Step::End(Cause::MalformedResponse(response));
        };
        Answers::watch(now, cx, transaction, half, Some(&response));
        // What the peer sent inside the early dialog counts on in the confirmed one.
        let early = self.early.iter().find(|early| early.remote_tag() == dialog.remote_tag());
        if let Some(sequence) = early.and_then(Dialog::remote_sequence) {
            dialog.advance_remote(sequence);
        }
        let mut confirmed = Confirmed::called(
            self.id,
            Half { dialog, ..self.half.clone() },
            Some(transaction),
            &response,
            std::mem::take(&mut self.inbox),
        );
        cx.emit(Event::Answered { session: self.id, response });
        if self.has_offer {
            confirmed.send_ack(now, cx, None);
        } else {
            confirmed.await_answer(now + cx.patience());
        }
        Step::Confirm(Box::new(confirmed))
    }

    /// 401 or 407: once more to the same target, with credentials (22.2, 22.3).
    fn challenged(
        &mut self,
        now: Instant,
        cx: &mut Context,
        to: To,
        response: IncomingResponse,
    ) -> Step {
        let request = siptrunk_digest::Request {
            method: "INVITE",
            uri: self.template.uri(),
            body: &self.body,
        };
        let Half { credentials, authorization, .. } = &mut self.half;
        if !authorization.answer(cx, credentials.as_mut(), &response, &request) {
            return Step::End(Cause::AuthenticationFailed(response));
        }
        self.half.dialog.next_sequence();
        self.send_again(now, cx, to)
    }

    /// The INVITE once more to a target that has had it.
    fn send_again(&mut self, now: Instant, cx: &mut Context, to: To) -> Step {
        match self.send(now, cx, to) {
            Ok(()) => Step::Stay,
            Err(error) => Step::End(Cause::NotSent(Arc::new(error))),
        }
    }

    pub(crate) fn handle_failure(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        failure: TransactionFailure,
    ) -> Step {
        let Some(attempt) = self.attempt.take_if(|it| it.transaction == transaction) else {
            return Step::Stay;
        };
        cx.disown(transaction);
        if let Some((cause, _)) = self.verdict.take() {
            return Step::End(cause);
        }
        if attempt.heard {
            return Step::End(Cause::Unreachable(failure));
        }
        if let (Some(datagram), TransactionFailure::Transport(_)) = (attempt.datagram, &failure) {
            cx.tcp_failed(now, &attempt.to);
            self.half.takes_tcp = false;
            return self.send_again(now, cx, datagram);
        }
        cx.dead.mark(now, &attempt.to, cx.config.dead_target);
        self.last_failure = Some(match failure {
            TransactionFailure::Timeout => Cause::NoResponse,
            failure => Cause::Unreachable(failure),
        });
        self.go_on(now, cx)
    }

    /// A request of the peer inside an early dialog.
    pub(crate) fn handle_request(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        request: IncomingRequest,
    ) -> Step {
        let early = self.early.iter_mut().find(|early| early.matches(&request));
        let method = request.essentials().cseq().method.clone();
        match early {
            // The called side must not send BYE before its 2xx (15), nor INVITE inside ours.
            Some(early) if method != Method::BYE && method != Method::INVITE => {
                let glare = Glare { own_offer: true, refer: true, ..Glare::default() };
                self.inbox.admit(now, cx, self.id, early, transaction, request, glare);
            }
            _ => cx.reply_now(
                now,
                transaction,
                &request,
                &Reply::new(StatusCode::CALL_DOES_NOT_EXIST),
            ),
        }
        Step::Stay
    }

    pub(crate) fn respond(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
        reply: &Reply,
    ) -> Result<Step, UaError> {
        self.inbox.respond(now, cx, &self.half.dialog, transaction, request, reply)?;
        Ok(Step::Stay)
    }

    // ---- time

    pub(crate) fn deadline(&self) -> Instant {
        let verdict = self.verdict.as_ref().map(|(_, deadline)| *deadline);
        let impatient = self.attempt.as_ref().and_then(|attempt| attempt.impatient);
        [self.search.deadline(), verdict, impatient]
            .into_iter()
            .flatten()
            .chain(self.verdict.is_none().then_some(self.expires))
            .min()
            .unwrap_or(self.expires)
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> Step {
        if self.search.deadline().is_some_and(|deadline| deadline <= now) {
            return Step::End(Cause::Unresolved);
        }
        if let Some((cause, _)) = self.verdict.take_if(|(_, deadline)| *deadline <= now) {
            return Step::End(cause);
        }
        if self.verdict.is_none() && self.expires <= now {
            return self
                .withdraw(now, cx, Cause::Expired, &HeaderList::new())
                .unwrap_or(Step::End(Cause::Expired));
        }
        let impatient =
            self.attempt.take_if(|it| it.impatient.is_some_and(|impatient| impatient <= now));
        match impatient {
            Some(attempt) => {
                cx.dead.mark(now, &attempt.to, cx.config.dead_target);
                cx.counters.abandoned_invites += 1;
                self.abandon(now, cx, attempt.transaction);
                self.last_failure = Some(Cause::NoResponse);
                self.go_on(now, cx)
            }
            None => Step::Stay,
        }
    }
}

/// The fields of an INVITE that are the same for each target and each try.
fn template(cx: &Context, invite: &Invite, from: &str, to: &str, call_id: &str) -> RequestBuilder {
    let request = RequestBuilder::new(Method::INVITE, &invite.request_uri)
        .append(&HeaderName::MAX_FORWARDS, invite.max_forwards)
        .append(&HeaderName::FROM, from)
        .append(&HeaderName::TO, to)
        .append(&HeaderName::CALL_ID, call_id);
    let request = invite
        .identity
        .iter()
        .fold(cx.introduce(request), |request, (name, value)| request.append(name, value))
        .headers(&invite.headers);
    match &invite.body {
        Some(body) => request.body(body),
        None => request,
    }
}
