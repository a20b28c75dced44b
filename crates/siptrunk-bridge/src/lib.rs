#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod bridge;
pub use bridge::{Bridge, BridgeError, CallQuery, Router};

mod diagnosis;
pub use diagnosis::{CallFailure, Diagnosis, FailedLeg, Place, Symptom, troubleshooting};

mod event;
pub use event::{CallHandle, Event};

mod explain;
pub use explain::{Attempt, Explanation, JudgedCondition, JudgedRoute, Outcome};

mod ladder;
pub use ladder::{Ladder, LadderColumn};

pub mod legs;

mod question;
pub use question::{Answer, Question};

mod record;
pub use record::{CallRecord, EndedBy, LegRecord, TransferRecord};

mod settings;
pub use settings::Settings;

pub mod verify;

pub use siptrunk_profiles::{Config, Finding, Route, Trunk};
