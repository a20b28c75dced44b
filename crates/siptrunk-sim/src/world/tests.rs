use std::{cell::RefCell, convert::Infallible, rc::Rc};

use siptrunk_message::Transport;
use siptrunk_transaction::{
    Core, FlowEvent, FlowId, Live, QuestionId, QuestionIds, Received, Target, Ticket, To, Transmit,
    TransportError,
};

use super::*;
use crate::{Fate, Faults, Host, HostContext, NoHost};

/// Sends what it is told, records what it gets, and asks one question for each input.
#[derive(Default)]
pub(super) struct Probe {
    pub(super) out: Vec<Transmit>,
    got: Vec<(Instant, SocketAddr, Bytes)>,
    pub(super) inputs: Vec<(Instant, Received)>,
    pub(super) flows: Vec<(Instant, FlowEvent)>,
    asks: bool,
    ids: QuestionIds,
    questions: Vec<QuestionId>,
    answers: Vec<(Instant, u32)>,
    alarm: Option<Instant>,
    rang: u32,
}

impl Core for Probe {
    type Event = u32;
    type Question = ();
    type Answer = u32;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        self.got.push((now, input.remote, input.bytes.clone()));
        self.inputs.push((now, input));
        if self.asks {
            let id = self.ids.next();
            self.questions.push(id);
        }
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.flows.push((now, event));
    }

    fn handle_answer(&mut self, now: Instant, _: QuestionId, answer: u32) {
        self.answers.push((now, answer));
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.alarm.is_some_and(|at| at <= now) {
            self.alarm = None;
            self.rang += 1;
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        if self.out.is_empty() { None } else { Some(self.out.remove(0)) }
    }

    fn poll_question(&mut self) -> Option<(QuestionId, ())> {
        self.questions.pop().map(|id| (id, ()))
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<u32> {
        let rang = std::mem::take(&mut self.rang);
        (rang > 0).then_some(rang)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.alarm
    }

    fn live(&self) -> Live {
        Live::default()
    }
}

/// Answers after each of these delays, and echoes what comes to its own port.
struct Oracle {
    delays: Vec<Duration>,
    port: SocketAddr,
    heard: Rc<RefCell<Vec<Bytes>>>,
}

impl Host<Probe> for Oracle {
    fn ask(&mut self, context: &mut HostContext<Probe>, id: QuestionId, (): ()) {
        for (number, delay) in (0..).zip(&self.delays) {
            context.answer_after(*delay, id, number);
        }
    }

    fn command(&mut self, _: &mut HostContext<Probe>, command: Infallible) {
        match command {}
    }

    fn owns(&self, address: SocketAddr) -> bool {
        address == self.port
    }

    fn handle_datagram(&mut self, context: &mut HostContext<Probe>, datagram: Datagram) {
        self.heard.borrow_mut().push(datagram.bytes.clone());
        context.send(Datagram { from: datagram.to, to: datagram.from, bytes: datagram.bytes });
    }
}

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

const A: &str = "127.0.0.1:5060";
const B: &str = "127.0.0.2:5060";

fn oracle(delays: Vec<Duration>, port: &str) -> (Oracle, Rc<RefCell<Vec<Bytes>>>) {
    let heard = Rc::default();
    (Oracle { delays, port: address(port), heard: Rc::clone(&heard) }, heard)
}

/// Two probes; the second has an oracle.
fn pair(seed: u64, delays: Vec<Duration>) -> (World, NodeId, NodeId, Rc<RefCell<Vec<Bytes>>>) {
    let mut world = World::new(seed);
    let a_addresses = vec![address(A), address("127.0.0.1:4000")];
    let a = world.add("a", a_addresses, Probe::default(), oracle(vec![], "127.0.0.1:20000").0);
    let (host, heard) = oracle(delays, "127.0.0.2:20000");
    let b = world.add("b", vec![address(B)], Probe::default(), host);
    (world, a, b, heard)
}

fn send(world: &mut World, from: NodeId, listener: u16, to: &str, bytes: &'static [u8]) {
    world.with(from, |core: &mut Probe, _| {
        let local = address(A).ip();
        let flow = FlowId::Datagram { listener, local, peer: address(to) };
        core.out.push(Transmit::new(flow, bytes));
    });
}

#[test]
fn a_datagram_takes_its_time_and_names_its_sender() {
    let (mut world, a, b, _) = pair(1, vec![]);
    world.link(a, b, Link::default().delay(Duration::from_millis(30)));
    let start = world.now();
    send(&mut world, a, 1, B, b"\x80hello");
    world.run_for(Duration::from_secs(1));
    let got = &world.node::<Probe>(b).got;
    let expected = (start + Duration::from_millis(30), address("127.0.0.1:4000"));
    assert_eq!(got.len(), 1);
    assert_eq!((got[0].0, got[0].1), expected);
    assert_eq!(world.elapsed(), Duration::from_secs(1));
    assert_eq!(world.trace().entries()[0].fate, Fate::Delivered);
}

#[test]
fn a_target_goes_out_of_the_first_listener_of_its_family() {
    let (mut world, a, b, _) = pair(1, vec![]);
    world.with(a, |core: &mut Probe, _| {
        core.out.push(Transmit::new(Target::udp(address(B)), &b"\x80"[..]));
    });
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.node::<Probe>(b).got[0].1, address(A));
}

#[test]
fn what_this_world_has_no_way_for_fails() {
    let (mut world, a, _, _) = pair(1, vec![]);
    world.with(a, |core: &mut Probe, _| {
        // It has no listener of this family.
        for (ticket, transport) in [(7, Transport::Udp), (8, Transport::Tcp)] {
            let target = Target { transport, ..Target::udp(address("[::1]:5060")) };
            let (to, bytes) = (To::Target(target), Bytes::from_static(b"x"));
            core.out.push(Transmit { to, bytes, ticket: Ticket(ticket) });
        }
    });
    let (now, reason) = (world.now(), TransportError::Unreachable);
    let failed = |ticket| (now, FlowEvent::Failed { ticket: Ticket(ticket), reason });
    assert_eq!(world.node::<Probe>(a).flows, [failed(7), failed(8)]);
}

#[test]
fn nobody_there_is_traced() {
    let (mut world, a, _, _) = pair(1, vec![]);
    send(&mut world, a, 0, "127.0.0.9:5060", b"\x80");
    assert_eq!(world.trace().entries()[0].fate, Fate::NoListener);
}

#[test]
fn a_host_answers_now_later_and_twice() {
    let delays = vec![Duration::ZERO, Duration::from_millis(500), Duration::from_secs(2)];
    let (mut world, a, b, _) = pair(1, delays);
    world.node_mut::<Probe>(b).asks = true;
    send(&mut world, a, 0, B, b"\x80");
    world.run_for(Duration::from_secs(1));
    let seen = |world: &World| {
        world.node::<Probe>(b).answers.iter().map(|(_, number)| *number).collect::<Vec<_>>()
    };
    assert_eq!(seen(&world), [0, 1]);
    world.run_for(Duration::from_secs(2));
    assert_eq!(seen(&world), [0, 1, 2]);
}

/// Answers to 400 questions, each given at once: how many came, and how many of them at once.
fn wayward(spoil: impl FnOnce(crate::Wayward<Oracle>) -> crate::Wayward<Oracle>) -> (usize, usize) {
    let mut world = World::new(9);
    world.add("a", vec![address(A)], Probe::default(), oracle(vec![], "127.0.0.1:20000").0);
    let host = oracle(vec![Duration::ZERO], "127.0.0.2:20000").0;
    let host = spoil(crate::Wayward::new(host, world.seed_for("wayward")));
    let core = Probe { asks: true, ..Probe::default() };
    let b = world.add("b", vec![address(B)], core, host);
    let at = world.now();
    for _ in 0..400 {
        world.inject(address(A), address(B), &b"\x80"[..]);
    }
    world.run_for(Duration::from_secs(10));
    let answers = &world.node::<Probe>(b).answers;
    let soon = at + Duration::from_millis(1);
    (answers.len(), answers.iter().filter(|(at, _)| *at == soon).count())
}

#[test]
fn a_wayward_host_answers_late_twice_or_never_as_often_as_asked() {
    assert_eq!(wayward(|host| host), (400, 400));
    assert_eq!(wayward(|host| host.never(1.0)), (0, 0));
    assert_eq!(wayward(|host| host.twice(1.0)).0, 800);
    assert_eq!(wayward(|host| host.late(1.0, Duration::from_secs(9))), (400, 0));
    let (came, _) = wayward(|host| host.never(0.25));
    assert!((270..330).contains(&came), "{came} of 400 at 25 %");
    let (came, soon) = wayward(|host| host.late(0.5, Duration::from_secs(60)));
    assert!(came < 300 && (160..240).contains(&soon), "{came} of 400 in time, {soon} at once");
}

#[test]
fn a_host_has_ports_of_its_own() {
    let (mut world, a, _, heard) = pair(1, vec![]);
    send(&mut world, a, 0, "127.0.0.2:20000", b"\x80ping");
    world.run_for(Duration::from_secs(1));
    assert_eq!(heard.borrow()[..], [Bytes::from_static(b"\x80ping")]);
    assert_eq!(world.node::<Probe>(a).got[0].1, address("127.0.0.2:20000"));
}

#[test]
fn timeouts_come_on_time_and_events_are_kept() {
    let (mut world, a, _, _) = pair(1, vec![]);
    let at = world.now() + Duration::from_secs(3);
    world.node_mut::<Probe>(a).alarm = Some(at);
    assert!(world.step());
    assert_eq!(world.now(), at);
    assert_eq!(world.take_events::<Probe>(a), [1]);
    assert_eq!(world.take_events::<Probe>(a), Vec::<u32>::new());
    assert!(!world.step());
    assert!(world.run_to_rest(Duration::from_secs(1)));
}

/// An application: on each event it has the core send something, and keeps the event to itself.
struct Application(Option<Instant>);

impl Host<Probe> for Application {
    fn ask(&mut self, _: &mut HostContext<Probe>, _: QuestionId, (): ()) {}

    fn command(&mut self, _: &mut HostContext<Probe>, command: Infallible) {
        match command {}
    }

    fn event(&mut self, context: &mut HostContext<Probe>, core: &mut Probe, _: u32) -> Option<u32> {
        self.0 = Some(context.now());
        core.out.push(Transmit::new(Target::udp(address(A)), &b"\x80"[..]));
        None
    }
}

#[test]
fn an_application_can_stand_in_the_host() {
    let (mut world, a, ..) = pair(1, vec![]);
    let alarm = world.now() + Duration::from_secs(1);
    let core = Probe { alarm: Some(alarm), ..Probe::default() };
    let app = world.add("app", vec![address("127.0.0.3:5060")], core, Application(None));
    world.run_for(Duration::from_secs(2));
    assert_eq!(world.host_mut::<Application>(app).0, Some(alarm));
    assert_eq!(world.node::<Probe>(a).got.len(), 1);
    assert_eq!(world.take_events::<Probe>(app), Vec::<u32>::new());
}

#[test]
fn a_partition_ends_when_it_is_lifted() {
    let (mut world, a, b, _) = pair(1, vec![]);
    world.link_mut(a, b).partitioned = true;
    send(&mut world, a, 0, B, b"\x80");
    world.link_mut(a, b).partitioned = false;
    send(&mut world, a, 0, B, b"\x80");
    world.run_for(Duration::from_secs(1));
    let fates: Vec<Fate> = world.trace().entries().iter().map(|entry| entry.fate).collect();
    assert_eq!(fates, [Fate::Partitioned, Fate::Delivered]);
    assert_eq!(world.node::<Probe>(b).got.len(), 1);
}

#[test]
fn reordering_changes_the_order_of_arrival_and_duplication_doubles() {
    let (mut world, a, b, _) = pair(5, vec![]);
    world.link(a, b, Link::default().reorder(0.3).duplicate(0.3));
    for number in 0..100_u8 {
        let bytes: &'static [u8] = Box::leak(Box::new([0x80, number]));
        send(&mut world, a, 0, B, bytes);
        world.run_for(Duration::from_millis(5));
    }
    world.run_for(Duration::from_secs(1));
    let numbers: Vec<u8> = world.node::<Probe>(b).got.iter().map(|(.., bytes)| bytes[1]).collect();
    assert!(numbers.len() > 110, "{}", numbers.len());
    assert!(!numbers.is_sorted());
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_one_does_not() {
    let run = |seed: u64| {
        let (mut world, a, b, _) = pair(seed, vec![]);
        let jitter = Duration::from_millis(40);
        world.link(a, b, Link::default().loss(0.3).jitter(jitter).duplicate(0.2));
        for _ in 0..50 {
            send(&mut world, a, 0, B, b"\x80\x01");
            world.run_for(Duration::from_millis(7));
        }
        world.run_for(Duration::from_secs(1));
        let start = world.start;
        let arrivals: Vec<Duration> =
            world.node::<Probe>(b).got.iter().map(|(at, ..)| *at - start).collect();
        (world.trace().clone(), arrivals)
    };
    assert_eq!(run(11), run(11));
    assert_ne!(run(11), run(12));
    assert_ne!(World::new(1).seed_for("x").0, World::new(2).seed_for("x").0);
    assert_ne!(World::new(1).seed_for("x").0, World::new(1).seed_for("y").0);
}

#[test]
fn a_fault_on_a_link_is_what_the_trace_shows() {
    let (mut world, a, b, _) = pair(1, vec![]);
    world.link_mut(a, b).faults = Faults::from(crate::Fault::StripHeaders("X-".into()));
    send(&mut world, a, 0, B, b"ACK sip:b@x SIP/2.0\r\nX-Gone: 1\r\n\r\n");
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.trace().entries()[0].bytes, &b"ACK sip:b@x SIP/2.0\r\n\r\n"[..]);
    assert_eq!(world.witness().messages(), 1);
}

#[test]
fn injected_datagrams_reach_their_node() {
    let (mut world, _, b, _) = pair(1, vec![]);
    world.inject(address("203.0.113.9:9"), address(B), &b"\x80"[..]);
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.node::<Probe>(b).got[0].1, address("203.0.113.9:9"));
}

#[test]
#[should_panic(expected = "is already taken")]
fn an_address_belongs_to_one_node() {
    let (mut world, ..) = pair(1, vec![]);
    world.add("c", vec![address(A)], Probe::default(), oracle(vec![], "127.0.0.1:20000").0);
}

#[test]
#[should_panic(expected = "node a is not made of")]
fn a_node_of_another_type_is_named() {
    let (world, a, ..) = pair(1, vec![]);
    world.node::<crate::five9::Five9>(a);
}

/// Leaves its deadline in the past for ever.
struct Stuck(Instant);

impl Core for Stuck {
    type Event = Infallible;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, _: Instant, _: Received) {}

    fn handle_flow(&mut self, _: Instant, _: FlowEvent) {}

    fn handle_answer(&mut self, _: Instant, _: QuestionId, _: Infallible) {}

    fn handle_media(&mut self, _: Instant, _: Infallible) {}

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Some(self.0)
    }

    fn live(&self) -> Live {
        Live::default()
    }
}

#[test]
#[should_panic(expected = "node stuck broke the contract")]
fn a_core_that_spins_is_named() {
    let mut world = World::new(1);
    let core = Stuck(world.now());
    world.add("stuck", vec![address(A)], core, NoHost);
    world.step();
}
