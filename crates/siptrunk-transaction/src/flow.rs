//! Where a message goes and where it came from: targets, flows, and the bytes on them.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use bytes::Bytes;
use siptrunk_message::Transport;

/// The name that a peer's certificate is compared with (RFC 5922 section 7).
///
/// It is the domain that the target was resolved *from*, never what DNS answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(Arc<str>);

impl Domain {
    /// A domain as configured, or as it stood in the URI that was resolved.
    pub fn new(name: &str) -> Self {
        Self(name.to_ascii_lowercase().into())
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One place that a request can be sent to: the result of RFC 3263.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The transport to use.
    pub transport: Transport,
    /// The address to use.
    pub address: SocketAddr,
    /// What the peer's certificate must name (RFC 5922); `None` on transports without TLS.
    pub domain: Option<Domain>,
}

impl Target {
    /// A UDP target.
    pub fn udp(address: SocketAddr) -> Self {
        Self { transport: Transport::Udp, address, domain: None }
    }
}

/// A path that a message came over, and that a reply can go back over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowId {
    /// A connection of the driver's table. Numbers are never used twice, and each one that the core
    /// has seen ends by [`FlowEvent::Closed`].
    Connection(u64),
    /// UDP needs no table: the socket and both addresses say everything.
    Datagram {
        /// Index of the listener in [`Config::listeners`](crate::Config::listeners).
        listener: u16,
        /// Our address, as the kernel reports it; unspecified if the kernel should choose.
        local: IpAddr,
        /// The peer's address and port.
        peer: SocketAddr,
    },
}

impl FlowId {
    /// The peer's address, if the flow itself says it (datagrams).
    pub fn peer(&self) -> Option<SocketAddr> {
        match self {
            Self::Connection(_) => None,
            Self::Datagram { peer, .. } => Some(*peer),
        }
    }
}

/// How a message is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum To {
    /// Over this flow, or fail.
    Flow(FlowId),
    /// To this target: over a connection that is there, or a new one.
    Target(Target),
}

impl From<FlowId> for To {
    fn from(flow: FlowId) -> Self {
        Self::Flow(flow)
    }
}

impl From<Target> for To {
    fn from(target: Target) -> Self {
        Self::Target(target)
    }
}

/// Ties a [`FlowEvent`] to the [`Transmit`] that caused it.
///
/// The default value belongs to nothing: failures of it concern nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Bytes to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where to.
    pub to: To,
    /// The whole message. A retransmission is the same buffer again.
    pub bytes: Bytes,
    /// Comes back in [`FlowEvent::Opened`] and [`FlowEvent::Failed`].
    pub ticket: Ticket,
}

impl Transmit {
    /// A transmit whose failure concerns nobody.
    pub fn new(to: impl Into<To>, bytes: impl Into<Bytes>) -> Self {
        Self { to: to.into(), bytes: bytes.into(), ticket: Ticket::default() }
    }
}

/// What a peer proved about itself when its connection was secured: the names in its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerIdentity(Arc<[String]>);

impl PeerIdentity {
    /// The identities of a certificate as RFC 5922 section 7.1 extracts them.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// The names, as the certificate has them.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// One datagram, or one message cut out of a stream.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// The way back.
    pub flow: FlowId,
    /// What it came over.
    pub transport: Transport,
    /// The socket it came to.
    pub local: SocketAddr,
    /// The address it came from: the packet's, not what the message claims.
    pub remote: SocketAddr,
    /// Who the peer proved to be, on secured connections.
    pub identity: Option<PeerIdentity>,
    /// The message.
    pub bytes: Bytes,
}

impl fmt::Debug for Transmit {
    /// Of the bytes only how many: they may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit")
            .field("to", &self.to)
            .field("octets", &self.bytes.len())
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Received {
    /// Of the bytes only how many: they may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("flow", &self.flow)
            .field("transport", &self.transport)
            .field("local", &self.local)
            .field("remote", &self.remote)
            .field("identity", &self.identity)
            .field("octets", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Received {
    /// A datagram that came to listener `listener`, bound to `local`, from `remote`.
    pub fn datagram(
        listener: u16,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: impl Into<Bytes>,
    ) -> Self {
        Self {
            flow: FlowId::Datagram { listener, local: local.ip(), peer: remote },
            transport: Transport::Udp,
            local,
            remote,
            identity: None,
            bytes: bytes.into(),
        }
    }
}

/// News about a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowEvent {
    /// The transmit with this ticket goes over this flow, which was opened or reused for it.
    Opened {
        /// Of the [`Transmit`] that asked for it.
        ticket: Ticket,
        /// The flow.
        flow: FlowId,
        /// Our address on it.
        local: SocketAddr,
    },
    /// The transmit with this ticket could not be sent.
    Failed {
        /// Of the [`Transmit`].
        ticket: Ticket,
        /// Why.
        reason: TransportError,
    },
    /// A flow is gone: nothing more comes or goes over it.
    Closed {
        /// The flow.
        flow: FlowId,
        /// Why.
        reason: TransportError,
    },
}

/// Why bytes did not leave, or a connection ended (the transport error of RFC 3261 section 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Nobody listens there (ICMP port unreachable, TCP reset on connect).
    #[error("the peer refused: nothing listens on that address and port")]
    Refused,
    /// No route, or the network or host is down.
    #[error("the address cannot be reached: check routes and firewalls")]
    Unreachable,
    /// The connection did not open in time.
    #[error("the connection did not open in time")]
    TimedOut,
    /// The peer closed the connection in good order.
    #[error("the peer closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection was reset")]
    Reset,
    /// TLS: no common ground, or the certificate did not prove who we wanted.
    #[error("the connection could not be secured")]
    NotSecured,
    /// The peer takes bytes more slowly than they come, and the bounded queue is full.
    #[error("the connection's queue is full: the peer reads too slowly")]
    QueueFull,
    /// The datagram is larger than the network takes.
    #[error("the message is too large for a datagram: use a stream transport")]
    TooLarge,
    /// What came over the connection was not SIP, or did not say where it ends (RFC 3261 18.3).
    #[error("what came over the connection could not be cut into messages")]
    NotFramed,
    /// The address is one of our own: what goes there comes back.
    #[error("the address is our own: a trunk's host, a route or a contact leads back to us")]
    OwnAddress,
    /// The flow does not exist (any more).
    #[error("the flow does not exist any more")]
    UnknownFlow,
    /// Anything else that the operating system reported.
    #[error("the operating system could not send")]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_bytes_of_a_message() {
        let address: SocketAddr = "127.0.1.1:5060".parse().unwrap();
        let secret = &b"Authorization: Digest response=\"5ec4e7\""[..];
        let received = Received::datagram(0, address, address, secret);
        let transmit = Transmit::new(received.flow, secret);
        let text = format!("{received:?} {transmit:?}");
        assert!(!text.contains("Digest") && !text.contains("5ec4e7"), "{text}");
        assert!(text.contains("octets: 39"), "{text}");
    }

    #[test]
    fn a_datagram_flow_is_its_addresses() {
        let local: SocketAddr = "127.0.1.1:5060".parse().unwrap();
        let remote: SocketAddr = "127.0.2.1:5070".parse().unwrap();
        let received = Received::datagram(3, local, remote, &b"x"[..]);
        assert_eq!(
            received.flow,
            FlowId::Datagram { listener: 3, local: local.ip(), peer: remote }
        );
        assert_eq!(received.flow.peer(), Some(remote));
        assert_eq!(FlowId::Connection(1).peer(), None);
    }

    #[test]
    fn domains_compare_without_case() {
        assert_eq!(Domain::new("Sip.Example.COM"), Domain::new("sip.example.com"));
    }
}
