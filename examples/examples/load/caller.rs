//! The calling end: begins calls at an even rate, hangs each up after its time, and keeps count.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use siptrunk::message::{HeaderList, NameAddr, Uri};
use siptrunk::transaction::Target;
use siptrunk::ua::{Cause, Destination, Ending, Event, Invite, SessionId};

use crate::arguments::Arguments;
use crate::end::{Desk, Role, remote_media};
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
    /// Calls the gateway from here on.
    pub(crate) fn new(
        desk: &Desk,
        sip: SocketAddr,
        gateway: SocketAddr,
        arguments: &Arguments,
        now: Instant,
    ) -> Result<Self, crate::Failure> {
        let to: Uri<'static> = format!("sip:{}@{gateway}", crate::NUMBER).parse()?;
        let from: Uri<'static> = format!("sip:+14155550123@{sip}").parse()?;
        let destination = Destination::Targets(vec![Target::udp(gateway)]);
        let invite = Invite::new(destination, to.clone(), NameAddr::new(to), NameAddr::new(from))
            .body(desk.description());
        Ok(Self {
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
    pub(crate) fn into_outcome(mut self, desk: &Desk) -> Outcome {
        self.outcome.retransmitted = desk.agent.transactions().counters().retransmitted;
        self.outcome.heard = desk.streams.heard();
        self.outcome
    }

    /// When the next call is to begin, if one is left.
    fn next_call(&self) -> Option<Instant> {
        let nanoseconds = u128::from(self.outcome.begun) * 1_000_000_000 / u128::from(self.rate);
        let at = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        (self.outcome.begun < self.calls).then(|| self.started + at)
    }

    fn begin_calls(&mut self, desk: &mut Desk, now: Instant) {
        while self.next_call().is_some_and(|at| at <= now) {
            self.outcome.begun += 1;
            match desk.agent.invite(now, self.invite.clone()) {
                Ok(session) => {
                    self.begun_at.insert(session, now);
                }
                Err(error) => self.fail(error.to_string()),
            }
        }
    }

    fn hang_up(&mut self, desk: &mut Desk, now: Instant) {
        while let Some((at, session)) = self.hang_up.first().copied() {
            if at > now {
                break;
            }
            self.hang_up.pop_first();
            // An error means that the other side was faster: `Ended` says so.
            let _over = desk.agent.bye(now, session, HeaderList::new());
            desk.streams.end(session);
        }
    }

    fn fail(&mut self, how: String) {
        *self.outcome.failed.entry(how).or_default() += 1;
    }
}

impl Role for Caller {
    fn handle(&mut self, desk: &mut Desk, now: Instant, event: Event) {
        match event {
            Event::Answered { session, response } => {
                let Some(begun) = self.begun_at.get(&session) else { return };
                self.outcome.answered += 1;
                self.outcome.set_up.push(now.saturating_duration_since(*begun));
                self.hang_up.insert((now + self.hold, session));
                let to = remote_media(response.response().body());
                desk.streams.begin(now, session, to);
            }
            Event::Ended { session, ending } => {
                self.begun_at.remove(&session);
                desk.streams.end(session);
                match failure(&ending) {
                    None => self.outcome.ended += 1,
                    Some(how) => self.fail(how),
                }
            }
            _ => {}
        }
    }

    fn handle_timeout(&mut self, desk: &mut Desk, now: Instant) {
        self.begin_calls(desk, now);
        self.hang_up(desk, now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let hang_up = self.hang_up.first().map(|(at, _)| *at);
        hang_up.into_iter().chain(self.next_call()).min()
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
