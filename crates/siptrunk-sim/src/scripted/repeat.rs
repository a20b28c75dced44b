//! Retransmission rules of the ends: RFC 3261 17.1.1.2, 17.1.2.2, 13.3.1.4 and 17.2.1, in short.

use std::{net::SocketAddr, time::Instant};

use bytes::Bytes;

use super::{outbox::Outbox, outcome::Timers};

/// What is repeated, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Doubling without end, and silent after a provisional response.
    Invite,
    /// Doubling up to T2, and T2 after a provisional response.
    Request,
    /// A final response to an INVITE: doubling up to T2, until the ACK.
    FinalResponse,
}

#[derive(Debug)]
struct Repeat {
    key: String,
    kind: Kind,
    peer: SocketAddr,
    bytes: Bytes,
    interval: std::time::Duration,
    next: Option<Instant>,
    /// When it is given up; a ringing INVITE waits for ever.
    deadline: Option<Instant>,
}

/// All that an end repeats until it is stopped or given up.
#[derive(Debug)]
pub(crate) struct Repeats {
    timers: Timers,
    list: Vec<Repeat>,
}

impl Repeats {
    pub(crate) fn new(timers: Timers) -> Self {
        Self { timers, list: Vec::new() }
    }

    /// Sends something now, and again until [`stop`](Self::stop).
    pub(crate) fn start(
        &mut self,
        now: Instant,
        key: &str,
        kind: Kind,
        peer: SocketAddr,
        bytes: &Bytes,
        outbox: &mut Outbox,
    ) {
        outbox.sip(peer, bytes.clone());
        let Timers { t1, .. } = self.timers;
        // Connections lose nothing (17.1.1.2), but a 2xx crosses proxies that may (13.3.1.4).
        let repeats = kind == Kind::FinalResponse || !outbox.over().transport().is_reliable();
        self.list.push(Repeat {
            key: key.to_owned(),
            kind,
            peer,
            bytes: bytes.clone(),
            interval: t1,
            next: repeats.then(|| now + t1),
            deadline: Some(now + self.timers.patience()),
        });
    }

    /// Whether there was something to stop.
    pub(crate) fn stop(&mut self, key: &str) -> bool {
        let before = self.list.len();
        self.list.retain(|repeat| repeat.key != key);
        self.list.len() < before
    }

    /// A provisional response came.
    pub(crate) fn provisional(&mut self, key: &str) {
        for repeat in self.list.iter_mut().filter(|repeat| repeat.key == key) {
            match repeat.kind {
                Kind::Invite => (repeat.next, repeat.deadline) = (None, None),
                Kind::Request => repeat.interval = self.timers.t2,
                Kind::FinalResponse => {}
            }
        }
    }

    /// Sends what is due, and returns the keys of what is given up.
    pub(crate) fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) -> Vec<String> {
        let mut given_up = Vec::new();
        self.list.retain(|repeat| {
            let over = repeat.deadline.is_some_and(|deadline| deadline <= now);
            if over {
                given_up.push(repeat.key.clone());
            }
            !over
        });
        for repeat in &mut self.list {
            let Some(due) = repeat.next.filter(|next| *next <= now) else { continue };
            outbox.sip(repeat.peer, repeat.bytes.clone());
            repeat.interval *= 2;
            if repeat.kind != Kind::Invite {
                repeat.interval = repeat.interval.min(self.timers.t2);
            }
            // Never in the past, however late the call.
            repeat.next = Some((due + repeat.interval).max(now + self.timers.t1));
        }
        given_up
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let times = |repeat: &Repeat| [repeat.next, repeat.deadline];
        self.list.iter().flat_map(times).flatten().min()
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Over;

    /// Milliseconds at which each copy leaves.
    fn times(kind: Kind, provisional: Option<u64>) -> (Vec<u128>, u128) {
        let (start, address) = (Instant::now(), "127.0.0.1:5060".parse().unwrap());
        let mut outbox = Outbox::new(address, address, Over::UDP);
        let mut repeats = Repeats::new(Timers::default());
        let mut at = vec![0];
        repeats.start(start, "k", kind, address, &Bytes::from_static(b"x"), &mut outbox);
        assert!(outbox.pop().is_some());
        let mut provisional = provisional.map(Duration::from_millis);
        loop {
            let now = repeats.poll_timeout().expect("ends by its deadline");
            if provisional.is_some_and(|at| start + at <= now) {
                provisional = None;
                repeats.provisional("k");
                continue;
            }
            let given_up = repeats.handle_timeout(now, &mut outbox);
            let elapsed = now.duration_since(start).as_millis();
            while outbox.pop().is_some() {
                at.push(elapsed);
            }
            if !given_up.is_empty() {
                return (at, elapsed);
            }
        }
    }

    #[test]
    fn an_invite_doubles_until_64_t1() {
        let (at, end) = times(Kind::Invite, None);
        assert_eq!(at, [0, 500, 1500, 3500, 7500, 15500, 31500]);
        assert_eq!(end, 32_000);
    }

    #[test]
    fn other_requests_and_final_responses_stop_doubling_at_t2() {
        for kind in [Kind::Request, Kind::FinalResponse] {
            let (at, end) = times(kind, None);
            assert_eq!(at, [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
            assert_eq!(end, 32_000);
        }
    }

    #[test]
    fn a_provisional_slows_a_request_and_silences_an_invite() {
        let (at, _) = times(Kind::Request, Some(600));
        assert_eq!(at[..4], [0, 500, 1500, 5500]);
        let (start, address) = (Instant::now(), "127.0.0.1:5060".parse().unwrap());
        let mut outbox = Outbox::new(address, address, Over::UDP);
        let mut repeats = Repeats::new(Timers::default());
        let bytes = Bytes::from_static(b"x");
        repeats.start(start, "k", Kind::Invite, address, &bytes, &mut outbox);
        repeats.provisional("k");
        assert_eq!(repeats.poll_timeout(), None);
        assert!(repeats.stop("k") && !repeats.stop("k"));
    }
}
