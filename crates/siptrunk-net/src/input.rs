//! What readers and connections hand to the driver, through its one bounded queue.

use std::{net::SocketAddr, time::Instant};

use siptrunk_message::Transport;
use siptrunk_transaction::{PeerIdentity, Received, TransportError};

use crate::stream::Outbox;

/// One thing that came from outside.
#[derive(Debug)]
pub(crate) enum Input {
    /// A datagram, or a message cut out of a stream.
    Message(Arrival),
    /// News of the connection with this number; those of one connection are in order, its messages
    /// between them.
    Connection(u64, News),
}

/// One message on its way to the core.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) received: Received,
}

/// What becomes of a connection.
#[derive(Debug)]
pub(crate) enum News {
    /// A peer opened it.
    Accepted(Ends, Outbox),
    /// It is open, as we wanted.
    Opened(Ends),
    /// It did not open, or it is over.
    Ended(TransportError),
}

/// What an open connection joins.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) transport: Transport,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    /// Who the peer proved to be.
    pub(crate) identity: Option<PeerIdentity>,
}
