//! A trunk: one far side, how we know it, how we prove ourselves, and what form everything takes.

mod admission;
pub use admission::{Allow, Inbound, Outbound};

mod settings;
pub use settings::{FullAnswer, HandBackBy, Profile, TlsSettings};

use std::fmt;
use std::time::Duration;

use ipnet::IpNet;
use siptrunk_digest::{Account, Secret};
use siptrunk_message::{HostPort, Transport};
use siptrunk_sdp::offer_answer::CodecPolicy;

use crate::unread::Unread;
use crate::{HeaderPolicy, NumberPolicy, Srtp};

/// One trunk. Made by [`crate::Five9`], [`crate::Synthflow`] or [`crate::Generic`], whose methods
/// know what each provider wants; the methods here change one field each.
///
/// Text that cannot be read (a host, a network) is kept and becomes a finding of
/// [`crate::Config::lint`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Trunk {
    /// The name that routes use.
    pub name: String,
    /// What stands at the far end.
    pub profile: Profile,
    /// Where calls to it go, tried in this order.
    pub hosts: Vec<HostPort>,
    /// The transport.
    pub transport: Transport,
    /// The numbers of this trunk. Where trunks share an address, a call belongs to the one whose list
    /// has the number that was dialled.
    pub numbers: Vec<String>,
    /// How many calls may use it at once; none means as many as the node takes.
    pub max_calls: Option<u32>,
    /// How a call is handed back to it.
    pub hand_back: HandBackBy,
    /// The codecs it takes. F-20, F-21 and S-22, 2026-08: all profiles begin with G.711 and
    /// telephone-event 101.
    pub codecs: CodecPolicy,
    /// Whether its media comes from elsewhere than its description says (RFC 7362), once.
    pub nat: bool,
    /// The networks its media may come from; empty means the described address alone.
    pub media_allow: Vec<IpNet>,
    /// How we know it.
    pub inbound: Inbound,
    /// How we prove ourselves to it.
    pub outbound: Option<Outbound>,
    /// Synthflow: the address that was typed into its form, where it sends outbound calls. Ours: S-14,
    /// 2026-08.
    pub termination_uri: Option<String>,
    /// How long a target may stay silent before the next one is tried. Default 4 s.
    pub first_response: Duration,
    /// Which headers of the other leg pass towards it.
    pub header_policy: HeaderPolicy,
    /// The form of its numbers.
    pub number_policy: NumberPolicy,
    /// What a call beyond `max_calls` is answered.
    pub full: FullAnswer,
    /// What its certificate is compared with.
    pub tls: TlsSettings,
    /// Whether media is encrypted (RFC 4568). Read, not acted on yet.
    pub srtp: Option<Srtp>,
    /// The hosts as given, before the profile's port stood for a missing one; none were given if the
    /// profile's own host stands.
    given_hosts: Option<Vec<HostPort>>,
    pub(crate) unread: Unread,
}

/// The default of [`Trunk::first_response`].
const FIRST_RESPONSE: Duration = Duration::from_secs(4);

const HOST_REMEDY: &str = "write a host and perhaps a port, as gw.example.com:5060";

impl Trunk {
    /// A trunk as its profile wants it, without hosts of its own.
    pub(crate) fn new(name: &str, profile: Profile) -> Self {
        let mut trunk = Self {
            name: name.to_owned(),
            profile,
            hosts: Vec::new(),
            transport: profile.transport(),
            numbers: Vec::new(),
            max_calls: None,
            hand_back: profile.hand_back(),
            codecs: CodecPolicy::default(),
            nat: false,
            media_allow: Vec::new(),
            inbound: Inbound::default(),
            outbound: None,
            termination_uri: None,
            first_response: FIRST_RESPONSE,
            header_policy: profile.header_policy(),
            number_policy: profile.number_policy(),
            full: FullAnswer::default(),
            tls: TlsSettings::default(),
            srtp: None,
            given_hosts: None,
            unread: Unread::default(),
        };
        trunk.settle_hosts();
        trunk
    }

    /// Works out the hosts from what was given, the profile and the transport.
    fn settle_hosts(&mut self) {
        let port = self.profile.port(self.transport);
        self.hosts = match &self.given_hosts {
            Some(given) => given
                .iter()
                .map(|host| HostPort { host: host.host.clone(), port: host.port.or(port) })
                .collect(),
            None => self.profile.host(self.transport).into_iter().collect(),
        };
    }

    /// Names the trunk, for routes.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds a host, `host` or `host:port`; the first one given replaces the profile's. Without a port,
    /// the profile's stands for it where it has one.
    #[must_use]
    pub fn host(mut self, host: impl fmt::Display) -> Self {
        let mut given = self.given_hosts.take().unwrap_or_default();
        let index = given.len() + self.unread.count("hosts");
        let read = self.unread.read(format!("hosts[{index}]"), &host, HOST_REMEDY, |text| {
            text.parse::<HostPort>().map_err(|error| error.to_string())
        });
        given.extend(read);
        self.given_hosts = Some(given);
        self.settle_hosts();
        self
    }

    /// Sets the transport; hosts and ports that follow from the profile follow it.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self.settle_hosts();
        self
    }

    /// Adds a number of this trunk.
    #[must_use]
    pub fn number(mut self, number: impl Into<String>) -> Self {
        self.numbers.push(number.into());
        self
    }

    /// Limits the calls that use it at once.
    #[must_use]
    pub fn max_calls(mut self, calls: u32) -> Self {
        self.max_calls = Some(calls);
        self
    }

    /// Sets how a call is handed back.
    #[must_use]
    pub fn hand_back(mut self, by: HandBackBy) -> Self {
        self.hand_back = by;
        self
    }

    /// Sets the codecs it takes.
    #[must_use]
    pub fn codecs(mut self, codecs: CodecPolicy) -> Self {
        self.codecs = codecs;
        self
    }

    /// Takes its media from where the first packet comes, rather than from the described address.
    #[must_use]
    pub fn nat(mut self, nat: bool) -> Self {
        self.nat = nat;
        self
    }

    /// Takes its media from this network alone (`198.51.100.0/24`, or an address); more calls add
    /// more networks.
    #[must_use]
    pub fn media_allow(mut self, network: impl fmt::Display) -> Self {
        let index = self.media_allow.len() + self.unread.count("media_allow");
        let key = format!("media_allow[{index}]");
        let read = self.unread.read(key, &network, admission::NETWORK_REMEDY, admission::network);
        self.media_allow.extend(read);
        self
    }

    /// Takes requests from this network (`198.51.100.0/24`, or an address) in place of the addresses
    /// of its hosts; more calls add more networks.
    #[must_use]
    pub fn allow(mut self, network: impl fmt::Display) -> Self {
        let given = match &self.inbound.allow {
            Allow::Networks(networks) => networks.len(),
            Allow::Hosts | Allow::Published => 0,
        };
        let key = format!("inbound.allow[{}]", given + self.unread.count("inbound.allow"));
        let read = self.unread.read(key, &network, admission::NETWORK_REMEDY, admission::network);
        match &mut self.inbound.allow {
            Allow::Networks(networks) => networks.extend(read),
            other => *other = Allow::Networks(read.into_iter().collect()),
        }
        self
    }

    /// Sets whose requests are taken.
    #[must_use]
    pub fn allow_only(mut self, allow: Allow) -> Self {
        self.inbound.allow = allow;
        self
    }

    /// Asks it for this name and password (RFC 7616) before a call is taken.
    #[must_use]
    pub fn digest(mut self, username: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.inbound.digest = Some(Account::new(username, password));
        self
    }

    /// Lets it register with us.
    #[must_use]
    pub fn registrar(mut self, registrar: bool) -> Self {
        self.inbound.registrar = registrar;
        self
    }

    /// Proves ourselves to it by this name and password (RFC 7616).
    #[must_use]
    pub fn outbound(mut self, username: impl Into<String>, password: impl Into<Secret>) -> Self {
        let account = Account::new(username, password);
        match &mut self.outbound {
            Some(outbound) => outbound.account = account,
            none => *none = Some(Outbound::new(account)),
        }
        self
    }

    /// Registers with it by the account of [`Trunk::outbound`]. Without an account this is kept and
    /// becomes a finding.
    #[must_use]
    pub fn register(mut self, register: bool) -> Self {
        match &mut self.outbound {
            Some(outbound) => outbound.register = register,
            None if register => self.unread.push(
                "outbound.register",
                "true",
                "registering needs a name and a password, and none is given yet",
                "give the account first",
            ),
            None => {}
        }
        self
    }

    /// Asks for registrations of this length; see [`Outbound::register_expires`].
    #[must_use]
    pub fn register_expires(mut self, expires: Duration) -> Self {
        match &mut self.outbound {
            Some(outbound) => outbound.register_expires = expires,
            None => self.unread.push(
                "outbound.register_expires",
                expires.as_secs().to_string(),
                "only a registration expires, and no account is given yet",
                "give the account first",
            ),
        }
        self
    }

    /// Synthflow: what was typed into its form as the address for outbound calls.
    #[must_use]
    pub fn termination_uri(mut self, uri: impl Into<String>) -> Self {
        self.termination_uri = Some(uri.into());
        self
    }

    /// Sets how long a target may stay silent before the next one is tried.
    #[must_use]
    pub fn first_response(mut self, wait: Duration) -> Self {
        self.first_response = wait;
        self
    }

    /// Sets which headers pass towards it.
    #[must_use]
    pub fn header_policy(mut self, policy: HeaderPolicy) -> Self {
        self.header_policy = policy;
        self
    }

    /// Sets the form of its numbers.
    #[must_use]
    pub fn number_policy(mut self, policy: NumberPolicy) -> Self {
        self.number_policy = policy;
        self
    }

    /// Sets what a call beyond `max_calls` is answered.
    #[must_use]
    pub fn full(mut self, answer: FullAnswer) -> Self {
        self.full = answer;
        self
    }

    /// Sets what its certificate is compared with.
    #[must_use]
    pub fn tls(mut self, tls: TlsSettings) -> Self {
        self.tls = tls;
        self
    }

    /// Sets whether media is encrypted.
    #[must_use]
    pub fn srtp(mut self, srtp: Srtp) -> Self {
        self.srtp = Some(srtp);
        self
    }

    /// The names that its certificates are compared with, in lower case: `tls_name`, or else each host.
    pub fn certificate_names(&self) -> Vec<String> {
        match &self.tls.name {
            Some(name) => vec![name.to_ascii_lowercase()],
            None => {
                self.hosts.iter().map(|host| host.host.to_string().to_ascii_lowercase()).collect()
            }
        }
    }

    /// Whether media is encrypted: as set, else optional over TLS and off elsewhere. What the providers
    /// do is unknown: F-22, 2024; S-23, 2026-08.
    pub fn effective_srtp(&self) -> Srtp {
        self.srtp.unwrap_or(match self.transport {
            Transport::Tls => Srtp::Optional,
            Transport::Udp | Transport::Tcp => Srtp::Off,
        })
    }
}
