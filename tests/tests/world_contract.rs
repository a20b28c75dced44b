//! The contract of `Core`, held by every core by name: what it says after any input, and that the
//! same seed and the same inputs give the same bytes.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use siptrunk::bridge::legs::Legs;
use siptrunk::bridge::{Bridge, Settings};
use siptrunk::message::HostPort;
use siptrunk::sim::contract;
use siptrunk::sim::five9::{CallPlan, Five9, Five9Config};
use siptrunk::sim::synthflow::{Synthflow, SynthflowConfig};
use siptrunk::transaction::{
    Config, Core, FlowEvent, FlowId, Listener, QuestionId, Received, Seed, Ticket,
    TransactionLayer, TransportError,
};
use siptrunk::ua::UserAgent;
use siptrunk_tests::scene::{self, AGENT, CALLER, FIVE9, GATEWAY, SYNTHFLOW, address};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.2.1\r\ns=-\r\nc=IN IP4 127.0.2.1\r\nt=0 0\r\n\
    m=audio 30000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

/// A request of a caller, with the branch of its number.
fn request(method: &str, branch: u32, cseq: u32, body: &str) -> Bytes {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let length = body.len();
    Bytes::from(format!(
        "{method} sip:{AGENT}@127.0.1.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 127.0.2.1:5060;rport;branch=z9hG4bKcontract{branch}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{CALLER}@127.0.2.1>;tag=f\r\nTo: <sip:{AGENT}@127.0.1.1>\r\n\
         Call-ID: contract\r\nCSeq: {cseq} {method}\r\nContact: <sip:{CALLER}@127.0.2.1:5060>\r\n\
         {kind}Content-Length: {length}\r\n\r\n{body}"
    ))
}

fn inputs() -> Vec<Bytes> {
    let invite = request("INVITE", 2, 2, SDP);
    vec![
        request("OPTIONS", 1, 1, ""),
        request("OPTIONS", 1, 1, ""),
        invite.clone(),
        invite,
        Bytes::from_static(b"\x80\x00\x00\x01"),
        Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n"),
        Bytes::from_static(b"INVITE"),
        request("CANCEL", 2, 2, ""),
        request("ACK", 2, 2, ""),
        request("BYE", 3, 3, ""),
        request("REGISTER", 4, 4, ""),
        Bytes::new(),
    ]
}

/// A core on a bench, with a clock.
struct Bench<C> {
    core: C,
    now: Instant,
    sent: Vec<Bytes>,
    asked: Vec<QuestionId>,
    name: &'static str,
}

impl<C: Core> Bench<C> {
    fn drain(&mut self, after: &str) {
        loop {
            let before = self.sent.len() + self.asked.len();
            while let Some(transmit) = self.core.poll_transmit() {
                self.sent.push(transmit.bytes);
            }
            while let Some((id, _)) = self.core.poll_question() {
                self.asked.push(id);
            }
            while self.core.poll_media().is_some() {}
            while self.core.poll_event().is_some() {}
            if self.core.poll_timeout().is_some_and(|due| due <= self.now) {
                self.core.handle_timeout(self.now);
            } else if before == self.sent.len() + self.asked.len() {
                break;
            }
        }
        let kept = contract::check(&mut self.core, self.now);
        assert_eq!(kept, Ok(()), "{} after {after}", self.name);
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.core.poll_timeout().filter(|due| *due <= end) {
            // Early by a moment: nothing happens.
            self.core.handle_timeout(self.now);
            self.drain("an early timeout");
            self.now = due;
            self.core.handle_timeout(self.now);
            self.drain("a timeout");
        }
        self.now = end;
    }
}

/// Puts a core through everything that anybody may do to it, and returns what it sent.
fn exercise<C: Core>(
    name: &'static str,
    start: Instant,
    core: C,
    answer: fn() -> C::Answer,
) -> Vec<Bytes> {
    let mut bench = Bench { core, now: start, sent: Vec::new(), asked: Vec::new(), name };
    let local: SocketAddr = address(GATEWAY);
    bench.drain("its birth");
    for bytes in inputs() {
        let input = Received::datagram(0, local, address(FIVE9[0]), bytes);
        bench.core.handle_input(bench.now, input);
        bench.drain("a message");
        bench.pass(Duration::from_millis(300));
    }
    for (ticket, flow) in [(0, 1), (7, 2), (u64::MAX, 1 << 40)] {
        let (ticket, flow) = (Ticket(ticket), FlowId::Connection(flow));
        let reason = TransportError::Reset;
        for event in [
            FlowEvent::Opened { ticket, flow, local },
            FlowEvent::Failed { ticket, reason },
            FlowEvent::Closed { flow, reason },
            FlowEvent::Closed { flow, reason },
        ] {
            bench.core.handle_flow(bench.now, event);
            bench.drain("a flow that nobody knows");
        }
    }
    // Nothing was answered for so long that no question waits any more: now answers come, twice.
    bench.pass(Duration::from_secs(120));
    for id in bench.asked.clone() {
        for _ in 0..2 {
            bench.core.handle_answer(bench.now, id, answer());
            bench.drain("a late answer");
        }
    }
    bench.pass(Duration::from_secs(120));
    bench.sent
}

/// Holds a core to the contract, and to its seed.
fn hold<C: Core>(name: &'static str, make: impl Fn(Instant, Seed) -> C, answer: fn() -> C::Answer) {
    let start = Instant::now();
    let run = |seed: u8| exercise(name, start, make(start, Seed([seed; 32])), answer);
    let (first, second, other) = (run(1), run(1), run(2));
    assert!(first == second, "{name}: the same seed gave other bytes");
    assert!(!first.is_empty(), "{name} said nothing");
    assert!(first != other || name == "TransactionLayer", "{name}: the seed is not asked");
}

fn listeners() -> Vec<Listener> {
    let local = address(GATEWAY);
    vec![Listener::udp(local).advertise(HostPort::from(local))]
}

fn transactions() -> Config {
    Config { listeners: listeners(), ..Config::default() }
}

/// For cores that ask nothing.
fn nothing<T>() -> T {
    unreachable!("it asked nothing")
}

#[test]
fn every_core_keeps_the_contract() {
    hold("TransactionLayer", |_, seed| TransactionLayer::new(transactions(), seed), nothing);
    let agent = || siptrunk::ua::Config { transaction: transactions(), ..Default::default() };
    let unresolved = || siptrunk::ua::Answer::Unresolved;
    hold("UserAgent", |_, seed| UserAgent::new(agent(), seed), unresolved);
    let legs =
        |now, seed: Seed| Legs::new(now, &scene::config(), &Settings::default(), agent(), &seed);
    hold("Legs", legs, unresolved);
    let bridge = |now, seed: Seed| {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let config = scene::config();
        Bridge::new(&config, Settings::default(), listeners(), &seed, now, wall).unwrap()
    };
    hold("Bridge", bridge, || siptrunk::bridge::Answer::Unresolved);
    let five9 = |now, seed| {
        let [sip, rtp] = FIVE9.map(address);
        let plan = CallPlan::new(AGENT, CALLER);
        Five9::new(Five9Config::new(sip, rtp, address(GATEWAY)).call(plan), seed, now)
    };
    hold("Five9", five9, nothing);
    let synthflow = |now, seed| {
        let [sip, rtp] = SYNTHFLOW.map(address);
        Synthflow::new(SynthflowConfig::new(sip, rtp).number(AGENT), seed, now)
    };
    hold("Synthflow", synthflow, nothing);
}
