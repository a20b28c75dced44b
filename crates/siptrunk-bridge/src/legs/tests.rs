//! Legs alone, by hand: what a trunk's settings do to what is sent and taken.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use siptrunk_message::{HeaderList, HeaderName, Message, Method, Request, StatusCode, Transport};
use siptrunk_profiles::{Allow, Generic, KeepAlive, Networks, Profile, Region, Synthflow};
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

impl Desk {
    /// Every name leads to the peer.
    fn resolve(&mut self) {
        while let Some((id, _)) = self.legs.poll_question() {
            let answer = siptrunk_ua::Answer::Targets(vec![Target::udp(address(PEER))]);
            self.legs.handle_answer(self.now, id, answer);
        }
    }

    /// The registrar accepts the REGISTER that is sent.
    fn registered(&mut self) {
        self.resolve();
        let (_, request) = self.request(&Method::REGISTER).expect("a REGISTER");
        let value = |name: &HeaderName| {
            String::from_utf8_lossy(request.headers().raw(name).unwrap()).into_owned()
        };
        let copied = [
            &HeaderName::VIA,
            &HeaderName::FROM,
            &HeaderName::CALL_ID,
            &HeaderName::CSEQ,
            &HeaderName::CONTACT,
        ];
        let copied = copied.map(|name| format!("{name}: {}\r\n", value(name))).concat();
        let to = value(&HeaderName::TO);
        self.hear(format!(
            "SIP/2.0 200 OK\r\n{copied}To: {to};tag=r\r\nExpires: 300\r\nContent-Length: 0\r\n\r\n"
        ));
        let registered = std::iter::from_fn(|| self.legs.poll_event())
            .any(|event| matches!(event, LegEvent::Registered { .. }));
        assert!(registered);
    }

    /// How many CRLF CRLF and how many OPTIONS are sent within this time; copies are one.
    fn keep_alives(&mut self, span: Duration) -> (usize, usize) {
        let until = self.now + span;
        let (mut pings, mut asked) = (0, BTreeSet::new());
        loop {
            self.resolve();
            while let Some(transmit) = self.legs.poll_transmit() {
                if transmit.bytes == b"\r\n\r\n"[..] {
                    pings += 1;
                } else if transmit.bytes.starts_with(b"OPTIONS ") {
                    asked.insert(transmit.bytes);
                }
            }
            let next = self.legs.poll_timeout().filter(|at| *at <= until);
            let Some(next) = next else { return (pings, asked.len()) };
            self.now = self.now.max(next);
            self.legs.handle_timeout(self.now);
        }
    }
}

#[test]
fn a_registration_is_kept_open_as_its_trunk_says_and_by_nothing_else() {
    let every = Duration::from_secs(30);
    let rows = [
        (KeepAlive::Off, (0, 0)),
        (KeepAlive::Crlf { every }, (1, 0)),
        (KeepAlive::Options { every }, (0, 1)),
    ];
    for (keep_alive, expected) in rows {
        let trunk = Generic::trunk("a", PEER).outbound("agent", "secret").register(true);
        let mut desk = Desk::new(trunk.keep_alive(keep_alive));
        desk.registered();
        // The first after 24 to 30 s, the second after 48 s at the earliest.
        assert_eq!(desk.keep_alives(Duration::from_secs(31)), expected, "{keep_alive:?}");
    }
    // Without a registration OPTIONS goes the way of a call.
    let mut desk = Desk::new(Generic::trunk("a", PEER).keep_alive(KeepAlive::Options { every }));
    assert_eq!(desk.keep_alives(Duration::from_secs(31)), (0, 1));
}

#[test]
fn networks_of_a_file_take_the_place_of_the_published_ones() {
    let known = Networks::known(Profile::Synthflow(Region::Us)).unwrap();
    let before = known.signalling[0].addr();
    let network = "198.51.100.0/24".parse().unwrap();
    let newer = Networks::new(known.as_of, vec![network], Vec::new());
    let trunk = || Synthflow::region(Region::Us).allow_only(Allow::Published);
    for (trunk, old, new) in [(trunk(), true, false), (trunk().networks(newer), false, true)] {
        let sources = Sources::new(&[trunk]);
        assert_eq!(sources.knows(before), old);
        assert_eq!(sources.knows(address("198.51.100.7:5060").ip()), new);
    }
}
