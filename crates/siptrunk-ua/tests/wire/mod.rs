//! A wire in virtual time between user agents and scripted peers: it delays each datagram by 5 ms,
//! loses what a test wants lost, and keeps a log of everything.
// Each test file is a crate of its own and uses its own part of this.
#![allow(dead_code, unreachable_pub)]

pub mod connected;

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_message::{
    Body, HeaderName, Limits, Message, NameAddr, Request, Response, StatusCode, Uri,
};
use siptrunk_transaction::{
    Core, FlowEvent, FlowId, Listener, QuestionId, Received, Seed, Target, To, TransportError,
};
use siptrunk_ua::{
    Cause, Config, Destination, Event, Invite, Question, Reply, SessionId, UserAgent,
};

const DELAY: Duration = Duration::from_millis(5);

/// Decides what is lost, by number and content.
trait Loss: FnMut(usize, &Datagram) -> bool {}

impl<F: FnMut(usize, &Datagram) -> bool> Loss for F {}

/// A datagram as it left.
#[derive(Clone, Debug)]
pub struct Datagram {
    pub at: Duration,
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub bytes: Bytes,
}

impl Datagram {
    /// `INVITE`, or `180 INVITE` for a response.
    pub fn label(&self) -> String {
        match Message::parse(self.bytes.clone(), &Limits::default()).expect("we wrote it") {
            Message::Request(request) => request.method().as_str().to_owned(),
            Message::Response(response) => {
                let cseq = response.headers().cseq().expect("CSeq").expect("CSeq");
                format!("{} {}", response.status().code(), cseq.method.as_str())
            }
        }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("UTF-8")
    }

    /// The value of a header, as it stands.
    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.bytes, name)
    }
}

/// The value of the first header of this name, as it stands.
pub fn header(bytes: &Bytes, name: &str) -> Option<String> {
    let message = Message::parse(bytes.clone(), &Limits::default()).expect("a message");
    let name = HeaderName::new(name).expect("a name");
    message.headers().raw(&name).map(|value| String::from_utf8_lossy(value).into_owned())
}

pub fn request(bytes: &Bytes) -> Request {
    match Message::parse(bytes.clone(), &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("not a request: {other:?}"),
    }
}

pub fn response(bytes: &Bytes) -> Response {
    match Message::parse(bytes.clone(), &Limits::default()) {
        Ok(Message::Response(response)) => response,
        other => panic!("not a response: {other:?}"),
    }
}

pub struct Node {
    pub ua: UserAgent,
    pub address: SocketAddr,
    pub events: VecDeque<Event>,
    pub questions: VecDeque<(QuestionId, Question)>,
}

pub struct World {
    pub now: Instant,
    start: Instant,
    pub nodes: Vec<Node>,
    /// What has arrived at addresses that no user agent has.
    pub mail: BTreeMap<SocketAddr, VecDeque<Bytes>>,
    flying: BTreeMap<(Instant, usize), Datagram>,
    pub log: Vec<Datagram>,
    lose: Box<dyn Loss>,
    /// Addresses that refuse what is sent to them, at once.
    pub refusing: Vec<SocketAddr>,
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

pub fn uri(text: &str) -> Uri<'static> {
    text.parse().expect("a URI")
}

pub fn sdp(text: &'static str) -> Body {
    Body::sdp(Bytes::from_static(text.as_bytes()))
}

pub const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.1.1\r\ns=-\r\nc=IN IP4 127.0.1.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
pub const ANSWER: &str = "v=0\r\no=- 2 2 IN IP4 127.0.2.1\r\ns=-\r\nc=IN IP4 127.0.2.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

/// Alice's and Bob's addresses; anybody else is scripted.
pub const ALICE: &str = "127.0.1.1:5060";
pub const BOB: &str = "127.0.2.1:5060";

impl World {
    pub fn new() -> Self {
        let start = Instant::now();
        Self {
            now: start,
            start,
            nodes: Vec::new(),
            mail: BTreeMap::new(),
            flying: BTreeMap::new(),
            log: Vec::new(),
            lose: Box::new(|_, _| false),
            refusing: Vec::new(),
        }
    }

    /// Alice is node 0 and Bob node 1.
    pub fn pair() -> Self {
        let mut world = Self::new();
        world.add(ALICE, 1, |_| {});
        world.add(BOB, 2, |_| {});
        world
    }

    /// Alice alone, to be talked to by script.
    pub fn alone() -> Self {
        let mut world = Self::new();
        world.add(ALICE, 1, |_| {});
        world
    }

    pub fn add(&mut self, at: &str, seed: u8, configure: impl FnOnce(&mut Config)) -> usize {
        let mut config = Config::default();
        config.transaction.listeners.push(Listener::udp(address(at)));
        configure(&mut config);
        self.nodes.push(Node {
            ua: UserAgent::new(config, Seed([seed; 32])),
            address: address(at),
            events: VecDeque::new(),
            questions: VecDeque::new(),
        });
        self.nodes.len() - 1
    }

    /// Loses datagrams by their number, counted from 0 as they leave, or by what they are.
    pub fn lose(&mut self, lose: impl FnMut(usize, &Datagram) -> bool + 'static) {
        self.lose = Box::new(lose);
    }

    pub fn ua(&mut self, node: usize) -> &mut UserAgent {
        &mut self.nodes[node].ua
    }

    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// The time since a moment that [`elapsed`](Self::elapsed) gave.
    pub fn since(&self, moment: Duration) -> Duration {
        self.elapsed().saturating_sub(moment)
    }

    /// Takes everything that the user agents have to say.
    pub fn drain(&mut self) {
        loop {
            let mut silent = true;
            for at in 0..self.nodes.len() {
                while let Some(transmit) = self.nodes[at].ua.poll_transmit() {
                    silent = false;
                    let to = match &transmit.to {
                        To::Flow(FlowId::Datagram { peer, .. }) => *peer,
                        To::Target(target) => target.address,
                        To::Flow(FlowId::Connection(_)) => panic!("no connections here"),
                    };
                    if self.refusing.contains(&to) {
                        let reason = TransportError::Refused;
                        let failed = FlowEvent::Failed { ticket: transmit.ticket, reason };
                        let now = self.now;
                        self.nodes[at].ua.handle_flow(now, failed);
                        continue;
                    }
                    self.send(self.nodes[at].address, to, transmit.bytes);
                }
                let node = &mut self.nodes[at];
                while let Some(event) = node.ua.poll_event() {
                    silent = false;
                    node.events.push_back(event);
                }
                while let Some(question) = node.ua.poll_question() {
                    silent = false;
                    node.questions.push_back(question);
                }
            }
            if silent {
                return;
            }
        }
    }

    /// Puts a datagram on the wire.
    pub fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: impl Into<Bytes>) {
        let datagram = Datagram { at: self.elapsed(), from, to, bytes: bytes.into() };
        let number = self.log.len();
        self.log.push(datagram.clone());
        if !(self.lose)(number, &datagram) {
            self.flying.insert((self.now + DELAY, number), datagram);
        }
    }

    /// Sends a message from a scripted peer to a node. Lines may end with a bare LF.
    pub fn say(&mut self, from: &str, node: usize, message: &str) {
        let to = self.nodes[node].address;
        let bytes = message.replace("\r\n", "\n").replace('\n', "\r\n");
        self.send(address(from), to, bytes);
        self.run(DELAY);
    }

    /// Lets this much time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
        self.drain();
    }

    /// The next thing that happens, if it happens before `end`.
    fn step(&mut self, end: Instant) -> bool {
        self.drain();
        for node in &mut self.nodes {
            // A spurious timeout changes nothing. (A timer may be due at the moment of an arrival.)
            if node.ua.poll_timeout().is_none_or(|at| at > self.now) {
                node.ua.handle_timeout(self.now);
                assert!(node.ua.poll_transmit().is_none() && node.ua.poll_event().is_none());
            }
        }
        let timer = self.nodes.iter().filter_map(|node| node.ua.poll_timeout()).min();
        let arrival = self.flying.keys().next().map(|(at, _)| *at);
        let Some(next) = timer.into_iter().chain(arrival).min().filter(|next| *next <= end) else {
            return false;
        };
        assert!(next >= self.now, "a deadline in the past after a drain");
        self.now = next;
        if arrival == Some(next) {
            let (_, datagram) = self.flying.pop_first().expect("just seen");
            self.deliver(datagram);
        } else {
            for node in &mut self.nodes {
                if node.ua.poll_timeout().is_some_and(|at| at <= next) {
                    node.ua.handle_timeout(next);
                    let after = node.ua.poll_timeout();
                    assert!(after.is_none_or(|at| at > next), "a timer that is still due");
                }
            }
        }
        true
    }

    fn deliver(&mut self, datagram: Datagram) {
        let now = self.now;
        let node = self.nodes.iter_mut().find(|node| node.address == datagram.to);
        if let Some(node) = node {
            let received = Received::datagram(0, datagram.to, datagram.from, datagram.bytes);
            node.ua.handle_input(now, received);
        } else {
            self.mail.entry(datagram.to).or_default().push_back(datagram.bytes);
        }
    }

    /// The next event of a node, within 400 s.
    pub fn event(&mut self, node: usize) -> Event {
        let end = self.now + Duration::from_secs(400);
        loop {
            self.drain();
            if let Some(event) = self.nodes[node].events.pop_front() {
                return event;
            }
            assert!(self.step(end), "no event in 400 s; the wire saw {:#?}", self.ladder());
        }
    }

    /// The next datagram at a scripted address, within 400 s.
    pub fn receive(&mut self, at: &str) -> Bytes {
        let end = self.now + Duration::from_secs(400);
        loop {
            self.drain();
            if let Some(bytes) = self.mail.entry(address(at)).or_default().pop_front() {
                return bytes;
            }
            assert!(self.step(end), "no datagram in 400 s; the wire saw {:#?}", self.ladder());
        }
    }

    /// The next datagram there that is not what the label says.
    pub fn receive_past(&mut self, at: &str, label: &str) -> Bytes {
        loop {
            let bytes = self.receive(at);
            if label_of(&bytes) != label {
                return bytes;
            }
        }
    }

    /// No event of this node waits.
    pub fn assert_quiet(&mut self, node: usize) {
        self.drain();
        let events = &self.nodes[node].events;
        assert!(events.is_empty(), "unexpected: {events:?}");
    }

    /// What went over the wire: `1>2 INVITE` by the third octets of the addresses.
    pub fn ladder(&self) -> Vec<String> {
        self.log
            .iter()
            .map(|datagram| {
                let end = |address: SocketAddr| match address {
                    SocketAddr::V4(v4) => v4.ip().octets()[2],
                    SocketAddr::V6(_) => 0,
                };
                format!("{}>{} {}", end(datagram.from), end(datagram.to), datagram.label())
            })
            .collect()
    }

    /// The ladder with times and Call-IDs.
    pub fn timed_ladder(&self) -> Vec<String> {
        let lines = self.ladder().into_iter().zip(&self.log);
        lines
            .map(|(line, datagram)| {
                let call = datagram.header("Call-ID").unwrap_or_default();
                let cseq = datagram.header("CSeq").unwrap_or_default();
                let call = call.get(..4).unwrap_or(&call);
                format!("{:9.3} {call} {line} [{cseq}]", datagram.at.as_secs_f64())
            })
            .collect()
    }

    /// The datagrams with this label.
    pub fn all(&self, label: &str) -> Vec<Datagram> {
        self.log.iter().filter(|datagram| datagram.label() == label).cloned().collect()
    }

    /// After everything's time is over, nothing is left behind.
    pub fn assert_empty(&mut self) {
        self.run(Duration::from_secs(600));
        for node in &self.nodes {
            assert!(node.ua.live().is_empty(), "left behind: {}", node.ua.live());
            assert_eq!(node.ua.poll_timeout(), None);
        }
    }

    // ---- what users do

    /// Alice dials Bob with an offer.
    pub fn dial(&mut self) -> SessionId {
        self.dial_with(|_| {})
    }

    pub fn dial_with(&mut self, configure: impl FnOnce(&mut Invite)) -> SessionId {
        let mut invite = invite_to(vec![Target::udp(address(BOB))]);
        configure(&mut invite);
        let now = self.now;
        let session = self.nodes[0].ua.invite(now, invite).expect("an INVITE");
        self.drain();
        session
    }

    /// Bob's phone rings.
    pub fn incoming(&mut self, node: usize) -> SessionId {
        match self.event(node) {
            Event::Incoming { session, .. } => session,
            other => panic!("not Incoming: {other:?}"),
        }
    }

    pub fn answer(&mut self, node: usize, session: SessionId, status: StatusCode) {
        let mut reply = Reply::new(status);
        if status.is_success() {
            reply = reply.body(sdp(ANSWER));
        }
        let now = self.now;
        self.nodes[node].ua.answer(now, session, reply).expect("an answer");
        self.drain();
    }

    pub fn bye(&mut self, node: usize, session: SessionId) {
        let now = self.now;
        self.nodes[node].ua.bye(now, session, siptrunk_message::HeaderList::new()).expect("a BYE");
        self.drain();
    }

    pub fn cancel(&mut self, node: usize, session: SessionId) {
        let now = self.now;
        let headers = siptrunk_message::HeaderList::new();
        self.nodes[node].ua.cancel(now, session, headers).expect("a CANCEL");
        self.drain();
    }

    /// The next event is the end of this session.
    pub fn ended(&mut self, node: usize, session: SessionId) -> Cause {
        match self.event(node) {
            Event::Ended { session: ended, ending } if ended == session => ending.cause,
            other => panic!("not Ended: {other:?}"),
        }
    }

    /// A call that both sides have confirmed: Alice's and Bob's sessions.
    pub fn established(&mut self) -> (SessionId, SessionId) {
        let alice = self.dial();
        let bob = self.incoming(1);
        self.answer(1, bob, StatusCode::OK);
        assert!(matches!(self.event(0), Event::Answered { session, .. } if session == alice));
        assert!(matches!(self.event(1), Event::Confirmed { session, .. } if session == bob));
        (alice, bob)
    }
}

/// `INVITE`, or `180 INVITE` for a response.
pub fn label_of(bytes: &Bytes) -> String {
    let nowhere = address(ALICE);
    Datagram { at: Duration::ZERO, from: nowhere, to: nowhere, bytes: bytes.clone() }.label()
}

/// An INVITE with an offer, to these targets.
pub fn invite_to(targets: Vec<Target>) -> Invite {
    Invite::new(
        Destination::Targets(targets),
        uri("sip:bob@biloxi.example"),
        NameAddr::new(uri("sip:bob@biloxi.example")),
        NameAddr::new(uri("sip:alice@atlanta.example")),
    )
    .body(sdp(OFFER))
}

/// A response to a request, as a scripted peer writes it: Via, From, To (with this tag), Call-ID
/// and CSeq copied, then `rest`: header lines, an empty line, a body.
pub fn reply(request_bytes: &Bytes, status: &str, tag: &str, rest: &str) -> String {
    let request = request(request_bytes);
    let headers = request.headers();
    let text = |name: &HeaderName| {
        String::from_utf8_lossy(headers.raw(name).expect("a mandatory header")).into_owned()
    };
    let mut to = text(&HeaderName::TO);
    if !to.contains("tag=") && !tag.is_empty() {
        to = format!("{to};tag={tag}");
    }
    let rest = if rest.contains("\n\n") {
        rest.to_owned()
    } else {
        format!("{rest}Content-Length: 0\n\n")
    };
    format!(
        "SIP/2.0 {status}\nVia: {}\nFrom: {}\nTo: {to}\nCall-ID: {}\nCSeq: {}\n{rest}",
        text(&HeaderName::VIA),
        text(&HeaderName::FROM),
        text(&HeaderName::CALL_ID),
        text(&HeaderName::CSEQ),
    )
}

/// A request of a scripted peer inside or outside a dialog.
pub struct Script<'a> {
    pub peer: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub call_id: &'a str,
}

impl Script<'_> {
    pub fn request(&self, method: &str, cseq: u32, branch: &str, rest: &str) -> String {
        let cseq_method = method;
        let rest = if rest.contains("\n\n") {
            rest.to_owned()
        } else {
            format!("{rest}Content-Length: 0\n\n")
        };
        format!(
            "{method} sip:alice@{ALICE} SIP/2.0\nVia: SIP/2.0/UDP {};branch=z9hG4bK{branch}\n\
             Max-Forwards: 70\nFrom: {}\nTo: {}\nCall-ID: {}\nCSeq: {cseq} {cseq_method}\n{rest}",
            self.peer, self.from, self.to, self.call_id,
        )
    }
}

/// An offer as the end of a literal message.
pub fn with_offer(headers: &str) -> String {
    format!("{headers}Content-Type: application/sdp\nContent-Length: {}\n\n{OFFER}", OFFER.len())
}
