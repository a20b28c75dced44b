//! One call of the Synthflow end: the called side of RFC 3261 sections 9, 13 and 15.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_message::{Body, HeaderName, Method, Request};
use siptrunk_sdp::{
    Origin, SessionDescription,
    offer_answer::{self, LocalMedia},
};

use super::{Answering, CallReport, Ending, Event, SynthflowConfig};
use crate::scripted::{
    CallMedia, Dialog, Kind, Line, Outcome, Parts, answer_bytes, headers_of, in_dialog_status,
    request_key, user_of,
};

/// How long the last packets of the other end may still take once all is heard and said.
const LINGER: Duration = Duration::from_millis(200);

/// What a call works with: the end's shared parts.
pub(super) struct Desk<'a> {
    pub(super) config: &'a SynthflowConfig,
    pub(super) line: &'a mut Line,
    pub(super) events: &'a mut VecDeque<Event>,
}

#[derive(Debug)]
pub(super) struct Call {
    index: usize,
    state: State,
    report: CallReport,
    invite: Request,
    pub(super) parts: Parts,
    peer: SocketAddr,
    pub(super) tag: String,
    pub(super) dialog: Option<Dialog>,
    pub(super) media: Option<CallMedia>,
    /// Our own offer, if the INVITE had none.
    offered: Option<SessionDescription>,
    /// What is to be answered after ringing.
    answer: Result<(), u16>,
    act_at: Option<Instant>,
    bye_key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ringing,
    /// A 2xx was sent.
    Answered,
    /// A rejection was sent.
    Rejected,
    Talking,
    /// All was heard and said.
    Lingering,
    HangingUp,
    Over,
}

impl Call {
    /// Takes a new INVITE.
    pub(super) fn new(
        now: Instant,
        index: usize,
        invite: Request,
        parts: Parts,
        peer: SocketAddr,
        desk: &mut Desk<'_>,
    ) -> Self {
        let mut report = CallReport {
            call_id: parts.call_id.clone(),
            dialed: user_of(invite.uri()),
            headers: headers_of(invite.headers()),
            ..CallReport::default()
        };
        report.judge(&desk.config.expects);
        report.received.push("INVITE".into());
        let known = desk.config.numbers.contains(&report.dialed);
        let answer = match desk.config.answering {
            _ if !known => Err(404),
            Answering::Reject(code) => Err(code),
            Answering::Answer | Answering::Ring | Answering::Silence => Ok(()),
        };
        let mut call = Self {
            index,
            state: State::Ringing,
            report,
            tag: desk.line.rng.token(10),
            dialog: None,
            media: None,
            offered: None,
            answer,
            act_at: None,
            bye_key: None,
            invite,
            parts,
            peer,
        };
        desk.events.push_back(Event::Incoming { call: index });
        if desk.config.answering == Answering::Silence {
            return call;
        }
        call.respond(now, 100, None, desk);
        if known {
            call.respond(now, 180, None, desk);
            if desk.config.answering != Answering::Ring {
                call.act_at = Some(now + desk.config.ring);
            }
        } else {
            call.finish_ringing(now, desk);
        }
        call
    }

    pub(super) fn report(&self) -> CallReport {
        let audio = self.media.as_ref().map(CallMedia::report).unwrap_or_default();
        CallReport { audio, ..self.report.clone() }
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let media = self.media.as_ref().and_then(CallMedia::poll_timeout);
        self.act_at.into_iter().chain(media).min()
    }

    /// The INVITE came again.
    pub(super) fn note_repeat(&mut self, method: &str) {
        self.report.received.push(method.to_owned());
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, desk: &mut Desk<'_>) {
        if let Some(media) = &mut self.media {
            media.handle_timeout(now, &mut desk.line.outbox);
        }
        self.judge_audio(now);
        if self.act_at.is_none_or(|at| at > now) {
            return;
        }
        self.act_at = None;
        match self.state {
            State::Ringing => self.finish_ringing(now, desk),
            State::Talking | State::Lingering => self.hang_up(now, desk),
            State::Answered | State::Rejected | State::HangingUp | State::Over => {}
        }
    }

    pub(super) fn handle_packet(&mut self, now: Instant, bytes: &[u8]) {
        if let Some(media) = &mut self.media {
            media.handle_packet(bytes);
        }
        self.judge_audio(now);
    }

    /// All said and all heard: the last packets of ours may still be on their way.
    fn judge_audio(&mut self, now: Instant) {
        let complete = self.media.as_ref().is_some_and(CallMedia::complete);
        if self.state == State::Talking && complete && self.act_at.is_some() {
            self.state = State::Lingering;
            self.act_at = Some(now + LINGER);
        }
    }

    fn finish_ringing(&mut self, now: Instant, desk: &mut Desk<'_>) {
        let dialog = Dialog::of_called(&self.parts, self.invite.headers(), &self.tag, self.peer);
        let answer = match (self.answer, &dialog) {
            (Ok(()), Some(_)) => self.describe(desk).map_err(|why| (488, why)),
            (Ok(()), None) => Err((400, "the Contact is missing or malformed".to_owned())),
            (Err(code), _) => Err((code, String::new())),
        };
        match answer {
            Ok(description) => {
                self.state = State::Answered;
                self.dialog = dialog;
                if desk.config.reuse_cseq
                    && let Some(dialog) = &mut self.dialog
                {
                    // So that the BYE has the number of the INVITE as well.
                    dialog.cseq = self.parts.cseq.saturating_sub(1);
                }
                self.respond(now, 200, Some(&description), desk);
            }
            Err((code, why)) => {
                if !why.is_empty() {
                    self.report.outcome = Outcome::Unusable(why);
                }
                self.state = State::Rejected;
                self.respond(now, code, None, desk);
            }
        }
    }

    /// The session description of the 200: an answer, or an offer if none came.
    fn describe(&mut self, desk: &mut Desk<'_>) -> Result<Bytes, String> {
        let SynthflowConfig { rtp, codecs, telephone_event, .. } = desk.config;
        let local = LocalMedia { address: rtp.ip(), port: rtp.port() };
        let origin = Origin::new(1_800_000_000 + self.index as u64, 1, rtp.ip());
        if self.invite.body().is_empty() {
            let offer = offer_answer::offer(codecs, &local, &origin);
            let bytes = offer.to_bytes();
            self.offered = Some(offer);
            return Ok(bytes);
        }
        let offer =
            SessionDescription::parse(self.invite.body()).map_err(|error| error.to_string())?;
        let agreed = offer_answer::answer(&offer, codecs, &local, &origin)
            .map_err(|error| error.to_string())?;
        let bytes = agreed.description.to_bytes();
        let events = agreed.audio.codecs.iter().find(|codec| codec.is_telephone_event());
        let offered = events.map(|codec| codec.payload_type);
        // The caller may speak before its ACK arrives.
        self.media = Some(CallMedia::new(desk.config.audio, &agreed, &mut desk.line.rng)?);
        Ok(match (offered, telephone_event) {
            (Some(from), Some(to)) => renumbered(&bytes, from, *to),
            _ => bytes,
        })
    }

    fn respond(&mut self, now: Instant, code: u16, body: Option<&Bytes>, desk: &mut Desk<'_>) {
        let contact = desk.line.contact("agent");
        let bytes = answer_bytes(&self.invite, code, &self.tag, self.peer, |mut response| {
            if code > 100 && code < 300 {
                response = response
                    .append(&HeaderName::CONTACT, &contact)
                    .append(&HeaderName::ALLOW, "INVITE, ACK, BYE, CANCEL, OPTIONS");
            }
            match body {
                Some(bytes) => response.body(&Body::sdp(bytes.clone())),
                None => response,
            }
        });
        let Some(bytes) = bytes else { return };
        if code < 200 {
            desk.line.outbox.sip(self.peer, bytes.clone());
        } else {
            self.report.status = code;
            let (key, kind) = (self.final_key(), Kind::FinalResponse);
            desk.line.send_until_stopped(now, &key, kind, self.peer, &bytes);
        }
        desk.line.answers.keep(now, &self.parts, self.peer, bytes);
    }

    fn final_key(&self) -> String {
        format!("FINAL {} {}", self.parts.branch, self.peer)
    }

    /// Whether a request without our tag, or with the branch of the INVITE, is about this call.
    pub(super) fn invite_matches(&self, parts: &Parts, from: SocketAddr) -> bool {
        self.parts.branch == parts.branch && self.peer == from
    }

    /// The caller cancels: 487, if there is no final response yet. Whether the INVITE is known is
    /// for the end to say.
    pub(super) fn handle_cancel(&mut self, now: Instant, desk: &mut Desk<'_>) {
        self.report.received.push("CANCEL".into());
        if self.state == State::Ringing {
            self.act_at = None;
            self.state = State::Rejected;
            self.report.outcome = Outcome::Cancelled;
            self.respond(now, 487, None, desk);
        }
    }

    pub(super) fn handle_ack(&mut self, now: Instant, ack: &Request, desk: &mut Desk<'_>) {
        self.report.received.push("ACK".into());
        desk.line.repeats.stop(&self.final_key());
        match self.state {
            State::Answered => self.begin_talk(now, ack, desk),
            State::Rejected => {
                let outcome = Outcome::Rejected(self.report.status);
                self.end(outcome, desk);
            }
            _ => {}
        }
    }

    fn begin_talk(&mut self, now: Instant, ack: &Request, desk: &mut Desk<'_>) {
        self.state = State::Talking;
        self.act_at = Some(now + desk.config.talk);
        desk.events.push_back(Event::Confirmed { call: self.index });
        let ready = match self.offered.take() {
            Some(offered) => self.take_answer(&offered, ack.body(), desk),
            None => Ok(()),
        };
        if let Err(why) = ready {
            self.report.outcome = Outcome::Unusable(why);
            self.hang_up(now, desk);
            return;
        }
        if let Some(media) = &mut self.media {
            media.begin(now, &mut desk.line.outbox);
        }
        if desk.config.reuse_cseq {
            self.send(now, &Method::OPTIONS, &[], desk);
        }
        if desk.config.ending == Ending::Wait {
            self.act_at = None;
        }
        // The first frame may be the last one, and all of the caller's may be there already.
        self.judge_audio(now);
    }

    /// The answer to an offer of ours came in the ACK.
    fn take_answer(
        &mut self,
        offered: &SessionDescription,
        body: &[u8],
        desk: &mut Desk<'_>,
    ) -> Result<(), String> {
        let answer = SessionDescription::parse(body).map_err(|error| error.to_string())?;
        let agreed = offer_answer::accept(offered, &answer).map_err(|error| error.to_string())?;
        self.media = Some(CallMedia::new(desk.config.audio, &agreed, &mut desk.line.rng)?);
        Ok(())
    }

    /// A request within the dialog, but ACK. The status to answer with.
    pub(super) fn handle_request(&mut self, request: &Request, desk: &mut Desk<'_>) -> u16 {
        let method = request.method().as_str();
        self.report.received.push(method.to_owned());
        match method {
            "BYE" => {
                desk.line.repeats.stop(&self.final_key());
                if !self.is_over() {
                    self.end(Outcome::HungUpByPeer, desk);
                }
                200
            }
            _ => in_dialog_status(request),
        }
    }

    /// A response to a request of this call.
    pub(super) fn handle_response(&mut self, code: u16, parts: &Parts, desk: &mut Desk<'_>) {
        self.report.received.push(format!("SIP/2.0 {code} ({})", parts.method));
        let key = request_key(&parts.method, &parts.branch);
        if code < 200 {
            desk.line.repeats.provisional(&key);
        } else if desk.line.repeats.stop(&key) && self.bye_key.as_ref() == Some(&key) {
            self.end(Outcome::HungUp(code), desk);
        }
    }

    /// Whether a key of [`Repeats`](crate::scripted::Repeats) is of this call.
    pub(super) fn repeats(&self, key: &str) -> bool {
        key == self.final_key() || self.bye_key.as_deref() == Some(key)
    }

    /// What this call repeated was given up.
    pub(super) fn handle_given_up(&mut self, now: Instant, key: &str, desk: &mut Desk<'_>) {
        match self.state {
            State::Over => {}
            State::Answered if key == self.final_key() => {
                // RFC 3261 13.3.1.4: no ACK came, so the session ends with a BYE.
                self.report.outcome = Outcome::NoAck;
                self.state = State::Talking;
                self.hang_up(now, desk);
            }
            State::Rejected => self.end(Outcome::Rejected(self.report.status), desk),
            _ => self.end(Outcome::ByeUnanswered, desk),
        }
    }

    pub(super) fn hang_up(&mut self, now: Instant, desk: &mut Desk<'_>) {
        if !matches!(self.state, State::Talking | State::Lingering) {
            return;
        }
        self.state = State::HangingUp;
        self.act_at = None;
        if let Some(media) = &mut self.media {
            media.stop();
        }
        if desk.config.reuse_cseq
            && let Some(dialog) = &mut self.dialog
        {
            dialog.cseq = dialog.cseq.saturating_sub(1);
        }
        let headers = match &desk.config.ending {
            Ending::HandBack(headers) => headers.clone(),
            Ending::Wait | Ending::HangUp => Vec::new(),
        };
        self.bye_key = self.send(now, &Method::BYE, &headers, desk);
    }

    /// Sends a request within the dialog, and returns its key.
    fn send(
        &mut self,
        now: Instant,
        method: &Method,
        headers: &[crate::Header],
        desk: &mut Desk<'_>,
    ) -> Option<String> {
        let dialog = self.dialog.as_mut()?;
        let (via, branch) = desk.line.via();
        let mut builder = dialog.request(method);
        for header in headers {
            if let Ok(name) = HeaderName::new(&header.name) {
                builder = builder.append(&name, &header.value);
            }
        }
        let request = builder.build(&via).ok()?;
        let (key, bytes) = (request_key(method.as_str(), &branch), request.bytes().clone());
        let peer = dialog.next_hop;
        desk.line.send_until_stopped(now, &key, Kind::Request, peer, &bytes);
        Some(key)
    }

    fn end(&mut self, outcome: Outcome, desk: &mut Desk<'_>) {
        self.state = State::Over;
        self.act_at = None;
        if let Some(media) = &mut self.media {
            media.stop();
        }
        if let Some(key) = &self.bye_key {
            desk.line.repeats.stop(key);
        }
        // What went wrong first says more than how it was cleared away.
        if !self.report.outcome.is_over() {
            self.report.outcome = outcome;
        }
        let report = Box::new(self.report());
        desk.events.push_back(Event::Ended { call: self.index, report });
    }
}

/// An audio description with a payload number replaced, in its `m=`, `rtpmap` and `fmtp` lines.
fn renumbered(description: &[u8], from: u8, to: u8) -> Bytes {
    let text = String::from_utf8_lossy(description);
    let (from, to) = (from.to_string(), to.to_string());
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive("\r\n") {
        let (content, end) = line.strip_suffix("\r\n").map_or((line, ""), |line| (line, "\r\n"));
        if content.starts_with("m=") {
            // Kind, port and protocol come before the numbers.
            let words: Vec<&str> = content
                .split(' ')
                .enumerate()
                .map(|(at, word)| if at > 2 && word == from { to.as_str() } else { word })
                .collect();
            out.push_str(&words.join(" "));
        } else {
            let renamed = ["a=rtpmap:", "a=fmtp:"].iter().find_map(|name| {
                let rest = content.strip_prefix(name)?.strip_prefix(&from)?;
                rest.starts_with(' ').then(|| format!("{name}{to}{rest}"))
            });
            out.push_str(renamed.as_deref().unwrap_or(content));
        }
        out.push_str(end);
    }
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_number_is_replaced_where_it_is_one() {
        let sdp = b"m=audio 101 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 \
            telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:101\r\n";
        let expected: &[u8] = b"m=audio 101 RTP/AVP 0 96\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 \
            telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:101\r\n";
        assert_eq!(renumbered(sdp, 101, 96), expected);
    }
}
