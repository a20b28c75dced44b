//! The sending half of a listener.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use quinn_udp::Transmit;
use siptrunk_transaction::TransportError;

use super::socket::Socket;
use crate::statistics::Counters;

/// How long one send may wait for room in the socket's buffer. The datagram then counts as lost, as
/// it would be one hop further: a peer on a dead link must not hold up the others.
const SEND_PATIENCE: Duration = Duration::from_millis(20);

/// Sends datagrams.
#[derive(Debug)]
pub(crate) struct UdpSender {
    socket: Arc<Socket>,
    /// From where things leave that no flow says an address for.
    source: Option<IpAddr>,
}

/// What became of a datagram that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The socket took it.
    Taken,
    /// The socket's buffer stayed full.
    Dropped,
}

impl UdpSender {
    pub(super) fn new(socket: Arc<Socket>, source: Option<IpAddr>) -> Self {
        Self { socket, source }
    }

    pub(crate) fn is_ipv4(&self) -> bool {
        self.socket.local().is_ipv4()
    }

    /// Our address on a way whose flow says `local`; unspecified where the kernel chooses.
    pub(crate) fn from(&self, local: Option<IpAddr>) -> SocketAddr {
        let bound = self.socket.local();
        if !bound.ip().is_unspecified() {
            return bound;
        }
        let source = local.filter(|local| !local.is_unspecified()).or(self.source);
        SocketAddr::new(source.unwrap_or_else(|| bound.ip()), bound.port())
    }

    /// Sends from this address of ours, one that [`from`](Self::from) gave.
    pub(crate) async fn send(
        &self,
        bytes: &[u8],
        from: SocketAddr,
        peer: SocketAddr,
        counters: &Counters,
    ) -> Result<Sent, TransportError> {
        let bound = self.socket.local().ip();
        let datagram = Transmit {
            destination: peer,
            ecn: None,
            contents: bytes,
            segment_size: None,
            src_ip: Some(from.ip()).filter(|ip| bound.is_unspecified() && !ip.is_unspecified()),
        };
        let mut sent = self.attempt(&datagram).await;
        if sent.is_err() && self.socket.take_reports(counters) {
            // It was what another datagram met.
            sent = self.attempt(&datagram).await;
        }
        sent.map_err(|error| {
            tracing::debug!(local = %from, %peer, %error, "cannot send a datagram");
            reason(&error)
        })
    }

    async fn attempt(&self, datagram: &Transmit<'_>) -> io::Result<Sent> {
        match self.socket.try_send(datagram) {
            // Full, or the runtime has not yet looked whether the socket is writable.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let waiting = self.socket.send(datagram);
                match tokio::time::timeout(SEND_PATIENCE, waiting).await {
                    Ok(sent) => sent.map(|()| Sent::Taken),
                    Err(_) => Ok(Sent::Dropped),
                }
            }
            sent => sent.map(|()| Sent::Taken),
        }
    }
}

fn reason(error: &io::Error) -> TransportError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => TransportError::Refused,
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => TransportError::Unreachable,
        _ if quinn_udp::is_msg_size_err(error) => TransportError::TooLarge,
        _ => TransportError::Other,
    }
}
