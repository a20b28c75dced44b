//! A virtual network with a virtual clock, in which any cores meet.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_message::Transport;
use siptrunk_transaction::{
    Core, FlowEvent, FlowId, Live, Received, Rng, Seed, To, Transmit, TransportError,
};

use self::actor::{Actor, Hosted, Outgoing};
use crate::{
    host::{Datagram, Host},
    link::Link,
    trace::{Fate, Trace, TraceEntry},
    witness::{Violation, Witness},
};

mod actor;

/// A node of a [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(usize);

struct Node {
    name: String,
    addresses: Vec<SocketAddr>,
    actor: Box<dyn Actor>,
    /// Something was called that may have left it with things to do.
    dirty: bool,
}

struct Flight {
    to: NodeId,
    datagram: Datagram,
}

/// Cores that meet on virtual links in virtual time.
///
/// Nodes may be cores of any kind. A run depends on the seed and on the calls alone: the same
/// seed gives the same [`Trace`], so a failing one can be run again. If a test panics, the world
/// prints its seed and the end of its ladder.
///
/// Every datagram is put on the [`Trace`] and before the [`Witness`]; in builds with debug
/// assertions every core is checked against [`contract`](crate::contract) after every drain.
pub struct World {
    seed: u64,
    start: Instant,
    now: Instant,
    rng: Rng,
    nodes: Vec<Node>,
    listeners: BTreeMap<SocketAddr, (NodeId, u16)>,
    links: BTreeMap<(NodeId, NodeId), Link>,
    default_link: Link,
    flight: BTreeMap<(Instant, u64), Flight>,
    count: u64,
    trace: Trace,
    witness: Witness,
}

impl World {
    /// A world without nodes. All its dice follow from `seed`.
    pub fn new(seed: u64) -> Self {
        // The only reading of a real clock: `Instant` has no other beginning. Differences alone
        // are ever looked at.
        Self::starting_at(Instant::now(), seed)
    }

    /// As [`new`](Self::new), with the instant at which virtual time begins.
    pub fn starting_at(start: Instant, seed: u64) -> Self {
        Self {
            seed,
            start,
            now: start,
            rng: root(seed).derive(b"links").rng(),
            nodes: Vec::new(),
            listeners: BTreeMap::new(),
            links: BTreeMap::new(),
            default_link: Link::default(),
            flight: BTreeMap::new(),
            count: 0,
            trace: Trace::new(1_000_000),
            witness: Witness::new(start),
        }
    }

    /// The number this world was made with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A seed for a core of this world; each label gives another one.
    pub fn seed_for(&self, label: &str) -> Seed {
        root(self.seed).derive(label.as_bytes())
    }

    /// The present.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// How much virtual time has passed.
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

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
        self.nodes.push(Node { name: name.to_owned(), addresses, actor, dirty: true });
        id
    }

    /// Sets one direction between two nodes.
    pub fn link(&mut self, from: NodeId, to: NodeId, link: Link) {
        self.links.insert((from, to), link);
    }

    /// Sets both directions between two nodes.
    pub fn link_both(&mut self, a: NodeId, b: NodeId, link: &Link) {
        self.link(a, b, link.clone());
        self.link(b, a, link.clone());
    }

    /// Sets what all directions are that nothing else was said about.
    pub fn link_default(&mut self, link: Link) {
        self.default_link = link;
    }

    /// One direction between two nodes, to change it while the world runs.
    pub fn link_mut(&mut self, from: NodeId, to: NodeId) -> &mut Link {
        self.links.entry((from, to)).or_insert_with(|| self.default_link.clone())
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
        node.dirty = true;
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

    /// Every datagram so far.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Keeps at most this many datagrams from now on (a million by default), and forgets those
    /// that were kept.
    pub fn trace_limit(&mut self, limit: usize) {
        self.trace.restart(limit);
    }

    /// The witness of the virtual wire.
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// The witness of the virtual wire, to tell it what cannot be read from the wire.
    pub fn witness_mut(&mut self) -> &mut Witness {
        &mut self.witness
    }

    /// Ends the observation.
    ///
    /// # Errors
    ///
    /// Every violation of the wire's rules, in the order of time.
    pub fn finish(&mut self) -> Result<(), Vec<Violation>> {
        self.witness.finish()
    }

    /// Puts a datagram on the wire that no node sent.
    pub fn inject(&mut self, from: SocketAddr, to: SocketAddr, bytes: impl Into<Bytes>) {
        let sender = self.owner(from);
        self.put(sender, Datagram { from, to, bytes: bytes.into() });
        self.settle();
    }

    /// Goes on to the next thing that happens: an arrival or a timeout. `false` if nothing is
    /// left that could happen.
    pub fn step(&mut self) -> bool {
        self.settle();
        let Some(at) = self.next() else { return false };
        self.advance(at);
        true
    }

    /// When the next thing happens.
    pub fn next(&self) -> Option<Instant> {
        let arrival = self.flight.keys().next().map(|(at, _)| *at);
        let timeout = self.nodes.iter().filter_map(|node| node.actor.poll_timeout()).min();
        arrival.into_iter().chain(timeout).min()
    }

    /// Runs until virtual time is `end`.
    pub fn run_until(&mut self, end: Instant) {
        self.settle();
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.advance(at);
        }
        self.now = self.now.max(end);
    }

    /// Runs for a span of virtual time.
    pub fn run_for(&mut self, span: Duration) {
        self.run_until(self.now + span);
    }

    /// Runs while `condition` holds, at most for `limit`. Whether the condition ended it.
    pub fn run_while(&mut self, limit: Duration, mut condition: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + limit;
        self.settle();
        while condition(self) {
            let Some(at) = self.next().filter(|at| *at <= end) else {
                self.now = end;
                return false;
            };
            self.advance(at);
        }
        true
    }

    /// Runs until nothing is left that could happen, at most for `limit`. Whether that was reached.
    pub fn run_to_rest(&mut self, limit: Duration) -> bool {
        self.run_while(limit, |world| world.next().is_some())
    }

    /// Moves time to `at` and does everything that is due then.
    fn advance(&mut self, at: Instant) {
        self.now = self.now.max(at);
        // Arrivals one by one and before timeouts, in the order in which they were sent.
        while let Some(entry) = self.flight.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let Flight { to, datagram } = entry.remove();
            self.arrive(to, datagram);
            self.settle();
        }
        for node in &mut self.nodes {
            node.dirty |= node.actor.poll_timeout().is_some_and(|due| due <= self.now);
        }
        self.settle();
    }

    fn arrive(&mut self, to: NodeId, datagram: Datagram) {
        let listener = self.listeners.get(&datagram.to).copied();
        let node = &mut self.nodes[to.0];
        node.dirty = true;
        if let Some((_, listener)) = listener {
            let Datagram { from, to, bytes } = datagram;
            node.actor.input(self.now, Received::datagram(listener, to, from, bytes));
        } else {
            node.actor.host_datagram(self.now, datagram);
        }
    }

    /// Drains every node that may have something to do, and sends it.
    fn settle(&mut self) {
        let mut out = Vec::new();
        while let Some(index) = self.nodes.iter().position(|node| node.dirty) {
            let node = &mut self.nodes[index];
            node.dirty = false;
            if let Err(breach) = node.actor.settle(self.now, &mut out) {
                panic!(
                    "node {} broke the contract of a core after {:?}: {breach}",
                    node.name,
                    self.now - self.start
                );
            }
            for outgoing in out.drain(..) {
                match outgoing {
                    Outgoing::Transmit(transmit) => self.transmit(NodeId(index), transmit),
                    Outgoing::Datagram(datagram) => self.put(Some(NodeId(index)), datagram),
                }
            }
        }
    }

    fn transmit(&mut self, id: NodeId, transmit: Transmit) {
        let Transmit { to, bytes, ticket } = transmit;
        let node = &self.nodes[id.0];
        let path = match to {
            To::Flow(FlowId::Datagram { listener, peer, .. }) => {
                node.addresses.get(usize::from(listener)).map(|from| (*from, peer))
            }
            To::Target(target) if target.transport == Transport::Udp => {
                let family = |from: &&SocketAddr| from.is_ipv4() == target.address.is_ipv4();
                node.addresses.iter().find(family).map(|from| (*from, target.address))
            }
            // This world has no connections.
            To::Flow(FlowId::Connection(_)) | To::Target(_) => None,
        };
        if let Some((from, to)) = path {
            self.put(Some(id), Datagram { from, to, bytes });
        } else {
            let node = &mut self.nodes[id.0];
            node.dirty = true;
            let reason = TransportError::Unreachable;
            node.actor.flow(self.now, FlowEvent::Failed { ticket, reason });
        }
    }

    /// Puts a datagram on the wire: link, trace, witness, and into flight.
    fn put(&mut self, sender: Option<NodeId>, datagram: Datagram) {
        let Datagram { from, to, bytes } = datagram;
        let receiver = self.owner(to);
        let (bytes, fate, arrivals) = match (sender, receiver) {
            (_, None) => (bytes, Fate::NoListener, [None, None]),
            (Some(sender), Some(receiver)) => {
                let default = &self.default_link;
                let link = self.links.entry((sender, receiver)).or_insert_with(|| default.clone());
                let carried = link.carry(&mut self.rng, bytes);
                (carried.bytes, carried.fate, carried.arrivals)
            }
            (None, Some(_)) => {
                let carried = self.default_link.carry(&mut self.rng, bytes);
                (carried.bytes, carried.fate, carried.arrivals)
            }
        };
        for arrival in arrivals.into_iter().flatten() {
            let (Some(receiver), at) = (receiver, self.now + arrival) else { break };
            let datagram = Datagram { from, to, bytes: bytes.clone() };
            self.flight.insert((at, self.count), Flight { to: receiver, datagram });
            self.count += 1;
        }
        if fate == Fate::Delivered {
            self.witness.observe(self.now, from, to, &bytes);
        } else {
            self.witness.observe_lost(self.now, from, to, &bytes);
        }
        let at = self.now - self.start;
        self.trace.push(TraceEntry { at, from, to, bytes, fate });
    }

    fn owner(&self, address: SocketAddr) -> Option<NodeId> {
        let listener = self.listeners.get(&address).map(|(id, _)| *id);
        listener.or_else(|| self.nodes.iter().position(|node| node.actor.owns(address)).map(NodeId))
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nodes: Vec<&str> = self.nodes.iter().map(|node| node.name.as_str()).collect();
        f.debug_struct("World")
            .field("seed", &self.seed)
            .field("elapsed", &self.elapsed())
            .field("nodes", &nodes)
            .field("in_flight", &self.flight.len())
            .finish_non_exhaustive()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let ladder = self.trace.ladder().to_string();
            let lines: Vec<&str> = ladder.lines().collect();
            let tail = lines.len().saturating_sub(40).max(1);
            eprintln!("World::new({}) after {:?}:", self.seed, self.elapsed());
            for line in lines.iter().take(1).chain(lines.iter().skip(tail)) {
                eprintln!("{line}");
            }
        }
    }
}

/// The seed that a world's number stands for.
fn root(number: u64) -> Seed {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Seed(bytes)
}

fn wrong<T>(node: &Node) -> String {
    format!("node {} is not made of {}", node.name, std::any::type_name::<T>())
}

#[cfg(test)]
mod tests;
