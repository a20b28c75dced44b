//! Why a verb of the user agent could not be obeyed.

use siptrunk_message::{Method, StatusCode};
use siptrunk_transaction::TransactionError;

/// A verb that was refused. Nothing was sent, and nothing changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UaError {
    /// The session has ended, or never was.
    #[error("the session is unknown: it has ended; drop its id when `Ended` arrives")]
    UnknownSession,
    /// The request has been answered, or given up, or never was.
    #[error("no request waits for a response under this id: it was answered or its time is over")]
    UnknownRequest,
    /// The verb does not fit the state that the session is in.
    #[error("the session cannot {verb} now: it is {state}")]
    WrongState {
        /// What was asked for.
        verb: &'static str,
        /// What the session is doing.
        state: &'static str,
    },
    /// Another INVITE or UPDATE of this dialog has no final response yet (RFC 3261 14.1, RFC
    /// 3311 5.1): wait for it.
    #[error("another {method} of this dialog is still open: wait for its response")]
    RequestPending {
        /// The method that has to wait.
        method: Method,
    },
    /// This method has a verb of its own, or makes no sense here.
    #[error("{method} cannot be sent by this verb: it has a verb of its own")]
    UnsuitableMethod {
        /// The method.
        method: Method,
    },
    /// 100 Trying is not the application's to send: the layer below does.
    #[error("{0:?} cannot be sent here: 100 is sent by the transaction layer")]
    UnsuitableStatus(StatusCode),
    /// Something that the configuration leaves off.
    #[error("{what} is off: set `Config::{field}`")]
    NotEnabled {
        /// What.
        what: &'static str,
        /// Where it is turned on.
        field: &'static str,
    },
    /// A limit of [`Limits`](crate::Limits) is reached.
    #[error("{what}: the limit of {limit} is reached; raise it in `Limits` or end some")]
    LimitReached {
        /// Which objects.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// The message could not be written or sent.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
}
