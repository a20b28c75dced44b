//! The connections of a world: who holds which end, and what waits on it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_message::{Limits, StreamDecoder, Transport};
use siptrunk_transaction::{PeerIdentity, Target, Ticket, TransportError};

use super::NodeId;

/// How long an opening may take, as the driver of real sockets has it.
pub(super) const CONNECT: Duration = Duration::from_secs(4);
/// How long a sent message may stay without acknowledgement, as the driver of real sockets has it.
pub(super) const STALL: Duration = Duration::from_secs(30);
/// What may wait on a connection, as the driver of real sockets has it.
pub(super) const QUEUE: usize = 256 << 10;
/// When a lost first packet of a connection is sent again, for the first time (RFC 6298 section 2).
const FIRST_KNOCK: Duration = Duration::from_secs(1);
/// When any other lost packet is, as most systems have it.
const FIRST_REPEAT: Duration = Duration::from_millis(200);

/// A connection's end. The other one has the number beside: 2n and 2n + 1 belong together.
pub(super) struct End {
    pub(super) node: NodeId,
    /// Who holds the other end; nobody, where nobody has that address.
    pub(super) peer: Option<NodeId>,
    pub(super) transport: Transport,
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    pub(super) identity: Option<PeerIdentity>,
    pub(super) state: State,
    /// What it was opened for, on the side that opened it.
    pub(super) target: Option<Target>,
    /// What came and is not a whole message yet.
    pub(super) decoder: StreamDecoder,
    /// What has not left yet: its first is being repeated.
    pub(super) queue: VecDeque<Bytes>,
    /// Since when, and how often it was tried.
    pub(super) stalled: Option<(Instant, u32)>,
    /// When the last that left arrives: nothing overtakes it.
    pub(super) last: Instant,
}

pub(super) enum State {
    /// These wait for it since then.
    Opening(Vec<(Ticket, Bytes)>, Instant),
    Open,
}

impl End {
    pub(super) fn new(
        node: NodeId,
        peer: Option<NodeId>,
        transport: Transport,
        [local, remote]: [SocketAddr; 2],
        state: State,
        now: Instant,
    ) -> Self {
        Self {
            node,
            peer,
            transport,
            local,
            remote,
            identity: None,
            state,
            target: None,
            decoder: StreamDecoder::new(Limits::default()),
            queue: VecDeque::new(),
            stalled: None,
            last: now,
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.queue.iter().map(Bytes::len).sum()
    }
}

/// Something of a connection that is under way.
pub(super) enum News {
    /// The opener tries for the n-th time.
    Knock(u64, u32),
    /// The opener's first packet is at the other node; its answer takes so long.
    Knocked(u64, Duration),
    /// The answer is back.
    Answered(u64, Result<(), TransportError>),
    /// The opener's patience is over.
    Unanswered(u64),
    /// Octets arrive at this end.
    Arrival(u64, Bytes),
    /// This end tries again what was lost.
    Repeat(u64),
    /// This end hears that the other one is gone.
    Gone(u64, TransportError),
}

/// All connections, and who listens for them.
#[derive(Default)]
pub(super) struct Streams {
    pub(super) ends: BTreeMap<u64, End>,
    pub(super) listeners: BTreeMap<SocketAddr, (NodeId, Transport)>,
    /// The names in each node's certificate.
    pub(super) certificates: BTreeMap<NodeId, PeerIdentity>,
    /// Those that can be used again: for the same transport, address and domain alone (RFC 5922).
    opened: HashMap<(NodeId, Target), u64>,
    pairs: u64,
}

impl Streams {
    /// A number for an opener's end.
    pub(super) fn number(&mut self) -> u64 {
        self.pairs += 1;
        self.pairs * 2
    }

    /// The port that the next connection leaves from: each has another one.
    pub(super) fn port(&self) -> u16 {
        let offset = u16::try_from(self.pairs % 16_384).unwrap_or_default();
        49_152 + offset
    }

    pub(super) fn reusable(&self, node: NodeId, target: &Target) -> Option<u64> {
        self.opened.get(&(node, target.clone())).copied()
    }

    pub(super) fn insert(&mut self, number: u64, end: End) {
        if let Some(target) = &end.target {
            self.opened.insert((end.node, target.clone()), number);
        }
        self.ends.insert(number, end);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<End> {
        let end = self.ends.remove(&number)?;
        if let Some(target) = &end.target {
            self.opened.remove(&(end.node, target.clone()));
        }
        Some(end)
    }

    /// The ends that a node holds, of connections with another one or with anybody.
    pub(super) fn of(&self, node: NodeId, with: Option<NodeId>) -> Vec<u64> {
        let holds = |(number, end): (&u64, &End)| {
            (end.node == node && (with.is_none() || with == end.peer)).then_some(*number)
        };
        self.ends.iter().filter_map(holds).collect()
    }

    /// Whether this node's certificate names that domain; without one there is nothing to secure.
    pub(super) fn proves(&self, node: NodeId, target: &Target) -> bool {
        let Some(domain) = &target.domain else { return false };
        self.certificates.get(&node).is_some_and(|known| {
            known.names().iter().any(|n| n.eq_ignore_ascii_case(domain.as_str()))
        })
    }
}

/// The number of a connection's other end.
pub(super) fn other(number: u64) -> u64 {
    number ^ 1
}

/// How long the n-th lost try of an opening is waited for.
pub(super) fn knock_again(attempt: u32) -> Duration {
    FIRST_KNOCK * 2_u32.saturating_pow(attempt)
}

/// How long the n-th lost try of anything else is waited for.
pub(super) fn repeat_again(attempt: u32) -> Duration {
    FIRST_REPEAT * 2_u32.saturating_pow(attempt.min(8))
}
