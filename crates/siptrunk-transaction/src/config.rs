//! What the layer is told once: listeners, timers, limits.

use std::{net::SocketAddr, time::Duration};

use siptrunk_message::{HostPort, Limits, Transport};

use crate::Admission;

/// A socket that requests come to, and how the world is told to reach it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// Its transport.
    pub transport: Transport,
    /// The address it is bound to.
    pub local: SocketAddr,
    /// What stands in Via and Contact: known before any connection opens.
    pub advertised: HostPort,
    /// Whether the Via of our requests offers the connection for requests the other way
    /// (RFC 5923). Only for TLS, and where we show a certificate to those we connect to.
    pub alias: bool,
}

impl Listener {
    /// A UDP listener that advertises the address it is bound to.
    pub fn udp(local: SocketAddr) -> Self {
        let advertised = HostPort::from(local);
        Self { transport: Transport::Udp, local, advertised, alias: false }
    }

    /// The same listener behind another address or name.
    #[must_use]
    pub fn advertise(mut self, advertised: HostPort) -> Self {
        self.advertised = advertised;
        self
    }
}

/// When the layer sends 100 Trying to an INVITE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trying {
    /// At once: the peer stops retransmitting whatever happens above.
    #[default]
    Immediately,
    /// After 200 ms without another response, the latest that RFC 3261 section 17.2.1 allows.
    After200Ms,
}

/// Configuration of a [`TransactionLayer`](crate::TransactionLayer).
#[derive(Clone, Debug)]
pub struct Config {
    /// The sockets; the index is [`FlowId::Datagram`](crate::FlowId::Datagram)'s `listener`.
    pub listeners: Vec<Listener>,
    /// Round-trip estimate (RFC 3261 17.1.1.1): 500 ms.
    pub t1: Duration,
    /// Longest wait between retransmissions of anything but INVITE: 4 s.
    pub t2: Duration,
    /// Longest time that a message stays in the network: 5 s.
    pub t4: Duration,
    /// When the layer sends 100 Trying to an INVITE.
    pub trying: Trying,
    /// How long an INVITE may stay without a final response: one hour, at most a day. No timer of
    /// the RFC ends that state; the user above normally ends it much sooner (timer C of a B2BUA).
    pub proceeding_limit: Duration,
    /// Whether broken requests get a stateless 400 (or 505): true. If not, they are only counted.
    pub answer_malformed: bool,
    /// Limits of the parser.
    pub limits: Limits,
    /// Client transactions, and as many server transactions, at one time: 400,000. A request over
    /// it gets a stateless 503 with Retry-After, an outgoing one `LimitReached`. The last eighth
    /// takes only requests inside dialogs, so that calls can end.
    pub max_transactions: usize,
    /// Seconds in the Retry-After of that 503: 5.
    pub retry_after: u32,
    /// Which sources are known, and what strangers may take: everyone is known.
    pub admission: Admission,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listeners: Vec::new(),
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            trying: Trying::default(),
            proceeding_limit: Duration::from_secs(3_600),
            answer_malformed: true,
            limits: Limits::default(),
            max_transactions: 400_000,
            retry_after: 5,
            admission: Admission::default(),
        }
    }
}
