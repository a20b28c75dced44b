//! What a Five9 does with an INVITE of the other end: a hand-back to a live agent, or a call on to
//! the public network.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderName, Request};

use super::{
    Authentication, CallPlan, Destination, Fault, Five9, Kind, PartyAnswering, Reached,
    call::{Call, Pickup, Role},
};
use crate::{
    five9::Event,
    scripted::{Leg, Parts, Reply, first_uri, shows_credentials, user_of},
};

/// How long a live agent or an IVR rings.
const RING: Duration = Duration::from_millis(100);

impl Five9 {
    pub(super) fn take_invite(
        &mut self,
        now: Instant,
        invite: Request,
        parts: Parts,
        from: SocketAddr,
    ) {
        if let Some(guard) = &mut self.guard
            && let Some(reply) = guard.judge(now, &invite, from)
        {
            return self.line.answer(now, &invite, (&parts, from), &reply, None);
        }
        let role = self.judge(&invite, from);
        let audio = match &role {
            Ok((Reached::Phone { .. }, _)) => self.config.party_audio,
            _ => self.config.agent_audio,
        };
        let user = user_of(invite.uri());
        let plan = CallPlan::new(&user, "").without_headers().audio(audio);
        let index = self.calls.len();
        let sound = self.sound(&plan, index);
        let mut leg = Leg::ring(&mut self.line, invite, (parts, from), "five9", sound);
        self.events.push_back(Event::Incoming { call: index });
        leg.provisional(now, 100, &mut self.line);
        let call = match role {
            Ok((reached, answer)) => {
                leg.provisional(now, 180, &mut self.line);
                if self.config.takes_refer {
                    leg.take_refers();
                }
                let mut call = Call::incoming(plan, Role::Incoming(reached, answer), leg);
                call.is_called(now);
                call
            }
            Err(reply) => {
                leg.refuse(now, &reply, &mut self.line);
                Call::incoming(plan, Role::Refused, leg)
            }
        };
        self.calls.push(call);
        self.heed(now, index);
    }

    /// Who is reached and how that one answers, or what the INVITE gets.
    fn judge(&mut self, invite: &Request, from: SocketAddr) -> Result<(Reached, Pickup), Reply> {
        let config = &self.config;
        let listed = match &config.authentication {
            Authentication::Address(allowed) => allowed.contains(&from.ip()),
            _ => true,
        };
        if !listed || config.has(Fault::NotAllowed) {
            return Err(Reply::new(403));
        }
        if config.kind == Kind::Partner && shows_credentials(invite) {
            return Err(Reply::new(403).reason("Credentials Not Expected"));
        }
        if config.has(Fault::CallsUsedUp) || self.is_full() {
            return Err(Reply::new(config.full_status));
        }
        if config.has(Fault::MediaRefused) {
            return Err(Reply::new(488));
        }
        let caller = invite.headers().raw(&HeaderName::FROM);
        let caller = caller.and_then(first_uri).map(|uri| user_of(uri.as_bytes()));
        self.find(&user_of(invite.uri()), &caller.unwrap_or_default())
    }

    /// Who is reached by calling this user.
    fn find(&mut self, user: &str, caller: &str) -> Result<(Reached, Pickup), Reply> {
        let answers = Pickup::After(RING);
        let skill = self.config.skills.iter().find(|skill| skill.is_dialed(user));
        if let Some(name) = skill.map(|skill| skill.name.clone()) {
            // Without a free agent the call waits in the skill's queue, and rings.
            let answer = if self.take_agent(&name) { answers } else { Pickup::Never };
            return Ok((Reached::Agent(name), answer));
        }
        let config = &self.config;
        if config.campaigns.iter().any(|campaign| campaign.dnis == user) {
            return Ok((Reached::Campaign(user.to_owned()), answers));
        }
        let by_rule = !config.has(Fault::NoOutboundRule);
        let matches = |rule: &&super::OutboundRule| {
            by_rule && rule.to == Destination::Pstn && rule.matches(user, None, None)
        };
        let Some(rule) = config.rules.iter().find(matches) else {
            let nobody = config.rules.is_empty()
                && config.skills.is_empty()
                && config.campaigns.is_empty()
                && by_rule;
            // An end whose script only calls has nobody to be called.
            return Err(Reply::new(if nobody { 480 } else { 404 }));
        };
        let verified =
            config.caller_ids.is_empty() || config.caller_ids.iter().any(|n| n == caller);
        if !verified || config.has(Fault::CallerIdRefused) {
            return Err(Reply::new(403).reason("Caller ID is unauthorized"));
        }
        let party = config.parties.iter().find(|party| party.number == user);
        let answer = match party.map(|party| (party.answering, party.ring)) {
            None => answers,
            Some((PartyAnswering::Answer, ring)) => Pickup::After(ring),
            Some((PartyAnswering::Ring, _)) => Pickup::Never,
            Some((PartyAnswering::Reject(code), _)) => Pickup::Refuses(code),
        };
        Ok((Reached::Phone { number: user.to_owned(), rule: rule.name.clone() }, answer))
    }

    /// A REFER asks for this URI: who is reached by it, within Five9.
    pub(super) fn take_refer(&mut self, now: Instant, index: usize, uri: String) {
        let found = self.find(&user_of(uri.as_bytes()), "");
        let Some(call) = self.calls.get_mut(index) else { return };
        call.refer_to = Some(uri);
        let Some(leg) = &mut call.leg else { return };
        leg.notify(now, 100, &mut self.line);
        let code = match found {
            Ok((_, Pickup::After(_))) => 200,
            Ok((_, Pickup::Never)) => 480,
            Ok((_, Pickup::Refuses(code))) => code,
            Err(reply) => reply.code,
        };
        leg.notify(now, code, &mut self.line);
    }
}
