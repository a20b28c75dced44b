//! What is asked of the DNS, and the bounds of asking.

use std::{net::IpAddr, pin::Pin, time::Duration};

/// A way to ask the DNS. Implementations hold no state that an answer could poison: caching and the
/// last good answers are the caller's.
pub trait Dns: Send + Sync + 'static {
    /// The SRV records of a name, as `_sip._udp.example.com`, in any order. A name without any is
    /// [`Found::nothing`], not an error.
    fn services<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Found<Service>, DnsError>> + Send + 'a>>;

    /// The addresses of a name, of the families that are wanted, in the order of the answer.
    fn addresses<'a>(
        &'a self,
        name: &'a str,
        v4: bool,
        v6: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Found<IpAddr>, DnsError>> + Send + 'a>>;
}

/// Records, and for how long they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The records; none if the name has none.
    pub records: Vec<T>,
    /// For how long, as the DNS says.
    pub ttl: Duration,
}

impl<T> Found<T> {
    /// A name without records of this kind.
    pub fn nothing(ttl: Duration) -> Self {
        Self { records: Vec::new(), ttl }
    }
}

/// One SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The lowest is tried first.
    pub priority: u16,
    /// The share among those of one priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host; `.` means that the service is not offered.
    pub host: String,
}

/// The DNS did not answer, or not with what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the DNS gives no answer: {reason}; is the resolver of this host reachable?")]
pub struct DnsError {
    /// What was seen.
    pub reason: String,
}

/// Bounds of resolution: what a peer that makes us look up names of its choice can cost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamesOptions {
    /// How long one resolution may take, all its hosts together. Default 3 s.
    pub deadline: Duration,
    /// How many queries one host may cost; A and AAAA are one each. Default 8.
    pub queries: usize,
    /// How many SRV records of one host are looked at. Default 16.
    pub services: usize,
    /// How many addresses one resolution gives. Default 32.
    pub addresses: usize,
    /// An answer is kept for at least so long. Default 5 s.
    pub min_ttl: Duration,
    /// An answer is kept for at most so long. Default 1 h.
    pub max_ttl: Duration,
    /// How many resolutions may be under way. Default 256.
    pub lookups: usize,
    /// How many hosts are remembered. Those that come first stay: the trunks. Default 1,024.
    pub remembered: usize,
    /// Leaves out private, loopback and link-local addresses that the DNS gives. Addresses that are
    /// written in the configuration are not asked of the DNS. Default off: trunks inside a network
    /// have names too.
    pub deny_private: bool,
}

impl Default for NamesOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(3),
            queries: 8,
            services: 16,
            addresses: 32,
            min_ttl: Duration::from_secs(5),
            max_ttl: Duration::from_secs(3600),
            lookups: 256,
            remembered: 1024,
            deny_private: false,
        }
    }
}
