//! The small choices of a trunk, and what each profile chooses.

use std::net::Ipv4Addr;

use siptrunk_message::StatusCode;

use crate::{AuthoritySource, Provider, Region, five9};

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
    /// A provider of your own.
    Other(&'static Provider),
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

    /// What its provider's trunks have in common.
    pub const fn facts(self) -> &'static Provider {
        match self {
            Self::Five9SelfService => &five9::SELF_SERVICE,
            Self::Five9Partner => &five9::PARTNER,
            Self::Synthflow(region) => region.provider(),
            Self::Generic => &Provider::GENERIC,
            Self::Other(provider) => provider,
        }
    }

    /// The addresses its provider published for signalling, as they are known here; a trunk may have
    /// newer ones: [`crate::Trunk::published_networks`].
    pub const fn published(self) -> &'static [Ipv4Addr] {
        self.facts().signalling
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
