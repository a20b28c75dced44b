//! Legs: one side of a call each. Which trunk is calling, is it authentic, is there room, and what
//! form does a call take towards a trunk.
//!
//! [`Legs`] stands between the user agent, which knows dialogs, and the bridge, which pairs legs. An
//! application that only places and answers calls drives `Legs` alone.

mod authenticate;
mod capacity;
mod event;
mod identify;
mod outgoing;
mod register;
mod stranger;

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use siptrunk_message::{Body, HeaderList, HeaderName, HeaderValue, Limits, Method, StatusCode};
use siptrunk_profiles::{Config, Trunk, UnknownSource};
use siptrunk_transaction::{
    Core, FlowEvent, IncomingRequest, KeyedHash, Live, QuestionId, Received, Seed,
    ServerTransactionId, Transmit,
};
use siptrunk_ua::{Answer, Question, Reply, RequestId, UaError, UserAgent};

pub use event::{LegEvent, LegId, Parties, TrunkId};
pub use outgoing::Outgoing;

use crate::diagnosis::CallFailure;
use authenticate::{Authenticator, Authenticity, ServerProof};
use capacity::Capacity;
use identify::{Identity, Lookups, Sources};
use register::Registrations;

/// All legs on all trunks.
///
/// Drive it like any [`Core`]. Requests from addresses that belong to no trunk are answered 403 or
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
    registrations: Registrations,
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
        agent: siptrunk_ua::Config,
        seed: &Seed,
    ) -> Self {
        let trunks = config.trunks.clone();
        let limits = agent.transaction.limits.clone();
        let mut legs = Self {
            agent: UserAgent::new(agent, seed.derive(b"user agent")),
            unknown_source: config.unknown_source,
            limits,
            tags: seed.derive(b"stateless tags").hasher(),
            sources: Sources::new(&trunks),
            lookups: Lookups::new(&trunks, now, settings.lookup_interval),
            authenticator: Authenticator::new(
                now,
                seed,
                &settings.realm,
                trunks.iter().map(|trunk| trunk.inbound.digest.as_ref()),
            ),
            capacity: Capacity::new(trunks.iter().map(|trunk| trunk.max_calls)),
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
        legs.drain(now);
        legs
    }

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
        let registered = self.registrations.destination(trunk_id, targets, &self.agent);
        let invite = outgoing.into_invite(trunk, targets, registered, &self.agent);
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

    /// From now on new INVITEs get 503 and OPTIONS too; registrations are given back.
    pub fn drain_trunks(&mut self, now: Instant) {
        self.draining = true;
        self.registrations.stop(now, &mut self.agent);
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

    /// Judges a new INVITE: trunk, validity, room, authenticity, in the order of cost.
    fn admit(&mut self, now: Instant, leg: LegId, request: Box<IncomingRequest>) {
        let parties = Parties::read(request.request());
        let source = request.remote().ip();
        let call_id = request.essentials().call_id().to_owned();
        let refuse = |this: &mut Self, trunk, failure: CallFailure, reply: Reply| {
            this.count("refused INVITE");
            this.events.push_back(LegEvent::Refused {
                trunk,
                source,
                parties: parties.clone(),
                call_id: call_id.clone(),
                failure,
            });
            // An error means that the caller is gone already: nothing to answer.
            let _gone = this.agent.answer(now, leg.0, reply);
        };
        let trunk = match self.identify(&request, &parties.dialed) {
            Identity::Trunk(trunk) => trunk,
            Identity::Unknown => {
                let failure = CallFailure::UnknownSource { address: source };
                return refuse(self, None, failure, Reply::new(StatusCode::FORBIDDEN));
            }
            Identity::Ambiguous => {
                let failure = CallFailure::AmbiguousSource {
                    address: source,
                    dialed: parties.dialed.clone(),
                };
                return refuse(self, None, failure, Reply::new(StatusCode::NOT_FOUND));
            }
        };
        if self.draining {
            let reply = self.unavailable();
            return refuse(self, Some(trunk), CallFailure::Draining, reply);
        }
        let proof = match self.authenticator.judge(now, trunk, &request) {
            Authenticity::Authentic(proof) => proof,
            Authenticity::Challenge(reply) => {
                let _gone = self.agent.answer(now, leg.0, *reply);
                return;
            }
            Authenticity::Refused(reply) => {
                let failure = CallFailure::NotAuthenticated { trunk: self.name(trunk) };
                return refuse(self, Some(trunk), failure, *reply);
            }
        };
        if let Err(limit) = self.capacity.take(trunk) {
            let failure = CallFailure::TrunkFull { trunk: self.name(trunk), limit };
            let status =
                self.trunk(trunk).map_or(StatusCode::BUSY_HERE, |trunk| trunk.full.status());
            return refuse(self, Some(trunk), failure, Reply::new(status));
        }
        self.seats.insert(leg, trunk);
        self.proofs.extend(proof.map(|proof| (leg, proof)));
        if let Some(outbound) = self.trunks.get(trunk.0).and_then(|trunk| trunk.outbound.as_ref()) {
            // A trunk that asks for credentials may ask for them on our BYE, too.
            let _gone = self.agent.set_account(leg.0, outbound.account.clone());
        }
        self.events.push_back(LegEvent::Incoming { leg, trunk, parties, request });
    }

    /// The trunk of a request: by the connection of its registration, then by its address.
    fn identify(&self, request: &IncomingRequest, dialed: &str) -> Identity {
        match self.registrations.identify(request.flow(), dialed, &self.trunks, &self.agent) {
            Identity::Unknown => self.sources.identify(request.remote().ip(), dialed),
            found => found,
        }
    }

    fn name(&self, trunk: TrunkId) -> String {
        self.trunk(trunk).map(|trunk| trunk.name.clone()).unwrap_or_default()
    }

    /// 503 with Retry-After.
    fn unavailable(&self) -> Reply {
        let mut reply = Reply::new(StatusCode::SERVICE_UNAVAILABLE);
        if let Ok(value) = HeaderValue::new(self.retry_after.to_string()) {
            reply.extra.push((HeaderName::RETRY_AFTER, value));
        }
        reply
    }

    /// A request outside dialogs: OPTIONS tells whether we take calls, all else is not ours.
    fn answer_outside(
        &mut self,
        now: Instant,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
    ) {
        let reply = if *request.request().method() != Method::OPTIONS {
            Reply::new(StatusCode::METHOD_NOT_ALLOWED)
        } else if self.draining {
            self.unavailable()
        } else {
            Reply::new(StatusCode::OK)
        };
        let _gone = self.agent.respond(now, transaction, reply);
    }

    /// Turns what the user agent reports into events of legs.
    fn drain(&mut self, now: Instant) {
        use siptrunk_ua::Event;
        while let Some(event) = self.agent.poll_event() {
            let event = match event {
                Event::Incoming { session, request } => {
                    self.admit(now, LegId(session), Box::new(request));
                    continue;
                }
                Event::Request { transaction, request } => {
                    self.answer_outside(now, transaction, &request);
                    continue;
                }
                Event::Provisional { session, response } => {
                    LegEvent::Provisional { leg: LegId(session), response: Box::new(response) }
                }
                Event::Answered { session, response } => {
                    LegEvent::Answered { leg: LegId(session), response: Box::new(response) }
                }
                Event::Confirmed { session, ack } | Event::Reconfirmed { session, ack } => {
                    LegEvent::Confirmed { leg: LegId(session), ack: Box::new(ack) }
                }
                Event::Reoffer { session, transaction, request } => LegEvent::Reoffer {
                    leg: LegId(session),
                    transaction,
                    request: Box::new(request),
                },
                Event::InDialog { session, transaction, request } => LegEvent::InDialog {
                    leg: LegId(session),
                    transaction,
                    request: Box::new(request),
                },
                Event::Response { request, outcome } => {
                    LegEvent::Response { request, outcome: outcome.map(Box::new) }
                }
                Event::Ended { session, ending } => {
                    let leg = LegId(session);
                    self.proofs.remove(&leg);
                    // A session that was refused in `admit` never had a seat, and nobody above knows it.
                    let Some(trunk) = self.seats.remove(&leg) else { continue };
                    self.capacity.give(trunk);
                    LegEvent::Ended { leg, ending: Box::new(ending) }
                }
                other => match self.registrations.handle_event(other) {
                    Some(event) => event,
                    None => continue,
                },
            };
            self.events.push_back(event);
        }
    }
}

impl Core for Legs {
    type Event = LegEvent;
    type Question = Question;
    type Answer = Answer;
    type MediaCommand = std::convert::Infallible;
    type MediaEvent = std::convert::Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        // Responses match an unguessable branch or are dropped below: only requests need a trunk.
        let response = input.bytes.starts_with(b"SIP/2.0 ");
        if response || self.knows(&input) {
            self.agent.handle_input(now, input);
            self.drain(now);
        } else {
            self.refuse_unknown(now, &input);
        }
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.agent.handle_flow(now, event);
        self.drain(now);
    }

    fn handle_answer(&mut self, now: Instant, id: QuestionId, answer: Answer) {
        match self.lookups.answered(id, answer) {
            Ok(Some((trunk, addresses))) => self.sources.set_hosts(trunk, addresses),
            Ok(None) => {}
            Err(answer) => {
                self.agent.handle_answer(now, id, answer);
                self.drain(now);
            }
        }
    }

    fn handle_media(&mut self, _now: Instant, event: Self::MediaEvent) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.ask(now);
        self.agent.handle_timeout(now);
        self.drain(now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front().or_else(|| self.agent.poll_transmit())
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Question)> {
        self.questions.pop_front().or_else(|| self.agent.poll_question())
    }

    fn poll_media(&mut self) -> Option<Self::MediaCommand> {
        None
    }

    fn poll_event(&mut self) -> Option<LegEvent> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.agent.poll_timeout(), self.lookups.poll_timeout()].into_iter().flatten().min()
    }

    fn live(&self) -> Live {
        let mut live = self.agent.live();
        live.add("legs", self.seats.len());
        live
    }
}
