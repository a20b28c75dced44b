//! Responses that are kept, to be sent again when their request comes again (RFC 3261 17.2).

use std::{collections::BTreeMap, net::SocketAddr, time::Instant};

use bytes::Bytes;

use super::{outbox::Outbox, outcome::Timers, sip::Parts};

/// At most so many are kept; beyond that the oldest goes.
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
        let key = key(parts, peer);
        if self.kept.len() >= LIMIT && !self.kept.contains_key(&key) {
            let oldest = self.kept.iter().min_by_key(|(_, (end, _))| *end);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.kept.remove(&oldest);
            }
        }
        self.kept.insert(key, (now + self.timers.patience(), bytes));
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parts(branch: usize) -> Parts {
        Parts {
            call_id: String::new(),
            from_tag: String::new(),
            to_tag: None,
            cseq: 1,
            method: "BYE".into(),
            // Later ones sort first, so that order of keys and age differ.
            branch: format!("{:08}", 99_999_999 - branch),
        }
    }

    #[test]
    fn over_the_limit_the_oldest_answer_goes() {
        let (start, peer) = (Instant::now(), "127.0.0.1:5060".parse().unwrap());
        let mut answers = Answers::new(Timers::default());
        let mut outbox = Outbox::new(peer, peer, crate::Over::UDP);
        for branch in 0..=LIMIT {
            let at = start + Duration::from_millis(branch as u64);
            answers.keep(at, &parts(branch), peer, Bytes::from_static(b"x"));
        }
        assert_eq!(answers.len(), LIMIT);
        assert!(!answers.repeat(&parts(0), peer, &mut outbox));
        assert!(answers.repeat(&parts(1), peer, &mut outbox));
        assert!(answers.repeat(&parts(LIMIT), peer, &mut outbox));
    }
}
