//! The called side of a leg: what the other end's INVITE, CANCEL and ACK lead to.

use std::{net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_message::{Body, HeaderName, Request};

use super::{Leg, News, Record, Side, Sound, State};
use crate::scripted::{
    Dialog, Kind, Line, Outcome, Parts, Reply, answer_bytes, headers_of, user_of,
};

/// The other end's INVITE.
#[derive(Debug)]
pub(super) struct Called {
    invite: Request,
    parts: Parts,
    peer: SocketAddr,
    tag: String,
    /// The user of our Contact.
    user: String,
}

impl Called {
    /// The key under which the final response is repeated.
    pub(super) fn key(&self) -> String {
        format!("FINAL {} {}", self.parts.branch, self.peer)
    }
}

impl Leg {
    /// Takes an INVITE. Nothing is sent yet.
    pub(crate) fn ring(
        line: &mut Line,
        invite: Request,
        (parts, peer): (Parts, SocketAddr),
        user: &str,
        sound: Sound,
    ) -> Self {
        let mut record = Record {
            call_id: parts.call_id.clone(),
            dialed: user_of(invite.uri()),
            invite_headers: headers_of(invite.headers()),
            ..Record::default()
        };
        record.note("INVITE");
        let (tag, user) = (line.rng.token(10), user.to_owned());
        let called = Called { invite, parts, peer, tag, user };
        Self::new(Side::Called(Box::new(called)), State::Ringing, sound, record)
    }

    /// Our tag, where we were called.
    pub(crate) fn tag(&self) -> Option<&str> {
        match &self.side {
            Side::Called(called) => Some(&called.tag),
            Side::Caller(_) => None,
        }
    }

    /// Whether a request without our tag, or with the branch of the INVITE, is about this leg.
    pub(crate) fn invite_matches(&self, parts: &Parts, from: SocketAddr) -> bool {
        match &self.side {
            Side::Called(called) => called.parts.branch == parts.branch && called.peer == from,
            Side::Caller(_) => false,
        }
    }

    /// Sends a provisional response.
    pub(crate) fn provisional(&mut self, now: Instant, code: u16, line: &mut Line) {
        if self.state == State::Ringing {
            self.respond(now, &Reply::new(code), None, line);
        }
    }

    /// Refuses the call.
    pub(crate) fn refuse(&mut self, now: Instant, reply: &Reply, line: &mut Line) {
        if self.state == State::Ringing && matches!(self.side, Side::Called(_)) {
            self.state = State::Rejected;
            self.respond(now, reply, None, line);
        }
    }

    /// Answers the call: 200, or why not.
    pub(crate) fn accept(&mut self, now: Instant, line: &mut Line) {
        let (State::Ringing, Side::Called(called)) = (self.state, &self.side) else { return };
        let Called { parts, invite, tag, peer, .. } = &**called;
        let Some(dialog) = Dialog::of_called(parts, invite.headers(), tag, *peer) else {
            let why = "the Contact is missing or malformed";
            self.record.outcome = Outcome::Unusable(why.to_owned());
            return self.refuse(now, &Reply::new(400), line);
        };
        let description = if invite.body().is_empty() {
            let offer = self.sound.offer();
            let bytes = offer.to_bytes();
            self.offered = Some(offer);
            Ok(bytes)
        } else {
            self.sound.answer(invite.body(), &mut line.rng).map(|(bytes, media)| {
                // The caller may speak before its ACK arrives.
                self.media = Some(media);
                bytes
            })
        };
        match description {
            Ok(description) => {
                self.state = State::Answered;
                self.dialog = Some(dialog);
                self.respond(now, &Reply::new(200), Some(&description), line);
            }
            Err(why) => {
                self.record.outcome = Outcome::Unusable(why);
                self.refuse(now, &Reply::new(488), line);
            }
        }
    }

    fn respond(&mut self, now: Instant, reply: &Reply, body: Option<&Bytes>, line: &mut Line) {
        let Side::Called(called) = &self.side else { return };
        let (contact, allow) = (line.contact(&called.user), line.allow());
        let code = reply.code;
        let bytes =
            answer_bytes(&called.invite, reply, &called.tag, called.peer, |mut response| {
                if code > 100 && code < 300 {
                    response = response
                        .append(&HeaderName::CONTACT, &contact)
                        .append(&HeaderName::ALLOW, allow);
                }
                match body {
                    Some(bytes) => response.body(&Body::sdp(bytes.clone())),
                    None => response,
                }
            });
        let Some(bytes) = bytes else {
            // Nothing that could be sent would be an answer to this.
            return self.end(Outcome::Unusable("the INVITE cannot be answered".into()), line);
        };
        if code < 200 {
            line.outbox.sip(called.peer, bytes.clone());
        } else {
            self.record.status = code;
            let (key, kind) = (called.key(), Kind::FinalResponse);
            line.send_until_stopped(now, &key, kind, called.peer, &bytes);
        }
        line.answers.keep(now, &called.parts, called.peer, bytes);
    }

    /// The caller cancels: 487, if there is no final response yet.
    pub(crate) fn handle_cancel(&mut self, now: Instant, line: &mut Line) {
        self.record.note("CANCEL");
        if self.state == State::Ringing {
            self.record.outcome = Outcome::Cancelled;
            self.refuse(now, &Reply::new(487), line);
        }
    }

    pub(crate) fn handle_ack(&mut self, now: Instant, ack: &Request, line: &mut Line) {
        self.record.note("ACK");
        let Side::Called(called) = &self.side else { return };
        line.repeats.stop(&called.key());
        match self.state {
            State::Answered => self.begin_talk(now, ack, line),
            State::Rejected => self.end(Outcome::Rejected(self.record.status), line),
            _ => {}
        }
    }

    fn begin_talk(&mut self, now: Instant, ack: &Request, line: &mut Line) {
        self.state = State::Talking;
        if let Some(offered) = self.offered.take() {
            match self.sound.accept(&offered, ack.body(), &mut line.rng) {
                Ok(media) => self.media = Some(media),
                Err(why) => {
                    self.news.push_back(News::Confirmed);
                    self.record.outcome = Outcome::Unusable(why);
                    return self.hang_up(now, &[], line);
                }
            }
        }
        if let Some(media) = &mut self.media {
            media.begin(now, &mut line.outbox);
        }
        self.news.push_back(News::Confirmed);
    }
}
