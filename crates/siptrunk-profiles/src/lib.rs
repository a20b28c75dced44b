#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

mod caller_id;
pub use caller_id::{CallerAsserted, CallerFrom, CallerIdPolicy, ShownCaller, ShownIdentity};

mod config;
pub use config::{
    AuthoritySource, CallVariables, CertificateSource, Config, Dialed, HeaderChange, HeaderMatch,
    Listen, MediaPorts, NumberPattern, PatternError, Route, RouteAction, Schedule, Share,
    UnknownSource, ValueMatch, When,
};

mod context;
pub use context::{CallFact, Spelling};

mod day;
pub use day::Day;

mod finding;
pub use finding::{Finding, Severity};

mod findings;
pub use findings::Findings;

mod five9;
pub use five9::{DataCentre, Five9};

mod from_toml;
pub use from_toml::Surroundings;

mod generic;
pub use generic::Generic;

mod hand_back;
pub use hand_back::{HandBack, HandBackAction, HandBackError, HandBackNames};

mod header_policy;
pub use header_policy::{Carried, ContextValue, HeaderPolicy, Moment};

mod keys;

mod lint;

mod media_policy;
pub use media_policy::Srtp;

mod networks;
pub use networks::Networks;

mod not_yet_built;

mod number_policy;
pub use number_policy::{NationalPlan, NumberPolicy};

mod place;

mod provider;
pub use provider::{HeaderFacts, Provider};

mod synthflow;
pub use synthflow::{Region, Synthflow};

mod trunk;
pub use trunk::{
    Allow, FullAnswer, HandBackBy, Health, Inbound, KeepAlive, Outbound, OutboundProxy, Profile,
    TlsSettings, Trunk, VendorToken, VerifySource,
};

mod unread;

pub use ipnet::IpNet;
