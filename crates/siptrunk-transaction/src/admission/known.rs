//! The networks that are known: sorted, without overlap, found by bisection.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::Known;

#[derive(Debug)]
pub(super) struct Networks {
    v4: Vec<Ipv4Net>,
    v6: Vec<Ipv6Net>,
}

impl Networks {
    /// `None` if everyone is known.
    pub(super) fn of(known: &Known) -> Option<Self> {
        let Known::Networks(networks) = known else {
            return None;
        };
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network {
                IpNet::V4(network) => v4.push(*network),
                IpNet::V6(network) => v6.push(*network),
            }
        }
        // Sorted, each of them outside all others.
        Some(Self { v4: Ipv4Net::aggregate(&v4), v6: Ipv6Net::aggregate(&v6) })
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => {
                let after = self.v4.partition_point(|network| network.network() <= address);
                after > 0 && self.v4[after - 1].contains(&address)
            }
            IpAddr::V6(address) => {
                let after = self.v6.partition_point(|network| network.network() <= address);
                after > 0 && self.v6[after - 1].contains(&address)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_is_known_by_no_network_and_everyone_needs_none() {
        assert!(Networks::of(&Known::Everyone).is_none());
        let nobody = Networks::of(&Known::Networks(Vec::new())).unwrap();
        assert!(!nobody.contains([192, 0, 2, 1].into()));
        assert!(!nobody.contains("::1".parse().unwrap()));
    }

    #[test]
    fn families_stand_apart() {
        let networks = ["10.0.0.0/8", "2001:db8::/32"].map(|text| text.parse().unwrap());
        let networks = Networks::of(&Known::Networks(networks.to_vec())).unwrap();
        for (address, known) in [
            ("9.255.255.255", false),
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("2001:db7:ffff::1", false),
            ("2001:db8::", true),
            ("2001:db8:ffff::1", true),
            ("2001:db9::", false),
        ] {
            assert_eq!(networks.contains(address.parse().unwrap()), known, "{address}");
        }
    }

    proptest! {
        /// Against asking each network: nested, doubled, adjoining, in any order.
        #[test]
        fn agrees_with_each_network_asked(
            // All within 16 bits, so that networks meet.
            networks in prop::collection::vec((0_u32..1 << 16, 16_u8..=32, any::<bool>()), 0..12),
            addresses in prop::collection::vec(0_u32..1 << 16, 20),
        ) {
            let v6 = |low: u32| IpAddr::V6(u128::from(low).into());
            let networks: Vec<IpNet> = networks
                .iter()
                .map(|(low, length, four)| match four {
                    true => IpNet::new(IpAddr::V4((*low).into()), *length),
                    false => IpNet::new(v6(*low), length + 96),
                })
                .map(Result::unwrap)
                .collect();
            let table = Networks::of(&Known::Networks(networks.clone())).unwrap();
            for low in addresses {
                for address in [IpAddr::V4(low.into()), v6(low)] {
                    let expected = networks.iter().any(|network| network.contains(&address));
                    prop_assert_eq!(table.contains(address), expected);
                }
            }
        }
    }
}
