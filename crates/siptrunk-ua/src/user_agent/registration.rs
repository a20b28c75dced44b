//! Registrations of ours: their verbs, and what becomes of them.

use std::time::Instant;

use siptrunk_transaction::{FlowId, Target, TransportError};

use super::UserAgent;
use crate::{
    Destination, Event, KeepAlive, Registration, RegistrationFailure, RegistrationId,
    RequestFailure,
    owner::Owner,
    registration::{Progress, Registrant},
};

impl UserAgent {
    /// Registers, and keeps the registration alive until [`unregister`](Self::unregister). Over
    /// [`Limits::max_requests`](crate::Limits::max_requests) it fails at once, and for good.
    pub fn register(&mut self, now: Instant, registration: Registration) -> RegistrationId {
        let id = RegistrationId(self.next_count());
        let limit = self.cx.config.limits.max_requests;
        if self.registrations.len() >= limit {
            self.cx.emit(Event::RegistrationFailed {
                registration: id,
                failure: RegistrationFailure::Request(RequestFailure::LimitReached { limit }),
                retry_in: None,
            });
            return id;
        }
        let (registrant, progress) = Registrant::begin(now, &mut self.cx, id, registration);
        self.registrations.insert(id, registrant);
        self.progress(id, progress);
        self.settle(now);
        id
    }

    /// Takes a registration back; [`Event::Unregistered`] follows. Does nothing for one that is
    /// over.
    pub fn unregister(&mut self, now: Instant, id: RegistrationId) {
        if let Some(registrant) = self.registrations.get_mut(&id) {
            let progress = registrant.unregister(now, &mut self.cx);
            self.progress(id, progress);
        }
        self.settle(now);
    }

    /// Keeps the flow of a registration open from now on. Where nothing answers, the flow counts as
    /// failed: [`RegistrationFailure::FlowClosed`] with a time-out, and the registration is formed
    /// anew (RFC 5626 section 4.5). Does nothing for one that is over.
    pub fn keep_alive(&mut self, now: Instant, id: RegistrationId, keep_alive: KeepAlive) {
        if let Some(registrant) = self.registrations.get_mut(&id) {
            registrant.keep_alive(now, &mut self.cx, keep_alive);
            self.progress(id, Progress::Stay);
        }
        self.settle(now);
    }

    /// A CRLF between messages came over a connection: the answer to a keep-alive.
    pub(crate) fn handle_pong(&mut self, flow: FlowId) {
        for id in self.registrations_on(flow) {
            if let Some(registrant) = self.registrations.get_mut(&id) {
                registrant.handle_pong();
                self.progress(id, Progress::Stay);
            }
        }
    }

    /// The connection that a registration stands on: the one that brought the last 2xx of its
    /// REGISTER. None while it does not stand, and over UDP, where the listener's socket is the flow
    /// for everything.
    ///
    /// What comes over it comes from the registrar.
    pub fn registered_connection(&self, id: RegistrationId) -> Option<FlowId> {
        self.registrations.get(&id)?.connection()
    }

    /// The way of requests outside dialogs to whom we are registered with (RFC 5626 section 4.3): over
    /// the [`registered_connection`](Self::registered_connection), and if that fails to those of
    /// `targets` that it does not lead to. None where there is no such connection.
    pub fn registered_destination(
        &self,
        id: RegistrationId,
        targets: &[Target],
    ) -> Option<Destination> {
        let registrant = self.registrations.get(&id)?;
        let (flow, remote) = (registrant.connection()?, registrant.remote()?);
        let others = targets.iter().filter(|target| target.address != remote);
        Some(Destination::FlowFirst { flow, targets: others.cloned().collect() })
    }

    /// A connection closed: the registrations that stood on it begin anew, oldest first.
    pub(crate) fn close_registrations(
        &mut self,
        now: Instant,
        flow: FlowId,
        reason: TransportError,
    ) {
        for id in self.registrations_on(flow) {
            if let Some(registrant) = self.registrations.get_mut(&id) {
                registrant.handle_closed(now, &mut self.cx, flow, reason);
                self.progress(id, Progress::Stay);
            }
        }
    }

    fn registrations_on(&self, flow: FlowId) -> Vec<RegistrationId> {
        let on_it = |(id, it): (&RegistrationId, &Registrant)| {
            (it.connection() == Some(flow)).then_some(*id)
        };
        let mut those: Vec<_> = self.registrations.iter().filter_map(on_it).collect();
        those.sort_unstable();
        those
    }

    /// Keeps a registration's deadline, or drops the registration.
    pub(super) fn progress(&mut self, id: RegistrationId, progress: Progress) {
        let owner = Owner::Registration(id);
        if progress == Progress::Over {
            self.registrations.remove(&id);
        }
        let deadline = self.registrations.get(&id).and_then(Registrant::deadline);
        self.cx.deadlines.set(owner, deadline);
    }
}
