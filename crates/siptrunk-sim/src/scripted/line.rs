//! What an end says and remembers, whatever its calls do: the part that both ends have alike.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_message::{HeaderName, Request};
use siptrunk_transaction::{Live, Rng, Seed, Transmit};

use super::{
    Answers, CallMedia, Kind, Outbox, Over, Repeats,
    outcome::Timers,
    sip::{Parts, Reply, answer_bytes},
};

/// An end's voice: its dice, what it sends, what it repeats, and what it has answered.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) rng: Rng,
    pub(crate) outbox: Outbox,
    pub(crate) repeats: Repeats,
    pub(crate) answers: Answers,
    /// The To tag of what is answered outside calls.
    tag: String,
    sip: SocketAddr,
    timers: Timers,
    /// The methods that the end takes.
    allow: &'static str,
}

impl Line {
    pub(crate) fn new(
        [sip, rtp]: [SocketAddr; 2],
        over: &Over,
        timers: Timers,
        seed: &Seed,
        allow: &'static str,
    ) -> Self {
        let mut rng = seed.rng();
        Self {
            tag: rng.token(10),
            rng,
            sip,
            timers,
            allow,
            outbox: Outbox::new(sip, rtp, over.clone()),
            repeats: Repeats::new(timers),
            answers: Answers::new(timers),
        }
    }

    /// Where SIP comes to.
    pub(crate) fn sip(&self) -> SocketAddr {
        self.sip
    }

    /// The methods that the end takes.
    pub(crate) fn allow(&self) -> &'static str {
        self.allow
    }

    /// After so long everything is given up.
    pub(crate) fn patience(&self) -> Duration {
        self.timers.patience()
    }

    /// A Via value with a new branch, and the branch.
    pub(crate) fn via(&mut self) -> (String, String) {
        let branch = format!("z9hG4bK{}", self.rng.token(16));
        (self.via_of(&branch), branch)
    }

    /// A Via value with this branch.
    pub(crate) fn via_of(&self, branch: &str) -> String {
        let transport = self.outbox.over().transport().as_str();
        format!("SIP/2.0/{transport} {};branch={branch};rport", self.sip)
    }

    /// What our Contact says.
    pub(crate) fn contact(&self, user: &str) -> String {
        format!("<sip:{user}@{}{}>", self.sip, self.outbox.over().uri_parameter())
    }

    /// Sends something now, and again until its key is stopped.
    pub(crate) fn send_until_stopped(
        &mut self,
        now: Instant,
        key: &str,
        kind: Kind,
        peer: SocketAddr,
        bytes: &Bytes,
    ) {
        self.repeats.start(now, key, kind, peer, bytes, &mut self.outbox);
    }

    /// Sends the last response to this request again. Whether there was one.
    pub(crate) fn repeat_answer(&mut self, parts: &Parts, peer: SocketAddr) -> bool {
        self.answers.repeat(parts, peer, &mut self.outbox)
    }

    /// Answers a request: with the To tag of its call, or with that of no call.
    pub(crate) fn answer(
        &mut self,
        now: Instant,
        request: &Request,
        (parts, peer): (&Parts, SocketAddr),
        reply: &Reply,
        tag: Option<&str>,
    ) {
        let tag = tag.unwrap_or(&self.tag);
        // RFC 3261 8.2.1 and 11.2.
        let allows = reply.code == 405 || (parts.method == "OPTIONS" && reply.code < 300);
        let allow = self.allow;
        let bytes = answer_bytes(request, reply, tag, peer, |response| {
            if allows { response.append(&HeaderName::ALLOW, allow) } else { response }
        });
        if let Some(bytes) = bytes {
            self.answers.send(now, parts, peer, bytes, &mut self.outbox);
        }
    }

    /// Sends what is due, and returns the keys of what is given up.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<String> {
        self.answers.handle_timeout(now);
        self.repeats.handle_timeout(now, &mut self.outbox)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.repeats.poll_timeout().into_iter().chain(self.answers.poll_timeout()).min()
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outbox.pop()
    }

    /// What lives at the end, with so many calls that are not over.
    pub(crate) fn live(&self, calls: usize) -> Live {
        let mut live = Live::default();
        live.add("scripted calls", calls);
        live.add("scripted repeats", self.repeats.len());
        live.add("scripted answers", self.answers.len());
        live
    }
}

/// The place of the call that a packet fits best, the oldest of several; `None` if it fits none.
pub(crate) fn best_fit<'a>(
    calls: impl Iterator<Item = Option<&'a CallMedia>>,
    from: SocketAddr,
    bytes: &[u8],
) -> Option<usize> {
    let affinity = |media: &CallMedia| media.affinity(from, bytes);
    calls
        .map(|media| media.map_or(0, affinity))
        .enumerate()
        .filter(|(_, affinity)| *affinity > 0)
        // Of equals this takes the first.
        .min_by_key(|(_, affinity)| std::cmp::Reverse(*affinity))
        .map(|(place, _)| place)
}
