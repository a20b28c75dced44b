//! The audio of an end: a packet for each call every 20 ms, and what is missing in what comes.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use siptrunk::rtp::{Packet, PacketBuilder, Sequence, Timestamp};
use siptrunk::transaction::{FlowId, Ticket, Transmit};
use siptrunk::ua::SessionId;

/// A packet of G.711, and its timestamp's units.
const PTIME: Duration = Duration::from_millis(20);
const FRAME: [u8; 160] = [0xff; 160];
const HEADER: usize = 12;
/// How far ahead a sequence number may be to count as a gap; over it another stream began.
const MOST_MISSING: u16 = 3_000;

/// What came over RTP, of all calls together.
#[derive(Clone, Copy, Default)]
pub(crate) struct Heard {
    /// Packets that left.
    pub(crate) sent: u64,
    /// Packets that came.
    pub(crate) received: u64,
    /// Packets that did not come, by the gaps in the sequence numbers.
    pub(crate) missing: u64,
}

/// The audio of all calls of an end, over one socket.
pub(crate) struct Streams {
    local: IpAddr,
    listener: u16,
    enabled: bool,
    sending: HashMap<SessionId, Stream>,
    due: BTreeSet<(Instant, SessionId)>,
    /// The number that each source ought to use next.
    expected: HashMap<u32, Sequence>,
    next_source: u32,
    transmits: VecDeque<Transmit>,
    heard: Heard,
}

struct Stream {
    to: SocketAddr,
    next: PacketBuilder,
}

impl Streams {
    pub(crate) fn new(local: IpAddr, listener: u16, enabled: bool) -> Self {
        Self {
            local,
            listener,
            enabled,
            sending: HashMap::new(),
            due: BTreeSet::new(),
            expected: HashMap::new(),
            next_source: 1,
            transmits: VecDeque::new(),
            heard: Heard::default(),
        }
    }

    /// Begins to send, if this load has audio.
    pub(crate) fn begin(&mut self, now: Instant, call: SessionId, to: Option<SocketAddr>) {
        let Some(to) = to.filter(|_| self.enabled) else { return };
        let next = PacketBuilder {
            payload_type: 0,
            marker: true,
            sequence: Sequence(0),
            timestamp: Timestamp(0),
            ssrc: self.next_source,
        };
        self.next_source += 1;
        self.sending.insert(call, Stream { to, next });
        self.due.insert((now, call));
    }

    pub(crate) fn end(&mut self, call: SessionId) {
        // What is due of it is left out when its time comes.
        self.sending.remove(&call);
    }

    pub(crate) fn heard(&self) -> Heard {
        self.heard
    }

    pub(crate) fn handle_packet(&mut self, bytes: &[u8]) {
        let Ok(packet) = Packet::parse(bytes) else { return };
        self.heard.received += 1;
        let sequence = packet.sequence();
        let expected = self.expected.entry(packet.ssrc()).or_insert(sequence);
        let ahead = sequence.0.wrapping_sub(expected.0);
        if ahead <= MOST_MISSING {
            self.heard.missing += u64::from(ahead);
            *expected = sequence.next();
        } else {
            // It was counted as missing when a later one overtook it.
            self.heard.missing = self.heard.missing.saturating_sub(1);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(&(at, call)) = self.due.first() {
            if at > now {
                break;
            }
            self.due.pop_first();
            let Some(stream) = self.sending.get_mut(&call) else { continue };
            let mut packet = [0; HEADER + FRAME.len()];
            if stream.next.write_into(&mut packet, &FRAME).is_ok() {
                let flow = FlowId::Datagram {
                    listener: self.listener,
                    local: self.local,
                    peer: stream.to,
                };
                self.transmits.push_back(Transmit {
                    to: flow.into(),
                    bytes: Bytes::copy_from_slice(&packet),
                    ticket: Ticket::default(),
                });
                self.heard.sent += 1;
            }
            stream.next.marker = false;
            stream.next.sequence = stream.next.sequence.next();
            stream.next.timestamp = Timestamp(stream.next.timestamp.0.wrapping_add(160));
            self.due.insert((at + PTIME, call));
        }
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }
}
