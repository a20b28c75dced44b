//! Why a gateway does not start, and why a verb of a running one did nothing.

use std::fmt;

use siptrunk_bridge::BridgeError;
use siptrunk_profiles::Finding;

use crate::Stopped;

/// A gateway could not be started.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the gateway cannot start:{}", Lines(findings))]
pub struct StartError {
    /// Everything that is wrong, and what is doubtful besides.
    pub findings: Vec<Finding>,
}

/// The routes of a running gateway stay as they are.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RoutesError {
    /// The gateway has ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The new routes are wrong, or do not fit the trunks that run.
    #[error("the routes stay as they are:{}", Lines(findings))]
    Refused {
        /// Everything that is wrong, and what is doubtful besides.
        findings: Vec<Finding>,
    },
}

/// The certificates could not be read again; those that were shown before are shown on.
#[cfg(feature = "tls")]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the certificates stay as they are:{}", Lines(findings))]
pub struct ReloadError {
    /// What is wrong with each that cannot be shown.
    pub findings: Vec<Finding>,
}

/// A finding a line.
struct Lines<'a>(&'a [Finding]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|finding| write!(f, "\n{finding}"))
    }
}

/// A verb of a gateway did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// The gateway has ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The bridge refused.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
}
