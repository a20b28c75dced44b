//! The small choices of a trunk, and what each profile chooses.

use std::net::Ipv4Addr;

use siptrunk_message::{Host, HostPort, StatusCode, Transport};

use crate::{AuthoritySource, HeaderPolicy, NumberPolicy, Region, five9};

/// What stands at the far end of a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// A trunk that the admin of a Five9 domain made.
    Five9SelfService,
    /// A trunk that Five9 built for an AI vendor ("AI Agent Connect").
    Five9Partner,
    /// Synthflow, in one of its regions.
    Synthflow(Region),
    /// Anything else that speaks SIP.
    Generic,
}

impl Profile {
    /// Whether Five9 stands there.
    pub const fn is_five9(self) -> bool {
        matches!(self, Self::Five9SelfService | Self::Five9Partner)
    }

    /// Whether Synthflow stands there.
    pub const fn is_synthflow(self) -> bool {
        matches!(self, Self::Synthflow(_))
    }

    /// The transport it is reached by unless a trunk says otherwise. F-03, F-05 and S-04, 2026-08.
    pub(crate) const fn transport(self) -> Transport {
        match self {
            Self::Five9Partner => Transport::Tls,
            Self::Five9SelfService | Self::Synthflow(_) | Self::Generic => Transport::Udp,
        }
    }

    /// Whether it takes over TCP what is too long for a datagram. S-04, 2026-08; F-03, 2026.
    pub(crate) const fn takes_tcp(self) -> bool {
        self.is_synthflow()
    }

    /// The port it listens on, if it is one of its own.
    pub(crate) const fn port(self, transport: Transport) -> Option<u16> {
        match self {
            Self::Five9Partner => Some(five9::PARTNER_PORT),
            Self::Synthflow(region) => Some(region.port(transport)),
            Self::Five9SelfService | Self::Generic => None,
        }
    }

    /// The host that it always has.
    pub(crate) fn host(self, transport: Transport) -> Option<HostPort> {
        match self {
            Self::Synthflow(region) => Some(HostPort {
                host: Host::Name(region.host().into()),
                port: Some(region.port(transport)),
            }),
            Self::Five9SelfService | Self::Five9Partner | Self::Generic => None,
        }
    }

    /// The addresses its provider published for signalling, as of [`Region::NETWORKS_AS_OF`].
    pub const fn published(self) -> &'static [Ipv4Addr] {
        match self {
            Self::Synthflow(region) => region.signalling_addresses(),
            // The list of Five9 is told by a third party and differs by customer: F-07, 2026-08.
            Self::Five9SelfService | Self::Five9Partner | Self::Generic => &[],
        }
    }

    /// How a call is handed back to it unless a trunk says otherwise. F-14, 2026-08, for partner trunks;
    /// F-15, 2026, for self-service ones, of which nobody says it surely.
    pub(crate) const fn hand_back(self) -> HandBackBy {
        match self {
            Self::Five9SelfService => HandBackBy::Invite,
            Self::Five9Partner | Self::Synthflow(_) | Self::Generic => HandBackBy::Bye,
        }
    }

    /// Which headers pass towards it unless a trunk says otherwise. F-11, F-16 and F-19, 2026-03; S-19
    /// and S-21, 2026-08.
    pub(crate) fn header_policy(self) -> HeaderPolicy {
        match self {
            Self::Five9SelfService | Self::Five9Partner => HeaderPolicy::five9(),
            Self::Synthflow(_) => HeaderPolicy::synthflow(),
            Self::Generic => HeaderPolicy::default(),
        }
    }

    /// The form of its numbers unless a trunk says otherwise. F-09, F-10 and S-15, 2026-08.
    pub(crate) const fn number_policy(self) -> NumberPolicy {
        match self {
            Self::Five9SelfService | Self::Synthflow(_) => NumberPolicy::E164,
            Self::Five9Partner | Self::Generic => NumberPolicy::Verbatim,
        }
    }
}

/// How a call is handed back to the trunk it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandBackBy {
    /// By a BYE with `X-` headers, on which the script of a Five9 domain goes on.
    Bye,
    /// By a new INVITE to a number of the trunk. Read, not acted on yet.
    Invite,
    /// By REFER (RFC 3515). Read, not acted on yet.
    Refer,
}

impl HandBackBy {
    /// As configuration files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bye => "bye",
            Self::Invite => "invite",
            Self::Refer => "refer",
        }
    }
}

/// What a call beyond a trunk's `max_calls` is answered. What Five9 expects is unknown: F-24, 2026-08.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum FullAnswer {
    /// 486 Busy Here.
    #[default]
    BusyHere,
    /// 480 Temporarily Unavailable.
    TemporarilyUnavailable,
}

impl FullAnswer {
    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BusyHere => StatusCode::BUSY_HERE,
            Self::TemporarilyUnavailable => StatusCode::TEMPORARILY_UNAVAILABLE,
        }
    }
}

/// What a trunk's certificate is compared with (RFC 5922).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TlsSettings {
    /// The name to compare in place of the host.
    pub name: Option<String>,
    /// Authorities in place of the system's, for peers with one of their own.
    pub ca: Option<AuthoritySource>,
    /// The SHA-256 of the public key that the peer must prove to have, in hexadecimal. Names, dates and
    /// authorities are not asked then.
    pub pin: Option<String>,
    /// Takes wildcard names, which RFC 5922 section 7.2 forbids for SIP.
    pub danger_accept_wildcard: bool,
}
