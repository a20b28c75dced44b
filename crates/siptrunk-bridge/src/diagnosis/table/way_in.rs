//! Rows of from the way in: who calls, and whether it may.

use super::{Row, anywhere, five9, partner, row, synthflow};
use crate::diagnosis::{FailedLeg, Symptom};

pub(super) const ROWS: &[Row] = &[
    row(
        Symptom::RegistrationRefused,
        "our registration is refused",
        Some(FailedLeg::Called),
        &[403, 401],
        &[
            synthflow(
                "name or password was mistyped, or the number was attached less than two minutes ago",
                "compare `outbound.username` and its password with the SIP username and password of the number under Phone Numbers; a new number takes 1-2 minutes to register",
            ),
            partner(
                "a partner trunk takes no registration and no credentials",
                "drop `[trunk.outbound]`: Five9 knows us by address and TLS",
            ),
            five9(
                "SIP Authentication ID or Password differ",
                "compare `outbound.username` and its password with SIP Authentication ID and Password under SIP Trunks",
            ),
            anywhere(
                "name or password was mistyped",
                "compare `outbound.username` and its password with those of the provider",
            ),
        ],
    ),
    row(
        Symptom::NotRegistered,
        "calls to a trunk that registers with us fail at once",
        Some(FailedLeg::Called),
        &[],
        &[
            synthflow(
                "Synthflow has not registered with this gateway",
                "in the import form of the number give our address as termination URI, our `inbound.digest` name and password, and `uac_enabled`; then wait 1-2 minutes",
            ),
            anywhere(
                "the far side has not registered, or its connection broke",
                "see whether its REGISTER arrives and what it is answered",
            ),
        ],
    ),
    row(
        Symptom::UnknownSource,
        "403 to every call of a provider, or silence",
        Some(FailedLeg::Calling),
        &[403],
        &[anywhere(
            "the address is not on a list of ours, or a provider has new addresses",
            "add the address to the trunk's `inbound.allow`, or find out who sends these requests",
        )],
    ),
    row(
        Symptom::AmbiguousSource,
        "404 to calls of an address that two trunks share",
        Some(FailedLeg::Calling),
        &[404],
        &[anywhere(
            "no trunk of the address owns the dialled number",
            "give each trunk that shares the address its own `numbers`",
        )],
    ),
    row(
        Symptom::NotAuthenticated,
        "403 to calls with credentials",
        Some(FailedLeg::Calling),
        &[403],
        &[
            five9(
                "SIP Authentication ID or Password differ",
                "under SIP Trunks, Type of Authentication Digest: type SIP Authentication ID and Password as in `inbound.digest`",
            ),
            partner(
                "a partner trunk sends no credentials",
                "drop `inbound.digest`: know the trunk by address, TLS and `vendor_token`",
            ),
            synthflow(
                "username or password of the imported number differ",
                "type `inbound.digest` into SIP username and password of the number under Phone Numbers",
            ),
            anywhere(
                "name or password differ",
                "compare `inbound.digest` with what was typed at the provider",
            ),
        ],
    ),
    row(
        Symptom::WrongToken,
        "403 to calls without the vendor's token",
        Some(FailedLeg::Calling),
        &[403],
        &[
            partner(
                "the script does not send the token header, or an old one",
                "set the header in the transfer module of the IVR script to the value of `vendor_token`",
            ),
            anywhere(
                "the header is missing or holds another value",
                "compare the header with `vendor_token`",
            ),
        ],
    ),
    row(
        Symptom::TooManyHalfOpen,
        "480 to many calls of one source at once",
        Some(FailedLeg::Calling),
        &[480],
        &[anywhere(
            "calls that never go on: a forged source, or a far side whose ACK does not come",
            "see who sends them; with a forged source set `verify_source = \"challenge\"`",
        )],
    ),
    row(
        Symptom::MethodNotAllowed,
        "405 to requests outside calls",
        Some(FailedLeg::Calling),
        &[405],
        &[anywhere(
            "the trunk sends a method that it was not allowed",
            "add the method to `methods` of the trunk if it is wanted",
        )],
    ),
    row(
        Symptom::NeverCalled,
        "no call ever comes",
        Some(FailedLeg::Calling),
        &[],
        &[
            five9(
                "the IVR script does not run or its branch is closed: schedule rule inactive or outside its hours, Voice not ticked, or no rule leads to the trunk",
                "Campaign > Properties > IVR tab: rule active, hours, channel Voice; then the Transfer module, skill or overflow rule that names the trunk",
            ),
            partner(
                "the IVR script does not run: schedule rule inactive or outside its hours, or Voice not ticked",
                "Campaign > Properties > IVR tab: rule active, hours, channel Voice",
            ),
            synthflow(
                "the number's termination URI is not our address, so outbound calls go past us",
                "Phone Numbers > the number: our address as termination URI",
            ),
            anywhere("the far side does not call this address", "see where it sends its calls"),
        ],
    ),
    row(
        Symptom::DroppedAtTransfer,
        "the caller hears the menu and is dropped at the transfer",
        Some(FailedLeg::Calling),
        &[],
        &[
            partner(
                "the pseudo number is not in the Numbers Inventory, or Five9 Support has not routed it over the trunk",
                "check the Numbers Inventory, and ask Five9 Support for the trunk routing of the pseudo number",
            ),
            five9(
                "the number that the Transfer module dials is not routed to the trunk",
                "Outbound Rules: a rule for the number whose destination is the trunk; number with + and country code",
            ),
            anywhere(
                "the far side has no route to this gateway",
                "see what its transfer dials and over which trunk",
            ),
        ],
    ),
    row(
        Symptom::BadRequest,
        "400 and the like to a call",
        Some(FailedLeg::Calling),
        &[400],
        &[anywhere(
            "the request cannot be read",
            "look at the INVITE in the ladder; the peer has to mend it",
        )],
    ),
];
