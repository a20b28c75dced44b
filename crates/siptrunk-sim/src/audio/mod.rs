//! Known audio, and the judgement of what arrived of it.

mod plan;
mod receiver;
mod report;
mod sender;
mod signal;

pub use self::{
    plan::AudioPlan,
    report::AudioReport,
    signal::{Law, Signal},
};
pub(crate) use self::{receiver::Receiver, sender::Sender};

/// Samples in a frame: 20 ms at 8 kHz.
pub(crate) const FRAME: usize = 160;
