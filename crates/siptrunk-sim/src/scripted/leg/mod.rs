//! One side of one call: what a script needs of RFC 3261 sections 9, 13 and 15, whoever called.

use std::{collections::VecDeque, time::Instant};

use bytes::Bytes;
use siptrunk_message::{HeaderName, Method, RequestBuilder};
use siptrunk_sdp::SessionDescription;

use self::{called::Called, caller::Caller, record::Record, refer::Subscription};
pub(crate) use self::{caller::Dial, record::News, sound::Sound};
use super::{CallMedia, Dialog, Header, Kind, Line, Outcome, request_key};

mod called;
mod caller;
mod in_dialog;
mod record;
mod refer;
mod sound;

/// One side of one call. What happens to it stands in [`news`](Self::poll_news) for its end to act on.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) record: Record,
    pub(crate) media: Option<CallMedia>,
    pub(crate) dialog: Option<Dialog>,
    state: State,
    side: Side,
    sound: Sound,
    /// Our own offer, until it is answered.
    offered: Option<SessionDescription>,
    /// When an INVITE that was cancelled is waited for no longer.
    deadline: Option<Instant>,
    bye_key: Option<String>,
    /// Keys of other requests of ours within the dialog.
    asked: Vec<String>,
    subscription: Subscription,
    news: VecDeque<News>,
    /// [`News::Ended`] was told.
    told: bool,
}

#[derive(Debug)]
enum Side {
    Caller(Box<Caller>),
    Called(Box<Called>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Caller: no response yet.
    Calling,
    /// A provisional response came, or none was final yet on the called side.
    Ringing,
    /// Caller: a CANCEL is out.
    Cancelling,
    /// Called: a 2xx was sent.
    Answered,
    /// Called: a rejection was sent.
    Rejected,
    Talking,
    HangingUp,
    Over,
}

impl Leg {
    fn new(side: Side, state: State, sound: Sound, record: Record) -> Self {
        Self {
            record,
            media: None,
            dialog: None,
            state,
            side,
            sound,
            offered: None,
            deadline: None,
            bye_key: None,
            asked: Vec::new(),
            subscription: Subscription::default(),
            news: VecDeque::new(),
            told: false,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Whether it rings: a call that is neither answered nor refused.
    pub(crate) fn is_ringing(&self) -> bool {
        matches!(self.state, State::Calling | State::Ringing)
    }

    pub(crate) fn is_talking(&self) -> bool {
        self.state == State::Talking
    }

    pub(crate) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// What was seen, with the audio so far.
    pub(crate) fn report(&self) -> Record {
        let audio = self.media.as_ref().map(CallMedia::report).unwrap_or_default();
        Record { audio, ..self.record.clone() }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let media = self.media.as_ref().and_then(CallMedia::poll_timeout);
        self.deadline.into_iter().chain(media).min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, line: &mut Line) {
        if let Some(media) = &mut self.media {
            media.handle_timeout(now, &mut line.outbox);
        }
        if self.deadline.is_some_and(|at| at <= now) {
            self.deadline = None;
            // The INVITE's own final response never came (RFC 3261 9.1: 64 times T1).
            if self.state == State::Cancelling {
                self.end(Outcome::Cancelled, line);
            }
        }
    }

    /// Whether a key of [`Repeats`](crate::scripted::Repeats) is of this leg.
    pub(crate) fn repeats(&self, key: &str) -> bool {
        let setup = match &self.side {
            Side::Caller(caller) => caller.repeats(key),
            Side::Called(called) => called.key() == key,
        };
        setup || self.bye_key.as_deref() == Some(key) || self.asked.iter().any(|asked| asked == key)
    }

    /// What this leg repeated was given up.
    pub(crate) fn handle_given_up(&mut self, now: Instant, key: &str, line: &mut Line) {
        self.asked.retain(|asked| asked != key);
        match (&self.side, self.state) {
            (_, State::Over) => {}
            (Side::Called(called), State::Answered) if called.key() == key => {
                // RFC 3261 13.3.1.4: no ACK came, so the session ends with a BYE.
                self.record.outcome = Outcome::NoAck;
                self.state = State::Talking;
                self.hang_up(now, &[], line);
            }
            (Side::Called(called), State::Rejected) if called.key() == key => {
                self.end(Outcome::Rejected(self.record.status), line);
            }
            _ if self.bye_key.as_deref() == Some(key) => self.end(Outcome::ByeUnanswered, line),
            (Side::Caller(_), _) if key.starts_with("INVITE ") => {
                self.end(Outcome::NoResponse, line);
            }
            (Side::Caller(_), State::Cancelling) => self.end(Outcome::Cancelled, line),
            _ => {}
        }
    }

    /// Sends BYE with these header fields, if there is a call to end.
    pub(crate) fn hang_up(&mut self, now: Instant, headers: &[Header], line: &mut Line) {
        if self.state != State::Talking {
            return;
        }
        self.state = State::HangingUp;
        if let Some(media) = &mut self.media {
            media.stop();
        }
        match self.request(now, &Method::BYE, line, |builder| with_headers(builder, headers)) {
            Some(key) => self.bye_key = Some(key),
            None => self.end(Outcome::Unusable("the BYE cannot be written".into()), line),
        }
    }

    /// Sends a request within the dialog, and returns its key.
    pub(crate) fn request(
        &mut self,
        now: Instant,
        method: &Method,
        line: &mut Line,
        finish: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Option<String> {
        let dialog = self.dialog.as_mut()?;
        let (via, branch) = line.via();
        let request = finish(dialog.request(method)).build(&via).ok()?;
        let (key, bytes): (_, Bytes) =
            (request_key(method.as_str(), &branch), request.bytes().clone());
        let peer = dialog.next_hop;
        line.send_until_stopped(now, &key, Kind::Request, peer, &bytes);
        Some(key)
    }

    /// The next request gets the CSeq number of the last one: a breach of RFC 3261 12.2.1.1.
    pub(crate) fn reuse_cseq(&mut self) {
        if let Some(dialog) = &mut self.dialog {
            dialog.cseq = dialog.cseq.saturating_sub(1);
        }
    }

    fn end(&mut self, outcome: Outcome, line: &mut Line) {
        self.state = State::Over;
        self.deadline = None;
        if let Some(media) = &mut self.media {
            media.stop();
        }
        let setup = match &self.side {
            Side::Caller(caller) => Some(caller.key().to_owned()),
            Side::Called(_) => None,
        };
        let keys = self.bye_key.iter().chain(setup.iter()).chain(&self.asked);
        for key in keys {
            line.repeats.stop(key);
        }
        // What went wrong first says more than how it was cleared away.
        if !self.record.outcome.is_over() {
            self.record.outcome = outcome;
        }
        if !std::mem::replace(&mut self.told, true) {
            self.news.push_back(News::Ended);
        }
    }
}

/// A request with header fields of a script: in its order and spelling, without those that are none.
fn with_headers(mut builder: RequestBuilder, headers: &[Header]) -> RequestBuilder {
    for header in headers {
        if let Ok(name) = HeaderName::new(&header.name) {
            builder = builder.append(&name, &header.value);
        }
    }
    builder
}
