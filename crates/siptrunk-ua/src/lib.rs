#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

// What the application says and hears.

mod config;
pub use config::{Config, Limits};

mod counters;
pub use counters::Counters;

mod error;
pub use error::UaError;

mod event;
pub use event::{Answer, Cause, Ending, Event, Question, RegistrationFailure, RequestFailure};

mod id;
pub use id::{RegistrationId, RequestId, SessionId};

mod invite;
pub use invite::{Destination, Invite, Lookup, Registration, Reply};

mod user_agent;
pub use user_agent::UserAgent;

mod core;

// Machines: one subject each.

mod dialog;
pub use dialog::Dialog;

mod route_set;
pub use route_set::RouteSet;

mod registrar;
pub use registrar::{Aor, Binding, Registrar, RegistrarEvent, RegistrarLimits, UnboundCause};

mod admission;
mod authentication;
mod datagram;
mod exchange;
mod options;
mod path;
mod registration;
pub use registration::KeepAlive;
mod session;
pub use session::refer::{ReferProgress, ReferTarget};
mod target;

// What the machines share.

mod context;
mod owner;
