//! An observer of every datagram or framed message that is really sent and received.

use std::{
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use siptrunk_message::Transport;

/// When and between whom bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wire {
    /// When the bytes were read from the socket, or handed to it.
    pub at: Instant,
    /// The same moment by the wall clock.
    pub time: SystemTime,
    /// What they went over.
    pub transport: Transport,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
}

impl Wire {
    pub(crate) fn new(
        at: Instant,
        transport: Transport,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Self {
        let time = SystemTime::now().checked_sub(at.elapsed()).unwrap_or_else(SystemTime::now);
        Self { at, time, transport, local, remote }
    }
}

/// Sees all bytes of a [`Driver`](crate::Driver) with time and addresses.
///
/// A tap hands on **raw bytes**: digest responses, phone numbers and whatever else a message holds.
/// Whoever prints or stores them has to redact.
///
/// It is called on the driver's task, between a core's steps: it must not block. What never reached
/// the core because the input queue was full is counted by
/// [`DriverStatistics`](crate::DriverStatistics) and not shown here; neither are media packets of
/// the media threads.
pub trait Tap: Send {
    /// These bytes were handed to the socket, which took them.
    fn sent(&mut self, wire: &Wire, bytes: &Bytes);
    /// These bytes came from the socket and go to the core next.
    fn received(&mut self, wire: &Wire, bytes: &Bytes);
}

impl<T: Tap + ?Sized> Tap for Box<T> {
    fn sent(&mut self, wire: &Wire, bytes: &Bytes) {
        (**self).sent(wire, bytes);
    }

    fn received(&mut self, wire: &Wire, bytes: &Bytes) {
        (**self).received(wire, bytes);
    }
}

/// Which way a recorded message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From us to the peer.
    Sent,
    /// From the peer to us.
    Received,
}

/// One recorded message.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TapEntry {
    /// Which way it went.
    pub way: Way,
    /// When and between whom.
    pub wire: Wire,
    /// The raw bytes.
    pub bytes: Bytes,
}

impl fmt::Debug for TapEntry {
    /// Of the bytes only how many: they may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapEntry")
            .field("way", &self.way)
            .field("wire", &self.wire)
            .field("octets", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// A tap that records into memory, up to a bound; over it the oldest entries go first.
///
/// Clones share one record, so one can be given to several drivers and another kept to read.
#[derive(Clone, Debug)]
pub struct SharedTap {
    record: Arc<Mutex<Record>>,
}

#[derive(Debug)]
struct Record {
    entries: VecDeque<TapEntry>,
    held: usize,
    max_bytes: usize,
    dropped: u64,
}

impl SharedTap {
    /// A recorder that holds at most `max_bytes` of message bytes.
    pub fn new(max_bytes: usize) -> Self {
        let record = Record { entries: VecDeque::new(), held: 0, max_bytes, dropped: 0 };
        Self { record: Arc::new(Mutex::new(record)) }
    }

    /// What is recorded, oldest first.
    pub fn entries(&self) -> Vec<TapEntry> {
        self.with(|record| record.entries.iter().cloned().collect())
    }

    /// Takes what is recorded out of the record, oldest first.
    pub fn take(&self) -> Vec<TapEntry> {
        self.with(|record| {
            record.held = 0;
            std::mem::take(&mut record.entries).into()
        })
    }

    /// How many entries the bound has pushed out so far.
    pub fn dropped(&self) -> u64 {
        self.with(|record| record.dropped)
    }

    fn push(&self, way: Way, wire: &Wire, bytes: &Bytes) {
        self.with(|record| {
            record.held += bytes.len();
            record.entries.push_back(TapEntry { way, wire: *wire, bytes: bytes.clone() });
            while record.held > record.max_bytes {
                let Some(oldest) = record.entries.pop_front() else { break };
                record.held -= oldest.bytes.len();
                record.dropped += 1;
            }
        });
    }

    fn with<R>(&self, work: impl FnOnce(&mut Record) -> R) -> R {
        // A record is whole between its statements: a panicked holder leaves nothing half done.
        work(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tap for SharedTap {
    fn sent(&mut self, wire: &Wire, bytes: &Bytes) {
        self.push(Way::Sent, wire, bytes);
    }

    fn received(&mut self, wire: &Wire, bytes: &Bytes) {
        self.push(Way::Received, wire, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire() -> Wire {
        let address = SocketAddr::from(([127, 0, 0, 1], 5060));
        Wire::new(Instant::now(), Transport::Udp, address, address)
    }

    #[test]
    fn the_record_is_bounded_and_counts_what_it_lost() {
        let tap = SharedTap::new(10);
        let mut writer = tap.clone();
        writer.sent(&wire(), &Bytes::from_static(b"12345"));
        writer.received(&wire(), &Bytes::from_static(b"67890"));
        assert_eq!((tap.entries().len(), tap.dropped()), (2, 0));
        writer.sent(&wire(), &Bytes::from_static(b"x"));
        assert_eq!(tap.dropped(), 1);
        let kept: Vec<_> = tap.take().into_iter().map(|entry| (entry.way, entry.bytes)).collect();
        assert_eq!(
            kept,
            [(Way::Received, Bytes::from_static(b"67890")), (Way::Sent, Bytes::from_static(b"x"))]
        );
        assert!(tap.entries().is_empty());
    }

    #[test]
    fn an_entry_over_the_bound_leaves_an_empty_record() {
        let tap = SharedTap::new(3);
        tap.clone().sent(&wire(), &Bytes::from_static(b"12345"));
        assert_eq!((tap.entries().len(), tap.dropped()), (0, 1));
    }
}
