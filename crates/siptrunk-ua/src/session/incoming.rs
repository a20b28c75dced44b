//! An INVITE of the peer until our final response (RFC 3261 13.3).

use std::time::{Duration, Instant};

use siptrunk_digest::Account;
use siptrunk_message::{Method, ResponseBuilder, StatusCode};
use siptrunk_transaction::{FlowId, IncomingRequest, ServerTransactionId, TransactionFailure};

use super::{
    Step,
    confirmed::Confirmed,
    inbox::{Glare, Inbox},
    reinvite::Acceptance,
};
use crate::{
    Cause, Dialog, Reply, SessionId, UaError,
    authentication::Credentials,
    context::Context,
    path::Path,
    target::{Domains, Peers},
};

/// A provisional response is repeated each minute, lest a proxy gives up (13.3.1.1).
const REPEAT_PROVISIONAL: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Incoming {
    id: SessionId,
    transaction: ServerTransactionId,
    request: IncomingRequest,
    dialog: Dialog,
    path: Path,
    credentials: Option<Credentials>,
    takes_tcp: bool,
    /// The last provisional response, and when to repeat it.
    provisional: Option<(ResponseBuilder, Instant)>,
    pub(super) inbox: Inbox,
    expires: Instant,
    /// What an expired INVITE gets: 487 if the caller set the time (13.3.1), else 480.
    expired: StatusCode,
}

impl Incoming {
    pub(crate) fn new(
        now: Instant,
        cx: &Context,
        id: SessionId,
        transaction: ServerTransactionId,
        request: IncomingRequest,
        dialog: Dialog,
    ) -> Self {
        let path = way_back(&request);
        let ours = cx.config.ringing_timeout;
        let theirs = request
            .request()
            .headers()
            .get::<siptrunk_message::Expires>()
            .ok()
            .flatten()
            .map(|expires| Duration::from_secs(expires.0.into()));
        let (wait, expired) = match theirs {
            Some(theirs) if theirs < ours => {
                (theirs.max(Duration::from_secs(1)), StatusCode::REQUEST_TERMINATED)
            }
            _ => (ours, StatusCode::TEMPORARILY_UNAVAILABLE),
        };
        Self {
            id,
            transaction,
            request,
            dialog,
            path,
            credentials: None,
            takes_tcp: false,
            provisional: None,
            inbox: Inbox::default(),
            expires: now + wait,
            expired,
        }
    }

    pub(crate) fn transaction(&self) -> ServerTransactionId {
        self.transaction
    }

    pub(crate) fn request(&self) -> &IncomingRequest {
        &self.request
    }

    pub(crate) fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    pub(crate) fn set_credentials(&mut self, account: Account) {
        let peers = Peers::behind(self.request.flow(), self.request.remote());
        self.credentials = Some(Credentials::new(account, peers));
    }

    pub(crate) fn set_takes_tcp(&mut self, takes_tcp: bool) {
        self.takes_tcp = takes_tcp;
    }

    // ---- verbs

    pub(crate) fn answer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        reply: &Reply,
    ) -> Result<Step, UaError> {
        let status = reply.status;
        if status == StatusCode::TRYING {
            return Err(UaError::UnsuitableStatus(status));
        }
        if let Some(user) = &reply.contact_user {
            self.dialog.set_contact_user(user.clone());
        }
        let response = self.send(now, cx, reply)?;
        if status.is_provisional() {
            self.provisional = Some((response, now + REPEAT_PROVISIONAL));
            return Ok(Step::Stay);
        }
        if !status.is_success() {
            return Ok(Step::End(Cause::RejectedLocally(status)));
        }
        let sequence = self.request.essentials().cseq().number;
        let offers = self.request.request().body().is_empty();
        let acceptance = Acceptance::sent(now, cx, self.transaction, sequence, true, offers);
        let path = std::mem::replace(&mut self.path, way_back(&self.request));
        let mut confirmed = Confirmed::calling(
            self.id,
            self.dialog.clone(),
            path,
            Peers::behind(self.request.flow(), self.request.remote()),
            self.credentials.take(),
            acceptance,
            std::mem::take(&mut self.inbox),
        );
        confirmed.set_takes_tcp(self.takes_tcp);
        Ok(Step::Confirm(Box::new(confirmed)))
    }

    pub(crate) fn ignore(&mut self, cx: &mut Context) {
        cx.layer.abandon(self.transaction);
        self.inbox.ignore(cx);
        self.path.close(cx);
    }

    fn send(
        &mut self,
        now: Instant,
        cx: &mut Context,
        reply: &Reply,
    ) -> Result<ResponseBuilder, UaError> {
        let response =
            cx.response(&self.request, Some(&self.dialog), Some(self.dialog.local_tag()), reply);
        cx.layer.respond(now, self.transaction, &response)?;
        Ok(response)
    }

    pub(crate) fn respond(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
        reply: &Reply,
    ) -> Result<Step, UaError> {
        let settled = self.inbox.respond(now, cx, &self.dialog, transaction, request, reply)?;
        if let Some(contact) = settled.and_then(|it| it.contact)
            && reply.status.is_success()
            && self.dialog.refresh_target(contact)
        {
            self.path.forget(cx);
        }
        Ok(Step::Stay)
    }

    // ---- inputs

    pub(crate) fn handle_request(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        request: IncomingRequest,
    ) -> Step {
        if !self.dialog.matches(&request) {
            let reply = Reply::new(StatusCode::CALL_DOES_NOT_EXIST);
            cx.reply_now(now, transaction, &request, &reply);
            return Step::Stay;
        }
        let essentials = request.essentials();
        if essentials.cseq().method == Method::BYE {
            if !self.dialog.advance_remote(essentials.cseq().number) {
                let reply = Reply::new(StatusCode::SERVER_INTERNAL_ERROR);
                cx.reply_now(now, transaction, &request, &reply);
                return Step::Stay;
            }
            // The caller may end an early dialog by BYE (15); its INVITE still gets a response.
            cx.reply_now(now, transaction, &request, &Reply::new(StatusCode::OK));
            return self.refuse(now, cx, StatusCode::REQUEST_TERMINATED, Cause::RemoteBye(request));
        }
        let peer_offer = !self.request.request().body().is_empty();
        let glare = Glare { invite: true, peer_offer, refer: true, ..Glare::default() };
        self.inbox.admit(now, cx, self.id, &mut self.dialog, transaction, request, glare);
        Step::Stay
    }

    pub(crate) fn handle_cancel(
        &mut self,
        now: Instant,
        cx: &mut Context,
        invite: ServerTransactionId,
        cancel: IncomingRequest,
    ) -> Step {
        if invite == self.transaction {
            let cause = Cause::Cancelled(cancel);
            return self.refuse(now, cx, StatusCode::REQUEST_TERMINATED, cause);
        }
        self.inbox.cancel(now, cx, self.id, invite);
        Step::Stay
    }

    /// Ends the session by a response that nobody asked the application for.
    fn refuse(&mut self, now: Instant, cx: &mut Context, status: StatusCode, cause: Cause) -> Step {
        // If it cannot be sent, the session ends all the same.
        let _ = self.send(now, cx, &Reply::new(status));
        Step::End(cause)
    }

    /// A provisional response could not be sent, or the transaction is over.
    pub(crate) fn handle_server_failure(
        &mut self,
        now: Instant,
        cx: &mut Context,
        failure: TransactionFailure,
    ) -> Step {
        self.refuse(now, cx, StatusCode::SERVER_INTERNAL_ERROR, Cause::Unreachable(failure))
    }

    pub(crate) fn handle_closed(&mut self, flow: FlowId) {
        self.path.handle_closed(flow);
    }

    // ---- time

    pub(crate) fn deadline(&self) -> Instant {
        match &self.provisional {
            Some((_, again)) => self.expires.min(*again),
            None => self.expires,
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> Step {
        if self.expires <= now {
            return self.refuse(now, cx, self.expired, Cause::Expired);
        }
        if let Some((response, again)) = &mut self.provisional
            && *again <= now
        {
            *again = now + REPEAT_PROVISIONAL;
            // The next minute brings the next try.
            let _ = cx.layer.respond(now, self.transaction, response);
        }
        Step::Stay
    }

    pub(crate) fn close(&mut self, now: Instant, cx: &mut Context) {
        self.inbox.close(now, cx);
        self.path.close(cx);
    }
}

/// The way to the caller.
fn way_back(request: &IncomingRequest) -> Path {
    let domains = Domains::default().or_proven(request.remote(), request.identity());
    Path::new(request.flow(), request.remote(), false, domains)
}
