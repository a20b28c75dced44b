//! Times and limits of the bridge that no trunk decides.

use std::time::Duration;

/// Times and limits of a [`crate::Bridge`], each with its default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// RFC 3261 T1: round-trip estimate, the unit of all retransmission timers. Default 500 ms.
    pub t1: Duration,
    /// RFC 3261 T2: ceiling of retransmission intervals. Default 4 s.
    pub t2: Duration,
    /// RFC 3261 T4: how long a message may stay in the network. Default 5 s.
    pub t4: Duration,
    /// How long the questions before dialling may take together. Default 3 s; then 500 or 503.
    pub prepare: Duration,
    /// Whether the application is asked where a call goes ([`crate::Question::Decide`]), and how long its
    /// answer is awaited: then the routes decide. Default: not asked.
    pub decide: Option<Duration>,
    /// Timer C in spirit (RFC 3261 16.6): how long the far side may ring. Default 180 s.
    pub ringing: Duration,
    /// Longest call. Default 4 h.
    pub max_duration: Duration,
    /// A side that ought to send and sends nothing for so long ends the call. Default 60 s.
    pub media_timeout: Duration,
    /// How long the closing report of the media session is awaited. Default 2 s.
    pub media_report: Duration,
    /// Calls at once on this node. Default 10,000; over it 503 with Retry-After.
    pub max_calls: usize,
    /// Calls of one source that came in datagrams and were not acknowledged yet. Default 64; over it 480.
    /// Whoever proved a password is not counted.
    pub max_half_open: usize,
    /// How long a call waits for its turn on a trunk with `calls_per_second`. Default 2 s; then the next
    /// trunk is tried.
    pub pace_wait: Duration,
    /// Seconds named in Retry-After when there is no room. Default 5.
    pub retry_after: u32,
    /// How often the hosts of trunks known by name are looked up again. Default 60 s.
    pub lookup_interval: Duration,
    /// Names of headers of a caller's INVITE that are kept in the call's record. Default none.
    pub record_headers: Vec<String>,
    /// The realm of our digest challenges. Default `siptrunk`.
    pub realm: String,
    /// Value of User-Agent and Server.
    pub user_agent: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            prepare: Duration::from_secs(3),
            decide: None,
            ringing: Duration::from_secs(180),
            max_duration: Duration::from_secs(4 * 3600),
            media_timeout: Duration::from_secs(60),
            media_report: Duration::from_secs(2),
            max_calls: 10_000,
            max_half_open: 64,
            pace_wait: Duration::from_secs(2),
            retry_after: 5,
            lookup_interval: Duration::from_secs(60),
            record_headers: Vec::new(),
            realm: String::from("siptrunk"),
            user_agent: concat!("siptrunk/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}
