//! Two hostile ends and the bridge between them: whatever they send, in whatever order, nobody else hears of it, each
//! request gets one final response at most, each call ends once, and nothing is left.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use libfuzzer_sys::fuzz_target;
use siptrunk_bridge::{Answer, Bridge, Config, Event, Question, Route, Settings};
use siptrunk_media::{MediaCommand, MediaEvent};
use siptrunk_message::{HeaderName, Limits, Message, Method, Request, Response};
use siptrunk_profiles::{Five9, HandBackBy, Listen, MediaPorts, Region, Synthflow};
use siptrunk_transaction::{Core, Listener, Received, Seed, To};

const GATEWAY: &str = "127.0.1.1:5060";
const ENDS: [&str; 2] = ["127.0.2.1:5060", "127.0.3.1:5060"];
const NUMBER: &str = "+12065551234";
/// Longer programs only repeat themselves.
const STEPS: usize = 48;
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.2.1\r\ns=-\r\nc=IN IP4 127.0.2.1\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
const STATUSES: [(u16, &str); 16] = [
    (100, "Trying"),
    (180, "Ringing"),
    (183, "Progress"),
    (200, "OK"),
    (202, "Accepted"),
    (302, "Moved"),
    (401, "Unauthorized"),
    (404, "Not Found"),
    (408, "Timeout"),
    (481, "Gone"),
    (486, "Busy"),
    (487, "Terminated"),
    (491, "Pending"),
    (500, "Error"),
    (503, "Unavailable"),
    (603, "Decline"),
];
const METHODS: [&str; 9] =
    ["BYE", "INFO", "INVITE", "UPDATE", "REFER", "NOTIFY", "OPTIONS", "CANCEL", "ACK"];
const EXTRAS: [&str; 10] = [
    "",
    "X-RouteType: PhoneTransfer\r\nX-RouteValue: +12065550111\r\n",
    "X-RouteType: SkillTransfer\r\nX-RouteValue: billing\r\n",
    "X-RouteType: PhoneTransfer\r\nX-RouteValue: sip:x@10.0.0.9\r\n",
    "Refer-To: <sip:0875704225123@10.0.0.9>\r\n",
    "Refer-To: <sip:+12065550111@10.0.0.9>\r\n",
    "Refer-To: <sip:root@10.0.0.9?Replaces=a>\r\nRefer-Sub: false\r\n",
    "Retry-After: 5\r\nReason: SIP;cause=486\r\n",
    "Event: refer\r\nSubscription-State: terminated\r\n",
    "Privacy: id\r\nP-Asserted-Identity: <sip:+1@10.0.0.9>\r\n",
];

fuzz_target!(|input: &[u8]| {
    let mut desk = Desk::new(Input(input));
    for _ in 0..(input.len() / 4).min(STEPS) {
        desk.step();
    }
    desk.finish();
});

/// The input as dice; zero when it is used up.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % bound.max(1)
    }
}

/// One end: what the gateway sent to it.
#[derive(Default)]
struct End {
    requests: Vec<Request>,
    responses: Vec<Response>,
    count: u32,
}

struct Desk<'a> {
    input: Input<'a>,
    bridge: Bridge,
    now: Instant,
    ends: [End; 2],
    ports: u16,
    /// The final status of each request of the ends, by branch and method.
    finals: BTreeMap<(String, String), u16>,
    started: BTreeSet<u64>,
    ended: BTreeSet<u64>,
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address written by hand")
}

impl<'a> Desk<'a> {
    fn new(mut input: Input<'a>) -> Self {
        let by = [HandBackBy::Bye, HandBackBy::Invite, HandBackBy::Refer][input.below(3)];
        let five9 = Five9::self_service(ENDS[0])
            .name("a")
            .number("+18005550100")
            .return_number("+12065550199")
            .hand_back(by);
        let synthflow = Synthflow::region(Region::Us)
            .name("b")
            .host(ENDS[1])
            .number(NUMBER)
            .methods([Method::INVITE, Method::OPTIONS, Method::REFER]);
        let config = Config::default()
            .listen(Listen::udp(GATEWAY))
            .media(MediaPorts::range("127.0.1.1", 20_000..=20_999))
            .trunk(five9)
            .trunk(synthflow)
            .route(Route::from("a").dialed(NUMBER).to("b"))
            .route(Route::from("b").to("a"));
        let now = Instant::now();
        let listener = Listener::udp(address(GATEWAY));
        let bridge = Bridge::new(
            &config,
            Settings::default(),
            vec![listener],
            &Seed([7; 32]),
            now,
            SystemTime::UNIX_EPOCH,
        );
        let bridge = bridge.unwrap_or_else(|findings| panic!("{findings:?}"));
        Self {
            input,
            bridge,
            now,
            ends: [End::default(), End::default()],
            ports: 0,
            finals: BTreeMap::new(),
            started: BTreeSet::new(),
            ended: BTreeSet::new(),
        }
    }

    fn step(&mut self) {
        let end = self.input.below(2);
        match self.input.below(8) {
            0 => self.invite(end),
            1 | 2 | 3 => self.respond(end),
            4 | 5 => self.request(end),
            6 => {
                let millis = [1, 40, 600, 5_000, 33_000, 190_000][self.input.below(6)];
                self.advance(Duration::from_millis(millis));
            }
            _ => self.spoil(end),
        }
    }

    fn invite(&mut self, end: usize) {
        let (via, body) = (ENDS[end], if self.input.below(4) == 0 { "" } else { SDP });
        let extra = EXTRAS[self.input.below(EXTRAS.len())];
        self.ends[end].count += 1;
        let id = format!("{end}-{}", self.ends[end].count);
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let number = if end == 0 { NUMBER } else { "+12065550122" };
        let text = format!(
            "INVITE sip:{number}@{GATEWAY} SIP/2.0\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bKi{id}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+1@{via}>;tag=t{id}\r\nTo: <sip:{number}@{GATEWAY}>\r\n\
             Call-ID: {id}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{via}>\r\n{extra}{kind}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.receive(end, text.into_bytes());
    }

    /// Answers one of the last requests that the gateway sent to an end.
    fn respond(&mut self, end: usize) {
        let requests = &self.ends[end].requests;
        if requests.is_empty() {
            return;
        }
        let back = self.input.below(requests.len().min(4)) + 1;
        let request = requests[requests.len() - back].clone();
        let (status, reason) = STATUSES[self.input.below(STATUSES.len())];
        let extra = EXTRAS[self.input.below(EXTRAS.len())];
        let body = if self.input.below(3) == 0 { "" } else { SDP };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let value = |name: &HeaderName| {
            String::from_utf8_lossy(request.headers().raw(name).unwrap_or_default()).into_owned()
        };
        let mut to = value(&HeaderName::TO);
        if !to.contains(";tag=") && status != 100 {
            to += &format!(";tag=r{}", self.input.below(2));
        }
        let text = format!(
            "SIP/2.0 {status} {reason}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             Contact: <sip:y@{}>\r\n{extra}{kind}Content-Length: {}\r\n\r\n{body}",
            value(&HeaderName::VIA),
            value(&HeaderName::FROM),
            value(&HeaderName::CALL_ID),
            value(&HeaderName::CSEQ),
            ENDS[end],
            body.len()
        );
        self.receive(end, text.into_bytes());
    }

    /// Sends a request inside a dialog, as whoever was asked or answered in it.
    fn request(&mut self, end: usize) {
        let method = METHODS[self.input.below(METHODS.len())];
        let extra = EXTRAS[self.input.below(EXTRAS.len())];
        let asked = self.input.below(2) == 0;
        let heads = if asked {
            let requests = &self.ends[end].requests;
            let at = self.input.below(requests.len());
            // What was asked of us: our dialog with the sides turned.
            requests.get(at).map(|it| (it.headers().clone(), true))
        } else {
            let responses = &self.ends[end].responses;
            let at = self.input.below(responses.len());
            responses.get(at).map(|it| (it.headers().clone(), false))
        };
        let Some((headers, turned)) = heads else { return };
        let value = |name: &HeaderName| {
            String::from_utf8_lossy(headers.raw(name).unwrap_or_default()).into_owned()
        };
        let (mut from, mut to) = (value(&HeaderName::FROM), value(&HeaderName::TO));
        if turned {
            if !to.contains(";tag=") {
                to += ";tag=r0";
            }
            std::mem::swap(&mut from, &mut to);
        }
        self.ends[end].count += 1;
        let count = self.ends[end].count;
        // An ACK or a CANCEL is for the INVITE that it belongs to.
        let invite = matches!(method, "ACK" | "CANCEL");
        let sequence = if invite { 1 } else { count + 1 };
        let branch = if invite {
            let via = value(&HeaderName::VIA);
            via.split("branch=").nth(1).unwrap_or("x").split(';').next().unwrap_or("x").to_owned()
        } else {
            format!("z9hG4bKd{end}{count}")
        };
        let body = if matches!(method, "INVITE" | "UPDATE") { SDP } else { "" };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let text = format!(
            "{method} sip:z@{GATEWAY} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch={branch}\r\nMax-Forwards: 70\r\n\
             From: {from}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {sequence} {method}\r\nContact: <sip:x@{}>\r\n\
             {extra}{kind}Content-Length: {}\r\n\r\n{body}",
            ENDS[end],
            value(&HeaderName::CALL_ID),
            ENDS[end],
            body.len()
        );
        self.receive(end, text.into_bytes());
    }

    /// Sends back something that the gateway sent, with one octet changed.
    fn spoil(&mut self, end: usize) {
        let requests = &self.ends[end].requests;
        let at = self.input.below(requests.len());
        let Some(request) = requests.get(at) else { return };
        let mut bytes = request.bytes().to_vec();
        let place = (self.input.below(256) << 3 | self.input.below(8)) % bytes.len();
        bytes[place] = u8::try_from(self.input.below(256)).unwrap_or_default();
        self.receive(end, bytes);
    }

    fn receive(&mut self, end: usize, bytes: Vec<u8>) {
        let received = Received::datagram(0, address(GATEWAY), address(ENDS[end]), bytes);
        self.bridge.handle_input(self.now, received);
        self.drain();
    }

    fn advance(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(at) = self.bridge.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.bridge.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(transmit) = self.bridge.poll_transmit() {
                let to = match transmit.to {
                    To::Target(target) => target.address,
                    To::Flow(siptrunk_transaction::FlowId::Datagram { peer, .. }) => peer,
                    To::Flow(flow) => panic!("a connection: {flow:?}"),
                };
                let end = ENDS.iter().position(|end| address(end) == to);
                let end = end.unwrap_or_else(|| panic!("{to} is a third party"));
                let message = Message::parse(transmit.bytes, &Limits::default());
                match message.expect("what the gateway writes can be read") {
                    Message::Request(request) => self.ends[end].requests.push(request),
                    Message::Response(response) => self.judge(end, response),
                }
            }
            while let Some((id, question)) = self.bridge.poll_question() {
                quiet = false;
                let answer = match question {
                    Question::OpenMedia { .. } if self.input.below(16) == 15 => Answer::NoPorts,
                    Question::OpenMedia { .. } => {
                        self.ports = (self.ports + 4) % 900;
                        let a = SocketAddr::new(address(GATEWAY).ip(), 20_000 + self.ports);
                        Answer::Media { a, b: SocketAddr::new(a.ip(), a.port() + 2) }
                    }
                    _ => Answer::Unresolved,
                };
                self.bridge.handle_answer(self.now, id, answer);
            }
            while let Some(command) = self.bridge.poll_media() {
                if let MediaCommand::Close { session } = command {
                    quiet = false;
                    let closed = MediaEvent::Closed { session, statistics: Box::default() };
                    self.bridge.handle_media(self.now, closed);
                }
            }
            while let Some(event) = self.bridge.poll_event() {
                match event {
                    Event::Started { call, .. } => assert!(self.started.insert(call.number())),
                    Event::Ended { record } => {
                        let call = record.call.expect("a call that started").number();
                        assert!(self.started.contains(&call));
                        assert!(self.ended.insert(call), "a call ends once");
                    }
                    _ => {}
                }
            }
            if quiet {
                return;
            }
        }
    }

    /// A request has one final response, however often it is sent.
    fn judge(&mut self, end: usize, response: Response) {
        let headers = response.headers();
        let value = |name: &HeaderName| {
            String::from_utf8_lossy(headers.raw(name).unwrap_or_default()).into_owned()
        };
        let status = response.status();
        let branch = value(&HeaderName::VIA);
        // Only requests with a branch of their own: what was spoiled may share one.
        if status.is_final() && (branch.contains("z9hG4bKi") || branch.contains("z9hG4bKd")) {
            let key = (format!("{end}{branch}"), value(&HeaderName::CSEQ));
            let first = *self.finals.entry(key).or_insert(status.code());
            assert_eq!(first, status.code(), "two final responses");
        }
        self.ends[end].responses.push(response);
    }

    fn finish(&mut self) {
        self.bridge.shutdown(self.now);
        self.drain();
        let mut steps = 0;
        while let Some(at) = self.bridge.poll_timeout() {
            self.now = self.now.max(at);
            self.bridge.handle_timeout(self.now);
            self.drain();
            steps += 1;
            assert!(steps < 100_000, "it never comes to rest");
        }
        assert!(self.bridge.live().is_empty(), "left: {}", self.bridge.live());
        assert_eq!(self.bridge.panics(), 0);
        assert_eq!(self.started, self.ended, "each call that started has ended");
    }
}
