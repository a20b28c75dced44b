//! Via (RFC 3261 20.42, 18.2.1, RFC 3581): the way back of a response.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use nom::IResult;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, fail, separator, skip_lws, token};
use crate::host::{Host, HostPort, SentBy, port};
use crate::name::HeaderName;
use crate::params::Params;
use crate::transport::Transport;

/// One Via value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Via<'a> {
    protocol: Cow<'a, str>,
    version: Cow<'a, str>,
    transport: Cow<'a, str>,
    sent_by: SentBy<'a>,
    params: Params<'a>,
}

/// What a branch begins with that is unique in space and time (RFC 3261 8.1.1.7).
const MAGIC_COOKIE: &str = "z9hG4bK";

impl Via<'_> {
    /// The Via of a request of ours: `SIP/2.0/UDP host:port;branch=...`.
    pub fn new(transport: Transport, sent_by: &HostPort, branch: &str) -> Via<'static> {
        Via {
            protocol: Cow::Borrowed("SIP"),
            version: Cow::Borrowed("2.0"),
            transport: Cow::Borrowed(transport.as_str()),
            sent_by: SentBy { host: sent_by.host.clone(), port: sent_by.port },
            params: Params::none().with("branch", Some(branch)),
        }
    }

    /// Adds a parameter at the end, or sets the first one of that name: `rport`, `received`...
    #[must_use]
    pub fn with_param(self, name: &str, value: Option<&str>) -> Via<'static> {
        let mut via = self.into_owned();
        via.params = via.params.with(name, value);
        via
    }
}

impl<'a> Via<'a> {
    /// The transport token as written: `UDP`, `TCP`, `TLS`, `SCTP`...
    pub fn transport(&self) -> &str {
        &self.transport
    }

    /// Whether protocol and version are SIP 2.0.
    pub fn is_sip(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("SIP") && self.version == "2.0"
    }

    /// Who sent the request, as they say.
    pub fn sent_by(&self) -> SentBy<'_> {
        SentBy { host: self.sent_by.host.borrow(), port: self.sent_by.port }
    }

    /// The host of sent-by.
    pub fn host(&self) -> &Host<'a> {
        &self.sent_by.host
    }

    /// The port of sent-by, if written.
    pub fn port(&self) -> Option<u16> {
        self.sent_by.port
    }

    /// The branch as written.
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch").flatten()
    }

    /// Whether the branch follows RFC 3261: the magic cookie, without case, and something after it.
    pub fn has_magic_branch(&self) -> bool {
        self.branch().is_some_and(|branch| {
            branch
                .get(..MAGIC_COOKIE.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(MAGIC_COOKIE))
                && branch.len() > MAGIC_COOKIE.len()
        })
    }

    /// The address the request came from (RFC 3261 18.2.1), if written and an address.
    pub fn received(&self) -> Option<IpAddr> {
        let value = self.params.get("received")??;
        let bare =
            value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).unwrap_or(value);
        bare.parse().ok()
    }

    /// `None`: absent. `Some(None)`: asked for (RFC 3581). `Some(Some(port))`: filled in.
    pub fn rport(&self) -> Option<Option<u16>> {
        let value = self.params.get("rport")?;
        Some(value.and_then(|value| match port(value.as_bytes()) {
            Ok(([], port)) => Some(port),
            _ => None,
        }))
    }

    /// The `maddr` parameter as written.
    pub fn maddr(&self) -> Option<&str> {
        self.params.get("maddr").flatten()
    }

    /// Whether the connection may be used for requests the other way, too (RFC 5923).
    pub fn has_alias(&self) -> bool {
        self.params.get("alias").is_some()
    }

    /// The `ttl` parameter, if it is there and 0 to 255.
    pub fn ttl(&self) -> Option<u8> {
        self.params.number("ttl").and_then(|ttl| ttl.try_into().ok())
    }

    /// A parameter's value as written; `Some(None)` is a parameter without a value.
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.params.get(name)
    }

    /// All parameters.
    pub fn params(&self) -> &Params<'a> {
        &self.params
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> Via<'static> {
        Via {
            protocol: Cow::Owned(self.protocol.into_owned()),
            version: Cow::Owned(self.version.into_owned()),
            transport: Cow::Owned(self.transport.into_owned()),
            sent_by: SentBy { host: self.sent_by.host.into_owned(), port: self.sent_by.port },
            params: self.params.into_owned(),
        }
    }
}

impl<'a> Header<'a> for Via<'a> {
    const LIST: bool = true;

    fn name() -> HeaderName {
        HeaderName::VIA
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, via)
    }

    fn parameters(&self) -> usize {
        self.params.len()
    }
}

fn via(input: &[u8]) -> IResult<&[u8], Via<'_>, At<'_>> {
    let (rest, (protocol, version)) = protocol(skip_lws(input))?;
    let (rest, transport) = token(rest)?;
    let after = skip_lws(rest);
    if after.len() == rest.len() {
        return fail(rest, "expected a space and the sender");
    }
    let (rest, host) = Host::parse(after)?;
    let (rest, port) = match skip_lws(rest) {
        [b':', after @ ..] => {
            let (rest, port) = port(skip_lws(after))?;
            (rest, Some(port))
        }
        _ => (rest, None),
    };
    let (rest, params) = Params::parse(rest)?;
    Ok((
        rest,
        Via {
            protocol: Cow::Borrowed(protocol),
            version: Cow::Borrowed(version),
            transport: Cow::Borrowed(transport),
            sent_by: SentBy { host, port },
            params,
        },
    ))
}

/// Protocol name and version with their slashes.
fn protocol(input: &[u8]) -> IResult<&[u8], (&str, &str), At<'_>> {
    // As every peer writes it.
    if let Some(rest) = input.strip_prefix(b"SIP/2.0/") {
        return Ok((rest, ("SIP", "2.0")));
    }
    let (rest, protocol) = token(input)?;
    let (rest, ()) = separator(b'/', "expected /")(rest)?;
    let (rest, version) = token(rest)?;
    let (rest, ()) = separator(b'/', "expected /")(rest)?;
    Ok((rest, (protocol, version)))
}

impl fmt::Display for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{} {}{}",
            self.protocol, self.version, self.transport, self.sent_by, self.params
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn via(text: &str) -> Via<'_> {
        let (via, rest) = Via::parse(text.as_bytes()).unwrap();
        assert!(rest.is_empty(), "{text}");
        via
    }

    #[test]
    fn the_parts_of_a_via() {
        let read = via(
            "SIP / 2.0 / UDP\r\n first.example.com : 4000 ;ttl=16;MAddr=224.2.0.1 ;branch=z9hG4bKa7c6",
        );
        assert!(read.is_sip() && read.has_magic_branch());
        assert_eq!(
            (read.transport(), read.port(), read.maddr()),
            ("UDP", Some(4000), Some("224.2.0.1"))
        );
        assert_eq!(read.sent_by().to_string(), "first.example.com:4000");
        assert_eq!((read.received(), read.rport()), (None, None));
        let read = via("SIP/2.0/TLS [2001:db8::9:1];received=[2001:db8::9:255];rport;branch=1");
        assert_eq!(read.sent_by().host.ip(), "2001:db8::9:1".parse().ok());
        // RFC 5118 4.5: with brackets or without.
        assert_eq!(read.received(), "2001:db8::9:255".parse().ok());
        assert_eq!(read.rport(), Some(None));
        assert_eq!(
            via("SIP/2.0/UDP h;received=2001:db8::1").received(),
            "2001:db8::1".parse().ok()
        );
    }

    #[test]
    fn a_branch_is_magic_with_a_cookie_and_more() {
        for (branch, magic) in [
            ("z9hG4bK1", true),
            ("Z9HG4BK1", true),
            ("z9hG4bK", false),
            ("1z9hG4bK1", false),
            ("z9", false),
        ] {
            assert_eq!(
                via(&format!("SIP/2.0/UDP h;branch={branch}")).has_magic_branch(),
                magic,
                "{branch}"
            );
        }
        assert!(!via("SIP/2.0/UDP h;branch").has_magic_branch());
        assert!(!via("SIP/2.0/UDP h").has_magic_branch());
    }

    #[test]
    fn what_rport_may_hold() {
        for (rport, port) in
            [("1", Some(1)), ("65535", Some(65535)), ("65536", None), ("x", None), ("-1", None)]
        {
            assert_eq!(via(&format!("SIP/2.0/UDP h;rport={rport}")).rport(), Some(port), "{rport}");
        }
    }
}
