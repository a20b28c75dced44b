use siptrunk_transaction::{Domain, To, Transmit};

use super::*;
use crate::{
    Fault, Host, HostContext, Link,
    world::tests::{Probe, address},
};

const A: &str = "127.0.0.1:5060";
const B: &str = "127.0.0.2:5060";
const WAY: Duration = Duration::from_millis(30);

/// Asks nobody.
struct Silent;

impl Host<Probe> for Silent {
    fn ask(&mut self, _: &mut HostContext<Probe>, _: siptrunk_transaction::QuestionId, (): ()) {}

    fn command(&mut self, _: &mut HostContext<Probe>, command: std::convert::Infallible) {
        match command {}
    }
}

/// Two nodes; the second accepts connections.
fn pair(seed: u64, transport: Transport) -> (World, NodeId, NodeId) {
    let mut world = World::new(seed);
    world.link_default(Link::default().delay(WAY));
    let a = world.add("a", vec![address(A)], Probe::default(), Silent);
    let b = world.add("b", vec![address(B)], Probe::default(), Silent);
    world.listen(b, transport, address(B));
    (world, a, b)
}

fn target(transport: Transport, domain: Option<&str>) -> Target {
    Target { transport, address: address(B), domain: domain.map(Domain::new) }
}

fn message(cseq: u64) -> Bytes {
    let text =
        format!("OPTIONS sip:b@x SIP/2.0\r\nCSeq: {cseq} OPTIONS\r\nContent-Length: 0\r\n\r\n");
    Bytes::from(text)
}

fn send(world: &mut World, from: NodeId, to: impl Into<To>, ticket: u64) {
    let transmit = Transmit { to: to.into(), bytes: message(ticket), ticket: Ticket(ticket) };
    world.with(from, |core: &mut Probe, _| core.out.push(transmit));
}

/// What a node heard of its flows, with milliseconds.
fn flows(world: &World, id: NodeId) -> Vec<(u128, FlowEvent)> {
    let start = world.start;
    let flows = &world.node::<Probe>(id).flows;
    flows.iter().map(|(at, event)| ((*at - start).as_millis(), event.clone())).collect()
}

fn failed(world: &World, id: NodeId) -> Vec<(u128, u64, TransportError)> {
    let failure = |(at, event)| match event {
        FlowEvent::Failed { ticket, reason } => Some((at, ticket.0, reason)),
        _ => None,
    };
    flows(world, id).into_iter().filter_map(failure).collect()
}

fn closed(world: &World, id: NodeId) -> Vec<(u128, TransportError)> {
    let close = |(at, event)| match event {
        FlowEvent::Closed { reason, .. } => Some((at, reason)),
        _ => None,
    };
    flows(world, id).into_iter().filter_map(close).collect()
}

/// The flows that a node's messages came over.
fn came_over(world: &World, id: NodeId) -> Vec<FlowId> {
    world.node::<Probe>(id).inputs.iter().map(|(_, input)| input.flow).collect()
}

#[test]
fn opening_takes_a_round_trip_and_each_ticket_hears_of_it() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    send(&mut world, a, target(Transport::Tcp, None), 1);
    send(&mut world, a, target(Transport::Tcp, None), 2);
    world.run_for(Duration::from_secs(1));
    send(&mut world, a, target(Transport::Tcp, None), 3);
    world.run_for(Duration::from_secs(1));
    let heard = flows(&world, a);
    let FlowEvent::Opened { flow, local, .. } = heard[0].1 else { panic!("{heard:?}") };
    assert_eq!(local.ip(), address(A).ip());
    assert_ne!(local.port(), 5060);
    let opened = |at, ticket| (at, FlowEvent::Opened { ticket: Ticket(ticket), flow, local });
    assert_eq!(heard, [opened(60, 1), opened(60, 2), opened(1000, 3)]);
    assert!(flows(&world, b).is_empty(), "the acceptor learns by the first message");
    let inputs = &world.node::<Probe>(b).inputs;
    let start = world.start;
    let at: Vec<u128> = inputs.iter().map(|(at, _)| (*at - start).as_millis()).collect();
    assert_eq!(at, [90, 90, 1030]);
    for ((_, input), cseq) in inputs.iter().zip(1..) {
        assert_eq!((input.remote, input.local), (local, address(B)));
        assert_eq!((input.transport, &input.bytes), (Transport::Tcp, &message(cseq)));
    }
}

#[test]
fn an_answer_goes_back_over_the_flow_and_only_while_it_is_there() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    send(&mut world, a, target(Transport::Tcp, None), 1);
    world.run_for(Duration::from_secs(1));
    let flow = came_over(&world, b)[0];
    send(&mut world, b, flow, 2);
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.node::<Probe>(a).inputs.len(), 1);
    assert!(matches!(flows(&world, a)[0].1, FlowEvent::Opened { flow, .. }
        if flow == world.node::<Probe>(a).inputs[0].1.flow));
    // The numbers of the two ends are not each other's.
    send(&mut world, a, flow, 3);
    assert_eq!(failed(&world, a), [(2000, 3, TransportError::UnknownFlow)]);
    world.reset_connections(a, b);
    send(&mut world, b, flow, 4);
    assert_eq!(failed(&world, b), [(2000, 4, TransportError::UnknownFlow)]);
}

#[test]
fn a_reset_closes_both_ends_once_and_numbers_are_not_used_again() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    send(&mut world, a, target(Transport::Tcp, None), 1);
    world.run_for(Duration::from_secs(1));
    world.reset_connections(b, a);
    world.reset_connections(a, b);
    send(&mut world, a, target(Transport::Tcp, None), 2);
    world.run_for(Duration::from_secs(1));
    for id in [a, b] {
        assert_eq!(closed(&world, id), [(1000, TransportError::Reset)]);
    }
    let over = came_over(&world, b);
    assert_ne!(over[0], over[1]);
    assert_eq!((world.connections(a), world.connections(b)), (1, 1));
}

#[test]
fn where_nobody_listens_it_is_refused_after_a_round_trip() {
    let (mut world, a, _) = pair(1, Transport::Tcp);
    let nobody = Target { address: address("127.0.0.2:5061"), ..target(Transport::Tcp, None) };
    send(&mut world, a, nobody, 1);
    send(
        &mut world,
        a,
        Target { address: address("127.0.0.9:1"), ..target(Transport::Tcp, None) },
        2,
    );
    world.run_for(Duration::from_secs(1));
    let refused = TransportError::Refused;
    assert_eq!(failed(&world, a), [(60, 1, refused), (60, 2, refused)]);
    assert_eq!(world.connections(a), 0);
}

#[test]
fn a_partition_lets_an_opening_run_into_its_deadline() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    world.link_mut(b, a).partitioned = true;
    send(&mut world, a, target(Transport::Tcp, None), 1);
    world.run_for(Duration::from_secs(10));
    assert_eq!(failed(&world, a), [(4000, 1, TransportError::TimedOut)]);
    // One that heals in time only costs time: the first packet is sent again after a second.
    send(&mut world, a, target(Transport::Tcp, None), 2);
    world.run_for(Duration::from_millis(500));
    world.link_mut(b, a).partitioned = false;
    world.run_for(Duration::from_secs(5));
    assert!(matches!(flows(&world, a)[1], (11_060, FlowEvent::Opened { .. })));
}

#[test]
fn a_partition_holds_messages_back_and_breaks_the_connection_after_30_seconds() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    send(&mut world, a, target(Transport::Tcp, None), 1);
    world.run_for(Duration::from_secs(1));
    world.link_mut(a, b).partitioned = true;
    send(&mut world, a, target(Transport::Tcp, None), 2);
    send(&mut world, a, target(Transport::Tcp, None), 3);
    world.run_for(Duration::from_secs(9));
    assert_eq!(world.node::<Probe>(b).inputs.len(), 1);
    world.link_mut(a, b).partitioned = false;
    world.run_for(Duration::from_secs(10));
    let came: Vec<Bytes> =
        world.node::<Probe>(b).inputs.iter().map(|(_, input)| input.bytes.clone()).collect();
    assert_eq!(came, [message(1), message(2), message(3)]);
    world.link_mut(a, b).partitioned = true;
    send(&mut world, a, target(Transport::Tcp, None), 4);
    world.run_for(Duration::from_secs(60));
    assert_eq!(closed(&world, a), [(50_000, TransportError::TimedOut)]);
}

#[test]
fn loss_and_jitter_neither_lose_nor_reorder_but_take_time() {
    let (mut world, a, b) = pair(7, Transport::Tcp);
    let jitter = Duration::from_millis(200);
    world.link_default(Link::default().loss(0.2).jitter(jitter).reorder(0.3).duplicate(0.3));
    for ticket in 1..=200 {
        send(&mut world, a, target(Transport::Tcp, None), ticket);
        world.run_for(Duration::from_millis(20));
    }
    world.run_for(Duration::from_secs(60));
    let inputs = &world.node::<Probe>(b).inputs;
    let came: Vec<Bytes> = inputs.iter().map(|(_, input)| input.bytes.clone()).collect();
    let sent: Vec<Bytes> = (1..=200).map(message).collect();
    assert_eq!(came, sent);
    assert_eq!(failed(&world, a), []);
}

#[test]
fn tls_proves_who_it_is_in_two_round_trips() {
    let (mut world, a, b) = pair(1, Transport::Tls);
    let to = |domain| target(Transport::Tls, domain);
    send(&mut world, a, to(None), 1);
    send(&mut world, a, to(Some("sip.example.com")), 2);
    world.run_for(Duration::from_secs(1));
    world.certify(b, &["SIP.example.com"]);
    send(&mut world, a, to(Some("other.example.com")), 3);
    send(&mut world, a, target(Transport::Tcp, None), 4);
    world.run_for(Duration::from_secs(1));
    let (secured, refused) = (TransportError::NotSecured, TransportError::Refused);
    let expected = [(0, 1, secured), (120, 2, secured), (1120, 3, secured), (1060, 4, refused)];
    let mut failures = failed(&world, a);
    failures.sort_by_key(|(_, ticket, _)| *ticket);
    assert_eq!(failures, expected);
    send(&mut world, a, to(Some("sip.example.com")), 5);
    world.run_for(Duration::from_secs(1));
    let (at, event) = flows(&world, a).pop().unwrap();
    assert!(at == 2120 && matches!(event, FlowEvent::Opened { .. }), "{at} {event:?}");
    assert_eq!(world.node::<Probe>(b).inputs[0].1.identity, None);
    let flow = came_over(&world, b)[0];
    send(&mut world, b, flow, 6);
    world.run_for(Duration::from_secs(1));
    let identity = world.node::<Probe>(a).inputs[0].1.identity.clone().unwrap();
    assert_eq!(identity.names(), ["SIP.example.com"]);
}

#[test]
fn mutual_tls_tells_the_server_who_came_and_domains_share_no_connection() {
    let (mut world, a, b) = pair(1, Transport::Tls);
    world.certify(a, &["a.example.com"]);
    world.certify(b, &["b.example.com", "c.example.com"]);
    for (ticket, domain) in (1..).zip(["b.example.com", "c.example.com", "B.example.com"]) {
        send(&mut world, a, target(Transport::Tls, Some(domain)), ticket);
        world.run_for(Duration::from_secs(1));
    }
    let over = came_over(&world, b);
    assert!(over[0] != over[1] && over[0] == over[2], "{over:?}");
    let identity = world.node::<Probe>(b).inputs[0].1.identity.clone().unwrap();
    assert_eq!(identity.names(), ["a.example.com"]);
}

#[test]
fn what_is_no_sip_ends_the_connection() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    world.with(a, |core: &mut Probe, _| {
        core.out.push(Transmit::new(target(Transport::Tcp, None), &b"\x80\x01"[..]));
    });
    world.run_for(Duration::from_secs(1));
    assert_eq!(closed(&world, b), [(90, TransportError::NotFramed)]);
    assert_eq!(closed(&world, a), [(120, TransportError::Closed)]);
}

#[test]
fn links_refuse_and_reset_and_drop_what_a_fault_says() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    world.link_mut(a, b).refuse = 1.0;
    send(&mut world, a, target(Transport::Tcp, None), 1);
    world.run_for(Duration::from_secs(1));
    assert_eq!(failed(&world, a), [(60, 1, TransportError::Refused)]);
    world.link_mut(a, b).refuse = 0.0;
    world
        .link_mut(a, b)
        .faults
        .push(Fault::DropRequests(siptrunk_message::Method::OPTIONS), Some(1));
    send(&mut world, a, target(Transport::Tcp, None), 2);
    send(&mut world, a, target(Transport::Tcp, None), 3);
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.node::<Probe>(b).inputs[0].1.bytes, message(3));
    world.link_mut(a, b).reset = 1.0;
    send(&mut world, a, target(Transport::Tcp, None), 4);
    assert_eq!(closed(&world, a), [(2000, TransportError::Reset)]);
    assert_eq!(closed(&world, b), [(2000, TransportError::Reset)]);
}

#[test]
fn a_peer_that_reads_nothing_fills_the_queue_and_is_given_up() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    send(&mut world, a, target(Transport::Tcp, None), 1);
    world.run_for(Duration::from_secs(1));
    world.link_mut(a, b).partitioned = true;
    let many = QUEUE / message(10_000).len() + 2;
    for _ in 0..many {
        send(&mut world, a, target(Transport::Tcp, None), 10_000);
        if !closed(&world, a).is_empty() {
            break;
        }
    }
    assert_eq!(failed(&world, a), [(1000, 10_000, TransportError::QueueFull)]);
    assert_eq!(closed(&world, a), [(1000, TransportError::QueueFull)]);
}

#[test]
fn a_crash_resets_connections_and_a_restart_takes_new_ones() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    send(&mut world, a, target(Transport::Tcp, None), 1);
    world.run_for(Duration::from_secs(1));
    world.crash(b);
    world.run_for(Duration::from_secs(1));
    assert_eq!(closed(&world, a), [(1030, TransportError::Reset)]);
    send(&mut world, a, target(Transport::Tcp, None), 2);
    send(&mut world, a, Target::udp(address(B)), 3);
    world.run_for(Duration::from_secs(1));
    assert_eq!(failed(&world, a), [(2060, 2, TransportError::Refused)]);
    assert_eq!(world.trace().entries().last().unwrap().fate, Fate::NoListener);
    assert_eq!(world.node::<Probe>(b).inputs.len(), 1);
    world.restart(b, Probe::default(), Silent);
    send(&mut world, a, target(Transport::Tcp, None), 4);
    world.run_for(Duration::from_secs(1));
    let inputs = &world.node::<Probe>(b).inputs;
    assert_eq!(inputs.len(), 1);
    assert_eq!(inputs[0].1.bytes, message(4));
}

#[test]
fn a_crashed_node_does_nothing_when_its_time_comes() {
    let (mut world, a, b) = pair(1, Transport::Tcp);
    send(&mut world, a, Target::udp(address(B)), 1);
    world.crash(b);
    assert!(world.run_to_rest(Duration::from_secs(1)));
    assert!(world.node::<Probe>(b).inputs.is_empty(), "the datagram was under way");
}
