//! How a trunk is known when it calls us, and how we prove ourselves when we call it.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use siptrunk_digest::Account;

/// From where a trunk's requests are taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Allow {
    /// The addresses that its hosts resolve to.
    #[default]
    Hosts,
    /// These networks, in place of its hosts.
    Networks(Vec<IpNet>),
    /// The networks that the provider published, as the profile's dated list has them.
    Published,
}

impl Allow {
    /// Whether one of the networks written here holds this address. What hosts resolve to, and what a
    /// provider published, is not known here: for those the answer is no.
    pub fn contains(&self, address: IpAddr) -> bool {
        match self {
            Self::Networks(networks) => networks.iter().any(|network| network.contains(&address)),
            Self::Hosts | Self::Published => false,
        }
    }
}

/// How we know a trunk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Inbound {
    /// From where its requests are taken.
    pub allow: Allow,
    /// The name and password it must prove, if any.
    pub digest: Option<Account>,
    /// Whether it registers with us.
    pub registrar: bool,
}

/// How we prove ourselves to a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outbound {
    /// The name and password for its challenges.
    pub account: Account,
    /// Whether we register with it.
    pub register: bool,
    /// How long a registration is asked for: 60 s to 3600 s. Default 300 s.
    ///
    /// S-12, 2026-07-30.
    pub register_expires: Duration,
}

impl Outbound {
    /// Answers challenges with this account; does not register.
    pub fn new(account: Account) -> Self {
        Self { account, register: false, register_expires: Duration::from_secs(300) }
    }
}

pub(crate) const NETWORK_REMEDY: &str =
    "write a network or an address, as 198.51.100.0/24 or 198.51.100.7";

/// Reads a network, or an address as the network of itself.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "neither a network nor an address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_network_of_itself() {
        assert_eq!(network("198.51.100.7"), network("198.51.100.7/32"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::1/128"));
        assert!(network("198.51.100.0/24").is_ok());
        assert!(network("gw.example.com").is_err());
        assert!(network("198.51.100.0/33").is_err());
    }

    #[test]
    fn a_list_holds_the_addresses_of_its_networks() {
        let list = |text| Allow::Networks(vec![network(text).expect("a network")]);
        let address = IpAddr::from([198, 51, 100, 7]);
        assert!(list("198.51.100.0/24").contains(address));
        assert!(!list("198.51.101.0/24").contains(address));
        assert!(!Allow::Hosts.contains(address));
    }
}
