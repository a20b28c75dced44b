//! A world of two layers: a link that loses, doubles, delays and spoils, users that do anything at
//! any time. Whatever happens, the invariants hold.
//!
//! What happens is drawn from dice: a seeded generator in the programs here, bytes in the fuzz
//! target `transaction_ops`.

use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderList, Method, RequestBuilder, StatusCode, Transport};
use siptrunk_transaction::{
    Admission, ClientTransactionId, Config, Event, FlowEvent, FlowId, IncomingRequest, Known,
    Listener, Rate, Received, Refusal, Rng, ServerTransactionId, Target, Ticket, To,
    TransactionError, TransportError, Trying,
};

use crate::rig::{MS, Rig, config, incoming, outgoing, them, us};

const LIMIT: Duration = Duration::from_secs(120);

/// Where the course of a world comes from.
pub(crate) trait Dice {
    /// A number from 0 to `bound - 1`.
    fn below(&mut self, bound: u64) -> u64;
}

impl Dice for Rng {
    fn below(&mut self, bound: u64) -> u64 {
        Self::below(self, bound)
    }
}

/// What the user of a client transaction has heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    Accepted,
    Over,
}

struct Client {
    method: Method,
    started: Instant,
    heard: Heard,
}

pub(crate) struct World<D> {
    dice: D,
    /// Ours is the client, theirs the server; but both hear everything.
    ends: [Rig; 2],
    /// What is under way, by arrival.
    link: BTreeMap<(Instant, u64), (usize, Received)>,
    sequence: u64,
    clients: HashMap<ClientTransactionId, Client>,
    servers: Vec<(ServerTransactionId, IncomingRequest)>,
    connections: u64,
    open: Vec<u64>,
    tickets: Vec<(usize, Ticket)>,
    log: Vec<(Duration, Vec<u8>)>,
    told: [u64; 2],
}

impl<D: Dice> World<D> {
    pub(crate) fn new(mut dice: D) -> Self {
        let settings = |address| {
            let tcp = Listener { transport: Transport::Tcp, ..Listener::udp(address) };
            Config {
                listeners: vec![Listener::udp(address), tcp],
                proceeding_limit: LIMIT,
                max_transactions: 24,
                ..config()
            }
        };
        let trying = if dice.below(2) == 0 { Trying::Immediately } else { Trying::After200Ms };
        let admission = Admission {
            known: Known::Networks(vec![us().ip().into()]),
            rate: Rate { per_second: 1, burst: 3 },
            strangers: 4,
            per_stranger: 2,
            refusal: if dice.below(2) == 0 { Refusal::Unavailable } else { Refusal::Silence },
            ..Admission::default()
        };
        let ours = Rig::seeded(settings(us()), 1);
        let mut theirs = Rig::seeded(Config { trying, admission, ..settings(them()) }, 2);
        theirs.begin_at(ours.now);
        Self {
            dice,
            ends: [ours, theirs],
            link: BTreeMap::new(),
            sequence: 0,
            clients: HashMap::new(),
            servers: Vec::new(),
            connections: 0,
            open: Vec::new(),
            tickets: Vec::new(),
            log: Vec::new(),
            told: [0; 2],
        }
    }

    fn now(&self) -> Instant {
        self.ends[0].now
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.dice.below(one_in) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() {
            return None;
        }
        from.get(usize::try_from(self.dice.below(from.len() as u64)).unwrap()).cloned()
    }

    /// Takes what both layers have to say: onto the link, and to the users.
    fn settle(&mut self) {
        for end in 0..2 {
            self.ends[end].collect();
            for (at, transmit) in std::mem::take(&mut self.ends[end].sent) {
                self.log.push((at, transmit.bytes.to_vec()));
                if transmit.ticket != Ticket::default() {
                    self.tickets.push((end, transmit.ticket));
                }
                self.carry(end, &transmit.to, transmit.bytes.to_vec(), transmit.ticket);
            }
            for event in std::mem::take(&mut self.ends[end].events) {
                self.hear(end, event);
            }
        }
    }

    /// One message onto the link.
    fn carry(&mut self, from: usize, to: &To, mut bytes: Vec<u8>, ticket: Ticket) {
        let (here, there) = if from == 0 { (us(), them()) } else { (them(), us()) };
        let (flow, transport) = match *to {
            To::Flow(FlowId::Datagram { listener, .. }) => {
                let peer = here;
                let flow = FlowId::Datagram { listener, local: there.ip(), peer };
                (flow, Transport::Udp)
            }
            To::Flow(flow @ FlowId::Connection(number)) => {
                if !self.open.contains(&number) {
                    let reason = TransportError::UnknownFlow;
                    let now = self.now();
                    self.ends[from].layer.handle_flow(now, FlowEvent::Failed { ticket, reason });
                    return;
                }
                (flow, Transport::Tcp)
            }
            To::Target(_) => {
                let now = self.now();
                if self.chance(5) {
                    let reason = TransportError::TimedOut;
                    self.ends[from].layer.handle_flow(now, FlowEvent::Failed { ticket, reason });
                    return;
                }
                self.connections += 1;
                self.open.push(self.connections);
                let flow = FlowId::Connection(self.connections);
                let opened = FlowEvent::Opened { ticket, flow, local: here };
                self.ends[from].layer.handle_flow(now, opened);
                (flow, Transport::Tcp)
            }
        };
        let copies = match transport {
            Transport::Udp => {
                [0, 1, 1, 1, 1, 1, 1, 2][usize::try_from(self.dice.below(8)).unwrap()]
            }
            _ => 1,
        };
        if self.chance(40) {
            let at = self.dice.below(bytes.len() as u64);
            bytes[usize::try_from(at).unwrap()] = u8::try_from(self.dice.below(256)).unwrap();
        }
        for _ in 0..copies {
            let delay = if self.chance(20) { self.dice.below(40_000) } else { self.dice.below(80) };
            let received = Received {
                flow,
                transport,
                local: there,
                remote: here,
                identity: None,
                bytes: bytes.clone().into(),
            };
            self.sequence += 1;
            let at = self.now() + MS(delay + 1);
            self.link.insert((at, self.sequence), (1 - from, received));
        }
    }

    fn hear(&mut self, end: usize, event: Event) {
        match event {
            Event::Request { id, request } => {
                self.told[end] += 1;
                self.servers.push((id, request));
                assert_eq!(end, 1, "our end was sent a request");
            }
            Event::Ack { .. } | Event::Cancel { .. } => self.told[end] += 1,
            Event::Response { id, response } => {
                self.told[end] += 1;
                let status = response.status();
                let client = self.clients.get_mut(&id).expect("a response to nothing");
                let invite = client.method == Method::INVITE;
                client.heard = match client.heard {
                    Heard::Nothing if status.is_provisional() => Heard::Nothing,
                    Heard::Nothing if status.is_success() && invite => Heard::Accepted,
                    Heard::Nothing => Heard::Over,
                    Heard::Accepted if status.is_success() => Heard::Accepted,
                    heard => panic!("{status:?} after {heard:?}"),
                };
            }
            Event::Failed { id, reason } => {
                let client = self.clients.get_mut(&id).expect("a failure of nothing");
                assert_eq!(client.heard, Heard::Nothing, "{reason}");
                client.heard = Heard::Over;
            }
            Event::LateAnswer { .. } => self.told[end] += 1,
            Event::ServerFailed { .. } => {}
        }
    }

    /// Lets time pass: arrivals and deadlines in their order.
    fn pass(&mut self, time: Duration) {
        let until = self.now() + time;
        loop {
            self.settle();
            let arrival = self.link.keys().next().map(|(at, _)| *at);
            let deadlines = self.ends.iter().filter_map(|end| end.layer.poll_timeout());
            let Some(at) = arrival.into_iter().chain(deadlines).min().filter(|at| *at <= until)
            else {
                break;
            };
            for end in &mut self.ends {
                end.now = at;
                end.layer.handle_timeout(at);
            }
            if arrival == Some(at)
                && let Some((_, (end, received))) = self.link.pop_first()
            {
                self.ends[end].layer.handle_input(at, received);
            }
            self.settle();
            self.check_deadlines();
            self.ends[0].drain();
            self.ends[1].drain();
        }
        for end in &mut self.ends {
            end.now = until;
        }
    }

    /// Nobody waits for ever: 64*T1, or the limit of a ringing INVITE and 64*T1 for its CANCEL.
    fn check_deadlines(&self) {
        for client in self.clients.values().filter(|client| client.heard == Heard::Nothing) {
            let most = match &client.method {
                method if *method == Method::INVITE => MS(32_000) + LIMIT + MS(32_000),
                method if *method == Method::CANCEL => MS(64_000),
                _ => MS(32_000),
            };
            assert!(self.now() - client.started <= most, "{} waits too long", client.method);
        }
    }

    pub(crate) fn step(&mut self) {
        let now = self.now();
        match self.dice.below(13) {
            0..=2 => {
                let methods = [Method::INVITE, Method::INVITE, Method::OPTIONS, Method::BYE];
                let method = self.pick(&methods).unwrap();
                let to = match (self.dice.below(4), self.pick(&self.open.clone())) {
                    (0, _) => Target { transport: Transport::Tcp, ..Target::udp(them()) }.into(),
                    (1, Some(number)) => To::Flow(FlowId::Connection(number)),
                    _ => Target::udp(them()).into(),
                };
                let request = self.new_request(&method);
                match self.ends[0].layer.request(now, to, &request) {
                    Ok(id) => {
                        let client = Client { method, started: now, heard: Heard::Nothing };
                        assert!(self.clients.insert(id, client).is_none(), "an id came twice");
                    }
                    // A connection that our end has not seen opens later, or never did.
                    Err(
                        TransactionError::LimitReached { .. } | TransactionError::UnknownConnection,
                    ) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            3 => {
                let mut ids: Vec<_> = self.clients.keys().copied().collect();
                ids.sort();
                if let Some(id) = self.pick(&ids)
                    && let Ok(id) = self.ends[0].layer.cancel(now, id, &HeaderList::new())
                {
                    let client =
                        Client { method: Method::CANCEL, started: now, heard: Heard::Nothing };
                    self.clients.insert(id, client);
                }
            }
            4..=6 => {
                if let Some((id, request)) = self.pick(&self.servers.clone()) {
                    let status = self.pick(&[100_u16, 180, 183, 200, 202, 302, 404, 486, 503, 603]);
                    let status = StatusCode::new(status.unwrap()).unwrap();
                    let response = request.response(status, Some("tag"));
                    let result = self.ends[1].layer.respond(now, id, &response);
                    assert!(matches!(
                        result,
                        Ok(())
                            | Err(TransactionError::UnknownTransaction
                                | TransactionError::AlreadyFinal
                                | TransactionError::StatusNotAllowed { .. })
                    ));
                }
            }
            7 => {
                if let Some((id, request)) = self.pick(&self.servers.clone()) {
                    match self.dice.below(6) {
                        0 => self.ends[1].layer.release(id),
                        1 => self.ends[1].layer.abandon(id),
                        2 => self.ends[1].layer.refuse(id, &request, StatusCode::FORBIDDEN, &[]),
                        _ => self.ends[1].layer.retransmit(id),
                    }
                }
            }
            8 => {
                if let Some((end, ticket)) = self.pick(&self.tickets.clone()) {
                    let reason = TransportError::Refused;
                    self.ends[end].layer.handle_flow(now, FlowEvent::Failed { ticket, reason });
                }
            }
            9 => {
                if let Some(number) = self.pick(&self.open.clone()) {
                    self.open.retain(|open| *open != number);
                    for end in &mut self.ends {
                        let (flow, reason) = (FlowId::Connection(number), TransportError::Closed);
                        end.layer.handle_flow(now, FlowEvent::Closed { flow, reason });
                    }
                }
            }
            10 => {
                let request = self.new_request(&Method::ACK);
                let to = Target::udp(them()).into();
                self.ends[0].layer.send(now, to, &request).unwrap();
            }
            11 => self.stranger(),
            _ => {}
        }
        let pause = match self.dice.below(6) {
            0 => 0,
            1 => self.dice.below(20_000),
            _ => self.dice.below(800),
        };
        self.pass(MS(pause));
    }

    /// A stranger sends something: new or again, of whatever age, inside dialogs or out of them.
    fn stranger(&mut self) {
        let source = Ipv4Addr::from(0x0a00_0000 + u32::try_from(self.dice.below(4)).unwrap());
        let method = self.pick(&["INVITE", "OPTIONS", "CANCEL", "ACK", "SIP/2.0"]).unwrap();
        let cookie = if self.chance(4) { "" } else { "z9hG4bK" };
        let branch = format!("{cookie}s{}", self.dice.below(8));
        let tag = if self.chance(3) { ";tag=t" } else { "" };
        let request = incoming(method, &branch, "").replace("1.1>\r\n", &format!("1.1>{tag}\r\n"));
        let received = Received::datagram(0, them(), (source, 5060).into(), request.into_bytes());
        let now = self.now();
        self.ends[1].layer.handle_input(now, received);
    }

    fn new_request(&mut self, method: &Method) -> RequestBuilder {
        let call_id = format!("call-{}", self.dice.below(1 << 40));
        outgoing(method).replace(&siptrunk_message::HeaderName::CALL_ID, call_id)
    }

    /// Lets everything end, and looks for what is left. What was said, and when.
    pub(crate) fn finish(mut self) -> Vec<(Duration, Vec<u8>)> {
        self.pass(Duration::from_secs(600));
        for (end, told) in self.ends.iter().zip(self.told) {
            let live = end.layer.live();
            assert!(live.is_empty(), "left behind: {live}");
            assert_eq!(end.layer.poll_timeout(), None);
            let counters = end.layer.counters();
            let accounted = counters.malformed_dropped
                + counters.malformed_answered
                + counters.malformed_responses
                + counters.keepalives
                + counters.foreign_responses
                + counters.stray_responses
                + counters.late_over_rate
                + counters.stray_acks
                + counters.stray_cancels
                + counters.merged
                + counters.over_limit
                + counters.over_rate
                + counters.over_stranger
                + counters.over_strangers
                + counters.legacy
                + counters.absorbed
                + counters.late_cancels
                + told;
            assert_eq!(accounted, counters.received, "{counters:?}");
        }
        for client in self.clients.values() {
            assert_ne!(client.heard, Heard::Nothing, "{} without outcome", client.method);
        }
        self.log
    }
}
