//! Rows of media, the call itself, and the way back.

use super::{Row, anywhere, five9, partner, row, synthflow};
use crate::diagnosis::{FailedLeg, Symptom};

pub(super) const ROWS: &[Row] = &[
    row(
        Symptom::UnacceptableMedia,
        "488 from this gateway",
        Some(FailedLeg::Calling),
        &[488],
        &[anywhere(
            "the two sides have no codec in common, or a description makes no sense",
            "offer G.711 (PCMU or PCMA) on both sides; Five9 takes nothing else",
        )],
    ),
    row(
        Symptom::NoAnswer,
        "480 after long ringing",
        Some(FailedLeg::Called),
        &[480],
        &[anywhere("nobody took the call", "see why nobody took the call at the far side")],
    ),
    row(
        Symptom::Cancelled,
        "487",
        Some(FailedLeg::Calling),
        &[487],
        &[anywhere("the caller gave up", "nothing is wrong with the gateway")],
    ),
    row(
        Symptom::NoAck,
        "a call that ends after 32 s",
        Some(FailedLeg::Calling),
        &[408],
        &[anywhere(
            "our 200 or the ACK is lost: Contact or Via cannot be reached, or a firewall rewrites them",
            "check that our `advertise` address and the caller's Contact can be reached",
        )],
    ),
    row(
        Symptom::Lost,
        "a call that ends by itself",
        Some(FailedLeg::Called),
        &[481],
        &[anywhere(
            "the far side restarted, or the way to it broke",
            "see whether the far side still knows the call, and the way to it",
        )],
    ),
    row(
        Symptom::Silent,
        "a call that ends after a minute of silence",
        Some(FailedLeg::Called),
        &[],
        &[
            synthflow(
                "a private address in the description, or RTP closed",
                "advertise a public media address; open UDP 10000-60000 both ways",
            ),
            anywhere(
                "a private address in the description, or RTP closed",
                "check `media.advertise` and the UDP ports both ways",
            ),
        ],
    ),
    row(
        Symptom::OneWayAudio,
        "one side hears nothing",
        Some(FailedLeg::Called),
        &[],
        &[
            synthflow(
                "a private address in the description, or RTP closed",
                "advertise a public media address; open UDP 10000-60000 both ways",
            ),
            five9(
                "a private address in the description, or media comes from elsewhere than signalling",
                "advertise a public media address; open the media ports for all of Five9's addresses",
            ),
            partner(
                "media comes from other addresses than signalling",
                "advertise a public media address; open the media ports for all of Five9's addresses",
            ),
            anywhere(
                "a private address in the description, or RTP closed",
                "check `media.advertise` and the UDP ports both ways; `nat = true` if the peer is behind one",
            ),
        ],
    ),
    row(
        Symptom::NoDigits,
        "digits do nothing",
        Some(FailedLeg::Called),
        &[],
        &[
            five9("no RFC 4733 with payload type 101", "offer telephone-event 101 towards Five9"),
            partner("no RFC 4733 with payload type 101", "offer telephone-event 101 towards Five9"),
            anywhere(
                "the sides agreed on no telephone-event",
                "offer RFC 4733 telephone-event on both sides, or send INFO",
            ),
        ],
    ),
    row(
        Symptom::BadXEi,
        "X-EI or the external id is missing",
        Some(FailedLeg::Called),
        &[],
        &[
            synthflow(
                "an SBC strips it, it is escaped twice, or its last `;` is missing",
                "send `E.<id>;` with the final `;`, URL-encoded once; let the SBC pass X- headers",
            ),
            anywhere(
                "an SBC strips it, or it is not written as Synthflow reads it",
                "see where it is lost in the ladder",
            ),
        ],
    ),
    row(
        Symptom::ContextDropped,
        "variables are missing",
        Some(FailedLeg::Called),
        &[],
        &[
            synthflow(
                "a name holds other characters than letters, digits, - and _, or its case was changed",
                "name headers `X-` and letters, digits, - or _; variables have the same case",
            ),
            five9("the name is not the script's", "name headers as the Transfer module has them"),
            anywhere("the far side drops these names", "name them as the far side reads them"),
        ],
    ),
    row(
        Symptom::HandBackWithoutHeaders,
        "the BYE of a hand-back has no headers",
        Some(FailedLeg::Called),
        &[],
        &[
            synthflow(
                "the headers are mapped too late, the caller hung up first, or the action is not Five9 Handoff",
                "use the Five9 Handoff action and fill its headers before the agent ends; at Five9 tick Return After 3rd Party Call",
            ),
            anywhere(
                "the far side ended the call without saying where it goes on",
                "see what it sends in its BYE",
            ),
        ],
    ),
    row(
        Symptom::HandBackWithoutNumber,
        "a hand-back that leads nowhere",
        Some(FailedLeg::Called),
        &[],
        &[
            synthflow(
                "X-RouteType names a transfer and X-RouteValue no number",
                "fill X-RouteValue with the number; for skills give the trunk a `return_number`",
            ),
            anywhere(
                "the headers name nothing that can be dialled",
                "name a number, or give the trunk a `return_number`",
            ),
        ],
    ),
    row(
        Symptom::HandBackCut,
        "headers of the BYE are missing at the far side",
        Some(FailedLeg::Called),
        &[],
        &[anywhere("Five9 takes 10 custom headers on a BYE", "hand back at most 10 `X-` headers")],
    ),
    row(
        Symptom::TransferFailed,
        "the caller is dropped at the way back",
        Some(FailedLeg::Transferred),
        &[],
        &[anywhere("the new leg failed", "see the cause that it names")],
    ),
    row(
        Symptom::ReferRefused,
        "403 or 405 to REFER",
        Some(FailedLeg::Called),
        &[403],
        &[
            synthflow(
                "the trunk may not transfer, or no route leads to the number",
                "let the trunk's `methods` have REFER and add a route for the number",
            ),
            anywhere(
                "the trunk may not transfer, or no route leads to the number",
                "let the trunk's `methods` have REFER and add a route for the number",
            ),
        ],
    ),
    row(
        Symptom::TooLong,
        "a call that ends after hours",
        None,
        &[],
        &[anywhere(
            "the longest duration is reached",
            "raise `max_duration` if calls may be longer",
        )],
    ),
    row(
        Symptom::HungUp,
        "a call that the application ended",
        None,
        &[],
        &[anywhere("the application decided so", "nothing, if that was wanted")],
    ),
    row(
        Symptom::Internal,
        "a call that ends for no reason of its own",
        None,
        &[500],
        &[anywhere("a defect of this library", "report it with the ladder of the call")],
    ),
];
