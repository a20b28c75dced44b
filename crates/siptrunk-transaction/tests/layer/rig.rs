//! A layer alone in simulated time: what goes in is literal, what comes out is timed.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderName, Message, Method, Request, RequestBuilder, Transport};
use siptrunk_transaction::{
    ClientTransactionId, Config, Event, FlowId, IncomingRequest, Listener, Received, Seed,
    ServerTransactionId, Target, To, TransactionLayer, Transmit,
};

pub(crate) const MS: fn(u64) -> Duration = Duration::from_millis;

pub(crate) fn us() -> SocketAddr {
    "127.0.1.1:5060".parse().unwrap()
}

pub(crate) fn them() -> SocketAddr {
    "127.0.2.1:5070".parse().unwrap()
}

/// One layer with a UDP and a TCP listener, a clock, and all that it has said.
pub(crate) struct Rig {
    pub(crate) layer: TransactionLayer,
    start: Instant,
    pub(crate) now: Instant,
    pub(crate) sent: Vec<(Duration, Transmit)>,
    pub(crate) events: Vec<Event>,
}

pub(crate) fn config() -> Config {
    let tcp = Listener { transport: Transport::Tcp, ..Listener::udp(us()) };
    Config { listeners: vec![Listener::udp(us()), tcp], ..Config::default() }
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::seeded(config, 1)
    }

    pub(crate) fn seeded(config: Config, seed: u8) -> Self {
        let start = Instant::now();
        Self {
            layer: TransactionLayer::new(config, Seed([seed; 32])),
            start,
            now: start,
            sent: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Shares the clock of another rig.
    pub(crate) fn begin_at(&mut self, start: Instant) {
        (self.start, self.now) = (start, start);
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// Drains.
    pub(crate) fn collect(&mut self) {
        while let Some(transmit) = self.layer.poll_transmit() {
            self.sent.push((self.now - self.start, transmit));
        }
        while let Some(event) = self.layer.poll_event() {
            self.events.push(event);
        }
    }

    /// Drains, and holds the contract of a core.
    pub(crate) fn drain(&mut self) {
        self.collect();
        assert!(self.layer.poll_timeout().is_none_or(|at| at > self.now), "a deadline in the past");
        let (deadline, live) = (self.layer.poll_timeout(), self.layer.live());
        assert!(live.is_empty() || deadline.is_some(), "without a deadline: {live}");
        self.layer.handle_timeout(self.now);
        assert_eq!(self.layer.poll_transmit(), None, "a repeated timeout sent something");
        assert!(self.layer.poll_event().is_none(), "a repeated timeout told something");
        assert_eq!((self.layer.poll_timeout(), self.layer.live()), (deadline, live));
    }

    /// Lets time pass, with a timeout at each deadline on the way.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.layer.poll_timeout().filter(|at| *at <= until) {
            self.now = at;
            self.layer.handle_timeout(at);
            self.drain();
        }
        self.now = until;
    }

    /// Lets time pass until nothing waits; then nothing may live.
    pub(crate) fn finish(&mut self) {
        let mut deadlines = 0;
        while let Some(at) = self.layer.poll_timeout() {
            self.now = at;
            self.layer.handle_timeout(at);
            self.drain();
            deadlines += 1;
            assert!(deadlines < 10_000, "deadlines without end");
        }
        assert!(self.layer.live().is_empty(), "left behind: {}", self.layer.live());
    }

    pub(crate) fn receive(&mut self, bytes: impl AsRef<[u8]>) {
        self.receive_from(them(), bytes);
    }

    pub(crate) fn receive_from(&mut self, remote: SocketAddr, bytes: impl AsRef<[u8]>) {
        let received = Received::datagram(0, us(), remote, bytes.as_ref().to_vec());
        self.layer.handle_input(self.now, received);
        self.drain();
    }

    pub(crate) fn receive_tcp(&mut self, connection: u64, bytes: impl AsRef<[u8]>) {
        let received = Received {
            flow: FlowId::Connection(connection),
            transport: Transport::Tcp,
            ..Received::datagram(0, us(), them(), bytes.as_ref().to_vec())
        };
        self.layer.handle_input(self.now, received);
        self.drain();
    }

    pub(crate) fn request(&mut self, method: &Method) -> ClientTransactionId {
        self.request_to(Target::udp(them()), method)
    }

    pub(crate) fn request_to(&mut self, to: impl Into<To>, method: &Method) -> ClientTransactionId {
        let id = self.layer.request(self.now, to.into(), &outgoing(method)).unwrap();
        self.drain();
        id
    }

    /// What was sent since the last call: instants in milliseconds, and start lines.
    pub(crate) fn take_sent(&mut self) -> Vec<(u64, String)> {
        let line = |transmit: &Transmit| {
            let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
            text.lines().next().unwrap_or_default().to_owned()
        };
        let sent = std::mem::take(&mut self.sent);
        sent.iter().map(|(at, it)| (u64::try_from(at.as_millis()).unwrap(), line(it))).collect()
    }

    /// The instants of what was sent since the last call, in milliseconds.
    pub(crate) fn take_instants(&mut self) -> Vec<u64> {
        self.take_sent().into_iter().map(|(at, _)| at).collect()
    }

    /// What was told since the last call, in short.
    pub(crate) fn take_events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events).iter().map(brief).collect()
    }

    pub(crate) fn last_sent(&self) -> &Transmit {
        &self.sent.last().expect("something was sent").1
    }

    /// The new request that just came up.
    pub(crate) fn take_request(&mut self) -> (ServerTransactionId, IncomingRequest) {
        match self.events.pop() {
            Some(Event::Request { id, request }) => (id, request),
            other => panic!("no request, but {other:?}"),
        }
    }
}

/// An event as one short line.
pub(crate) fn brief(event: &Event) -> String {
    match event {
        Event::Request { request, .. } => format!("request {}", request.request().method()),
        Event::Ack { .. } => "ack".to_owned(),
        Event::Cancel { .. } => "cancel".to_owned(),
        Event::Response { response, .. } => format!("response {}", response.status().code()),
        Event::LateAnswer { response } => format!("late answer {}", response.status().code()),
        Event::Failed { reason, .. } => format!("failed: {reason}"),
        Event::ServerFailed { reason, .. } => format!("server failed: {reason}"),
    }
}

/// A request of ours, but for the Via.
pub(crate) fn outgoing(method: &Method) -> RequestBuilder {
    RequestBuilder::new(method.clone(), "sip:bob@127.0.2.1:5070")
        .append(&HeaderName::MAX_FORWARDS, 70)
        .append(&HeaderName::ROUTE, "<sip:one.example;lr>")
        .append(&HeaderName::ROUTE, "<sip:two.example;lr>")
        .append(&HeaderName::FROM, "\"A\" <sip:alice@127.0.1.1>;tag=aaa")
        .append(&HeaderName::TO, "<sip:bob@127.0.2.1>")
        .append(&HeaderName::CALL_ID, "call-1@127.0.1.1")
        .append(&HeaderName::CSEQ, format!("17 {method}"))
        .append(&HeaderName::REQUIRE, "100rel")
}

/// A request of theirs. `extra` is whole lines.
pub(crate) fn incoming(method: &str, branch: &str, extra: &str) -> String {
    format!(
        "{method} sip:service@127.0.1.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 127.0.2.1:5070;branch={branch};rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:caller@127.0.2.1>;tag=from1\r\n\
         To: <sip:service@127.0.1.1>\r\n\
         Call-ID: {branch}@127.0.2.1\r\n\
         CSeq: 1 {method}\r\n\
         Contact: <sip:caller@127.0.2.1:5070>\r\n\
         {extra}Content-Length: 0\r\n\r\n"
    )
}

/// A response of theirs to a request of ours, with this tag.
pub(crate) fn response_to(sent: &[u8], status: &str, tag: &str) -> String {
    let request = parse_request(sent);
    let headers = request.headers();
    let text = |name: &HeaderName| {
        String::from_utf8_lossy(headers.raw(name).unwrap_or_default()).into_owned()
    };
    let to = text(&HeaderName::TO);
    let to = if tag.is_empty() || to.contains(";tag=") { to } else { format!("{to};tag={tag}") };
    format!(
        "SIP/2.0 {status}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
         Content-Length: 0\r\n\r\n",
        text(&HeaderName::VIA),
        text(&HeaderName::FROM),
        text(&HeaderName::CALL_ID),
        text(&HeaderName::CSEQ),
    )
}

pub(crate) fn parse_request(bytes: &[u8]) -> Request {
    match Message::parse(bytes.to_vec().into(), &siptrunk_message::Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("not a request: {other:?}"),
    }
}

/// A header's value in a message on the wire.
pub(crate) fn header(bytes: &[u8], name: &HeaderName) -> String {
    let message = Message::parse(bytes.to_vec().into(), &siptrunk_message::Limits::default());
    let message = message.expect("what we send parses");
    let value = message.headers().raw(name).unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}
