//! What can go wrong with a call, as values: every way that a call can be refused, break or disappoint.

use std::net::IpAddr;

use siptrunk_message::StatusCode;
use siptrunk_transaction::TransportError;

use super::symptom::{FailedLeg, Symptom};

/// Why a call was refused or broke.
///
/// `Display` says what happened, with control characters of the peer escaped;
/// [`CallFailure::symptom`] is the row of the table of troubles that it belongs to, and
/// [`CallFailure::remedy`] says what to do about it. A [`crate::Diagnosis`] puts all that together in
/// the words of the provider at the trunk's far end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallFailure {
    /// The INVITE came from an address that belongs to no trunk.
    #[error("{address} belongs to no trunk")]
    UnknownSource {
        /// Where it came from.
        address: IpAddr,
    },
    /// Several trunks share the address, and none of them owns the dialled number.
    #[error("several trunks share {address} and none of them has the number {}", dialed.escape_debug())]
    AmbiguousSource {
        /// Where it came from.
        address: IpAddr,
        /// The dialled number.
        dialed: String,
    },
    /// The INVITE's credentials were missing or wrong.
    #[error("trunk {trunk}: the caller did not authenticate")]
    NotAuthenticated {
        /// The trunk.
        trunk: String,
    },
    /// The trunk's requests carry a token of its vendor, and this one did not, or another one.
    #[error("trunk {trunk}: the token in {} is missing or wrong", header.escape_debug())]
    WrongToken {
        /// The trunk.
        trunk: String,
        /// The name of the field that must hold it.
        header: String,
    },
    /// As many calls from one source as may wait to be continued.
    #[error("{address} has {limit} calls that do not go on")]
    TooManyHalfOpen {
        /// The source.
        address: IpAddr,
        /// How many there may be.
        limit: usize,
    },
    /// The trunk may not use this method.
    #[error("trunk {trunk} may not send {}", method.escape_debug())]
    MethodNotAllowed {
        /// The trunk.
        trunk: String,
        /// The method.
        method: String,
    },
    /// The request could not be processed as it stood.
    #[error("refused with {status}: {}", why.escape_debug())]
    BadRequest {
        /// The status that was answered.
        status: StatusCode,
        /// What was wrong.
        why: String,
    },
    /// No route matches.
    #[error("no route for {} from trunk {trunk}", dialed.escape_debug())]
    NoRoute {
        /// The trunk it came from.
        trunk: String,
        /// The dialled number.
        dialed: String,
    },
    /// A route says to reject.
    #[error("a route rejects {} with {status}", dialed.escape_debug())]
    RejectedByRoute {
        /// The dialled number.
        dialed: String,
        /// The status of the route.
        status: StatusCode,
    },
    /// The request went round in circles.
    #[error("Max-Forwards is used up")]
    TooManyHops,
    /// The number leads back to this gateway.
    #[error("trunk {trunk} leads back to this gateway")]
    Loop {
        /// The trunk whose target is our own address.
        trunk: String,
    },
    /// More calls a second than the trunk takes, or it asked for a pause by Retry-After.
    #[error("trunk {trunk} takes no further call for now")]
    TooFast {
        /// The trunk.
        trunk: String,
    },
    /// The trunk does not answer its OPTIONS.
    #[error("trunk {trunk} is down: it does not answer OPTIONS")]
    TrunkDown {
        /// The trunk.
        trunk: String,
    },
    /// The trunk registers with us and has not.
    #[error("trunk {trunk} is not registered with this gateway")]
    NotRegistered {
        /// The trunk.
        trunk: String,
    },
    /// The trunk's simultaneous calls are used up.
    #[error("trunk {trunk} has its {limit} simultaneous calls")]
    TrunkFull {
        /// The trunk.
        trunk: String,
        /// Its `max_calls`.
        limit: u32,
    },
    /// The node's calls are used up.
    #[error("the gateway has its {limit} calls")]
    NodeFull {
        /// The limit.
        limit: usize,
    },
    /// The gateway takes no new calls.
    #[error("the gateway is shutting down")]
    Draining,
    /// The media port range is used up.
    #[error("no media ports are left")]
    NoPorts,
    /// The world did not answer what the bridge had to know before dialling.
    #[error("preparing the call took too long")]
    PreparationExpired,
    /// The two sides have no codec in common, or the description made no sense.
    #[error("media not acceptable: {}", why.escape_debug())]
    UnacceptableMedia {
        /// Both codec sets, or what was wrong.
        why: String,
    },
    /// No address of the trunk could be found.
    #[error("trunk {trunk}: no address was found for its hosts")]
    Unresolved {
        /// The trunk.
        trunk: String,
    },
    /// Nothing listens at the trunk's address and port.
    #[error("trunk {trunk}: the connection was refused")]
    ConnectionRefused {
        /// The trunk.
        trunk: String,
    },
    /// The connection could not be secured.
    #[error("trunk {trunk}: the connection could not be secured")]
    NotSecured {
        /// The trunk.
        trunk: String,
    },
    /// The INVITE does not fit into a datagram.
    #[error("trunk {trunk}: the INVITE is too large for a datagram")]
    TooLarge {
        /// The trunk.
        trunk: String,
    },
    /// No target of the trunk could be reached.
    #[error("trunk {trunk}: unreachable ({why})")]
    Unreachable {
        /// The trunk.
        trunk: String,
        /// What the transport said.
        why: String,
    },
    /// The trunk did not answer the INVITE at all.
    #[error("trunk {trunk}: no response to the INVITE")]
    NoResponse {
        /// The trunk.
        trunk: String,
    },
    /// It rang, and nobody answered.
    #[error("trunk {trunk}: nobody answered in time")]
    NoAnswer {
        /// The trunk.
        trunk: String,
    },
    /// The trunk asked for credentials that we have not, or that it did not take.
    #[error("trunk {trunk}: it did not accept our credentials")]
    AuthenticationRefused {
        /// The trunk.
        trunk: String,
    },
    /// The trunk refused the call.
    #[error("trunk {trunk} answered {status}")]
    Refused {
        /// The trunk.
        trunk: String,
        /// Its status.
        status: StatusCode,
    },
    /// The caller gave up.
    #[error("the caller cancelled")]
    Cancelled,
    /// The 2xx was never acknowledged.
    #[error("no ACK came for the 200")]
    NoAck,
    /// A side does not know or answer the call any more.
    #[error("trunk {trunk}: the call was lost ({why})")]
    Lost {
        /// The trunk.
        trunk: String,
        /// On which leg.
        leg: FailedLeg,
        /// How that was noticed.
        why: String,
    },
    /// A side that ought to send audio fell silent.
    #[error("no audio from the {side} side")]
    Silent {
        /// `calling` or `called`.
        side: &'static str,
    },
    /// One side sent audio and the other never did, although the call stood.
    #[error("audio one way only: none came from the {side} side")]
    OneWayAudio {
        /// The trunk of the silent side.
        trunk: String,
        /// `calling` or `called`.
        side: &'static str,
    },
    /// The sides agreed on no telephone-event: digits cannot pass.
    #[error("trunk {trunk} takes no telephone-event: digits cannot pass")]
    NoDigits {
        /// The trunk.
        trunk: String,
    },
    /// Fields of the call context have names that the far side drops.
    #[error("trunk {trunk} drops {}", names.join(", ").escape_debug())]
    ContextDropped {
        /// The trunk.
        trunk: String,
        /// Their names.
        names: Vec<String>,
    },
    /// The INVITE brought no X-EI, or what it brought is not as Synthflow reads it.
    #[error("X-EI: {}", why.escape_debug())]
    BadXEi {
        /// What is wrong.
        why: String,
    },
    /// The BYE that was to hand the call back brought no header for it.
    #[error("trunk {trunk} ended the call without headers for a hand-back")]
    HandBackWithoutHeaders {
        /// The trunk that sent the BYE.
        trunk: String,
    },
    /// The BYE asks for a transfer and names nothing that could be dialled.
    #[error("trunk {trunk} hands back to {}, which cannot be dialled", to.escape_debug())]
    HandBackWithoutNumber {
        /// The trunk that sent the BYE.
        trunk: String,
        /// What it names.
        to: String,
    },
    /// The BYE brought more headers than the far side takes.
    #[error("trunk {trunk} takes {limit} headers on a BYE: {} stayed behind", left.join(", ").escape_debug())]
    HandBackCut {
        /// The trunk that the BYE went to.
        trunk: String,
        /// How many it takes.
        limit: usize,
        /// What stayed behind.
        left: Vec<String>,
    },
    /// The call was to go on with another leg, and could not.
    #[error("the transfer to {} failed: {cause}", to.escape_debug())]
    TransferFailed {
        /// Where it was to go.
        to: String,
        /// Why it did not.
        cause: Box<Self>,
    },
    /// A REFER was not followed.
    #[error("trunk {trunk}: REFER to {} refused", to.escape_debug())]
    ReferRefused {
        /// The trunk that asked.
        trunk: String,
        /// Where to.
        to: String,
    },
    /// Our registration with the trunk was refused.
    #[error("trunk {trunk} refused our registration")]
    RegistrationRefused {
        /// The trunk.
        trunk: String,
    },
    /// The trunk never called although it should have.
    #[error("no call came from trunk {trunk}")]
    NeverCalled {
        /// The trunk.
        trunk: String,
    },
    /// The caller heard the menu of the far side and was dropped at its transfer to us.
    #[error("trunk {trunk} drops the call at its transfer")]
    DroppedAtTransfer {
        /// The trunk.
        trunk: String,
    },
    /// The call reached the longest time that is allowed.
    #[error("the call reached its longest duration")]
    TooLong,
    /// The application hung up.
    #[error("hung up by the application: {reason}")]
    HungUp {
        /// Its reason.
        reason: String,
    },
    /// A step of the call panicked and the call was torn down; a defect of this library.
    #[error("an internal error ended the call")]
    Internal,
}

impl CallFailure {
    /// Why nothing could be sent to a trunk.
    pub(crate) fn of_transport(trunk: String, error: TransportError) -> Self {
        match error {
            TransportError::Refused => Self::ConnectionRefused { trunk },
            TransportError::NotSecured => Self::NotSecured { trunk },
            TransportError::TooLarge => Self::TooLarge { trunk },
            other => Self::Unreachable { trunk, why: other.to_string() },
        }
    }

    /// The row of the table of troubles that this belongs to.
    pub fn symptom(&self) -> Symptom {
        match self {
            Self::UnknownSource { .. } => Symptom::UnknownSource,
            Self::AmbiguousSource { .. } => Symptom::AmbiguousSource,
            Self::NotAuthenticated { .. } => Symptom::NotAuthenticated,
            Self::WrongToken { .. } => Symptom::WrongToken,
            Self::TooManyHalfOpen { .. } => Symptom::TooManyHalfOpen,
            Self::MethodNotAllowed { .. } => Symptom::MethodNotAllowed,
            Self::BadRequest { .. } => Symptom::BadRequest,
            Self::NoRoute { .. } => Symptom::NoRoute,
            Self::RejectedByRoute { .. } => Symptom::RejectedByRoute,
            Self::TooManyHops => Symptom::TooManyHops,
            Self::Loop { .. } => Symptom::Loop,
            Self::TooFast { .. } => Symptom::TooFast,
            Self::TrunkDown { .. } => Symptom::TrunkDown,
            Self::NotRegistered { .. } => Symptom::NotRegistered,
            Self::TrunkFull { .. } => Symptom::TrunkFull,
            Self::NodeFull { .. } => Symptom::NodeFull,
            Self::Draining => Symptom::Draining,
            Self::NoPorts => Symptom::NoPorts,
            Self::PreparationExpired => Symptom::PreparationExpired,
            Self::UnacceptableMedia { .. } => Symptom::UnacceptableMedia,
            Self::Unresolved { .. } => Symptom::Unresolved,
            Self::ConnectionRefused { .. } => Symptom::ConnectionRefused,
            Self::NotSecured { .. } => Symptom::NotSecured,
            Self::TooLarge { .. } => Symptom::TooLarge,
            Self::Unreachable { .. } => Symptom::Unreachable,
            Self::NoResponse { .. } => Symptom::NoResponse,
            Self::NoAnswer { .. } => Symptom::NoAnswer,
            Self::AuthenticationRefused { .. } => Symptom::AuthenticationRefused,
            Self::Refused { status, .. } => refused_with(*status),
            Self::Cancelled => Symptom::Cancelled,
            Self::NoAck => Symptom::NoAck,
            Self::Lost { .. } => Symptom::Lost,
            Self::Silent { .. } => Symptom::Silent,
            Self::OneWayAudio { .. } => Symptom::OneWayAudio,
            Self::NoDigits { .. } => Symptom::NoDigits,
            Self::ContextDropped { .. } => Symptom::ContextDropped,
            Self::BadXEi { .. } => Symptom::BadXEi,
            Self::HandBackWithoutHeaders { .. } => Symptom::HandBackWithoutHeaders,
            Self::HandBackWithoutNumber { .. } => Symptom::HandBackWithoutNumber,
            Self::HandBackCut { .. } => Symptom::HandBackCut,
            Self::TransferFailed { .. } => Symptom::TransferFailed,
            Self::ReferRefused { .. } => Symptom::ReferRefused,
            Self::RegistrationRefused { .. } => Symptom::RegistrationRefused,
            Self::NeverCalled { .. } => Symptom::NeverCalled,
            Self::DroppedAtTransfer { .. } => Symptom::DroppedAtTransfer,
            Self::TooLong => Symptom::TooLong,
            Self::HungUp { .. } => Symptom::HungUp,
            Self::Internal => Symptom::Internal,
        }
    }

    /// The trunk that it is about, where it is about one.
    pub fn trunk(&self) -> Option<&str> {
        match self {
            Self::NotAuthenticated { trunk }
            | Self::WrongToken { trunk, .. }
            | Self::MethodNotAllowed { trunk, .. }
            | Self::NoRoute { trunk, .. }
            | Self::Loop { trunk }
            | Self::TooFast { trunk }
            | Self::TrunkDown { trunk }
            | Self::NotRegistered { trunk }
            | Self::TrunkFull { trunk, .. }
            | Self::Unresolved { trunk }
            | Self::ConnectionRefused { trunk }
            | Self::NotSecured { trunk }
            | Self::TooLarge { trunk }
            | Self::Unreachable { trunk, .. }
            | Self::NoResponse { trunk }
            | Self::NoAnswer { trunk }
            | Self::AuthenticationRefused { trunk }
            | Self::Refused { trunk, .. }
            | Self::Lost { trunk, .. }
            | Self::OneWayAudio { trunk, .. }
            | Self::NoDigits { trunk }
            | Self::ContextDropped { trunk, .. }
            | Self::HandBackWithoutHeaders { trunk }
            | Self::HandBackWithoutNumber { trunk, .. }
            | Self::HandBackCut { trunk, .. }
            | Self::ReferRefused { trunk, .. }
            | Self::RegistrationRefused { trunk }
            | Self::NeverCalled { trunk }
            | Self::DroppedAtTransfer { trunk } => Some(trunk),
            Self::TransferFailed { cause, .. } => cause.trunk(),
            _ => None,
        }
    }

    /// On which leg it shows; `None` if it is the gateway's own.
    pub fn leg(&self) -> Option<FailedLeg> {
        match self {
            Self::Lost { leg, .. } => Some(*leg),
            Self::Silent { side } | Self::OneWayAudio { side, .. } => Some(match *side {
                "calling" => FailedLeg::Calling,
                _ => FailedLeg::Called,
            }),
            other => other.symptom().leg(),
        }
    }

    /// The SIP status that shows it, where there is one: what was answered, or what came.
    pub fn sip_code(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. }
            | Self::BadRequest { status, .. }
            | Self::RejectedByRoute { status, .. } => Some(status.code()),
            Self::TransferFailed { cause, .. } => cause.sip_code(),
            other => other.symptom().sip_code(),
        }
    }

    /// What was seen.
    pub fn evidence(&self) -> String {
        self.to_string()
    }

    /// What to do about it, whoever stands at the far end; [`crate::Diagnosis`] says it in the
    /// provider's own words.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::TransferFailed { cause, .. } => cause.remedy(),
            other => other.symptom().row().advice_for(None).remedy,
        }
    }
}

/// What a refusal with this status means.
fn refused_with(status: StatusCode) -> Symptom {
    match status.code() {
        401 | 407 => Symptom::AuthenticationRefused,
        403 => Symptom::Forbidden,
        404 | 484 | 604 => Symptom::NotFound,
        408 => Symptom::NoResponse,
        480 | 486 | 503 | 600 => Symptom::Busy,
        488 | 606 => Symptom::NotAcceptable,
        _ => Symptom::OtherRefusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_cannot_write_control_characters_into_logs() {
        let dialed = String::from("+1\r\nFAKE LOG LINE\u{1b}[31m");
        let failures = [
            CallFailure::NoRoute { trunk: String::from("five9"), dialed: dialed.clone() },
            CallFailure::AmbiguousSource { address: [192, 0, 2, 1].into(), dialed: dialed.clone() },
            CallFailure::RejectedByRoute { dialed: dialed.clone(), status: StatusCode::NOT_FOUND },
            CallFailure::UnacceptableMedia { why: dialed.clone() },
            CallFailure::BadRequest { status: StatusCode::BAD_REQUEST, why: dialed },
        ];
        for failure in failures {
            let text = failure.to_string();
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
    }
}
