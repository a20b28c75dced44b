//! What the user agent is told once: who it is, what it supports, how much it holds.

use std::time::Duration;

use siptrunk_message::Method;

use crate::RegistrarLimits;

/// How much a [`UserAgent`](crate::UserAgent) holds. Over a limit is a refusal, never growth.
#[derive(Clone, Debug)]
pub struct Limits {
    /// INVITE sessions in any state; 20,000. An INVITE over it gets 503 with Retry-After, an
    /// outgoing one [`UaError::LimitReached`](crate::UaError::LimitReached).
    pub max_sessions: usize,
    /// Requests of the application outside dialogs, and registrations, each; 10,000.
    pub max_requests: usize,
    /// Requests of the peer that wait for [`respond`](crate::UserAgent::respond): 10,000 outside
    /// dialogs (503 over it). Inside one dialog, and for requests of ours that wait for a
    /// dialog's address, the limit is 16 (500 with Retry-After over it).
    pub max_pending: usize,
    /// Addresses that are tried for one request; 32. Further ones are left out.
    pub max_targets: usize,
    /// Octets of a request over UDP: 1,300, since the path may take no more (RFC 3261 18.1.1). A larger
    /// one is written with compact names, and goes over TCP if that is not enough and
    /// [`Invite::takes_tcp`](crate::Invite::takes_tcp) says so.
    pub max_datagram: usize,
    /// Addresses remembered as dead; 1,024. Over it further ones are not, until
    /// one recovers.
    pub max_dead_targets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_sessions: 20_000,
            max_requests: 10_000,
            max_pending: 10_000,
            max_targets: 32,
            max_datagram: 1_300,
            max_dead_targets: 1_024,
        }
    }
}

/// Configuration of a [`UserAgent`](crate::UserAgent).
#[derive(Clone, Debug)]
pub struct Config {
    /// Listeners, timers and parser limits of the layer below.
    pub transaction: siptrunk_transaction::Config,
    /// Value of User-Agent in requests and Server in responses; empty: neither is written.
    pub user_agent: String,
    /// Methods that come up as events, written in Allow; others get 405 or 501.
    pub allow: Vec<Method>,
    /// Option tags that the application implements (Supported); a request that requires another
    /// gets 420.
    pub supported: Vec<String>,
    /// Media types of INVITE bodies; one of another type gets 415. `application/sdp`.
    pub accept: Vec<String>,
    /// Whether trunks may register with us, and within which limits; `None`: not. With it REGISTER is
    /// allowed, and answered by [`answer_register`](crate::UserAgent::answer_register).
    pub registrar: Option<RegistrarLimits>,
    /// Whether REFER is understood inside dialogs (RFC 3515): off. With it REFER and NOTIFY are allowed;
    /// a REFER of the peer is [`Event::Refer`](crate::Event::Refer), and whom it may make us call is
    /// the application's policy.
    pub refer: bool,
    /// How long the outcome of a REFER is told or waited for: 180 s.
    pub refer_timeout: Duration,
    /// What is held at most.
    pub limits: Limits,
    /// How long the world may take to answer [`Question::Resolve`](crate::Question::Resolve): 5 s.
    pub resolve_timeout: Duration,
    /// How long an INVITE of either direction may go without a final response: 180 s. Then an
    /// outgoing one is cancelled, an incoming one gets 480; both end with
    /// [`Cause::Expired`](crate::Cause::Expired).
    pub ringing_timeout: Duration,
    /// How long a target that failed is skipped while others are left: 30 s.
    pub dead_target: Duration,
    /// Value of Retry-After in the 503 of a full node, in seconds: 10.
    pub retry_after: u32,
    /// Base time of the waits after failed registrations (RFC 5626 section 4.5): 30 s. The wait is
    /// the base doubled once for each failure in a row, up to `registration_retry_max`, of which a
    /// random half to whole is waited: 30 to 60 s after the first failure.
    pub registration_retry: Duration,
    /// Longest wait after failed registrations: 1,800 s.
    pub registration_retry_max: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            transaction: siptrunk_transaction::Config::default(),
            user_agent: concat!("siptrunk/", env!("CARGO_PKG_VERSION")).to_owned(),
            allow: vec![
                Method::INVITE,
                Method::ACK,
                Method::CANCEL,
                Method::BYE,
                Method::OPTIONS,
                Method::INFO,
                Method::UPDATE,
            ],
            supported: Vec::new(),
            accept: vec!["application/sdp".to_owned()],
            registrar: None,
            refer: false,
            refer_timeout: Duration::from_secs(180),
            limits: Limits::default(),
            resolve_timeout: Duration::from_secs(5),
            ringing_timeout: Duration::from_secs(180),
            dead_target: Duration::from_secs(30),
            retry_after: 10,
            registration_retry: Duration::from_secs(30),
            registration_retry_max: Duration::from_secs(1_800),
        }
    }
}
