//! The subscription that a REFER of ours makes: what its NOTIFYs say (RFC 3515 2.4.4, RFC 6665 4.1.2).

use std::time::{Duration, Instant};

use siptrunk_message::{Event, Limits, SipFrag, StatusCode, SubscriptionState};
use siptrunk_transaction::IncomingRequest;

use super::PACKAGE;
use crate::RequestId;

/// What has become of a REFER of ours, once its receiver follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferProgress {
    /// The call that it asked for is under way: 100, 180 and the like.
    Provisional(StatusCode),
    /// The call came about (2xx) or did not. Nothing more follows.
    Final(StatusCode),
    /// Nothing will be told: the receiver wants it so (RFC 4488), ended the subscription without a final
    /// status, or let its time run out. Nothing more follows.
    Untold,
    /// No NOTIFY came in 64*T1 (timer N of RFC 6665). Nothing more follows.
    Silent,
}

impl ReferProgress {
    fn is_over(self) -> bool {
        !matches!(self, Self::Provisional(_))
    }
}

/// The one REFER of ours that a dialog may have at a time.
#[derive(Debug, Default)]
pub(crate) struct Subscriber {
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    refer: RequestId,
    /// CSeq of the REFER that was accepted.
    sequence: Option<u32>,
    notified: bool,
    deadline: Instant,
}

/// How a NOTIFY is answered, and what it says.
pub(crate) type Judgement = (StatusCode, Option<(RequestId, ReferProgress)>);

impl Subscriber {
    pub(crate) fn is_busy(&self) -> bool {
        self.current.is_some()
    }

    /// REFER goes out; `timer_n` is when the first NOTIFY is overdue.
    pub(crate) fn begin(&mut self, refer: RequestId, timer_n: Instant) {
        let deadline = timer_n;
        self.current = Some(Current { refer, sequence: None, notified: false, deadline });
    }

    /// It was accepted; `Some`: nothing is going to be told of it.
    pub(crate) fn accepted(
        &mut self,
        refer: RequestId,
        sequence: u32,
        subscribes: bool,
    ) -> Option<ReferProgress> {
        let current = self.current.as_mut().filter(|it| it.refer == refer)?;
        current.sequence = Some(sequence);
        if subscribes {
            return None;
        }
        self.current = None;
        Some(ReferProgress::Untold)
    }

    /// It was refused, or got no response.
    pub(crate) fn refused(&mut self, refer: RequestId) {
        self.current.take_if(|current| current.refer == refer);
    }

    /// A NOTIFY in the dialog. It may come before the 2xx of the REFER.
    pub(crate) fn handle_notify(
        &mut self,
        now: Instant,
        notify: &IncomingRequest,
        limits: &Limits,
        longest: Duration,
    ) -> Judgement {
        let headers = notify.request().headers();
        let (event, state) = (headers.get::<Event<'_>>(), headers.get::<SubscriptionState<'_>>());
        let (Ok(Some(event)), Ok(Some(state))) = (event, state) else {
            return (StatusCode::BAD_REQUEST, None);
        };
        if event.package() != PACKAGE {
            return (StatusCode::BAD_EVENT, None);
        }
        let fits = |current: &&mut Current| match (event.id(), current.sequence) {
            (Some(id), Some(sequence)) => id.parse() == Ok(sequence),
            _ => true,
        };
        let Some(current) = self.current.as_mut().filter(fits) else {
            return (StatusCode::CALL_DOES_NOT_EXIST, None);
        };
        let frag = SipFrag::parse(notify.request().body(), limits);
        let status = frag.ok().and_then(|frag| frag.status());
        let progress = match status {
            Some(status) if status.is_final() => ReferProgress::Final(status),
            _ if state.is_terminated() => ReferProgress::Untold,
            Some(status) => ReferProgress::Provisional(status),
            None => return (StatusCode::BAD_REQUEST, None),
        };
        let left = state.expires().map_or(longest, |left| Duration::from_secs(left.into()));
        current.notified = true;
        current.deadline = now + left.min(longest);
        let refer = current.refer;
        if progress.is_over() {
            self.current = None;
        }
        (StatusCode::OK, Some((refer, progress)))
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.current.as_ref().map(|current| current.deadline)
    }

    /// Nothing came in time.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Option<(RequestId, ReferProgress)> {
        let over = self.current.take_if(|current| current.deadline <= now)?;
        let progress = if over.notified { ReferProgress::Untold } else { ReferProgress::Silent };
        Some((over.refer, progress))
    }
}
