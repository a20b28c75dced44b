//! Verification: what an integration guide has a person try by hand, tried step by step on the trunks of
//! a configuration, each step with its evidence and, where something is wrong, what to do about it.
//!
//! [`Verifier`] is a [`Core`] like the bridge: it asks for addresses, sends OPTIONS, registers, places a
//! call or waits for one, and tells a [`Step`] after each. It relays nothing: of a call it is one end.

mod audio;
mod call;
mod context;
mod step;
mod trunk;

pub use step::{Check, Step, Verdict};

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use siptrunk_profiles::{Config, Finding, Trunk};
use siptrunk_transaction::{
    Core, FlowEvent, FlowId, Listener, Live, QuestionId, Received, Rng, Seed, Transmit,
};
use siptrunk_ua::{Answer, Question};

use crate::diagnosis::{CallFailure, Diagnosis};
use crate::legs::{LegEvent, Legs, TrunkId};
use crate::settings::Settings;
use call::Conversation;
use trunk::Asked;

/// What a verification tries, and how long it waits.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Plan {
    /// The trunk to look at, by name; `None`: all of them.
    pub trunk: Option<String>,
    /// A number to call, on the trunk that has it, or on [`Self::trunk`].
    pub call: Option<String>,
    /// A trunk whose call is waited for, by name: somebody has to place it.
    pub expect: Option<String>,
    /// The calling number of the call that is placed. Default `+12065550199`, a number nobody has.
    pub caller: String,
    /// How long an answer to OPTIONS, a registration or a look-up is waited for. Default 5 s.
    pub patience: Duration,
    /// How long a call may take to be answered, and how long one is waited for. Default 40 s: a call to
    /// which nothing at all comes back is given up by timer B before that.
    pub ringing: Duration,
    /// How long audio is listened to. Default 3 s.
    pub listen: Duration,
    /// How long a BYE that hands back is waited for after that. Default 10 s.
    pub hand_back: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            trunk: None,
            call: None,
            expect: None,
            caller: String::from("+12065550199"),
            patience: Duration::from_secs(5),
            ringing: Duration::from_secs(40),
            listen: Duration::from_secs(3),
            hand_back: Duration::from_secs(10),
        }
    }
}

/// What a verification tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyEvent {
    /// Something was looked at.
    Step(Box<Step>),
    /// All was looked at, and nothing is left open.
    Finished,
}

/// What is done next.
#[derive(Debug)]
enum Task {
    Names(TrunkId),
    Options(TrunkId),
    Registration(TrunkId),
    Binding(TrunkId),
    Call(TrunkId, String),
    Expect(TrunkId),
}

/// What is being done.
#[derive(Debug)]
enum Doing {
    /// Nothing, and nothing is left.
    Resting,
    /// Something was asked of a trunk.
    Asking(Asked),
    /// A call is placed, waited for, or stands.
    Talking(Box<Conversation>),
    /// Registrations are given back; what is open ends by itself.
    Leaving { until: Instant },
    /// Nothing any more.
    Nothing,
}

/// Looks at the trunks of a configuration.
///
/// Drive it like any [`Core`], from the first drain after [`Verifier::new`] until
/// [`VerifyEvent::Finished`].
pub struct Verifier {
    legs: Legs,
    plan: Plan,
    tasks: VecDeque<Task>,
    doing: Doing,
    /// What came of registrations so far, `None` for a refusal: the user agent begins them by itself.
    registered: BTreeMap<TrunkId, Option<Duration>>,
    bound: BTreeMap<TrunkId, SocketAddr>,
    /// The listener that audio comes to, and what descriptions say of it.
    media: (u16, SocketAddr),
    rng: Rng,
    questions: VecDeque<(QuestionId, Question)>,
    transmits: VecDeque<Transmit>,
    events: VecDeque<VerifyEvent>,
}

impl Verifier {
    /// A verifier of this configuration on listeners that are bound already. `media` is the number of a
    /// further listener, for audio, and the address that descriptions name for it.
    ///
    /// # Errors
    /// Every finding that stands against a start, or names in the plan that no trunk has.
    pub fn new(
        config: &Config,
        plan: Plan,
        listeners: Vec<Listener>,
        media: (u16, SocketAddr),
        seed: &Seed,
        now: Instant,
    ) -> Result<Self, Vec<Finding>> {
        config.check()?;
        let tasks = tasks(config, &plan)?;
        let settings = Settings::default();
        let mut agent = siptrunk_ua::Config {
            user_agent: settings.user_agent.clone(),
            ringing_timeout: plan.ringing,
            ..siptrunk_ua::Config::default()
        };
        agent.transaction.listeners = listeners;
        let mut verifier = Self {
            legs: Legs::new(now, config, &settings, agent, &seed.derive(b"legs")),
            tasks,
            plan,
            doing: Doing::Resting,
            registered: BTreeMap::new(),
            bound: BTreeMap::new(),
            media,
            rng: seed.derive(b"verifier").rng(),
            questions: VecDeque::new(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        };
        verifier.settle(now);
        Ok(verifier)
    }

    /// Takes what happened below, and begins what comes next where something is done.
    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.legs.poll_event() {
            self.handle_leg(now, event);
        }
        while matches!(self.doing, Doing::Resting) {
            match self.tasks.pop_front() {
                Some(task) => self.begin(now, task),
                None => self.leave(now),
            }
            while let Some(event) = self.legs.poll_event() {
                self.handle_leg(now, event);
            }
        }
        if let Doing::Leaving { until } = self.doing
            && (until <= now || self.legs.live().is_empty())
        {
            self.doing = Doing::Nothing;
            self.events.push_back(VerifyEvent::Finished);
        }
    }

    fn begin(&mut self, now: Instant, task: Task) {
        match task {
            Task::Names(trunk) => self.ask_names(now, trunk),
            Task::Options(trunk) => self.ask_options(now, trunk),
            Task::Registration(trunk) => self.ask_registration(now, trunk),
            Task::Binding(trunk) => self.ask_binding(now, trunk),
            Task::Call(trunk, number) => self.place(now, trunk, number),
            Task::Expect(trunk) => self.expect(now, trunk),
        }
    }

    /// Nothing is left to do: what is open is closed.
    fn leave(&mut self, now: Instant) {
        self.doing = Doing::Leaving { until: now + self.plan.patience };
        self.legs.drain_trunks(now);
    }

    fn handle_leg(&mut self, now: Instant, event: LegEvent) {
        match event {
            LegEvent::Registered { trunk, expires } => {
                self.registered.insert(trunk, Some(expires));
                self.heard_registration(now, trunk);
            }
            LegEvent::RegistrationFailed { trunk, .. } => {
                self.registered.insert(trunk, None);
                self.heard_registration(now, trunk);
            }
            LegEvent::Bound { trunk, remote } => {
                self.bound.insert(trunk, remote);
                self.heard_binding(now, trunk);
            }
            LegEvent::Response { request, outcome } => self.heard_options(now, request, outcome),
            other => self.handle_conversation(now, other),
        }
    }

    fn trunk(&self, id: TrunkId) -> Option<&Trunk> {
        self.legs.trunk(id)
    }

    fn name(&self, id: TrunkId) -> String {
        self.trunk(id).map(|trunk| trunk.name.clone()).unwrap_or_default()
    }

    fn good(&mut self, trunk: TrunkId, check: Check, took: Duration, evidence: impl Into<String>) {
        self.tell(trunk, check, Verdict::Good, took, evidence.into());
    }

    /// What this side cannot tell, and who can.
    fn unknown(
        &mut self,
        trunk: TrunkId,
        check: Check,
        took: Duration,
        evidence: impl Into<String>,
        ask: &'static str,
    ) {
        self.tell(trunk, check, Verdict::Unknown, took, evidence.into());
        if let Some(VerifyEvent::Step(step)) = self.events.back_mut() {
            step.ask = Some(ask);
        }
    }

    fn failed(&mut self, trunk: TrunkId, check: Check, took: Duration, failure: &CallFailure) {
        let diagnosis = Diagnosis::of(failure, self.trunk(trunk).map(|trunk| trunk.profile));
        self.tell(trunk, check, Verdict::Failed, took, diagnosis.evidence.clone());
        if let Some(VerifyEvent::Step(step)) = self.events.back_mut() {
            step.symptom = Some(failure.symptom());
            step.diagnosis = Some(diagnosis);
        }
    }

    fn tell(
        &mut self,
        trunk: TrunkId,
        check: Check,
        verdict: Verdict,
        took: Duration,
        evidence: String,
    ) {
        let (symptom, diagnosis, ask) = (None, None, None);
        let trunk = self.name(trunk);
        let step = Step { trunk, check, verdict, evidence, took, symptom, diagnosis, ask };
        self.events.push_back(VerifyEvent::Step(Box::new(step)));
    }
}

/// What a plan comes to.
fn tasks(config: &Config, plan: &Plan) -> Result<VecDeque<Task>, Vec<Finding>> {
    let named = |name: &str| {
        let found = config.trunks.iter().position(|trunk| trunk.name == name).map(TrunkId);
        found.ok_or_else(|| {
            let reason = format!("no trunk is called {name}");
            vec![Finding::error("V001", "trunk", reason, "give the name of one of the trunks")]
        })
    };
    let chosen = plan.trunk.as_deref().map(named).transpose()?;
    let mut tasks = VecDeque::new();
    for (at, trunk) in config.trunks.iter().enumerate() {
        let id = TrunkId(at);
        if chosen.is_some_and(|chosen| chosen != id) {
            continue;
        }
        if !trunk.hosts.is_empty() {
            tasks.extend([Task::Names(id), Task::Options(id)]);
        }
        if trunk.outbound.as_ref().is_some_and(|outbound| outbound.register) {
            tasks.push_back(Task::Registration(id));
        }
        if trunk.inbound.registrar {
            tasks.push_back(Task::Binding(id));
        }
    }
    if let Some(number) = &plan.call {
        let owner = config.trunks.iter().position(|trunk| trunk.numbers.contains(number));
        let trunk = chosen.or_else(|| owner.map(TrunkId)).ok_or_else(|| {
            let reason = format!("no trunk has the number {number}");
            let remedy = "add it to `numbers` of the trunk that leads to it, or name the trunk";
            vec![Finding::error("V002", "call", reason, remedy)]
        })?;
        tasks.push_back(Task::Call(trunk, number.clone()));
    }
    if let Some(name) = &plan.expect {
        tasks.push_back(Task::Expect(named(name)?));
    }
    Ok(tasks)
}

impl Core for Verifier {
    type Event = VerifyEvent;
    type Question = Question;
    type Answer = Answer;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        if matches!(input.flow, FlowId::Datagram { listener, .. } if listener == self.media.0) {
            if let Doing::Talking(conversation) = &mut self.doing {
                conversation.handle_packet(now, input.remote, &input.bytes);
            }
            return;
        }
        self.legs.handle_input(now, input);
        self.settle(now);
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.legs.handle_flow(now, event);
        self.settle(now);
    }

    fn handle_answer(&mut self, now: Instant, id: QuestionId, answer: Answer) {
        if !self.heard_names(now, id, &answer) {
            self.legs.handle_answer(now, id, answer);
        }
        self.settle(now);
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.legs.handle_timeout(now);
        self.settle(now);
        match &self.doing {
            Doing::Asking(asked) if asked.until <= now => self.not_answered(now),
            Doing::Talking(_) => self.talk(now),
            _ => {}
        }
        self.settle(now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front().or_else(|| self.legs.poll_transmit())
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Question)> {
        self.questions.pop_front().or_else(|| self.legs.poll_question())
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<VerifyEvent> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let own = match &self.doing {
            Doing::Asking(asked) => Some(asked.until),
            Doing::Talking(conversation) => Some(conversation.poll_timeout()),
            Doing::Leaving { until } => Some(*until),
            Doing::Resting | Doing::Nothing => None,
        };
        own.into_iter().chain(self.legs.poll_timeout()).min()
    }

    fn live(&self) -> Live {
        let mut live = self.legs.live();
        live.add("tasks of the verification", self.tasks.len());
        live
    }
}
