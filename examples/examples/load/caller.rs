//! The calling end: begins calls at an even rate, hangs each up after its time, and keeps count.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use siptrunk::message::{HeaderList, NameAddr, Uri};
use siptrunk::net::UdpListener;
use siptrunk::transaction::{Core, FlowEvent, Live, QuestionId, Received, Seed, Target, Transmit};
use siptrunk::ua::{Cause, Destination, Ending, Event, Invite, SessionId};

use crate::arguments::Arguments;
use crate::end::{End, remote_media};
use crate::streams::Heard;

/// What became of the calls.
#[derive(Default)]
pub(crate) struct Outcome {
    /// INVITEs sent.
    pub(crate) begun: u64,
    /// Calls that were answered.
    pub(crate) answered: u64,
    /// Answered calls whose BYE got its 2xx.
    pub(crate) ended: u64,
    /// Calls that failed, by how.
    pub(crate) failed: BTreeMap<String, u64>,
    /// From INVITE to 200, of each answered call.
    pub(crate) set_up: Vec<Duration>,
    /// Messages that this end had to send again.
    pub(crate) retransmitted: u64,
    /// Its audio.
    pub(crate) heard: Heard,
}

/// Begins calls at an even rate.
pub(crate) struct Caller {
    end: End,
    invite: Invite,
    started: Instant,
    calls: u64,
    rate: u32,
    hold: Duration,
    begun_at: HashMap<SessionId, Instant>,
    hang_up: BTreeSet<(Instant, SessionId)>,
    outcome: Outcome,
}

impl Caller {
    pub(crate) fn new(
        sockets: &[UdpListener; 2],
        gateway: SocketAddr,
        arguments: &Arguments,
        seed: Seed,
        now: Instant,
    ) -> Result<Self, crate::Failure> {
        let [sip, media] = sockets.each_ref().map(UdpListener::local_addr);
        let to: Uri<'static> = format!("sip:{}@{gateway}", crate::NUMBER).parse()?;
        let from: Uri<'static> = format!("sip:+14155550123@{sip}").parse()?;
        let end = End::new(crate::known(sockets), media, arguments, seed);
        let destination = Destination::Targets(vec![Target::udp(gateway)]);
        let invite = Invite::new(destination, to.clone(), NameAddr::new(to), NameAddr::new(from))
            .body(end.description());
        Ok(Self {
            end,
            invite,
            started: now,
            calls: arguments.calls(),
            rate: arguments.rate,
            hold: arguments.hold,
            begun_at: HashMap::new(),
            hang_up: BTreeSet::new(),
            outcome: Outcome::default(),
        })
    }

    /// Whether all calls were begun and are over.
    pub(crate) fn is_finished(&self) -> bool {
        self.outcome.begun == self.calls && self.begun_at.is_empty()
    }

    /// What became of the calls.
    pub(crate) fn into_outcome(mut self) -> Outcome {
        self.outcome.retransmitted = self.end.agent.transactions().counters().retransmitted;
        self.outcome.heard = self.end.streams.heard();
        self.outcome
    }

    /// When the next call is to begin, if one is left.
    fn next_call(&self) -> Option<Instant> {
        let nanoseconds = u128::from(self.outcome.begun) * 1_000_000_000 / u128::from(self.rate);
        let at = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        (self.outcome.begun < self.calls).then(|| self.started + at)
    }

    fn begin_calls(&mut self, now: Instant) {
        while self.next_call().is_some_and(|at| at <= now) {
            self.outcome.begun += 1;
            match self.end.agent.invite(now, self.invite.clone()) {
                Ok(session) => {
                    self.begun_at.insert(session, now);
                }
                Err(error) => self.fail(error.to_string()),
            }
        }
    }

    fn hang_up(&mut self, now: Instant) {
        while let Some((at, session)) = self.hang_up.first().copied() {
            if at > now {
                break;
            }
            self.hang_up.pop_first();
            // An error means that the other side was faster: `Ended` says so.
            let _over = self.end.agent.bye(now, session, HeaderList::new());
            self.end.streams.end(session);
        }
    }

    fn fail(&mut self, how: String) {
        *self.outcome.failed.entry(how).or_default() += 1;
    }

    fn settle(&mut self, now: Instant) {
        self.begin_calls(now);
        self.hang_up(now);
        while let Some(event) = self.end.poll_event(now) {
            match event {
                Event::Answered { session, response } => {
                    let Some(begun) = self.begun_at.get(&session) else { continue };
                    self.outcome.answered += 1;
                    self.outcome.set_up.push(now.saturating_duration_since(*begun));
                    self.hang_up.insert((now + self.hold, session));
                    let to = remote_media(response.response().body());
                    self.end.streams.begin(now, session, to);
                }
                Event::Ended { session, ending } => {
                    self.begun_at.remove(&session);
                    self.end.streams.end(session);
                    match failure(&ending) {
                        None => self.outcome.ended += 1,
                        Some(how) => self.fail(how),
                    }
                }
                _ => {}
            }
        }
    }
}

/// How a call failed; `None` for one that was answered, and ended by our BYE.
fn failure(ending: &Ending) -> Option<String> {
    Some(match &ending.cause {
        Cause::LocalBye(Ok(status)) if status.is_success() => return None,
        Cause::LocalBye(Ok(status)) => format!("BYE got {}", status.code()),
        Cause::LocalBye(Err(failure)) => format!("BYE: {failure}"),
        Cause::Rejected(response) => format!("INVITE got {}", response.response().status().code()),
        Cause::NoResponse => String::from("INVITE got no response"),
        Cause::RemoteBye(_) => String::from("hung up by the gateway"),
        other => format!("{other:?}").chars().take_while(|one| one.is_alphanumeric()).collect(),
    })
}

impl Core for Caller {
    type Event = Infallible;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        self.end.handle_input(now, input);
        self.settle(now);
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.end.agent.handle_flow(now, event);
        self.settle(now);
    }

    fn handle_answer(&mut self, _: Instant, _: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.end.handle_timeout(now);
        self.settle(now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.end.poll_transmit()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let hang_up = self.hang_up.first().map(|(at, _)| *at);
        [self.end.poll_timeout(), self.next_call(), hang_up].into_iter().flatten().min()
    }

    fn live(&self) -> Live {
        self.end.live()
    }
}
