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

impl<'a> Address<'a> {
    /// What the words of an `o=` or `c=` line mean; `None` if they are not of that kind.
    pub(crate) fn from_words(words: &'a [u8]) -> Option<Self> {
        match internet(words) {
            Some(ip) => Some(Self::Ip(IpAddr::V4(ip))),
            None => Some(AddressWords::split(words)?.read()),
        }
    }
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
        Some(Self { address: Address::from_words(value)? })
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

/// `nettype SP addrtype SP address`, the common tail of `o=` and `c=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressWords<'a> {
    whole: &'a [u8],
    network: &'a [u8],
    kind: &'a [u8],
    address: &'a [u8],
}

impl<'a> AddressWords<'a> {
    /// Whether these are the words of an address: three, each parted by one space.
    pub(crate) fn are(words: &[u8]) -> bool {
        let mut count = 0u8;
        let mut is_gap = true;
        for byte in words.trim_ascii_end() {
            let is_space = *byte == b' ';
            if is_space && is_gap {
                return false;
            }
            count = count.saturating_add(u8::from(is_gap));
            is_gap = is_space;
        }
        count == 3
    }

    fn split(whole: &'a [u8]) -> Option<Self> {
        // A trailing space is a common slip; a space inside is another grammar.
        let whole = whole.trim_ascii_end();
        let mut words = whole.split(|byte| *byte == b' ');
        let (network, kind, address) = (words.next()?, words.next()?, words.next()?);
        let empty = network.is_empty() || kind.is_empty() || address.is_empty();
        (!empty && words.next().is_none()).then_some(Self { whole, network, kind, address })
    }

    /// What the words mean. The multicast suffixes `/ttl` and `/count` are cut off.
    fn read(&self) -> Address<'a> {
        if self.network != b"IN" || !(self.kind == b"IP4" || self.kind == b"IP6") {
            return Address::Foreign(String::from_utf8_lossy(self.whole));
        }
        let end = memchr::memchr(b'/', self.address).unwrap_or(self.address.len());
        let bare = self.address.get(..end).unwrap_or_default();
        // The literal decides: a v6 literal after `IP4` is a slip that has one meaning only.
        if let Some(ip) = ipv4(bare) {
            return Address::Ip(IpAddr::V4(ip));
        }
        let Ok(text) = std::str::from_utf8(bare) else {
            return Address::Name(String::from_utf8_lossy(bare));
        };
        if let Ok(ip) = text.parse::<Ipv6Addr>() {
            return Address::Ip(IpAddr::V6(ip));
        }
        Address::Name(Cow::Borrowed(text))
    }
}

/// The words that nearly every line has: `IN IP4` and an IPv4 address.
fn internet(words: &[u8]) -> Option<Ipv4Addr> {
    ipv4(words.strip_prefix(b"IN IP4 ")?)
}

/// Four decimal numbers without leading zeros. The standard library's reader wants text that was
/// checked to be UTF-8, and takes four times as long.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut places = octets.iter_mut();
    let mut place = places.next()?;
    let mut length = 0u8;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            if length > 0 && *place == 0 {
                return None;
            }
            *place = place.checked_mul(10)?.checked_add(digit)?;
            length = length.saturating_add(1);
        } else if *byte == b'.' && length > 0 {
            place = places.next()?;
            length = 0;
        } else {
            return None;
        }
    }
    (length > 0 && places.next().is_none()).then(|| Ipv4Addr::from(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_standard_library_reads_them() {
        let texts = [
            "0.0.0.0",
            "255.255.255.255",
            "1.20.200.9",
            "256.1.1.1",
            "1.1.1.256",
            "999.1.1.1",
            "1.1.1.1000",
            "01.2.3.4",
            "1.2.3.04",
            "00.1.1.1",
            "0.1.2.3",
            "1.0.0.10",
            "1.2.3",
            "1.2.3.4.5",
            "1..2.3",
            ".1.2.3",
            "1.2.3.",
            "1.2.3.4.",
            "1.2.3.4 ",
            "1.2.3.x",
            "x",
            "",
        ];
        for text in texts {
            assert_eq!(ipv4(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn words_are_told_without_reading_them() {
        let texts = [
            "IN IP4 192.0.2.1",
            "IN IP4 192.0.2.1 ",
            "IN IP6 ::1",
            "ATM NSAP 47",
            "IN IP4",
            "IN IP4 ",
            "IN  IP4 x",
            " IN IP4 x",
            "IN IP4  x",
            "IN IP4 x y",
            "a b c d",
            "",
            " ",
            "a b c  ",
        ];
        for text in texts {
            let words = text.as_bytes();
            assert_eq!(AddressWords::are(words), AddressWords::split(words).is_some(), "{text:?}");
        }
    }
}
