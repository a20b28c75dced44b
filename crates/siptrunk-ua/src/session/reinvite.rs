//! Offers inside a dialog, by INVITE and UPDATE of either side (RFC 3261 14, RFC 3311), and our 2xx
//! to an INVITE until its ACK (13.3.1.4).

use std::time::{Duration, Instant};

use siptrunk_message::{Method, NameAddr};
use siptrunk_transaction::{
    ClientTransactionId, IncomingRequest, IncomingResponse, ServerTransactionId,
};

use super::{
    Step,
    confirmed::{Confirmed, Unacknowledged},
    fork::Answers,
    inbox::Glare,
    outbox::Draft,
};
use crate::{Reply, UaError, context::Context};

/// A 2xx that waits for its ACK: sent again at T1, 2*T1 ... T2, whatever the transport.
#[derive(Debug)]
pub(crate) struct Acceptance {
    transaction: ServerTransactionId,
    sequence: u32,
    interval: Duration,
    again: Instant,
    deadline: Instant,
    /// Whether it answers the INVITE that made the dialog.
    pub(crate) initial: bool,
    /// Whether it holds an offer, which the ACK answers.
    pub(crate) offers: bool,
}

/// What time has done to an acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The ACK may still come.
    Waiting,
    /// 64*T1 are over.
    Over,
}

impl Acceptance {
    /// The 2xx to this transaction has just been sent.
    pub(crate) fn sent(
        now: Instant,
        cx: &Context,
        transaction: ServerTransactionId,
        sequence: u32,
        initial: bool,
        offers: bool,
    ) -> Self {
        let interval = cx.layer.config().t1;
        Self {
            transaction,
            sequence,
            interval,
            again: now + interval,
            deadline: now + cx.patience(),
            initial,
            offers,
        }
    }

    /// Whether an ACK with this CSeq number is the one.
    pub(crate) fn is_for(&self, sequence: u32) -> bool {
        self.sequence == sequence
    }

    /// The ACK came, or does not matter any more.
    pub(crate) fn settle(&self, cx: &mut Context) {
        cx.layer.release(self.transaction);
    }

    pub(crate) fn next(&self) -> Instant {
        self.again.min(self.deadline)
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> Patience {
        if self.deadline <= now {
            return Patience::Over;
        }
        if self.again <= now {
            cx.layer.retransmit(self.transaction);
            self.interval = (self.interval * 2).min(cx.layer.config().t2);
            self.again = now + self.interval;
        }
        Patience::Waiting
    }
}

impl Confirmed {
    /// What stands in the way of an offer of the peer.
    pub(super) fn glare(&self) -> Glare {
        Glare {
            invite: self.outbox.has(&Method::INVITE)
                || self.acceptance.is_some()
                || self.unacknowledged.is_some(),
            own_offer: self.outbox.has_offer()
                || self.acceptance.as_ref().is_some_and(|acceptance| acceptance.offers),
            // A late offer that waits for the application's ACK.
            peer_offer: self.unacknowledged.as_ref().is_some_and(|it| it.deadline.is_some()),
            refer: self.notifier.is_busy(),
        }
    }

    /// One INVITE at a time in either direction (14.1), one offer at a time (RFC 3311 5.1).
    pub(super) fn check_offer(&self, method: &Method, offers: bool) -> Result<(), UaError> {
        let invite = self.outbox.has(&Method::INVITE)
            || self.inbox.has_invite()
            || self.acceptance.is_some()
            || self.unacknowledged.is_some();
        if *method == Method::INVITE && invite {
            return Err(UaError::RequestPending { method: Method::INVITE });
        }
        if method.as_str() != "INVITE" && method.as_str() != "UPDATE" {
            return Ok(());
        }
        let offer = self.outbox.has_offer() || self.inbox.has_offer() || invite;
        if self.outbox.has(&Method::UPDATE) || (offers && offer) {
            return Err(UaError::RequestPending { method: Method::UPDATE });
        }
        Ok(())
    }

    pub(crate) fn respond(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
        reply: &Reply,
    ) -> Result<Step, UaError> {
        let refers = cx.config.refer && request.essentials().cseq().method == Method::REFER;
        let to_refer;
        let reply = if refers {
            to_refer = Self::reply_to_refer(request, reply);
            &to_refer
        } else {
            reply
        };
        let settled = self.inbox.respond(now, cx, &self.dialog, transaction, request, reply)?;
        let Some(settled) = settled.filter(|_| reply.status.is_success()) else {
            return Ok(Step::Stay);
        };
        if settled.method == Method::INVITE {
            let sequence = request.essentials().cseq().number;
            let offers = !settled.offers;
            self.acceptance = Some(Acceptance::sent(now, cx, transaction, sequence, false, offers));
        }
        if let Some(contact) = settled.contact
            && self.dialog.refresh_target(contact)
        {
            self.path.forget(cx);
        }
        if refers {
            return Ok(self.refer_accepted(now, cx, request));
        }
        Ok(Step::Stay)
    }

    /// A re-INVITE or UPDATE of ours was accepted.
    pub(super) fn refreshed(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
        draft: &Draft,
        response: &IncomingResponse,
    ) {
        let contact = response.response().headers().contact().ok().flatten();
        if let Some(contact) = contact.map(NameAddr::into_owned)
            && self.dialog.refresh_target(contact.uri().clone())
        {
            self.path.forget(cx);
        }
        if draft.method != Method::INVITE {
            return;
        }
        Answers::watch(now, cx, transaction, None, Some(response));
        self.unacknowledged = Some(Unacknowledged {
            invite: Some(transaction),
            sequence: response.essentials().cseq().number,
            authorization: draft.authorization().clone(),
            deadline: None,
        });
        // Once BYE is on its way nobody answers an offer any more; the ACK is owed all the same.
        if draft.body.is_empty() && !self.is_hung_up() {
            self.await_answer(now + cx.patience());
        } else {
            self.send_ack(now, cx, None);
        }
    }
}
