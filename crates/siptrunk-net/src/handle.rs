//! The way into a running driver: closures that run on its task, and conditions to wait for.

use std::{fmt, time::Instant};

use siptrunk_transaction::Core;
use tokio::sync::{mpsc, oneshot};

use crate::{DriverStatistics, Stopped, statistics::Counters};

/// Runs commands on a driver's core, on the driver's own task. Cheap to clone.
pub struct DriverHandle<C> {
    commands: mpsc::Sender<Command<C>>,
    counters: Counters,
}

impl<C> Clone for DriverHandle<C> {
    fn clone(&self) -> Self {
        Self { commands: self.commands.clone(), counters: self.counters.clone() }
    }
}

/// What a handle asks of its driver.
pub(crate) enum Command<C> {
    Run(Box<dyn Verb<C>>),
    Until(Until<C>),
    Stop,
}

/// A closure over the core, which sends its result where it is wanted.
pub(crate) trait Verb<C>: Send {
    fn run(self: Box<Self>, core: &mut C, now: Instant);
}

impl<C, F: FnOnce(&mut C, Instant) + Send> Verb<C> for F {
    fn run(self: Box<Self>, core: &mut C, now: Instant) {
        self(core, now);
    }
}

impl<C> fmt::Debug for DriverHandle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriverHandle").finish_non_exhaustive()
    }
}

impl<C: Core> DriverHandle<C> {
    pub(crate) fn new(commands: mpsc::Sender<Command<C>>, counters: Counters) -> Self {
        Self { commands, counters }
    }

    /// Runs `verb` on the core and gives its result back. What the core wants to send as a
    /// consequence goes out before the next input.
    ///
    /// Dropping the future after its first poll does not take the verb back.
    pub async fn call<R: Send + 'static>(
        &self,
        verb: impl FnOnce(&mut C, Instant) -> R + Send + 'static,
    ) -> Result<R, Stopped> {
        let (result, answer) = oneshot::channel();
        let run = Box::new(move |core: &mut C, now| {
            // Nobody waits any more if the caller dropped its future: the verb was run all the same.
            let _ = result.send(verb(core, now));
        });
        self.commands.send(Command::Run(run)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Waits until `condition` holds, which is looked at now and after every step of the core.
    pub async fn until(
        &self,
        condition: impl FnMut(&C) -> bool + Send + 'static,
    ) -> Result<(), Stopped> {
        let (reached, answer) = oneshot::channel();
        let until = Until { condition: Box::new(condition), reached: Some(reached) };
        self.commands.send(Command::Until(until)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Ends the driver: its `run` gives the core back. Nothing is said to peers.
    pub async fn stop(&self) {
        // Already ended is as good.
        let _ = self.commands.send(Command::Stop).await;
    }

    /// Waits until the driver has ended.
    pub async fn ended(&self) {
        self.commands.closed().await;
    }

    /// The driver's counters so far.
    pub fn statistics(&self) -> DriverStatistics {
        self.counters.read()
    }
}

/// A condition that somebody waits for.
pub(crate) struct Until<C> {
    condition: Box<dyn FnMut(&C) -> bool + Send>,
    reached: Option<oneshot::Sender<()>>,
}

impl<C> Until<C> {
    /// `true` once the condition holds, or once nobody waits any more.
    pub(crate) fn check(&mut self, core: &C) -> bool {
        if self.reached.as_ref().is_some_and(|reached| !reached.is_closed())
            && !(self.condition)(core)
        {
            return false;
        }
        if let Some(reached) = self.reached.take() {
            // Nobody waits any more if this fails.
            let _ = reached.send(());
        }
        true
    }
}
