//! What must hold after each event of a strict world, and at its end.

use std::time::Duration;

use siptrunk_transaction::Live;

use super::{NodeId, World};

/// How long a node that hears nothing may keep a transaction: the three minutes that an INVITE may
/// ring (RFC 3261 16.6, timer C), and 64 * T1 each for giving up and for soaking up what comes late.
const SILENCE: Duration = Duration::from_secs(180 + 2 * 32);
/// How long a world may take to come to an end after its scenario.
const END: Duration = Duration::from_secs(600);

/// What a scenario wants to hold, always.
pub(super) trait Invariant {
    fn check(&mut self, world: &World) -> Result<(), String>;
}

impl<F: FnMut(&World) -> Result<(), String>> Invariant for F {
    fn check(&mut self, world: &World) -> Result<(), String> {
        self(world)
    }
}

impl World {
    /// Has this hold after each event: an arrival, a timeout, a verb of [`with`](Self::with). The
    /// world panics with its seed and its ladder when it does not.
    pub fn invariant(&mut self, holds: impl FnMut(&Self) -> Result<(), String> + 'static) {
        self.invariants.push(Box::new(holds));
    }

    /// Asserts what [`run`](crate::run) promises of a world at its end: nodes that run come to hold
    /// no object, each INVITE got a final response or the time for one passed, and the witness is
    /// content.
    ///
    /// # Panics
    ///
    /// If one of them does not hold.
    pub fn assert_finished(&mut self) {
        self.run_while(END, |world| world.held().is_some());
        if let Some((name, live)) = self.held() {
            panic!("node {name} still holds {live} after {END:?} without anything to do");
        }
        let waiting = self.witness.unanswered(self.now, &self.broken);
        assert!(waiting.is_empty(), "neither answered nor timed out: {waiting:#?}");
        if let Err(violations) = self.finish() {
            panic!("the witness saw {violations:#?}");
        }
    }

    /// A node that runs and holds something.
    fn held(&self) -> Option<(&str, Live)> {
        let up = self.nodes.iter().filter(|node| node.up);
        up.map(|node| (node.name.as_str(), node.actor.live())).find(|(_, live)| !live.is_empty())
    }

    /// Panics if an invariant does not hold.
    pub(super) fn check(&mut self) {
        if self.strict {
            if let Some(violation) = self.witness.violations().first() {
                panic!("the witness saw {violation}");
            }
            for index in 0..self.nodes.len() {
                self.check_transactions(NodeId(index));
            }
        }
        // Taken out meanwhile, so that they can look at the world that owns them.
        let mut invariants = std::mem::take(&mut self.invariants);
        for invariant in &mut invariants {
            if let Err(broken) = invariant.check(self) {
                panic!("an invariant does not hold after {:?}: {broken}", self.elapsed());
            }
        }
        self.invariants = invariants;
    }

    /// No transaction outlives its deadline: who has one waits for something, and not for ever.
    fn check_transactions(&self, id: NodeId) {
        let node = &self.nodes[id.0];
        let live = node.actor.live();
        let transactions = live.get("client transactions") + live.get("server transactions");
        if !node.up || transactions == 0 {
            return;
        }
        let Some(deadline) = node.actor.poll_timeout() else {
            panic!("node {} holds {live} and waits for nothing", node.name);
        };
        let heard = node.heard.max(self.start);
        assert!(
            self.now <= heard + SILENCE && deadline >= self.now,
            "node {} holds {live} and has heard nothing for {:?}",
            node.name,
            self.now - heard
        );
    }
}

#[cfg(test)]
mod tests;
