//! A trunk to anything that speaks SIP.

use std::fmt;

use crate::{Profile, Trunk};

/// Makes trunks to what has no profile of its own: an SBC, a PBX, a test tool.
///
/// Such a trunk is taken at its word and told little: `X-` headers do not pass towards it unless its
/// [`HeaderPolicy`](crate::HeaderPolicy) says so.
#[derive(Debug, Clone, Copy)]
pub struct Generic;

impl Generic {
    /// A trunk to this host, named `generic`, over UDP.
    #[allow(clippy::new_ret_no_self, reason = "as the other profiles, it names a kind of trunk")]
    pub fn new(host: impl fmt::Display) -> Trunk {
        Self::trunk("generic", host)
    }

    /// A trunk of this name to this host, over UDP.
    pub fn trunk(name: &str, host: impl fmt::Display) -> Trunk {
        Trunk::new(name, Profile::Generic).host(host)
    }
}
