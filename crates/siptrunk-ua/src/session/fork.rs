//! The 2xx responses to one INVITE, for as long as they may come (RFC 3261 13.2.2.4): the ACK of
//! each is repeated when its 2xx is, and one that no session waits for is acknowledged and hung
//! up by a session of its own.

use std::time::Instant;

use bytes::Bytes;
use siptrunk_message::HeaderList;
use siptrunk_transaction::{ClientTransactionId, IncomingResponse, To};

use crate::{
    authentication::{Authorization, Credentials},
    context::Context,
    dialog::Dialog,
    owner::Owner,
    target::Domains,
};

/// Far ends of one INVITE that are told apart; 2xx responses of further ones stay unanswered.
const MAX_FAR_ENDS: usize = 16;

/// Watches an INVITE that its session is done with.
#[derive(Debug)]
pub(crate) struct Answers {
    /// What a surplus 2xx needs to become a dialog; `None` inside a dialog, where nothing forks.
    half: Option<Half>,
    far_ends: Vec<FarEnd>,
}

/// Our half of a dialog that a 2xx may still complete.
#[derive(Clone, Debug)]
pub(crate) struct Half {
    pub(crate) dialog: Dialog,
    /// Authorization fields of the INVITE: its ACK has them too (22.1).
    pub(crate) authorization: Authorization,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) pinned: bool,
    /// Whether what is too large for a datagram may go over TCP.
    pub(crate) takes_tcp: bool,
    /// Whom the targets had to prove to be.
    pub(crate) domains: Domains,
}

#[derive(Debug)]
struct FarEnd {
    tag: Option<String>,
    /// The ACK as it was sent; `None` until it is.
    ack: Option<(To, Bytes)>,
}

/// A 2xx that no session waits for.
#[derive(Debug)]
pub(crate) struct Surplus {
    /// Its INVITE, if anything is left of that.
    pub(crate) invite: Option<ClientTransactionId>,
    pub(crate) half: Half,
    pub(crate) response: IncomingResponse,
}

impl Half {
    /// Our half of the dialog that a 2xx makes whose INVITE is forgotten; `None` if it does not say
    /// what that was.
    pub(crate) fn forgotten(response: &IncomingResponse) -> Option<Self> {
        Some(Self {
            dialog: Dialog::forgotten(response)?,
            authorization: Authorization::default(),
            credentials: None,
            pinned: false,
            takes_tcp: false,
            domains: Domains::default(),
        })
    }
}

impl Answers {
    /// Begins to watch. `tag` is the far end that the session has taken, if any.
    pub(crate) fn watch(
        now: Instant,
        cx: &mut Context,
        invite: ClientTransactionId,
        half: Option<Half>,
        taken: Option<&IncomingResponse>,
    ) {
        let far_ends = taken.map(|response| FarEnd {
            tag: response.essentials().to_tag().map(ToOwned::to_owned),
            ack: None,
        });
        // An INVITE that was given up may be answered as late as timer B, or 64*T1 after its
        // CANCEL; its 2xx is repeated for another 64*T1.
        let given_up = taken.is_none() && half.is_some();
        let patience = if given_up { cx.patience() * 3 } else { cx.patience() };
        let answers = Self { half, far_ends: far_ends.into_iter().collect() };
        cx.answers.insert(invite, answers);
        cx.entrust(invite, Owner::Answers(invite));
        cx.deadlines.set(Owner::Answers(invite), Some(now + patience));
    }

    /// Stops to watch.
    pub(crate) fn forget(cx: &mut Context, invite: ClientTransactionId) {
        cx.answers.remove(&invite);
        cx.disown(invite);
        cx.deadlines.set(Owner::Answers(invite), None);
    }

    /// Nothing that comes now is an answer. An INVITE that is still open (the peer took a
    /// re-INVITE and then forgot it, or its dialog) is cancelled, so that its transaction ends.
    pub(crate) fn expire(now: Instant, cx: &mut Context, invite: ClientTransactionId) {
        // Refused if there is nothing left to cancel.
        let _ = cx.layer.cancel(now, invite, &HeaderList::new());
        Self::forget(cx, invite);
    }

    /// Remembers the ACK of a far end, to repeat it.
    pub(crate) fn acknowledged(
        cx: &mut Context,
        invite: ClientTransactionId,
        tag: Option<&str>,
        to: To,
        ack: Bytes,
    ) {
        if let Some(answers) = cx.answers.get_mut(&invite)
            && let Some(far_end) = answers.far_ends.iter_mut().find(|end| end.tag.as_deref() == tag)
        {
            far_end.ack = Some((to, ack));
        }
    }

    /// Takes a response to an INVITE that is watched.
    pub(crate) fn handle_response(
        cx: &mut Context,
        invite: ClientTransactionId,
        response: IncomingResponse,
    ) {
        let status = response.response().status();
        if status.is_provisional() {
            return;
        }
        if !status.is_success() {
            return Self::forget(cx, invite);
        }
        let Some(answers) = cx.answers.get_mut(&invite) else { return };
        let tag = response.essentials().to_tag();
        if let Some(far_end) = answers.far_ends.iter().find(|end| end.tag.as_deref() == tag) {
            if let Some((to, ack)) = &far_end.ack {
                cx.layer.resend(to.clone(), ack.clone());
            }
            return;
        }
        let Some(half) = &answers.half else { return };
        if answers.far_ends.len() < MAX_FAR_ENDS {
            answers.far_ends.push(FarEnd { tag: tag.map(ToOwned::to_owned), ack: None });
            cx.counters.surplus_answers += 1;
            cx.surplus.push_back(Surplus { invite: Some(invite), half: half.clone(), response });
        }
    }
}
