//! One call: a calling leg, the leg that is dialled for it, and the media between them.
//!
//! ```text
//!             ports            2xx of B            BYE, CANCEL, failure, limit
//! Preparing ---------> Dialling ---------> Connected ------------.
//!     |                    |                 |    ^               v
//!     |                    |          B hands |    | 2xx of C      |
//!     |                    |            back  v    |               |
//!     |                    |              Returning --------------->|
//!     '--------------------'-------------------------------> Closing -> Reporting -> Over
//!                                                        legs over    media closed
//! ```
//!
//! Leg C is one that is to take the place of leg B ([`super::transfer`]): after a hand-back, when B is
//! gone, or while B still talks.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use siptrunk_media::{MediaCommand, MediaEvent, MediaSessionId, Side, TargetClass};
use siptrunk_message::{Body, HeaderList, HeaderName, HeaderValue, StatusCode};
use siptrunk_sdp::SessionDescription;
use siptrunk_transaction::IncomingRequest;
use siptrunk_ua::Reply;

use super::map::Change;
use super::negotiation::{Agreement, DescriptionIds, Negotiation, Ports};
use super::route::Onward;
use super::transfer::Transfer;
use super::{Context, codes, map};
use crate::diagnosis::CallFailure;
use crate::event::{CallHandle, Event};
use crate::legs::{LegId, Parties, TrunkId};
use crate::record::{CallRecord, EndedBy, LegRecord};

/// Where a call stands; the diagram above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Preparing,
    Dialling,
    Connected,
    Returning,
    Closing,
    Reporting,
    Over,
}

/// One leg as its call sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct LegState {
    pub(super) id: LegId,
    pub(super) trunk: TrunkId,
    /// It did not end yet.
    pub(super) open: bool,
    /// A 2xx went over it.
    pub(super) answered: bool,
}

impl LegState {
    pub(super) const fn new(id: LegId, trunk: TrunkId) -> Self {
        Self { id, trunk, open: true, answered: false }
    }
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(super) handle: CallHandle,
    pub(super) stage: Stage,
    pub(super) a: LegState,
    pub(super) b: Option<LegState>,
    /// What is to take the place of leg B.
    pub(super) transfer: Option<Transfer>,
    /// A leg B whose place was taken and whose BYE is not answered yet.
    pub(super) retired: Option<LegState>,
    /// When that is hung up, unless it hangs up before: until then it hears how its REFER went.
    pub(super) retired_until: Option<Instant>,
    /// Max-Forwards for whatever is dialled for this call.
    pub(super) hops: u8,
    /// The INVITE of leg A, what leg B's is made from; given up once the call is answered.
    pub(super) invite: Option<Box<IncomingRequest>>,
    pub(super) parties: Parties,
    /// What the caller said of itself: P-Asserted-Identity, Privacy, Diversion.
    pub(super) said: Vec<(HeaderName, HeaderValue)>,
    /// The offer of leg A; `None` if it made none.
    pub(super) offer: Option<SessionDescription>,
    pub(super) negotiation: Option<Negotiation>,
    /// For our descriptions.
    pub(super) ids: DescriptionIds,
    /// The offer of leg B's 2xx: its ACK waits for the answer in A's.
    pub(super) late_offer: Option<SessionDescription>,
    /// Whether a re-INVITE of each side asked us for an offer: its ACK carries the answer.
    pub(super) offered: [bool; 2],
    pub(super) ports: Option<Ports>,
    pub(super) session: MediaSessionId,
    /// Trunks that are still to be tried, and the statuses on which that is done.
    pub(super) next: VecDeque<TrunkId>,
    pub(super) failover: Vec<StatusCode>,
    /// Trunks that take the place of `next` when one of those is full.
    pub(super) overflow: Vec<TrunkId>,
    /// What the route makes of the headers that go on.
    pub(super) changes: Vec<Change>,
    /// The number to dial on them, if it is not the one that was dialled here.
    pub(super) dial: Option<String>,
    /// The trunk whose turn is waited for.
    pub(super) turn: Option<TrunkId>,
    /// The far side rang: no other trunk is tried any more.
    pub(super) rang: bool,
    /// Every trunk tried so far could not even be reached.
    pub(super) all_unreachable: bool,
    /// Where each side's signalling comes from.
    pub(super) peers: [Option<SocketAddr>; 2],
    /// When a silent side ends the call.
    pub(super) silence: [Option<Instant>; 2],
    pub(super) stage_deadline: Option<Instant>,
    pub(super) started: Instant,
    pub(super) record: CallRecord,
}

/// What the two sides are told when a call ends.
#[derive(Debug)]
pub(super) struct Farewell {
    /// For leg A if it has no final answer yet.
    pub(super) refusal: Reply,
    /// Headers of the BYE to leg A, if that is what ends it.
    pub(super) to_a: HeaderList,
    /// Headers of the BYE or CANCEL to leg B.
    pub(super) to_b: HeaderList,
}

impl Farewell {
    pub(super) fn new(status: StatusCode) -> Self {
        Self { refusal: Reply::new(status), to_a: HeaderList::new(), to_b: HeaderList::new() }
    }

    /// Adds a field that the stack owns to the refusal; a value that cannot be written is left out.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::new(value) {
            self.refusal.extra.push((name, value));
        }
        self
    }

    /// Says why to both sides: a Reason field on whatever ends them (RFC 3326).
    pub(super) fn because(mut self, reason: &str) -> Self {
        for headers in [&mut self.to_a, &mut self.to_b] {
            // The text is ours: the only refusal would be of a name that the stack owns.
            let _kept = headers.push_str("Reason", reason);
        }
        self.with(HeaderName::REASON, reason)
    }
}

/// What a new call starts with.
pub(super) struct Beginning {
    pub(super) handle: CallHandle,
    pub(super) session: MediaSessionId,
    pub(super) ids: DescriptionIds,
    pub(super) leg: LegId,
    pub(super) trunk: TrunkId,
    pub(super) parties: Parties,
    pub(super) invite: Box<IncomingRequest>,
    pub(super) offer: Option<SessionDescription>,
    pub(super) onward: Onward,
}

impl Call {
    /// A call whose ports were asked for.
    pub(super) fn new(
        beginning: Beginning,
        record: CallRecord,
        now: Instant,
        wait: Duration,
    ) -> Self {
        let remote = beginning.invite.remote();
        let said = map::said(beginning.invite.request().headers());
        let hops = beginning.invite.essentials().max_forwards().unwrap_or(70).saturating_sub(1);
        Self {
            handle: beginning.handle,
            stage: Stage::Preparing,
            a: LegState::new(beginning.leg, beginning.trunk),
            b: None,
            transfer: None,
            retired: None,
            retired_until: None,
            hops,
            invite: Some(beginning.invite),
            parties: beginning.parties,
            said,
            offer: beginning.offer,
            negotiation: None,
            ids: beginning.ids,
            late_offer: None,
            offered: [false; 2],
            peers: [Some(remote), None],
            ports: None,
            session: beginning.session,
            next: beginning.onward.trunks.into(),
            failover: beginning.onward.failover,
            overflow: beginning.onward.overflow,
            changes: beginning.onward.changes,
            dial: beginning.onward.dial,
            turn: None,
            rang: false,
            all_unreachable: true,
            silence: [None; 2],
            stage_deadline: now.checked_add(wait),
            started: now,
            record,
        }
    }

    /// When the call must be woken.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let silence = if self.stage == Stage::Connected { self.silence } else { [None; 2] };
        let others = [self.stage_deadline, self.retired_until];
        silence.into_iter().chain(others).flatten().min()
    }

    /// The side of a leg.
    pub(super) fn side(&self, leg: LegId) -> Option<Side> {
        if self.a.id == leg {
            Some(Side::A)
        } else {
            self.b.is_some_and(|b| b.id == leg).then_some(Side::B)
        }
    }

    /// All legs that did not end yet, in the order in which they came.
    pub(super) fn legs(&self) -> [Option<LegId>; 4] {
        let id = |leg: Option<LegState>| leg.map(|leg| leg.id);
        let c = self.transfer.as_ref().and_then(Transfer::leg);
        [Some(self.a.id), id(self.b), id(c), id(self.retired)]
    }

    pub(super) fn leg_mut(&mut self, side: Side) -> Option<&mut LegState> {
        match side {
            Side::A => Some(&mut self.a),
            Side::B => self.b.as_mut(),
        }
    }

    /// The answer to the question for ports.
    pub(super) fn handle_ports(&mut self, cx: &mut Context<'_>, ports: Option<Ports>) {
        if self.stage != Stage::Preparing {
            // Ports that come too late for this call are closed again.
            if ports.is_some() {
                cx.media.push_back(MediaCommand::Close { session: self.session });
            }
            return;
        }
        if ports.is_none() {
            let farewell = Farewell::new(StatusCode::SERVICE_UNAVAILABLE)
                .with(HeaderName::RETRY_AFTER, &cx.settings.retry_after.to_string());
            return self.end(cx, EndedBy::Gateway, Some(CallFailure::NoPorts), farewell);
        }
        self.ports = ports;
        self.dial_next(cx);
    }

    /// The deadline of the stage, or of a silent side.
    pub(super) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        self.hang_up_retired(cx);
        if self.deadline().is_none_or(|deadline| deadline > cx.now) {
            return;
        }
        match self.stage {
            Stage::Preparing if self.turn.is_some() => self.dial_next(cx),
            Stage::Preparing => {
                let failure = CallFailure::PreparationExpired;
                let farewell = Farewell::new(StatusCode::SERVER_INTERNAL_ERROR);
                self.end(cx, EndedBy::Gateway, Some(failure), farewell);
            }
            Stage::Dialling => {
                let failure = CallFailure::NoAnswer { trunk: self.trunk_name(cx, Side::B) };
                let (status, _) = codes::for_caller(codes::FarFailure::NoAnswer);
                self.end(cx, EndedBy::Gateway, Some(failure), Farewell::new(status));
            }
            Stage::Connected => {
                let silent = self.silence.map(|at| at.is_some_and(|at| at <= cx.now));
                let (failure, text) = match silent {
                    [true, _] => (CallFailure::Silent { side: "calling" }, "no audio"),
                    [_, true] => (CallFailure::Silent { side: "called" }, "no audio"),
                    _ => (CallFailure::TooLong, "longest duration reached"),
                };
                self.end_by_us(cx, failure, text);
            }
            Stage::Returning => self.transfer_expired(cx),
            // The user agent ends every leg by itself; nothing is waited for without its deadline.
            Stage::Closing => {}
            Stage::Reporting => self.finish(cx),
            Stage::Over => {}
        }
    }

    /// An event of the call's media session.
    pub(super) fn handle_media(&mut self, cx: &mut Context<'_>, event: MediaEvent) {
        match &event {
            MediaEvent::Silence { side, .. } => {
                self.silence[slot(*side)] = cx.now.checked_add(cx.settings.media_timeout);
            }
            MediaEvent::Resumed { side, .. } => self.silence[slot(*side)] = None,
            MediaEvent::Closed { statistics, .. } => {
                self.record.media = Some(statistics.clone());
                self.remark_silence(cx);
                if self.stage == Stage::Reporting {
                    self.finish(cx);
                }
                return;
            }
            _ => {}
        }
        cx.events.push_back(Event::Media { call: self.handle, event });
    }

    /// The application, a limit or a shutdown ends the call. Only a shutdown is a 503 for a caller
    /// that waits: it may take the whole trunk out of service.
    pub(super) fn end_by_us(&mut self, cx: &mut Context<'_>, failure: CallFailure, text: &str) {
        let quoted: String =
            text.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect();
        let mut farewell = Farewell::new(StatusCode::TEMPORARILY_UNAVAILABLE);
        if failure == CallFailure::Draining {
            farewell = Farewell::new(StatusCode::SERVICE_UNAVAILABLE)
                .with(HeaderName::RETRY_AFTER, &cx.settings.retry_after.to_string());
        }
        let status = farewell.refusal.status.code();
        let farewell = farewell.because(&format!("SIP;cause={status};text=\"{quoted}\""));
        self.end(cx, EndedBy::Gateway, Some(failure), farewell);
    }

    /// Ends both legs, each in the way that its state asks for. Only the first end of a call counts.
    pub(super) fn end(
        &mut self,
        cx: &mut Context<'_>,
        by: EndedBy,
        failure: Option<CallFailure>,
        farewell: Farewell,
    ) {
        if matches!(self.stage, Stage::Closing | Stage::Reporting | Stage::Over) {
            return;
        }
        self.stage = Stage::Closing;
        self.stage_deadline = None;
        self.record.ended_by = by;
        self.record.failure = failure;
        // Errors of these verbs mean that the leg ended in the same step: its event is under way.
        if self.a.open {
            let _ended = if self.a.answered {
                cx.legs.bye(cx.now, self.a.id, farewell.to_a)
            } else {
                self.record.a.status = Some(farewell.refusal.status);
                cx.legs.answer(cx.now, self.a.id, farewell.refusal)
            };
        }
        self.abandon_transfer(cx, &farewell.to_b);
        if let Some(b) = self.b.filter(|b| b.open) {
            let _ended = if b.answered {
                if let (Some(offer), Some(ports)) = (self.late_offer.take(), self.ports) {
                    // Even an offer that comes to nothing has to be answered (RFC 3261 13.2.2.4).
                    let declined = ports.decline(Side::B, self.ids, &offer);
                    let body = Some(Body::sdp(declined));
                    let _ended = cx.legs.acknowledge(cx.now, b.id, body);
                }
                cx.legs.bye(cx.now, b.id, farewell.to_b)
            } else {
                cx.legs.cancel(cx.now, b.id, farewell.to_b)
            };
        }
        self.settle(cx);
    }

    /// Ends the call after one of its steps panicked, from the start even if its end was under way:
    /// what a leg was told already it refuses to be told again.
    pub(super) fn break_off(&mut self, cx: &mut Context<'_>) {
        if self.stage != Stage::Over {
            self.stage = Stage::Connected;
            let farewell = Farewell::new(StatusCode::SERVER_INTERNAL_ERROR);
            self.end(cx, EndedBy::Gateway, Some(CallFailure::Internal), farewell);
        }
    }

    /// Goes on with the end once both legs are over.
    pub(super) fn settle(&mut self, cx: &mut Context<'_>) {
        let c = self.transfer.as_ref().and_then(Transfer::leg);
        let open = |leg: LegState| leg.open;
        let others = [self.b, c, self.retired];
        if self.stage != Stage::Closing || self.a.open || others.into_iter().flatten().any(open) {
            return;
        }
        if self.ports.is_some() {
            self.stage = Stage::Reporting;
            self.stage_deadline = cx.now.checked_add(cx.settings.media_report);
            cx.media.push_back(MediaCommand::Close { session: self.session });
        } else {
            self.finish(cx);
        }
    }

    fn finish(&mut self, cx: &mut Context<'_>) {
        self.stage = Stage::Over;
        self.stage_deadline = None;
        self.record.duration = cx.now.saturating_duration_since(self.started);
        cx.events.push_back(Event::Ended { record: Box::new(self.record.clone()) });
    }

    /// Hands an agreement to the relay.
    ///
    /// A private media address counts only where the signalling is private too: nobody outside shall
    /// make us send into our own network.
    pub(super) fn apply(&mut self, cx: &mut Context<'_>, agreement: &Agreement) {
        // The session tells again of a side that is silent under the new agreement.
        self.silence = [None; 2];
        for (side, leg) in [(Side::A, &agreement.a), (Side::B, &agreement.b)] {
            let trunk = self.trunk_of(side).and_then(|trunk| cx.legs.trunk(trunk));
            let mut leg = leg.clone();
            leg.nat = trunk.is_some_and(|trunk| trunk.nat);
            let public = self.peers[slot(side)]
                .is_some_and(|peer| TargetClass::of(peer) == TargetClass::Public);
            let allowed = |address: &SocketAddr| {
                !(public && TargetClass::of(*address) == TargetClass::Private)
            };
            leg.remote = leg.remote.filter(allowed);
            leg.remote_rtcp = leg.remote_rtcp.filter(allowed);
            cx.media.push_back(MediaCommand::Update { session: self.session, side, leg });
        }
    }

    pub(super) fn trunk_of(&self, side: Side) -> Option<TrunkId> {
        match side {
            Side::A => Some(self.a.trunk),
            Side::B => self.b.map(|b| b.trunk),
        }
    }

    pub(super) fn trunk_name(&self, cx: &Context<'_>, side: Side) -> String {
        self.trunk_of(side)
            .and_then(|trunk| cx.legs.trunk(trunk))
            .map(|trunk| trunk.name.clone())
            .unwrap_or_default()
    }
}

/// A side's place in a pair.
pub(super) const fn slot(side: Side) -> usize {
    match side {
        Side::A => 0,
        Side::B => 1,
    }
}

/// The record of an INVITE that has just arrived.
pub(super) fn new_record(
    call: Option<CallHandle>,
    trunk: String,
    call_id: String,
    parties: &Parties,
    started: SystemTime,
) -> CallRecord {
    CallRecord {
        call,
        caller: parties.caller.clone(),
        dialed: parties.dialed.clone(),
        a: LegRecord { trunk, call_id, ..LegRecord::default() },
        b: None,
        c: None,
        transfer: None,
        started,
        rang_after: None,
        answered_after: None,
        duration: Duration::ZERO,
        ended_by: EndedBy::Gateway,
        failure: None,
        headers: HeaderList::new(),
        hand_back: HeaderList::new(),
        left_behind: Vec::new(),
        left_aside: Vec::new(),
        remarks: Vec::new(),
        media: None,
    }
}
