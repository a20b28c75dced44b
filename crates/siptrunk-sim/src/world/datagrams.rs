//! How datagrams travel in a world, and where a transmit goes.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use siptrunk_message::Transport;
use siptrunk_transaction::{
    FlowEvent, FlowId, Received, Rng, Ticket, To, Transmit, TransportError,
};

use super::{Flight, NodeId, World};
use crate::{
    host::Datagram,
    link::{Carriage, Link},
    trace::{Fate, TraceEntry},
};

impl World {
    pub(super) fn arrive(&mut self, to: NodeId, datagram: Datagram) {
        let listener = self.listeners.get(&datagram.to).copied();
        let node = &mut self.nodes[to.0];
        if !node.up {
            return;
        }
        (node.dirty, node.heard) = (true, self.now);
        if let Some((_, listener)) = listener {
            let Datagram { from, to, bytes } = datagram;
            node.actor.input(self.now, Received::datagram(listener, to, from, bytes));
        } else {
            node.actor.host_datagram(self.now, datagram);
        }
    }

    pub(super) fn transmit(&mut self, id: NodeId, transmit: Transmit) {
        let Transmit { to, bytes, ticket } = transmit;
        let node = &self.nodes[id.0];
        let path = match to {
            To::Flow(FlowId::Datagram { listener, peer, .. }) => {
                let from = node.addresses.get(usize::from(listener)).copied();
                from.map(|from| (from, peer)).ok_or(TransportError::UnknownFlow)
            }
            To::Target(target) if target.transport == Transport::Udp => {
                let family = |from: &&SocketAddr| from.is_ipv4() == target.address.is_ipv4();
                let from = node.addresses.iter().find(family).copied();
                from.map(|from| (from, target.address)).ok_or(TransportError::Unreachable)
            }
            To::Flow(FlowId::Connection(number)) => {
                self.witness.submitted(self.now, &bytes);
                return self.over(id, number, ticket, bytes);
            }
            To::Target(target) => {
                self.witness.submitted(self.now, &bytes);
                return self.towards(id, target, ticket, bytes);
            }
        };
        match path {
            Ok((from, to)) => self.put(Some(id), Datagram { from, to, bytes }),
            Err(reason) => self.fail(id, ticket, reason),
        }
    }

    /// Tells a node of a flow.
    pub(super) fn tell(&mut self, id: NodeId, event: FlowEvent) {
        let node = &mut self.nodes[id.0];
        (node.dirty, node.heard) = (true, self.now);
        node.actor.flow(self.now, event);
    }

    pub(super) fn fail(&mut self, id: NodeId, ticket: Ticket, reason: TransportError) {
        self.tell(id, FlowEvent::Failed { ticket, reason });
    }

    /// Puts a datagram on the wire: link, trace, witness, and into flight.
    pub(super) fn put(&mut self, sender: Option<NodeId>, datagram: Datagram) {
        let Datagram { from, to, bytes } = datagram;
        let receiver = self.owner(to);
        let Some(receiver) = receiver else {
            return self.note(from, to, bytes, Fate::NoListener);
        };
        let (link, rng) = self.link_of(sender, Some(receiver));
        let Carriage { bytes, fate, arrivals } = link.carry(rng, bytes, to.is_ipv6());
        for arrival in arrivals.into_iter().flatten() {
            let datagram = Datagram { from, to, bytes: bytes.clone() };
            self.fly(arrival, Flight::Datagram { to: receiver, datagram });
        }
        self.note(from, to, bytes, fate);
    }

    /// One direction between two nodes, and the dice.
    pub(super) fn link_of(
        &mut self,
        from: Option<NodeId>,
        to: Option<NodeId>,
    ) -> (&mut Link, &mut Rng) {
        let link = match (from, to) {
            (Some(from), Some(to)) => {
                let default = &self.default_link;
                self.links.entry((from, to)).or_insert_with(|| default.clone())
            }
            _ => &mut self.default_link,
        };
        (link, &mut self.rng)
    }

    /// Has something happen later.
    pub(super) fn fly(&mut self, after: Duration, flight: Flight) {
        self.flight.insert((self.now + after, self.count), flight);
        self.count += 1;
    }

    /// Puts what is sent before the witness and on the trace.
    pub(super) fn note(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes, fate: Fate) {
        if fate == Fate::Delivered {
            self.witness.observe(self.now, from, to, &bytes);
        } else {
            self.witness.observe_lost(self.now, from, to, &bytes);
        }
        let at = self.now - self.start;
        self.trace.push(TraceEntry { at, from, to, bytes, fate });
    }

    /// The node that runs and takes datagrams there.
    pub(super) fn owner(&self, address: SocketAddr) -> Option<NodeId> {
        let listener = self.listeners.get(&address).map(|(id, _)| *id);
        let owner = listener
            .or_else(|| self.nodes.iter().position(|node| node.actor.owns(address)).map(NodeId));
        owner.filter(|id| self.nodes[id.0].up)
    }
}
