//! Where requests to a trunk are sent in place of its hosts.

use std::fmt;
use std::str::FromStr;

use siptrunk_message::{HostPort, Transport, Uri};

/// The address that requests are sent to while their Request-URI keeps the trunk's host: Synthflow's
/// form has it as `sip:host:port` or `sip:host;transport=tcp`, and it wins over the SIP domain.
///
/// S-27, 2026-08.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OutboundProxy {
    /// The host, with its port if one is written.
    pub host: HostPort,
    /// The transport, if one is written; else the trunk's.
    pub transport: Option<Transport>,
}

/// From `sip:host:port`, `sip:host;transport=tcp`, `sips:host`, or `host:port`.
impl FromStr for OutboundProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !matches!(scheme.as_deref(), Some("sip" | "sips")) {
            let host = text.parse::<HostPort>().map_err(|error| error.to_string())?;
            return Ok(Self { host, transport: None });
        }
        let uri = Uri::parse(text.as_bytes()).map_err(|error| error.to_string())?;
        let Some(uri) = uri.as_sip() else { return Err("no SIP URI".to_owned()) };
        if uri.raw_user().is_some() || uri.has_headers() {
            return Err("an address of a proxy has neither user nor headers".to_owned());
        }
        let transport = match uri.param("transport") {
            None if uri.is_secure() => Some(Transport::Tls),
            None => None,
            Some(_) if uri.is_secure() => Some(Transport::Tls),
            Some(name) => {
                let named = name.and_then(Transport::from_token);
                Some(named.ok_or_else(|| "transport is none of udp, tcp, tls".to_owned())?)
            }
        };
        Ok(Self { host: uri.host_port(), transport })
    }
}

/// As Synthflow's form writes it.
impl fmt::Display for OutboundProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sip:{}", self.host)?;
        match self.transport {
            Some(transport) => write!(f, ";transport={}", transport.param()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_synthflows_form_takes() {
        for (text, host, transport) in [
            ("sip:sbc.example.com:5065", "sbc.example.com:5065", None),
            ("sip:sbc.example.com;transport=tcp", "sbc.example.com", Some(Transport::Tcp)),
            ("SIP:sbc.example.com;transport=TLS", "sbc.example.com", Some(Transport::Tls)),
            ("sips:sbc.example.com", "sbc.example.com", Some(Transport::Tls)),
            ("sips:sbc.example.com;transport=tcp", "sbc.example.com", Some(Transport::Tls)),
            ("sbc.example.com:5065", "sbc.example.com:5065", None),
            ("192.0.2.1", "192.0.2.1", None),
        ] {
            let proxy = text.parse::<OutboundProxy>().expect(text);
            assert_eq!((proxy.host.to_string().as_str(), proxy.transport), (host, transport));
            assert_eq!(proxy.to_string().parse(), Ok(proxy), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in ["", "sip:", "sip:me@sbc.example", "sip:sbc.example;transport=sctp", "a b"] {
            assert!(text.parse::<OutboundProxy>().is_err(), "{text}");
        }
    }
}
