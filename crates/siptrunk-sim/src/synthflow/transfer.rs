//! How the agent passes a caller on: cold by REFER, warm by a call to a person, a REFER, and the
//! caller's call to join that person.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_message::Method;

use super::{
    Ending, Fault, OutboundCall, Synthflow,
    call::{Call, Role},
};
use crate::{
    audio::AudioPlan,
    scripted::{Header, Leg, Outcome, Sound},
};

/// What the user of a warm transfer's Refer-To begins with; random digits follow.
pub const JOIN: &str = "0875704225";

/// How long the agent waits for a transfer to come about.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it briefs the person of a warm transfer.
const BRIEFING: Duration = Duration::from_millis(500);

impl Synthflow {
    /// The agent lets go of a call, as its ending says.
    pub(super) fn let_go(&mut self, now: Instant, index: usize) {
        let call = &mut self.calls[index];
        let ending = call.ending(&self.config).clone();
        // What was begun and has not come about in time is given up.
        let begun = call.lets_go(now + PATIENCE);
        match ending {
            Ending::ColdTransfer(number) if !begun => {
                let host = self.config.termination_host();
                self.refer(now, index, &format!("sip:{number}@{host}"));
            }
            Ending::WarmTransfer(person) if !begun => self.ask_person(now, index, &person),
            Ending::HandBack(headers) if !self.config.has(Fault::ByeWithoutHeaders) => {
                self.say_goodbye(now, index, &headers);
            }
            _ => self.say_goodbye(now, index, &[]),
        }
    }

    pub(super) fn say_goodbye(&mut self, now: Instant, index: usize, headers: &[Header]) {
        let reuse = self.config.reuse_cseq;
        self.calls[index].act_at = None;
        self.with_leg(now, index, |leg, line| {
            if reuse {
                leg.reuse_cseq();
            }
            leg.hang_up(now, headers, line);
        });
    }

    fn refer(&mut self, now: Instant, index: usize, to: &str) {
        self.with_leg(now, index, |leg, line| leg.refer(now, to, &[], line));
    }

    /// The REFER was answered, or a NOTIFY says how it goes.
    pub(super) fn transfer_goes(&mut self, now: Instant, index: usize, status: u16) {
        let call = &mut self.calls[index];
        call.transfer.push(status);
        let refused = call.transfer.len() == 1 && status >= 300;
        let settled = call.transfer.len() > 1 && status >= 200;
        if refused || settled {
            self.say_goodbye(now, index, &[]);
        }
    }

    /// The person of a warm transfer is called.
    fn ask_person(&mut self, now: Instant, first: usize, person: &str) {
        let from = self.calls[first].dialed();
        let plan = OutboundCall::new(person, &from)
            .audio(AudioPlan::agent().frames(0))
            .codecs(self.config.codecs.clone());
        let index = self.calls.len();
        self.calls.push(Call::person(first));
        let sent = self.invite(now, index, &plan);
        let call = &mut self.calls[index];
        match sent {
            Ok(leg) => call.begin(leg),
            Err(why) => {
                call.fail(Outcome::NotSent(why));
                self.ended(now, index);
            }
        }
    }

    /// The person of a warm transfer answered, and has been told what it is about.
    pub(super) fn person_is_briefed(&mut self, now: Instant, person: usize, first: usize) {
        let digits: String = (0..10).map(|_| char::from(b'0' + self.digit())).collect();
        let user = format!("{JOIN}{digits}");
        let to = format!("sip:{user}@{}{}", self.config.host(), self.config.over.uri_parameter());
        self.calls[person].join = Some(user);
        self.refer(now, first, &to);
    }

    fn digit(&mut self) -> u8 {
        u8::try_from(self.line.rng.below(10)).unwrap_or_default()
    }

    pub(super) fn brief(&mut self, now: Instant, person: usize) {
        self.calls[person].act_at = Some(now + BRIEFING);
    }

    /// The call of the person whom this user was made for.
    pub(super) fn person_for(&self, user: &str) -> Option<usize> {
        let waits = |call: &Call| call.is_up() && call.join.as_deref() == Some(user);
        self.calls.iter().position(waits)
    }

    /// The caller is back: from now on caller and person hear each other.
    pub(super) fn join(&mut self, caller: usize, person: usize) {
        self.calls[caller].joined = Some(person);
        self.calls[person].joined = Some(caller);
    }

    /// Passes a packet on, if it comes to a call that is joined with another. Whether it does: the
    /// call that the caller left may have had the same peer.
    pub(super) fn pass_on(&mut self, from: SocketAddr, bytes: &Bytes) -> bool {
        let Self { calls, line, .. } = self;
        let comes = |call: &&Call| {
            call.is_up() && call.media().is_some_and(|media| media.affinity(from, bytes) > 0)
        };
        let mut joined = calls.iter().filter(|call| call.joined.is_some());
        let Some(other) = joined.find(comes).and_then(|call| call.joined) else { return false };
        if let Some(media) = calls.get(other).and_then(Call::media) {
            media.relay(bytes, &mut line.outbox);
        }
        true
    }

    /// A call that belongs to another one is over.
    pub(super) fn companion_ended(&mut self, now: Instant, index: usize) {
        let call = &self.calls[index];
        let joined = call.joined;
        let lost = match call.role {
            // Nobody took the caller over: the agent cannot either.
            Role::Person(first) if joined.is_none() => Some(first),
            _ => None,
        };
        for other in joined.into_iter().chain(lost) {
            self.say_goodbye(now, other, &[]);
        }
    }

    /// The agent presses a digit by INFO (`application/dtmf-relay`).
    pub fn press(&mut self, now: Instant, call: usize, digit: char) {
        self.with_leg(now, call, |leg, line| leg.press(now, digit, line));
    }

    /// The media of calls that only pass on what others say.
    pub(super) fn unspoken(&self, index: usize) -> Sound {
        let audio = AudioPlan::agent().frames(0);
        Sound { audio, digits: String::new(), ..self.sound(index) }
    }

    pub(super) fn probe(&mut self, now: Instant, index: usize) {
        self.with_leg(now, index, |leg: &mut Leg, line| {
            leg.request(now, &Method::OPTIONS, line, |builder| builder);
        });
    }
}
