//! The rows of the table of troubles, by name.

use std::fmt;

use super::table::{Row, TABLE};

/// The leg on which something shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailedLeg {
    /// The leg of who calls.
    Calling,
    /// The leg that was dialled for it.
    Called,
    /// The leg that was to take the place of the called one.
    Transferred,
}

impl fmt::Display for FailedLeg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Calling => "calling leg",
            Self::Called => "called leg",
            Self::Transferred => "transferred leg",
        })
    }
}

/// A row of the table of troubles: what a [`crate::CallFailure`] is without its details. Cause and remedy stand
/// in [the page](crate::troubleshooting).
///
/// The order is that of the table: from the way in to the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Symptom {
    /// Seen as: our registration is refused.
    RegistrationRefused,
    /// Seen as: calls to a trunk that registers with us fail at once.
    NotRegistered,
    /// Seen as: 403 to every call of a provider, or silence.
    UnknownSource,
    /// Seen as: 404 to calls of an address that two trunks share.
    AmbiguousSource,
    /// Seen as: 403 to calls with credentials.
    NotAuthenticated,
    /// Seen as: 403 to calls without the vendor's token.
    WrongToken,
    /// Seen as: 480 to many calls of one source at once.
    TooManyHalfOpen,
    /// Seen as: 405 to requests outside calls.
    MethodNotAllowed,
    /// Seen as: no call ever comes.
    NeverCalled,
    /// Seen as: the caller hears the menu and is dropped at the transfer.
    DroppedAtTransfer,
    /// Seen as: 400 and the like to a call.
    BadRequest,
    /// Seen as: 404 from this gateway.
    NoRoute,
    /// Seen as: a refusal that a route asks for.
    RejectedByRoute,
    /// Seen as: 483.
    TooManyHops,
    /// Seen as: 483 to a call that would come back.
    Loop,
    /// Seen as: 486 or 480 from this gateway.
    TrunkFull,
    /// Seen as: calls wait or go to the next trunk in a burst.
    TooFast,
    /// Seen as: calls go past a trunk.
    TrunkDown,
    /// Seen as: 503 with Retry-After.
    NodeFull,
    /// Seen as: 503 with Retry-After during a restart.
    Draining,
    /// Seen as: 503: no media ports.
    NoPorts,
    /// Seen as: 500 after some seconds.
    PreparationExpired,
    /// Seen as: 503: no address.
    Unresolved,
    /// Seen as: refused connection.
    ConnectionRefused,
    /// Seen as: TLS does not come about.
    NotSecured,
    /// Seen as: a call with much context fails over UDP.
    TooLarge,
    /// Seen as: no way to the trunk.
    Unreachable,
    /// Seen as: 504 or 408: nothing comes back.
    NoResponse,
    /// Seen as: 500: our credentials are refused.
    AuthenticationRefused,
    /// Seen as: 403 from the far side.
    Forbidden,
    /// Seen as: 404 from the far side.
    NotFound,
    /// Seen as: 480, 486 or 503 from the far side.
    Busy,
    /// Seen as: 488 from the far side.
    NotAcceptable,
    /// Seen as: another status from the far side.
    OtherRefusal,
    /// Seen as: 488 from this gateway.
    UnacceptableMedia,
    /// Seen as: 480 after long ringing.
    NoAnswer,
    /// Seen as: 487.
    Cancelled,
    /// Seen as: a call that ends after 32 s.
    NoAck,
    /// Seen as: a call that ends by itself.
    Lost,
    /// Seen as: a call that ends after a minute of silence.
    Silent,
    /// Seen as: one side hears nothing.
    OneWayAudio,
    /// Seen as: digits do nothing.
    NoDigits,
    /// Seen as: X-EI or the external id is missing.
    BadXEi,
    /// Seen as: variables are missing.
    ContextDropped,
    /// Seen as: the BYE of a hand-back has no headers.
    HandBackWithoutHeaders,
    /// Seen as: a hand-back that leads nowhere.
    HandBackWithoutNumber,
    /// Seen as: headers of the BYE are missing at the far side.
    HandBackCut,
    /// Seen as: the caller is dropped at the way back.
    TransferFailed,
    /// Seen as: 403 or 405 to REFER.
    ReferRefused,
    /// Seen as: a call that ends after hours.
    TooLong,
    /// Seen as: a call that the application ended.
    HungUp,
    /// Seen as: a call that ends for no reason of its own.
    Internal,
}

impl Symptom {
    /// All of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.symptom)
    }

    /// Its row. The table has one for each, in this order: a test holds that.
    pub(crate) fn row(self) -> &'static Row {
        TABLE[self as usize]
    }

    /// What is seen of it.
    pub fn seen(self) -> &'static str {
        self.row().seen
    }

    /// On which leg it shows, where that is always the same one.
    pub fn leg(self) -> Option<FailedLeg> {
        self.row().leg
    }

    /// The SIP status that shows it, where there is one.
    pub fn sip_code(self) -> Option<u16> {
        self.row().codes.first().copied()
    }
}
