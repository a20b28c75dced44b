//! Counters of a driver, readable while it runs.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What a [`Driver`](crate::Driver) has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverStatistics {
    /// Datagrams read from the sockets, the dropped ones included.
    pub received: u64,
    /// Datagrams dropped unread by the core, because the input queue was full.
    pub dropped: u64,
    /// Errors while reading from a socket.
    pub receive_errors: u64,
    /// Datagrams that the sockets took.
    pub sent: u64,
    /// Datagrams not sent because the socket's buffer stayed full; the core is not told: for it
    /// they were lost on the way, and it repeats what has to be repeated.
    pub send_dropped: u64,
    /// Datagrams that could not be sent; the core was told.
    pub send_errors: u64,
}

/// The live counters; relaxed, since nothing is concluded from their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    received: AtomicU64,
    dropped: AtomicU64,
    receive_errors: AtomicU64,
    sent: AtomicU64,
    send_dropped: AtomicU64,
    send_errors: AtomicU64,
}

fn bump(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn received(&self) {
        bump(&self.0.received);
    }

    pub(crate) fn dropped(&self) {
        bump(&self.0.dropped);
    }

    pub(crate) fn receive_error(&self) {
        bump(&self.0.receive_errors);
    }

    pub(crate) fn sent(&self) {
        bump(&self.0.sent);
    }

    pub(crate) fn send_dropped(&self) {
        bump(&self.0.send_dropped);
    }

    pub(crate) fn send_error(&self) {
        bump(&self.0.send_errors);
    }

    pub(crate) fn read(&self) -> DriverStatistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DriverStatistics {
            received: read(&self.0.received),
            dropped: read(&self.0.dropped),
            receive_errors: read(&self.0.receive_errors),
            sent: read(&self.0.sent),
            send_dropped: read(&self.0.send_dropped),
            send_errors: read(&self.0.send_errors),
        }
    }
}
