//! What Five9 is, as data. Ids such as F-07 are rows of `docs/providers.md` in the repository, read on
//! 2026-11-24: source and certainty stand there. A date beside an id is that of the newest source.

use std::fmt;
use std::net::Ipv4Addr;

use siptrunk_message::Transport;

use crate::{HandBackBy, HeaderFacts, NumberPolicy, Profile, Provider, Trunk};

/// A trunk that the admin of a domain made. F-03, 2026: its transport is not documented. F-09, 2026-08:
/// numbers. F-15, 2026: how it takes calls back nobody says surely.
pub(crate) const SELF_SERVICE: Provider = Provider {
    name: "five9",
    transport: Transport::Udp,
    hand_back: HandBackBy::Invite,
    numbers: NumberPolicy::E164,
    headers: HEADERS,
    ..Provider::GENERIC
};

/// A trunk that Five9 built for an AI vendor. F-05, 2026-08: TLS on one port, whatever else is tried.
/// F-10, 2026-08: pseudo numbers. F-14, 2026-08: calls go back by BYE.
pub(crate) const PARTNER: Provider = Provider {
    name: "five9",
    transport: Transport::Tls,
    port: Some(PARTNER_PORT),
    tls_port: Some(PARTNER_PORT),
    hand_back: HandBackBy::Bye,
    numbers: NumberPolicy::Verbatim,
    headers: HEADERS,
    // The list of addresses is told by a third party and differs by customer: F-07, 2026-08.
    ..Provider::GENERIC
};

/// `X-` headers pass, with or without case: F-11, F-16 and F-19, 2026-03.
pub(crate) const HEADERS: HeaderFacts = HeaderFacts {
    custom: true,
    bye_limit: Some(BYE_HEADER_LIMIT),
    call_id_names: &CALL_ID_HEADERS,
    ..HeaderFacts::NONE
};

/// The port of partner trunks, TLS. F-05, 2026-08.
pub(crate) const PARTNER_PORT: u16 = 5061;

/// How many custom headers a BYE to Five9 may have. F-18, 2026-03-20: a single source, therefore a
/// setting.
pub(crate) const BYE_HEADER_LIMIT: usize = 10;

/// The payload number that Five9 wants for telephone-event. F-21, 2026-08.
pub(crate) const TELEPHONE_EVENT: u8 = 101;

/// The headers that hold Five9's own call id. F-12, 2026-03. Neither is the SIP Call-ID.
pub(crate) const CALL_ID_HEADERS: [&str; 2] = ["X-CallID", "X-five9callid"];

/// Makes Five9 trunks. There are two kinds, which differ in almost everything.
#[derive(Debug, Clone, Copy)]
pub struct Five9;

impl Five9 {
    /// The headers that scripts are known to put on the INVITE. F-11, 2026-03. Scripts choose their
    /// names, so this list only helps people; every `X-` header passes.
    pub const INVITE_HEADERS: [&str; 12] = [
        "X-CallANI",
        "X-CallDNIS",
        "X-CallID",
        "X-CallSessionID",
        "X-CallCampaign",
        "X-CallStartTimestamp",
        "X-CallDomainID",
        "X-AgentID",
        "X-five9ani",
        "X-five9dnis",
        "X-five9callid",
        "X-five9sessionid",
    ];

    /// The headers that scripts are known to read from the BYE. F-16, 2026-03. Any other `X-` name does
    /// as well.
    pub const BYE_HEADERS: [&str; 6] = [
        "X-RouteType",
        "X-RouteValue",
        "X-RouteReason",
        "X-ConversationId",
        "X-contained",
        "X-destination",
    ];

    /// The values of X-RouteType. F-17, 2026-03.
    pub const ROUTE_TYPES: [&str; 4] =
        ["SkillTransfer", "PhoneTransfer", "Hangup", "DispositionOnly"];

    /// The header of Five9's other product, VoiceStream: an INVITE that has it copies audio and is no
    /// transfer. F-13, 2026.
    pub const STREAMING_HEADER: &str = "X-Five9-StreamingPairId";

    /// A trunk that the admin of a Five9 domain made, whose gateway is this host. Named `five9`; over
    /// UDP, by address unless [`Trunk::digest`] or [`Trunk::outbound`] say more.
    ///
    /// F-01, F-02 and, for the transport, F-03; 2026.
    pub fn self_service(gateway: impl fmt::Display) -> Trunk {
        Trunk::new(SELF_SERVICE.name, Profile::Five9SelfService).host(gateway)
    }

    /// A trunk that Five9 built for an AI vendor ("AI Agent Connect"): one of the codes of
    /// [`DataCentre::ALL`], or the host that Five9 Support confirmed. Named `five9`; TLS to port 5061,
    /// known by its address, and credentials make its calls fail.
    ///
    /// F-04, F-05 and F-06, 2026-08.
    pub fn partner(data_centre_or_host: impl fmt::Display) -> Trunk {
        let text = data_centre_or_host.to_string();
        let trunk = Trunk::new(PARTNER.name, Profile::Five9Partner);
        match DataCentre::named(&text) {
            Some(centre) => trunk.host(centre.address),
            None => trunk.host(text),
        }
    }
}

/// A data centre of Five9, with the address of its partner trunks.
///
/// F-07, 2026-08, told by a third party. Each customer has to confirm theirs with Five9 Support; a
/// trunk can name any other host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataCentre {
    /// The short name.
    pub code: &'static str,
    /// Where it is.
    pub city: &'static str,
    /// Where its partner trunks are signalled to, port 5061.
    pub address: Ipv4Addr,
}

impl DataCentre {
    /// The data centres known on [`DataCentre::AS_OF`].
    pub const ALL: [Self; 10] = [
        Self::new("ATL", "Atlanta", [208, 69, 29, 18]),
        Self::new("SCL", "Santa Clara", [162, 213, 153, 61]),
        Self::new("MTL10", "Montréal", [74, 114, 192, 15]),
        Self::new("MTL3", "Montréal", [74, 114, 193, 15]),
        Self::new("LND", "London", [212, 187, 211, 56]),
        Self::new("FRK", "Frankfurt", [185, 111, 41, 18]),
        Self::new("AMS", "Amsterdam", [185, 111, 42, 17]),
        Self::new("TOK", "Tokyo", [103, 169, 228, 18]),
        Self::new("SYD", "Sydney", [103, 169, 229, 18]),
        Self::new("SAO", "São Paulo", [209, 14, 129, 18]),
    ];

    /// The month the table was published.
    pub const AS_OF: &'static str = "2026-08";

    const fn new(code: &'static str, city: &'static str, [a, b, c, d]: [u8; 4]) -> Self {
        Self { code, city, address: Ipv4Addr::new(a, b, c, d) }
    }

    /// The data centre of this code, read without case.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|centre| centre.code.eq_ignore_ascii_case(code.trim()))
    }
}

#[cfg(test)]
mod tests {
    use ipnet::Ipv4Net;

    use super::*;

    /// F-08, 2026-11: the networks that Five9 announces, told by another source than the table of data
    /// centres.
    const ANNOUNCED: [&str; 8] = [
        "74.114.192.0/23",
        "103.169.228.0/23",
        "162.213.152.0/23",
        "185.111.40.0/22",
        "208.69.28.0/23",
        "209.14.129.0/24",
        "212.187.211.0/24",
        "198.105.200.0/21",
    ];

    #[test]
    fn every_data_centre_lies_in_a_network_of_five9() {
        let networks = ANNOUNCED.map(|text| text.parse::<Ipv4Net>().expect("a network"));
        for centre in DataCentre::ALL {
            assert!(networks.iter().any(|network| network.contains(&centre.address)), "{centre:?}");
        }
    }

    #[test]
    fn a_partner_trunk_goes_to_a_data_centre_or_a_host_on_5061() {
        let host = |text: &str| Five9::partner(text).hosts[0].to_string();
        assert_eq!(host("FRK"), "185.111.41.18:5061");
        assert_eq!(host(" mtl10 "), "74.114.192.15:5061");
        assert_eq!(host("192.0.2.1"), "192.0.2.1:5061");
        assert_eq!(host("sbc.five9.example:5062"), "sbc.five9.example:5062");
    }

    #[test]
    fn the_two_kinds_differ_in_all_that_the_facts_say() {
        use crate::{HandBackBy, NumberPolicy};
        use siptrunk_message::Transport;
        let own = Five9::self_service("gw.five9.example");
        let partner = Five9::partner("FRK");
        assert_eq!((own.transport, partner.transport), (Transport::Udp, Transport::Tls));
        assert_eq!((own.hand_back, partner.hand_back), (HandBackBy::Invite, HandBackBy::Bye));
        assert_eq!(own.number_policy, NumberPolicy::E164);
        assert_eq!(partner.number_policy, NumberPolicy::Verbatim);
        for trunk in [own, partner] {
            assert_eq!(trunk.codecs.telephone_event, Some(TELEPHONE_EVENT));
            assert_eq!(trunk.header_policy.bye_limit, Some(10));
        }
    }
}
