//! The contract of [`Core`] as a check that any core can be put through.
//!
//! [`World`](crate::World) calls [`check`] after every drain, so a core that runs in a world is
//! under test without further ado; a core driven by hand can call it where it likes.

use std::time::Instant;

use siptrunk_transaction::{Core, Live};

/// How a core broke the contract of [`Core`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Breach {
    /// Something was left to poll.
    #[error("`{0}` still had something after a drain: {1}")]
    NotEmpty(&'static str, When),
    /// The next deadline has already passed.
    #[error("`poll_timeout` does not lie in the future: {0}")]
    DeadlinePassed(When),
    /// A spurious `handle_timeout` moved the next deadline.
    #[error("a repeated `handle_timeout` moved `poll_timeout`")]
    DeadlineMoved,
    /// A spurious `handle_timeout` made or ended objects.
    #[error("a repeated `handle_timeout` changed `live` from {0} to {1}")]
    LiveChanged(Live, Live),
}

/// When a [`Breach`] was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// Straight after the drain.
    Drained,
    /// After a `handle_timeout` that had nothing to do.
    SpuriousTimeout,
}

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Drained => "straight after the drain",
            Self::SpuriousTimeout => "after a `handle_timeout` that had nothing to do",
        })
    }
}

/// Asserts, on a core that was just drained at `now`, what the contract promises:
/// every `poll_*` is empty, the next deadline lies in the future, and calling `handle_timeout`
/// again (twice) changes nothing.
///
/// # Errors
///
/// The first promise that was broken.
pub fn check<C: Core>(core: &mut C, now: Instant) -> Result<(), Breach> {
    quiet(core, now, When::Drained)?;
    let (deadline, live) = (core.poll_timeout(), core.live());
    for _ in 0..2 {
        core.handle_timeout(now);
        quiet(core, now, When::SpuriousTimeout)?;
        if core.poll_timeout() != deadline {
            return Err(Breach::DeadlineMoved);
        }
        let after = core.live();
        if after != live {
            return Err(Breach::LiveChanged(live, after));
        }
    }
    Ok(())
}

fn quiet<C: Core>(core: &mut C, now: Instant, when: When) -> Result<(), Breach> {
    if core.poll_transmit().is_some() {
        return Err(Breach::NotEmpty("poll_transmit", when));
    }
    if core.poll_question().is_some() {
        return Err(Breach::NotEmpty("poll_question", when));
    }
    if core.poll_media().is_some() {
        return Err(Breach::NotEmpty("poll_media", when));
    }
    if core.poll_event().is_some() {
        return Err(Breach::NotEmpty("poll_event", when));
    }
    if core.poll_timeout().is_some_and(|deadline| deadline <= now) {
        return Err(Breach::DeadlinePassed(when));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
