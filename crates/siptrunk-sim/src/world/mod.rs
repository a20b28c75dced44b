//! A virtual network with a virtual clock, in which any cores meet.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_transaction::{Rng, Seed};

pub use self::nodes::NodeId;
use self::{
    actor::Outgoing,
    invariants::Invariant,
    nodes::Node,
    streams::{News, Streams},
};
use crate::{
    host::Datagram,
    link::Link,
    trace::Trace,
    witness::{Violation, Witness},
};

mod actor;
mod connections;
mod datagrams;
mod invariants;
mod nodes;
mod streams;

/// Something under way.
enum Flight {
    Datagram { to: NodeId, datagram: Datagram },
    News(News),
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
    streams: Streams,
    /// Addresses whose connections broke or whose node crashed: what they asked may stay unanswered.
    broken: BTreeSet<SocketAddr>,
    invariants: Vec<Box<dyn Invariant>>,
    strict: bool,
    /// The command that plays this world again.
    replay: Option<String>,
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
            streams: Streams::default(),
            broken: BTreeSet::new(),
            invariants: Vec::new(),
            strict: false,
            replay: None,
            flight: BTreeMap::new(),
            count: 0,
            trace: Trace::new(1_000_000),
            witness: Witness::new(start),
        }
    }

    /// A world that asserts its invariants after each event, and prints this command if one breaks.
    pub(crate) fn strict(mut self, replay: String) -> Self {
        (self.strict, self.replay) = (true, Some(replay));
        self
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
        let timeout = self.nodes.iter().filter_map(Node::poll_timeout).min();
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
            match entry.remove() {
                Flight::Datagram { to, datagram } => self.arrive(to, datagram),
                Flight::News(news) => self.handle_news(news),
            }
            self.settle();
        }
        for node in &mut self.nodes {
            node.dirty |= node.poll_timeout().is_some_and(|due| due <= self.now);
        }
        self.settle();
    }

    /// Drains every node that may have something to do, and sends it.
    fn settle(&mut self) {
        let mut out = Vec::new();
        while let Some(index) = self.nodes.iter().position(|node| node.dirty) {
            let node = &mut self.nodes[index];
            node.dirty = false;
            if !node.up {
                continue;
            }
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
        self.check();
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
            let tail = lines.len().saturating_sub(if self.strict { 400 } else { 40 }).max(1);
            eprintln!("World::new({}) after {:?}:", self.seed, self.elapsed());
            if let Some(replay) = &self.replay {
                eprintln!("play it again: {replay}");
            }
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

#[cfg(test)]
mod tests;
