//! What waits to be written on one connection, bounded by its octets.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use siptrunk_transaction::TransportError;
use tokio::sync::Notify;

/// The way into a connection's queue. Dropping it ends the connection in good order.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Arc<Queue>,
    limit: usize,
}

/// The queue's other end: the connection writes what comes out.
#[derive(Debug)]
pub(crate) struct ToWrite(Arc<Queue>);

/// Holds no memory while nothing waits, as on most of thousands of connections.
#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Bytes>,
    /// Of what waits, and of what is being written.
    octets: usize,
    /// One of the ends is gone.
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Whole between its statements: a panicked holder leaves nothing half done.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A queue for at most `limit` octets; one message larger than that passes when nothing else waits.
pub(crate) fn outbox(limit: usize) -> (Outbox, ToWrite) {
    let queue = Arc::new(Queue::default());
    (Outbox { queue: Arc::clone(&queue), limit }, ToWrite(queue))
}

impl Outbox {
    /// One that leads nowhere.
    pub(crate) fn closed() -> Self {
        outbox(0).0
    }

    /// Queues a message.
    pub(crate) fn push(&self, bytes: Bytes) -> Result<(), TransportError> {
        let mut waiting = self.queue.lock();
        if waiting.closed {
            return Err(TransportError::Closed);
        }
        if waiting.octets > 0 && waiting.octets.saturating_add(bytes.len()) > self.limit {
            return Err(TransportError::QueueFull);
        }
        waiting.octets += bytes.len();
        waiting.messages.push_back(bytes);
        drop(waiting);
        self.queue.news.notify_one();
        Ok(())
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.news.notify_one();
    }
}

impl ToWrite {
    /// The next message; `None` once nobody can queue any more.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            {
                let mut waiting = self.0.lock();
                let message = waiting.messages.pop_front();
                if message.is_some() || waiting.closed {
                    return message;
                }
            }
            self.0.news.notified().await;
        }
    }

    /// The next message if one waits.
    pub(crate) fn at_once(&mut self) -> Option<Bytes> {
        self.0.lock().messages.pop_front()
    }

    /// A message has been handed to the operating system: its octets no longer wait.
    pub(crate) fn written(&self, octets: usize) {
        self.0.lock().octets -= octets;
    }
}

impl Drop for ToWrite {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        waiting.messages.clear();
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

    #[tokio::test]
    async fn what_is_queued_comes_out_in_order_and_then_the_end() {
        let (outbox, mut to_write) = outbox(10);
        for message in [&b"1"[..], b"2"] {
            outbox.push(Bytes::from_static(message)).unwrap();
        }
        assert_eq!(to_write.next().await.unwrap(), "1");
        // Who waits already is woken, by a message and by the end.
        let (third, ()) = tokio::join!(
            async { [to_write.next().await, to_write.next().await, to_write.next().await] },
            async {
                tokio::task::yield_now().await;
                outbox.push(Bytes::from_static(b"3")).unwrap();
                tokio::task::yield_now().await;
                drop(outbox);
            }
        );
        assert_eq!(third, [Some("2".into()), Some("3".into()), None]);
    }

    #[test]
    fn a_message_larger_than_the_bound_passes_alone() {
        let (outbox, _to_write) = outbox(3);
        assert_eq!(outbox.push(Bytes::from_static(b"12345")), Ok(()));
        assert_eq!(outbox.push(Bytes::from_static(b"1")), Err(TransportError::QueueFull));
    }
}
