//! Responses that are kept, to be sent again when their request comes again (RFC 3261 17.2).

use std::{collections::BTreeMap, net::SocketAddr, time::Instant};

use bytes::Bytes;

use super::{outbox::Outbox, outcome::Timers, sip::Parts};

/// At most so many are kept; beyond that the oldest key goes.
const LIMIT: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Answers {
    timers: Timers,
    kept: BTreeMap<String, (Instant, Bytes)>,
}

impl Answers {
    pub(crate) fn new(timers: Timers) -> Self {
        Self { timers, kept: BTreeMap::new() }
    }

    /// Sends the last response to this request again. Whether there was one.
    pub(crate) fn repeat(&self, parts: &Parts, peer: SocketAddr, outbox: &mut Outbox) -> bool {
        let kept = self.kept.get(&key(parts, peer));
        if let Some((_, bytes)) = kept {
            outbox.sip(peer, bytes.clone());
        }
        kept.is_some()
    }

    /// Sends a response and keeps it.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        parts: &Parts,
        peer: SocketAddr,
        bytes: Bytes,
        outbox: &mut Outbox,
    ) {
        outbox.sip(peer, bytes.clone());
        self.keep(now, parts, peer, bytes);
    }

    /// Keeps a response that was sent otherwise.
    pub(crate) fn keep(&mut self, now: Instant, parts: &Parts, peer: SocketAddr, bytes: Bytes) {
        if self.kept.len() >= LIMIT {
            self.kept.pop_first();
        }
        self.kept.insert(key(parts, peer), (now + self.timers.patience(), bytes));
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.kept.retain(|_, (end, _)| *end > now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.kept.values().map(|(end, _)| *end).min()
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }
}

fn key(parts: &Parts, peer: SocketAddr) -> String {
    format!("{} {} {peer}", parts.method, parts.branch)
}
