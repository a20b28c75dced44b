//! The methods that change one field of a trunk each.

use std::fmt;
use std::time::Duration;

use siptrunk_digest::{Account, Secret};
use siptrunk_message::{HostPort, Method, Transport};
use siptrunk_sdp::offer_answer::CodecPolicy;

use super::{
    Allow, FullAnswer, HandBackBy, Health, KeepAlive, Outbound, OutboundProxy, TlsSettings, Trunk,
    VendorToken, VerifySource, admission,
};
use crate::{CallerIdPolicy, HandBackNames, HeaderPolicy, Networks, NumberPolicy, Srtp};

const HOST_REMEDY: &str = "write a host and perhaps a port, as gw.example.com:5060";

const PROXY_REMEDY: &str = "write sip:host:port, or sip:host;transport=tcp";

impl Trunk {
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

    /// Sets the networks that its provider published, in place of those known here.
    #[must_use]
    pub fn networks(mut self, networks: Networks) -> Self {
        self.networks = Some(networks);
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

    /// Sends requests there in place of its hosts, as `sip:host:port` or `sip:host;transport=tcp`; their
    /// Request-URI keeps the host.
    #[must_use]
    pub fn outbound_proxy(mut self, proxy: impl fmt::Display) -> Self {
        self.outbound_proxy =
            self.unread.read("outbound_proxy", &proxy, PROXY_REMEDY, str::parse::<OutboundProxy>);
        self
    }

    /// Sets whether a request that is too long for a datagram may go over TCP.
    #[must_use]
    pub fn takes_tcp(mut self, takes_tcp: bool) -> Self {
        self.takes_tcp = takes_tcp;
        self
    }

    /// Sends it no more new calls than this in a second.
    #[must_use]
    pub fn calls_per_second(mut self, calls: u32) -> Self {
        self.calls_per_second = Some(calls);
        self
    }

    /// Sets by which headers and words a hand-back is told.
    #[must_use]
    pub fn hand_back_names(mut self, names: HandBackNames) -> Self {
        self.hand_back_names = names;
        self
    }

    /// Sets the number that is dialled on a hand-back by INVITE or REFER that names a skill.
    #[must_use]
    pub fn return_number(mut self, number: impl Into<String>) -> Self {
        self.return_number = Some(number.into());
        self
    }

    /// Takes it into our trust domain (RFC 3325), or out of it.
    #[must_use]
    pub fn trusted(mut self, trusted: bool) -> Self {
        self.trusted = trusted;
        self
    }

    /// Sets who it is shown as the caller.
    #[must_use]
    pub fn caller_id(mut self, policy: CallerIdPolicy) -> Self {
        self.caller_id = policy;
        self
    }

    /// Sets the form of the numbers that it dials, where they differ from those it is dialled with.
    #[must_use]
    pub fn number_policy_in(mut self, policy: NumberPolicy) -> Self {
        self.number_policy_in = Some(policy);
        self
    }

    /// Sets what keeps the way to it open.
    #[must_use]
    pub fn keep_alive(mut self, keep_alive: KeepAlive) -> Self {
        self.keep_alive = Some(keep_alive);
        self
    }

    /// Asks it by OPTIONS whether it lives.
    #[must_use]
    pub fn health(mut self, health: Health) -> Self {
        self.health = Some(health);
        self
    }

    /// Wants this token in a header of its INVITEs (F-26, 2026-06-05); a call without it gets 403.
    #[must_use]
    pub fn vendor_token(mut self, header: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.inbound.vendor_token = Some(VendorToken::new(header, value));
        self
    }

    /// Takes these methods outside dialogs, and no others.
    #[must_use]
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.inbound.methods = methods.into_iter().collect();
        self
    }

    /// Sets what a source has to show before a call of it is dialled.
    #[must_use]
    pub fn verify_source(mut self, verify: VerifySource) -> Self {
        self.inbound.verify_source = verify;
        self
    }
}
