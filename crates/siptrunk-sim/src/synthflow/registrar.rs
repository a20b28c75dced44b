//! Registrations that Synthflow takes (RFC 3261 section 10.3): of one account, 60 to 3600 seconds.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderName, Request};

use super::{Event, Fault, Synthflow, registration::expires_of};
use crate::scripted::{Reply, first_uri};

/// The shortest and the longest registration, in seconds, and the one of who names none.
const SHORTEST: u32 = 60;
const LONGEST: u32 = 3_600;
const USUAL: u32 = 300;

/// Who is registered.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// The URI to call.
    pub(super) uri: String,
    /// Where the REGISTER came from: calls go there.
    pub(super) peer: SocketAddr,
    until: Instant,
}

/// The binding of the trunk, if it has one.
#[derive(Debug, Default)]
pub(super) struct Registrar {
    binding: Option<Binding>,
}

impl Registrar {
    pub(super) fn binding(&self, now: Instant) -> Option<&Binding> {
        self.binding.as_ref().filter(|binding| binding.until > now)
    }

    /// A REGISTER that proved itself: what it gets, and for how long it binds, if anything changed.
    pub(super) fn take(
        &mut self,
        now: Instant,
        request: &Request,
        peer: SocketAddr,
    ) -> (Reply, Option<u32>) {
        let headers = request.headers();
        let said = headers.raw(&HeaderName::EXPIRES).map(String::from_utf8_lossy);
        let said = said.and_then(|value| value.trim().parse().ok());
        let contact = headers.raw(&HeaderName::CONTACT).map(String::from_utf8_lossy);
        let mut bound = None;
        if let Some(contact) = contact {
            let all = contact.trim() == "*";
            let asked = expires_of(&contact).filter(|_| !all).or(said);
            let seconds = match asked.unwrap_or(USUAL) {
                0 => 0,
                _ if all => return (Reply::new(400), None),
                short if short < SHORTEST => {
                    let least = SHORTEST.to_string();
                    return (Reply::new(423).header(HeaderName::MIN_EXPIRES, least), None);
                }
                seconds => seconds.min(LONGEST),
            };
            let uri = first_uri(contact.as_bytes());
            self.binding = match uri {
                Some(uri) if seconds > 0 => {
                    let until = now + Duration::from_secs(u64::from(seconds));
                    Some(Binding { uri, peer, until })
                }
                _ => None,
            };
            bound = Some(seconds);
        }
        let reply = match self.binding(now) {
            Some(binding) => {
                let left = binding.until.saturating_duration_since(now).as_secs();
                let contact = format!("<{}>;expires={left}", binding.uri);
                Reply::new(200).header(HeaderName::CONTACT, contact)
            }
            None => Reply::new(200),
        };
        (reply, bound)
    }
}

impl Synthflow {
    /// Judges a REGISTER, and what it gets.
    pub(super) fn take_register(
        &mut self,
        now: Instant,
        request: &Request,
        from: SocketAddr,
    ) -> Reply {
        if self.config.has(Fault::RegistrationRefused) {
            return Reply::new(403);
        }
        if let Some(guard) = &mut self.guard
            && let Some(reply) = guard.judge(now, request, from)
        {
            return reply;
        }
        let (reply, bound) = self.registrar.take(now, request, from);
        self.events.extend(bound.map(|expires| Event::Bound { expires }));
        reply
    }
}
