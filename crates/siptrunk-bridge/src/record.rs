//! The record of one call: both legs, times, codes, who ended it and why.

use std::time::{Duration, SystemTime};

use siptrunk_media::SessionStatistics;
use siptrunk_message::{HeaderList, StatusCode};

use crate::diagnosis::CallFailure;
use crate::event::CallHandle;

/// What is known of one leg of a call.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LegRecord {
    /// The trunk; empty when the peer belonged to none.
    pub trunk: String,
    /// The SIP Call-ID.
    pub call_id: String,
    /// The final status of its INVITE, once there was one.
    pub status: Option<StatusCode>,
    /// Why it ended, as its peer said: the Reason (RFC 3326), else the Warning, of the request or response
    /// that ended it.
    pub reason: Option<String>,
}

/// A call that was to go on with another leg.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferRecord {
    /// The number or user that was dialled.
    pub to: String,
    /// Why it came to nothing; `None` if it did not, or the call ended before that was known.
    pub failure: Option<CallFailure>,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndedBy {
    /// The calling side: CANCEL, BYE, or it vanished.
    Caller,
    /// The called side: BYE or a refusal.
    Callee,
    /// This gateway: a limit, a timer, a verb of the application, shutdown.
    Gateway,
}

/// One call from its INVITE to its end; also made for calls that were refused.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallRecord {
    /// The call's handle; `None` when it was refused before it became a call.
    pub call: Option<CallHandle>,
    /// The calling number, as it arrived.
    pub caller: String,
    /// The dialled number, as it arrived.
    pub dialed: String,
    /// The calling leg.
    pub a: LegRecord,
    /// The called leg, the last one tried; `None` if none was dialled.
    pub b: Option<LegRecord>,
    /// The leg that was dialled to take the place of the called one, the last one tried: after a
    /// hand-back by INVITE, or for a transfer.
    pub c: Option<LegRecord>,
    /// Where the call was to go on after the called leg, if it was to.
    pub transfer: Option<TransferRecord>,
    /// When the INVITE arrived, by the wall clock given to the bridge.
    pub started: SystemTime,
    /// From the INVITE to the first 18x that the caller got.
    pub rang_after: Option<Duration>,
    /// From the INVITE to the 2xx that the caller got.
    pub answered_after: Option<Duration>,
    /// From the INVITE to the end of both legs.
    pub duration: Duration,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// Why it failed; `None` for a call that was answered and hung up.
    pub failure: Option<CallFailure>,
    /// The headers of the INVITE that [`crate::Settings::record_headers`] names, in wire order.
    pub headers: HeaderList,
    /// The headers that a BYE handed back, as carried.
    pub hand_back: HeaderList,
    /// Names of headers of that BYE that were over the trunk's limit.
    pub left_behind: Vec<String>,
    /// Media types of what came with the INVITE's session description, or in place of it: the parts of
    /// a multipart body, or one that may be left aside (RFC 3261 20.11). They are not carried.
    pub left_aside: Vec<String>,
    /// What was not as it should be although the call did not fail for it, each with its remedy.
    pub remarks: Vec<CallFailure>,
    /// Packets of both sides, where media ran.
    pub media: Option<Box<SessionStatistics>>,
}
