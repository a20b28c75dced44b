//! What the trunks of a provider are, as one value: a new provider is one more of them.

use std::net::Ipv4Addr;

use siptrunk_message::{Host, HostPort, Transport};

use crate::{HandBackBy, HeaderPolicy, NumberPolicy};

/// What a provider's trunks have in common. [`crate::Five9`], [`crate::Synthflow`] and [`crate::Generic`]
/// are such values; [`crate::Trunk::of`] makes trunks of one of your own.
///
/// ```
/// use siptrunk_profiles::{HeaderFacts, NumberPolicy, Provider, Trunk};
///
/// static ACME: Provider = Provider {
///     name: "acme",
///     host: Some("sip.acme.example"),
///     port: Some(5080),
///     numbers: NumberPolicy::Digits,
///     headers: HeaderFacts { custom: true, ..HeaderFacts::NONE },
///     ..Provider::GENERIC
/// };
///
/// let trunk = Trunk::of(&ACME).outbound("4711", "secret").register(true);
/// assert_eq!(trunk.hosts[0].to_string(), "sip.acme.example:5080");
/// ```
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Provider {
    /// The name of a trunk that is given none.
    pub name: &'static str,
    /// The transport it is reached by.
    pub transport: Transport,
    /// Whether it takes over TCP, on the port that it has for UDP, what is too long for a datagram.
    pub takes_tcp: bool,
    /// The host that it always has, if all its customers share one.
    pub host: Option<&'static str>,
    /// The port for UDP and TCP, if it is not that of SIP.
    pub port: Option<u16>,
    /// The port for TLS, if it is not that of SIP.
    pub tls_port: Option<u16>,
    /// How a call is handed back to it.
    pub hand_back: HandBackBy,
    /// The form of its numbers.
    pub numbers: NumberPolicy,
    /// Which headers pass towards it.
    pub headers: HeaderFacts,
    /// The addresses that it published for signalling.
    pub signalling: &'static [Ipv4Addr],
    /// The addresses that it published for media.
    pub media: &'static [Ipv4Addr],
    /// The day these lists were read, as `2026-11-24`.
    pub networks_as_of: Option<&'static str>,
}

/// Which headers pass towards a provider; see [`HeaderPolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeaderFacts {
    /// Whether `X-` headers pass.
    pub custom: bool,
    /// Whether X-EI passes, and is written where none came.
    pub xei: bool,
    /// Whether Diversion passes on the INVITE.
    pub diversion: bool,
    /// How many custom headers a BYE may have.
    pub bye_limit: Option<usize>,
    /// The names under which it tells its own call id.
    pub call_id_names: &'static [&'static str],
}

impl HeaderFacts {
    /// Nothing passes but what every leg gets.
    pub const NONE: Self =
        Self { custom: false, xei: false, diversion: false, bye_limit: None, call_id_names: &[] };

    pub(crate) fn policy(self) -> HeaderPolicy {
        HeaderPolicy {
            custom: self.custom,
            xei: self.xei,
            diversion: self.diversion,
            bye_limit: self.bye_limit,
            call_id_names: self.call_id_names.iter().map(|name| (*name).to_owned()).collect(),
            ..HeaderPolicy::default()
        }
    }
}

impl Provider {
    /// Anything that speaks SIP: taken at its word and told little.
    pub const GENERIC: Self = Self {
        name: "generic",
        transport: Transport::Udp,
        takes_tcp: false,
        host: None,
        port: None,
        tls_port: None,
        hand_back: HandBackBy::Bye,
        numbers: NumberPolicy::Verbatim,
        headers: HeaderFacts::NONE,
        signalling: &[],
        media: &[],
        networks_as_of: None,
    };

    /// The port that it listens on, if it is one of its own.
    pub(crate) const fn port_for(&self, transport: Transport) -> Option<u16> {
        match transport {
            Transport::Udp | Transport::Tcp => self.port,
            Transport::Tls => self.tls_port,
        }
    }

    /// The host that it always has, with its port.
    pub(crate) fn host_for(&self, transport: Transport) -> Option<HostPort> {
        let host = Host::Name(self.host?.into());
        Some(HostPort { host, port: self.port_for(transport) })
    }
}
