//! Why a call failed, in words that lead to the mend.

use std::net::IpAddr;

use siptrunk_message::StatusCode;

/// Why a call was refused or broke.
///
/// `Display` says what happened, with control characters of the peer escaped;
/// [`CallFailure::remedy`] says what to do about it.
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
    /// A side that ought to send audio fell silent.
    #[error("no audio from the {side} side")]
    Silent {
        /// `calling` or `called`.
        side: &'static str,
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
    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::UnknownSource { .. } => {
                "add the address to the trunk's inbound.allow, or find out who sends these requests"
            }
            Self::AmbiguousSource { .. } => {
                "give each trunk that shares the address its own numbers"
            }
            Self::NotAuthenticated { .. } => {
                "compare the username and password of inbound.digest with those typed at the provider"
            }
            Self::BadRequest { .. } => "look at the INVITE in the ladder; the peer has to mend it",
            Self::NoRoute { .. } => {
                "add a route for the number; check that the provider dials it with + and country code"
            }
            Self::RejectedByRoute { .. } => "the route says so; change it if that is not wanted",
            Self::TooManyHops => "two systems route the call to each other; look for the loop",
            Self::TrunkFull { .. } => {
                "raise max_calls to the number of simultaneous calls bought at the provider"
            }
            Self::NodeFull { .. } => "raise the gateway's max_calls or add a gateway",
            Self::Draining => "the caller tries again elsewhere or later",
            Self::NoPorts => "widen the media port range: four ports a call",
            Self::PreparationExpired => "see whether name resolution or the machine is overloaded",
            Self::UnacceptableMedia { .. } => {
                "offer G.711 (PCMU or PCMA) on both sides; Five9 takes nothing else"
            }
            Self::Unresolved { .. } => {
                "check the spelling of the trunk's hosts and the name server"
            }
            Self::Unreachable { .. } => {
                "check host, port and transport of the trunk, and the firewall between"
            }
            Self::NoResponse { .. } => {
                "check the firewall (UDP 32681 for Synthflow), the transport, and that the peer knows our address"
            }
            Self::NoAnswer { .. } => "see why nobody took the call at the far side",
            Self::AuthenticationRefused { .. } => {
                "type username and password of the trunk again; a Five9 partner trunk takes none"
            }
            Self::Refused { .. } => {
                "404: number not imported or not attached; 403: address not allowed; 486: calls used up; 488: codecs"
            }
            Self::Cancelled => "nothing is wrong with the gateway",
            Self::NoAck => {
                "the caller never saw our 200: check that its Contact and our Via are reachable"
            }
            Self::Silent { .. } => {
                "one-way audio: check the advertised media address and UDP ports both ways"
            }
            Self::TooLong => "raise max_duration if calls may be longer",
            Self::HungUp { .. } => "the application decided so",
            Self::Internal => "report it with the ladder of the call",
        }
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
