//! Addresses and `c=` lines (RFC 8866 section 5.7).

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What stands as an address in `o=` and `c=`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address<'a> {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// A domain name, or whatever else stands after `IP4` or `IP6`.
    Name(Cow<'a, str>),
    /// An address of a network other than the Internet (`IN`).
    Foreign(Cow<'a, str>),
}

impl Address<'_> {
    /// The IP address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Name(_) | Self::Foreign(_) => None,
        }
    }

    /// Whether it says "send nothing here": `0.0.0.0` (RFC 3264 section 8.4), `::`, or a name
    /// under `.invalid`, which is how IPv6 says it (RFC 6157 section 5).
    pub fn is_nowhere(&self) -> bool {
        match self {
            Self::Ip(ip) => ip.is_unspecified(),
            Self::Name(name) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                let at = name.len().saturating_sub(".invalid".len());
                name.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(".invalid"))
            }
            Self::Foreign(_) => false,
        }
    }

    /// Cuts the tie to the description's buffer.
    pub fn into_owned(self) -> Address<'static> {
        match self {
            Self::Ip(ip) => Address::Ip(ip),
            Self::Name(name) => Address::Name(Cow::Owned(name.into_owned())),
            Self::Foreign(text) => Address::Foreign(Cow::Owned(text.into_owned())),
        }
    }
}

impl From<IpAddr> for Address<'_> {
    fn from(ip: IpAddr) -> Self {
        Self::Ip(ip)
    }
}

/// As it stands on the wire, with network and address type: `IN IP4 192.0.2.1`.
impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip @ IpAddr::V4(_)) => write!(f, "IN IP4 {ip}"),
            Self::Ip(ip @ IpAddr::V6(_)) => write!(f, "IN IP6 {ip}"),
            Self::Name(name) => write!(f, "IN IP4 {name}"),
            Self::Foreign(text) => f.write_str(text),
        }
    }
}

/// A `c=` line: where media goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Connection<'a> {
    /// The address.
    pub address: Address<'a>,
}

impl<'a> Connection<'a> {
    pub(crate) fn from_value(value: &'a [u8]) -> Option<Self> {
        Some(Self { address: parse_address(value)? })
    }

    /// The IP address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.ip()
    }

    /// Whether nothing must be sent there; see [`Address::is_nowhere`].
    pub fn is_nowhere(&self) -> bool {
        self.address.is_nowhere()
    }

    /// Cuts the tie to the description's buffer.
    pub fn into_owned(self) -> Connection<'static> {
        Connection { address: self.address.into_owned() }
    }
}

/// `nettype SP addrtype SP address`, the common tail of `o=` and `c=`. The multicast suffixes
/// `/ttl` and `/count` are cut off.
pub(crate) fn parse_address(value: &[u8]) -> Option<Address<'_>> {
    let (network, rest) = split_at_space(value)?;
    let (kind, address) = split_at_space(rest)?;
    // A trailing space is a common slip; a space inside is another grammar.
    let address = address.trim_ascii_end();
    if address.is_empty() || memchr::memchr(b' ', address).is_some() {
        return None;
    }
    if network != b"IN" || !(kind == b"IP4" || kind == b"IP6") {
        return Some(Address::Foreign(String::from_utf8_lossy(value)));
    }
    let bare = address.split(|&b| b == b'/').next().unwrap_or(address);
    let Ok(text) = std::str::from_utf8(bare) else {
        return Some(Address::Name(String::from_utf8_lossy(bare)));
    };
    // The literal decides: a v6 literal after `IP4` is a slip that has one meaning only.
    if let Ok(ip) = text.parse::<Ipv4Addr>() {
        return Some(Address::Ip(IpAddr::V4(ip)));
    }
    if let Ok(ip) = text.parse::<Ipv6Addr>() {
        return Some(Address::Ip(IpAddr::V6(ip)));
    }
    Some(Address::Name(Cow::Borrowed(text)))
}

fn split_at_space(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b' ', text)?;
    let (head, tail) = text.split_at_checked(at)?;
    if head.is_empty() {
        return None;
    }
    Some((head, tail.strip_prefix(b" ")?))
}
