//! A bound socket of any transport.

use std::net::{IpAddr, SocketAddr};

use siptrunk_message::Transport;

use crate::{StreamListener, UdpListener};

/// One listener of a [`Driver`](crate::Driver).
#[derive(Debug)]
pub enum BoundListener {
    /// Datagrams.
    Udp(UdpListener),
    /// TCP or TLS connections.
    Stream(StreamListener),
}

impl BoundListener {
    /// The address and port that the socket is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        match self {
            Self::Udp(udp) => udp.local_addr(),
            Self::Stream(stream) => stream.local_addr(),
        }
    }

    /// Says from which of our addresses requests and connections leave where the socket is bound to
    /// an unspecified one; see [`UdpListener::leaves_from`].
    #[must_use]
    pub fn leaves_from(self, address: IpAddr) -> Self {
        match self {
            Self::Udp(udp) => Self::Udp(udp.leaves_from(address)),
            Self::Stream(stream) => Self::Stream(stream.leaves_from(address)),
        }
    }

    /// What is shown on it, if it is one for TLS.
    #[cfg(feature = "tls")]
    pub(crate) fn server(&self) -> Option<crate::TlsServer> {
        match self {
            Self::Udp(_) => None,
            Self::Stream(stream) => stream.server(),
        }
    }

    /// What comes over it.
    pub fn transport(&self) -> Transport {
        match self {
            Self::Udp(_) => Transport::Udp,
            Self::Stream(stream) => stream.transport(),
        }
    }
}

impl From<UdpListener> for BoundListener {
    fn from(udp: UdpListener) -> Self {
        Self::Udp(udp)
    }
}

impl From<StreamListener> for BoundListener {
    fn from(stream: StreamListener) -> Self {
        Self::Stream(stream)
    }
}
