//! A panic in a step of one call, injected in each stage: that call ends, the other goes on.

use std::net::SocketAddr;

use siptrunk_message::{HeaderName, Limits, Message, NameAddr, Request, ResponseBuilder, Uri};
use siptrunk_profiles::{Generic, Listen, MediaPorts, Route};

use super::*;

mod routing;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.2.1\r\ns=-\r\nc=IN IP4 127.0.2.1\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0\r\n";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A bridge driven by hand, and everything it has said.
struct Desk {
    bridge: Bridge,
    now: Instant,
    sent: Vec<Message>,
    ended: Vec<CallHandle>,
    ports: u16,
    /// Whether questions for ports are answered.
    grants: bool,
}

impl Desk {
    fn new() -> Self {
        let local = address("127.0.1.1:5060");
        let listener = Listener::udp(local);
        let config = Config::default()
            .listen(Listen::udp("127.0.1.1:5060"))
            .media(MediaPorts::range("127.0.1.1", 20_000..=20_999))
            .trunk(Generic::trunk("a", "127.0.2.1:5060").number("+1"))
            .trunk(Generic::trunk("b", "127.0.3.1:5060").number("+2"))
            .route(Route::from("a").to("b"));
        let now = Instant::now();
        let wall = SystemTime::UNIX_EPOCH;
        let seed = Seed([7; 32]);
        let bridge =
            Bridge::new(&config, Settings::default(), vec![listener], &seed, now, wall).unwrap();
        Self { bridge, now, sent: Vec::new(), ended: Vec::new(), ports: 0, grants: true }
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.bridge.poll_transmit() {
            self.sent.push(Message::parse(transmit.bytes, &Limits::default()).unwrap());
        }
        while let Some((id, question)) = self.bridge.poll_question() {
            if self.grants && matches!(question, Question::OpenMedia { .. }) {
                self.ports += 4;
                let a = SocketAddr::new(address("127.0.1.1:0").ip(), 20_000 + self.ports);
                let b = SocketAddr::new(a.ip(), a.port() + 2);
                self.bridge.handle_answer(self.now, id, Answer::Media { a, b });
                return self.drain();
            }
        }
        while let Some(command) = self.bridge.poll_media() {
            if let MediaCommand::Close { session } = command {
                let statistics = Box::default();
                let closed = MediaEvent::Closed { session, statistics };
                self.bridge.handle_media(self.now, closed);
                return self.drain();
            }
        }
        while let Some(event) = self.bridge.poll_event() {
            if let Event::Ended { record } = event {
                self.ended.extend(record.call);
            }
        }
    }

    fn input(&mut self, from: &str, bytes: Vec<u8>) {
        let received = Received::datagram(0, address("127.0.1.1:5060"), address(from), bytes);
        self.bridge.handle_input(self.now, received);
        self.drain();
    }

    /// An INVITE of trunk a, whose Call-ID is this.
    fn call(&mut self, name: &str) {
        let invite = format!(
            "INVITE sip:+2@127.0.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.2.1:5060;branch=z9hG4bK{name}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+1@127.0.2.1>;tag={name}\r\nTo: <sip:+2@127.0.1.1>\r\n\
             Call-ID: {name}\r\nCSeq: 1 INVITE\r\nContact: <sip:+1@127.0.2.1:5060>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
            SDP.len()
        );
        self.input("127.0.2.1:5060", invite.into_bytes());
    }

    /// The last INVITE that trunk b got.
    fn dialled(&self) -> Request {
        let mut invites = self.sent.iter().rev().filter_map(|message| match message {
            Message::Request(request) if request.method().as_str() == "INVITE" => Some(request),
            _ => None,
        });
        invites.next().cloned().expect("leg B was dialled")
    }

    /// Trunk b answers a request.
    fn answer(&mut self, request: &Request, status: u16) {
        let status = StatusCode::new(status).unwrap();
        let mut response = ResponseBuilder::for_request(request, status, Some("b"), None);
        if status.is_success() {
            let contact = NameAddr::new(Uri::parse(b"sip:b@127.0.3.1:5060").unwrap());
            response = response
                .append(&HeaderName::CONTACT, contact)
                .body(&siptrunk_message::Body::sdp(SDP));
        }
        let bytes = response.build().unwrap().bytes().to_vec();
        self.input("127.0.3.1:5060", bytes);
    }

    /// The statuses of the responses with this Call-ID.
    fn statuses(&self, call_id: &str) -> Vec<u16> {
        let responses = self.sent.iter().filter_map(|message| match message {
            Message::Response(response) => Some(response),
            Message::Request(_) => None,
        });
        responses
            .filter(|response| response.headers().call_id().unwrap() == Some(call_id))
            .map(|response| response.status().code())
            .collect()
    }

    /// Lets everything run out.
    fn run_out(&mut self) {
        while let Some(at) = self.bridge.poll_timeout() {
            self.now = self.now.max(at);
            self.bridge.handle_timeout(self.now);
            self.drain();
        }
    }
}

#[test]
fn a_panic_in_any_stage_ends_its_own_call_alone() {
    for stage in
        [Stage::Preparing, Stage::Dialling, Stage::Connected, Stage::Closing, Stage::Reporting]
    {
        let mut desk = Desk::new();
        desk.grants = stage != Stage::Preparing;
        desk.call("first");
        if stage != Stage::Preparing {
            let invite = desk.dialled();
            if stage != Stage::Dialling {
                desk.answer(&invite, 200);
            }
        }
        let first = CallHandle(1);
        desk.grants = true;
        desk.call("second");
        let second = desk.dialled();
        let now = desk.now;
        desk.bridge.step(now, first, |call, _| {
            // Stages that are left in the step that reaches them are set by hand.
            if matches!(stage, Stage::Closing | Stage::Reporting) {
                call.stage = stage;
                call.stage_deadline = None;
            }
            assert_eq!(call.stage, stage);
            panic!("injected");
        });
        desk.bridge.drain_legs(now);
        desk.drain();
        assert_eq!(desk.bridge.panics(), 1);
        if matches!(stage, Stage::Preparing | Stage::Dialling) {
            assert_eq!(desk.statuses("first"), [100, 500], "{stage:?}");
        }
        // The other call does not notice.
        desk.answer(&second, 486);
        assert_eq!(desk.statuses("second"), [100, 486], "{stage:?}");
        desk.run_out();
        desk.ended.sort_unstable();
        assert_eq!(desk.ended, [first, CallHandle(2)], "{stage:?}");
        assert_eq!(desk.bridge.calls(), 0);
        assert!(desk.bridge.live().is_empty(), "{stage:?}: {}", desk.bridge.live());
    }
}

#[test]
fn a_leg_that_its_call_has_lost_is_ended() {
    // The step dialled, and panicked before the call knew of its leg.
    let mut desk = Desk::new();
    desk.call("first");
    let invite = desk.dialled();
    let now = desk.now;
    desk.bridge.step(now, CallHandle(1), |call, _| {
        call.b = None;
        panic!("injected");
    });
    desk.bridge.drain_legs(now);
    desk.drain();
    desk.answer(&invite, 180);
    let cancel = desk.sent.iter().find_map(|message| match message {
        Message::Request(request) if request.method().as_str() == "CANCEL" => Some(request),
        _ => None,
    });
    assert!(cancel.is_some(), "nobody waits for this leg");
    desk.run_out();
    assert!(desk.bridge.live().is_empty(), "{}", desk.bridge.live());
}
