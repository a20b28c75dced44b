//! The peer's requests inside a dialog, from admission to response: CSeq order (RFC 3261 12.2.2),
//! glare of offers (14.2, RFC 3311 5.2), and what is owed when the session ends (15.1.2).

use std::time::Instant;

use siptrunk_message::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use siptrunk_transaction::{IncomingRequest, ServerTransactionId};

use super::refer::ReferTarget;
use crate::{
    Dialog, Event, Reply, SessionId, UaError,
    context::{Context, Pending},
};

/// Requests of the peer in one dialog that may wait for the application.
const MAX_OPEN: usize = 16;

/// What else is under way in the dialog, as far as it stands in the way of a new offer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Glare {
    /// An INVITE of ours, or of the peer's, is not over (14.1, 14.2).
    pub(crate) invite: bool,
    /// An offer of ours has no answer.
    pub(crate) own_offer: bool,
    /// An offer of the peer has no answer of ours.
    pub(crate) peer_offer: bool,
    /// A REFER of the peer is being followed, or there is no call yet that could be.
    pub(crate) refer: bool,
}

/// Requests that the application has to respond to.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    transaction: ServerTransactionId,
    method: Method,
    /// The Contact of a target refresh, for when it is accepted (RFC 6141 section 4.6).
    contact: Option<Uri<'static>>,
    /// Whether it came with a body.
    offers: bool,
}

/// A request that got its final response.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) method: Method,
    pub(crate) contact: Option<Uri<'static>>,
    pub(crate) offers: bool,
}

impl Inbox {
    /// Lets the application see a request, or refuses it by the rules.
    #[expect(clippy::too_many_arguments, reason = "the parts belong to three owners")]
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        cx: &mut Context,
        session: SessionId,
        dialog: &mut Dialog,
        transaction: ServerTransactionId,
        request: IncomingRequest,
        glare: Glare,
    ) {
        if !dialog.advance_remote(request.essentials().cseq().number) {
            cx.counters.refused_requests += 1;
            let reply = Reply::new(StatusCode::SERVER_INTERNAL_ERROR);
            return cx.reply_now(now, transaction, &request, &reply);
        }
        let method = request.essentials().cseq().method.clone();
        let offers = !request.request().body().is_empty();
        let refer = (method == Method::REFER && cx.config.refer)
            .then(|| ReferTarget::read(&request))
            .transpose();
        let glare = Glare { refer: glare.refer && cx.config.refer, ..glare };
        let obstacle = refer.as_ref().err().copied();
        if let Some(status) = obstacle.or_else(|| self.obstacle(&method, offers, glare)) {
            cx.counters.refused_requests += 1;
            let mut reply = Reply::new(status);
            if status == StatusCode::SERVER_INTERNAL_ERROR {
                reply = retry_after(reply, cx.short_retry_after());
            }
            return cx.reply_now(now, transaction, &request, &reply);
        }
        let refreshes = method == Method::INVITE || method == Method::UPDATE;
        let contact = request.request().headers().contact().ok().flatten();
        self.open.push(Open {
            transaction,
            contact: contact.filter(|_| refreshes).map(|it| it.into_owned().uri().clone()),
            offers,
            method: method.clone(),
        });
        let patience =
            if method == Method::INVITE { cx.config.ringing_timeout } else { cx.patience() };
        let pending = Pending { request: request.clone(), session: Some(session) };
        cx.await_response(transaction, pending, now + patience);
        cx.emit(if method == Method::INVITE || (method == Method::UPDATE && offers) {
            Event::Reoffer { session, transaction, request }
        } else if let Ok(Some(target)) = refer {
            Event::Refer { session, transaction, request, target: Box::new(target) }
        } else {
            Event::InDialog { session, transaction, request }
        });
    }

    /// Why a request cannot be taken now.
    fn obstacle(&self, method: &Method, offers: bool, glare: Glare) -> Option<StatusCode> {
        let waiting = |other: Method| self.open.iter().any(|open| open.method == other);
        let peer_offer = glare.peer_offer
            || self.open.iter().any(|open| open.offers && refreshes_session(&open.method));
        if *method == Method::REFER && (glare.refer || waiting(Method::REFER)) {
            return Some(StatusCode::REQUEST_PENDING);
        }
        if self.open.len() >= MAX_OPEN {
            return Some(StatusCode::SERVER_INTERNAL_ERROR);
        }
        if *method == Method::INVITE {
            if waiting(Method::INVITE) || peer_offer {
                return Some(StatusCode::SERVER_INTERNAL_ERROR);
            }
            return (glare.invite || glare.own_offer).then_some(StatusCode::REQUEST_PENDING);
        }
        if *method == Method::UPDATE {
            if waiting(Method::UPDATE) || (offers && peer_offer) {
                return Some(StatusCode::SERVER_INTERNAL_ERROR);
            }
            return (offers && glare.own_offer).then_some(StatusCode::REQUEST_PENDING);
        }
        None
    }

    /// Sends the application's response. `Some` if it is final.
    pub(crate) fn respond(
        &mut self,
        now: Instant,
        cx: &mut Context,
        dialog: &Dialog,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
        reply: &Reply,
    ) -> Result<Option<Settled>, UaError> {
        let response = cx.response(request, Some(dialog), None, reply);
        cx.layer.respond(now, transaction, &response)?;
        if reply.status.is_provisional() {
            return Ok(None);
        }
        let at = self.open.iter().position(|open| open.transaction == transaction);
        Ok(at.map(|at| {
            let Open { method, contact, offers, .. } = self.open.remove(at);
            Settled { method, contact, offers }
        }))
    }

    /// The peer cancels its re-INVITE: 487 (9.2).
    pub(crate) fn cancel(
        &mut self,
        now: Instant,
        cx: &mut Context,
        session: SessionId,
        transaction: ServerTransactionId,
    ) {
        if self.drop_open(transaction) {
            terminate(now, cx, transaction);
            cx.emit(Event::Withdrawn { session, transaction });
        }
    }

    /// Forgets a request whose time is over.
    pub(crate) fn drop_open(&mut self, transaction: ServerTransactionId) -> bool {
        let before = self.open.len();
        self.open.retain(|open| open.transaction != transaction);
        self.open.len() < before
    }

    /// An INVITE of the peer waits for a final response of ours.
    pub(crate) fn has_invite(&self) -> bool {
        self.open.iter().any(|open| open.method == Method::INVITE)
    }

    /// An offer of the peer waits for an answer of ours.
    pub(crate) fn has_offer(&self) -> bool {
        self.open.iter().any(|open| open.offers && refreshes_session(&open.method))
    }

    /// Everything that still waits stays without a response.
    pub(crate) fn ignore(&mut self, cx: &mut Context) {
        for open in self.open.drain(..) {
            cx.take_pending(open.transaction);
            cx.layer.abandon(open.transaction);
        }
    }

    /// The dialog is over: everything that still waits gets 487 (15.1.2).
    pub(crate) fn close(&mut self, now: Instant, cx: &mut Context) {
        for open in self.open.drain(..) {
            terminate(now, cx, open.transaction);
        }
    }
}

fn refreshes_session(method: &Method) -> bool {
    *method == Method::INVITE || *method == Method::UPDATE
}

/// Answers 487 to a request that waits.
fn terminate(now: Instant, cx: &mut Context, transaction: ServerTransactionId) {
    if let Some(pending) = cx.take_pending(transaction) {
        let reply = Reply::new(StatusCode::REQUEST_TERMINATED);
        cx.reply_now(now, transaction, &pending.request, &reply);
    }
}

/// Adds Retry-After, in seconds.
pub(crate) fn retry_after(reply: Reply, seconds: u64) -> Reply {
    match HeaderValue::new(seconds.to_string()) {
        Ok(value) => reply.extra(HeaderName::RETRY_AFTER, value),
        Err(_) => reply,
    }
}
