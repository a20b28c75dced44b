//! Legs alone, by hand: what a trunk's settings do to what is sent and taken.

use std::net::SocketAddr;

use siptrunk_message::{HeaderList, Message, Method, Request, StatusCode, Transport};
use siptrunk_profiles::Generic;
use siptrunk_transaction::{Core, Listener, Received, Target, To};
use siptrunk_ua::Reply;

use super::outgoing::Outgoing;
use super::*;

const OURS: &str = "127.0.1.1:5060";
const PEER: &str = "127.0.2.1:5060";
const TRUNK: TrunkId = TrunkId(0);

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn tcp(of: &str) -> Target {
    Target { transport: Transport::Tcp, ..Target::udp(address(of)) }
}

/// Legs on one trunk, over UDP and TCP.
struct Desk {
    legs: Legs,
    now: Instant,
}

impl Desk {
    fn new(trunk: Trunk) -> Self {
        let now = Instant::now();
        let config = Config::default().trunk(trunk);
        let on = |transport| Listener { transport, ..Listener::udp(address(OURS)) };
        let mut agent = siptrunk_ua::Config::default();
        agent.transaction.listeners = vec![on(Transport::Udp), on(Transport::Tcp)];
        let settings = crate::Settings::default();
        Self { legs: Legs::new(now, &config, &settings, agent, &Seed([7; 32])), now }
    }

    fn hear(&mut self, text: String) {
        let input = Received::datagram(0, address(OURS), address(PEER), text.into_bytes());
        self.legs.handle_input(self.now, input);
    }

    /// The next request of this method.
    fn request(&mut self, method: &Method) -> Option<(Transmit, Request)> {
        std::iter::from_fn(|| self.legs.poll_transmit()).find_map(|transmit| match Message::parse(
            transmit.bytes.clone(),
            &Limits::default(),
        )
        .unwrap()
        {
            Message::Request(request) if request.method() == method => Some((transmit, request)),
            _ => None,
        })
    }

    /// A call of the trunk that we answer and it acknowledges.
    fn answered(&mut self) -> LegId {
        let head = |method: &str, tag: &str| {
            format!(
                "{method} sip:+2@{OURS} SIP/2.0\r\nVia: SIP/2.0/UDP {PEER};branch=z9hG4bK{method}\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:+1@{PEER}>;tag=f\r\nTo: <sip:+2@{OURS}>{tag}\r\n\
                 Call-ID: one\r\nCSeq: 1 {method}\r\nContact: <sip:+1@{PEER}>\r\nContent-Length: 0\r\n\r\n"
            )
        };
        self.hear(head("INVITE", ""));
        let incoming =
            std::iter::from_fn(|| self.legs.poll_event()).find_map(|event| match event {
                LegEvent::Incoming { leg, .. } => Some(leg),
                _ => None,
            });
        let leg = incoming.expect("a call");
        self.legs.answer(self.now, leg, Reply::new(StatusCode::OK)).unwrap();
        let tag = self.legs.agent().dialog(leg.0).unwrap().local_tag().to_owned();
        self.hear(head("ACK", &format!(";tag={tag}")));
        leg
    }
}

/// Headers that no compact name brings under 1,300 octets.
fn padding() -> HeaderList {
    let mut headers = HeaderList::new();
    headers.push_str("X-Pad", &"x".repeat(1_400)).unwrap();
    headers
}

// RFC 3261 18.1.1.
#[test]
fn what_is_too_large_for_a_datagram_goes_over_tcp_to_a_trunk_that_takes_it() {
    for takes_tcp in [true, false] {
        let by_tcp = |to: &To| matches!(to, To::Target(target) if *target == tcp(PEER));
        let trunk = || Generic::trunk("a", PEER).takes_tcp(takes_tcp);

        let mut desk = Desk::new(trunk());
        let mut outgoing = Outgoing::new(TRUNK, Parties::default());
        outgoing.headers = padding();
        desk.legs.dial(desk.now, outgoing).unwrap();
        let (invite, _) = desk.request(&Method::INVITE).unwrap();
        assert_eq!(by_tcp(&invite.to), takes_tcp, "{:?}", invite.to);

        let mut desk = Desk::new(trunk());
        let leg = desk.answered();
        desk.legs.request(desk.now, leg, Method::INFO, padding(), None).unwrap();
        let (info, _) = desk.request(&Method::INFO).unwrap();
        assert_eq!(by_tcp(&info.to), takes_tcp, "{:?}", info.to);
    }
}
