//! UDP sockets of hosts with several addresses, large datagrams, and what the system tells of others.

#[path = "support/recorder.rs"]
mod recorder;
#[path = "support/sockets.rs"]
mod sockets;

use std::net::{IpAddr, SocketAddr};

use recorder::{Heard, Recorder};
use siptrunk_net::{Driver, DriverHandle, Events, NoWorld, SharedTap, UdpListener, UdpOptions};
use siptrunk_transaction::{FlowId, Target, Transmit};
use sockets::{receive, until};
use tokio::net::UdpSocket;

struct Running {
    handle: DriverHandle<Recorder>,
    events: Events<Heard>,
    tap: SharedTap,
}

fn run(listeners: Vec<UdpListener>) -> Running {
    let tap = SharedTap::new(1 << 20);
    let driver = Driver::new(Recorder::new(true), NoWorld, listeners).tap(tap.clone());
    let (handle, events) = (driver.handle(), driver.events());
    tokio::spawn(driver.run());
    Running { handle, events, tap }
}

impl Running {
    async fn input(&self) -> siptrunk_transaction::Received {
        match self.events.next().await {
            Some(Heard::Input(received)) => received,
            Some(Heard::Flow(event)) => panic!("{event:?}"),
            None => panic!("the driver ended"),
        }
    }
}

#[tokio::test]
async fn a_reply_leaves_from_the_address_that_was_asked() {
    let listener = UdpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().port();
    let running = run(vec![listener]);
    for address in ["127.0.1.1", "127.0.2.7", "127.0.0.1", "127.0.1.1"] {
        let address = SocketAddr::new(address.parse().unwrap(), port);
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        peer.send_to(b"x", address).await.unwrap();
        assert_eq!(receive(&peer).await, (b"x".to_vec(), address));
        let received = running.input().await;
        let flow =
            FlowId::Datagram { listener: 0, local: address.ip(), peer: peer.local_addr().unwrap() };
        assert_eq!((received.local, received.flow), (address, flow));
    }
    until(|| running.tap.entries().len() == 8).await;
    let wire = running.tap.entries()[3].wire;
    assert_eq!(wire.local, ([127, 0, 2, 7], port).into(), "the tap says where from");
}

#[tokio::test]
async fn both_families_stand_apart_on_one_port() {
    let v6 = UdpListener::bind("[::]:0").await.unwrap();
    let port = v6.local_addr().port();
    let v4 = UdpListener::bind(("0.0.0.0", port)).await.unwrap();
    let running = run(vec![v6, v4]);
    for (number, from, to) in [(0, "[::1]:0", "::1"), (1, "127.0.0.1:0", "127.0.3.1")] {
        let peer = UdpSocket::bind(from).await.unwrap();
        let to = SocketAddr::new(to.parse().unwrap(), port);
        peer.send_to(b"x", to).await.unwrap();
        assert_eq!(receive(&peer).await.1, to);
        let received = running.input().await;
        assert_eq!((received.local, received.remote), (to, peer.local_addr().unwrap()));
        let FlowId::Datagram { listener, .. } = received.flow else { panic!("a datagram") };
        assert_eq!(listener, number);
    }
}

#[tokio::test]
async fn requests_leave_from_the_address_that_peers_know() {
    let listener = UdpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().port();
    let ours = IpAddr::from([127, 0, 1, 9]);
    let running = run(vec![listener.leaves_from(ours)]);
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let target = Target::udp(peer.local_addr().unwrap());
    let unsaid =
        FlowId::Datagram { listener: 0, local: IpAddr::from([0, 0, 0, 0]), peer: target.address };
    for transmit in [Transmit::new(target, "one"), Transmit::new(unsaid, "two")] {
        running.handle.call(|core, _| core.send(transmit)).await.unwrap();
        assert_eq!(receive(&peer).await.1, (ours, port).into());
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_nobodys_source() {
    for other in ["203.0.113.7", "0.0.0.0", "::1"] {
        let listener = UdpListener::bind("0.0.0.0:0").await.unwrap();
        let running = run(vec![listener.leaves_from(other.parse().unwrap())]);
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let transmit = Transmit::new(Target::udp(peer.local_addr().unwrap()), "x");
        running.handle.call(|core, _| core.send(transmit)).await.unwrap();
        assert_eq!(receive(&peer).await.1.ip(), IpAddr::from([127, 0, 0, 1]), "{other}");
    }
    // A socket that has an address keeps it.
    let listener = UdpListener::bind("127.0.1.1:0").await.unwrap();
    let bound = listener.local_addr();
    let running = run(vec![listener.leaves_from([127, 0, 1, 2].into())]);
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let transmit = Transmit::new(Target::udp(peer.local_addr().unwrap()), "x");
    running.handle.call(|core, _| core.send(transmit)).await.unwrap();
    assert_eq!(receive(&peer).await.1, bound);
}

#[tokio::test]
async fn rows_keep_order_and_boundaries() {
    let listener = UdpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    // Several rows' worth wait before the first is read; some are of one length, some empty.
    let datagrams: Vec<Vec<u8>> = (0..200_u8)
        .map(|at| vec![at; if at % 3 == 0 { 700 } else { usize::from(at % 5) * 9 }])
        .collect();
    for datagram in &datagrams {
        peer.send_to(datagram, address).await.unwrap();
    }
    let largest = vec![7; 65_507];
    peer.send_to(&largest, address).await.unwrap();
    let running = run(vec![listener]);
    for datagram in datagrams.iter().chain([&largest]) {
        assert_eq!(running.input().await.bytes, datagram[..]);
    }
}

/// A peer that is gone makes the system report it, and such a report fails whatever is sent next.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_refuses_is_counted_and_costs_nobody_else_a_datagram() {
    let listener = UdpListener::bind("127.0.0.1:0").await.unwrap();
    let running = run(vec![listener]);
    let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for number in 0..50_u8 {
        let to_gone = Transmit::new(Target::udp(gone), "nobody hears");
        let to_peer = Transmit::new(Target::udp(peer.local_addr().unwrap()), vec![number]);
        running
            .handle
            .call(|core, _| {
                core.send(to_gone);
                core.send(to_peer);
            })
            .await
            .unwrap();
        assert_eq!(receive(&peer).await.0, [number]);
    }
    until(|| running.handle.statistics().unreachable == 50).await;
    let counted = running.handle.statistics();
    assert_eq!((counted.sent, counted.send_errors, counted.receive_errors), (100, 0, 0));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_the_kernel_drops_is_counted_too() {
    const FLOOD: u64 = 5_000;
    let mut options = UdpOptions::default();
    options.receive_buffer = 8 << 10;
    let listener = UdpListener::bind_with("127.0.0.1:0".parse().unwrap(), options).unwrap();
    let address = listener.local_addr();
    let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let driver = Driver::new(Recorder::new(true), NoWorld, vec![listener]);
    let handle = driver.handle();
    // Nobody reads yet: the driver does not run.
    for _ in 0..FLOOD {
        peer.send_to(&[0; 500], address).unwrap();
    }
    let dropped = handle.statistics().kernel_dropped;
    assert!(dropped > FLOOD / 2, "{dropped}");
    let running = tokio::spawn(driver.run());
    until(|| handle.statistics().received == FLOOD - dropped).await;
    assert_eq!(handle.statistics().kernel_dropped, dropped);
    handle.stop().await;
    running.await.unwrap();
    assert_eq!(handle.statistics().kernel_dropped, dropped, "also when the socket is gone");
}
