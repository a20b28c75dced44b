//! A user agent whose registrar is at the other end of a flow: a TCP connection, or the way of
//! datagrams. Virtual time, and what is sent is taken one by one.

use std::time::{Duration, Instant};

use siptrunk_message::{NameAddr, Transport};
use siptrunk_transaction::{
    Core, FlowEvent, FlowId, Listener, Received, Seed, Target, To, Transmit, TransportError,
};
use siptrunk_ua::{
    Config, Destination, Event, Registration, RegistrationFailure, RegistrationId, UserAgent,
};

use super::{ALICE, BOB, address, header, label_of, reply, uri};

/// The user agent.
pub struct Connected {
    pub ua: UserAgent,
    pub now: Instant,
    transport: Transport,
    /// The numbers of connections begin here.
    opened: u64,
}

pub fn tcp(at: &str) -> Target {
    Target { transport: Transport::Tcp, address: address(at), domain: None }
}

impl Connected {
    pub fn new() -> Self {
        Self::over(Transport::Tcp)
    }

    pub fn over(transport: Transport) -> Self {
        let mut config = Config::default();
        let udp = Listener::udp(address(ALICE));
        let tcp = Listener { transport: Transport::Tcp, ..udp.clone() };
        config.transaction.listeners.extend([udp, tcp]);
        Self {
            ua: UserAgent::new(config, Seed([1; 32])),
            now: Instant::now(),
            transport,
            opened: 0,
        }
    }

    /// The next transmit, within an hour.
    pub fn transmit(&mut self) -> Transmit {
        let end = self.now + Duration::from_secs(3_600);
        loop {
            if let Some(transmit) = self.ua.poll_transmit() {
                return transmit;
            }
            self.come_early();
            self.now = self.ua.poll_timeout().filter(|at| *at <= end).expect("something to do");
            self.ua.handle_timeout(self.now);
        }
    }

    /// A timeout before its time changes nothing.
    fn come_early(&mut self) {
        if self.ua.poll_timeout().is_some_and(|at| at > self.now) {
            self.ua.handle_timeout(self.now);
            assert!(self.ua.poll_transmit().is_none(), "too early");
        }
    }

    /// Opens a connection for a transmit.
    pub fn open(&mut self, transmit: &Transmit) -> FlowId {
        if let To::Flow(flow) = transmit.to {
            return flow;
        }
        self.opened += 1;
        let flow = FlowId::Connection(self.opened);
        let local = address("127.0.1.1:40000");
        self.ua.handle_flow(self.now, FlowEvent::Opened { ticket: transmit.ticket, flow, local });
        flow
    }

    pub fn say(&mut self, flow: FlowId, message: &str) {
        let bytes = message.replace("\r\n", "\n").replace('\n', "\r\n").into();
        let received = Received {
            flow,
            transport: self.transport,
            local: address("127.0.1.1:40000"),
            remote: address(BOB),
            identity: None,
            bytes,
        };
        self.ua.handle_input(self.now, received);
    }

    pub fn close(&mut self, flow: FlowId) {
        self.ua.handle_flow(self.now, FlowEvent::Closed { flow, reason: TransportError::Reset });
    }

    pub fn register(&mut self) -> RegistrationId {
        let registration = Registration {
            destination: Destination::Targets(vec![Target {
                transport: self.transport,
                ..tcp(BOB)
            }]),
            registrar: uri("sip:biloxi.example"),
            aor: NameAddr::new(uri("sip:alice@biloxi.example")),
            contact_user: None,
            account: None,
            expires: Duration::from_secs(3_600),
        };
        self.ua.register(self.now, registration)
    }

    /// Takes the REGISTER that is due and accepts it over a new connection.
    pub fn accept(&mut self) -> FlowId {
        let register = self.transmit();
        match register.to {
            To::Target(ref target) => assert_eq!(*target, tcp(BOB), "a new flow finds its own way"),
            To::Flow(_) => assert_eq!(self.transport, Transport::Udp),
        }
        let flow = self.open(&register);
        self.grant(&register, flow);
        flow
    }

    pub fn grant(&mut self, register: &Transmit, flow: FlowId) {
        assert_eq!(label_of(&register.bytes), "REGISTER");
        let contact = header(&register.bytes, "Contact").unwrap();
        let contact = format!("Contact: {contact};expires=3600\n");
        self.say(flow, &reply(&register.bytes, "200 OK", "r", &contact));
        assert!(matches!(self.ua.poll_event(), Some(Event::Registered { .. })));
    }

    /// The wait that the end of the flow brings.
    pub fn broken(&mut self) -> Duration {
        match self.ua.poll_event() {
            Some(Event::RegistrationFailed {
                failure: RegistrationFailure::FlowClosed(TransportError::Reset),
                retry_in: Some(wait),
                ..
            }) => wait,
            other => panic!("{other:?}"),
        }
    }

    pub fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.ua.poll_timeout().filter(|at| *at <= end) {
            self.now = at;
            self.ua.handle_timeout(at);
        }
        self.now = end;
    }
}
