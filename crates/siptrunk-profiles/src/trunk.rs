//! A trunk: one far side, how we know it, how we prove ourselves, and what form everything takes.

mod admission;
pub(crate) use admission::network;
pub use admission::{Allow, Inbound, Outbound, VendorToken, VerifySource};

mod builder;

mod proxy;
pub use proxy::OutboundProxy;

mod settings;
pub use settings::{FullAnswer, HandBackBy, Profile, TlsSettings};

mod watch;
pub use watch::{Health, KeepAlive};

use std::time::Duration;

use ipnet::IpNet;
use siptrunk_message::{HostPort, Method, Transport};
use siptrunk_sdp::offer_answer::CodecPolicy;

use crate::unread::Unread;
use crate::{CallerIdPolicy, HandBackNames, HeaderPolicy, Networks, NumberPolicy, Provider, Srtp};

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
    /// Where requests are sent in place of its hosts; their Request-URI keeps the host.
    pub outbound_proxy: Option<OutboundProxy>,
    /// The transport.
    pub transport: Transport,
    /// Whether a request that is too long for a datagram may go over TCP (RFC 3261 section 18.1.1).
    /// Synthflow takes TCP on the port that it has for UDP (S-03, S-04, 2026-08); of the others nobody
    /// says it (F-03, 2026).
    pub takes_tcp: bool,
    /// The numbers of this trunk. Where trunks share an address, a call belongs to the one whose list
    /// has the number that was dialled.
    pub numbers: Vec<String>,
    /// How many calls may use it at once; none means as many as the node takes.
    pub max_calls: Option<u32>,
    /// How many new calls it is sent in a second, at most; none means no limit of ours. What the
    /// providers take is unknown: F-25, 2026-11-24.
    pub calls_per_second: Option<u32>,
    /// How a call is handed back to it.
    pub hand_back: HandBackBy,
    /// By which headers and words a hand-back is told.
    pub hand_back_names: HandBackNames,
    /// The number that is dialled on a hand-back by INVITE or REFER whose headers name a skill and no
    /// number: one whose script leads to the agents.
    pub return_number: Option<String>,
    /// The codecs it takes. F-20, F-21 and S-22, 2026-08: all profiles begin with G.711 and
    /// telephone-event 101.
    pub codecs: CodecPolicy,
    /// Whether its media comes from elsewhere than its description says (RFC 7362), once.
    pub nat: bool,
    /// The networks its media may come from; empty means the described address alone.
    pub media_allow: Vec<IpNet>,
    /// Networks that its provider published later than those known here.
    pub networks: Option<Networks>,
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
    /// Whether it belongs to our trust domain (RFC 3325): what it asserts of a caller is believed, and
    /// it is told who asked not to be shown. Default no.
    pub trusted: bool,
    /// Who it is shown as the caller.
    pub caller_id: CallerIdPolicy,
    /// The form that numbers take towards it.
    pub number_policy: NumberPolicy,
    /// The form of the numbers that it dials. Default that of `number_policy`.
    pub number_policy_in: Option<NumberPolicy>,
    /// What a call beyond `max_calls` is answered.
    pub full: FullAnswer,
    /// What keeps the way to it open; see [`Trunk::effective_keep_alive`].
    pub keep_alive: Option<KeepAlive>,
    /// Whether and how it is asked whether it lives. Default it is not.
    pub health: Option<Health>,
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

impl Trunk {
    /// A trunk of this provider, named as the provider is.
    pub fn of(provider: &'static Provider) -> Self {
        Self::new(provider.name, Profile::Other(provider))
    }

    /// A trunk as its profile wants it, without hosts of its own.
    pub(crate) fn new(name: &str, profile: Profile) -> Self {
        let facts = profile.facts();
        let mut trunk = Self {
            name: name.to_owned(),
            profile,
            hosts: Vec::new(),
            outbound_proxy: None,
            transport: facts.transport,
            takes_tcp: facts.takes_tcp,
            numbers: Vec::new(),
            max_calls: None,
            calls_per_second: None,
            hand_back: facts.hand_back,
            hand_back_names: HandBackNames::default(),
            return_number: None,
            codecs: CodecPolicy::default(),
            nat: false,
            media_allow: Vec::new(),
            networks: None,
            inbound: Inbound::default(),
            outbound: None,
            termination_uri: None,
            first_response: FIRST_RESPONSE,
            header_policy: facts.headers.policy(),
            trusted: false,
            caller_id: CallerIdPolicy::default(),
            number_policy: facts.numbers,
            number_policy_in: None,
            full: FullAnswer::default(),
            keep_alive: None,
            health: None,
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
        let port = self.profile.facts().port_for(self.transport);
        self.hosts = match &self.given_hosts {
            Some(given) => given
                .iter()
                .map(|host| HostPort { host: host.host.clone(), port: host.port.or(port) })
                .collect(),
            None => self.profile.facts().host_for(self.transport).into_iter().collect(),
        };
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

    /// What keeps the way to it open: as set, else CRLF every 30 s where we register over a connection,
    /// so that calls find the way back (RFC 5626 section 3.5.1), and nothing elsewhere.
    pub fn effective_keep_alive(&self) -> KeepAlive {
        let registers = self.outbound.as_ref().is_some_and(|outbound| outbound.register);
        match self.keep_alive {
            Some(keep_alive) => keep_alive,
            None if registers && self.transport.is_reliable() => {
                KeepAlive::Crlf { every: KeepAlive::EVERY }
            }
            None => KeepAlive::Off,
        }
    }

    /// The form of the numbers that it dials.
    pub fn numbers_in(&self) -> NumberPolicy {
        self.number_policy_in.unwrap_or(self.number_policy)
    }

    /// Whether it may send this method outside a dialog: what [`Inbound::methods`] lists, and REGISTER
    /// where it registers with us.
    pub fn accepts(&self, method: &Method) -> bool {
        self.inbound.methods.contains(method)
            || self.inbound.registrar && *method == Method::REGISTER
    }

    /// The networks that its provider published: those set for the trunk, else those known here.
    pub fn published_networks(&self) -> Option<Networks> {
        self.networks.clone().or_else(|| Networks::known(self.profile))
    }
}
