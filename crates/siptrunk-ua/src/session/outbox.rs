//! Requests of ours inside a dialog: waiting for its next hop, or for their response.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use siptrunk_message::{HeaderName, Method, RequestBuilder};
use siptrunk_transaction::{ClientTransactionId, IncomingResponse, To, TransactionError};

use super::fork::Answers;
use crate::{
    Dialog, Event, RequestFailure, RequestId, SessionId,
    authentication::{Authorization, Credentials},
    context::{Context, has_contact},
    owner::Owner,
};

/// Requests of ours that one dialog keeps waiting or open.
pub(crate) const MAX_OPEN: usize = 16;

/// Whose a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The BYE that ends the session.
    Session,
    /// A NOTIFY of the subscription that a REFER of the peer made.
    Notifier,
    /// The application.
    Application(RequestId),
}

/// A request without Contact and credentials, which are added when it goes out.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) sender: Sender,
    pub(crate) method: Method,
    pub(crate) request: RequestBuilder,
    pub(crate) body: Bytes,
    authorization: Authorization,
    /// The connection that it went to because it was too large for a datagram.
    tcp: Option<To>,
}

/// Something to be sent once the next hop is known.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// The ACK of a 2xx.
    Ack { invite: Option<ClientTransactionId>, tag: Option<String>, request: RequestBuilder },
    /// A request that begins a transaction.
    Request(Draft),
}

/// A request that could not be sent, and why.
pub(crate) struct Unsent {
    pub(crate) draft: Draft,
    pub(crate) failure: RequestFailure,
}

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: Vec<Parcel>,
    open: Vec<(ClientTransactionId, Draft)>,
}

impl Draft {
    pub(crate) fn new(
        sender: Sender,
        method: Method,
        request: RequestBuilder,
        body: Bytes,
    ) -> Self {
        Self { sender, method, request, body, authorization: Authorization::default(), tcp: None }
    }

    /// Whether it is an INVITE or UPDATE, which may move the session and its target.
    pub(crate) fn refreshes(&self) -> bool {
        self.method == Method::INVITE || self.method == Method::UPDATE
    }

    /// The connection that it went to because it was too large for a datagram, once.
    pub(crate) fn take_tcp(&mut self) -> Option<To> {
        self.tcp.take()
    }

    /// The way over TCP, if it is too large for a datagram.
    fn over_tcp(&self, now: Instant, cx: &Context, dialog: &Dialog, to: &To) -> Option<To> {
        cx.over_tcp(now, to, &self.written(cx, dialog, to))
    }

    /// The request as it is sent this way.
    fn written(&self, cx: &Context, dialog: &Dialog, to: &To) -> RequestBuilder {
        let mut request = self.request.clone();
        if has_contact(&self.method)
            && let Some(contact) = cx.contact(to, dialog.contact_user(), dialog.is_secure())
        {
            request = request.append(&HeaderName::CONTACT, contact);
        }
        self.authorization.add_to(request)
    }

    /// The credentials it went out with.
    pub(crate) fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// Answers a challenge; `false` if it is not to be answered.
    pub(crate) fn authorize(
        &mut self,
        cx: &mut Context,
        credentials: Option<&mut Credentials>,
        response: &IncomingResponse,
        dialog: &mut Dialog,
    ) -> bool {
        let request = siptrunk_digest::Request {
            method: self.method.as_str(),
            uri: self.request.uri(),
            body: &self.body,
        };
        let answered = self.authorization.answer(cx, credentials, response, &request);
        if answered {
            let cseq = format!("{} {}", dialog.next_sequence(), self.method.as_str());
            self.request = self.request.clone().replace(&HeaderName::CSEQ, cseq);
        }
        answered
    }
}

impl Outbox {
    /// How many requests of ours have no final response yet.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len() + self.open.len()
    }

    /// Keeps a parcel until the next hop is known.
    pub(crate) fn wait(&mut self, parcel: Parcel) {
        self.waiting.push(parcel);
    }

    /// What waited, in order.
    pub(crate) fn take_waiting(&mut self) -> Vec<Parcel> {
        std::mem::take(&mut self.waiting)
    }

    /// Sends a parcel; what is too large for a datagram over TCP, if the peer takes that.
    #[expect(clippy::too_many_arguments, reason = "the parts belong to three owners")]
    pub(crate) fn send(
        &mut self,
        now: Instant,
        cx: &mut Context,
        session: SessionId,
        dialog: &Dialog,
        to: &To,
        takes_tcp: bool,
        parcel: Parcel,
    ) -> Result<(), Box<Unsent>> {
        match parcel {
            Parcel::Ack { invite, tag, request } => {
                // An ACK that cannot be sent is like one that was lost: the 2xx comes again.
                let request = cx.fitted(to, &request);
                if let Ok(bytes) = cx.layer.send(now, to.clone(), &request)
                    && let Some(invite) = invite
                {
                    Answers::acknowledged(cx, invite, tag.as_deref(), to.clone(), bytes);
                }
                Ok(())
            }
            Parcel::Request(mut draft) => {
                draft.tcp = if takes_tcp { draft.over_tcp(now, cx, dialog, to) } else { None };
                let to = draft.tcp.as_ref().unwrap_or(to);
                match begin(now, cx, session, dialog, to, &draft) {
                    Ok(transaction) => {
                        self.open.push((transaction, draft));
                        Ok(())
                    }
                    Err(error) => {
                        let failure = RequestFailure::NotSent(Arc::new(error));
                        Err(Box::new(Unsent { draft, failure }))
                    }
                }
            }
        }
    }

    /// Takes the request of a transaction that is over.
    pub(crate) fn take(&mut self, transaction: ClientTransactionId) -> Option<Draft> {
        let at = self.open.iter().position(|(id, _)| *id == transaction)?;
        Some(self.open.remove(at).1)
    }

    /// Whether a request of this method has no final response yet.
    pub(crate) fn has(&self, method: &Method) -> bool {
        self.drafts().any(|draft| draft.method == *method)
    }

    /// Whether an offer of ours has no answer yet.
    pub(crate) fn has_offer(&self) -> bool {
        self.drafts().any(|draft| draft.refreshes() && !draft.body.is_empty())
    }

    fn drafts(&self) -> impl Iterator<Item = &Draft> {
        let waiting = self.waiting.iter().filter_map(|parcel| match parcel {
            Parcel::Ack { .. } => None,
            Parcel::Request(draft) => Some(draft),
        });
        waiting.chain(self.open.iter().map(|(_, draft)| draft))
    }

    /// The session ends: tells the application what no response will come for.
    pub(crate) fn report_ended(&mut self, now: Instant, cx: &mut Context) {
        let ended: Vec<RequestId> = self
            .drafts()
            .filter_map(|draft| match draft.sender {
                Sender::Session | Sender::Notifier => None,
                Sender::Application(request) => Some(request),
            })
            .collect();
        for request in ended {
            cx.emit(Event::Response { request, outcome: Err(RequestFailure::SessionEnded) });
        }
        let ours = |draft: &Draft| draft.sender == Sender::Session;
        self.waiting.retain(|parcel| match parcel {
            Parcel::Ack { .. } => true,
            Parcel::Request(draft) => ours(draft),
        });
        self.open.retain(|(transaction, draft)| {
            if !ours(draft) {
                let_go(now, cx, *transaction, draft);
            }
            ours(draft)
        });
    }

    /// Lets go of all transactions.
    pub(crate) fn close(&mut self, now: Instant, cx: &mut Context) {
        self.waiting.clear();
        for (transaction, draft) in self.open.drain(..) {
            let_go(now, cx, transaction, &draft);
        }
    }
}

/// Nobody waits for this response any more. A re-INVITE is watched: nothing but a final response
/// ends its transaction.
fn let_go(now: Instant, cx: &mut Context, transaction: ClientTransactionId, draft: &Draft) {
    if draft.method == Method::INVITE {
        Answers::watch(now, cx, transaction, None, None);
    } else {
        cx.disown(transaction);
    }
}

fn begin(
    now: Instant,
    cx: &mut Context,
    session: SessionId,
    dialog: &Dialog,
    to: &To,
    draft: &Draft,
) -> Result<ClientTransactionId, TransactionError> {
    if draft.tcp.is_some() {
        cx.counters.tcp_for_size += 1;
    }
    cx.request(now, Owner::Session(session), to, &draft.written(cx, dialog, to))
}
