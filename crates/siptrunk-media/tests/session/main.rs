//! The media session on its public API, in simulated time only.

mod rig;

mod bleed;
mod control;
mod decisions;
mod operations;
mod silence;
