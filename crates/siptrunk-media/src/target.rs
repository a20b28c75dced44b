//! Addresses that media may be sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What kind of place an address of a session description is.
///
/// The session itself never sends to a [`Forbidden`](Self::Forbidden) one. Whether a
/// [`Private`](Self::Private) one is right depends on the trunk (only where its signalling is
/// private too), so whoever reads the description has to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TargetClass {
    /// A unicast address of the public network.
    Public,
    /// Loopback, link-local, or of a private network (RFC 1918, RFC 6598, RFC 4193).
    Private,
    /// Multicast, broadcast, unspecified, reserved, or port 0: nobody to talk to.
    Forbidden,
}

impl TargetClass {
    /// The class of an address.
    pub fn of(address: SocketAddr) -> Self {
        if address.port() == 0 {
            return Self::Forbidden;
        }
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => of_v4(ip),
            IpAddr::V6(ip) => of_v6(ip),
        }
    }
}

fn of_v4(ip: Ipv4Addr) -> TargetClass {
    match ip.octets() {
        // This network; multicast and reserved, the broadcast address among them.
        [0 | 224.., ..] => TargetClass::Forbidden,
        // Shared by a carrier's customers (RFC 6598).
        [100, 64..=127, ..] => TargetClass::Private,
        _ if ip.is_private() || ip.is_loopback() || ip.is_link_local() => TargetClass::Private,
        _ => TargetClass::Public,
    }
}

fn of_v6(ip: Ipv6Addr) -> TargetClass {
    if ip.is_unspecified() || ip.is_multicast() {
        TargetClass::Forbidden
    } else if ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() {
        TargetClass::Private
    } else {
        TargetClass::Public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_addresses() {
        use TargetClass::{Forbidden, Private, Public};
        for (address, class) in [
            ("198.51.100.7:4000", Public),
            ("100.63.255.255:4000", Public),
            ("100.128.0.0:4000", Public),
            ("172.32.0.1:4000", Public),
            ("223.255.255.255:1", Public),
            ("[2001:db8::1]:4000", Public),
            ("[::ffff:198.51.100.7]:4000", Public),
            ("127.0.0.1:4000", Private),
            ("10.1.2.3:4000", Private),
            ("172.16.0.1:4000", Private),
            ("192.168.1.1:4000", Private),
            ("169.254.169.254:4000", Private),
            ("100.64.0.1:4000", Private),
            ("[::1]:4000", Private),
            ("[fd00::1]:4000", Private),
            ("[fe80::1]:4000", Private),
            ("[::ffff:127.0.0.1]:4000", Private),
            ("198.51.100.7:0", Forbidden),
            ("0.0.0.0:4000", Forbidden),
            ("0.1.2.3:4000", Forbidden),
            ("224.0.0.1:4000", Forbidden),
            ("239.255.255.255:4000", Forbidden),
            ("240.0.0.1:4000", Forbidden),
            ("255.255.255.255:4000", Forbidden),
            ("[::]:4000", Forbidden),
            ("[ff02::1]:4000", Forbidden),
            ("[::ffff:224.0.0.1]:4000", Forbidden),
        ] {
            assert_eq!(TargetClass::of(address.parse().unwrap()), class, "{address}");
        }
    }
}
