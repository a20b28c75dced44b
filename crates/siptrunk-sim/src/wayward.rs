//! A host whose answers come late, twice or never, by dice.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_transaction::{Core, QuestionId, Rng, Seed};

use crate::{
    host::{Datagram, Host, HostContext, Reply},
    link::happens,
};

/// Wraps a [`Host`] and spoils its answers to questions; nothing else is changed.
///
/// Probabilities go from 0.0 to 1.0, each for every answer by itself. A core has to survive all of
/// it: an answer that never comes is one that its own deadline stands for.
#[derive(Debug)]
pub struct Wayward<H> {
    host: H,
    rng: Rng,
    never: f64,
    twice: f64,
    late: f64,
    by: Duration,
}

impl<H> Wayward<H> {
    /// A host that answers as it did. What [`seed`](crate::World::seed_for) makes of the dice is the
    /// same in every run.
    #[expect(clippy::needless_pass_by_value, reason = "a seed is given away, and wiped here")]
    pub fn new(host: H, seed: Seed) -> Self {
        let by = Duration::from_secs(1);
        Self { host, rng: seed.rng(), never: 0.0, twice: 0.0, late: 0.0, by }
    }

    /// How likely an answer never comes.
    #[must_use]
    pub fn never(mut self, probability: f64) -> Self {
        self.never = probability;
        self
    }

    /// How likely an answer comes twice, the second copy as late as a late one.
    #[must_use]
    pub fn twice(mut self, probability: f64) -> Self {
        self.twice = probability;
        self
    }

    /// How likely an answer is late, and by how much at most.
    #[must_use]
    pub fn late(mut self, probability: f64, by: Duration) -> Self {
        (self.late, self.by) = (probability, by);
        self
    }

    /// The host inside.
    pub fn inner(&self) -> &H {
        &self.host
    }

    /// The host inside, to change it.
    pub fn inner_mut(&mut self) -> &mut H {
        &mut self.host
    }

    fn lateness(&mut self) -> Duration {
        let most = u64::try_from(self.by.as_nanos()).unwrap_or(u64::MAX - 1);
        Duration::from_nanos(self.rng.below(most + 1))
    }

    /// Calls the host, and spoils the answers that it gave in this call.
    fn spoil<C: Core<Answer: Clone>>(
        &mut self,
        context: &mut HostContext<C>,
        call: impl FnOnce(&mut H, &mut HostContext<C>),
    ) {
        let before = context.replies.len();
        call(&mut self.host, context);
        for (at, reply) in context.replies.split_off(before) {
            let Reply::Answer(id, answer) = reply else {
                context.replies.push((at, reply));
                continue;
            };
            if happens(&mut self.rng, self.never) {
                continue;
            }
            if happens(&mut self.rng, self.twice) {
                let again = at + self.lateness();
                context.replies.push((again, Reply::Answer(id, answer.clone())));
            }
            let late = happens(&mut self.rng, self.late);
            let at = if late { at + self.lateness() } else { at };
            context.replies.push((at, Reply::Answer(id, answer)));
        }
    }
}

impl<C: Core<Answer: Clone>, H: Host<C>> Host<C> for Wayward<H> {
    fn ask(&mut self, context: &mut HostContext<C>, id: QuestionId, question: C::Question) {
        self.spoil(context, |host, context| host.ask(context, id, question));
    }

    fn command(&mut self, context: &mut HostContext<C>, command: C::MediaCommand) {
        self.spoil(context, |host, context| host.command(context, command));
    }

    fn event(
        &mut self,
        context: &mut HostContext<C>,
        core: &mut C,
        event: C::Event,
    ) -> Option<C::Event> {
        let mut kept = None;
        self.spoil(context, |host, context| kept = host.event(context, core, event));
        kept
    }

    fn owns(&self, address: SocketAddr) -> bool {
        self.host.owns(address)
    }

    fn handle_datagram(&mut self, context: &mut HostContext<C>, datagram: Datagram) {
        self.spoil(context, |host, context| host.handle_datagram(context, datagram));
    }

    fn handle_timeout(&mut self, context: &mut HostContext<C>) {
        self.spoil(context, Host::handle_timeout);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.host.poll_timeout()
    }
}
