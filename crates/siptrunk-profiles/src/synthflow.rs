//! What Synthflow is, as data. Ids such as S-02 are rows of `docs/providers.md` in the repository, read on
//! 2026-11-24: source and certainty stand there. A date beside an id is that of the newest source.

use std::net::Ipv4Addr;

use siptrunk_message::Transport;

use crate::{HandBackBy, HeaderFacts, NumberPolicy, Profile, Provider, Trunk};

/// The domain all hosts of Synthflow lie in. S-02, 2026-08.
pub(crate) const DOMAIN: &str = "synthflow.ai";

/// The host of older guides. S-05, 2026: whether it still answers is unknown.
pub(crate) const OLD_HOST: &str = "sipin.synthflow.ai";

/// The port for UDP and TCP. S-03, 2026-08.
pub(crate) const PORT: u16 = 32_681;

/// The port for TLS. S-03, 2026-08.
pub(crate) const TLS_PORT: u16 = 32_682;

/// `X-` headers (S-19, 2026-08), X-EI and Diversion (S-16, S-20, 2026-04). S-21, 2026-08: the same on a
/// BYE.
pub(crate) const HEADERS: HeaderFacts =
    HeaderFacts { custom: true, xei: true, diversion: true, ..HeaderFacts::NONE };

/// What the regions have in common. S-03 and S-04, 2026-08: ports and transports; S-15, 2026-08: numbers.
const REGION: Provider = Provider {
    name: "synthflow",
    transport: Transport::Udp,
    takes_tcp: true,
    port: Some(PORT),
    tls_port: Some(TLS_PORT),
    hand_back: HandBackBy::Bye,
    numbers: NumberPolicy::E164,
    headers: HEADERS,
    networks_as_of: Some(Region::NETWORKS_AS_OF),
    ..Provider::GENERIC
};

/// S-02, 2026-08: hosts. S-06, Global as of 2026-08, US and EU from the list before: where signalling comes
/// from. One address of the US list, 4.138.180.50, looks misprinted and is left out (S-09). S-07, the
/// lists before 2026-08: where media comes from.
const GLOBAL: Provider = Provider {
    host: Some("sip.synthflow.ai"),
    signalling: &[
        Ipv4Addr::new(34, 138, 86, 8),
        Ipv4Addr::new(34, 75, 151, 191),
        Ipv4Addr::new(34, 23, 45, 239),
        Ipv4Addr::new(35, 231, 28, 238),
    ],
    media: &[
        Ipv4Addr::new(34, 73, 190, 14),
        Ipv4Addr::new(35, 237, 117, 4),
        Ipv4Addr::new(34, 148, 74, 207),
    ],
    ..REGION
};

const US: Provider = Provider {
    host: Some("sip.us.synthflow.ai"),
    signalling: &[Ipv4Addr::new(35, 237, 42, 43), Ipv4Addr::new(34, 139, 4, 161)],
    media: &[
        Ipv4Addr::new(34, 74, 219, 233),
        Ipv4Addr::new(34, 73, 16, 58),
        Ipv4Addr::new(34, 74, 102, 178),
    ],
    ..REGION
};

const EU: Provider = Provider {
    host: Some("sip.eu.synthflow.ai"),
    signalling: &[
        Ipv4Addr::new(34, 185, 212, 150),
        Ipv4Addr::new(34, 89, 186, 33),
        Ipv4Addr::new(35, 242, 217, 198),
    ],
    media: &[
        Ipv4Addr::new(34, 89, 251, 213),
        Ipv4Addr::new(35, 198, 108, 150),
        Ipv4Addr::new(34, 141, 20, 211),
    ],
    ..REGION
};

/// Names of Synthflow's import form and API, and what stands for them here. S-13, 2026-08.
const FORM_NAMES: [(&str, &str); 10] = [
    ("phone_number", "that is Synthflow's form; here it is numbers of the trunk"),
    ("provider_name", "that is Synthflow's form; here it is profile of the trunk"),
    ("sip_outbound_proxy", "that is Synthflow's form; here it is outbound_proxy of the trunk"),
    ("sip_term_uri", "that is Synthflow's API; here it is termination_uri of the trunk"),
    ("sip_domain", "that is Synthflow's form; here it is termination_uri of the trunk"),
    (
        "trunk_username",
        "that is Synthflow's form; here it is username of [trunk.outbound], or of \
        inbound.digest if Synthflow proves itself to us",
    ),
    (
        "trunk_pwd",
        "that is Synthflow's form; here it is password_env of [trunk.outbound], or of \
        inbound.digest if Synthflow proves itself to us",
    ),
    ("sip_auth_username", "that is Synthflow's form; here it is username of [trunk.outbound]"),
    (
        "uac_enabled",
        "that is Synthflow's form, by which it registers with us; here it is registrar \
        of [trunk.inbound]; to register with Synthflow write register in [trunk.outbound]",
    ),
    (
        "uac_register_expires",
        "that is Synthflow's form; here it is register_expires of \
        [trunk.outbound]",
    ),
];

/// What to write in place of a name of Synthflow's import form.
pub(crate) fn form_name(key: &str) -> Option<&'static str> {
    FORM_NAMES.iter().find(|(name, _)| *name == key).map(|(_, remedy)| *remedy)
}

/// Whether this host name is one of Synthflow's.
pub(crate) fn is_host(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.strip_suffix(DOMAIN).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A region of Synthflow: that of the workspace, and no other one answers for it.
///
/// S-01, 2026-08.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Region {
    /// Workspaces without a region of their own.
    Global,
    /// United States.
    Us,
    /// European Union.
    Eu,
}

impl Region {
    /// All regions.
    pub const ALL: [Self; 3] = [Self::Global, Self::Us, Self::Eu];

    /// The day the address lists were read. They changed before: S-08, 2026-11-24.
    pub const NETWORKS_AS_OF: &'static str = "2026-11-24";

    /// The UDP ports of media. S-10, 2026-08.
    pub const MEDIA_PORTS: std::ops::RangeInclusive<u16> = 10_000..=60_000;

    /// As configuration files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Us => "us",
            Self::Eu => "eu",
        }
    }

    /// What trunks to it have in common.
    pub(crate) const fn provider(self) -> &'static Provider {
        match self {
            Self::Global => &GLOBAL,
            Self::Us => &US,
            Self::Eu => &EU,
        }
    }

    /// The host to send to. S-02, 2026-08.
    pub const fn host(self) -> &'static str {
        match self.provider().host {
            Some(host) => host,
            None => DOMAIN,
        }
    }

    /// The port to send to. S-03, 2026-08.
    pub const fn port(self, transport: Transport) -> u16 {
        match transport {
            Transport::Udp | Transport::Tcp => PORT,
            Transport::Tls => TLS_PORT,
        }
    }

    /// Where signalling comes from. S-06, 2026-08.
    pub const fn signalling_addresses(self) -> &'static [Ipv4Addr] {
        self.provider().signalling
    }

    /// Where media comes from. S-07, the lists before 2026-08: newer ones are not known here.
    pub const fn media_addresses(self) -> &'static [Ipv4Addr] {
        self.provider().media
    }

    /// The region of this host name, if it is one of the three.
    pub(crate) fn of_host(host: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.host().eq_ignore_ascii_case(host))
    }
}

/// Makes Synthflow trunks.
#[derive(Debug, Clone, Copy)]
pub struct Synthflow;

impl Synthflow {
    /// The header of Synthflow's tokens. S-16, 2026-04; what is not said of them is S-17.
    pub const X_EI: &str = "X-EI";

    /// What the user of a warm transfer's Refer-To begins with; digits follow, and the whole is dialled at
    /// the region's host. S-25, 2026. A cold transfer's Refer-To is any number or address: S-24, 2026.
    pub const WARM_TRANSFER: &str = "0875704225";

    /// A trunk to this region of Synthflow, named `synthflow`, over UDP.
    ///
    /// S-11, 2026-08: by address, or by digest with [`Trunk::outbound`]. Transports: S-04, 2026-08.
    pub fn region(region: Region) -> Trunk {
        Trunk::new(REGION.name, Profile::Synthflow(region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_hosts_are_those_below_its_domain() {
        for host in ["sip.us.synthflow.ai", "SIP.Synthflow.AI.", "synthflow.ai"] {
            assert!(is_host(host), "{host}");
        }
        for host in ["notsynthflow.ai", "synthflow.ai.example.com", "example.com", ""] {
            assert!(!is_host(host), "{host}");
        }
    }

    /// S-09, 2026-11: all of them lie in two blocks of one cloud.
    #[test]
    fn no_address_is_misprinted_into_another_network() {
        for region in Region::ALL {
            let addresses = [region.signalling_addresses(), region.media_addresses()].concat();
            for address in addresses {
                assert!(matches!(address.octets()[0], 34 | 35), "{region:?} {address}");
            }
        }
    }

    #[test]
    fn a_region_decides_host_and_port() {
        let trunk = Synthflow::region(Region::Eu);
        assert_eq!(trunk.hosts[0].to_string(), "sip.eu.synthflow.ai:32681");
        let trunk = trunk.transport(Transport::Tls);
        assert_eq!(trunk.hosts[0].to_string(), "sip.eu.synthflow.ai:32682");
        let trunk = Synthflow::region(Region::Us).host("127.0.3.1").transport(Transport::Tls);
        assert_eq!(trunk.hosts[0].to_string(), "127.0.3.1:32682");
    }
}
