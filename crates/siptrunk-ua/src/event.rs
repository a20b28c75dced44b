//! What the user agent reports, and what it asks of the world.

use std::{sync::Arc, time::Duration};

use siptrunk_message::StatusCode;
use siptrunk_transaction::{
    IncomingRequest, IncomingResponse, ServerTransactionId, Target, TransactionError,
    TransactionFailure, TransportError,
};

use crate::{
    Lookup, ReferProgress, ReferTarget, RegistrarEvent, RegistrationId, RequestId, SessionId,
};

/// Asked of the world, because it cannot be known inside.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The addresses of these hosts, in the order in which to try them. Left unanswered for
    /// [`Config::resolve_timeout`](crate::Config::resolve_timeout), it counts as unresolved.
    Resolve(Lookup),
}

/// The world's reply to a [`Question`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Where to go, in this order.
    Targets(Vec<Target>),
    /// The hosts have no addresses.
    Unresolved,
}

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A new INVITE; 100 went out already. [`answer`](crate::UserAgent::answer) it.
    Incoming {
        /// The session that began.
        session: SessionId,
        /// The INVITE.
        request: IncomingRequest,
    },
    /// A provisional response (101 to 199) to our INVITE.
    Provisional {
        /// The session.
        session: SessionId,
        /// The response.
        response: IncomingResponse,
    },
    /// The first 2xx to our INVITE. Its ACK went out, unless the INVITE had no body: then call
    /// [`acknowledge`](crate::UserAgent::acknowledge).
    Answered {
        /// The session.
        session: SessionId,
        /// The 2xx.
        response: IncomingResponse,
    },
    /// The ACK of our 2xx arrived.
    Confirmed {
        /// The session.
        session: SessionId,
        /// The ACK.
        ack: IncomingRequest,
    },
    /// A re-INVITE, or an UPDATE with a body: [`respond`](crate::UserAgent::respond) to it.
    Reoffer {
        /// The session.
        session: SessionId,
        /// What to respond to.
        transaction: ServerTransactionId,
        /// The request.
        request: IncomingRequest,
    },
    /// The ACK of our 2xx to a re-INVITE arrived; it may hold the answer to our offer.
    Reconfirmed {
        /// The session.
        session: SessionId,
        /// The ACK.
        ack: IncomingRequest,
    },
    /// The peer cancelled its re-INVITE; 487 went out, there is nothing left to respond to.
    Withdrawn {
        /// The session.
        session: SessionId,
        /// What [`Reoffer`](Self::Reoffer) named.
        transaction: ServerTransactionId,
    },
    /// Another request inside the dialog (INFO, REFER, NOTIFY, MESSAGE, OPTIONS, UPDATE without
    /// body): [`respond`](crate::UserAgent::respond) to it.
    InDialog {
        /// The session.
        session: SessionId,
        /// What to respond to.
        transaction: ServerTransactionId,
        /// The request.
        request: IncomingRequest,
    },
    /// The peer asks us to call somebody else (RFC 3515):
    /// [`respond`](crate::UserAgent::respond) with 202 or a refusal, and tell what becomes of it by
    /// [`notify_refer`](crate::UserAgent::notify_refer). One at a time; further ones get 491.
    Refer {
        /// The session.
        session: SessionId,
        /// What to respond to.
        transaction: ServerTransactionId,
        /// The request.
        request: IncomingRequest,
        /// What it asks for.
        target: Box<ReferTarget>,
    },
    /// What becomes of a REFER of ours that was accepted. None follows once the session has ended.
    Referral {
        /// The session.
        session: SessionId,
        /// What [`refer`](crate::UserAgent::refer) gave.
        refer: RequestId,
        /// How far it is.
        progress: ReferProgress,
    },
    /// What became of a request of ours. Exactly once for each.
    Response {
        /// The request.
        request: RequestId,
        /// Its final response, or why there is none.
        outcome: Result<IncomingResponse, RequestFailure>,
    },
    /// A request outside any dialog that the allow list takes: OPTIONS, REGISTER, MESSAGE.
    /// [`respond`](crate::UserAgent::respond) to it, or let the registrar answer a REGISTER:
    /// [`answer_register`](crate::UserAgent::answer_register).
    Request {
        /// What to respond to.
        transaction: ServerTransactionId,
        /// The request.
        request: IncomingRequest,
    },
    /// A session is over: exactly once for each, unless it was
    /// [`ignore`](crate::UserAgent::ignore)d.
    Ended {
        /// The session; from now on unknown.
        session: SessionId,
        /// How it ended.
        ending: Ending,
    },
    /// A trunk that registers with us is bound, or is no more.
    Registrar(RegistrarEvent),
    /// A registration of ours stands, for the first time or again.
    Registered {
        /// The registration.
        registration: RegistrationId,
        /// What the registrar granted.
        expires: Duration,
    },
    /// A registration was taken back, or could not be: it is over either way.
    Unregistered {
        /// The registration; from now on unknown.
        registration: RegistrationId,
    },
    /// A registration failed.
    RegistrationFailed {
        /// The registration.
        registration: RegistrationId,
        /// Why.
        failure: RegistrationFailure,
        /// When it is tried again by itself; `None`: it is over, the id is unknown from now on.
        retry_in: Option<Duration>,
    },
}

/// How a session ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ending {
    /// What ended it.
    pub cause: Cause,
    /// Whether the call stood: a 2xx was sent, or one came that made a dialog.
    pub answered: bool,
}

/// What ended a session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The peer sent this BYE; 200 went out.
    RemoteBye(IncomingRequest),
    /// We sent BYE. The status that it got (a 2xx, or any other: the session is over anyway), or
    /// why it got none.
    LocalBye(Result<StatusCode, RequestFailure>),
    /// The caller sent this CANCEL before we answered; 487 went out.
    Cancelled(IncomingRequest),
    /// We cancelled our INVITE before it was answered.
    CancelledLocally,
    /// Our INVITE got this final response.
    Rejected(IncomingResponse),
    /// We refused the peer's INVITE with this status.
    RejectedLocally(StatusCode),
    /// The destination has no addresses, or the world did not say in time.
    Unresolved,
    /// Every target failed; this is how the last one did.
    Unreachable(TransactionFailure),
    /// Our INVITE could not be written, or no listener serves its last target.
    NotSent(Arc<TransactionError>),
    /// Nothing answered our INVITE: timer B ran out on the last target.
    NoResponse,
    /// Our 2xx was never acknowledged; BYE went out (RFC 3261 section 13.3.1.4).
    NoAck,
    /// The credentials were refused, or none fit this challenge.
    AuthenticationFailed(IncomingResponse),
    /// The peer does not know the dialog any more (481), or a re-INVITE or UPDATE got no
    /// response; BYE went out (RFC 3261 section 12.2.1.2). `None`: no response at all.
    DialogLost(Option<StatusCode>),
    /// A response that no dialog can be made of (its Contact or tag is missing or malformed);
    /// it was acknowledged, and BYE sent, as far as that is possible.
    MalformedResponse(IncomingResponse),
    /// The time for an answer is over: [`Config::ringing_timeout`](crate::Config::ringing_timeout)
    /// or, for a late offer, 64*T1 without
    /// [`acknowledge`](crate::UserAgent::acknowledge).
    Expired,
}

/// Why a request of ours got no final response.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestFailure {
    /// The transaction failed: time-out or transport.
    #[error("the request failed: {0}")]
    Transaction(#[from] TransactionFailure),
    /// The destination has no addresses, or the world did not say in time.
    #[error("the destination could not be resolved: check its name and the resolver")]
    Unresolved,
    /// The request could not be written or sent at all.
    #[error("the request could not be sent: {0}")]
    NotSent(Arc<TransactionError>),
    /// The session ended before the response came.
    #[error("the session ended before the response came")]
    SessionEnded,
    /// As many registrations as [`Limits::max_requests`](crate::Limits::max_requests) allows.
    #[error("the limit of {limit} registrations is reached; raise it in `Limits` or end some")]
    LimitReached {
        /// How many there may be.
        limit: usize,
    },
}

/// Why a registration does not stand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RegistrationFailure {
    /// The registrar refused with this response.
    Rejected(IncomingResponse),
    /// The registrar refused the credentials, or none fit its challenge. Not tried again by
    /// itself: a wrong secret does not get better, and registrars lock accounts.
    AuthenticationFailed(IncomingResponse),
    /// The registrar took the request but did not confirm our Contact.
    NotConfirmed(IncomingResponse),
    /// No response came, or nothing could be sent.
    Request(RequestFailure),
    /// The connection that it stood on closed: the registrar cannot reach us until it stands again
    /// (RFC 5626 section 4.5).
    FlowClosed(TransportError),
}
