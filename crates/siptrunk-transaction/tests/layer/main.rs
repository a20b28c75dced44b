//! The layer as its users see it: literal messages in, simulated time, every byte and event out.

mod admission;
mod cancel;
mod client;
mod debug;
mod late;
mod malformed;
mod programs;
mod reflection;
mod rig;
mod server;
mod world;
