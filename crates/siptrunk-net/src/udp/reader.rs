//! The reading half of a listener: a task of its own.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_transaction::Received;

use super::socket::{Datagram, Row, Socket};
use crate::{
    input::{Arrival, Inputs, NotQueued},
    statistics::Counters,
    trusted::Trusted,
};

/// How long a reader rests after the operating system failed it, so that a lasting failure (no
/// memory) does not become a busy loop.
const READ_REST: Duration = Duration::from_millis(10);

/// Reads datagrams and queues them for the driver.
#[derive(Debug)]
pub(crate) struct UdpReader {
    socket: Arc<Socket>,
}

impl UdpReader {
    pub(super) fn new(socket: Arc<Socket>) -> Self {
        Self { socket }
    }

    /// Reads until the queue's other end is gone.
    ///
    /// Under load, what begins something new is dropped first, unless it comes from `trusted`.
    pub(crate) async fn run(
        self,
        listener: u16,
        inputs: Inputs,
        trusted: Trusted,
        counters: Counters,
    ) {
        let mut row = Row::new();
        loop {
            let count = match self.socket.receive(&mut row).await {
                Ok(count) => count,
                // What another datagram met fails this read, and says nothing of the socket.
                Err(_) if self.socket.take_reports(&counters) => continue,
                Err(error) => {
                    counters.receive_error();
                    tracing::debug!(local = %self.socket.local(), %error, "cannot read from the socket");
                    tokio::time::sleep(READ_REST).await;
                    continue;
                }
            };
            let at = Instant::now();
            for datagram in row.datagrams(count) {
                counters.received();
                let Datagram { peer, bytes, .. } = datagram;
                if inputs.is_crowded() && begins_work(bytes) && !trusted.contains(peer.ip()) {
                    counters.shed();
                    continue;
                }
                let local = self.reached(datagram.local);
                // An exact copy: a small datagram kept by a call must not pin a large buffer.
                let bytes = Bytes::copy_from_slice(bytes);
                let received = Received::datagram(listener, local, peer, bytes);
                match inputs.datagram(Arrival { at, received }) {
                    Ok(()) => {}
                    Err(NotQueued::Full) => counters.dropped(),
                    Err(NotQueued::Ended) => return,
                }
            }
            if Row::is_full(count) {
                // There is more; who has to deal with it may be waiting for this very thread.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Our address that a datagram came to. What was sent to many came to none of ours in particular.
    fn reached(&self, told: Option<IpAddr>) -> SocketAddr {
        let bound = self.socket.local();
        match told {
            Some(ip) if bound.ip().is_unspecified() && is_one_host(ip) => {
                SocketAddr::new(ip, bound.port())
            }
            _ => bound,
        }
    }
}

fn is_one_host(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !broadcast && !address.is_multicast() && !address.is_unspecified()
}

/// Whether a datagram asks for something new, by its first word: what is dropped first under load.
/// It will come again if its sender means it. All else is an answer to us or part of a live call;
/// a re-INVITE too is repeated.
fn begins_work(datagram: &[u8]) -> bool {
    const NEW: [&[u8]; 6] =
        [b"INVITE ", b"OPTIONS ", b"REGISTER ", b"SUBSCRIBE ", b"MESSAGE ", b"PUBLISH "];
    NEW.iter().any(|method| datagram.starts_with(method))
}
