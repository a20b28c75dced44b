//! The `o=` line: who made this description, and which version it is (RFC 8866 section 5.2).

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::address::Address;
use crate::error::SdpError;

/// Username, session id, version and address of a description.
///
/// The version of our own descriptions starts anywhere below 2^62 and goes up by one whenever
/// the description changes (RFC 3264 section 8):
/// [`SessionDescription::following`](crate::SessionDescription::following) does that.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin<'a> {
    pub(crate) username: Cow<'a, str>,
    pub(crate) session_id: u64,
    pub(crate) version: u64,
    pub(crate) address: Address<'a>,
}

impl Origin<'static> {
    /// An origin without a user name (`-`).
    pub fn new(session_id: u64, version: u64, address: IpAddr) -> Self {
        Self { username: Cow::Borrowed("-"), session_id, version, address: Address::Ip(address) }
    }
}

impl<'a> Origin<'a> {
    /// The user name; `-` where there is none.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The session id.
    pub fn session_id(&self) -> u64 {
        self.session_id
    }

    /// The version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The address of the maker, which need not be where media goes.
    pub fn address(&self) -> &Address<'a> {
        &self.address
    }

    /// The same with another user name: visible characters without space.
    ///
    /// # Errors
    /// [`SdpError::Malformed`] if the name is empty or has a space or control character.
    pub fn with_username(mut self, username: &str) -> Result<Self, SdpError> {
        if username.is_empty() || username.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err(SdpError::Malformed {
                offset: 0,
                field: "o= username",
                expected: "visible characters without space",
            });
        }
        self.username = Cow::Owned(username.to_owned());
        Ok(self)
    }

    /// The same with another version.
    #[must_use]
    pub fn with_version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Cuts the tie to the description's buffer.
    pub fn into_owned(self) -> Origin<'static> {
        Origin {
            username: Cow::Owned(self.username.into_owned()),
            session_id: self.session_id,
            version: self.version,
            address: self.address.into_owned(),
        }
    }
}

/// The value of the `o=` line.
impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.username, self.session_id, self.version, self.address)
    }
}
