//! One binding: a Contact, until when it holds, and the flow that it was registered over.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_message::{NameAddr, QValue, Uri};
use siptrunk_transaction::{FlowId, IncomingRequest};

/// A Contact that is registered (RFC 3261 10.3), bound to the flow that registered it.
#[derive(Clone, Debug)]
pub struct Binding {
    /// As it was registered, without its `expires`.
    contact: NameAddr<'static>,
    flow: FlowId,
    remote: SocketAddr,
    until: Instant,
    pub(super) call_id: String,
    pub(super) sequence: u32,
}

impl Binding {
    pub(super) fn new(
        contact: NameAddr<'static>,
        request: &IncomingRequest,
        until: Instant,
    ) -> Self {
        let essentials = request.essentials();
        Self {
            contact,
            flow: request.flow(),
            remote: request.remote(),
            until,
            call_id: essentials.call_id().to_owned(),
            sequence: essentials.cseq().number,
        }
    }

    /// The URI that was registered.
    ///
    /// Where it leads is not where its calls go: that is the [`flow`](Self::flow).
    pub fn contact(&self) -> &Uri<'static> {
        self.contact.uri()
    }

    /// The Contact as a Request-URI: without what no Request-URI may have (RFC 3261 19.1.1).
    pub fn request_uri(&self) -> Uri<'static> {
        match self.contact() {
            Uri::Sip(uri) => Uri::Sip(uri.without_headers().without_param("method")),
            other => other.clone(),
        }
    }

    /// The flow that it was registered over: the only way that is used to reach it. Over UDP it is
    /// the address that REGISTER came from, and our socket that it came to.
    pub fn flow(&self) -> FlowId {
        self.flow
    }

    /// Who was at the other end of the flow.
    pub fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// When it ends unless it is refreshed.
    pub fn until(&self) -> Instant {
        self.until
    }

    /// How much its owner likes it (RFC 3261 20.10).
    pub fn q(&self) -> QValue {
        self.contact.q().unwrap_or(QValue::ONE)
    }

    /// As a 200 lists it: with what is left of its time (10.3 step 8).
    pub(super) fn listed(&self, now: Instant) -> NameAddr<'static> {
        let left = self.until.saturating_duration_since(now) + Duration::from_millis(999);
        let seconds = u32::try_from(left.as_secs()).unwrap_or(u32::MAX);
        self.contact.clone().with_expires(seconds)
    }
}
