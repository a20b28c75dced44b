//! A trunk that we register with over TCP (RFC 5626): its calls go over the connection that
//! registered, what comes over that is the trunk's, and its end is reported and mended. The bridge
//! alone, in virtual time; both trunks are scripted.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use siptrunk::bridge::{Answer, Bridge, Event, Question, Settings};
use siptrunk::message::{HeaderName, Limits, Message, Request, Transport};
use siptrunk::profiles::{Config, Generic, Listen, MediaPorts, Route, Trunk};
use siptrunk::transaction::{
    Core, FlowEvent, FlowId, Listener, Received, Seed, Target, To, Transmit, TransportError,
};
use siptrunk_tests::scene::address;

const CARRIER: &str = "127.0.2.1:5060";
const PBX: &str = "127.0.3.1:5060";
/// Where the registrar's calls come from: an address that no trunk allows.
const ELSEWHERE: &str = "127.0.9.9:5060";
const OURS: &str = "127.0.1.1:5060";
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.2.1\r\ns=-\r\nc=IN IP4 127.0.2.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

struct Gateway {
    bridge: Bridge,
    now: Instant,
    opened: u64,
    events: Vec<Event>,
}

fn registered(name: &str, user: &str) -> Trunk {
    Generic::trunk(name, PBX)
        .transport(Transport::Tcp)
        .outbound(user, "secret")
        .register(true)
        .number(format!("+1{user}"))
}

impl Gateway {
    fn new(trunks: impl IntoIterator<Item = Trunk>) -> Self {
        let config = Config::default()
            .listen(Listen::udp(OURS))
            .listen(Listen::tcp(OURS))
            .media(MediaPorts::range("127.0.1.1", 20_000..=20_999))
            .trunk(Generic::trunk("carrier", CARRIER).number("+12"));
        let config = trunks.into_iter().fold(config, |config, trunk| {
            let name = trunk.name.clone();
            config
                .trunk(trunk)
                .route(Route::from("carrier").to(&name))
                .route(Route::from(&name).to("carrier"))
        });
        let on = |transport| {
            let local = address(OURS);
            Listener { transport, ..Listener::udp(local) }
        };
        let (now, wall) = (Instant::now(), SystemTime::UNIX_EPOCH);
        let listeners = vec![on(Transport::Udp), on(Transport::Tcp)];
        let bridge =
            Bridge::new(&config, Settings::default(), listeners, &Seed([3; 32]), now, wall)
                .unwrap_or_else(|findings| panic!("{findings:?}"));
        Self { bridge, now, opened: 0, events: Vec::new() }
    }

    /// Answers what the bridge asks and gathers what it says.
    fn settle(&mut self) {
        while let Some((id, question)) = self.bridge.poll_question() {
            let answer = match question {
                Question::Resolve(lookup) => Answer::Targets(vec![Target {
                    transport: lookup.transport,
                    address: address(PBX),
                    domain: None,
                }]),
                _ => Answer::Media { a: address("127.0.1.1:20000"), b: address("127.0.1.1:20002") },
            };
            self.bridge.handle_answer(self.now, id, answer);
        }
        self.events.extend(std::iter::from_fn(|| self.bridge.poll_event()));
    }

    /// The next request of this method, within ten minutes.
    fn request(&mut self, method: &str) -> (Transmit, Request) {
        let end = self.now + Duration::from_secs(600);
        loop {
            self.settle();
            while let Some(transmit) = self.bridge.poll_transmit() {
                let message = Message::parse(transmit.bytes.clone(), &Limits::default()).unwrap();
                if let Message::Request(request) = message
                    && request.method().as_str() == method
                {
                    return (transmit, request);
                }
            }
            let next = self.bridge.poll_timeout().filter(|at| *at <= end);
            self.now = next.unwrap_or_else(|| panic!("no {method}"));
            self.bridge.handle_timeout(self.now);
        }
    }

    /// The status of the next final response.
    fn status(&mut self) -> u16 {
        self.settle();
        while let Some(transmit) = self.bridge.poll_transmit() {
            let message = Message::parse(transmit.bytes.clone(), &Limits::default()).unwrap();
            if let Message::Response(response) = message
                && !response.status().is_provisional()
            {
                return response.status().code();
            }
        }
        panic!("no final response");
    }

    fn hear(&mut self, flow: FlowId, remote: &str, text: &str) {
        let transport = match flow {
            FlowId::Connection(_) => Transport::Tcp,
            FlowId::Datagram { .. } => Transport::Udp,
        };
        let (local, remote) = (address(OURS), address(remote));
        let bytes = text.to_owned().into();
        let received = Received { flow, transport, local, remote, identity: None, bytes };
        self.bridge.handle_input(self.now, received);
    }

    /// Accepts the REGISTER that is due; over the connection that it opens.
    fn register(&mut self, flow: Option<FlowId>) -> FlowId {
        let (transmit, request) = self.request("REGISTER");
        let flow = flow.unwrap_or_else(|| {
            assert!(matches!(&transmit.to, To::Target(target) if target.address == address(PBX)));
            self.opened += 1;
            FlowId::Connection(self.opened)
        });
        let local: SocketAddr = address("127.0.1.1:40000");
        let opened = FlowEvent::Opened { ticket: transmit.ticket, flow, local };
        self.bridge.handle_flow(self.now, opened);
        let value = |name: &HeaderName| {
            String::from_utf8_lossy(request.headers().raw(name).unwrap()).into_owned()
        };
        let copied = [&HeaderName::VIA, &HeaderName::FROM, &HeaderName::CALL_ID, &HeaderName::CSEQ]
            .map(|name| format!("{name}: {}\r\n", value(name)));
        let (to, contact) = (value(&HeaderName::TO), value(&HeaderName::CONTACT));
        let text = format!(
            "SIP/2.0 200 OK\r\n{}To: {to};tag=r\r\nContact: {contact};expires=3600\r\n\
             Content-Length: 0\r\n\r\n",
            copied.concat()
        );
        self.hear(flow, PBX, &text);
        self.settle();
        assert!(matches!(self.events.last(), Some(Event::Registered { .. })), "{:?}", self.events);
        flow
    }

    fn invite(&mut self, flow: FlowId, remote: &str, number: &str, call_id: &str) {
        let transport = if matches!(flow, FlowId::Connection(_)) { "TCP" } else { "UDP" };
        let text = format!(
            "INVITE sip:{number}@127.0.1.1 SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {remote};branch=z9hG4bK{call_id}\r\nMax-Forwards: 70\r\n\
             From: <sip:+19@{remote}>;tag=f\r\nTo: <sip:{number}@127.0.1.1>\r\n\
             Call-ID: {call_id}\r\nCSeq: 1 INVITE\r\nContact: <sip:peer@{remote}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
            SDP.len()
        );
        self.hear(flow, remote, &text);
        self.settle();
    }

    fn carrier_calls(&mut self, call_id: &str) -> Transmit {
        let peer = address(CARRIER);
        let flow = FlowId::Datagram { listener: 0, local: address(OURS).ip(), peer };
        self.invite(flow, CARRIER, "+15550100", call_id);
        self.request("INVITE").0
    }
}

fn datagram_to_carrier(to: &To) -> bool {
    matches!(to, To::Flow(FlowId::Datagram { peer, .. }) if *peer == address(CARRIER))
}

#[test]
fn calls_of_a_registered_trunk_go_over_the_connection_that_registered() {
    let mut gateway = Gateway::new([registered("pbx", "agent")]);
    let flow = gateway.register(None);
    assert_eq!(gateway.carrier_calls("one").to, To::Flow(flow));
}

#[test]
fn what_comes_over_that_connection_is_the_trunks_and_over_no_other() {
    let mut gateway = Gateway::new([registered("pbx", "agent")]);
    let flow = gateway.register(None);
    gateway.invite(flow, ELSEWHERE, "agent", "one");
    let (transmit, _) = gateway.request("INVITE");
    assert!(datagram_to_carrier(&transmit.to), "{:?}", transmit.to);
    let started = |event: &Event| matches!(event, Event::Started { from, .. } if from == "pbx");
    assert!(gateway.events.iter().any(started), "{:?}", gateway.events);

    gateway.invite(FlowId::Connection(99), ELSEWHERE, "agent", "two");
    assert_eq!(gateway.status(), 403);
    gateway
        .bridge
        .handle_flow(gateway.now, FlowEvent::Closed { flow, reason: TransportError::Closed });
    gateway.invite(flow, ELSEWHERE, "agent", "three");
    assert_eq!(gateway.status(), 403, "its number may belong to anybody now");
}

#[test]
fn accounts_on_one_connection_are_told_apart_by_what_they_registered() {
    let mut gateway = Gateway::new([registered("one", "alice"), registered("two", "bob")]);
    let flow = gateway.register(None);
    gateway.register(Some(flow));
    for (number, from) in [("bob", "two"), ("alice", "one"), ("+1bob", "two")] {
        gateway.events.clear();
        gateway.invite(flow, PBX, number, number.trim_start_matches('+'));
        let started =
            |event: &Event| matches!(event, Event::Started { from: it, .. } if it == from);
        assert!(gateway.events.iter().any(started), "{number}: {:?}", gateway.events);
    }
    gateway.invite(flow, PBX, "mallory", "four");
    assert_eq!(gateway.status(), 404);
}

#[test]
fn a_connection_that_closes_is_reported_and_the_trunk_registers_again() {
    let mut gateway = Gateway::new([registered("pbx", "agent")]);
    let flow = gateway.register(None);
    gateway.now += Duration::from_secs(200);
    let closed = FlowEvent::Closed { flow, reason: TransportError::Closed };
    gateway.bridge.handle_flow(gateway.now, closed);
    gateway.settle();
    let Some(Event::RegistrationFailed { trunk, reason, retry_in }) = gateway.events.last() else {
        panic!("{:?}", gateway.events)
    };
    assert_eq!(trunk, "pbx");
    assert_eq!(reason, "its connection closed: the peer closed the connection");
    assert!(retry_in.is_some_and(|wait| wait.as_secs() <= 4), "{retry_in:?}");
    // Meanwhile calls find their own way.
    let invite = gateway.carrier_calls("one");
    assert!(matches!(&invite.to, To::Target(target) if target.address == address(PBX)));
    let before = gateway.now;
    let again = gateway.register(None);
    assert!(gateway.now - before <= Duration::from_secs(4));
    assert_eq!(gateway.carrier_calls("two").to, To::Flow(again));
}
