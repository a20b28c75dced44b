//! Rows of routes and limits of this gateway.

use super::{Row, anywhere, five9, partner, row, synthflow};
use crate::diagnosis::{FailedLeg, Symptom};

pub(super) const ROWS: &[Row] = &[
    row(
        Symptom::NoRoute,
        "404 from this gateway",
        Some(FailedLeg::Calling),
        &[404],
        &[
            partner(
                "the customer's DID was configured in place of the pseudo number",
                "put the pseudo number into `numbers` and `dialed`: that is what a partner trunk dials",
            ),
            five9(
                "the number came in another form than the route has",
                "dial with + and country code in the Transfer module, or write the route as it is dialled",
            ),
            anywhere(
                "no route has this number",
                "add a route for the number; check that it is dialled with + and country code",
            ),
        ],
    ),
    row(
        Symptom::RejectedByRoute,
        "a refusal that a route asks for",
        Some(FailedLeg::Calling),
        &[],
        &[anywhere("the route says so", "change the route if that is not wanted")],
    ),
    row(
        Symptom::TooManyHops,
        "483",
        Some(FailedLeg::Calling),
        &[483],
        &[anywhere(
            "two systems route the call to each other",
            "look for the loop in the routes of both",
        )],
    ),
    row(
        Symptom::Loop,
        "483 to a call that would come back",
        Some(FailedLeg::Called),
        &[483],
        &[anywhere(
            "a host of the trunk is our own address",
            "give the provider's address as `hosts`, not ours",
        )],
    ),
    row(
        Symptom::TrunkFull,
        "486 or 480 from this gateway",
        Some(FailedLeg::Calling),
        &[486],
        &[
            five9(
                "all simultaneous calls of the trunk are in use",
                "raise `max_calls` and Number of Simultaneous Calls under SIP Trunks together",
            ),
            synthflow(
                "all simultaneous calls of the trunk are in use",
                "raise `max_calls` to the concurrent calls of the workspace's plan",
            ),
            anywhere(
                "all simultaneous calls of the trunk are in use",
                "raise `max_calls` to the number of simultaneous calls bought at the provider",
            ),
        ],
    ),
    row(
        Symptom::TooFast,
        "calls wait or go to the next trunk in a burst",
        Some(FailedLeg::Called),
        &[503],
        &[anywhere(
            "more calls a second than `calls_per_second`, or a 503 with Retry-After",
            "raise `calls_per_second` to what the provider takes, or spread the calls",
        )],
    ),
    row(
        Symptom::TrunkDown,
        "calls go past a trunk",
        Some(FailedLeg::Called),
        &[503],
        &[anywhere(
            "the trunk does not answer OPTIONS",
            "see the provider's status; if it answers no OPTIONS at all, switch `health` off",
        )],
    ),
    row(
        Symptom::NodeFull,
        "503 with Retry-After",
        Some(FailedLeg::Calling),
        &[503],
        &[anywhere(
            "the gateway has as many calls as it takes",
            "raise the gateway's `max_calls`, or add a gateway",
        )],
    ),
    row(
        Symptom::Draining,
        "503 with Retry-After during a restart",
        Some(FailedLeg::Calling),
        &[503],
        &[anywhere("the gateway is shutting down", "the caller tries again elsewhere or later")],
    ),
    row(
        Symptom::NoPorts,
        "503: no media ports",
        Some(FailedLeg::Calling),
        &[503],
        &[anywhere("the media port range is used up", "widen `media.ports`: four ports a call")],
    ),
    row(
        Symptom::PreparationExpired,
        "500 after some seconds",
        Some(FailedLeg::Calling),
        &[500],
        &[anywhere(
            "the host did not answer in time: name server or machine overloaded",
            "see name resolution and load of the machine",
        )],
    ),
];
