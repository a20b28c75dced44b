//! What an end sends and what it wants to hear.

use std::time::Duration;

use super::Signal;

/// The audio of one call, as one end sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AudioPlan {
    /// What this end sends.
    pub sends: Signal,
    /// What it wants to hear.
    pub expects: Signal,
    /// How many frames of 20 ms go each way.
    pub frames: u32,
    /// The end sends nothing at all while this is set, though it still listens.
    pub silent: bool,
}

impl AudioPlan {
    /// Two seconds each way, as the Five9 end sees it.
    pub fn caller() -> Self {
        Self { sends: Signal::CALLER, expects: Signal::AGENT, frames: 100, silent: false }
    }

    /// Two seconds each way, as the Synthflow end sees it.
    pub fn agent() -> Self {
        Self { sends: Signal::AGENT, expects: Signal::CALLER, frames: 100, silent: false }
    }

    /// Sets [`frames`](Self::frames).
    #[must_use]
    pub fn frames(mut self, frames: u32) -> Self {
        self.frames = frames;
        self
    }

    /// Sets [`silent`](Self::silent).
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// How long it all lasts.
    pub fn duration(&self) -> Duration {
        Duration::from_millis(20) * self.frames
    }
}
