//! Whose something is: the routing key of transactions, questions and deadlines.

use siptrunk_transaction::{ClientTransactionId, ServerTransactionId};

use crate::{RegistrationId, RequestId, SessionId};

/// The object that a transaction, a question or a deadline belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// An INVITE session.
    Session(SessionId),
    /// The 2xx responses of an INVITE of ours that its session no longer watches.
    Answers(ClientTransactionId),
    /// The registrar, whose bindings run out.
    Registrar,
    /// A registration of ours.
    Registration(RegistrationId),
    /// A keep-alive of a registration of ours.
    KeepAlive(RegistrationId),
    /// A request of ours outside any dialog.
    Request(RequestId),
    /// A request of a peer that the application has to respond to.
    Pending(ServerTransactionId),
}
