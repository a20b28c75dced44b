//! Deadlines and bounds of connections, named in one place.

use std::time::Duration;

use ipnet::IpNet;
use siptrunk_message::Limits;

/// What a connection may take: time, memory, and a share of the table.
///
/// The defaults keep a server standing under peers that open connections and say nothing, or speak a
/// byte at a time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StreamOptions {
    /// How long a TCP connection that we open may take. Default 4 s.
    pub connect: Duration,
    /// How long a TLS handshake may take, both ways. Default 5 s.
    pub handshake: Duration,
    /// How long a message may take from its first octet to its last, and a new peer to its first
    /// message. More octets do not move it. Default 10 s.
    pub assembly: Duration,
    /// How long a connection that a stranger opened may rest. Default 120 s.
    pub idle: Duration,
    /// How long octets may stay unacknowledged by the peer's system, where ours can be told
    /// (Linux); else its own patience holds, often a quarter of an hour. Default 30 s.
    pub stall: Duration,
    /// How often a connection that we opened is pinged with CRLF CRLF (RFC 5626 4.4.1), at most;
    /// each wait is shortened by a random part of up to a fifth. `None` sends no pings.
    /// Default 120 s.
    pub keep_alive: Option<Duration>,
    /// How long a peer that has answered a ping before may take to answer the next, then its
    /// connection has failed (RFC 5626 4.4.1). Default 10 s.
    pub pong: Duration,
    /// How many connections that strangers opened are held. Default 4,096.
    pub connections: usize,
    /// How many of them come from one address. Default 64.
    pub per_source: usize,
    /// How many connections one address of [`trusted`](Self::trusted) may have. Default 1,024.
    pub per_trusted_source: usize,
    /// How many connections of ours may be open or opening. Default 4,096.
    pub opened: usize,
    /// How many octets may wait to be written on one connection; over it, it closes. Default 256 KiB.
    pub write_queue: usize,
    /// Networks of the trunks; a [`Gateway`](crate::Gateway) adds the addresses that trunks' names
    /// resolve to, as they come and go. Their connections neither count with the strangers' nor close for
    /// being idle, and under load their new requests are not dropped before all else.
    pub trusted: Vec<IpNet>,
    /// What a message may hold.
    pub message: Limits,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            handshake: Duration::from_secs(5),
            assembly: Duration::from_secs(10),
            idle: Duration::from_secs(120),
            stall: Duration::from_secs(30),
            keep_alive: Some(Duration::from_secs(120)),
            pong: Duration::from_secs(10),
            connections: 4096,
            per_source: 64,
            per_trusted_source: 1024,
            opened: 4096,
            write_queue: 256 << 10,
            trusted: Vec::new(),
            message: Limits::default(),
        }
    }
}
