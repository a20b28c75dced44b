//! What is done with one leg: dial, answer, acknowledge, end, ask.

use std::time::Instant;

use siptrunk_message::{Body, HeaderList, Method, StatusCode, Uri};
use siptrunk_transaction::{ServerTransactionId, Target};
use siptrunk_ua::{Reply, RequestId, UaError};

use super::Legs;
use super::event::LegId;
use super::outgoing::Outgoing;
use super::registrar::Way;
use crate::diagnosis::CallFailure;

impl Legs {
    /// Dials a leg on a trunk.
    ///
    /// # Errors
    /// The trunk is full, or the user agent refuses; nothing was sent then.
    pub fn dial(&mut self, now: Instant, outgoing: Outgoing) -> Result<LegId, CallFailure> {
        let trunk_id = outgoing.trunk;
        let Some(trunk) = self.trunks.get(trunk_id.0) else { return Err(CallFailure::Internal) };
        if let Err(limit) = self.capacity.take(trunk_id) {
            return Err(CallFailure::TrunkFull { trunk: trunk.name.clone(), limit });
        }
        let targets = self.lookups.targets(trunk_id);
        let living = self.watch.living(trunk_id, targets);
        if living.is_empty() && !targets.is_empty() {
            self.capacity.give(trunk_id);
            return Err(CallFailure::TrunkDown { trunk: trunk.name.clone() });
        }
        // A name may lead back to us: what is sent there would come in again, and go out again.
        let ours = |target: &&Target| self.agent.transactions().leads_to_us(target);
        let targets: Vec<_> = living.iter().filter(|target| !ours(target)).cloned().collect();
        if targets.is_empty() && !living.is_empty() {
            self.capacity.give(trunk_id);
            return Err(CallFailure::Loop { trunk: trunk.name.clone() });
        }
        let targets = targets.as_slice();
        let way = self.bound.way(trunk_id, &self.agent);
        if way.is_none() && trunk.hosts.is_empty() && self.bound.registers(trunk_id) {
            self.capacity.give(trunk_id);
            return Err(CallFailure::NotRegistered { trunk: trunk.name.clone() });
        }
        let way = way.or_else(|| {
            let destination = self.registrations.destination(trunk_id, targets, &self.agent)?;
            Some(Way { destination, contact: None })
        });
        let invite = outgoing.into_invite(trunk, targets, way, &self.agent);
        match invite.and_then(|invite| {
            self.agent.invite(now, invite).map_err(|error| CallFailure::Unreachable {
                trunk: trunk.name.clone(),
                why: error.to_string(),
            })
        }) {
            Ok(session) => {
                self.seats.insert(LegId(session), trunk_id);
                self.drain(now);
                Ok(LegId(session))
            }
            Err(failure) => {
                self.capacity.give(trunk_id);
                Err(failure)
            }
        }
    }

    /// Answers an incoming leg: a provisional, a 2xx or a refusal, by status.
    ///
    /// # Errors
    /// The leg is over, or was answered finally before.
    pub fn answer(&mut self, now: Instant, leg: LegId, mut reply: Reply) -> Result<(), UaError> {
        if reply.status.is_success()
            && let Some(proof) = self.proofs.remove(&leg)
        {
            reply = proof.add_to(reply);
        }
        let outcome = self.agent.answer(now, leg.0, reply);
        self.drain(now);
        outcome
    }

    /// Sends the ACK of a dialled leg whose INVITE carried no offer.
    ///
    /// # Errors
    /// The leg is over or waits for no ACK.
    pub fn acknowledge(
        &mut self,
        now: Instant,
        leg: LegId,
        body: Option<Body>,
    ) -> Result<(), UaError> {
        let outcome = self.agent.acknowledge(now, leg.0, body);
        self.drain(now);
        outcome
    }

    /// Ends an answered leg by a BYE with these headers.
    ///
    /// # Errors
    /// The leg is over or not answered.
    pub fn bye(&mut self, now: Instant, leg: LegId, headers: HeaderList) -> Result<(), UaError> {
        let outcome = self.agent.bye(now, leg.0, headers);
        self.drain(now);
        outcome
    }

    /// Gives up a dialled leg that has no final answer yet.
    ///
    /// # Errors
    /// The leg is over or answered.
    pub fn cancel(&mut self, now: Instant, leg: LegId, headers: HeaderList) -> Result<(), UaError> {
        let outcome = self.agent.cancel(now, leg.0, headers);
        self.drain(now);
        outcome
    }

    /// Sends any request in the leg's dialog.
    ///
    /// # Errors
    /// The leg is over or not answered.
    pub fn request(
        &mut self,
        now: Instant,
        leg: LegId,
        method: Method,
        headers: HeaderList,
        body: Option<Body>,
    ) -> Result<RequestId, UaError> {
        let outcome = self.agent.request(now, leg.0, method, headers, body);
        self.drain(now);
        outcome
    }

    /// Asks the peer of an answered leg to call somebody else (RFC 3515), one REFER at a time.
    ///
    /// # Errors
    /// The leg is over or not answered, or another REFER is under way.
    pub fn refer(
        &mut self,
        now: Instant,
        leg: LegId,
        to: &Uri<'_>,
        headers: &HeaderList,
    ) -> Result<RequestId, UaError> {
        let outcome = self.agent.refer(now, leg.0, to, headers);
        self.drain(now);
        outcome
    }

    /// Tells the peer how far the call is that it referred us to.
    ///
    /// # Errors
    /// The leg is over, or its peer does not want to hear.
    pub fn notify_refer(
        &mut self,
        now: Instant,
        leg: LegId,
        status: StatusCode,
    ) -> Result<(), UaError> {
        let outcome = self.agent.notify_refer(now, leg.0, status);
        self.drain(now);
        outcome
    }

    /// Answers a request that came in a dialog.
    ///
    /// # Errors
    /// The transaction is over.
    pub fn respond(
        &mut self,
        now: Instant,
        transaction: ServerTransactionId,
        reply: Reply,
    ) -> Result<(), UaError> {
        let outcome = self.agent.respond(now, transaction, reply);
        self.drain(now);
        outcome
    }
}
