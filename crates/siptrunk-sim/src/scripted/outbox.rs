//! What an end sends, over its two listeners.

use std::{collections::VecDeque, net::SocketAddr};

use bytes::Bytes;
use siptrunk_transaction::{FlowId, Transmit};

/// Index of the SIP listener, and of the RTP listener.
pub(crate) const SIP: u16 = 0;
pub(crate) const RTP: u16 = 1;

#[derive(Debug)]
pub(crate) struct Outbox {
    sip: SocketAddr,
    rtp: SocketAddr,
    queue: VecDeque<Transmit>,
}

impl Outbox {
    pub(crate) fn new(sip: SocketAddr, rtp: SocketAddr) -> Self {
        Self { sip, rtp, queue: VecDeque::new() }
    }

    pub(crate) fn sip(&mut self, peer: SocketAddr, bytes: Bytes) {
        let local = self.sip.ip();
        let flow = FlowId::Datagram { listener: SIP, local, peer };
        self.queue.push_back(Transmit::new(flow, bytes));
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
