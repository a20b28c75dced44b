//! The bridge: legs paired into calls, routed, relayed and ended together.

mod admission;
mod body;
mod call;
mod codes;
mod decide;
mod explain;
mod in_dialog;
mod map;
mod negotiation;
mod remark;
mod route;
mod setup;
mod teardown;
pub(crate) use teardown::far_failure;
mod transfer;
mod trunk;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use siptrunk_media::{MediaCommand, MediaEvent, MediaSessionId};
use siptrunk_message::{HeaderList, StatusCode};
use siptrunk_profiles::{Config, Finding};
use siptrunk_transaction::{
    Core, FlowEvent, Listener, Live, QuestionId, Received, Rng, Seed, ServerTransactionId, Transmit,
};
use siptrunk_ua::{Reply, RequestId};

use crate::diagnosis::CallFailure;
use crate::event::{CallHandle, Event};
use crate::legs::{LegEvent, LegId, Legs, TrunkId};
use crate::question::{Answer, Question};
use crate::settings::Settings;
use call::{Call, Stage};
use decide::Deciding;
use negotiation::Ports;
pub use route::{CallQuery, Router};

/// Why a verb of the bridge did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeError {
    /// The call is over, or never was.
    #[error("{0} is over: forget its handle when `Ended` arrives")]
    UnknownCall(CallHandle),
}

/// What stands for any longer time where an instant has to be reckoned: a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Ports that are granted after their call is gone are remembered this long, to be closed.
const LATE_GRANTS: usize = 1_024;

/// The B2BUA: a [`Core`] over [`Legs`].
///
/// After every `handle_*` call and every verb, drain `poll_transmit`, `poll_question`, `poll_media`
/// and `poll_event` until each is empty, then sleep until `poll_timeout`. Drain once after `new`.
pub struct Bridge {
    legs: Legs,
    /// What runs, but for routes that were changed since.
    config: Config,
    router: Router,
    rng: Rng,
    /// What the shares of routes are drawn from, and the draw of the next call.
    draws: Rng,
    draw: u64,
    settings: Settings,
    calls: BTreeMap<CallHandle, Call>,
    by_leg: BTreeMap<LegId, CallHandle>,
    by_session: BTreeMap<MediaSessionId, CallHandle>,
    /// Questions for ports; those of calls that ended meanwhile stay to close what is granted late.
    ports_asked: BTreeMap<QuestionId, MediaSessionId>,
    deciding: Deciding,
    /// Requests inside dialogs that were carried to the other leg, with whom to answer.
    carried: BTreeMap<RequestId, ServerTransactionId>,
    /// REFERs of ours whose answers are awaited.
    referrals: BTreeMap<RequestId, CallHandle>,
    deadlines: BTreeSet<(Instant, CallHandle)>,
    next_call: u64,
    draining: bool,
    drained: bool,
    panics: u64,
    clock: (Instant, SystemTime),
    questions: VecDeque<(QuestionId, Question)>,
    media: VecDeque<MediaCommand>,
    events: VecDeque<Event>,
}

/// What a step of a call may touch besides the call.
struct Context<'a> {
    now: Instant,
    legs: &'a mut Legs,
    settings: &'a Settings,
    media: &'a mut VecDeque<MediaCommand>,
    events: &'a mut VecDeque<Event>,
    rng: &'a mut Rng,
    referrals: &'a mut BTreeMap<RequestId, CallHandle>,
}

impl Bridge {
    /// A bridge for a configuration, on listeners that are bound already.
    ///
    /// `listeners` in the order of [`siptrunk_transaction::FlowId::Datagram`]'s `listener`; `now` and
    /// `wall` are the same moment on both clocks.
    ///
    /// # Errors
    /// Every finding that stands against a start, at once.
    pub fn new(
        config: &Config,
        settings: Settings,
        listeners: Vec<Listener>,
        seed: &Seed,
        now: Instant,
        wall: SystemTime,
    ) -> Result<Self, Vec<Finding>> {
        config.check()?;
        let mut draws = seed.derive(b"shares").rng();
        let mut agent = siptrunk_ua::Config {
            user_agent: settings.user_agent.clone(),
            ringing_timeout: settings.ringing.saturating_add(settings.prepare).min(LONGEST),
            retry_after: settings.retry_after,
            accept: body::ACCEPTED.map(str::to_owned).to_vec(),
            ..siptrunk_ua::Config::default()
        };
        agent.transaction.listeners = listeners;
        agent.transaction.t1 = settings.t1;
        agent.transaction.t2 = settings.t2;
        agent.transaction.t4 = settings.t4;
        Ok(Self {
            legs: Legs::new(now, config, &settings, agent, &seed.derive(b"legs")),
            config: config.clone(),
            router: Router::new(config),
            rng: seed.derive(b"bridge").rng(),
            draw: draws.u64(),
            draws,
            settings,
            calls: BTreeMap::new(),
            by_leg: BTreeMap::new(),
            by_session: BTreeMap::new(),
            ports_asked: BTreeMap::new(),
            deciding: Deciding::default(),
            carried: BTreeMap::new(),
            referrals: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            next_call: 0,
            draining: false,
            drained: false,
            panics: 0,
            clock: (now, wall),
            questions: VecDeque::new(),
            media: VecDeque::new(),
            events: VecDeque::new(),
        })
    }

    /// Ends one call; both sides get a Reason field with this text, on a BYE, a CANCEL, or the 480 for
    /// a caller that was not answered.
    ///
    /// # Errors
    /// The call is over.
    pub fn hang_up(
        &mut self,
        now: Instant,
        call: CallHandle,
        reason: &str,
    ) -> Result<(), BridgeError> {
        if !self.calls.contains_key(&call) {
            return Err(BridgeError::UnknownCall(call));
        }
        let failure = CallFailure::HungUp { reason: reason.to_owned() };
        self.step(now, call, |call, cx| call.end_by_us(cx, failure, reason));
        self.drain_legs(now);
        Ok(())
    }

    /// Takes no new calls: INVITEs and OPTIONS get 503. Live calls go on.
    pub fn drain(&mut self, now: Instant) {
        if !self.draining {
            self.draining = true;
            self.legs.drain_trunks(now);
        }
        self.drain_legs(now);
        self.tell_drained();
    }

    /// Takes no new calls and ends those that live, each with a Reason.
    pub fn shutdown(&mut self, now: Instant) {
        self.drain(now);
        self.refuse_undecided(now);
        let live: Vec<CallHandle> = self.calls.keys().copied().collect();
        for call in live {
            self.step(now, call, |call, cx| {
                call.end_by_us(cx, CallFailure::Draining, "gateway shutting down");
            });
        }
        self.drain_legs(now);
    }

    /// Tells the wall clock again, after it was set.
    pub const fn sync_clock(&mut self, now: Instant, wall: SystemTime) {
        self.clock = (now, wall);
    }

    /// The legs underneath, to read from.
    pub const fn legs(&self) -> &Legs {
        &self.legs
    }

    /// How many calls live now.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// How many INVITEs wait for the application to say where they go: no calls yet.
    pub fn undecided(&self) -> usize {
        self.deciding.len()
    }

    /// Steps of calls that panicked: each tore down its own call and no other. Always 0 but for
    /// defects of this library.
    pub const fn panics(&self) -> u64 {
        self.panics
    }

    fn wall(&self, now: Instant) -> SystemTime {
        self.clock.1 + now.saturating_duration_since(self.clock.0)
    }

    /// Runs one step of a call, and takes the call off the tables when it is over.
    ///
    /// A panic in the step is the end of this call alone.
    fn step(
        &mut self,
        now: Instant,
        handle: CallHandle,
        run: impl FnOnce(&mut Call, &mut Context<'_>),
    ) {
        let Some(mut call) = self.calls.remove(&handle) else { return };
        if let Some(deadline) = call.deadline() {
            self.deadlines.remove(&(deadline, handle));
        }
        let mut cx = Context {
            now,
            legs: &mut self.legs,
            settings: &self.settings,
            media: &mut self.media,
            events: &mut self.events,
            rng: &mut self.rng,
            referrals: &mut self.referrals,
        };
        let before = call.legs();
        if catch_unwind(AssertUnwindSafe(|| run(&mut call, &mut cx))).is_err() {
            self.panics += 1;
            call.break_off(&mut cx);
        }
        let after = call.legs();
        if before != after {
            for leg in before.into_iter().flatten() {
                self.by_leg.remove(&leg);
            }
            self.by_leg.extend(after.into_iter().flatten().map(|leg| (leg, handle)));
        }
        if call.stage == Stage::Over {
            for leg in after.into_iter().flatten() {
                self.by_leg.remove(&leg);
            }
            self.by_session.remove(&call.session);
            self.tell_drained();
            return;
        }
        if let Some(deadline) = call.deadline() {
            self.deadlines.insert((deadline, handle));
        }
        self.calls.insert(handle, call);
    }

    fn tell_drained(&mut self) {
        if self.draining && !self.drained && self.calls.is_empty() && self.deciding.len() == 0 {
            self.drained = true;
            self.events.push_back(Event::Drained);
        }
    }

    fn trunk_name(&self, trunk: TrunkId) -> String {
        self.legs.trunk(trunk).map(|trunk| trunk.name.clone()).unwrap_or_default()
    }

    /// Routes what legs report to their calls until nothing is left.
    fn drain_legs(&mut self, now: Instant) {
        while let Some(event) = self.legs.poll_event() {
            self.handle_leg(now, event);
        }
    }

    fn handle_leg(&mut self, now: Instant, event: LegEvent) {
        match event {
            LegEvent::Incoming { leg, trunk, parties, request } => {
                self.begin(now, leg, trunk, parties, request);
            }
            LegEvent::Refused { trunk, source, parties, call_id, failure } => {
                let name = trunk.map_or_else(|| unnamed(source), |trunk| self.trunk_name(trunk));
                self.record_refusal(now, name, call_id, &parties, failure, None);
            }
            LegEvent::Provisional { leg, response } => {
                self.step_leg(now, leg, |call, cx| call.handle_provisional(cx, leg, &response));
            }
            LegEvent::Answered { leg, response } => {
                self.step_leg(now, leg, |call, cx| call.handle_answered(cx, leg, &response));
            }
            LegEvent::Confirmed { leg, ack } => {
                self.step_leg(now, leg, |call, cx| {
                    if let Some(side) = call.side(leg) {
                        call.handle_confirmed(cx, side, &ack);
                    }
                });
            }
            LegEvent::Reoffer { leg, transaction, request } => {
                let mut reply = Reply::new(StatusCode::CALL_DOES_NOT_EXIST);
                self.step_leg(now, leg, |call, cx| {
                    if let Some(side) = call.side(leg) {
                        reply = call.answer_reoffer(cx, side, &request);
                    }
                });
                let _gone = self.legs.respond(now, transaction, reply);
            }
            LegEvent::InDialog { leg, transaction, request } => {
                self.handle_in_dialog(now, leg, transaction, &request);
            }
            LegEvent::Refer { leg, transaction, request, target } => {
                self.handle_refer(now, leg, transaction, &request, &target);
            }
            LegEvent::Referral { leg, progress } => {
                self.step_leg(now, leg, |call, cx| call.handle_referral(cx, progress));
            }
            LegEvent::Response { request, outcome } => match self.referrals.remove(&request) {
                Some(call) => self.step(now, call, |call, cx| {
                    call.handle_refer_answer(cx, outcome.as_deref());
                }),
                None => self.handle_carried(now, request, outcome.as_deref()),
            },
            LegEvent::Ended { leg, ending } => {
                if self.undecided_ended(now, leg, &ending.cause) {
                    return;
                }
                self.step_leg(now, leg, |call, cx| match call.side(leg) {
                    Some(side) => call.handle_ended(cx, side, *ending),
                    None => call.other_leg_ended(cx, leg, ending.cause),
                });
            }
            other => self.tell_of_trunk(other),
        }
    }

    fn step_leg(
        &mut self,
        now: Instant,
        leg: LegId,
        run: impl FnOnce(&mut Call, &mut Context<'_>),
    ) {
        match self.by_leg.get(&leg).copied() {
            Some(call) => self.step(now, call, run),
            // Its call broke off: the leg must not live on. Refused where it is over already.
            None if self.legs.cancel(now, leg, HeaderList::new()).is_err() => {
                let _over = self.legs.bye(now, leg, HeaderList::new());
            }
            None => {}
        }
    }
}

/// How a record names a peer that belongs to no trunk.
fn unnamed(source: IpAddr) -> String {
    format!("({source})")
}

impl Core for Bridge {
    type Event = Event;
    type Question = Question;
    type Answer = Answer;
    type MediaCommand = MediaCommand;
    type MediaEvent = MediaEvent;

    fn handle_input(&mut self, now: Instant, input: Received) {
        self.legs.handle_input(now, input);
        self.drain_legs(now);
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.legs.handle_flow(now, event);
        self.drain_legs(now);
    }

    fn handle_answer(&mut self, now: Instant, id: QuestionId, answer: Answer) {
        let ports = match answer {
            Answer::Targets(targets) => {
                self.legs.handle_answer(now, id, siptrunk_ua::Answer::Targets(targets));
                return self.drain_legs(now);
            }
            Answer::Unresolved => {
                self.legs.handle_answer(now, id, siptrunk_ua::Answer::Unresolved);
                return self.drain_legs(now);
            }
            Answer::Route(route) => {
                self.decided(now, id, route.as_deref());
                return self.drain_legs(now);
            }
            Answer::Media { a, b } => Some(Ports { a, b }),
            Answer::NoPorts => None,
        };
        let Some(session) = self.ports_asked.remove(&id) else { return };
        match self.by_session.get(&session).copied() {
            Some(call) => self.step(now, call, |call, cx| call.handle_ports(cx, ports)),
            None if ports.is_some() => self.media.push_back(MediaCommand::Close { session }),
            None => {}
        }
        self.drain_legs(now);
    }

    fn handle_media(&mut self, now: Instant, event: MediaEvent) {
        if let Some(call) = self.by_session.get(&event.session()).copied() {
            self.step(now, call, |call, cx| call.handle_media(cx, event));
            self.drain_legs(now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.legs.handle_timeout(now);
        self.drain_legs(now);
        self.decide_what_expired(now);
        self.drain_legs(now);
        while let Some((deadline, call)) = self.deadlines.first().copied() {
            if deadline > now {
                break;
            }
            self.step(now, call, Call::handle_timeout);
            self.drain_legs(now);
            // A step that kept its deadline would be due for ever.
            self.deadlines.remove(&(deadline, call));
        }
        while self.ports_asked.len() > self.calls.len() + LATE_GRANTS {
            self.ports_asked.pop_first();
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.legs.poll_transmit()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Question)> {
        self.questions.pop_front().or_else(|| {
            let (id, question) = self.legs.poll_question()?;
            let siptrunk_ua::Question::Resolve(lookup) = question;
            Some((id, Question::Resolve(lookup)))
        })
    }

    fn poll_media(&mut self) -> Option<MediaCommand> {
        self.media.pop_front()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let own = self.deadlines.first().map(|(deadline, _)| *deadline);
        let deciding = self.deciding.poll_timeout();
        own.into_iter().chain(deciding).chain(self.legs.poll_timeout()).min()
    }

    fn live(&self) -> Live {
        let mut live = self.legs.live();
        live.add("calls", self.calls.len());
        live.add("undecided calls", self.undecided());
        live.add("carried requests", self.carried.len());
        live
    }
}

#[cfg(test)]
mod tests;
