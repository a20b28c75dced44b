//! What can be wrong at a Synthflow: one for each way in which a trunk fails there.

use crate::named::faults;

faults! {
    /// Something that is wrong at a Synthflow, as an administrator or a carrier gets it wrong. Each
    /// shows on the trunk what it shows there. Set with
    /// [`SynthflowConfig::fault`](super::SynthflowConfig::fault).
    pub enum Fault {
        /// REGISTER gets 403: its credentials are mistyped.
        RegistrationRefused, "registration-refused", "403 to REGISTER";
        /// Credentials are never right: REGISTER and INVITE are challenged for ever, and none of our own
        /// proves anything.
        WrongCredentials, "wrong-credentials", "401 again and again";
        /// An INVITE gets 403: the address is not on the allow list.
        NotAllowed, "not-allowed", "403";
        /// An INVITE gets 403: the workspace is in another region. Which code Synthflow sends is not
        /// documented; the reason phrase is ours.
        WrongRegion, "wrong-region", "403 for the region";
        /// The number was never imported, or is attached to no assistant: 404.
        NumberNotImported, "number-not-imported", "404";
        /// No request of the other end is answered: a firewall, or the wrong port or transport.
        Silence, "silence", "no response to anything";
        /// The agent's platform does not answer its own proxy in time: 408.
        TimesOut, "times-out", "408";
        /// The calls of the plan are used up: [`full_status`](super::SynthflowConfig::full_status).
        CallsUsedUp, "calls-used-up", "480, 486 or 503";
        /// Every offer gets 488.
        MediaRefused, "media-refused", "488";
        /// No RTP leaves this end, though it hears: media ports 10000 to 60000 are closed.
        OneWayAudio, "one-way-audio", "one side hears nothing";
        /// Its session descriptions name a private address that is not its own.
        PrivateAddress, "private-address", "one side hears nothing";
        /// Neither offers nor answers telephone-event, so that digits are only sounds.
        NoDtmf, "no-dtmf", "digits are not seen";
        /// The hand-back is mapped too late: the BYE carries none of its headers.
        ByeWithoutHeaders, "bye-without-headers", "BYE, nothing handed back";
        /// An SBC in front takes X-EI out of the INVITE.
        XEiStripped, "x-ei-stripped", "no external id, the variables are there";
        /// An SBC in front writes the names of `X-` headers in lower case.
        VariablesLowerCase, "variables-lower-case", "variables missing";
        /// The termination URI is Synthflow's own host: calls of its agents never reach the trunk.
        OutboundToItself, "outbound-to-itself", "outbound calls never arrive";
    }
}
