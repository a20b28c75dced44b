//! The regions of Synthflow, by their published names and ports (fact page, section 2, of November
//! 2026).

use siptrunk_message::Transport;

/// A region of Synthflow. The region of a trunk has to be the region of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    /// `sip.synthflow.ai`.
    Global,
    /// `sip.us.synthflow.ai`.
    Us,
    /// `sip.eu.synthflow.ai`.
    Eu,
}

impl Region {
    /// Every region.
    pub const ALL: [Self; 3] = [Self::Global, Self::Us, Self::Eu];

    /// The host of its proxies.
    pub fn host(self) -> &'static str {
        match self {
            Self::Global => "sip.synthflow.ai",
            Self::Us => "sip.us.synthflow.ai",
            Self::Eu => "sip.eu.synthflow.ai",
        }
    }

    /// The port for a transport: 32682 for TLS, 32681 for UDP and TCP.
    pub fn port(self, transport: Transport) -> u16 {
        if transport == Transport::Tls { 32_682 } else { 32_681 }
    }

    /// Whether a Request-URI names another region's host.
    pub(super) fn is_another(self, uri: &[u8]) -> bool {
        let uri = String::from_utf8_lossy(uri).to_ascii_lowercase();
        let rest = uri.split_once(':').map_or(uri.as_str(), |(_, rest)| rest);
        let host = rest.split_once('@').map_or(rest, |(_, host)| host);
        let host = host.split([':', ';', '?']).next().unwrap_or_default();
        Self::ALL.iter().any(|region| *region != self && region.host() == host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_another_region_is_another_one() {
        for (uri, another) in [
            ("sip:+1206@sip.us.synthflow.ai:32681", false),
            ("sip:+1206@SIP.EU.synthflow.ai:32681;transport=tcp", true),
            ("sip:+1206@sip.synthflow.ai", true),
            ("sip:+1206@203.0.113.7:32681", false),
            ("sip:sip.eu.synthflow.ai@203.0.113.7", false),
        ] {
            assert_eq!(Region::Us.is_another(uri.as_bytes()), another, "{uri}");
        }
    }
}
