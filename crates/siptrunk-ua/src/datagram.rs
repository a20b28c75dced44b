//! Whether a request of ours fits into a datagram (RFC 3261 18.1.1): if not it is written with compact
//! names, and if that is not enough it goes over TCP where the peer takes it. Responses go where their
//! requests came from.

use std::{borrow::Cow, net::SocketAddr, time::Instant};

use siptrunk_message::{RequestBuilder, Transport};
use siptrunk_transaction::{FlowId, Target, To};

use crate::context::Context;

impl Context {
    /// The request as it is to be sent this way: with compact names if it is too large for a datagram.
    pub(crate) fn fitted<'a>(
        &mut self,
        to: &To,
        request: &'a RequestBuilder,
    ) -> Cow<'a, RequestBuilder> {
        if !self.is_too_large(to, request) {
            return Cow::Borrowed(request);
        }
        self.counters.compacted_requests += 1;
        let compact = request.clone().compact();
        if self.is_too_large(to, &compact) {
            self.counters.oversized_datagrams += 1;
        }
        Cow::Owned(compact)
    }

    /// The way over TCP, if a request is too large for the datagram that it would be, even with compact
    /// names, and if TCP is there and has not failed a short while ago.
    pub(crate) fn over_tcp(&self, now: Instant, to: &To, request: &RequestBuilder) -> Option<To> {
        let address = datagram_to(to)?;
        if !self.is_too_large(to, request) || !self.is_too_large(to, &request.clone().compact()) {
            return None;
        }
        let target = Target { transport: Transport::Tcp, address, domain: None };
        if self.dead.contains(now, &target) {
            return None;
        }
        let tcp = To::Target(target);
        self.layer.advertised(&tcp).is_some().then_some(tcp)
    }

    /// A connection for a large request could not be opened, or broke: datagrams it is, for a while.
    pub(crate) fn tcp_failed(&mut self, now: Instant, to: &To) {
        self.counters.tcp_fallbacks += 1;
        self.dead.mark(now, to, self.config.dead_target);
    }

    fn is_too_large(&self, to: &To, request: &RequestBuilder) -> bool {
        datagram_to(to).is_some()
            && self
                .layer
                .octets(to, request)
                .is_some_and(|octets| octets > self.config.limits.max_datagram)
    }
}

/// Where a datagram would go; `None` if it would be none.
fn datagram_to(to: &To) -> Option<SocketAddr> {
    match to {
        To::Target(target) => (target.transport == Transport::Udp).then_some(target.address),
        To::Flow(FlowId::Datagram { peer, .. }) => Some(*peer),
        To::Flow(FlowId::Connection(_)) => None,
    }
}
