//! What the bridge tells the application about its calls.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use siptrunk_media::MediaEvent;
use siptrunk_message::{HeaderList, StatusCode};

use crate::diagnosis::CallFailure;
use crate::record::CallRecord;

/// Names one call for as long as it lives, and in its record afterwards.
///
/// A handle outlives its call: verbs then answer [`crate::BridgeError::UnknownCall`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallHandle(pub(crate) u64);

impl CallHandle {
    /// The number of the call, counted from 1 by the bridge that made it.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CallHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {}", self.0)
    }
}

/// Something that happened; see [`siptrunk_transaction::Core::poll_event`].
///
/// For each call [`Event::Started`] comes first and [`Event::Ended`] last, exactly once each; a
/// call that was refused before it could be routed gives [`Event::Refused`] alone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A caller's INVITE was accepted for routing.
    Started {
        /// The call.
        call: CallHandle,
        /// The trunk it came from.
        from: String,
        /// The number that was dialled, as it arrived.
        dialed: String,
        /// The Call-ID of the calling leg.
        call_id: String,
    },
    /// The far side is being dialled.
    Dialled {
        /// The call.
        call: CallHandle,
        /// The trunk it goes to.
        to: String,
        /// The Call-ID of the called leg.
        call_id: String,
    },
    /// The far side answered provisionally (180, 183 ...).
    Ringing {
        /// The call.
        call: CallHandle,
        /// The status that was carried to the caller.
        status: StatusCode,
    },
    /// Both sides are connected.
    Answered {
        /// The call.
        call: CallHandle,
    },
    /// Something happened to the call's audio.
    Media {
        /// The call.
        call: CallHandle,
        /// What the media session reported.
        event: MediaEvent,
    },
    /// A BYE brought headers that were carried to the other side's BYE.
    HandBack {
        /// The call.
        call: CallHandle,
        /// What was carried, in wire order.
        headers: HeaderList,
        /// Names of fields that were over the trunk's limit and stayed behind.
        left_behind: Vec<String>,
    },
    /// The leg that is to take the place of the called one answered provisionally.
    TransferRings {
        /// The call.
        call: CallHandle,
        /// Its status.
        status: StatusCode,
    },
    /// Another leg took the place of the called one: the caller talks to it now.
    Transferred {
        /// The call.
        call: CallHandle,
    },
    /// Nothing could take the place of the called leg. If that was over, the call ends.
    TransferFailed {
        /// The call.
        call: CallHandle,
        /// Where it was to go, and why it did not.
        failure: CallFailure,
    },
    /// Both legs are over and the media ports are closed.
    Ended {
        /// Everything worth keeping of the call.
        record: Box<CallRecord>,
    },
    /// An INVITE was refused before it became a call: unknown number, no room, no trust ...
    Refused {
        /// The record of the refusal.
        record: Box<CallRecord>,
    },
    /// A trunk that registers with us is bound: its calls go over that flow.
    Bound {
        /// The trunk.
        trunk: String,
        /// Where it registered from.
        remote: SocketAddr,
    },
    /// A trunk that registers with us is bound no more: it took its binding back, did not refresh it, or
    /// its connection closed.
    Unbound {
        /// The trunk.
        trunk: String,
    },
    /// None of a trunk's targets answers its OPTIONS any more: its calls go to the next trunk.
    TrunkDown {
        /// The trunk.
        trunk: String,
    },
    /// A trunk that was down answers again.
    TrunkUp {
        /// The trunk.
        trunk: String,
    },
    /// Our registration with a trunk stands.
    Registered {
        /// The trunk.
        trunk: String,
        /// For how long the registrar granted it.
        expires: Duration,
    },
    /// Our registration with a trunk failed; it is tried again by itself where that makes sense.
    RegistrationFailed {
        /// The trunk.
        trunk: String,
        /// What went wrong.
        reason: String,
        /// When it is tried again; `None`: not by itself.
        retry_in: Option<Duration>,
    },
    /// No call is left after [`crate::Bridge::shutdown`] or [`crate::Bridge::drain`].
    Drained,
}
