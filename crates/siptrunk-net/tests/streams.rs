//! TCP connections on real sockets: framing, deadlines, bounds, reuse, keep-alives, and their end.

#[path = "support/recorder.rs"]
mod recorder;

use std::{net::SocketAddr, time::Duration};

use recorder::{Heard, Recorder};
use siptrunk_message::Transport;
use siptrunk_net::{
    Driver, DriverHandle, Events, NoWorld, SharedTap, StreamListener, StreamOptions,
};
use siptrunk_transaction::{FlowEvent, FlowId, Target, Ticket, Transmit, TransportError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Longer than anything here takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

const MESSAGE: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 4\r\n\r\nbody";

/// A deadline that passes while the test waits for what it brings about.
const SHORT: Duration = Duration::from_millis(40);

struct Running {
    address: SocketAddr,
    handle: DriverHandle<Recorder>,
    events: Events<Heard>,
    tap: SharedTap,
}

impl Running {
    async fn heard(&self) -> Heard {
        timeout(PATIENCE, self.events.next()).await.expect("an event in time").expect("running")
    }

    async fn send(&self, target: Target, bytes: &'static [u8], ticket: u64) {
        let transmit = Transmit { ticket: Ticket(ticket), ..Transmit::new(target, bytes) };
        self.handle.call(move |core, _| core.send(transmit)).await.unwrap();
    }
}

fn start_at(address: &str, options: StreamOptions) -> Running {
    let listener = StreamListener::tcp(address.parse().unwrap()).unwrap();
    let address = listener.local_addr();
    let tap = SharedTap::new(1 << 20);
    let driver =
        Driver::new(Recorder::new(true), NoWorld, [listener]).streams(options).tap(tap.clone());
    let (handle, events) = (driver.handle(), driver.events());
    tokio::spawn(driver.run());
    Running { address, handle, events, tap }
}

fn start(options: StreamOptions) -> Running {
    start_at("127.0.0.1:0", options)
}

/// The defaults with a change.
fn with(change: impl FnOnce(&mut StreamOptions)) -> StreamOptions {
    let mut options = StreamOptions::default();
    change(&mut options);
    options
}

fn tcp(address: SocketAddr) -> Target {
    Target { transport: Transport::Tcp, address, domain: None }
}

async fn read(stream: &mut TcpStream, octets: usize) -> Vec<u8> {
    let mut read = vec![0; octets];
    timeout(PATIENCE, stream.read_exact(&mut read)).await.expect("octets in time").unwrap();
    read
}

/// Reads until the other side closes.
async fn read_all(stream: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    // A reset ends it as well as a FIN.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut read)).await.expect("closed in time");
    read
}

#[tokio::test]
async fn a_stream_is_cut_into_messages_at_any_place() {
    let running = start(StreamOptions::default());
    let mut peer = TcpStream::connect(running.address).await.unwrap();
    peer.set_nodelay(true).unwrap();
    let twice = [MESSAGE, MESSAGE].concat();
    for split in [1, 20, MESSAGE.len() - 1, MESSAGE.len(), MESSAGE.len() + 7] {
        peer.write_all(&twice[..split]).await.unwrap();
        tokio::task::yield_now().await;
        peer.write_all(&twice[split..]).await.unwrap();
        assert_eq!(read(&mut peer, twice.len()).await, twice, "split at {split}");
        for _ in 0..2 {
            let Heard::Input(received) = running.heard().await else { panic!("a message") };
            assert_eq!((&received.bytes[..], received.transport), (MESSAGE, Transport::Tcp));
            assert_eq!(received.flow, FlowId::Connection(1));
            assert_eq!(received.local, running.address);
            assert_eq!(received.remote, peer.local_addr().unwrap());
        }
    }
    let entries = running.tap.entries();
    assert_eq!(entries.len(), 20);
    assert!(entries.iter().all(|entry| entry.wire.transport == Transport::Tcp));
}

#[tokio::test]
async fn a_ping_is_answered_and_single_crlfs_are_not() {
    let running = start(StreamOptions::default());
    let mut peer = TcpStream::connect(running.address).await.unwrap();
    peer.write_all(b"\r\n\r\n").await.unwrap();
    assert_eq!(read(&mut peer, 2).await, b"\r\n");
    peer.write_all(b"\r\n").await.unwrap();
    peer.write_all(MESSAGE).await.unwrap();
    assert_eq!(read(&mut peer, MESSAGE.len()).await, MESSAGE, "no pong before it");
}

#[tokio::test]
async fn what_cannot_be_framed_ends_the_connection() {
    let running = start(StreamOptions::default());
    let heads: [&[u8]; 4] = [
        b"OPTIONS sip:a@b SIP/2.0\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 1\r\n\r\nx",
        b"\x16\x03\x01\x02\x00\x01",
    ];
    for (at, head) in heads.into_iter().enumerate() {
        let mut peer = TcpStream::connect(running.address).await.unwrap();
        peer.write_all(head).await.unwrap();
        assert_eq!(read_all(&mut peer).await, b"");
        let Heard::Flow(FlowEvent::Closed { reason, .. }) = running.heard().await else {
            panic!("closed")
        };
        assert_eq!(reason, TransportError::NotFramed);
        assert_eq!(running.handle.statistics().framing_errors, at as u64 + 1);
    }
}

#[tokio::test]
async fn a_slow_message_and_a_silent_stranger_are_not_waited_for() {
    let running = start(with(|options| options.assembly = SHORT));
    // Nothing at all; a keep-alive alone; the beginning of a first message; of a second one.
    for octets in [&b""[..], b"\r\n", &MESSAGE[..9], &[MESSAGE, &MESSAGE[..9]].concat()] {
        let mut peer = TcpStream::connect(running.address).await.unwrap();
        peer.write_all(octets).await.unwrap();
        read_all(&mut peer).await;
        let reason = loop {
            if let Heard::Flow(FlowEvent::Closed { reason, .. }) = running.heard().await {
                break reason;
            }
        };
        assert_eq!(reason, TransportError::TimedOut, "{octets:?}");
    }
}

#[tokio::test]
async fn an_octet_now_and_then_does_not_move_the_deadline() {
    let running = start(with(|options| options.assembly = SHORT));
    let peer = TcpStream::connect(running.address).await.unwrap();
    let (mut reader, mut writer) = peer.into_split();
    let dripping = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(SHORT / 8);
        for octet in MESSAGE.iter().cycle() {
            ticks.tick().await;
            if writer.write_all(&[*octet]).await.is_err() {
                return;
            }
        }
    });
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, reader.read_to_end(&mut rest)).await.expect("closed in time");
    dripping.abort();
    assert_eq!(rest, b"");
    assert!(matches!(
        running.heard().await,
        Heard::Flow(FlowEvent::Closed { reason: TransportError::TimedOut, .. })
    ));
}

#[tokio::test]
async fn strangers_may_not_rest_and_trunks_may() {
    let (idle, trusted) = (SHORT, vec!["127.0.2.0/24".parse().unwrap()]);
    let running = start_at(
        "127.0.1.1:0",
        with(|options| {
            (options.idle, options.assembly, options.trusted) = (idle, SHORT, trusted);
        }),
    );
    let mut trunk = connect_from("127.0.2.1:0", running.address).await;
    let mut stranger = connect_from("127.0.3.1:0", running.address).await;
    stranger.write_all(MESSAGE).await.unwrap();
    assert_eq!(read_all(&mut stranger).await, MESSAGE, "answered, then left");
    // The trunk was there before, said nothing for as long, and is still heard.
    trunk.write_all(MESSAGE).await.unwrap();
    assert_eq!(read(&mut trunk, MESSAGE.len()).await, MESSAGE);
}

async fn connect_from(local: &str, remote: SocketAddr) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(local.parse().unwrap()).unwrap();
    socket.connect(remote).await.unwrap()
}

#[tokio::test]
async fn a_source_has_its_share_and_gets_it_back() {
    let running = start(with(|options| options.per_source = 2));
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut peer = TcpStream::connect(running.address).await.unwrap();
        peer.write_all(MESSAGE).await.unwrap();
        read(&mut peer, MESSAGE.len()).await;
        held.push(peer);
    }
    let mut third = TcpStream::connect(running.address).await.unwrap();
    assert_eq!(read_all(&mut third).await, b"");
    assert_eq!(running.handle.statistics().connections_refused, 1);
    drop(held);
    for _ in 0..4 {
        running.heard().await;
    }
    let mut fourth = TcpStream::connect(running.address).await.unwrap();
    fourth.write_all(MESSAGE).await.unwrap();
    assert_eq!(read(&mut fourth, MESSAGE.len()).await, MESSAGE);
}

#[tokio::test]
async fn one_connection_serves_a_target_until_it_closes() {
    let running = start_at("127.0.1.2:0", StreamOptions::default());
    let far = TcpListener::bind("127.0.2.2:0").await.unwrap();
    let target = tcp(far.local_addr().unwrap());
    running.send(target.clone(), b"one", 1).await;
    running.send(target.clone(), b"two", 2).await;
    let (mut peer, from) = far.accept().await.unwrap();
    assert_eq!(from.ip(), running.address.ip(), "it leaves from the listener's address");
    assert_eq!(read(&mut peer, 6).await, b"onetwo");
    let first = FlowId::Connection(1);
    for ticket in [1, 2] {
        let Heard::Flow(FlowEvent::Opened { ticket: opened, flow, .. }) = running.heard().await
        else {
            panic!("opened")
        };
        assert_eq!((opened, flow), (Ticket(ticket), first));
    }
    running.send(target.clone(), b"three", 3).await;
    assert_eq!(read(&mut peer, 5).await, b"three");
    assert!(
        matches!(running.heard().await, Heard::Flow(FlowEvent::Opened { ticket: Ticket(3), flow, .. }) if flow == first)
    );
    peer.write_all(MESSAGE).await.unwrap();
    assert!(matches!(running.heard().await, Heard::Input(input) if input.flow == first));
    assert_eq!(read(&mut peer, MESSAGE.len()).await, MESSAGE);

    drop(peer);
    let Heard::Flow(FlowEvent::Closed { flow, reason: TransportError::Closed }) =
        running.heard().await
    else {
        panic!("closed")
    };
    assert_eq!(flow, first);
    running.send(target, b"four", 4).await;
    let (mut peer, _) = far.accept().await.unwrap();
    assert_eq!(read(&mut peer, 4).await, b"four");
    let Heard::Flow(FlowEvent::Opened { ticket: Ticket(4), flow, .. }) = running.heard().await
    else {
        panic!("opened again")
    };
    assert_ne!(flow, first, "numbers are never used twice");
}

#[tokio::test]
async fn what_does_not_open_fails_its_tickets() {
    let running = start(with(|options| options.connect = SHORT));
    // A port that was free a moment ago: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    running.send(tcp(nobody), b"x", 7).await;
    assert!(matches!(
        running.heard().await,
        Heard::Flow(FlowEvent::Failed { ticket: Ticket(7), reason: TransportError::Refused })
    ));
    let secured = Target { transport: Transport::Tls, ..tcp(nobody) };
    running.send(secured, b"x", 8).await;
    assert!(matches!(
        running.heard().await,
        Heard::Flow(FlowEvent::Failed { ticket: Ticket(8), reason: TransportError::NotSecured })
    ));
    let gone = FlowId::Connection(99);
    let transmit = Transmit { ticket: Ticket(9), ..Transmit::new(gone, &b"x"[..]) };
    running.handle.call(move |core, _| core.send(transmit)).await.unwrap();
    assert!(matches!(
        running.heard().await,
        Heard::Flow(FlowEvent::Failed { ticket: Ticket(9), reason: TransportError::UnknownFlow })
    ));
    assert_eq!(running.handle.statistics().send_errors, 3);
}

#[tokio::test]
async fn a_peer_that_does_not_read_loses_its_connection() {
    static LARGE: [u8; 60_000] = [b'x'; 60_000];
    let running = start(with(|options| options.write_queue = 100_000));
    let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = tcp(far.local_addr().unwrap());
    running.send(target.clone(), &LARGE, 0).await;
    let (_unread, _) = far.accept().await.unwrap();
    // The system's buffers take some megabytes, and then the queue fills.
    let mut ticket = 0;
    let failed = loop {
        match running.heard().await {
            Heard::Flow(FlowEvent::Opened { .. }) => {
                ticket += 1;
                running.send(target.clone(), &LARGE, ticket).await;
            }
            Heard::Flow(FlowEvent::Failed {
                ticket: failed,
                reason: TransportError::QueueFull,
            }) => break failed,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(failed, Ticket(ticket));
    assert!(matches!(
        running.heard().await,
        Heard::Flow(FlowEvent::Closed { reason: TransportError::QueueFull, .. })
    ));
}

#[tokio::test]
async fn a_peer_that_answered_a_ping_must_answer_the_next() {
    let running = start(with(|options| {
        (options.keep_alive, options.pong) = (Some(SHORT), SHORT / 4);
    }));
    let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
    running.send(tcp(far.local_addr().unwrap()), MESSAGE, 1).await;
    let (mut peer, _) = far.accept().await.unwrap();
    assert_eq!(read(&mut peer, MESSAGE.len()).await, MESSAGE);
    // One that never answers may simply not know pings: two go by without harm.
    assert_eq!(read(&mut peer, 8).await, b"\r\n\r\n\r\n\r\n");
    peer.write_all(b"\r\n").await.unwrap();
    assert!(matches!(running.heard().await, Heard::Flow(FlowEvent::Opened { .. })));
    let mut rest = read_all(&mut peer).await;
    rest.retain(|octet| !b"\r\n".contains(octet));
    assert_eq!(rest, b"");
    assert!(matches!(
        running.heard().await,
        Heard::Flow(FlowEvent::Closed { reason: TransportError::TimedOut, .. })
    ));
}

#[tokio::test]
async fn a_stop_writes_what_is_queued() {
    let running = start(StreamOptions::default());
    let mut peer = TcpStream::connect(running.address).await.unwrap();
    peer.write_all(MESSAGE).await.unwrap();
    assert!(matches!(running.heard().await, Heard::Input(_)));
    running.handle.stop().await;
    assert_eq!(read_all(&mut peer).await, MESSAGE);
    running.handle.ended().await;
    assert!(TcpStream::connect(running.address).await.is_err(), "nobody listens any more");
}
