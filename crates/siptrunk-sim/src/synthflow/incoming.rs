//! What a Synthflow does with an INVITE of the other end: who may call, which number it is, and what
//! an SBC in front makes of its headers.

use std::{net::SocketAddr, time::Instant};

use siptrunk_message::Request;

use super::{
    Admission, Answering, Event, Fault, Synthflow,
    call::{Call, Role},
};
use crate::scripted::{Leg, Parts, Reply, user_of};

impl Synthflow {
    pub(super) fn take_invite(
        &mut self,
        now: Instant,
        invite: Request,
        parts: Parts,
        from: SocketAddr,
    ) {
        let joins = self.person_for(&user_of(invite.uri()));
        let asks = matches!(self.config.admission, Admission::Digest(_));
        if asks
            && let Some(guard) = &mut self.guard
            && let Some(reply) = guard.judge(now, &invite, from)
        {
            return self.line.answer(now, &invite, (&parts, from), &reply, None);
        }
        let role = match joins {
            Some(person) => Ok(Role::Joined(person)),
            None => self.judge(now, &invite, from),
        };
        let index = self.calls.len();
        let sound = match joins {
            Some(_) => self.unspoken(index),
            None => self.muted(self.sound(index)),
        };
        let mut leg = Leg::ring(&mut self.line, invite, (parts, from), "agent", sound);
        self.spoil(&mut leg);
        self.events.push_back(Event::Incoming { call: index });
        let expects = self.config.expects.unmet(&leg.record.invite_headers);
        let silent = self.config.answering == Answering::Silence && joins.is_none();
        let mut ring = None;
        let role = match role {
            _ if silent => Role::Inbound(Ok(())),
            Ok(role) => {
                leg.provisional(now, 100, &mut self.line);
                leg.provisional(now, 180, &mut self.line);
                let rings = self.config.answering != Answering::Ring || joins.is_some();
                ring = rings.then_some(now + self.config.ring);
                role
            }
            Err(reply) => {
                leg.provisional(now, 100, &mut self.line);
                leg.refuse(now, &reply, &mut self.line);
                Role::Refused
            }
        };
        let mut call = Call::incoming(role, leg);
        call.act_at = ring;
        if joins.is_none() {
            call.unmet = expects;
        }
        self.calls.push(call);
        self.heed(now, index);
    }

    /// Whether the call is taken: what its number does with it, or what it gets.
    fn judge(&self, now: Instant, invite: &Request, from: SocketAddr) -> Result<Role, Reply> {
        let config = &self.config;
        let admitted = match &config.admission {
            Admission::Address(allowed) => allowed.contains(&from.ip()),
            Admission::Registered => {
                self.registrar.binding(now).is_some_and(|binding| binding.peer.ip() == from.ip())
            }
            Admission::Everybody | Admission::Digest(_) => true,
        };
        if !admitted || config.has(Fault::NotAllowed) {
            return Err(Reply::new(403));
        }
        let another = config.region.is_some_and(|region| region.is_another(invite.uri()));
        if another || config.has(Fault::WrongRegion) {
            return Err(Reply::new(403).reason("Wrong Region"));
        }
        let lost = config.has(Fault::NumberNotImported);
        if lost || !self.is_attached(now, &user_of(invite.uri())) {
            return Err(Reply::new(404));
        }
        let up = self.calls.iter().filter(|call| call.is_up()).count();
        let full = config.max_calls.is_some_and(|most| up >= most as usize);
        if full || config.has(Fault::CallsUsedUp) {
            return Err(Reply::new(config.full_status));
        }
        if config.has(Fault::TimesOut) {
            return Err(Reply::new(408));
        }
        if config.has(Fault::MediaRefused) {
            return Err(Reply::new(488));
        }
        Ok(Role::Inbound(match config.answering {
            Answering::Reject(code) => Err(code),
            Answering::Answer | Answering::Ring | Answering::Silence => Ok(()),
        }))
    }

    /// Whether a number is attached to an agent, and has been for long enough.
    pub(super) fn is_attached(&self, now: Instant, number: &str) -> bool {
        let attaching = self.attaching.iter().find(|(known, _)| known == number);
        let ready = attaching.is_none_or(|(_, at)| *at <= now);
        ready && self.config.numbers.iter().any(|known| known == number)
    }

    /// What an SBC in front of Synthflow does to the headers.
    fn spoil(&self, leg: &mut Leg) {
        let headers = &mut leg.record.invite_headers;
        if self.config.has(Fault::XEiStripped) {
            headers.retain(|header| !header.name.eq_ignore_ascii_case("x-ei"));
        }
        if self.config.has(Fault::VariablesLowerCase) {
            for header in headers.iter_mut().filter(|header| header.is_extension()) {
                header.name.make_ascii_lowercase();
            }
        }
    }
}
