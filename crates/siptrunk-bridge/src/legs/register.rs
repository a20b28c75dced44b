//! Registrations of ours with trunks that want one (RFC 3261 10).

use std::collections::BTreeMap;
use std::time::Instant;

use siptrunk_message::{NameAddr, Uri};
use siptrunk_profiles::Trunk;
use siptrunk_ua::{
    Destination, Event, Registration, RegistrationFailure, RegistrationId, UserAgent,
};

use super::event::{LegEvent, TrunkId};
use super::identify::lookup;

/// Which registration belongs to which trunk.
#[derive(Debug, Default)]
pub(crate) struct Registrations {
    trunks: BTreeMap<RegistrationId, TrunkId>,
}

impl Registrations {
    /// Registers with every trunk whose `outbound.register` says so.
    pub(crate) fn start(&mut self, now: Instant, trunks: &[Trunk], agent: &mut UserAgent) {
        for (at, trunk) in trunks.iter().enumerate() {
            let Some(outbound) = trunk.outbound.as_ref().filter(|outbound| outbound.register)
            else {
                continue;
            };
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
            self.trunks.insert(agent.register(now, registration), TrunkId(at));
        }
    }

    /// Gives all registrations back.
    pub(crate) fn stop(&self, now: Instant, agent: &mut UserAgent) {
        for id in self.trunks.keys() {
            agent.unregister(now, *id);
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
        _ => String::from("the registration failed"),
    }
}
