//! How an INVITE of ours is taken back: cancelled, or left to itself for another target (RFC 3261 9.1).

use std::time::Instant;

use siptrunk_message::HeaderList;
use siptrunk_transaction::ClientTransactionId;

use super::{
    super::{Step, fork::Answers},
    Outgoing,
};
use crate::{Cause, UaError, context::Context, target::Search};

impl Outgoing {
    pub(crate) fn cancel(
        &mut self,
        now: Instant,
        cx: &mut Context,
        headers: &HeaderList,
    ) -> Result<Step, UaError> {
        if self.verdict.is_some() {
            return Err(UaError::WrongState { verb: "cancel", state: "being cancelled already" });
        }
        self.withdraw(now, cx, Cause::CancelledLocally, headers)
    }

    /// Cancels what is under way; the session ends as `cause` says once that is answered.
    pub(super) fn withdraw(
        &mut self,
        now: Instant,
        cx: &mut Context,
        cause: Cause,
        headers: &HeaderList,
    ) -> Result<Step, UaError> {
        let Some(attempt) = &mut self.attempt else { return Ok(Step::End(cause)) };
        cx.layer.cancel(now, attempt.transaction, headers)?;
        attempt.impatient = None;
        self.verdict = Some((cause, now + cx.patience()));
        Ok(Step::Stay)
    }

    /// Leaves an INVITE that got no response: a late provisional is cancelled, a late 2xx hung up.
    pub(super) fn abandon(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ClientTransactionId,
    ) {
        // Refused only if it is cancelled already, which is as good.
        let _ = cx.layer.cancel(now, transaction, &HeaderList::new());
        Answers::watch(now, cx, transaction, Some(self.half.clone()), None);
    }

    pub(crate) fn close(&mut self, now: Instant, cx: &mut Context) {
        if let Search::Asking { question, .. } = self.search {
            cx.withdraw(question);
        }
        if let Some(attempt) = self.attempt.take() {
            self.abandon(now, cx, attempt.transaction);
        }
        self.inbox.close(now, cx);
    }
}
