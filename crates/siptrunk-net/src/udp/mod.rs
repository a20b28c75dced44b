//! UDP sockets: binding, the reader that feeds the driver's queue in rows, and sending.

mod kernel;
pub(crate) use kernel::KernelDrops;

mod reader;
pub(crate) use reader::UdpReader;

mod sender;
pub(crate) use sender::{Sent, UdpSender};

mod socket;
pub(crate) use socket::LARGEST_DATAGRAM;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use tokio::net::{ToSocketAddrs, lookup_host};

use crate::{BindError, escape::Escaped};
use socket::Socket;

/// A bound UDP socket, ready for a [`Driver`](crate::Driver).
///
/// Bound to an unspecified address it serves all addresses of this machine: a message says which one
/// it came to ([`Received::local`](siptrunk_transaction::Received::local)), and what goes back over
/// its flow leaves from there.
#[derive(Debug)]
pub struct UdpListener {
    socket: Arc<Socket>,
    source: Option<IpAddr>,
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
        match Socket::open(address, options) {
            Ok(socket) => Ok(Self { socket: Arc::new(socket), source: None }),
            Err(source) => Err(BindError::Socket { address, source }),
        }
    }

    /// The address and port that the socket is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        self.socket.local()
    }

    /// Says from which of our addresses requests leave where the socket is bound to an unspecified
    /// one: the one that peers know us by. Without it the kernel chooses by its routes.
    ///
    /// An address of another machine, as a public one in front of a NAT, changes nothing.
    #[must_use]
    pub fn leaves_from(mut self, address: IpAddr) -> Self {
        let bound = self.local_addr().ip();
        if bound.is_unspecified() && bound.is_ipv4() == address.is_ipv4() && is_ours(address) {
            self.source = Some(address);
        }
        self
    }

    pub(crate) fn split(self) -> (UdpReader, UdpSender) {
        let Self { socket, source } = self;
        (UdpReader::new(Arc::clone(&socket)), UdpSender::new(socket, source))
    }

    /// By what the kernel names the socket in its tables.
    pub(crate) fn inode(&self) -> Option<u64> {
        kernel::inode(&self.socket)
    }
}

/// Whether an address is one of this machine: only those can be bound.
pub(crate) fn is_ours(address: IpAddr) -> bool {
    !address.is_unspecified() && std::net::UdpSocket::bind((address, 0)).is_ok()
}
