//! What comes up from the layer: messages with what was read of them, and failures.

use std::net::SocketAddr;

use siptrunk_message::{Request, Response, ResponseBuilder, StatusCode, Transport};

use crate::{Essentials, FlowId, PeerIdentity, Received, TransactionFailure, slots::Handle};

/// Names a client transaction; answers `UnknownTransaction` when it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientTransactionId(pub(crate) Handle);

/// Names a server transaction; answers `UnknownTransaction` when it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerTransactionId(pub(crate) Handle);

/// An event of the [`TransactionLayer`](crate::TransactionLayer).
#[derive(Debug)]
pub enum Event {
    /// A new request, neither ACK nor CANCEL. 100 to an INVITE is the layer's.
    Request {
        /// To respond with.
        id: ServerTransactionId,
        /// The request.
        request: IncomingRequest,
    },
    /// The ACK of a 2xx, or of nothing that the layer knows: its dialog decides.
    Ack {
        /// The ACK.
        request: IncomingRequest,
    },
    /// An INVITE without final response is cancelled, once. The CANCEL has been answered; the
    /// INVITE is yours to answer with 487 (RFC 3261 section 9.2).
    Cancel {
        /// The INVITE.
        invite: ServerTransactionId,
        /// The CANCEL.
        request: IncomingRequest,
    },
    /// A response: each provisional one, the final one once, and every 2xx to an INVITE
    /// (RFC 6026 section 8.4), so that each can be acknowledged.
    Response {
        /// Of the request.
        id: ClientTransactionId,
        /// The response.
        response: IncomingResponse,
    },
    /// A 2xx to an INVITE of ours whose transaction had failed before, or is gone: it was accepted
    /// after timer B, after the wait for the end of a cancelled one, or by another branch of a fork.
    ///
    /// If the dialog stands, because this repeats a 2xx that had come before timer M, acknowledge it
    /// again. Else whoever accepted holds a call that nobody here wants: acknowledge it and hang up
    /// (RFC 3261 section 13.2.2.4). Nothing is kept for it; each repetition is such an event again.
    ///
    /// RFC 6026 section 7.2 allows this if it can do no harm. So the branch has to be one that the
    /// layer made for an INVITE with this Call-ID, no longer ago than an INVITE may live and 64*T1
    /// (up to twice that), which only those know who were sent that INVITE; the source has to be
    /// [known](crate::Admission::known); and there are no more of them than
    /// [`late_answers`](crate::Admission::late_answers). All others are strays.
    LateAnswer {
        /// The 2xx.
        response: IncomingResponse,
    },
    /// The request will get no final response. The transaction is over.
    Failed {
        /// Of the request.
        id: ClientTransactionId,
        /// Why.
        reason: TransactionFailure,
    },
    /// A response did not reach its client, as far as can be known: it could not be sent, or the
    /// ACK of a failure never came (timer H).
    ServerFailed {
        /// Of the response.
        id: ServerTransactionId,
        /// Why.
        reason: TransactionFailure,
    },
}

/// How a message came in.
#[derive(Clone, Debug)]
struct Path {
    flow: FlowId,
    transport: Transport,
    local: SocketAddr,
    remote: SocketAddr,
    identity: Option<PeerIdentity>,
}

impl From<&Received> for Path {
    fn from(received: &Received) -> Self {
        Self {
            flow: received.flow,
            transport: received.transport,
            local: received.local,
            remote: received.remote,
            identity: received.identity.clone(),
        }
    }
}

/// A request whose mandatory fields were read: the only thing that a response can be built from.
#[derive(Clone, Debug)]
pub struct IncomingRequest {
    request: Request,
    essentials: Essentials,
    path: Path,
}

impl IncomingRequest {
    pub(crate) fn new(request: Request, essentials: Essentials, received: &Received) -> Self {
        Self { request, essentials, path: received.into() }
    }

    /// The way it came, as it was given.
    pub(crate) fn received(&self) -> Received {
        Received {
            flow: self.path.flow,
            transport: self.path.transport,
            local: self.path.local,
            remote: self.path.remote,
            identity: self.path.identity.clone(),
            bytes: self.request.bytes().clone(),
        }
    }

    /// The message.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The mandatory fields, read once.
    pub fn essentials(&self) -> &Essentials {
        &self.essentials
    }

    /// The way back.
    pub fn flow(&self) -> FlowId {
        self.path.flow
    }

    /// What it came over.
    pub fn transport(&self) -> Transport {
        self.path.transport
    }

    /// The socket it came to.
    pub fn local(&self) -> SocketAddr {
        self.path.local
    }

    /// The address it came from: the packet's, not what the message claims.
    pub fn remote(&self) -> SocketAddr {
        self.path.remote
    }

    /// Who the peer proved to be, on secured connections.
    pub fn identity(&self) -> Option<&PeerIdentity> {
        self.path.identity.as_ref()
    }

    /// A response to this request as RFC 3261 section 8.2.6 has it: its Via values with `received`
    /// and `rport`, From, To with this tag unless it has one, Call-ID, CSeq.
    pub fn response(&self, status: StatusCode, to_tag: Option<&str>) -> ResponseBuilder {
        ResponseBuilder::for_request(&self.request, status, to_tag, Some(self.path.remote))
    }
}

/// A response to a request of ours.
#[derive(Clone, Debug)]
pub struct IncomingResponse {
    response: Response,
    essentials: Essentials,
    path: Path,
}

impl IncomingResponse {
    pub(crate) fn new(response: Response, essentials: Essentials, received: &Received) -> Self {
        Self { response, essentials, path: received.into() }
    }

    /// The message.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The mandatory fields, read once.
    pub fn essentials(&self) -> &Essentials {
        &self.essentials
    }

    /// The flow that it came over.
    pub fn flow(&self) -> FlowId {
        self.path.flow
    }

    /// What it came over.
    pub fn transport(&self) -> Transport {
        self.path.transport
    }

    /// The socket it came to.
    pub fn local(&self) -> SocketAddr {
        self.path.local
    }

    /// The address it came from.
    pub fn remote(&self) -> SocketAddr {
        self.path.remote
    }

    /// Who the peer proved to be, on secured connections.
    pub fn identity(&self) -> Option<&PeerIdentity> {
        self.path.identity.as_ref()
    }
}
