#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod side;
pub use side::{Component, MediaSessionId, Side};

mod config;
pub use config::SessionConfig;

mod command;
pub use command::{LegMedia, MediaCommand};

mod event;
pub use event::MediaEvent;

mod session;
pub use session::MediaSession;

mod relay;
pub use relay::{Decision, DropReason};

mod target;
pub use target::TargetClass;

mod quality;
pub use quality::{Drops, LegStatistics, SessionStatistics};

mod latch;
mod leg;
mod queue;
mod rate;
mod silence;
