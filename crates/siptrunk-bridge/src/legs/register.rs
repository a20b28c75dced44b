//! Registrations of ours with trunks that want one (RFC 3261 10), and their flows (RFC 5626): calls of
//! a registered trunk go over the connection that registered, and what comes over it is the trunk's.

use std::collections::BTreeMap;
use std::time::Instant;

use siptrunk_message::{NameAddr, Uri};
use siptrunk_profiles::{Outbound, Trunk};
use siptrunk_transaction::{FlowId, Target};
use siptrunk_ua::{
    Destination, Event, KeepAlive, Registration, RegistrationFailure, RegistrationId, UserAgent,
};

use super::event::{LegEvent, TrunkId};
use super::identify::{Identity, lookup};

/// Which registration belongs to which trunk.
#[derive(Debug, Default)]
pub(crate) struct Registrations {
    trunks: BTreeMap<RegistrationId, TrunkId>,
}

impl Registrations {
    /// Registers with every trunk whose `outbound.register` says so.
    pub(crate) fn start(&mut self, now: Instant, trunks: &[Trunk], agent: &mut UserAgent) {
        for (at, trunk) in trunks.iter().enumerate() {
            let Some(outbound) = with_registration(trunk) else { continue };
            let Some(host) = trunk.hosts.first() else { continue };
            let username = outbound.account.username.as_str();
            let registration = Registration {
                destination: Destination::Lookup(lookup(trunk)),
                registrar: Uri::sip(None, &host.host, host.port),
                aor: NameAddr::new(Uri::sip(Some(username), &host.host, None)),
                contact_user: Some(username.to_owned()),
                account: Some(outbound.account.clone()),
                expires: outbound.register_expires,
            };
            let id = agent.register(now, registration);
            agent.keep_alive(now, id, keep_alive(trunk));
            self.trunks.insert(id, TrunkId(at));
        }
    }

    /// Gives all registrations back.
    pub(crate) fn stop(&self, now: Instant, agent: &mut UserAgent) {
        for id in self.trunks.keys() {
            agent.unregister(now, *id);
        }
    }

    /// The way of a call to this trunk: over the connection of its registration, then to those of
    /// its targets that it does not lead to; none if its registration stands on no connection.
    pub(crate) fn destination(
        &self,
        trunk: TrunkId,
        targets: &[Target],
        agent: &UserAgent,
    ) -> Option<Destination> {
        let (id, _) = self.trunks.iter().find(|(_, of)| **of == trunk)?;
        agent.registered_destination(*id, targets)
    }

    /// The trunks whose registrations stand on this connection.
    pub(crate) fn on(&self, flow: FlowId, agent: &UserAgent) -> impl Iterator<Item = TrunkId> {
        self.trunks
            .iter()
            .filter(move |(id, _)| agent.registered_connection(**id) == Some(flow))
            .map(|(_, trunk)| *trunk)
    }

    /// To which registered trunk a request belongs that came over this connection. Where several
    /// accounts stand on it, the user part that we registered tells them apart: it is that of the
    /// Contact (RFC 3261 10.2.1), so the registrar writes it into the Request-URI.
    pub(crate) fn identify(
        &self,
        flow: FlowId,
        dialed: &str,
        trunks: &[Trunk],
        agent: &UserAgent,
    ) -> Identity {
        let mut on_it = self.on(flow, agent);
        let Some(first) = on_it.next() else { return Identity::Unknown };
        let Some(second) = on_it.next() else { return Identity::Trunk(first) };
        let is_called = |trunk: &TrunkId| {
            trunks.get(trunk.0).is_some_and(|trunk| {
                let username = trunk.outbound.as_ref().map(|it| it.account.username.as_str());
                username == Some(dialed) || trunk.numbers.iter().any(|number| number == dialed)
            })
        };
        let mut called = [first, second].into_iter().chain(on_it).filter(is_called);
        match (called.next(), called.next()) {
            (Some(trunk), None) => Identity::Trunk(trunk),
            _ => Identity::Ambiguous,
        }
    }

    /// An event of the user agent that speaks of a registration.
    pub(crate) fn handle_event(&mut self, event: Event) -> Option<LegEvent> {
        match event {
            Event::Registered { registration, expires } => {
                let trunk = *self.trunks.get(&registration)?;
                Some(LegEvent::Registered { trunk, expires })
            }
            Event::RegistrationFailed { registration, failure, retry_in } => {
                let trunk = *self.trunks.get(&registration)?;
                let reason = describe(&failure);
                Some(LegEvent::RegistrationFailed { trunk, reason, retry_in })
            }
            Event::Unregistered { registration } => {
                self.trunks.remove(&registration);
                None
            }
            _ => None,
        }
    }
}

/// The account of a trunk that we register with.
pub(super) fn with_registration(trunk: &Trunk) -> Option<&Outbound> {
    trunk.outbound.as_ref().filter(|outbound| outbound.register)
}

/// What keeps the flow of a registration open.
fn keep_alive(trunk: &Trunk) -> KeepAlive {
    use siptrunk_profiles::KeepAlive as Wanted;
    match trunk.effective_keep_alive() {
        Wanted::Crlf { every } => KeepAlive::Crlf { every },
        Wanted::Options { every } => KeepAlive::Options { every },
        _ => KeepAlive::Off,
    }
}

fn describe(failure: &RegistrationFailure) -> String {
    match failure {
        RegistrationFailure::Rejected(response) => {
            format!("the registrar answered {}", response.response().status().code())
        }
        RegistrationFailure::AuthenticationFailed(_) => {
            String::from("the registrar did not accept our credentials")
        }
        RegistrationFailure::NotConfirmed(_) => {
            String::from("the registrar's 200 does not name our Contact")
        }
        RegistrationFailure::Request(failure) => failure.to_string(),
        RegistrationFailure::FlowClosed(reason) => format!("its connection closed: {reason}"),
        _ => String::from("the registration failed"),
    }
}
