//! The bounded way of events from a core to its application: the newest survive.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// Receives what a driver's core reports.
///
/// The queue is bounded. An application that does not read never holds up its calls: over the bound
/// the **oldest** event is dropped and [counted](Self::dropped).
///
/// Clones read from the same queue: each event goes to one of them.
#[derive(Debug)]
pub struct Events<E> {
    queue: Arc<Queue<E>>,
}

impl<E> Clone for Events<E> {
    fn clone(&self) -> Self {
        Self { queue: Arc::clone(&self.queue) }
    }
}

impl<E> Events<E> {
    /// The next event; `None` once the driver has ended and all its events are read.
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&self) -> Option<E> {
        loop {
            // Registered before looking, so that an event pushed in between wakes us.
            let notified = self.queue.news.notified();
            {
                let mut inner = self.queue.lock();
                if let Some(event) = inner.events.pop_front() {
                    return Some(event);
                }
                if inner.closed {
                    // Pass the word on: another reader may be waiting.
                    self.queue.news.notify_one();
                    return None;
                }
            }
            notified.await;
        }
    }

    /// The next event if there is one right now.
    pub fn try_next(&self) -> Option<E> {
        self.queue.lock().events.pop_front()
    }

    /// How many events were dropped because nobody read them.
    pub fn dropped(&self) -> u64 {
        self.queue.lock().dropped
    }
}

/// The driver's end of the queue; closes it when dropped.
#[derive(Debug)]
pub(crate) struct EventSender<E> {
    queue: Arc<Queue<E>>,
    capacity: usize,
}

impl<E> EventSender<E> {
    pub(crate) fn push(&self, event: E) {
        {
            let mut inner = self.queue.lock();
            if inner.events.len() >= self.capacity {
                inner.events.pop_front();
                inner.dropped += 1;
            }
            inner.events.push_back(event);
        }
        self.queue.news.notify_one();
    }
}

impl<E> Drop for EventSender<E> {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.news.notify_one();
    }
}

/// A queue of at most `capacity` (at least one) events.
pub(crate) fn queue<E>(capacity: usize) -> (EventSender<E>, Events<E>) {
    let inner = Inner { events: VecDeque::new(), dropped: 0, closed: false };
    let queue = Arc::new(Queue { inner: Mutex::new(inner), news: Notify::new() });
    let events = Events { queue: Arc::clone(&queue) };
    (EventSender { queue, capacity: capacity.max(1) }, events)
}

#[derive(Debug)]
struct Queue<E> {
    inner: Mutex<Inner<E>>,
    news: Notify,
}

impl<E> Queue<E> {
    fn lock(&self) -> MutexGuard<'_, Inner<E>> {
        // The queue is whole between its statements: a panicked holder leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Inner<E> {
    events: VecDeque<E>,
    dropped: u64,
    closed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_goes_when_nobody_reads() {
        let (sender, events) = queue(2);
        for event in 1..=5 {
            sender.push(event);
        }
        assert_eq!(events.dropped(), 3);
        assert_eq!((events.next().await, events.next().await), (Some(4), Some(5)));
        assert_eq!(events.try_next(), None);
    }

    #[tokio::test]
    async fn all_waiting_readers_learn_of_the_end() {
        let (sender, events) = queue::<u8>(2);
        let other = events.clone();
        let readers = async { tokio::join!(events.next(), other.next()) };
        let end = async move { drop(sender) };
        let (ends, ()) = tokio::join!(readers, end);
        assert_eq!(ends, (None, None));
    }

    #[tokio::test]
    async fn events_before_the_end_are_still_read() {
        let (sender, events) = queue(4);
        sender.push(7);
        drop(sender);
        assert_eq!((events.next().await, events.next().await), (Some(7), None));
    }
}
