//! One call of the Five9 end: the caller's side of RFC 3261 sections 9, 13 and 15.

use std::{collections::VecDeque, net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_message::{Body, HeaderName, Method, Request, RequestBuilder, Response};
use siptrunk_sdp::{
    Origin, SessionDescription,
    offer_answer::{self, LocalMedia},
};

use super::{CallPlan, CallReport, Ending, Event, Five9Config};
use crate::scripted::{
    CallMedia, Dialog, Kind, Line, Outcome, Parts, headers_of, in_dialog_status, request_key,
};

/// What a call works with: the end's shared parts.
pub(super) struct Desk<'a> {
    pub(super) config: &'a Five9Config,
    pub(super) line: &'a mut Line,
    pub(super) events: &'a mut VecDeque<Event>,
}

#[derive(Debug)]
pub(super) struct Call {
    index: usize,
    plan: CallPlan,
    state: State,
    report: CallReport,
    pub(super) media: Option<CallMedia>,
    pub(super) dialog: Option<Dialog>,
    offer: Option<SessionDescription>,
    invite: Option<Invite>,
    /// The ACK of the 2xx, to repeat for each copy of it.
    ack: Option<(SocketAddr, Bytes)>,
    /// When the caller does something by itself.
    act_at: Option<Instant>,
    /// [`Event::Ended`] was reported.
    told: bool,
}

/// The INVITE as it was sent.
#[derive(Debug)]
struct Invite {
    request: Request,
    via: String,
    key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Planned,
    Calling,
    Ringing,
    Cancelling,
    Talking,
    HangingUp,
    Over,
}

impl Call {
    pub(super) fn new(now: Instant, index: usize, plan: CallPlan) -> Self {
        let report = CallReport { dialed: plan.dialed.clone(), ..CallReport::default() };
        Self {
            index,
            act_at: Some(now + plan.start),
            plan,
            state: State::Planned,
            report,
            media: None,
            dialog: None,
            offer: None,
            invite: None,
            ack: None,
            told: false,
        }
    }

    pub(super) fn report(&self) -> CallReport {
        let audio = self.media.as_ref().map(CallMedia::report).unwrap_or_default();
        CallReport { audio, ..self.report.clone() }
    }

    pub(super) fn call_id(&self) -> &str {
        &self.report.call_id
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let media = self.media.as_ref().and_then(CallMedia::poll_timeout);
        self.act_at.into_iter().chain(media).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, desk: &mut Desk<'_>) {
        if let Some(media) = &mut self.media {
            media.handle_timeout(now, &mut desk.line.outbox);
        }
        if self.act_at.is_none_or(|at| at > now) {
            return;
        }
        self.act_at = None;
        match self.state {
            State::Planned => self.dial(now, desk),
            State::Ringing => self.cancel(now, desk),
            State::Talking => self.hang_up(now, desk),
            // The INVITE's own final response never came (RFC 3261 9.1: 64 times T1).
            State::Cancelling => self.end(Outcome::Cancelled, desk),
            State::Calling | State::HangingUp | State::Over => {}
        }
    }

    fn dial(&mut self, now: Instant, desk: &mut Desk<'_>) {
        let Five9Config { sip, rtp, gateway, .. } = *desk.config;
        let local = LocalMedia { address: rtp.ip(), port: rtp.port() };
        let origin = Origin::new(1_700_000_000 + self.index as u64, 1, rtp.ip());
        let offer = offer_answer::offer(&self.plan.codecs, &local, &origin);
        let (caller, dialed) = (&self.plan.caller, &self.plan.dialed);
        self.report.call_id = format!("{}@{}", desk.line.rng.token(20), sip.ip());
        let uri = format!("sip:{dialed}@{gateway}");
        let mut builder = RequestBuilder::new(Method::INVITE, &uri)
            .append(&HeaderName::MAX_FORWARDS, self.plan.max_forwards)
            .append(
                &HeaderName::FROM,
                format!("<sip:{caller}@{sip}>;tag={}", desk.line.rng.token(10)),
            )
            .append(&HeaderName::TO, format!("<{uri}>"))
            .append(&HeaderName::CALL_ID, &self.report.call_id)
            .append(&HeaderName::CSEQ, "1 INVITE")
            .append(&HeaderName::CONTACT, desk.line.contact(caller))
            .append(&HeaderName::ALLOW, "INVITE, ACK, BYE, CANCEL, OPTIONS");
        for header in &self.plan.headers {
            if let Ok(name) = HeaderName::new(&header.name) {
                builder = builder.append(&name, &header.value);
            }
        }
        let (via, branch) = desk.line.via();
        let builder = builder.body(&Body::sdp(offer.to_bytes()));
        let Ok(request) = builder.build(&via) else {
            self.end(Outcome::Unusable("the plan makes no valid INVITE".into()), desk);
            return;
        };
        let key = request_key("INVITE", &branch);
        let bytes = request.bytes().clone();
        desk.line.send_until_stopped(now, &key, Kind::Invite, gateway, &bytes);
        self.offer = Some(offer);
        self.invite = Some(Invite { request, via, key });
        self.state = State::Calling;
    }

    /// A response to any request of this call.
    pub(super) fn handle_response(
        &mut self,
        now: Instant,
        response: &Response,
        parts: &Parts,
        from: SocketAddr,
        desk: &mut Desk<'_>,
    ) {
        let code = response.status().code();
        self.note(&format!("SIP/2.0 {code} ({})", parts.method));
        let key = request_key(&parts.method, &parts.branch);
        let stray = self.invite.as_ref().is_none_or(|invite| invite.key != key);
        match (parts.method.as_str(), code) {
            // RFC 3261 17.1.3: no INVITE of ours has this branch.
            ("INVITE", _) if stray => {}
            ("INVITE", 100..200) => self.handle_provisional(now, code, &key, desk),
            ("INVITE", 200..300) => self.handle_answer(now, response, parts, from, desk),
            ("INVITE", _) => self.handle_rejection(code, response, desk),
            (_, 100..200) => desk.line.repeats.provisional(&key),
            ("BYE", _) if desk.line.repeats.stop(&key) => self.end(Outcome::HungUp(code), desk),
            (_, _) => {
                desk.line.repeats.stop(&key);
            }
        }
    }

    fn handle_provisional(&mut self, now: Instant, code: u16, key: &str, desk: &mut Desk<'_>) {
        if !matches!(self.state, State::Calling | State::Ringing | State::Cancelling) {
            return;
        }
        desk.line.repeats.provisional(key);
        self.note_status(code);
        if self.state == State::Calling {
            self.state = State::Ringing;
            let ring = match self.plan.ending {
                Ending::Cancel(after) => after.min(self.plan.ring),
                Ending::Wait | Ending::HangUp(_) => self.plan.ring,
            };
            self.act_at = Some(now + ring);
        }
        if code > 100 {
            desk.events.push_back(Event::Ringing { call: self.index });
        }
    }

    fn handle_answer(
        &mut self,
        now: Instant,
        response: &Response,
        parts: &Parts,
        from: SocketAddr,
        desk: &mut Desk<'_>,
    ) {
        if let Some((peer, ack)) = &self.ack {
            desk.line.outbox.sip(*peer, ack.clone());
            return;
        }
        let Some(invite) = &self.invite else { return };
        let target = String::from_utf8_lossy(invite.request.uri()).into_owned();
        let dialog = Dialog::of_caller(parts, response.headers(), &target, from);
        let Some(dialog) = dialog else { return };
        desk.line.repeats.stop(&invite.key);
        let (via, _) = desk.line.via();
        if let Ok(ack) = dialog.request_with(&Method::ACK, parts.cseq).build(&via) {
            let bytes = ack.bytes().clone();
            desk.line.outbox.sip(dialog.next_hop, bytes.clone());
            self.ack = Some((dialog.next_hop, bytes));
        }
        self.dialog = Some(dialog);
        self.note_status(response.status().code());
        let unwanted = matches!(self.state, State::Cancelling | State::Over);
        self.state = State::Talking;
        if unwanted {
            // The answer was faster than the CANCEL (RFC 3261 9.1), or slower than our patience.
            self.hang_up(now, desk);
            return;
        }
        desk.events.push_back(Event::Answered { call: self.index });
        let talk = match self.plan.ending {
            Ending::HangUp(after) => after.min(self.plan.longest),
            Ending::Wait | Ending::Cancel(_) => self.plan.longest,
        };
        self.act_at = Some(now + talk);
        if let Err(why) = self.begin_media(now, response, desk) {
            self.report.outcome = Outcome::Unusable(why);
            self.hang_up(now, desk);
        }
    }

    fn begin_media(
        &mut self,
        now: Instant,
        response: &Response,
        desk: &mut Desk<'_>,
    ) -> Result<(), String> {
        let offer = self.offer.as_ref().ok_or("no offer was made")?;
        let answer = SessionDescription::parse(response.body()).map_err(|e| e.to_string())?;
        let agreed = offer_answer::accept(offer, &answer).map_err(|e| e.to_string())?;
        let mut media = CallMedia::new(self.plan.audio, &agreed, &mut desk.line.rng)?;
        media.begin(now, &mut desk.line.outbox);
        self.media = Some(media);
        Ok(())
    }

    fn handle_rejection(&mut self, code: u16, response: &Response, desk: &mut Desk<'_>) {
        let Some(invite) = &self.invite else { return };
        // RFC 3261 17.1.1.3: same Via, To with the response's tag, for each copy.
        let to = response.headers().raw(&HeaderName::TO).map(String::from_utf8_lossy);
        let copied = [&HeaderName::FROM, &HeaderName::CALL_ID, &HeaderName::MAX_FORWARDS];
        let uri = String::from_utf8_lossy(invite.request.uri()).into_owned();
        let mut ack = RequestBuilder::new(Method::ACK, uri);
        for name in copied {
            if let Some(value) = invite.request.headers().raw(name) {
                ack = ack.append(name, String::from_utf8_lossy(value));
            }
        }
        let ack = ack
            .append(&HeaderName::TO, to.unwrap_or_default())
            .append(&HeaderName::CSEQ, "1 ACK")
            .build(&invite.via);
        if let Ok(ack) = ack {
            desk.line.outbox.sip(desk.config.gateway, ack.bytes().clone());
        }
        let key = invite.key.clone();
        desk.line.repeats.stop(&key);
        if matches!(self.state, State::Calling | State::Ringing | State::Cancelling) {
            self.note_status(code);
            let cancelled = self.state == State::Cancelling && code == 487;
            let outcome = if cancelled { Outcome::Cancelled } else { Outcome::Rejected(code) };
            self.end(outcome, desk);
        }
    }

    /// A request within this call's dialog. The status to answer with.
    pub(super) fn handle_request(&mut self, request: &Request, desk: &mut Desk<'_>) -> u16 {
        let method = request.method().as_str();
        self.note(method);
        match method {
            "BYE" => {
                if !self.is_over() {
                    self.report.bye_headers = headers_of(request.headers());
                    self.end(Outcome::HungUpByPeer, desk);
                }
                200
            }
            _ => in_dialog_status(request),
        }
    }

    /// What this call repeated was given up.
    pub(super) fn handle_given_up(&mut self, key: &str, desk: &mut Desk<'_>) {
        if self.is_over() {
            return;
        }
        match key.split(' ').next() {
            Some("INVITE") => self.end(Outcome::NoResponse, desk),
            Some("BYE") => self.end(Outcome::ByeUnanswered, desk),
            _ => self.end(Outcome::Cancelled, desk),
        }
    }

    /// Whether a key of [`Repeats`](crate::scripted::Repeats) is of this call.
    pub(super) fn repeats(&self, key: &str) -> bool {
        let branch = |key: &str| key.split(' ').nth(1).map(str::to_owned);
        let invite = self.invite.as_ref().is_some_and(|own| branch(&own.key) == branch(key));
        invite || self.bye_key().as_deref() == Some(key)
    }

    fn bye_key(&self) -> Option<String> {
        // A BYE's branch is the call's own: it is sent once.
        self.dialog.as_ref().map(|dialog| request_key("BYE", &bye_branch(dialog)))
    }

    fn cancel(&mut self, now: Instant, desk: &mut Desk<'_>) {
        let Some(invite) = &self.invite else { return };
        let uri = String::from_utf8_lossy(invite.request.uri()).into_owned();
        let mut cancel = RequestBuilder::new(Method::CANCEL, uri);
        let copied =
            [&HeaderName::MAX_FORWARDS, &HeaderName::FROM, &HeaderName::TO, &HeaderName::CALL_ID];
        for name in copied {
            if let Some(value) = invite.request.headers().raw(name) {
                cancel = cancel.append(name, String::from_utf8_lossy(value));
            }
        }
        if let Ok(cancel) = cancel.append(&HeaderName::CSEQ, "1 CANCEL").build(&invite.via) {
            let key = invite.key.replacen("INVITE", "CANCEL", 1);
            let (peer, bytes) = (desk.config.gateway, cancel.bytes().clone());
            desk.line.send_until_stopped(now, &key, Kind::Request, peer, &bytes);
        }
        self.state = State::Cancelling;
        self.act_at = Some(now + desk.config.timers.patience());
    }

    /// Sends BYE, if there is a call to end.
    pub(super) fn hang_up(&mut self, now: Instant, desk: &mut Desk<'_>) {
        if self.state != State::Talking {
            return;
        }
        self.state = State::HangingUp;
        self.act_at = None;
        if let Some(media) = &mut self.media {
            media.stop();
        }
        let Some(dialog) = &mut self.dialog else { return };
        let branch = bye_branch(dialog);
        let via = desk.line.via_of(&branch);
        let peer = dialog.next_hop;
        match dialog.request(&Method::BYE).build(&via) {
            Ok(bye) => {
                let (key, bytes) = (request_key("BYE", &branch), bye.bytes().clone());
                desk.line.send_until_stopped(now, &key, Kind::Request, peer, &bytes);
            }
            Err(error) => self.end(Outcome::Unusable(error.to_string()), desk),
        }
    }

    fn end(&mut self, outcome: Outcome, desk: &mut Desk<'_>) {
        self.state = State::Over;
        self.act_at = None;
        if let Some(media) = &mut self.media {
            media.stop();
        }
        let keys = [self.bye_key(), self.invite.as_ref().map(|invite| invite.key.clone())];
        for key in keys.iter().flatten() {
            desk.line.repeats.stop(key);
        }
        // What went wrong first says more than how it was cleared away.
        if !self.report.outcome.is_over() {
            self.report.outcome = outcome;
        }
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let report = Box::new(self.report());
        desk.events.push_back(Event::Ended { call: self.index, report });
    }

    fn note(&mut self, line: &str) {
        self.report.received.push(line.to_owned());
    }

    fn note_status(&mut self, code: u16) {
        if !self.report.statuses.contains(&code) {
            self.report.statuses.push(code);
        }
    }
}

fn bye_branch(dialog: &Dialog) -> String {
    format!("z9hG4bK{}bye", dialog.local_tag)
}
