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

/// A row of the table of troubles: what a [`crate::CallFailure`] is without its details.
///
/// The order is that of the table: from the way in to the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // Each stands in the table with what is seen, and why.
#[non_exhaustive]
pub enum Symptom {
    RegistrationRefused,
    NotRegistered,
    UnknownSource,
    AmbiguousSource,
    NotAuthenticated,
    WrongToken,
    TooManyHalfOpen,
    MethodNotAllowed,
    NeverCalled,
    DroppedAtTransfer,
    BadRequest,
    NoRoute,
    RejectedByRoute,
    TooManyHops,
    Loop,
    TrunkFull,
    TooFast,
    TrunkDown,
    NodeFull,
    Draining,
    NoPorts,
    PreparationExpired,
    Unresolved,
    ConnectionRefused,
    NotSecured,
    TooLarge,
    Unreachable,
    NoResponse,
    AuthenticationRefused,
    Forbidden,
    NotFound,
    Busy,
    NotAcceptable,
    OtherRefusal,
    UnacceptableMedia,
    NoAnswer,
    Cancelled,
    NoAck,
    Lost,
    Silent,
    OneWayAudio,
    NoDigits,
    BadXEi,
    ContextDropped,
    HandBackWithoutHeaders,
    HandBackWithoutNumber,
    HandBackCut,
    TransferFailed,
    ReferRefused,
    TooLong,
    HungUp,
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
