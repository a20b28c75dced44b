//! How a trunk is kept open while nothing is said, and how we learn that it is down.

use std::time::Duration;

/// What keeps the way to a trunk open (RFC 5626 section 4.4): firewalls and NATs forget quiet flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeepAlive {
    /// Nothing.
    Off,
    /// CRLF CRLF over the connection, as RFC 5626 section 3.5.1 has it.
    Crlf {
        /// How often.
        every: Duration,
    },
    /// An OPTIONS request (RFC 3261 section 11), over any transport. Whether Five9 and Synthflow answer
    /// one is unknown: F-25 and S-26, 2026-11-24.
    Options {
        /// How often.
        every: Duration,
    },
}

impl KeepAlive {
    /// How often something is sent unless a trunk says otherwise: more often than the 120 s of TCP that
    /// RFC 5626 section 4.4.1 names, and often enough for NATs that forget after a minute.
    pub const EVERY: Duration = Duration::from_secs(30);

    /// As configuration files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Crlf { .. } => "crlf",
            Self::Options { .. } => "options",
        }
    }

    /// How often something is sent; none if nothing is.
    pub const fn every(self) -> Option<Duration> {
        match self {
            Self::Off => None,
            Self::Crlf { every } | Self::Options { every } => Some(every),
        }
    }
}

/// How a trunk is asked whether it lives: OPTIONS to each of its targets. A choice, never a default:
/// whether Five9 and Synthflow answer OPTIONS is unknown (F-25 and S-26, 2026-11-24), and a trunk that
/// does not would be taken for a dead one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Health {
    /// How often each target is asked. Default 30 s.
    pub every: Duration,
    /// How many answers in a row must be missing before a target counts as down. Default 3.
    pub down_after: u32,
    /// How many answers in a row bring it back. Default 2.
    pub up_after: u32,
}

impl Default for Health {
    fn default() -> Self {
        Self { every: Duration::from_secs(30), down_after: 3, up_after: 2 }
    }
}
