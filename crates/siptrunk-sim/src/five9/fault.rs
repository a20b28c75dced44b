//! What can be wrong at a Five9: one for each way in which a trunk fails there.

use crate::named::faults;

faults! {
    /// Something that is wrong at a Five9, as an administrator or a carrier gets it wrong. Each shows on
    /// the trunk what it shows there. Set with [`Five9Config::fault`](super::Five9Config::fault).
    pub enum Fault {
        /// No request of the other end is answered: a firewall, or the wrong port or transport.
        Silence, "silence", "no response to anything";
        /// An INVITE gets 403: the address is not on the trunk's allow list.
        NotAllowed, "not-allowed", "403";
        /// Credentials are never right: authentication ID or password is mistyped. INVITEs are challenged
        /// for ever, and none of our own proves anything.
        WrongCredentials, "wrong-credentials", "401 again and again";
        /// The trunk's simultaneous calls are used up: [`full_status`](super::Five9Config::full_status).
        CallsUsedUp, "calls-used-up", "480, 486 or 503";
        /// Every offer gets 488: none of its codecs is one of the trunk's.
        MediaRefused, "media-refused", "488";
        /// No outbound rule leads the number on: 404.
        NoOutboundRule, "no-outbound-rule", "outbound call refused with 404";
        /// The caller id of an outbound call is not verified: 403 with that reason.
        CallerIdRefused, "caller-id-refused", "outbound call refused with 403";
        /// The campaign's schedule is inactive or its voice channel is not ticked: no script runs.
        IvrNeverRuns, "ivr-never-runs", "callers come, no INVITE leaves";
        /// The number is not in the inventory, or nothing routes it over the trunk: the transfer fails.
        DropsAtTransfer, "drops-at-transfer", "the IVR runs, no INVITE leaves";
        /// The customer's DID is dialled instead of the number that was provisioned for the trunk.
        DialsCustomerNumber, "dials-customer-number", "the INVITE names a number that nobody has";
        /// The number is dialled without `+`.
        WithoutPlus, "without-plus", "the INVITE's number has no +";
        /// *Return After 3rd Party Call* is not ticked: the caller is gone, whatever a BYE says.
        BoxNotTicked, "box-not-ticked", "the BYE's headers go unread";
        /// The caller hangs up a second after the answer: no BYE of the other end can carry anything.
        CallerHangsUpFirst, "caller-hangs-up-first", "BYE from Five9, nothing handed back";
        /// An SBC in between takes every `X-` header out of the INVITE.
        ContextStripped, "context-stripped", "no X-EI and no variables";
        /// An SBC in between writes the names of `X-` headers in lower case.
        ContextLowerCase, "context-lower-case", "variables missing";
        /// The script names a header with a character that makes no variable.
        ContextIllegalName, "context-illegal-name", "variables missing";
        /// X-EI is URL-escaped, as in a URI that was escaped twice.
        XEiEscapedTwice, "x-ei-escaped-twice", "external id missing";
        /// X-EI lacks the `;` at its end.
        XEiUnterminated, "x-ei-unterminated", "external id missing";
        /// No RTP leaves this end, though it hears: its media ports are closed.
        OneWayAudio, "one-way-audio", "one side hears nothing";
        /// Its session descriptions name a private address that is not its own.
        PrivateAddress, "private-address", "one side hears nothing";
        /// Neither offers nor answers telephone-event, so that digits are only sounds.
        NoDtmf, "no-dtmf", "digits are not seen";
    }
}
