//! Rows of the way out: reaching a far side, and what it answers.

use super::{Row, anywhere, five9, partner, row, synthflow};
use crate::diagnosis::{FailedLeg, Symptom};

pub(super) const ROWS: &[Row] = &[
    row(
        Symptom::Unresolved,
        "503: no address",
        Some(FailedLeg::Called),
        &[503],
        &[
            synthflow(
                "the region's host was mistyped",
                "leave `hosts` out: they follow from `region`",
            ),
            five9(
                "the gateway's name cannot be found",
                "compare `hosts` with Registrar / Server / Gateway Hostname or IP",
            ),
            anywhere(
                "the name was mistyped, or the name server fails",
                "check the spelling of the trunk's `hosts`, and the name server",
            ),
        ],
    ),
    row(
        Symptom::ConnectionRefused,
        "refused connection",
        Some(FailedLeg::Called),
        &[503],
        &[
            synthflow("wrong port for the transport", "UDP and TCP 32681, TLS 32682"),
            partner("wrong port", "TLS to port 5061 of the data centre"),
            anywhere(
                "nothing listens at that address and port",
                "check port and transport of the trunk",
            ),
        ],
    ),
    row(
        Symptom::NotSecured,
        "TLS does not come about",
        Some(FailedLeg::Called),
        &[503],
        &[
            partner(
                "the certificate does not name the host, as it is an address",
                "set `tls_name` to a name that the certificate has, or `tls_pin`",
            ),
            synthflow(
                "TLS on the port of UDP and TCP, or another name than the region's host",
                "TLS goes to port 32682; `hosts` must be the region's name",
            ),
            anywhere(
                "the certificate does not name the host, is out of date, or no version of TLS is shared",
                "see the names that the error prints; set `tls_name`, or `tls.ca` for an authority of their own",
            ),
        ],
    ),
    row(
        Symptom::TooLarge,
        "a call with much context fails over UDP",
        Some(FailedLeg::Called),
        &[513],
        &[
            synthflow(
                "X-EI and call context do not fit into 1300 octets",
                "switch the trunk to TCP (32681), or shorten the context",
            ),
            anywhere(
                "the INVITE does not fit into a datagram",
                "let the trunk take TCP, or send fewer headers",
            ),
        ],
    ),
    row(
        Symptom::Unreachable,
        "no way to the trunk",
        Some(FailedLeg::Called),
        &[503],
        &[anywhere(
            "no route to the address, or the connection breaks",
            "check host, port and transport of the trunk, and the firewall between",
        )],
    ),
    row(
        Symptom::NoResponse,
        "504 or 408: nothing comes back",
        Some(FailedLeg::Called),
        &[408],
        &[
            synthflow(
                "firewall, wrong transport, or fragments of a large datagram that are lost",
                "open UDP and TCP 32681 or TLS 32682 outwards; try TCP, which has no fragments",
            ),
            partner(
                "firewall, or wrong transport",
                "open TLS 5061 to the data centre; a partner trunk has no UDP",
            ),
            anywhere(
                "firewall, wrong transport, or the peer does not know our address",
                "check the firewall, the transport, and that the peer knows our address",
            ),
        ],
    ),
    row(
        Symptom::AuthenticationRefused,
        "500: our credentials are refused",
        Some(FailedLeg::Called),
        &[401],
        &[
            partner(
                "credentials make a partner call fail",
                "drop `[trunk.outbound]`: a partner trunk takes none",
            ),
            five9(
                "SIP Authentication ID or Password differ",
                "compare `[trunk.outbound]` with SIP Authentication ID and Password under SIP Trunks",
            ),
            synthflow(
                "SIP username or password of the number differ",
                "compare `[trunk.outbound]` with SIP username and password of the number under Phone Numbers",
            ),
            anywhere("name or password was mistyped", "type name and password of the trunk again"),
        ],
    ),
    row(
        Symptom::Forbidden,
        "403 from the far side",
        Some(FailedLeg::Called),
        &[403],
        &[
            synthflow(
                "our address is not allowed, the region is not the workspace's, or the number was attached less than two minutes ago",
                "add our address to the number's trunk; compare `region` with Admin > Workspace Settings > Preferences > Customer Region; wait 1-2 minutes after attaching",
            ),
            five9(
                "our address is not the trunk's, no outbound rule lets the call through, or the caller id is not verified",
                "Type of Authentication IP-based: our address as Gateway; Outbound Rules: a rule for the number; caller id: a number of the domain",
            ),
            partner(
                "our address is not known to Five9",
                "ask Five9 Support to take our address into the trunk",
            ),
            anywhere("our address is not on the far side's list", "give the provider our address"),
        ],
    ),
    row(
        Symptom::NotFound,
        "404 from the far side",
        Some(FailedLeg::Called),
        &[404],
        &[
            synthflow(
                "the number is not imported, not attached to an agent, or lacks +",
                "Phone Numbers > Import a Custom Number, then assign it to an inbound agent; dial it as +E.164",
            ),
            partner(
                "the customer's DID was dialled in place of the pseudo number, or it is not in the Numbers Inventory",
                "dial the pseudo number; check the Numbers Inventory",
            ),
            five9(
                "the number is none of the domain's, or no outbound rule has its prefix",
                "Outbound Rules: a rule for the prefix; number with + and country code",
            ),
            anywhere(
                "the number does not exist at the far side",
                "check the number and its form: + and country code",
            ),
        ],
    ),
    row(
        Symptom::Busy,
        "480, 486 or 503 from the far side",
        Some(FailedLeg::Called),
        &[486, 480, 503],
        &[
            five9(
                "all simultaneous calls of the trunk are in use",
                "raise Number of Simultaneous Calls under SIP Trunks",
            ),
            synthflow(
                "all simultaneous calls of the workspace are in use",
                "raise the workspace's concurrency, or lower `max_calls` to it",
            ),
            anywhere(
                "the far side has no room, or is busy",
                "compare `max_calls` with what was bought",
            ),
        ],
    ),
    row(
        Symptom::NotAcceptable,
        "488 from the far side",
        Some(FailedLeg::Called),
        &[488],
        &[
            five9(
                "Opus or G.722 offered, or SRTP where it is off",
                "`codecs` PCMU and PCMA alone; `srtp` as on the trunk",
            ),
            partner(
                "Opus or G.722 offered, or SRTP does not fit",
                "`codecs` PCMU and PCMA alone, telephone-event 101; `srtp` as agreed with Five9",
            ),
            synthflow(
                "no codec in common, or SRTP does not fit",
                "begin with PCMU; `srtp = \"off\"` unless TLS is used",
            ),
            anywhere(
                "no codec in common, or SRTP does not fit",
                "compare the codecs of both sides in the ladder",
            ),
        ],
    ),
    row(
        Symptom::OtherRefusal,
        "another status from the far side",
        Some(FailedLeg::Called),
        &[],
        &[anywhere(
            "the far side says it in its Reason or Warning",
            "look at the answer in the ladder",
        )],
    ),
];
