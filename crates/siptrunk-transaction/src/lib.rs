#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod config;
pub use config::{Config, Listener, Trying};

mod core;
pub use core::Core;

mod flow;
pub use flow::{
    Domain, FlowEvent, FlowId, PeerIdentity, Received, Target, Ticket, To, Transmit, TransportError,
};

mod live;
pub use live::Live;

mod question;
pub use question::{QuestionId, QuestionIds};

mod seed;
pub use seed::{KeyedHash, Rng, Seed};
