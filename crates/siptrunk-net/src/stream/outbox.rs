//! What waits to be written on one connection, bounded by its octets.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use siptrunk_transaction::TransportError;
use tokio::sync::mpsc;

/// The way into a connection's queue. Dropping all of them ends the connection in good order.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    queue: mpsc::UnboundedSender<Bytes>,
    waiting: Arc<AtomicUsize>,
    limit: usize,
}

/// The queue's other end: the connection writes what comes out.
#[derive(Debug)]
pub(crate) struct ToWrite {
    queue: mpsc::UnboundedReceiver<Bytes>,
    waiting: Arc<AtomicUsize>,
}

/// A queue for at most `limit` octets; one message larger than that passes when nothing else waits.
pub(crate) fn outbox(limit: usize) -> (Outbox, ToWrite) {
    // Unbounded by count, since the octets are what memory goes to, and each message has some.
    let (sender, receiver) = mpsc::unbounded_channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let outbox = Outbox { queue: sender, waiting: Arc::clone(&waiting), limit };
    (outbox, ToWrite { queue: receiver, waiting })
}

impl Outbox {
    /// One that leads nowhere.
    pub(crate) fn closed() -> Self {
        outbox(0).0
    }

    /// Queues a message.
    pub(crate) fn push(&self, bytes: Bytes) -> Result<(), TransportError> {
        let octets = bytes.len();
        let before = self.waiting.fetch_add(octets, Ordering::Relaxed);
        if before > 0 && before.saturating_add(octets) > self.limit {
            self.waiting.fetch_sub(octets, Ordering::Relaxed);
            return Err(TransportError::QueueFull);
        }
        self.queue.send(bytes).map_err(|_| TransportError::Closed)
    }
}

impl ToWrite {
    /// The next message; `None` once nobody can queue any more.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        self.queue.recv().await
    }

    /// The next message if one waits.
    pub(crate) fn at_once(&mut self) -> Option<Bytes> {
        self.queue.try_recv().ok()
    }

    /// A message has been handed to the operating system: its octets no longer wait.
    pub(crate) fn written(&self, octets: usize) {
        self.waiting.fetch_sub(octets, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_bounded_and_freed_by_writing() {
        let (outbox, mut to_write) = outbox(10);
        assert_eq!(outbox.push(Bytes::from_static(b"123456")), Ok(()));
        assert_eq!(
            outbox.push(Bytes::from_static(b"12345")),
            Err(TransportError::QueueFull),
            "eleven octets"
        );
        assert_eq!(outbox.push(Bytes::from_static(b"1234")), Ok(()));
        let first = to_write.at_once().unwrap();
        assert_eq!(outbox.push(Bytes::from_static(b"x")), Err(TransportError::QueueFull));
        to_write.written(first.len());
        assert_eq!(outbox.push(Bytes::from_static(b"x")), Ok(()));
        drop(to_write);
        assert_eq!(outbox.push(Bytes::from_static(b"y")), Err(TransportError::Closed));
    }

    #[test]
    fn a_message_larger_than_the_bound_passes_alone() {
        let (outbox, _to_write) = outbox(3);
        assert_eq!(outbox.push(Bytes::from_static(b"12345")), Ok(()));
        assert_eq!(outbox.push(Bytes::from_static(b"1")), Err(TransportError::QueueFull));
    }
}
