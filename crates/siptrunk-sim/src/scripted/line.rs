//! What an end says and remembers, whatever its calls do: the part that both ends have alike.

use std::{net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_message::Request;
use siptrunk_transaction::{Live, Rng, Seed, Transmit};

use super::{
    Answers, CallMedia, Kind, Outbox, Over, Repeats,
    outcome::Timers,
    sip::{Parts, answer_bytes},
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
}

impl Line {
    pub(crate) fn new(
        sip: SocketAddr,
        rtp: SocketAddr,
        over: &Over,
        timers: Timers,
        seed: &Seed,
    ) -> Self {
        let mut rng = seed.rng();
        Self {
            tag: rng.token(10),
            rng,
            sip,
            outbox: Outbox::new(sip, rtp, over.clone()),
            repeats: Repeats::new(timers),
            answers: Answers::new(timers),
        }
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

    /// Answers a request plainly: with the To tag of its call, or with that of no call.
    pub(crate) fn answer(
        &mut self,
        now: Instant,
        request: &Request,
        (parts, peer): (&Parts, SocketAddr),
        code: u16,
        tag: Option<&str>,
    ) {
        let tag = tag.unwrap_or(&self.tag);
        if let Some(bytes) = answer_bytes(request, code, tag, peer, |response| response) {
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

/// The status of a request within a dialog, as far as a script takes part: only what changes nothing
/// can be agreed to.
pub(crate) fn in_dialog_status(request: &Request) -> u16 {
    let reoffers = matches!(request.method().as_str(), "INVITE" | "UPDATE");
    if reoffers && !request.body().is_empty() { 488 } else { 200 }
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
