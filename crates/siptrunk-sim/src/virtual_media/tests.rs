use std::time::Duration;

use siptrunk_media::LegMedia;
use siptrunk_rtp::{PacketBuilder, Sequence, Timestamp};

use super::*;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn packet(payload_type: u8) -> Bytes {
    let builder = PacketBuilder {
        payload_type,
        marker: false,
        sequence: Sequence(1),
        timestamp: Timestamp(160),
        ssrc: 7,
    };
    let mut out = [0_u8; 172];
    let length = builder.write_into(&mut out, &[0xff; 160]).unwrap();
    Bytes::copy_from_slice(&out[..length])
}

fn leg(remote: &str, map: Vec<(u8, u8)>) -> LegMedia {
    let remote = address(remote);
    LegMedia {
        remote: Some(remote),
        remote_rtcp: Some(SocketAddr::new(remote.ip(), remote.port() + 1)),
        may_send: true,
        may_receive: true,
        payload_map: map,
        ..LegMedia::default()
    }
}

const A: &str = "127.0.2.1:4000";
const B: &str = "127.0.3.1:4000";

/// One session with both legs told.
fn session(now: Instant) -> (VirtualMedia, MediaSessionId, (SocketAddr, SocketAddr)) {
    let mut media = VirtualMedia::new("127.0.1.1".parse().unwrap(), 20_000..=20_007);
    let id = MediaSessionId(1);
    let ports = media.allocate(now, id).unwrap();
    for (side, remote, map) in [(Side::A, A, vec![(0, 0), (101, 96)]), (Side::B, B, vec![(0, 0)])] {
        let leg = leg(remote, map);
        media.handle_command(now, MediaCommand::Update { session: id, side, leg });
    }
    (media, id, ports)
}

#[test]
fn packets_go_from_one_leg_to_the_other_with_the_number_of_that_side() {
    let now = Instant::now();
    let (mut media, _, (a, b)) = session(now);
    assert_eq!((a, b), (address("127.0.1.1:20000"), address("127.0.1.1:20002")));
    assert!(media.owns(a) && !media.owns(address("127.0.1.1:20008")) && !media.owns(address(A)));

    let datagram = Datagram { from: address(A), to: a, bytes: packet(101) };
    let out = media.handle_datagram(now, &datagram).expect("forwarded");
    assert_eq!((out.from, out.to), (b, address(B)));
    assert_eq!(out.bytes[1], 96);

    let datagram = Datagram { from: address(B), to: b, bytes: packet(0) };
    let out = media.handle_datagram(now, &datagram).expect("forwarded");
    assert_eq!((out.from, out.to), (a, address(A)));
    assert!(matches!(media.poll_event(), Some(MediaEvent::FirstPacket { side: Side::A, .. })));
}

#[test]
fn a_stranger_is_not_forwarded_and_no_port_is_no_harm() {
    let now = Instant::now();
    let (mut media, _, (a, _)) = session(now);
    let stranger = Datagram { from: address("203.0.113.9:9"), to: a, bytes: packet(0) };
    assert_eq!(media.handle_datagram(now, &stranger), None);
    let to = address("127.0.1.1:20006");
    assert_eq!(media.handle_datagram(now, &Datagram { to, ..stranger }), None);
    assert_eq!(media.stray(), 1);
}

#[test]
fn a_used_up_range_gives_nothing_and_closing_gives_ports_back() {
    let now = Instant::now();
    let (mut media, id, first) = session(now);
    assert_eq!(media.allocate(now, id), None, "it has its ports");
    assert!(media.allocate(now, MediaSessionId(2)).is_some());
    assert_eq!(media.allocate(now, MediaSessionId(3)), None);
    assert_eq!(media.sessions(), 2);

    media.handle_command(now, MediaCommand::Close { session: id });
    let closed = std::iter::from_fn(|| media.poll_event()).last();
    assert!(matches!(closed, Some(MediaEvent::Closed { session, .. }) if session == id));
    media.handle_command(now, MediaCommand::Close { session: id });
    assert_eq!(media.poll_event(), None, "closed once");
    assert_eq!(media.allocate(now, MediaSessionId(3)), Some(first));
}

#[test]
fn ports_that_were_just_given_back_are_used_last() {
    let now = Instant::now();
    let (mut media, id, first) = session(now);
    media.handle_command(now, MediaCommand::Close { session: id });
    let next = media.allocate(now, MediaSessionId(2)).unwrap();
    assert_ne!(next, first);
    let late = Datagram { from: address(A), to: first.0, bytes: packet(0) };
    assert_eq!(media.handle_datagram(now, &late), None);
    assert_eq!(media.stray(), 1);
    assert_eq!(media.allocate(now, MediaSessionId(3)), Some(first));
}

#[test]
fn silence_is_reported_by_the_clock() {
    let now = Instant::now();
    let (mut media, _, (a, _)) = session(now);
    media.handle_datagram(now, &Datagram { from: address(A), to: a, bytes: packet(0) });
    while media.poll_event().is_some() {}
    let at = media.poll_timeout().expect("a silence timer runs");
    assert!(at > now && at <= now + Duration::from_secs(60));
    media.handle_timeout(at);
    assert!(matches!(media.poll_event(), Some(MediaEvent::Silence { .. })));
}
