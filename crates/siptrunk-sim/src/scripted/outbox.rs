//! What an end sends, over its two listeners.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
};

use bytes::Bytes;
use siptrunk_transaction::{FlowEvent, FlowId, Received, Target, Transmit};

use super::Over;

/// Index of the SIP listener, and of the RTP listener.
pub(crate) const SIP: u16 = 0;
pub(crate) const RTP: u16 = 1;

#[derive(Debug)]
pub(crate) struct Outbox {
    sip: SocketAddr,
    rtp: SocketAddr,
    over: Over,
    /// The connections that messages came over, by who is at the other end.
    connections: BTreeMap<SocketAddr, FlowId>,
    queue: VecDeque<Transmit>,
}

impl Outbox {
    pub(crate) fn new(sip: SocketAddr, rtp: SocketAddr, over: Over) -> Self {
        Self { sip, rtp, over, connections: BTreeMap::new(), queue: VecDeque::new() }
    }

    pub(crate) fn over(&self) -> &Over {
        &self.over
    }

    /// A message came: answers go back over its connection.
    pub(crate) fn note(&mut self, input: &Received) {
        if matches!(input.flow, FlowId::Connection(_)) {
            self.connections.insert(input.remote, input.flow);
        }
    }

    /// Forgets a connection that is over.
    pub(crate) fn handle_flow(&mut self, event: &FlowEvent) {
        if let FlowEvent::Closed { flow, .. } = event {
            self.connections.retain(|_, known| known != flow);
        }
    }

    pub(crate) fn sip(&mut self, peer: SocketAddr, bytes: Bytes) {
        let transport = self.over.transport();
        let transmit = if let Some(flow) = self.connections.get(&peer) {
            Transmit::new(*flow, bytes)
        } else if transport.is_reliable() {
            let target = Target { transport, address: peer, domain: self.over.domain() };
            Transmit::new(target, bytes)
        } else {
            let local = self.sip.ip();
            Transmit::new(FlowId::Datagram { listener: SIP, local, peer }, bytes)
        };
        self.queue.push_back(transmit);
    }

    pub(crate) fn rtp(&mut self, peer: SocketAddr, bytes: Bytes) {
        let local = self.rtp.ip();
        let flow = FlowId::Datagram { listener: RTP, local, peer };
        self.queue.push_back(Transmit::new(flow, bytes));
    }

    pub(crate) fn pop(&mut self) -> Option<Transmit> {
        self.queue.pop_front()
    }
}
