#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod ack;

mod admission;
pub use admission::{Admission, Known, Rate, Refusal};

mod branch;

mod cancel;

mod client;

mod clients;

mod config;
pub use config::{Config, Listener, Trying};

mod connections;

mod core;
pub use core::Core;

mod counters;
pub use counters::Counters;

mod deadlines;
pub use deadlines::{Alarms, Deadlines};

mod error;
pub use error::{TransactionError, TransactionFailure};

mod essentials;
pub use essentials::{Essentials, EssentialsError};

mod event;
pub use event::{
    ClientTransactionId, Event, IncomingRequest, IncomingResponse, ServerTransactionId,
};

mod flow;
pub use flow::{
    Domain, FlowEvent, FlowId, PeerIdentity, Received, Target, Ticket, To, Transmit, TransportError,
};

mod invite_client;

mod invite_server;

mod key;

mod layer;
pub use layer::TransactionLayer;

mod live;
pub use live::Live;

mod outbox;

mod question;
pub use question::{QuestionId, QuestionIds};

mod receive;

mod route;

mod seed;
pub use seed::{KeyedHash, Rng, Seed};

mod server;

mod servers;

mod slots;

mod spare;

pub mod stateless;

mod timer;
