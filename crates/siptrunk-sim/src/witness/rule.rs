//! What the witness asserts, and what it says when that does not hold.

use std::{fmt, net::SocketAddr, time::Duration};

use crate::fault::on_one_line;

/// A rule of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// A datagram that starts like SIP can be read as SIP, by the witness and by
    /// `siptrunk-message`.
    WellFormed,
    /// Via, From with a tag, To, Call-ID, CSeq and (in requests) Max-Forwards are there, once.
    MandatoryHeaders,
    /// Content-Length is the length of the body.
    ContentLength,
    /// A branch starts with `z9hG4bK`.
    BranchCookie,
    /// A branch belongs to one request alone.
    BranchUnique,
    /// A retransmission is the same bytes.
    Retransmission,
    /// An ACK has the branch of the INVITE for a final response from 300 on, and one of its own
    /// for a 2xx.
    AckBranch,
    /// The CSeq names the method of its request.
    CseqMethod,
    /// CSeq numbers of one sender rise within a Call-ID and are never used twice.
    CseqRising,
    /// An ACK has the CSeq number of an INVITE of the same sender.
    CseqOfAck,
    /// A CANCEL repeats Request-URI, Call-ID, From, To, CSeq number and top Via of the INVITE.
    CancelMirrors,
    /// A CANCEL waits for a provisional response.
    CancelEarly,
    /// A request within a dialog has the two tags of the dialog.
    DialogTags,
    /// A UAS uses one To tag in all responses to a request.
    ToTagConstant,
    /// A response repeats Via, From, To, Call-ID and CSeq of its request.
    ResponseMirrors,
    /// A response belongs to a request that was sent.
    UnsolicitedResponse,
    /// A request gets one final response.
    OneFinal,
    /// No provisional response follows the final one.
    ProvisionalAfterFinal,
    /// A final response to INVITE gets an ACK.
    AckMissing,
    /// A request or response that makes or refreshes a dialog has one Contact.
    Contact,
    /// Max-Forwards is a number from 0 to 255.
    MaxForwards,
    /// Max-Forwards falls from hop to hop, through a B2BUA as well.
    MaxForwardsFalling,
    /// Offers and answers alternate, and an answer stays what it is. Judged in INVITE, UPDATE, their
    /// responses and ACK; offers in PRACK are not followed.
    OfferAnswer,
    /// The origin line stays, and its version rises by one with each change.
    SdpVersion,
    /// The called side sends no BYE before the ACK has arrived.
    ByeBeforeAck,
    /// A header that was to be stripped is not on the wire.
    StrippedHeader,
    /// A response has the field that its status asks for: a 401 WWW-Authenticate, a 407
    /// Proxy-Authenticate, a 405 Allow, a 420 Unsupported, a 423 Min-Expires.
    StatusFields,
    /// A REGISTER names no user in its Request-URI and has no tag in To; its 2xx tells every binding
    /// with its time.
    Registration,
    /// A REFER has one Refer-To.
    ReferTo,
    /// A NOTIFY says of which event and in which state, and one of a REFER belongs to it, tells a
    /// status line, and does not follow the last one.
    Notify,
    /// A REFER that was accepted is followed by a NOTIFY, unless the answer says `Refer-Sub: false`.
    NotifyMissing,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 31] = [
        Self::WellFormed,
        Self::MandatoryHeaders,
        Self::ContentLength,
        Self::BranchCookie,
        Self::BranchUnique,
        Self::Retransmission,
        Self::AckBranch,
        Self::CseqMethod,
        Self::CseqRising,
        Self::CseqOfAck,
        Self::CancelMirrors,
        Self::CancelEarly,
        Self::DialogTags,
        Self::ToTagConstant,
        Self::ResponseMirrors,
        Self::UnsolicitedResponse,
        Self::OneFinal,
        Self::ProvisionalAfterFinal,
        Self::AckMissing,
        Self::Contact,
        Self::MaxForwards,
        Self::MaxForwardsFalling,
        Self::OfferAnswer,
        Self::SdpVersion,
        Self::ByeBeforeAck,
        Self::StrippedHeader,
        Self::StatusFields,
        Self::Registration,
        Self::ReferTo,
        Self::Notify,
        Self::NotifyMissing,
    ];

    /// A short name, for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::WellFormed => "well-formed",
            Self::MandatoryHeaders => "mandatory-headers",
            Self::ContentLength => "content-length",
            Self::BranchCookie => "branch-cookie",
            Self::BranchUnique => "branch-unique",
            Self::Retransmission => "retransmission",
            Self::AckBranch => "ack-branch",
            Self::CseqMethod => "cseq-method",
            Self::CseqRising => "cseq-rising",
            Self::CseqOfAck => "cseq-of-ack",
            Self::CancelMirrors => "cancel-mirrors",
            Self::CancelEarly => "cancel-early",
            Self::DialogTags => "dialog-tags",
            Self::ToTagConstant => "to-tag-constant",
            Self::ResponseMirrors => "response-mirrors",
            Self::UnsolicitedResponse => "unsolicited-response",
            Self::OneFinal => "one-final",
            Self::ProvisionalAfterFinal => "provisional-after-final",
            Self::AckMissing => "ack-missing",
            Self::Contact => "contact",
            Self::MaxForwards => "max-forwards",
            Self::MaxForwardsFalling => "max-forwards-falling",
            Self::OfferAnswer => "offer-answer",
            Self::SdpVersion => "sdp-version",
            Self::ByeBeforeAck => "bye-before-ack",
            Self::StrippedHeader => "stripped-header",
            Self::StatusFields => "status-fields",
            Self::Registration => "registration",
            Self::ReferTo => "refer-to",
            Self::Notify => "notify",
            Self::NotifyMissing => "notify-missing",
        }
    }

    /// Where the rule stands.
    pub fn section(self) -> &'static str {
        match self {
            Self::WellFormed => "RFC 3261 section 25",
            Self::MandatoryHeaders => "RFC 3261 section 8.1.1",
            Self::ContentLength => "RFC 3261 sections 18.3 and 20.14",
            Self::BranchCookie | Self::BranchUnique => "RFC 3261 section 8.1.1.7",
            Self::Retransmission => "RFC 3261 sections 17.1.1.2 and 17.1.2.2",
            Self::AckBranch => "RFC 3261 sections 13.2.2.4 and 17.1.1.3",
            Self::CseqMethod => "RFC 3261 section 8.1.1.5",
            Self::CseqRising => "RFC 3261 section 12.2.1.1",
            Self::CseqOfAck => "RFC 3261 sections 13.2.2.4 and 17.1.1.3",
            Self::CancelMirrors | Self::CancelEarly => "RFC 3261 section 9.1",
            Self::DialogTags => "RFC 3261 section 12.2.1.1",
            Self::ToTagConstant | Self::ResponseMirrors => "RFC 3261 section 8.2.6.2",
            Self::UnsolicitedResponse => "RFC 3261 section 17.1.3",
            Self::OneFinal | Self::ProvisionalAfterFinal => "RFC 3261 sections 17.2.1 and 17.2.2",
            Self::AckMissing => "RFC 3261 sections 13.2.2.4 and 17.1.1.3",
            Self::Contact => "RFC 3261 sections 8.1.1.8 and 12.1.1",
            Self::MaxForwards => "RFC 3261 section 20.22",
            Self::MaxForwardsFalling => "RFC 3261 section 16.6 and RFC 7332 section 3",
            Self::OfferAnswer => "RFC 3261 section 13.2.1 and RFC 3264 section 4",
            Self::SdpVersion => "RFC 3264 section 8",
            Self::ByeBeforeAck => "RFC 3261 section 15",
            Self::StrippedHeader => "header policy",
            Self::StatusFields => "RFC 3261 sections 21.4 and 22",
            Self::Registration => "RFC 3261 sections 10.2 and 10.3",
            Self::ReferTo => "RFC 3515 section 2.4.1",
            Self::Notify => "RFC 3515 section 2.4.4 and RFC 6665 section 4.1.3",
            Self::NotifyMissing => "RFC 3515 section 2.4.4 and RFC 4488 section 4",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A rule that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// When, since the start of the observation.
    pub at: Duration,
    /// Which rule.
    pub rule: Rule,
    /// Who sent the message.
    pub from: SocketAddr,
    /// Whom it was sent to.
    pub to: SocketAddr,
    /// The first line of the message.
    pub first_line: String,
    /// What was found, and what was expected.
    pub detail: String,
}

/// On one line, whatever came.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.3} s, {} -> {}, {} ({}): {}: {}",
            self.at.as_secs_f64(),
            self.from,
            self.to,
            self.rule,
            self.rule.section(),
            on_one_line(&self.first_line),
            on_one_line(&self.detail)
        )
    }
}
