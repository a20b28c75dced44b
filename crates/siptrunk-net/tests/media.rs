//! Media threads on loopback sockets: exact bytes through, ports that run out and come back.

#[path = "support/plane.rs"]
mod plane;

use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use plane::{End, Plane, own_address, rtp};
use siptrunk_media::{DropReason, LegMedia, MediaCommand, MediaEvent, MediaSessionId, Side};
use siptrunk_net::{MediaError, MediaOptions, MediaReport, MediaThreads};

fn start(ports: RangeInclusive<u16>) -> Plane {
    Plane::with(own_address(), ports, |_| {})
}

fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0; 2048];
    let (length, from) = socket.recv_from(&mut buffer).expect("a packet in time");
    (buffer[..length].to_vec(), from)
}

fn above(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port() + 1)
}

/// Commands of one session are obeyed in order and before packets that come after them only if the
/// thread has seen them: a session opened behind them on each thread shows that it has.
fn wait_for_commands(plane: &Plane) {
    for number in [u64::MAX - 1, u64::MAX] {
        assert!(plane.open(number).is_some());
        plane.close(number);
    }
}

#[test]
fn packets_go_through_both_ways_with_their_numbers_mapped() {
    let plane = start(20_000..=20_099);
    let (a, b) = plane.open(1).unwrap();
    assert_eq!((a.ip(), b.ip()), (plane.ip, plane.ip));
    assert_eq!((a.port() % 2, b.port() % 2, a == b), (0, 0, false));
    let (alice, bob) = (End::new(), End::new());
    plane.update(1, Side::A, alice.leg(&[(0, 0), (101, 96)]));
    plane.update(1, Side::B, bob.leg(&[(0, 0), (96, 101)]));
    wait_for_commands(&plane);

    for sequence in 0..50 {
        alice.rtp.send_to(&rtp(0, sequence, 7), a).unwrap();
        assert_eq!(receive(&bob.rtp), (rtp(0, sequence, 7), b));
        bob.rtp.send_to(&rtp(0, 900 + sequence, 9), b).unwrap();
        assert_eq!(receive(&alice.rtp), (rtp(0, 900 + sequence, 9), a));
    }
    alice.rtp.send_to(&rtp(101, 50, 1), a).unwrap();
    assert_eq!(receive(&bob.rtp), (rtp(96, 50, 1), b));
    bob.rtp.send_to(&rtp(96, 950, 1), b).unwrap();
    assert_eq!(receive(&alice.rtp), (rtp(101, 950, 1), a));

    // An empty receiver report (RFC 3550 6.4.2) goes between the ports above.
    let report = [0x80, 201, 0, 1, 0x12, 0x34, 0x56, 0x78];
    alice.rtcp.send_to(&report, above(a)).unwrap();
    assert_eq!(receive(&bob.rtcp), (report.to_vec(), above(b)));

    let (events, statistics) = plane.close(1);
    let first = |side| MediaEvent::FirstPacket { session: MediaSessionId(1), side };
    assert_eq!(events, [first(Side::A), first(Side::B)]);
    for leg in [&statistics.a, &statistics.b] {
        assert_eq!((leg.received_packets, leg.forwarded_packets, leg.lost), (51, 51, 0));
    }
    assert_eq!(statistics.a.rtcp_forwarded, 1);
    let counted = plane.threads.monitor().statistics();
    assert_eq!((counted.sessions, counted.forwarded, counted.unsent), (0, 103, 0));
}

#[test]
fn a_stranger_is_not_let_through() {
    let plane = start(20_000..=20_099);
    let (a, b) = plane.open(1).unwrap();
    let (alice, bob, mallory) = (End::new(), End::new(), End::new());
    plane.update(1, Side::A, alice.leg(&[(0, 0)]));
    plane.update(1, Side::B, bob.leg(&[(0, 0)]));
    wait_for_commands(&plane);

    for sequence in 0..10 {
        mallory.rtp.send_to(&rtp(0, sequence, 66), a).unwrap();
        mallory.rtp.send_to(&rtp(0, sequence, 66), b).unwrap();
    }
    alice.rtp.send_to(&rtp(0, 1, 7), a).unwrap();
    bob.rtp.send_to(&rtp(0, 1, 9), b).unwrap();
    assert_eq!(receive(&bob.rtp).0, rtp(0, 1, 7));
    assert_eq!(receive(&alice.rtp).0, rtp(0, 1, 9));
    let (_, statistics) = plane.close(1);
    assert_eq!(statistics.a.dropped.count(DropReason::WrongSource), 10);
    assert_eq!(statistics.b.dropped.count(DropReason::WrongSource), 10);
}

/// Ends a flood when it goes out of scope.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_flood_at_one_call_costs_the_next_one_nothing() {
    let plane = Plane::with(own_address(), 20_000..=20_099, |options| {
        options.threads = 1;
        // One packet after the other, as fast as they come back: not the pace of audio.
        options.session.packets_per_second = 1_000_000;
    });
    let (alice, bob) = (End::new(), End::new());
    let flooded = plane.open(1).unwrap();
    let (a, b) = plane.open(2).unwrap();
    plane.update(2, Side::A, alice.leg(&[(0, 0)]));
    plane.update(2, Side::B, bob.leg(&[(0, 0)]));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mallory = UdpSocket::bind("127.0.0.1:0").unwrap();
            while !stop.load(Ordering::Relaxed) {
                // A full buffer on the way is no matter.
                let _ = mallory.send_to(&rtp(0, 1, 66), flooded.0);
            }
        });
        // Also when a check below fails.
        let _stop = Stop(&stop);
        for sequence in 0..200 {
            alice.rtp.send_to(&rtp(0, sequence, 7), a).unwrap();
            assert_eq!(receive(&bob.rtp), (rtp(0, sequence, 7), b));
        }
    });
    assert_eq!(plane.close(1).1.a.forwarded_packets, 0);
    assert_eq!(plane.close(2).1.a.forwarded_packets, 200);
}

#[test]
fn ports_run_out_and_come_back() {
    // Four pairs: two calls.
    let plane = start(20_000..=20_007);
    let monitor = plane.threads.monitor();
    assert_eq!((monitor.statistics().ports, monitor.statistics().ports_available), (4, 4));
    let first = plane.open(1).unwrap();
    let second = plane.open(2).unwrap();
    let mut ports = [first.0, first.1, second.0, second.1].map(|address| address.port());
    ports.sort_unstable();
    assert_eq!(ports, [20_000, 20_002, 20_004, 20_006]);
    assert_eq!(plane.open(3), None);
    assert_eq!((monitor.statistics().sessions, monitor.statistics().ports_available), (2, 0));
    plane.close(2);
    assert!(plane.open(4).is_some());
    assert_eq!(plane.open(5), None);
}

#[test]
fn one_pair_is_no_call_and_goes_back() {
    let plane = start(20_000..=20_005);
    assert!(plane.open(1).is_some());
    // One pair is left: it must not be lost by the attempt.
    assert_eq!(plane.open(2), None);
    plane.close(1);
    assert!(plane.open(3).is_some());
    assert_eq!(plane.threads.monitor().statistics().ports_available, 1);
}

#[test]
fn a_closed_port_rests_while_others_are_free() {
    let plane = start(20_000..=20_099);
    let (a, b) = plane.open(1).unwrap();
    plane.close(1);
    for number in 2..=25 {
        let (c, d) = plane.open(number).unwrap();
        assert!(![c, d].contains(&a) && ![c, d].contains(&b), "{a} {b} rest for 5 s");
    }
    // Only the resting ones are left: better those than no call.
    let (c, d) = plane.open(26).unwrap();
    assert!([a, b].contains(&c) && [a, b].contains(&d));
}

#[test]
fn ports_of_other_programs_are_stepped_over() {
    let ip = own_address();
    // Half of the RTP ports, and of the other half one RTCP port.
    let squatters: Vec<_> = (20_000..=20_036)
        .step_by(4)
        .chain([20_003])
        .map(|port| UdpSocket::bind((ip, port)).unwrap())
        .collect();
    let plane = Plane::with(ip, 20_000..=20_039, |_| {});
    for number in 1..=4 {
        assert!(plane.open(number).is_some(), "call {number} of the four that fit");
    }
    assert_eq!(plane.open(5), None);
    drop(squatters);
    assert!(plane.open(6).is_some());
}

#[test]
fn sockets_close_with_the_session_and_with_the_plane() {
    let plane = start(20_000..=20_099);
    let (a, b) = plane.open(1).unwrap();
    let (c, _) = plane.open(2).unwrap();
    assert_eq!(UdpSocket::bind(a).unwrap_err().kind(), ErrorKind::AddrInUse);
    plane.close(1);
    for address in [a, above(a), b, above(b)] {
        drop(UdpSocket::bind(address).unwrap());
    }
    drop(plane);
    drop(UdpSocket::bind(c).unwrap());
}

#[test]
fn silence_is_reported_once_and_ends_with_a_packet() {
    let plane = Plane::with(own_address(), 20_000..=20_099, |options| {
        options.session.silence_after = Duration::from_millis(30);
    });
    let (a, b) = plane.open(1).unwrap();
    let (alice, bob) = (End::new(), End::new());
    plane.update(1, Side::A, alice.leg(&[(0, 0)]));
    let mut leg = bob.leg(&[(0, 0)]);
    leg.may_send = false;
    plane.update(1, Side::B, leg);
    let event = || match plane.report() {
        MediaReport::Event(event) => event,
        other => panic!("{other:?}"),
    };
    let (session, side) = (MediaSessionId(1), Side::A);
    assert_eq!(event(), MediaEvent::Silence { session, side });
    alice.rtp.send_to(&rtp(0, 1, 7), a).unwrap();
    assert_eq!(receive(&bob.rtp), (rtp(0, 1, 7), b));
    let mut after = [event(), event()];
    after.sort_by_key(|event| matches!(event, MediaEvent::Resumed { .. }));
    assert_eq!(after[0], MediaEvent::FirstPacket { session, side });
    assert_eq!(after[1], MediaEvent::Resumed { session, side });
    assert_eq!(event(), MediaEvent::Silence { session, side });
}

#[test]
fn commands_for_nobody_do_no_harm() {
    let plane = start(20_000..=20_099);
    plane.update(7, Side::A, LegMedia::default());
    plane.threads.command(MediaCommand::Close { session: MediaSessionId(7) });
    assert!(plane.open(7).is_some());
    // A second opening under a number that lives is no new session.
    plane.threads.open(MediaSessionId(7));
    let (events, _) = plane.close(7);
    assert!(events.is_empty());
    assert_eq!(plane.threads.monitor().statistics().ports_available, 50);
}

#[test]
fn a_range_without_a_pair_is_refused() {
    let options = MediaOptions::new(own_address(), 20_001..=20_002);
    let refused = MediaThreads::start(options, |_| {});
    assert!(matches!(refused, Err(MediaError::NoPairs { first: 20_001, last: 20_002 })));
}

#[test]
fn an_address_that_is_not_ours_is_refused_at_the_start() {
    // RFC 5737: no machine has it.
    let address = IpAddr::from([192, 0, 2, 1]);
    let refused = MediaThreads::start(MediaOptions::new(address, 20_000..=20_099), |_| {});
    assert!(matches!(refused, Err(MediaError::Address { address: told, .. }) if told == address));
}

#[test]
fn the_advertised_address_is_told() {
    let told = IpAddr::from([203, 0, 113, 7]);
    let plane = Plane::with(own_address(), 20_000..=20_099, |options| {
        options.advertise = Some(told);
    });
    let (a, b) = plane.open(1).unwrap();
    assert_eq!((a.ip(), b.ip()), (told, told));
}
