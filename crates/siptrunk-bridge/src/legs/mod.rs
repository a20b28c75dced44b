//! Legs: one side of a call each. Which trunk is calling, is it authentic, is there room, and what
//! form does a call take towards a trunk.
//!
//! [`Legs`] stands between the user agent, which knows dialogs, and the bridge, which pairs legs. An
//! application that only places and answers calls drives `Legs` alone.

mod admit;
mod authenticate;
mod capacity;
mod check;
mod core;
mod event;
mod half_open;
mod health;
mod identify;
mod outgoing;
mod outside;
mod pacer;
mod probe;
mod register;
mod registrar;
mod stranger;
mod verbs;

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use siptrunk_message::{Limits, Method};
use siptrunk_profiles::{Config, HandBackBy, Trunk, UnknownSource};
use siptrunk_transaction::{KeyedHash, QuestionId, Seed, Transmit};
use siptrunk_ua::{Question, UserAgent};

pub use event::{LegEvent, LegId, Parties, TrunkId};
pub use health::TrunkHealth;
pub use outgoing::Outgoing;

use authenticate::{Authenticator, ServerProof};
use capacity::Capacity;
use half_open::HalfOpen;
use health::Watch;
pub(crate) use identify::lookup;
use identify::{Lookups, Sources};
use pacer::Pacer;
use register::Registrations;
use registrar::Bound;

/// All legs on all trunks.
///
/// Drive it like any [`Core`](siptrunk_transaction::Core). Requests from addresses that belong to no trunk are answered 403 or
/// not at all, as configured, before they are looked at any further.
pub struct Legs {
    agent: UserAgent,
    trunks: Vec<Trunk>,
    unknown_source: UnknownSource,
    limits: Limits,
    /// Makes the To tag of stateless answers: the same for each copy of a request.
    tags: KeyedHash,
    sources: Sources,
    lookups: Lookups,
    authenticator: Authenticator,
    capacity: Capacity,
    half_open: HalfOpen,
    pacer: Pacer,
    watch: Watch,
    registrations: Registrations,
    bound: Bound,
    seats: BTreeMap<LegId, TrunkId>,
    /// For the 2xx of callers that proved themselves.
    proofs: BTreeMap<LegId, ServerProof>,
    draining: bool,
    retry_after: u32,
    refused: BTreeMap<&'static str, u64>,
    last_unknown: Option<Instant>,
    transmits: VecDeque<Transmit>,
    questions: VecDeque<(QuestionId, Question)>,
    events: VecDeque<LegEvent>,
}

impl Legs {
    /// Legs on the trunks of a configuration that has no finding left.
    ///
    /// Looks up the hosts of trunks that are known by name and registers where a trunk says so: poll
    /// before the first input.
    pub fn new(
        now: Instant,
        config: &Config,
        settings: &crate::Settings,
        mut agent: siptrunk_ua::Config,
        seed: &Seed,
    ) -> Self {
        let trunks = config.trunks.clone();
        let limits = agent.transaction.limits.clone();
        if agent.registrar.is_none() && trunks.iter().any(|trunk| trunk.inbound.registrar) {
            agent.registrar = Some(siptrunk_ua::RegistrarLimits::default());
        }
        agent.refer |= trunks.iter().any(|trunk| {
            trunk.hand_back == HandBackBy::Refer || trunk.inbound.methods.contains(&Method::REFER)
        });
        let agent = UserAgent::new(agent, seed.derive(b"user agent"));
        let mut legs = Self {
            bound: Bound::new(&trunks, &agent),
            agent,
            unknown_source: config.unknown_source,
            limits,
            tags: seed.derive(b"stateless tags").hasher(),
            sources: Sources::new(&trunks),
            lookups: Lookups::new(&trunks, now, settings.lookup_interval),
            authenticator: Authenticator::new(now, seed, &settings.realm, &trunks),
            capacity: Capacity::new(trunks.iter().map(|trunk| trunk.max_calls)),
            half_open: HalfOpen::new(settings.max_half_open),
            pacer: Pacer::new(
                trunks.iter().map(|trunk| trunk.calls_per_second),
                settings.pace_wait,
            ),
            watch: Watch::new(&trunks, now),
            registrations: Registrations::default(),
            seats: BTreeMap::new(),
            proofs: BTreeMap::new(),
            draining: false,
            retry_after: settings.retry_after,
            refused: BTreeMap::new(),
            last_unknown: None,
            transmits: VecDeque::new(),
            questions: VecDeque::new(),
            events: VecDeque::new(),
            trunks,
        };
        legs.registrations.start(now, &legs.trunks, &mut legs.agent);
        legs.ask(now);
        for at in 0..legs.trunks.len() {
            let trunk = TrunkId(at);
            legs.watch.set_targets(now, trunk, legs.lookups.targets(trunk));
        }
        legs.check(now);
        legs
    }

    /// From now on new INVITEs get 503 and OPTIONS too; registrations are given back.
    pub fn drain_trunks(&mut self, now: Instant) {
        self.draining = true;
        self.registrations.stop(now, &mut self.agent);
        self.watch.stop();
        self.drain(now);
    }

    /// The Call-ID of a leg, while it lives.
    pub fn call_id(&self, leg: LegId) -> Option<String> {
        self.agent.dialog(leg.0).map(|dialog| dialog.call_id().to_owned())
    }

    /// The user agent underneath, to read from.
    pub const fn agent(&self) -> &UserAgent {
        &self.agent
    }

    /// A fresh id for a question of a core above.
    pub fn next_question_id(&mut self) -> QuestionId {
        self.agent.next_question_id()
    }

    /// The trunk of this id.
    pub fn trunk(&self, id: TrunkId) -> Option<&Trunk> {
        self.trunks.get(id.0)
    }

    /// How many calls a trunk has now, of both directions.
    pub fn calls_on(&self, id: TrunkId) -> u32 {
        self.capacity.taken(id)
    }

    /// What a message may hold.
    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Refused or dropped requests by reason, since the start.
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.refused.iter().map(|(reason, count)| (*reason, *count))
    }

    fn count(&mut self, reason: &'static str) {
        *self.refused.entry(reason).or_default() += 1;
    }

    /// Asks for the addresses of trunks whose look-up is due.
    fn ask(&mut self, now: Instant) {
        while let Some((trunk, lookup)) = self.lookups.due(now) {
            let id = self.agent.next_question_id();
            self.lookups.asked(trunk, id, now);
            self.questions.push_back((id, Question::Resolve(lookup)));
        }
    }
}

#[cfg(test)]
mod tests;
