//! How a confirmed session ends: by our BYE, which may have to wait for an ACK, by the peer's, or by a
//! reason that is reported before BYE is answered (RFC 3261 15).

use std::time::Instant;

use bytes::Bytes;
use siptrunk_message::{HeaderList, Method, StatusCode};
use siptrunk_transaction::{IncomingRequest, ServerTransactionId};

use super::{
    super::{
        Step,
        fork::Surplus,
        inbox::Inbox,
        outbox::{Draft, Parcel, Sender},
    },
    Confirmed,
};
use crate::{Cause, Reply, SessionId, UaError, context::Context};

/// How far the end has come on our side.
#[derive(Debug)]
pub(super) enum Closing {
    No,
    /// BYE waits for the peer's ACK (15).
    Held(HeaderList),
    /// BYE is on its way.
    Sent,
}

impl Confirmed {
    /// A 2xx that nobody waits for: acknowledged and hung up. `None` if that is over at once.
    pub(crate) fn hung_up(
        now: Instant,
        cx: &mut Context,
        id: SessionId,
        surplus: Surplus,
    ) -> Option<Self> {
        let Surplus { invite, mut half, response } = surplus;
        half.dialog = half
            .dialog
            .confirmed_by(&response)
            .unwrap_or_else(|_| half.dialog.salvaged_from(&response));
        let mut confirmed = Self::called(id, half, invite, &response, Inbox::default());
        confirmed.send_ack(now, cx, None);
        match confirmed.hang_up(now, cx, &HeaderList::new()) {
            Step::End(_) => None,
            _ => Some(confirmed),
        }
    }

    /// Whether BYE is on its way.
    pub(in crate::session) fn is_hung_up(&self) -> bool {
        matches!(self.closing, Closing::Sent)
    }

    pub(crate) fn bye(
        &mut self,
        now: Instant,
        cx: &mut Context,
        headers: HeaderList,
    ) -> Result<Step, UaError> {
        if !matches!(self.closing, Closing::No) {
            return Err(UaError::WrongState { verb: "bye", state: "being hung up already" });
        }
        // Only the called side of the first INVITE has to wait for the ACK (15).
        if self.acceptance.as_ref().is_some_and(|acceptance| acceptance.initial) {
            self.closing = Closing::Held(headers);
            return Ok(Step::Stay);
        }
        Ok(self.hang_up(now, cx, &headers))
    }

    /// Sends BYE; from now on the dialog is over on our side (15.1.1).
    pub(super) fn hang_up(&mut self, now: Instant, cx: &mut Context, headers: &HeaderList) -> Step {
        self.send_ack(now, cx, None);
        self.closing = Closing::Sent;
        (self.subscriber, self.notifier) = Default::default();
        let request = cx.sign(self.dialog.request(Method::BYE)).headers(headers);
        let draft = Draft::new(Sender::Session, Method::BYE, request, Bytes::new());
        self.post(now, cx, Parcel::Request(draft))
    }

    /// Hangs up for a reason of ours, which is reported at once.
    pub(super) fn give_up(&mut self, now: Instant, cx: &mut Context, cause: Cause) -> Step {
        let headers = match std::mem::replace(&mut self.closing, Closing::Sent) {
            Closing::Sent => return Step::Stay,
            Closing::Held(headers) => headers,
            Closing::No => HeaderList::new(),
        };
        match self.hang_up(now, cx, &headers) {
            Step::End(_) => Step::End(cause),
            _ => Step::Linger(cause),
        }
    }

    pub(super) fn handle_bye(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        bye: IncomingRequest,
        over: bool,
    ) -> Step {
        if !self.dialog.advance_remote(bye.essentials().cseq().number) {
            let reply = Reply::new(StatusCode::SERVER_INTERNAL_ERROR);
            cx.reply_now(now, transaction, &bye, &reply);
            return Step::Stay;
        }
        // The peer's 2xx may still wait for the application's answer (13.2.2.4).
        self.send_ack(now, cx, None);
        cx.reply_now(now, transaction, &bye, &Reply::new(StatusCode::OK));
        // Where both sides hang up at once, ours is the end that is reported.
        if over { Step::Stay } else { Step::End(Cause::RemoteBye(bye)) }
    }

    /// Sends the BYE that waited for the ACK.
    pub(super) fn release_held(&mut self, now: Instant, cx: &mut Context) -> Step {
        match std::mem::replace(&mut self.closing, Closing::No) {
            Closing::Held(headers) => self.hang_up(now, cx, &headers),
            other => {
                self.closing = other;
                Step::Stay
            }
        }
    }

    /// The application is about to hear of the end.
    pub(crate) fn report_ended(&mut self, now: Instant, cx: &mut Context) {
        self.inbox.close(now, cx);
        self.outbox.report_ended(now, cx);
    }

    pub(crate) fn close(&mut self, now: Instant, cx: &mut Context) {
        if let Some(acceptance) = self.acceptance.take() {
            acceptance.settle(cx);
        }
        self.inbox.close(now, cx);
        self.outbox.close(now, cx);
        self.path.close(cx);
    }
}
