//! The caller's side of a leg: INVITE, CANCEL, and the ACKs of what comes of them.

use std::{net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_message::{Body, HeaderName, Method, Request, RequestBuilder, Response};

use super::{Leg, News, Record, Side, Sound, State, with_headers};
use crate::scripted::{
    Account, Dialog, Header, Kind, Line, Outcome, Parts, Prover, request_key, user_of,
};

/// An INVITE to send.
#[derive(Clone, Debug)]
pub(crate) struct Dial {
    pub(crate) uri: String,
    pub(crate) peer: SocketAddr,
    /// The user of From and Contact.
    pub(crate) caller: String,
    pub(crate) max_forwards: u8,
    pub(crate) headers: Vec<Header>,
    /// What a challenge is answered with.
    pub(crate) account: Option<Account>,
}

/// An INVITE as it was sent.
#[derive(Debug)]
pub(super) struct Caller {
    peer: SocketAddr,
    request: Request,
    via: String,
    key: String,
    cseq: u32,
    prover: Option<Prover>,
    /// The ACK of the 2xx, to repeat for each copy of it.
    ack: Option<(SocketAddr, Bytes)>,
    /// The ACKs of challenges, by the key of the INVITE that was challenged.
    challenged: Vec<(String, Bytes)>,
}

impl Caller {
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The INVITE's key, and that of its CANCEL.
    pub(super) fn repeats(&self, key: &str) -> bool {
        let (method, branch) = key.split_once(' ').unwrap_or_default();
        let own = self.key.split_once(' ').map(|(_, branch)| branch);
        own == Some(branch) && matches!(method, "INVITE" | "CANCEL")
    }

    fn uri(&self) -> String {
        String::from_utf8_lossy(self.request.uri()).into_owned()
    }

    /// A request about this INVITE: same Request-URI, CSeq number and top Via (RFC 3261 9.1 and
    /// 17.1.1.3).
    fn about(&self, method: Method, to: &[u8]) -> Option<Bytes> {
        let cseq = format!("{} {}", self.cseq, method.as_str());
        let mut builder = RequestBuilder::new(method, self.uri());
        for name in [&HeaderName::MAX_FORWARDS, &HeaderName::FROM, &HeaderName::CALL_ID] {
            if let Some(value) = self.request.headers().raw(name) {
                builder = builder.append(name, String::from_utf8_lossy(value));
            }
        }
        let builder = builder.append(&HeaderName::TO, String::from_utf8_lossy(to));
        let request = builder.append(&HeaderName::CSEQ, cseq).build(&self.via).ok()?;
        Some(request.bytes().clone())
    }
}

impl Leg {
    /// Sends an INVITE with an offer.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub(crate) fn dial(
        now: Instant,
        line: &mut Line,
        dial: &Dial,
        sound: Sound,
    ) -> Result<Self, String> {
        let Dial { uri, caller, .. } = dial;
        let host = line.sip();
        let offer = sound.offer();
        let call_id = format!("{}@{}", line.rng.token(20), host.ip());
        let from = format!("<sip:{caller}@{host}>;tag={}", line.rng.token(10));
        let builder = RequestBuilder::new(Method::INVITE, uri)
            .append(&HeaderName::MAX_FORWARDS, dial.max_forwards)
            .append(&HeaderName::FROM, from)
            .append(&HeaderName::TO, format!("<{uri}>"))
            .append(&HeaderName::CALL_ID, &call_id)
            .append(&HeaderName::CSEQ, "1 INVITE")
            .append(&HeaderName::CONTACT, line.contact(caller))
            .append(&HeaderName::ALLOW, line.allow());
        let builder = with_headers(builder, &dial.headers).body(&Body::sdp(offer.to_bytes()));
        let (via, branch) = line.via();
        let request = builder.build(&via).map_err(|error| error.to_string())?;
        let key = request_key("INVITE", &branch);
        line.send_until_stopped(now, &key, Kind::Invite, dial.peer, request.bytes());
        let caller = Caller {
            peer: dial.peer,
            request,
            via,
            key,
            cseq: 1,
            prover: dial.account.clone().map(Prover::new),
            ack: None,
            challenged: Vec::new(),
        };
        let dialed = user_of(uri.as_bytes());
        let record = Record { call_id, dialed, ..Record::default() };
        let mut leg = Self::new(Side::Caller(Box::new(caller)), State::Calling, sound, record);
        leg.offered = Some(offer);
        Ok(leg)
    }

    /// Gives up an INVITE that rings.
    pub(crate) fn cancel(&mut self, now: Instant, line: &mut Line) {
        let Side::Caller(caller) = &self.side else { return };
        if self.state != State::Ringing {
            return;
        }
        let to = caller.request.headers().raw(&HeaderName::TO).unwrap_or_default();
        if let Some(bytes) = caller.about(Method::CANCEL, to) {
            let key = caller.key.replacen("INVITE", "CANCEL", 1);
            line.send_until_stopped(now, &key, Kind::Request, caller.peer, &bytes);
        }
        self.state = State::Cancelling;
        self.deadline = Some(now + line.patience());
    }

    /// A response to any request of this leg.
    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        response: &Response,
        (parts, from): (&Parts, SocketAddr),
        line: &mut Line,
    ) {
        let code = response.status().code();
        self.record.note_response(code, &parts.method);
        let key = request_key(&parts.method, &parts.branch);
        if parts.method != "INVITE" {
            return self.handle_plain_response(code, &key, line);
        }
        let Side::Caller(caller) = &self.side else { return };
        if caller.key != key {
            // RFC 3261 17.1.3: it is of an INVITE of ours that was challenged, or of none.
            if let Some((_, ack)) = caller.challenged.iter().find(|(known, _)| *known == key) {
                line.outbox.sip(caller.peer, ack.clone());
            }
            return;
        }
        match code {
            100..200 => self.handle_provisional(code, &key, line),
            200..300 => self.handle_answer(now, response, (parts, from), line),
            _ => self.handle_rejection(now, code, response, line),
        }
    }

    fn handle_plain_response(&mut self, code: u16, key: &str, line: &mut Line) {
        if code < 200 {
            line.repeats.provisional(key);
        } else if line.repeats.stop(key) && self.bye_key.as_deref() == Some(key) {
            self.end(Outcome::HungUp(code), line);
        } else if self.asked.iter().any(|asked| asked == key) {
            self.asked.retain(|asked| asked != key);
            if key.starts_with("REFER ") {
                self.news.push_back(News::Referred(code));
            }
        }
    }

    fn handle_provisional(&mut self, code: u16, key: &str, line: &mut Line) {
        if !matches!(self.state, State::Calling | State::Ringing | State::Cancelling) {
            return;
        }
        line.repeats.provisional(key);
        self.record.note_status(code);
        if self.state == State::Calling {
            self.state = State::Ringing;
        }
        self.news.push_back(News::Provisional(code));
    }

    fn handle_answer(
        &mut self,
        now: Instant,
        response: &Response,
        (parts, from): (&Parts, SocketAddr),
        line: &mut Line,
    ) {
        let Side::Caller(caller) = &mut self.side else { return };
        if let Some((peer, ack)) = &caller.ack {
            line.outbox.sip(*peer, ack.clone());
            return;
        }
        let target = caller.uri();
        let dialog = Dialog::of_caller(parts, response.headers(), &target, from);
        let Some(dialog) = dialog else { return };
        line.repeats.stop(&caller.key);
        let (via, _) = line.via();
        if let Ok(ack) = dialog.request_with(&Method::ACK, parts.cseq).build(&via) {
            let bytes = ack.bytes().clone();
            line.outbox.sip(dialog.next_hop, bytes.clone());
            caller.ack = Some((dialog.next_hop, bytes));
        }
        self.dialog = Some(dialog);
        self.record.note_status(response.status().code());
        let unwanted = matches!(self.state, State::Cancelling | State::Over);
        self.state = State::Talking;
        self.deadline = None;
        if unwanted {
            // The answer was faster than the CANCEL (RFC 3261 9.1), or slower than our patience.
            self.hang_up(now, &[], line);
            return;
        }
        self.news.push_back(News::Answered);
        let offer = self.offered.take();
        let media = offer
            .ok_or_else(|| "no offer was made".to_owned())
            .and_then(|offer| self.sound.accept(&offer, response.body(), &mut line.rng));
        match media {
            Ok(mut media) => {
                media.begin(now, &mut line.outbox);
                self.media = Some(media);
            }
            Err(why) => {
                self.record.outcome = Outcome::Unusable(why);
                self.hang_up(now, &[], line);
            }
        }
    }

    fn handle_rejection(&mut self, now: Instant, code: u16, response: &Response, line: &mut Line) {
        let Side::Caller(caller) = &mut self.side else { return };
        // RFC 3261 17.1.1.3: To with the response's tag, for each copy.
        let to = response.headers().raw(&HeaderName::TO).unwrap_or_default();
        let Some(ack) = caller.about(Method::ACK, to) else { return };
        line.outbox.sip(caller.peer, ack.clone());
        line.repeats.stop(&caller.key);
        if !matches!(self.state, State::Calling | State::Ringing | State::Cancelling) {
            return;
        }
        self.record.note_status(code);
        let challenged = matches!(code, 401 | 407) && self.state != State::Cancelling;
        if challenged && self.prove(now, response, ack, line) {
            return;
        }
        let cancelled = self.state == State::Cancelling && code == 487;
        let outcome = if cancelled { Outcome::Cancelled } else { Outcome::Rejected(code) };
        self.end(outcome, line);
    }

    /// Sends the INVITE again with credentials (RFC 3261 22.2). Whether there are any to send.
    fn prove(&mut self, now: Instant, response: &Response, ack: Bytes, line: &mut Line) -> bool {
        let Side::Caller(caller) = &mut self.side else { return false };
        let uri = caller.uri();
        let Some(prover) = &mut caller.prover else { return false };
        let body = caller.request.body_bytes();
        let proof = prover.answer(response.headers(), "INVITE", &uri, &body, &mut line.rng);
        let Some((name, value)) = proof else { return false };
        caller.cseq += 1;
        let (via, branch) = line.via();
        let again = RequestBuilder::from_request(&caller.request)
            .replace(&HeaderName::CSEQ, format!("{} INVITE", caller.cseq))
            .replace(&name, value)
            .build(&via);
        let Ok(request) = again else { return false };
        let key = request_key("INVITE", &branch);
        line.send_until_stopped(now, &key, Kind::Invite, caller.peer, request.bytes());
        let before = std::mem::replace(&mut caller.key, key);
        caller.challenged.push((before, ack));
        (caller.request, caller.via) = (request, via);
        self.state = State::Calling;
        true
    }
}
