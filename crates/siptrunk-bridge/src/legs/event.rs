//! What happens on one leg, and the names of legs and trunks.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use siptrunk_transaction::{IncomingRequest, IncomingResponse, ServerTransactionId};
use siptrunk_ua::{Ending, ReferProgress, ReferTarget, RequestFailure, RequestId, SessionId};

use crate::diagnosis::CallFailure;

/// One side of a call on one trunk: an INVITE session that passed (or was dialled through) a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub(crate) SessionId);

/// A trunk, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrunkId(pub(crate) usize);

/// Who calls and who is called, as an INVITE says, in the form that numbers have between trunks
/// ([`siptrunk_profiles::NumberPolicy::read`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Parties {
    /// The user part (or tel number) of the Request-URI, unescaped.
    pub dialed: String,
    /// The user part (or tel number) of From, unescaped; empty when there is none.
    pub caller: String,
    /// The display name of From.
    pub caller_name: Option<String>,
}

/// Something that happened on a leg or a trunk; see [`super::Legs`].
#[derive(Debug)]
#[non_exhaustive]
pub enum LegEvent {
    /// A trunk calls: known, authentic, and given one of the trunk's calls. Answer it.
    Incoming {
        /// The leg.
        leg: LegId,
        /// The trunk it came from.
        trunk: TrunkId,
        /// Who calls whom.
        parties: Parties,
        /// The INVITE.
        request: Box<IncomingRequest>,
    },
    /// An INVITE was refused here; nothing is left of it but this.
    Refused {
        /// The trunk, if one was identified.
        trunk: Option<TrunkId>,
        /// Where it came from.
        source: IpAddr,
        /// Who called whom, if that could be read.
        parties: Parties,
        /// Its Call-ID, if that could be read.
        call_id: String,
        /// Why.
        failure: CallFailure,
    },
    /// The dialled side answered provisionally (101 to 199).
    Provisional {
        /// The leg.
        leg: LegId,
        /// The response.
        response: Box<IncomingResponse>,
    },
    /// The dialled side answered with a 2xx.
    Answered {
        /// The leg.
        leg: LegId,
        /// The response.
        response: Box<IncomingResponse>,
    },
    /// The caller acknowledged our 2xx.
    Confirmed {
        /// The leg.
        leg: LegId,
        /// The ACK.
        ack: Box<IncomingRequest>,
    },
    /// The peer offers new media in the dialog (re-INVITE, or UPDATE).
    Reoffer {
        /// The leg.
        leg: LegId,
        /// What to answer.
        transaction: ServerTransactionId,
        /// The request.
        request: Box<IncomingRequest>,
    },
    /// Another request in the dialog (INFO, ...).
    InDialog {
        /// The leg.
        leg: LegId,
        /// What to answer.
        transaction: ServerTransactionId,
        /// The request.
        request: Box<IncomingRequest>,
    },
    /// The peer asks us to call somebody else (RFC 3515). One at a time.
    Refer {
        /// The leg.
        leg: LegId,
        /// What to answer.
        transaction: ServerTransactionId,
        /// The request.
        request: Box<IncomingRequest>,
        /// What it asks for.
        target: Box<ReferTarget>,
    },
    /// What becomes of a REFER of ours.
    Referral {
        /// The leg.
        leg: LegId,
        /// How far it is.
        progress: ReferProgress,
    },
    /// The outcome of a request that was sent in the dialog.
    Response {
        /// Which request.
        request: RequestId,
        /// Its final response, or why there was none.
        outcome: Result<Box<IncomingResponse>, RequestFailure>,
    },
    /// The leg is over; exactly once each.
    Ended {
        /// The leg.
        leg: LegId,
        /// How.
        ending: Box<Ending>,
    },
    /// A trunk that registers with us is bound.
    Bound {
        /// The trunk.
        trunk: TrunkId,
        /// Where it registered from.
        remote: SocketAddr,
    },
    /// A trunk that registers with us is bound no more.
    Unbound {
        /// The trunk.
        trunk: TrunkId,
    },
    /// None of a trunk's targets answers its OPTIONS any more.
    TrunkDown {
        /// The trunk.
        trunk: TrunkId,
    },
    /// A trunk that was down answers again.
    TrunkUp {
        /// The trunk.
        trunk: TrunkId,
    },
    /// Our registration with a trunk stands.
    Registered {
        /// The trunk.
        trunk: TrunkId,
        /// For how long.
        expires: Duration,
    },
    /// Our registration with a trunk failed.
    RegistrationFailed {
        /// The trunk.
        trunk: TrunkId,
        /// What went wrong.
        reason: String,
        /// When it is tried again.
        retry_in: Option<Duration>,
    },
}
