//! REFER inside a confirmed session, in both directions: off unless
//! [`Config::refer`](crate::Config::refer) is set.

use std::time::{Duration, Instant};

use bytes::Bytes;
use siptrunk_message::{
    Event as EventHeader, HeaderList, HeaderName, HeaderValue, Method, NameAddr, ReferSub, SipFrag,
    StatusCode, SubscriptionState, Uri,
};
use siptrunk_transaction::{IncomingRequest, IncomingResponse, ServerTransactionId};

use super::{
    super::{
        Step,
        outbox::{Draft, Parcel, Sender},
        refer::{Notice, PACKAGE, ReferProgress, ReferTarget},
    },
    Confirmed,
};
use crate::{Event, Reply, RequestId, UaError, context::Context};

impl Confirmed {
    // ---- ours

    /// Asks the peer to call somebody else.
    pub(crate) fn refer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: RequestId,
        to: &Uri<'_>,
        headers: &HeaderList,
    ) -> Result<Step, UaError> {
        if !cx.config.refer {
            return Err(UaError::NotEnabled { what: "REFER", field: "refer" });
        }
        if self.subscriber.is_busy() {
            return Err(UaError::RequestPending { method: Method::REFER });
        }
        let local = NameAddr::parse(self.dialog.local().as_bytes()).ok();
        let by = local.filter(|_| headers.get(&HeaderName::REFERRED_BY).is_none());
        let by = by.map(|local| NameAddr::new(local.uri().clone()).into_owned());
        self.subscriber.begin(id, now + cx.patience());
        let step = self.request_with(now, cx, id, Method::REFER, headers, None, |request| {
            let request = request.append(&HeaderName::REFER_TO, NameAddr::new(to.clone()));
            match by {
                Some(by) => request.append(&HeaderName::REFERRED_BY, by),
                None => request,
            }
        });
        if step.is_err() {
            self.subscriber.refused(id);
        }
        step
    }

    /// A REFER of ours has its final response, or none. `Some`: it was taken, and nothing else is going
    /// to be told of it.
    pub(super) fn refer_answered(
        &mut self,
        id: RequestId,
        response: Option<&IncomingResponse>,
    ) -> Option<(RequestId, ReferProgress)> {
        let Some(response) = response.filter(|response| response.status().is_success()) else {
            self.subscriber.refused(id);
            return None;
        };
        let refer_sub = response.response().headers().get::<ReferSub<'_>>().ok().flatten();
        let subscribes = refer_sub.is_none_or(|refer_sub| refer_sub.subscribes());
        let sequence = response.essentials().cseq().number;
        Some((id, self.subscriber.accepted(id, sequence, subscribes)?))
    }

    pub(super) fn tell_progress(&self, cx: &mut Context, news: Option<(RequestId, ReferProgress)>) {
        if let Some((refer, progress)) = news {
            cx.emit(Event::Referral { session: self.id, refer, progress });
        }
    }

    /// A NOTIFY of the peer: of a REFER of ours, or of nothing.
    pub(super) fn handle_notify(
        &mut self,
        now: Instant,
        cx: &mut Context,
        transaction: ServerTransactionId,
        notify: &IncomingRequest,
    ) {
        let (status, news) = if self.dialog.advance_remote(notify.essentials().cseq().number) {
            let limits = &cx.layer.config().limits;
            self.subscriber.handle_notify(now, notify, limits, cx.config.refer_timeout)
        } else {
            (StatusCode::SERVER_INTERNAL_ERROR, None)
        };
        let mut reply = Reply::new(status);
        if !status.is_success() {
            cx.counters.refused_requests += 1;
        }
        if status == StatusCode::BAD_EVENT
            && let Ok(value) = HeaderValue::new(PACKAGE)
        {
            reply = reply.extra(HeaderName::ALLOW_EVENTS, value);
        }
        cx.reply_now(now, transaction, notify, &reply);
        self.tell_progress(cx, news);
    }

    // ---- the peer's

    /// The response to a REFER as it goes out: one that the peer does not subscribe to says so (RFC 4488).
    pub(in crate::session) fn reply_to_refer(request: &IncomingRequest, reply: &Reply) -> Reply {
        let reply = reply.clone();
        let silent = ReferTarget::read(request).is_ok_and(|target| !target.subscribes);
        match HeaderValue::new(ReferSub::new(false).to_string()) {
            Ok(value) if silent && reply.status.is_success() => {
                reply.extra(HeaderName::REFER_SUB, value)
            }
            _ => reply,
        }
    }

    /// A REFER of the peer was accepted: it is told at once how that goes (RFC 3515 2.4.4).
    pub(in crate::session) fn refer_accepted(
        &mut self,
        now: Instant,
        cx: &mut Context,
        refer: &IncomingRequest,
    ) -> Step {
        if ReferTarget::read(refer).is_ok_and(|target| target.subscribes) {
            let until = now + cx.config.refer_timeout;
            let notice = self.notifier.begin(refer.essentials().cseq().number, until);
            return self.send_notice(now, cx, notice);
        }
        Step::Stay
    }

    /// Tells the peer how far the call is that it referred us to.
    pub(crate) fn notify_refer(
        &mut self,
        now: Instant,
        cx: &mut Context,
        status: StatusCode,
    ) -> Result<Step, UaError> {
        self.notifier.tell(status).ok_or(UaError::UnknownRequest)?;
        let notice = self.notifier.next();
        Ok(self.send_notice(now, cx, notice))
    }

    /// A NOTIFY of ours has its response, or none.
    pub(super) fn notice_answered(&mut self, now: Instant, cx: &mut Context, taken: bool) -> Step {
        self.notifier.answered(taken);
        let notice = self.notifier.next();
        self.send_notice(now, cx, notice)
    }

    fn send_notice(&mut self, now: Instant, cx: &mut Context, notice: Option<Notice>) -> Step {
        let Some(Notice { status, end, id, until }) = notice else { return Step::Stay };
        let event = EventHeader::new(PACKAGE).map(|event| match id {
            Some(id) => event.with_id(&id.to_string()),
            None => event,
        });
        // At least one second: zero would be the end.
        let left = until.saturating_duration_since(now).max(Duration::from_secs(1));
        let left = u32::try_from(left.as_secs()).unwrap_or(u32::MAX);
        let state = SubscriptionState::new(if end.is_some() { "terminated" } else { "active" });
        let state = state.map(|state| match end {
            Some(reason) => state.with_reason(reason),
            None => state.with_expires(left),
        });
        // Words and numbers of our own: all of this can be written.
        let (Ok(event), Ok(state)) = (event, state) else { return Step::Stay };
        let Ok(body) = SipFrag::of_status(status, status.reason()) else { return Step::Stay };
        let request = cx
            .sign(self.dialog.request(Method::NOTIFY))
            .append(&HeaderName::EVENT, event)
            .append(&HeaderName::SUBSCRIPTION_STATE, state)
            .body(&body);
        let draft = Draft::new(Sender::Notifier, Method::NOTIFY, request, Bytes::new());
        self.post(now, cx, Parcel::Request(draft))
    }

    // ---- time

    pub(super) fn referral_deadline(&self) -> Option<Instant> {
        self.notifier.deadline().into_iter().chain(self.subscriber.deadline()).min()
    }

    pub(super) fn handle_referral_timeout(&mut self, now: Instant, cx: &mut Context) -> Step {
        let news = self.subscriber.handle_timeout(now);
        self.tell_progress(cx, news);
        self.notifier.handle_timeout(now);
        let notice = self.notifier.next();
        self.send_notice(now, cx, notice)
    }
}
