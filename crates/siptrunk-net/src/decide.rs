//! The application's own decision on a call: asked for on a task of its own, and awaited for a while.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use siptrunk_bridge::Explanation;
use siptrunk_message::Request;
use siptrunk_profiles::Route;
use siptrunk_transaction::QuestionId;
use tokio::task::JoinSet;

/// A call on which the application decides; see
/// [`GatewayBuilder::decide`](crate::GatewayBuilder::decide).
#[derive(Debug)]
#[non_exhaustive]
pub struct Undecided {
    /// The INVITE, as the caller sent it.
    pub invite: Box<Request>,
    /// What the routes of the configuration say, and why.
    pub explanation: Box<Explanation>,
}

/// The application's hook.
#[derive(Clone)]
pub(crate) struct Decider(Arc<dyn Hook>);

/// What a hook does, whatever its future is.
trait Hook: Send + Sync {
    fn decide(&self, call: Undecided) -> Pin<Box<dyn Future<Output = Option<Route>> + Send>>;
}

impl<H, F> Hook for H
where
    H: Fn(Undecided) -> F + Send + Sync,
    F: Future<Output = Option<Route>> + Send + 'static,
{
    fn decide(&self, call: Undecided) -> Pin<Box<dyn Future<Output = Option<Route>> + Send>> {
        Box::pin(self(call))
    }
}

impl Decider {
    pub(crate) fn new<H, F>(hook: H) -> Self
    where
        H: Fn(Undecided) -> F + Send + Sync + 'static,
        F: Future<Output = Option<Route>> + Send + 'static,
    {
        Self(Arc::new(hook))
    }
}

/// The decisions that are under way. As many as the bridge has undecided calls: it has a limit.
pub(crate) struct Decisions {
    decider: Option<Decider>,
    /// How long the bridge waits: a hook that takes longer is dropped.
    patience: Duration,
    under_way: JoinSet<(QuestionId, Option<Route>)>,
}

impl Decisions {
    pub(crate) fn new(decider: Option<Decider>, patience: Duration) -> Self {
        Self { decider, patience, under_way: JoinSet::new() }
    }

    /// Asks the hook, on a task of its own; without one, the routes decide. Needs a tokio runtime.
    pub(crate) fn ask(&mut self, id: QuestionId, call: Undecided) {
        let (decider, patience) = (self.decider.clone(), self.patience);
        self.under_way.spawn(async move {
            let Some(decider) = decider else { return (id, None) };
            // Also the hook's first step is not the endpoint's: it may compute, or panic.
            let decided = tokio::time::timeout(patience, async { decider.0.decide(call).await });
            let route = decided.await.unwrap_or_else(|_| {
                tracing::warn!("no decision on a call in time: the routes decide");
                None
            });
            (id, route)
        });
    }

    /// The next decision. Pending also while nothing is under way.
    pub(crate) fn poll_decided(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<(QuestionId, Option<Route>)> {
        loop {
            match self.under_way.poll_join_next(context) {
                Poll::Ready(Some(Ok(decided))) => return Poll::Ready(decided),
                // The bridge's own deadline decides.
                Poll::Ready(Some(Err(error))) => {
                    tracing::error!(%error, "the hook that decides on calls failed");
                }
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}
