//! A small core of the tests' own on real sockets: inputs, timers, commands, questions, bounds.

#[path = "support/cores.rs"]
mod cores;
#[path = "support/sockets.rs"]
mod sockets;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use cores::{Asking, Echo, Heard, Told};
use siptrunk_net::{
    BindError, Driver, DriverHandle, DriverLimits, NoWorld, Reply, SharedTap, Stopped,
    StreamOptions, UdpListener, Way, World,
};
use siptrunk_transaction::{FlowId, QuestionId, Target, Ticket, To, Transmit, TransportError};
use sockets::{receive, until};
use tokio::{net::UdpSocket, sync::mpsc};

async fn loopback() -> UdpListener {
    UdpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn peer() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.unwrap()
}

#[tokio::test]
async fn echoes_on_each_listener_by_its_own_number() {
    let (first, second) = (loopback().await, loopback().await);
    let addresses = [first.local_addr(), second.local_addr()];
    let driver = Driver::new(Echo::default(), NoWorld, vec![first, second]);
    let (handle, events) = (driver.handle(), driver.events());
    let running = tokio::spawn(driver.run());

    for (number, address) in (0_u16..).zip(addresses) {
        let peer = peer().await;
        peer.send_to(b"hello", address).await.unwrap();
        assert_eq!(receive(&peer).await, (b"hello".to_vec(), address));
        let Some(Heard::Input(received)) = events.next().await else { panic!("an input") };
        let remote = peer.local_addr().unwrap();
        let flow = FlowId::Datagram { listener: number, local: address.ip(), peer: remote };
        assert_eq!((received.flow, received.local, received.remote), (flow, address, remote));
    }
    let statistics = handle.statistics();
    assert_eq!((statistics.received, statistics.sent, statistics.dropped), (2, 2, 0));
    handle.stop().await;
    assert_eq!(running.await.unwrap().inputs, 2);
    assert!(events.next().await.is_none(), "a stopped driver has no more events");
    assert_eq!(handle.call(|core, _| core.inputs).await, Err(Stopped));
}

#[tokio::test]
async fn the_tap_sees_every_byte_both_ways() {
    let listener = loopback().await;
    let address = listener.local_addr();
    let tap = SharedTap::new(1 << 20);
    let second = SharedTap::new(1 << 20);
    let driver =
        Driver::new(Echo::default(), NoWorld, vec![listener]).tap(tap.clone()).tap(second.clone());
    tokio::spawn(driver.run());

    let peer = peer().await;
    let before = Instant::now();
    let messages: [&[u8]; 4] = [b"one", b"", &[0; 9000], b"\xff\r\n\0"];
    for message in messages {
        peer.send_to(message, address).await.unwrap();
        assert_eq!(receive(&peer).await.0, message);
    }
    // The last echo may be read here before the driver has told its tap of it.
    until(|| tap.entries().len() == 8 && second.entries().len() == 8).await;
    for (at, entry) in tap.entries().iter().enumerate() {
        assert_eq!(entry.bytes, messages[at / 2]);
        assert_eq!(entry.way, if at % 2 == 0 { Way::Received } else { Way::Sent });
        assert_eq!((entry.wire.local, entry.wire.remote), (address, peer.local_addr().unwrap()));
        assert!(entry.wire.at >= before && entry.wire.at <= Instant::now());
    }
    assert_eq!(tap.entries().len(), second.entries().len());
}

#[tokio::test]
async fn timers_ring_on_time_and_again() {
    let listener = loopback().await;
    let peer = peer().await;
    let to = Target::udp(peer.local_addr().unwrap());
    let driver = Driver::new(Echo::default(), NoWorld, vec![listener]);
    let handle = driver.handle();
    tokio::spawn(driver.run());

    let interval = Duration::from_millis(20);
    let started = Instant::now();
    handle.call(move |core, now| core.ping(now, to.into(), interval, 3)).await.unwrap();
    for number in 0..3 {
        assert_eq!(receive(&peer).await.0, format!("ping {number}").into_bytes());
    }
    assert!(started.elapsed() >= 3 * interval);
    handle.until(|core| core.pings_left() == 0).await.unwrap();
}

#[tokio::test]
async fn a_timer_that_moves_earlier_is_heard() {
    let listener = loopback().await;
    let peer = peer().await;
    let to = To::from(Target::udp(peer.local_addr().unwrap()));
    let driver = Driver::new(Echo::default(), NoWorld, vec![listener]);
    let handle = driver.handle();
    tokio::spawn(driver.run());

    let far = to.clone();
    handle.call(move |core, now| core.ping(now, far, Duration::from_hours(1), 1)).await.unwrap();
    handle.call(move |core, now| core.ping(now, to, Duration::from_millis(1), 1)).await.unwrap();
    assert_eq!(receive(&peer).await.0, b"ping 0");
}

#[tokio::test]
async fn what_cannot_be_sent_comes_back_with_its_ticket() {
    let driver = Driver::new(Echo::default(), NoWorld, vec![loopback().await]);
    let (handle, events) = (driver.handle(), driver.events());
    tokio::spawn(driver.run());

    let v6: SocketAddr = "[::1]:5060".parse().unwrap();
    let here = std::net::IpAddr::from([127, 0, 0, 1]);
    let nowhere = FlowId::Datagram { listener: 7, local: here, peer: v6 };
    let peer = "127.0.0.1:9".parse().unwrap();
    let udp = FlowId::Datagram { listener: 0, local: here, peer };
    let cases = [
        (To::from(nowhere), 4, TransportError::UnknownFlow),
        (To::from(FlowId::Connection(1)), 4, TransportError::UnknownFlow),
        (To::from(Target::udp(v6)), 4, TransportError::Unreachable),
        (To::from(udp), 65_535, TransportError::TooLarge),
    ];
    for (number, (to, size, expected)) in (1..).zip(cases) {
        let transmit = Transmit { to, bytes: vec![0; size].into(), ticket: Ticket(number) };
        handle.call(move |core, _| core.send(transmit)).await.unwrap();
        let Some(Heard::Failed(ticket, reason)) = events.next().await else { panic!("a failure") };
        assert_eq!((ticket, reason), (Ticket(number), expected));
    }
    assert_eq!(handle.statistics().send_errors, 4);
}

/// Holds the core up until the sender is dropped.
async fn hold(handle: &DriverHandle<Echo>) -> std::sync::mpsc::Sender<()> {
    let (entered, is_held) = tokio::sync::oneshot::channel();
    let (let_go, held) = std::sync::mpsc::channel();
    let handle = handle.clone();
    tokio::spawn(async move {
        handle
            .call(move |_, _| {
                entered.send(()).unwrap();
                // Ends with an error, when the other end is dropped.
                let _ = held.recv();
            })
            .await
    });
    is_held.await.unwrap();
    let_go
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_full_input_queue_drops_and_counts() {
    const FLOOD: u64 = 100;
    let listener = loopback().await;
    let address = listener.local_addr();
    let mut limits = DriverLimits::default();
    limits.inputs = 4;
    let driver = Driver::with_limits(Echo::default(), NoWorld, vec![listener], limits);
    let handle = driver.handle();
    tokio::spawn(driver.run());

    // The reader has its first turn on the core's own worker, before that is held up.
    let peer = peer().await;
    peer.send_to(b"first", address).await.unwrap();
    assert_eq!(receive(&peer).await.0, b"first");

    let held = hold(&handle).await;
    for _ in 0..FLOOD {
        peer.send_to(b"flood", address).await.unwrap();
    }
    until(|| handle.statistics().dropped == FLOOD - 4).await;
    assert_eq!(handle.statistics().received, 1 + FLOOD);

    drop(held);
    handle.until(|core| core.inputs == 1 + 4).await.unwrap();
    // The queue is open again.
    peer.send_to(b"after", address).await.unwrap();
    handle.until(|core| core.inputs == 1 + 5).await.unwrap();
    assert_eq!(handle.statistics().dropped, FLOOD - 4);
}

/// Sends so many copies, each small enough for all of them to wait in the socket.
async fn send(from: &str, to: SocketAddr, message: &str, times: usize) {
    let socket = UdpSocket::bind(from).await.unwrap();
    for _ in 0..times {
        socket.send_to(message.as_bytes(), to).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn live_calls_and_trunks_get_in_while_strangers_new_work_is_shed_and_counted() {
    const STRANGER: &str = "127.0.3.1:0";
    const TRUNK: &str = "127.0.2.1:0";
    let listener = UdpListener::bind("127.0.1.1:0").await.unwrap();
    let address = listener.local_addr();
    let mut limits = DriverLimits::default();
    limits.inputs = 64;
    let mut options = StreamOptions::default();
    options.trusted = vec!["127.0.2.0/24".parse().unwrap()];
    let driver = Driver::with_limits(Echo::default(), NoWorld, [listener], limits);
    let driver = driver.streams(options);
    let (handle, events) = (driver.handle(), driver.events());
    tokio::spawn(driver.run());
    let counted = || {
        let counted = handle.statistics();
        (counted.received, counted.shed, counted.dropped)
    };

    // The reader has its first turn on the core's own worker, before that is held up.
    send(STRANGER, address, "ready", 1).await;
    events.next().await.unwrap();
    let held = hold(&handle).await;

    // The last quarter of the queue, less the place that makes it so, is kept from new work.
    send(STRANGER, address, "INVITE sip:a@b SIP/2.0", 150).await;
    send(STRANGER, address, "OPTIONS sip:a@b SIP/2.0", 50).await;
    until(|| counted() == (201, 200 - 49, 0)).await;
    // What belongs to calls gets in from anywhere, and a trunk's new call does.
    send(STRANGER, address, "BYE sip:a@b SIP/2.0", 4).await;
    send(STRANGER, address, "SIP/2.0 200 OK", 4).await;
    send(TRUNK, address, "INVITE sip:a@b SIP/2.0", 4).await;
    until(|| counted() == (213, 151, 0)).await;
    // Full is full, for everybody.
    send(TRUNK, address, "ACK sip:a@b SIP/2.0", 8).await;
    until(|| counted() == (221, 151, 5)).await;

    drop(held);
    let mut heard = BTreeMap::new();
    for _ in 0..221 - 151 - 5 - 1 {
        let Some(Heard::Input(input)) = events.next().await else { panic!("an input") };
        let text = String::from_utf8(input.bytes.to_vec()).unwrap();
        let word = text.split(' ').next().unwrap().to_owned();
        *heard.entry((word, input.remote.ip().to_string())).or_insert(0) += 1;
    }
    let heard: Vec<_> =
        heard.iter().map(|((word, from), times)| (&**word, &**from, *times)).collect();
    assert_eq!(
        heard,
        [
            ("ACK", "127.0.2.1", 3),
            ("BYE", "127.0.3.1", 4),
            ("INVITE", "127.0.2.1", 4),
            ("INVITE", "127.0.3.1", 49),
            ("SIP/2.0", "127.0.3.1", 4),
        ]
    );
    assert!(events.try_next().is_none(), "each datagram was either heard or counted");
}

#[tokio::test]
async fn events_that_nobody_reads_hold_nothing_up() {
    let listener = loopback().await;
    let address = listener.local_addr();
    let mut limits = DriverLimits::default();
    limits.events = 2;
    let driver = Driver::with_limits(Echo::default(), NoWorld, vec![listener], limits);
    let (handle, events) = (driver.handle(), driver.events());
    tokio::spawn(driver.run());

    let peer = peer().await;
    for number in 0..5_u8 {
        peer.send_to(&[number], address).await.unwrap();
        assert_eq!(receive(&peer).await.0, [number]);
    }
    handle.until(|core| core.inputs == 5).await.unwrap();
    assert_eq!(events.dropped(), 3);
    for number in 3..5_u8 {
        let Some(Heard::Input(received)) = events.next().await else { panic!("an input") };
        assert_eq!(received.bytes, [number][..]);
    }
    assert!(events.try_next().is_none());
}

/// Answers each question with its double; media commands come back as events.
struct Doubling {
    replies: mpsc::UnboundedReceiver<Reply<Asking>>,
    answers: mpsc::UnboundedSender<Reply<Asking>>,
}

impl World<Asking> for Doubling {
    fn ask(&mut self, id: QuestionId, question: u32) {
        let answers = self.answers.clone();
        tokio::spawn(async move { answers.send(Reply::Answer(id, question * 2)).ok() });
    }

    fn command(&mut self, command: &'static str) {
        self.answers.send(Reply::Media(command)).ok();
    }

    fn poll_reply(&mut self, context: &mut Context<'_>) -> Poll<Reply<Asking>> {
        self.replies.poll_recv(context).map(|reply| reply.expect("the world keeps a sender"))
    }
}

#[tokio::test]
async fn questions_are_answered_and_media_commands_obeyed() {
    let (answers, replies) = mpsc::unbounded_channel();
    let driver =
        Driver::new(Asking::default(), Doubling { replies, answers }, Vec::<UdpListener>::new());
    let (handle, events) = (driver.handle(), driver.events());
    tokio::spawn(driver.run());

    for question in [3, 21] {
        let asked = handle.call(move |core, _| core.ask(question)).await.unwrap();
        assert_eq!(events.next().await, Some(Told::Answer(asked, question * 2)));
    }
    handle.call(|core, _| core.media("open")).await.unwrap();
    assert_eq!(events.next().await, Some(Told::Media("open")));
}

#[tokio::test]
async fn a_condition_is_looked_at_now_and_after_each_step() {
    let listener = loopback().await;
    let address = listener.local_addr();
    let driver = Driver::new(Echo::default(), NoWorld, vec![listener]);
    let handle = driver.handle();
    tokio::spawn(driver.run());

    handle.until(|core| core.inputs == 0).await.unwrap();
    // One that nobody waits for any more is forgotten.
    let mut forgotten = Box::pin(handle.until(|_| false));
    assert!(futures_pending(&mut forgotten).await);
    drop(forgotten);
    let peer = peer().await;
    let reached = async { handle.until(|core| core.inputs == 2).await };
    let sent = async {
        peer.send_to(b"1", address).await.unwrap();
        peer.send_to(b"2", address).await.unwrap();
    };
    assert_eq!(tokio::join!(reached, sent).0, Ok(()));
    // Who waits when the driver ends is told.
    let ends = async { handle.until(|_| false).await };
    let stop = async { handle.stop().await };
    assert_eq!(tokio::join!(ends, stop).0, Err(Stopped));
}

#[tokio::test]
async fn a_taken_port_and_a_bad_address_are_typed_errors() {
    let taken = loopback().await;
    let address = taken.local_addr();
    let refused = UdpListener::bind(address).await;
    assert!(matches!(refused, Err(BindError::Socket { address: told, .. }) if told == address));
    let nonsense = UdpListener::bind("not an address\r\n").await.unwrap_err();
    assert!(matches!(nonsense, BindError::Address { .. }));
    assert!(!nonsense.to_string().contains('\n'));
}

/// Polls once.
async fn futures_pending<F: Future + Unpin>(future: &mut F) -> bool {
    std::future::poll_fn(|context| {
        Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
    })
    .await
}
