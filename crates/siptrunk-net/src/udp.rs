//! UDP sockets: binding, the reader that feeds the driver's queue, and sending.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use ipnet::IpNet;
use siptrunk_transaction::{Received, TransportError};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{ToSocketAddrs, UdpSocket, lookup_host};

use crate::{
    BindError,
    escape::Escaped,
    input::{Arrival, Inputs, NotQueued},
    statistics::Counters,
};

/// The largest UDP payload there is; nothing is ever cut off.
pub(crate) const LARGEST_DATAGRAM: usize = 65_535;

/// How long one send may wait for room in the socket's buffer. The datagram then counts as lost, as
/// it would be one hop further: a peer on a dead link must not hold up the others.
const SEND_PATIENCE: Duration = Duration::from_millis(20);

/// How long a reader rests after the operating system failed it, so that a lasting failure (no
/// memory) does not become a busy loop.
const READ_REST: Duration = Duration::from_millis(10);

/// A bound UDP socket, ready for a [`Driver`](crate::Driver).
#[derive(Debug)]
pub struct UdpListener {
    socket: Arc<UdpSocket>,
    local: SocketAddr,
}

/// Sizes of the kernel's buffers for one socket, in bytes; the kernel may grant less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UdpOptions {
    /// `SO_RCVBUF`: what may wait to be read. Default 4 MiB, some thousand messages.
    pub receive_buffer: usize,
    /// `SO_SNDBUF`: what may wait to leave. Default 1 MiB.
    pub send_buffer: usize,
}

impl Default for UdpOptions {
    fn default() -> Self {
        Self { receive_buffer: 4 << 20, send_buffer: 1 << 20 }
    }
}

impl UdpListener {
    /// Binds to an address; port 0 takes any free one. Needs a tokio runtime.
    pub async fn bind(address: impl ToSocketAddrs + std::fmt::Debug) -> Result<Self, BindError> {
        let unusable = |source| BindError::Address {
            address: Escaped(format!("{address:?}").as_bytes()).to_string(),
            source,
        };
        let resolved = lookup_host(&address).await.map_err(unusable)?.next();
        let resolved = resolved
            .ok_or_else(|| unusable(io::Error::new(io::ErrorKind::NotFound, "no such name")))?;
        Self::bind_with(resolved, UdpOptions::default())
    }

    /// Binds with buffer sizes of the caller's choice. Needs a tokio runtime.
    pub fn bind_with(address: SocketAddr, options: UdpOptions) -> Result<Self, BindError> {
        open(address, options).map_err(|source| BindError::Socket { address, source })
    }

    /// The address and port that the socket is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Says which of our addresses the peers see, where the socket is bound to an unspecified one.
    ///
    /// Flows and [`Received::local`] then carry `address`. Which of several local addresses a
    /// datagram really came to (`IP_PKTINFO`) is not read yet.
    #[must_use]
    pub fn reached_at(mut self, address: IpAddr) -> Self {
        if self.local.ip().is_unspecified() && self.local.is_ipv4() == address.is_ipv4() {
            self.local.set_ip(address);
        }
        self
    }

    pub(crate) fn split(self) -> (UdpReader, UdpSender) {
        let Self { socket, local } = self;
        (UdpReader { socket: Arc::clone(&socket), local }, UdpSender { socket, local })
    }
}

fn open(address: SocketAddr, options: UdpOptions) -> io::Result<UdpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        // Else a v6 listener would also take v4 peers, under mapped addresses that no trunk lists.
        socket.set_only_v6(true)?;
    }
    // The kernel caps what it grants without an error; an error here is not worth a refusal.
    let _ = socket.set_recv_buffer_size(options.receive_buffer);
    let _ = socket.set_send_buffer_size(options.send_buffer);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    let socket = UdpSocket::from_std(socket.into())?;
    let local = socket.local_addr()?;
    Ok(UdpListener { socket: Arc::new(socket), local })
}

/// The reading half of a listener: a task of its own.
#[derive(Debug)]
pub(crate) struct UdpReader {
    socket: Arc<UdpSocket>,
    local: SocketAddr,
}

impl UdpReader {
    /// Reads until the queue's other end is gone.
    ///
    /// Under load, what begins something new is dropped first, unless it comes from `trusted`.
    pub(crate) async fn run(
        self,
        listener: u16,
        inputs: Inputs,
        trusted: Arc<[IpNet]>,
        counters: Counters,
    ) {
        let mut buffer = vec![0; LARGEST_DATAGRAM];
        loop {
            let (length, peer) = match self.socket.recv_from(&mut buffer).await {
                Ok(read) => read,
                Err(error) => {
                    counters.receive_error();
                    tracing::debug!(local = %self.local, %error, "cannot read from the socket");
                    tokio::time::sleep(READ_REST).await;
                    continue;
                }
            };
            counters.received();
            let trusts = || trusted.iter().any(|network| network.contains(&peer.ip()));
            if inputs.is_crowded() && begins_work(&buffer[..length]) && !trusts() {
                counters.shed();
                continue;
            }
            // An exact copy: a small datagram kept by a call must not pin a large buffer.
            let bytes = Bytes::copy_from_slice(&buffer[..length]);
            let received = Received::datagram(listener, self.local, peer, bytes);
            let arrival = Arrival { at: Instant::now(), received };
            match inputs.datagram(arrival) {
                Ok(()) => {}
                Err(NotQueued::Full) => counters.dropped(),
                Err(NotQueued::Ended) => return,
            }
        }
    }
}

/// Whether a datagram asks for something new, by its first word: what is dropped first under load.
/// It will come again if its sender means it. All else is an answer to us or part of a live call;
/// a re-INVITE too is repeated.
fn begins_work(datagram: &[u8]) -> bool {
    const NEW: [&[u8]; 6] =
        [b"INVITE ", b"OPTIONS ", b"REGISTER ", b"SUBSCRIBE ", b"MESSAGE ", b"PUBLISH "];
    NEW.iter().any(|method| datagram.starts_with(method))
}

/// The sending half of a listener.
#[derive(Debug)]
pub(crate) struct UdpSender {
    socket: Arc<UdpSocket>,
    local: SocketAddr,
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
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(crate) async fn send(
        &self,
        bytes: &[u8],
        peer: SocketAddr,
    ) -> Result<Sent, TransportError> {
        let sent = match self.socket.try_send_to(bytes, peer) {
            // Full, or the runtime has not yet looked whether the socket is writable.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let waiting = self.socket.send_to(bytes, peer);
                match tokio::time::timeout(SEND_PATIENCE, waiting).await {
                    Ok(sent) => sent,
                    Err(_) => return Ok(Sent::Dropped),
                }
            }
            sent => sent,
        };
        match sent {
            Ok(_) => Ok(Sent::Taken),
            Err(error) => {
                tracing::debug!(local = %self.local, %peer, %error, "cannot send a datagram");
                Err(reason(&error))
            }
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
        // std has no kind for EMSGSIZE yet; these are its numbers on Linux, the BSDs and Windows.
        _ if matches!(error.raw_os_error(), Some(90 | 40 | 10_040)) => TransportError::TooLarge,
        _ => TransportError::Other,
    }
}
