//! Our own addresses: what goes there comes back to us, and goes again, until its Max-Forwards ends it
//! (RFC 5393 tells what such loops cost).

use std::net::{IpAddr, SocketAddr};

use siptrunk_message::Transport;

/// Where we listen, and where others are told that we do.
#[derive(Debug, Default)]
pub(crate) struct OwnAddresses {
    at: Vec<(Transport, SocketAddr)>,
    /// Of this machine, if a listener takes what comes to any of them. Those that it gets later are
    /// not noticed.
    machine: Vec<IpAddr>,
}

impl OwnAddresses {
    pub(crate) fn new(at: Vec<(Transport, SocketAddr)>) -> Self {
        let any = at.iter().any(|(_, address)| address.ip().is_unspecified());
        Self { at, machine: if any { machine() } else { Vec::new() } }
    }

    /// Whether somebody who sends there sends to us.
    pub(crate) fn contain(&self, transport: Transport, address: SocketAddr) -> bool {
        let ip = address.ip();
        self.at.iter().filter(|(own, _)| *own == transport).any(|(_, own)| {
            let here = own.ip() == ip
                || own.ip().is_unspecified()
                    && own.is_ipv4() == address.is_ipv4()
                    && (ip.is_loopback() || ip.is_unspecified() || self.machine.contains(&ip));
            own.port() == address.port() && here
        })
    }
}

/// The addresses of this machine's interfaces, where they can be asked for.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn machine() -> Vec<IpAddr> {
    let Ok(interfaces) = nix::ifaddrs::getifaddrs() else { return Vec::new() };
    let address = |interface: nix::ifaddrs::InterfaceAddress| {
        let address = interface.address?;
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
    };
    interfaces.filter_map(address).collect()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn machine() -> Vec<IpAddr> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_its_transport_address_and_port() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let own = OwnAddresses::new(vec![
            (Transport::Udp, at("127.0.1.1:5060")),
            (Transport::Tcp, at("0.0.0.0:5060")),
            (Transport::Udp, at("203.0.113.7:5060")),
        ]);
        for (transport, address, ours) in [
            (Transport::Udp, "127.0.1.1:5060", true),
            (Transport::Udp, "127.0.1.1:5061", false),
            (Transport::Udp, "127.0.1.2:5060", false),
            (Transport::Udp, "203.0.113.7:5060", true),
            (Transport::Tcp, "127.0.9.9:5060", true),
            (Transport::Tcp, "0.0.0.0:5060", true),
            (Transport::Tcp, "203.0.113.7:5060", false),
            (Transport::Tcp, "[::1]:5060", false),
            (Transport::Tls, "127.0.1.1:5060", false),
        ] {
            assert_eq!(own.contain(transport, at(address)), ours, "{transport} {address}");
        }
    }
}
