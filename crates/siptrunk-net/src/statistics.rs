//! Counters of a driver, readable while it runs.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::udp::KernelDrops;

/// What a [`Driver`](crate::Driver) has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverStatistics {
    /// Datagrams, and messages out of streams, read from the sockets; the dropped ones included.
    pub received: u64,
    /// Datagrams dropped unread by the core, because the input queue was full.
    pub dropped: u64,
    /// Datagrams that the kernel dropped before they were read, because a socket's buffer
    /// ([`UdpOptions::receive_buffer`](crate::UdpOptions::receive_buffer)) was full. Not part of
    /// `received`. Told by Linux alone; elsewhere always 0.
    pub kernel_dropped: u64,
    /// Reports that a datagram's peer is unreachable, or refused it (ICMP), where the system passes
    /// them on (Linux). They count and do nothing else: anyone can forge them.
    pub unreachable: u64,
    /// Errors while reading from a socket.
    pub receive_errors: u64,
    /// Messages that the sockets or a connection's queue took.
    pub sent: u64,
    /// Datagrams not sent because the socket's buffer stayed full; the core is not told: for it
    /// they were lost on the way, and it repeats what has to be repeated.
    pub send_dropped: u64,
    /// Messages that could not be sent; the core was told.
    pub send_errors: u64,
    /// Messages for addresses of our own, which would have come back; part of `send_errors`.
    pub to_ourselves: u64,
    /// Datagrams that begin new work, dropped while the input queue was nearly full so that what
    /// belongs to live calls still finds room.
    pub shed: u64,
    /// Connections refused because their source, or all strangers together, had their share.
    pub connections_refused: u64,
    /// TLS handshakes that failed or took too long, both ways.
    pub handshakes_failed: u64,
    /// Streams ended because what came was not SIP, or did not say where it ends.
    pub framing_errors: u64,
}

/// The live counters; relaxed, since nothing is concluded from their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    kernel: KernelDrops,
    unreachable: AtomicU64,
    to_ourselves: AtomicU64,
    received: AtomicU64,
    dropped: AtomicU64,
    receive_errors: AtomicU64,
    sent: AtomicU64,
    send_dropped: AtomicU64,
    send_errors: AtomicU64,
    shed: AtomicU64,
    connections_refused: AtomicU64,
    handshakes_failed: AtomicU64,
    framing_errors: AtomicU64,
}

fn bump(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    /// Counters of a driver whose UDP sockets the kernel knows by these numbers.
    pub(crate) fn of_sockets(inodes: Vec<u64>) -> Self {
        let kernel = KernelDrops::of(inodes);
        Self(Arc::new(Inner { kernel, ..Inner::default() }))
    }

    pub(crate) fn to_ourselves(&self) {
        bump(&self.0.to_ourselves);
    }

    pub(crate) fn unreachable(&self) {
        bump(&self.0.unreachable);
    }

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

    pub(crate) fn shed(&self) {
        bump(&self.0.shed);
    }

    pub(crate) fn connection_refused(&self) {
        bump(&self.0.connections_refused);
    }

    #[cfg(feature = "tls")]
    pub(crate) fn handshake_failed(&self) {
        bump(&self.0.handshakes_failed);
    }

    pub(crate) fn framing_error(&self) {
        bump(&self.0.framing_errors);
    }

    pub(crate) fn read(&self) -> DriverStatistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DriverStatistics {
            received: read(&self.0.received),
            dropped: read(&self.0.dropped),
            kernel_dropped: self.0.kernel.read(),
            unreachable: read(&self.0.unreachable),
            to_ourselves: read(&self.0.to_ourselves),
            receive_errors: read(&self.0.receive_errors),
            sent: read(&self.0.sent),
            send_dropped: read(&self.0.send_dropped),
            send_errors: read(&self.0.send_errors),
            shed: read(&self.0.shed),
            connections_refused: read(&self.0.connections_refused),
            handshakes_failed: read(&self.0.handshakes_failed),
            framing_errors: read(&self.0.framing_errors),
        }
    }
}
