#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod audio;
pub use audio::{AudioPlan, AudioReport, Law, Signal};

pub mod contract;

mod fault;
pub use fault::{Fault, Faults, Passage};

mod faulty;
pub use faulty::Faulty;

pub mod five9;

mod host;
pub use host::{Datagram, Host, HostContext, NoHost};

mod link;
pub use link::Link;

mod named;
pub use named::UnknownFault;

mod run;
pub use run::{run, seeds};

mod scripted;
pub use scripted::{Account, Header, Outcome, Over, Timers};

pub mod synthflow;

mod trace;
pub use trace::{Fate, Ladder, Trace, TraceEntry};

mod virtual_media;
pub use virtual_media::VirtualMedia;

mod wayward;
pub use wayward::Wayward;

mod witness;
pub use witness::{Rule, Violation, Witness};

mod world;
pub use world::{NodeId, World};
