//! The flow of a registration (RFC 5626): calls and refreshes go over the connection that
//! registered, and when it closes the registration begins anew. Virtual time, no sockets.

mod wire;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_message::{HostPort, NameAddr, StatusCode, Transport};
use siptrunk_transaction::{
    Core, FlowEvent, FlowId, Listener, Received, Seed, Target, To, Transmit, TransportError,
};
use siptrunk_ua::{
    Config, Destination, Event, Registration, RegistrationFailure, RegistrationId, Reply, UserAgent,
};
use wire::{ALICE, BOB, address, invite_to, label_of, reply, uri};

/// A user agent whose peers are at the ends of TCP connections.
struct Connected {
    ua: UserAgent,
    now: Instant,
    /// The numbers of connections begin here.
    opened: u64,
}

fn tcp(at: &str) -> Target {
    Target { transport: Transport::Tcp, address: address(at), domain: None }
}

impl Connected {
    fn new() -> Self {
        let mut config = Config::default();
        let local: SocketAddr = address(ALICE);
        let advertised = HostPort::from(local);
        config.transaction.listeners.push(Listener {
            transport: Transport::Tcp,
            local,
            advertised,
        });
        Self { ua: UserAgent::new(config, Seed([1; 32])), now: Instant::now(), opened: 0 }
    }

    /// The next transmit, within an hour.
    fn transmit(&mut self) -> Transmit {
        let end = self.now + Duration::from_secs(3_600);
        loop {
            if let Some(transmit) = self.ua.poll_transmit() {
                return transmit;
            }
            self.now = self.ua.poll_timeout().filter(|at| *at <= end).expect("something to do");
            self.ua.handle_timeout(self.now);
        }
    }

    /// Opens a connection for a transmit.
    fn open(&mut self, transmit: &Transmit) -> FlowId {
        self.opened += 1;
        let flow = FlowId::Connection(self.opened);
        let local = address("127.0.1.1:40000");
        self.ua.handle_flow(self.now, FlowEvent::Opened { ticket: transmit.ticket, flow, local });
        flow
    }

    fn say(&mut self, flow: FlowId, message: &str) {
        let bytes = message.replace("\r\n", "\n").replace('\n', "\r\n").into();
        let received = Received {
            flow,
            transport: Transport::Tcp,
            local: address("127.0.1.1:40000"),
            remote: address(BOB),
            identity: None,
            bytes,
        };
        self.ua.handle_input(self.now, received);
    }

    fn close(&mut self, flow: FlowId) {
        self.ua.handle_flow(self.now, FlowEvent::Closed { flow, reason: TransportError::Reset });
    }

    fn register(&mut self) -> RegistrationId {
        let registration = Registration {
            destination: Destination::Targets(vec![tcp(BOB)]),
            registrar: uri("sip:biloxi.example"),
            aor: NameAddr::new(uri("sip:alice@biloxi.example")),
            contact_user: None,
            account: None,
            expires: Duration::from_secs(3_600),
        };
        self.ua.register(self.now, registration)
    }

    /// Takes the REGISTER that is due and accepts it over a new connection.
    fn accept(&mut self) -> FlowId {
        let register = self.transmit();
        assert_eq!(register.to, To::Target(tcp(BOB)), "a new flow finds its own way");
        let flow = self.open(&register);
        self.grant(&register, flow);
        flow
    }

    fn grant(&mut self, register: &Transmit, flow: FlowId) {
        assert_eq!(label_of(&register.bytes), "REGISTER");
        let contact = wire::header(&register.bytes, "Contact").unwrap();
        let contact = format!("Contact: {contact};expires=3600\n");
        self.say(flow, &reply(&register.bytes, "200 OK", "r", &contact));
        assert!(matches!(self.ua.poll_event(), Some(Event::Registered { .. })));
    }

    /// The wait that the end of the flow brings.
    fn broken(&mut self) -> Duration {
        match self.ua.poll_event() {
            Some(Event::RegistrationFailed {
                failure: RegistrationFailure::FlowClosed(TransportError::Reset),
                retry_in: Some(wait),
                ..
            }) => wait,
            other => panic!("{other:?}"),
        }
    }

    fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.ua.poll_timeout().filter(|at| *at <= end) {
            self.now = at;
            self.ua.handle_timeout(at);
        }
        self.now = end;
    }
}

#[test]
fn a_refresh_goes_over_the_connection_that_registered() {
    let mut end = Connected::new();
    let id = end.register();
    assert_eq!(end.ua.registered_connection(id), None);
    let flow = end.accept();
    assert_eq!(end.ua.registered_connection(id), Some(flow));
    let refresh = end.transmit();
    assert_eq!(refresh.to, To::Flow(flow));
    end.grant(&refresh, flow);
    assert_eq!(end.ua.registered_connection(id), Some(flow));
}

// RFC 5626 4.5: a successful flow is replaced at once; we spread that over some seconds.
#[test]
fn a_flow_that_stood_is_formed_anew_within_seconds() {
    let mut end = Connected::new();
    let id = end.register();
    let flow = end.accept();
    end.run(120);
    end.close(FlowId::Connection(99));
    assert!(end.ua.poll_event().is_none(), "another connection is nothing to us");
    end.close(flow);
    assert_eq!(end.ua.registered_connection(id), None);
    let wait = end.broken();
    assert!((1..=4).contains(&wait.as_secs()), "{wait:?}");
    let before = end.now;
    let again = end.accept();
    assert_eq!(end.now - before, wait);
    assert_eq!(end.ua.registered_connection(id), Some(again));
}

// RFC 5626 4.5: W = min(1800, 30 * 2^failures), and 50 to 100 % of it is waited.
#[test]
fn a_registrar_that_accepts_and_hangs_up_is_tried_ever_more_rarely() {
    let mut end = Connected::new();
    end.register();
    let mut ceiling = 60;
    for _ in 0..8 {
        let flow = end.accept();
        end.run(119);
        end.close(flow);
        let wait = end.broken().as_secs();
        assert!((ceiling / 2..=ceiling).contains(&wait), "{wait} of {ceiling}");
        ceiling = (ceiling * 2).min(1_800);
    }
    // One that stands for two minutes is forgiven everything.
    let flow = end.accept();
    end.run(120);
    end.close(flow);
    assert!(end.broken().as_secs() <= 4);
    let flow = end.accept();
    end.close(flow);
    assert!((30..=60).contains(&end.broken().as_secs()), "the row is as long as it is");
}

#[test]
fn a_connection_that_closes_under_a_refresh_fails_it_once() {
    let mut end = Connected::new();
    end.register();
    let flow = end.accept();
    let refresh = end.transmit();
    assert_eq!(refresh.to, To::Flow(flow));
    end.close(flow);
    end.broken();
    assert!(end.ua.poll_event().is_none(), "the refresh failed a second time");
    let again = end.accept();
    assert_ne!(again, flow);
}

#[test]
fn one_that_is_taken_back_over_a_closing_connection_ends() {
    let mut end = Connected::new();
    let id = end.register();
    let flow = end.accept();
    end.ua.unregister(end.now, id);
    let last = end.transmit();
    assert_eq!(last.to, To::Flow(flow));
    end.close(flow);
    assert!(matches!(end.ua.poll_event(), Some(Event::Unregistered { .. })));
    end.run(600);
    assert!(end.ua.live().is_empty(), "{}", end.ua.live());
}

#[test]
fn an_invite_goes_over_the_flow_first_and_to_another_target_if_it_fails() {
    let mut end = Connected::new();
    end.register();
    let flow = end.accept();
    let mut invite = invite_to(Vec::new());
    let targets = vec![tcp("127.0.2.2:5060")];
    invite.destination = Destination::FlowFirst { flow, targets: targets.clone() };
    end.ua.invite(end.now, invite).unwrap();
    let first = end.transmit();
    assert_eq!((first.to, label_of(&first.bytes)), (To::Flow(flow), "INVITE".to_owned()));
    end.close(flow);
    let second = end.transmit();
    assert_eq!(second.to, To::Target(targets[0].clone()));
    assert_eq!(wire::header(&first.bytes, "Call-ID"), wire::header(&second.bytes, "Call-ID"));
}

#[test]
fn an_answer_over_a_new_connection_says_where_we_are() {
    let mut world = Connected::new();
    let flow = FlowId::Connection(9);
    world.say(
        flow,
        "INVITE sip:alice@127.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.2.1:5060;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\nFrom: <sip:bob@127.0.2.1>;tag=b\r\nTo: <sip:alice@127.0.1.1>\r\n\
         Call-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:bob@127.0.2.1:5060;transport=tcp>\r\n\
         Content-Length: 0\r\n\r\n",
    );
    let session = std::iter::from_fn(|| world.ua.poll_event())
        .find_map(|event| match event {
            Event::Incoming { session, .. } => Some(session),
            _ => None,
        })
        .expect("a call");
    world.close(flow);
    world.ua.answer(world.now, session, Reply::new(StatusCode::OK)).unwrap();
    let answer = std::iter::from_fn(|| world.ua.poll_transmit())
        .find(|transmit| transmit.bytes.starts_with(b"SIP/2.0 200"))
        .expect("an answer");
    assert!(matches!(&answer.to, To::Target(target) if target.address == address(BOB)));
    let contact = wire::header(&answer.bytes, "Contact").expect("a Contact (12.1.1)");
    assert!(contact.contains(ALICE) && contact.ends_with(";transport=tcp>"), "{contact}");
}
