//! The nodes of a world: adding them, looking at them, ending and restarting them.

use std::{net::SocketAddr, time::Instant};

use siptrunk_message::Transport;
use siptrunk_transaction::{Core, Live, PeerIdentity, TransportError};

use super::{
    World,
    actor::{Actor, Hosted},
};
use crate::host::Host;

/// A node of a [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) usize);

pub(super) struct Node {
    pub(super) name: String,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) actor: Box<dyn Actor>,
    /// It runs: it was not crashed, or restarted since.
    pub(super) up: bool,
    /// When anything was last told to it.
    pub(super) heard: Instant,
    /// Something was called that may have left it with things to do.
    pub(super) dirty: bool,
}

impl Node {
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.up.then(|| self.actor.poll_timeout()).flatten()
    }
}

impl World {
    /// Adds a core that listens on `addresses`: a listener's index is its place in this list.
    ///
    /// # Panics
    ///
    /// If another node has one of the addresses.
    pub fn add<C, H>(&mut self, name: &str, addresses: Vec<SocketAddr>, core: C, host: H) -> NodeId
    where
        C: Core + 'static,
        H: Host<C> + 'static,
    {
        let id = NodeId(self.nodes.len());
        for (index, address) in (0_u16..).zip(&addresses) {
            let taken = self.listeners.insert(*address, (id, index));
            assert!(taken.is_none(), "{address} of node {name} is already taken");
        }
        self.trace.name(name, addresses.iter().copied());
        let actor = Box::new(Hosted::new(core, host));
        self.nodes.push(Node {
            name: name.to_owned(),
            addresses,
            actor,
            up: true,
            heard: self.now,
            dirty: true,
        });
        id
    }

    /// Has a node accept connections on an address, which it may use for datagrams as well. Its own
    /// connections over this transport leave from that address, and a port of their own.
    ///
    /// # Panics
    ///
    /// If another node has the address, or it is to accept datagrams, which [`add`](Self::add) does.
    pub fn listen(&mut self, id: NodeId, transport: Transport, address: SocketAddr) {
        let name = &self.nodes[id.0].name;
        assert!(transport.is_reliable(), "{name} can accept no connections over {transport}");
        let stranger = self.listeners.get(&address).is_some_and(|(owner, _)| *owner != id);
        let taken = self.streams.listeners.insert(address, (id, transport));
        assert!(taken.is_none() && !stranger, "{address} of node {name} is already taken");
        self.trace.name(name, [address]);
    }

    /// Gives a node a certificate that names these domains. Without one it can be no server of TLS;
    /// as a client it shows it to whom it connects.
    pub fn certify(&mut self, id: NodeId, names: &[&str]) {
        let identity = PeerIdentity::new(names.iter().map(|name| (*name).to_owned()));
        self.streams.certificates.insert(id, identity);
    }

    /// Looks at a core.
    ///
    /// # Panics
    ///
    /// If the node's core is of another type.
    pub fn node<C: Core + 'static>(&self, id: NodeId) -> &C {
        let node = &self.nodes[id.0];
        node.actor.core().downcast_ref().unwrap_or_else(|| panic!("{}", wrong::<C>(node)))
    }

    /// A core, to call its verbs with [`now`](Self::now). What they lead to happens at the next
    /// [`step`](Self::step) or run; [`with`](Self::with) does not wait.
    ///
    /// # Panics
    ///
    /// If the node's core is of another type.
    pub fn node_mut<C: Core + 'static>(&mut self, id: NodeId) -> &mut C {
        let node = &mut self.nodes[id.0];
        (node.dirty, node.heard) = (true, self.now);
        let message = wrong::<C>(node);
        node.actor.core_mut().downcast_mut().unwrap_or_else(|| panic!("{message}"))
    }

    /// Calls a verb of a core, and sends at once what it leads to.
    ///
    /// # Panics
    ///
    /// If the node's core is of another type.
    pub fn with<C: Core + 'static, R>(
        &mut self,
        id: NodeId,
        verb: impl FnOnce(&mut C, Instant) -> R,
    ) -> R {
        let now = self.now;
        let result = verb(self.node_mut(id), now);
        self.settle();
        result
    }

    /// A node's host.
    ///
    /// # Panics
    ///
    /// If the node's host is of another type.
    pub fn host_mut<H: 'static>(&mut self, id: NodeId) -> &mut H {
        let node = &mut self.nodes[id.0];
        node.dirty = true;
        let message = wrong::<H>(node);
        node.actor.host_mut().downcast_mut().unwrap_or_else(|| panic!("{message}"))
    }

    /// The events that a core reported since the last call, in order.
    ///
    /// # Panics
    ///
    /// If the node's core is of another type.
    pub fn take_events<C: Core + 'static>(&mut self, id: NodeId) -> Vec<C::Event> {
        let node = &mut self.nodes[id.0];
        let message = wrong::<C>(node);
        let events: &mut Vec<C::Event> =
            node.actor.events_mut().downcast_mut().unwrap_or_else(|| panic!("{message}"));
        std::mem::take(events)
    }

    /// The live objects of a node.
    pub fn live(&self, id: NodeId) -> Live {
        self.nodes[id.0].actor.live()
    }

    /// Ends a node as a killed process ends: nobody listens there any more, its connections are
    /// reset, and what it knew is lost. Its core can still be looked at.
    pub fn crash(&mut self, id: NodeId) {
        let node = &mut self.nodes[id.0];
        node.up = false;
        self.broken.extend(&node.addresses);
        for number in self.streams.of(id, None) {
            self.abandon(number, TransportError::Reset);
        }
    }

    /// Starts a node again, with a core that knows nothing of what was before.
    pub fn restart<C, H>(&mut self, id: NodeId, core: C, host: H)
    where
        C: Core + 'static,
        H: Host<C> + 'static,
    {
        self.crash(id);
        let node = &mut self.nodes[id.0];
        node.actor = Box::new(Hosted::new(core, host));
        (node.up, node.dirty) = (true, true);
    }
}

fn wrong<T>(node: &Node) -> String {
    format!("node {} is not made of {}", node.name, std::any::type_name::<T>())
}
