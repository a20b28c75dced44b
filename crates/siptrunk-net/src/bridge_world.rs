//! The world of a bridge: names by the resolver, media by the media threads, decisions by the
//! application.

use std::{
    collections::{HashMap, VecDeque},
    task::{Context, Poll},
};

use siptrunk_bridge::{Answer, Bridge, Question};
use siptrunk_media::{MediaCommand, MediaSessionId};
use siptrunk_transaction::QuestionId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    MediaReport, MediaThreads, Reply, Undecided, World, decide::Decisions, names::Resolver,
    trusted::Trusted,
};

/// Answers a [`Bridge`].
pub(crate) struct BridgeWorld {
    resolver: Resolver<QuestionId>,
    media: Option<MediaThreads>,
    /// Unbounded, but fed by what the bridge itself asked for: an answer per session, and the few
    /// events a second at most that a session reports.
    reports: UnboundedReceiver<MediaReport>,
    opening: HashMap<MediaSessionId, QuestionId>,
    ready: VecDeque<Reply<Bridge>>,
    decisions: Decisions,
    trusted: Trusted,
}

/// Where media threads report to before and while the world runs.
pub(crate) fn reports() -> (UnboundedSender<MediaReport>, UnboundedReceiver<MediaReport>) {
    unbounded_channel()
}

impl BridgeWorld {
    pub(crate) fn new(
        resolver: Resolver<QuestionId>,
        media: Option<MediaThreads>,
        reports: UnboundedReceiver<MediaReport>,
        decisions: Decisions,
        trusted: Trusted,
    ) -> Self {
        let (opening, ready) = (HashMap::new(), VecDeque::new());
        Self { resolver, media, reports, opening, ready, decisions, trusted }
    }

    fn reply(&mut self, report: MediaReport) -> Option<Reply<Bridge>> {
        let (session, answer) = match report {
            MediaReport::Opened { session, a, b } => (session, Answer::Media { a, b }),
            MediaReport::NoPorts { session } => (session, Answer::NoPorts),
            MediaReport::Event(event) => return Some(Reply::Media(event)),
        };
        self.opening.remove(&session).map(|id| Reply::Answer(id, answer))
    }
}

impl World<Bridge> for BridgeWorld {
    fn ask(&mut self, id: QuestionId, question: Question) {
        match question {
            Question::Resolve(lookup) => self.resolver.resolve(id, &lookup),
            Question::OpenMedia { session } => match &self.media {
                Some(media) => {
                    self.opening.insert(session, id);
                    media.open(session);
                }
                None => self.ready.push_back(Reply::Answer(id, Answer::NoPorts)),
            },
            Question::Decide { invite, explanation } => {
                self.decisions.ask(id, Undecided { invite, explanation });
            }
            // A question of a newer bridge: unanswered, it expires by the bridge's own deadline.
            _ => tracing::error!("the bridge asks what this world cannot answer"),
        }
    }

    fn command(&mut self, command: MediaCommand) {
        if let Some(media) = &self.media {
            media.command(command);
        }
    }

    fn poll_reply(&mut self, context: &mut Context<'_>) -> Poll<Reply<Bridge>> {
        if let Some(reply) = self.ready.pop_front() {
            return Poll::Ready(reply);
        }
        while let Poll::Ready(Some(report)) = self.reports.poll_recv(context) {
            if let Some(reply) = self.reply(report) {
                return Poll::Ready(reply);
            }
        }
        if let Poll::Ready((id, route)) = self.decisions.poll_decided(context) {
            return Poll::Ready(Reply::Answer(id, Answer::Route(route.map(Box::new))));
        }
        let Poll::Ready((id, targets)) = self.resolver.poll_resolved(context) else {
            return Poll::Pending;
        };
        let answer = if targets.is_empty() { Answer::Unresolved } else { Answer::Targets(targets) };
        Poll::Ready(Reply::Answer(id, answer))
    }

    /// The bridge knows the addresses of trunks' names: their packets and connections stand apart.
    fn answered(&mut self, bridge: &Bridge) {
        self.trusted.name(bridge.legs().trunk_addresses().collect());
    }
}
