//! What can go wrong when a transaction is asked for something, and how a transaction fails.

use siptrunk_message::{BuildError, Method, StatusCode, Transport};

use crate::TransportError;

/// Why the layer refused a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The transaction does not exist (any more).
    #[error("the transaction does not exist any more")]
    UnknownTransaction,
    /// The transaction has had its final response.
    #[error("the transaction has had its final response")]
    AlreadyFinal,
    /// The INVITE is being cancelled already.
    #[error("the INVITE is being cancelled already")]
    AlreadyCancelled,
    /// No listener of this transport (and address family) is configured.
    #[error("no listener for {transport}: add one of that transport and address family")]
    NoListener {
        /// The transport that was asked for.
        transport: Transport,
    },
    /// The address is a listener of our own: what goes there comes back, and goes again (RFC 5393).
    #[error("{address} is our own: a trunk's host, a route or a Contact leads back to us")]
    OwnAddress {
        /// The address.
        address: std::net::SocketAddr,
    },
    /// The connection is gone, or was never reported.
    #[error("the connection does not exist any more")]
    UnknownConnection,
    /// A method that cannot be sent this way (RFC 3261 sections 9.1 and 17).
    #[error("{method} cannot be sent so: {remedy}")]
    MethodNotAllowed {
        /// The method.
        method: Method,
        /// What to call instead.
        remedy: &'static str,
    },
    /// A status that this request must not be answered with (RFC 4320).
    #[error("{status} is not allowed here: {reason}", status = status.code())]
    StatusNotAllowed {
        /// The status.
        status: StatusCode,
        /// The rule.
        reason: &'static str,
    },
    /// As many transactions as configured are alive.
    #[error("{limit} transactions are alive: the limit is `max_transactions`")]
    LimitReached {
        /// [`Config::max_transactions`](crate::Config::max_transactions).
        limit: usize,
    },
    /// The message could not be written.
    #[error("the message could not be written")]
    Build(#[from] BuildError),
}

/// How a transaction ended without a final response, or without its ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionFailure {
    /// Client: no final response in time (timers B and F). Server: no ACK in time (timer H), or no
    /// response from above while the client could still use it.
    #[error("timed out")]
    Timeout,
    /// A cancelled INVITE got no final response in 64*T1 (RFC 3261 section 9.1).
    #[error("cancelled, and no final response in time")]
    Cancelled,
    /// A CANCEL that waited for a provisional response was not needed: its INVITE ended before.
    #[error("not sent: the INVITE ended before it could be cancelled")]
    NotNeeded,
    /// Bytes could not be sent.
    #[error("transport error: {0}")]
    Transport(#[from] TransportError),
}
