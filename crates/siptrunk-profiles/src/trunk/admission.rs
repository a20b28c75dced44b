//! How a trunk is known when it calls us, and how we prove ourselves when we call it.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use siptrunk_digest::{Account, Secret};
use siptrunk_message::Method;

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
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inbound {
    /// From where its requests are taken.
    pub allow: Allow,
    /// The name and password it must prove, if any.
    pub digest: Option<Account>,
    /// Whether it registers with us.
    pub registrar: bool,
    /// The token that a header of its INVITEs must hold, if any.
    pub vendor_token: Option<VendorToken>,
    /// What it may send outside a dialog, beside REGISTER where it registers with us. Default INVITE and
    /// OPTIONS. What is not here is refused, whatever it proves.
    pub methods: Vec<Method>,
    /// What a source has to show before a call of it is dialled. Default nothing.
    pub verify_source: VerifySource,
}

impl Default for Inbound {
    fn default() -> Self {
        Self {
            allow: Allow::default(),
            digest: None,
            registrar: false,
            vendor_token: None,
            methods: vec![Method::INVITE, Method::OPTIONS],
            verify_source: VerifySource::default(),
        }
    }
}

/// A token in a header of the INVITE by which a partner trunk proves whose calls it carries.
///
/// F-26, 2026-06-05. Comparing takes the same time wherever two tokens of one length differ, and no
/// token is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VendorToken {
    /// The name of the header, compared without case.
    pub header: String,
    /// The token.
    pub value: Secret,
}

impl VendorToken {
    /// This token in this header.
    pub fn new(header: impl Into<String>, value: impl Into<Secret>) -> Self {
        Self { header: header.into(), value: value.into() }
    }

    /// Whether a message with these fields holds the token. Of several fields of the name every one must
    /// hold it, so that nothing can be smuggled in beside it.
    pub fn is_in<'a>(&self, fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> bool {
        let mut found = false;
        for (name, value) in fields {
            if name.eq_ignore_ascii_case(self.header.as_bytes()) {
                let shown = std::str::from_utf8(value).map(Secret::from);
                if shown.is_ok_and(|shown| shown == self.value) {
                    found = true;
                } else {
                    return false;
                }
            }
        }
        found && !self.value.is_empty()
    }
}

/// What a source has to show before a call of it is dialled: whoever forges an address of an allow list
/// does not see our answers, and shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum VerifySource {
    /// Nothing: an answer before dialling costs a round trip, and not every far side can give it.
    #[default]
    Off,
    /// Credentials for a challenge (RFC 7616), which come back only if our answer arrived.
    Challenge,
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
    fn a_token_is_there_once_and_whole_or_it_is_not_there() {
        let token = VendorToken::new("X-Vendor-Auth-Token", "s3cret");
        let holds = |fields: &[(&'static str, &'static str)]| {
            token.is_in(fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
        };
        assert!(holds(&[("X-Other", "a"), ("x-vendor-auth-token", "s3cret")]));
        assert!(holds(&[("X-Vendor-Auth-Token", "s3cret"), ("X-Vendor-Auth-Token", "s3cret")]));
        for fields in [
            &[][..],
            &[("X-Vendor-Auth-Token", "s3cres")],
            &[("X-Vendor-Auth-Token", "s3cret2")],
            &[("X-Vendor-Auth-Token", "")],
            &[("X-Vendor-Auth", "s3cret")],
            &[("X-Vendor-Auth-Token", "s3cret"), ("X-Vendor-Auth-Token", "other")],
        ] {
            assert!(!holds(fields), "{fields:?}");
        }
        let empty = VendorToken::new("X-T", "");
        assert!(!empty.is_in([(&b"X-T"[..], &b""[..])]), "an empty token proves nothing");
        assert!(!format!("{token:?}").contains("s3cret"));
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
