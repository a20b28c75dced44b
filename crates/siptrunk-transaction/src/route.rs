//! Which listener speaks for a request, and where a response goes (RFC 3261 section 18, RFC 3581).

use std::net::SocketAddr;

use siptrunk_message::{HostPort, SentBy, Transport};

use crate::{
    Config, Domain, Essentials, FlowId, Listener, Received, Target, To, TransactionError,
    connections::Connections,
};

/// A way out: what it is, and how we are called on it.
#[derive(Debug)]
pub(crate) struct Route<'a> {
    pub(crate) to: To,
    pub(crate) transport: Transport,
    pub(crate) sent_by: &'a HostPort,
    /// Whether the way is offered for requests back (RFC 5923).
    pub(crate) alias: bool,
}

impl<'a> Route<'a> {
    fn new(to: To, transport: Transport, speaker: &'a Listener) -> Self {
        let alias = speaker.alias && transport == Transport::Tls;
        Self { to, transport, sent_by: &speaker.advertised, alias }
    }
}

/// Finds the listener whose advertised address stands in the Via. A UDP target becomes the
/// datagram flow from that listener.
pub(crate) fn outgoing<'a>(
    config: &'a Config,
    connections: &Connections,
    to: To,
) -> Result<Route<'a>, TransactionError> {
    let by = |index: usize| config.listeners.get(index);
    match to {
        To::Flow(FlowId::Datagram { listener, peer, .. }) => {
            not_to_ourselves(config, Transport::Udp, peer)?;
            let found = by(usize::from(listener)).filter(|found| found.transport == Transport::Udp);
            let transport = Transport::Udp;
            let found = found.ok_or(TransactionError::NoListener { transport })?;
            Ok(Route::new(to, transport, found))
        }
        To::Flow(FlowId::Connection(number)) => {
            let connection = connections.get(number).ok_or(TransactionError::UnknownConnection)?;
            let (_, found) = speaker(config, connection.transport, connection.local)?;
            Ok(Route::new(to, connection.transport, found))
        }
        To::Target(target) => {
            let transport = target.transport;
            not_to_ourselves(config, transport, target.address)?;
            let (listener, found) = speaker(config, transport, target.address)?;
            let to = if transport == Transport::Udp {
                To::Flow(FlowId::Datagram {
                    listener,
                    local: found.local.ip(),
                    peer: target.address,
                })
            } else {
                To::Target(target)
            };
            Ok(Route::new(to, transport, found))
        }
    }
}

/// Whether somebody who sends there sends to us, as far as listeners and what they advertise tell: names
/// and the other addresses of this machine are for whoever has sockets to know.
pub(crate) fn leads_to_us(config: &Config, transport: Transport, address: SocketAddr) -> bool {
    config.listeners.iter().filter(|listener| listener.transport == transport).any(|listener| {
        let port = listener.advertised.port.unwrap_or_else(|| listener.local.port());
        let advertised = listener.advertised.host.ip().map(|ip| SocketAddr::new(ip, port));
        listener.local == address || advertised == Some(address)
    })
}

fn not_to_ourselves(
    config: &Config,
    transport: Transport,
    address: SocketAddr,
) -> Result<(), TransactionError> {
    if leads_to_us(config, transport, address) {
        return Err(TransactionError::OwnAddress { address });
    }
    Ok(())
}

/// The first listener of this transport and address family.
fn speaker(
    config: &Config,
    transport: Transport,
    address: SocketAddr,
) -> Result<(u16, &Listener), TransactionError> {
    (0..)
        .zip(&config.listeners)
        .find(|(_, listener)| {
            listener.transport == transport && listener.local.is_ipv4() == address.is_ipv4()
        })
        .ok_or(TransactionError::NoListener { transport })
}

/// Whether a response's top Via is one that we write (RFC 3261 section 18.1.2).
pub(crate) fn is_ours(config: &Config, sent_by: &SentBy<'_>) -> bool {
    config.listeners.iter().any(|listener| {
        let default = listener.transport.default_port();
        listener.advertised.host == sent_by.host
            && listener.advertised.port.unwrap_or(default) == sent_by.port.unwrap_or(default)
    })
}

/// Where the response to a request goes: over the connection it came on; over UDP from the same
/// socket to the packet's source, at the source port if the Via asks for it (RFC 3581 section 4),
/// else at the port of sent-by (RFC 3261 section 18.2.2).
///
/// `maddr` is ignored: it would let anyone point our responses at others.
pub(crate) fn of_response(received: &Received, asks_rport: bool, sent_by: Option<u16>) -> FlowId {
    match received.flow {
        FlowId::Datagram { listener, local, mut peer } if !asks_rport => {
            peer.set_port(sent_by.unwrap_or_else(|| received.transport.default_port()));
            FlowId::Datagram { listener, local, peer }
        }
        flow => flow,
    }
}

/// Where a connection is opened for the response when the request's is gone (RFC 3261 18.2.2).
///
/// Over TLS the new peer has to prove that it is who the first one proved to be, by the first name
/// of its certificate that can be compared (RFC 5922 section 7.2 has no wildcards). A peer that
/// proved nothing has no name to ask for, and whoever listens on that address now might be anyone:
/// then there is no new connection, and the response fails with the old one.
pub(crate) fn reopened(received: &Received, essentials: &Essentials) -> Option<Target> {
    let transport = received.transport;
    let domain = match transport {
        Transport::Udp => return None,
        Transport::Tcp => None,
        Transport::Tls => {
            let names = received.identity.as_ref()?.names();
            Some(Domain::new(names.iter().find(|name| !name.starts_with("*."))?))
        }
    };
    let port = essentials.sent_by().port.unwrap_or_else(|| transport.default_port());
    Some(Target { transport, address: SocketAddr::new(received.remote.ip(), port), domain })
}
