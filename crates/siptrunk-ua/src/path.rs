//! The way to a dialog's peer: its next hop is resolved once and kept; what is to be sent before
//! that waits.

use std::{net::SocketAddr, time::Instant};

use siptrunk_message::{Transport, Uri};
use siptrunk_transaction::{FlowId, QuestionId, Target, To};

use crate::{
    Answer,
    context::Context,
    owner::Owner,
    target::{Located, locate},
};

/// Where requests inside a dialog go.
#[derive(Debug)]
pub(crate) struct Path {
    hop: Hop,
    /// The flow that the dialog was made over.
    flow: FlowId,
    /// Who was at its other end.
    remote: SocketAddr,
    /// Whether the flow is the only way, whatever Contact and Route say.
    pinned: bool,
}

#[derive(Debug)]
enum Hop {
    Unknown,
    Asking { question: QuestionId, deadline: Instant },
    Known(To),
}

impl Path {
    pub(crate) fn new(flow: FlowId, remote: SocketAddr, pinned: bool) -> Self {
        Self { hop: Hop::Unknown, flow, remote, pinned }
    }

    /// Where a request goes whose next hop is this URI; `None` while the world is asked.
    pub(crate) fn find(
        &mut self,
        now: Instant,
        cx: &mut Context,
        owner: Owner,
        next_hop: &Uri<'_>,
    ) -> Option<To> {
        match &self.hop {
            Hop::Known(to) => return Some(to.clone()),
            Hop::Asking { .. } => return None,
            Hop::Unknown => {}
        }
        let to = match locate(next_hop) {
            _ if self.pinned => To::Flow(self.flow),
            Located::Target(target) => self.keep_to_flow(target),
            Located::Nowhere => To::Flow(self.flow),
            Located::Name(lookup) => {
                let question = cx.ask(owner, lookup);
                let deadline = now + cx.config.resolve_timeout;
                self.hop = Hop::Asking { question, deadline };
                return None;
            }
        };
        self.hop = Hop::Known(to.clone());
        Some(to)
    }

    /// Takes the world's answer; where it has none, the way that the dialog came is the best
    /// guess. `true` if this was waited for.
    pub(crate) fn answered(&mut self, id: QuestionId, answer: Answer) -> bool {
        if !matches!(self.hop, Hop::Asking { question, .. } if question == id) {
            return false;
        }
        let targets = match answer {
            Answer::Targets(targets) => targets,
            Answer::Unresolved => Vec::new(),
        };
        // The peer that we talk to already is the best of several addresses.
        let same = targets.iter().find(|target| target.address.ip() == self.remote.ip());
        let to = match same.or_else(|| targets.first()) {
            Some(target) => self.keep_to_flow(target.clone()),
            None => To::Flow(self.flow),
        };
        self.hop = Hop::Known(to);
        true
    }

    /// Gives up waiting for an answer that is overdue.
    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> bool {
        match self.hop {
            Hop::Asking { question, deadline } if deadline <= now => {
                cx.withdraw(question);
                self.answered(question, Answer::Unresolved)
            }
            _ => false,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.hop {
            Hop::Asking { deadline, .. } => Some(deadline),
            Hop::Unknown | Hop::Known(_) => None,
        }
    }

    /// Forgets the next hop: the remote target moved.
    pub(crate) fn forget(&mut self, cx: &mut Context) {
        self.close(cx);
        self.hop = Hop::Unknown;
    }

    /// Forgets a flow that is closed.
    pub(crate) fn handle_closed(&mut self, flow: FlowId) {
        if matches!(&self.hop, Hop::Known(To::Flow(known)) if *known == flow) && !self.pinned {
            self.hop = Hop::Unknown;
        }
        if self.flow == flow {
            // Only an address can lead there again.
            self.pinned = false;
        }
    }

    /// Nothing more is to be sent.
    pub(crate) fn close(&mut self, cx: &mut Context) {
        if let Hop::Asking { question, .. } = self.hop {
            cx.withdraw(question);
        }
    }

    /// The same socket, or the same connection, as long as it leads to the target: the peer knows
    /// us by it.
    fn keep_to_flow(&self, target: Target) -> To {
        match self.flow {
            FlowId::Datagram { listener, local, .. }
                if target.transport == Transport::Udp
                    && target.address.is_ipv4() == local.is_ipv4() =>
            {
                To::Flow(FlowId::Datagram { listener, local, peer: target.address })
            }
            FlowId::Connection(_) if target.address.ip() == self.remote.ip() => To::Flow(self.flow),
            _ => To::Target(target),
        }
    }
}
