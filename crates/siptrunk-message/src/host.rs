//! Hosts and ports (RFC 3261 25.1 `host`, `hostport`).

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use nom::IResult;

use crate::grammar::{At, ascii, fail, is_host, run_of};

/// A host: a name or an address. Names compare without case; a name never equals an address.
#[derive(Clone, Debug)]
pub enum Host<'a> {
    /// A domain name.
    Name(Cow<'a, str>),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, written in brackets.
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    /// Reads `host` and stops at what does not continue it.
    pub(crate) fn parse(input: &'a [u8]) -> IResult<&'a [u8], Self, At<'a>> {
        let (rest, kind) = scan(input)?;
        let host = match kind {
            Kind::V4(address) => Host::V4(address),
            Kind::V6(address) => Host::V6(address),
            Kind::Name => {
                let (text, _) = input.split_at(input.len().saturating_sub(rest.len()));
                Host::Name(Cow::Borrowed(ascii(text)))
            }
        };
        Ok((rest, host))
    }

    /// The address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> Host<'static> {
        match self {
            Self::Name(name) => Host::Name(Cow::Owned(name.into_owned())),
            Self::V4(address) => Host::V4(address),
            Self::V6(address) => Host::V6(address),
        }
    }

    /// The same, borrowed from this one.
    pub(crate) fn borrow(&self) -> Host<'_> {
        match self {
            Self::Name(name) => Host::Name(Cow::Borrowed(name)),
            Self::V4(address) => Host::V4(*address),
            Self::V6(address) => Host::V6(*address),
        }
    }
}

impl<'b> PartialEq<Host<'b>> for Host<'_> {
    fn eq(&self, other: &Host<'b>) -> bool {
        match (self, other) {
            (Self::Name(a), Host::Name(b)) => a.eq_ignore_ascii_case(b),
            (Self::V4(a), Host::V4(b)) => a == b,
            (Self::V6(a), Host::V6(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Host<'_> {}

impl Hash for Host<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Name(name) => {
                for octet in name.bytes() {
                    state.write_u8(octet.to_ascii_lowercase());
                }
                state.write_u8(0xff);
            }
            Self::V4(address) => address.hash(state),
            Self::V6(address) => address.hash(state),
        }
    }
}

impl Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

impl From<IpAddr> for Host<'_> {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl FromStr for Host<'static> {
    type Err = HostError;

    /// Reads a name, an IPv4 address, or an IPv6 address with or without brackets.
    fn from_str(text: &str) -> Result<Self, HostError> {
        if let Ok(address) = text.parse() {
            return Ok(Host::V6(address));
        }
        match Host::parse(text.as_bytes()) {
            Ok(([], host)) => Ok(host.into_owned()),
            Ok(_) => Err(HostError::Host { reason: "octets follow the host" }),
            Err(error) => {
                Err(HostError::Host { reason: At::from_nom(&error, text.as_bytes()).reason })
            }
        }
    }
}

/// A host and perhaps a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// The host.
    pub host: Host<'static>,
    /// The port; what its absence means depends on the transport.
    pub port: Option<u16>,
}

/// The host and port of a Via's sent-by, borrowed (RFC 3261 18.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SentBy<'a> {
    /// The host.
    pub host: Host<'a>,
    /// The port, if written.
    pub port: Option<u16>,
}

impl SentBy<'_> {
    /// The same, independent of the buffer.
    pub fn into_owned(self) -> HostPort {
        HostPort { host: self.host.into_owned(), port: self.port }
    }
}

/// What a host is, before anything is made of its text.
pub(crate) enum Kind {
    Name,
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

/// Reads `host` and stops at what does not continue it.
pub(crate) fn scan(input: &[u8]) -> IResult<&[u8], Kind, At<'_>> {
    if let Some(inside) = input.strip_prefix(b"[") {
        let Some(end) = memchr::memchr(b']', inside) else {
            return fail(input, "the IPv6 address has no closing bracket");
        };
        let (address, tail) = inside.split_at(end);
        return match ascii(address).parse() {
            Ok(address) => Ok((tail.get(1..).unwrap_or_default(), Kind::V6(address))),
            Err(_) => fail(input, "not an IPv6 address"),
        };
    }
    let (rest, text) = run_of(input, is_host);
    if let Some(address) = ipv4(text) {
        return Ok((rest, Kind::V4(address)));
    }
    match check_name(text) {
        Ok(()) => Ok((rest, Kind::Name)),
        Err(reason) => fail(input, reason),
    }
}

/// `hostname`: labels of letters, digits and hyphens, the last of which is not a number.
fn check_name(text: &[u8]) -> Result<(), &'static str> {
    let name = text.strip_suffix(b".").unwrap_or(text);
    if name.is_empty() {
        return Err("expected a host");
    }
    if name.len() > 253 {
        return Err("a host name has 253 octets at most");
    }
    let mut numeric = true;
    let mut length = 0_usize;
    let mut before = b'.';
    for octet in name.iter().copied().chain([b'.']) {
        if octet == b'.' {
            if length == 0 || length > 63 || before == b'-' {
                return Err("a label of the host name is empty, too long, or ends with -");
            }
            length = 0;
        } else {
            if length == 0 {
                if octet == b'-' {
                    return Err("a label of the host name begins with -");
                }
                numeric = true;
            }
            numeric &= octet.is_ascii_digit();
            length = length.saturating_add(1);
        }
        before = octet;
    }
    if numeric {
        return Err("neither an IPv4 address nor a host name, whose last label is not a number");
    }
    Ok(())
}

/// Four numbers of one to three digits, 255 at most, without leading zeros, which some read as octal.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut parts = text.split(|octet| *octet == b'.');
    let mut address = [0_u8; 4];
    for part in &mut address {
        *part = match parts.next()? {
            [a] => decimal(&[*a])?,
            [a @ b'1'..=b'9', b] => decimal(&[*a, *b])?,
            [a @ b'1'..=b'2', b, c] => decimal(&[*a, *b, *c])?,
            _ => return None,
        };
    }
    parts.next().is_none().then(|| Ipv4Addr::from(address))
}

fn decimal(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0_u8, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| digit.wrapping_sub(b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// `port`: digits that fit 16 bits.
pub(crate) fn port(input: &[u8]) -> IResult<&[u8], u16, At<'_>> {
    let (rest, value) = crate::grammar::number(input)?;
    match u16::try_from(value) {
        Ok(port) => Ok((rest, port)),
        Err(_) => fail(input, "a port is 65535 at most"),
    }
}

/// `hostport` without whitespace.
fn host_port(input: &[u8]) -> IResult<&[u8], (Host<'_>, Option<u16>), At<'_>> {
    let (rest, host) = Host::parse(input)?;
    let (rest, port) = opt_port(rest)?;
    Ok((rest, (host, port)))
}

/// `[ ":" port ]` without whitespace.
pub(crate) fn opt_port(input: &[u8]) -> IResult<&[u8], Option<u16>, At<'_>> {
    match input.strip_prefix(b":") {
        None => Ok((input, None)),
        Some(after) => {
            let (rest, port) = port(after)?;
            Ok((rest, Some(port)))
        }
    }
}

fn write_host_port(f: &mut fmt::Formatter<'_>, host: &Host<'_>, port: Option<u16>) -> fmt::Result {
    host.fmt(f)?;
    match port {
        Some(port) => write!(f, ":{port}"),
        None => Ok(()),
    }
}

impl Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_host_port(f, &self.host, self.port)
    }
}

impl Display for SentBy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_host_port(f, &self.host, self.port)
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().into(), port: Some(address.port()) }
    }
}

impl FromStr for HostPort {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self { host: Host::V6(address), port: None });
        }
        match host_port(text.as_bytes()) {
            Ok(([], (host, port))) => Ok(Self { host: host.into_owned(), port }),
            Ok(_) => Err(HostError::Host { reason: "octets follow the host and port" }),
            Err(error) => {
                Err(HostError::Host { reason: At::from_nom(&error, text.as_bytes()).reason })
            }
        }
    }
}

/// Why a text is no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// Not a name or address of RFC 3261 25.1.
    #[error("not a host: {reason}")]
    Host {
        /// What is wrong.
        reason: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        assert_eq!(
            "192.0.2.4".parse::<Host<'_>>().unwrap().ip(),
            Some("192.0.2.4".parse().unwrap())
        );
        assert_eq!("[2001:db8::1]".parse::<Host<'_>>().unwrap().to_string(), "[2001:db8::1]");
        assert_eq!("2001:db8::1".parse::<Host<'_>>().unwrap().to_string(), "[2001:db8::1]");
        assert_eq!(
            "A.example".parse::<Host<'_>>().unwrap(),
            "a.EXAMPLE".parse::<Host<'_>>().unwrap()
        );
        for bad in
            ["", ".", "a..b", "-a", "a-", "256.1.1.1", "1.2.3", "a b", "[::1", "[x]", "a/b", "a:1"]
        {
            assert!(bad.parse::<Host<'_>>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ports() {
        let text: HostPort = "gw.five9.example:5060".parse().unwrap();
        assert_eq!(text.port, Some(5060));
        assert_eq!(text.to_string(), "gw.five9.example:5060");
        assert_eq!("[::1]:5061".parse::<HostPort>().unwrap().to_string(), "[::1]:5061");
        for bad in ["a:", "a:65536", "a:-1", "a:5060x", ":5060"] {
            assert!(bad.parse::<HostPort>().is_err(), "{bad:?}");
        }
    }
}
