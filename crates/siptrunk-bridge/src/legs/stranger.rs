//! Who is no trunk at all: refused without state or not answered, before a request is parsed.

use std::time::{Duration, Instant};

use siptrunk_message::StatusCode;
use siptrunk_profiles::UnknownSource;
use siptrunk_transaction::{Received, stateless};

use super::Legs;
use super::event::{LegEvent, Parties};
use crate::diagnosis::CallFailure;

impl Legs {
    /// Whether this comes from any trunk: from an address of one, or over the connection of its
    /// registration.
    pub(super) fn knows(&self, input: &Received) -> bool {
        self.sources.knows(input.remote.ip())
            || input.identity.as_ref().is_some_and(|it| self.sources.knows_name(it))
            || (self.bound.is_open() && input.bytes.starts_with(b"REGISTER "))
            || self.bound.on(input.flow).next().is_some()
            || self.registrations.on(input.flow, &self.agent).next().is_some()
    }

    /// A request from an address of no trunk: refused without state, or dropped.
    pub(super) fn refuse_unknown(&mut self, now: Instant, received: &Received) {
        self.count("unknown source");
        let tag = format!("{:x}", self.tags.hash(&received.bytes));
        if self.unknown_source == UnknownSource::Refuse
            && let Some(transmit) =
                stateless::refuse(received, StatusCode::FORBIDDEN, &self.limits, &tag)
        {
            self.transmits.push_back(transmit);
        }
        // One event a second is enough to say that it happens; the counter has them all.
        let quiet = Duration::from_secs(1);
        if self.last_unknown.is_none_or(|last| now.saturating_duration_since(last) >= quiet) {
            self.last_unknown = Some(now);
            let source = received.remote.ip();
            self.events.push_back(LegEvent::Refused {
                trunk: None,
                source,
                parties: Parties::default(),
                call_id: String::new(),
                failure: CallFailure::UnknownSource { address: source },
            });
        }
    }
}
