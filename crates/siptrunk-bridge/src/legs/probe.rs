//! An OPTIONS to a trunk (RFC 3261 11): whether it lives, and whether it speaks with us.

use std::time::Instant;

use siptrunk_message::{NameAddr, Uri};
use siptrunk_transaction::Target;
use siptrunk_ua::{Destination, RequestId, UaError};

use super::Legs;
use super::event::TrunkId;
use super::identify::lookup;
use super::outgoing::our_address;
use crate::diagnosis::CallFailure;

impl Legs {
    /// Sends an OPTIONS the way that a call would go. What comes of it is told by
    /// [`LegEvent::Response`](super::LegEvent::Response).
    ///
    /// # Errors
    /// The trunk has no host, or there is no room for a request.
    pub fn probe(&mut self, now: Instant, trunk: TrunkId) -> Result<RequestId, CallFailure> {
        let asked = self.ask_by_options(now, trunk, None);
        self.drain(now);
        let trunk = self.name(trunk);
        match asked {
            Some(Ok(request)) => Ok(request),
            Some(Err(error)) => Err(CallFailure::Unreachable { trunk, why: error.to_string() }),
            None => Err(CallFailure::Unresolved { trunk }),
        }
    }

    /// Sends an OPTIONS to this target of a trunk, or the way of a call; `None` if it has no host.
    pub(super) fn ask_by_options(
        &mut self,
        now: Instant,
        id: TrunkId,
        target: Option<Target>,
    ) -> Option<Result<RequestId, UaError>> {
        let trunk = self.trunks.get(id.0)?;
        let host = trunk.hosts.first()?;
        let targets = self.lookups.targets(id);
        let ours = our_address(trunk, targets, &self.agent);
        let uri = Uri::sip(None, &host.host, host.port);
        let from = NameAddr::new(Uri::sip(None, &ours.host, ours.port));
        let destination = match target {
            Some(target) => Destination::Targets(vec![target]),
            None => self
                .registrations
                .destination(id, targets, &self.agent)
                .unwrap_or_else(|| Destination::Lookup(lookup(trunk))),
        };
        Some(self.agent.options(now, destination, uri, from))
    }
}
