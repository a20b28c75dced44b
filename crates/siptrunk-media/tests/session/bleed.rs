//! Threats T26 and T27: strangers get nothing and inject nothing, floods and churn cost nothing.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::rig::{
    FRAME, Rig, address, audio, audio_of, dropped, forward, forward_to, leg, rtcp, rtp,
};
use siptrunk_media::{Component, Decision, DropReason, LegMedia, Side};

/// Everybody who is not the pinned address: all its ports, and many hosts.
fn spray() -> impl Iterator<Item = SocketAddr> {
    let own = rtp(Side::A);
    let ports = (1..=u16::MAX).map(move |port| SocketAddr::new(own.ip(), port));
    let hosts = (0..20_000_u32).map(move |host| {
        let ip = Ipv4Addr::from_bits(0x0b00_0000 + host * 7919);
        SocketAddr::new(IpAddr::V4(ip), own.port())
    });
    ports.chain(hosts).filter(move |source| *source != own)
}

#[test]
fn a_spray_bleeds_nothing_and_injects_nothing() {
    let mut rig = Rig::connected();
    let (mut number, mut strangers) = (0, 0);
    for source in spray() {
        let decision = rig.datagram(Side::A, Component::Rtp, source, &mut audio(0, number));
        assert_eq!(decision, dropped(DropReason::WrongSource), "{source}");
        strangers += 1;
        if strangers % 500 == 0 {
            // The call itself goes on, in both directions, to its own ends.
            rig.wait(FRAME);
            number += 1;
            assert_eq!(rig.talk(Side::A, number), forward(Side::B));
            assert_eq!(rig.talk(Side::B, number), forward(Side::A));
        }
    }
    let statistics = rig.session.statistics().a;
    assert_eq!(statistics.dropped.count(DropReason::WrongSource), strangers);
    assert_eq!(statistics.received_packets, u64::from(number));
    assert_eq!((statistics.lost, statistics.ssrc_changes), (0, 0));
}

#[test]
fn with_nat_the_first_fitting_packet_locks_and_then_a_spray_bleeds_nothing() {
    let mut rig = Rig::connected();
    rig.update(Side::A, LegMedia { nat: true, ..leg(Side::A) });
    // Before the lock nothing but the description says where A is.
    assert_eq!(rig.talk(Side::B, 1), forward(Side::A));
    assert_eq!(rig.talk_from(Side::A, "192.0.2.66:31000"), forward(Side::B));
    for source in spray().chain([rtp(Side::A)]) {
        let decision = rig.datagram(Side::A, Component::Rtp, source, &mut audio(0, 2));
        assert_eq!(decision, dropped(DropReason::WrongSource), "{source}");
    }
    let to_a = forward_to(Side::A, Component::Rtp, "192.0.2.66:31000");
    assert_eq!(rig.talk(Side::B, 2), to_a);
}

#[test]
fn what_the_peer_could_not_have_sent_never_locks() {
    let mut rig = Rig::connected();
    let nat = LegMedia { nat: true, ..leg(Side::A) };
    rig.update(Side::A, LegMedia { may_send: false, ..nat.clone() });
    assert_eq!(rig.talk_from(Side::A, "192.0.2.1:1"), dropped(DropReason::NotSending));
    rig.update(Side::A, nat);
    let source = address("192.0.2.1:1");
    for (mut bytes, reason) in [
        (vec![0x80; 5], DropReason::Malformed),
        (audio(8, 1), DropReason::UnmappedPayload),
        (crate::rig::REPORT.to_vec(), DropReason::WrongComponent),
    ] {
        let decision = rig.datagram(Side::A, Component::Rtp, source, &mut bytes);
        assert_eq!(decision, dropped(reason));
    }
    assert_eq!(rig.talk(Side::B, 1), forward(Side::A), "still where the description says");
    assert_eq!(rig.talk(Side::A, 1), forward(Side::B));
    assert_eq!(rig.talk_from(Side::A, "192.0.2.1:1"), dropped(DropReason::WrongSource));
}

#[test]
fn a_lock_outlives_a_hold_and_a_repeated_description_but_not_a_new_address() {
    let mut rig = Rig::connected();
    let nat = LegMedia { nat: true, ..leg(Side::A) };
    rig.update(Side::A, nat.clone());
    assert_eq!(rig.talk_from(Side::A, "192.0.2.66:31000"), forward(Side::B));
    rig.update(Side::A, nat.clone());
    assert_eq!(rig.talk_from(Side::A, "192.0.2.77:1"), dropped(DropReason::WrongSource));

    rig.update(Side::A, LegMedia { remote: None, ..nat.clone() });
    assert_eq!(rig.talk_from(Side::A, "192.0.2.66:31000"), dropped(DropReason::NoAddress));
    assert_eq!(rig.talk(Side::B, 1), dropped(DropReason::NoTarget));
    rig.update(Side::A, nat.clone());
    assert_eq!(rig.talk_from(Side::A, "192.0.2.77:1"), dropped(DropReason::WrongSource));
    assert_eq!(rig.talk_from(Side::A, "192.0.2.66:31000"), forward(Side::B));

    let moved = LegMedia { remote: Some(address("10.0.0.9:4000")), ..nat };
    rig.update(Side::A, moved.clone());
    assert_eq!(rig.talk_from(Side::A, "192.0.2.77:1"), forward(Side::B));

    rig.update(Side::A, LegMedia { nat: false, ..moved });
    assert_eq!(rig.talk_from(Side::A, "192.0.2.77:1"), dropped(DropReason::WrongSource));
    assert_eq!(rig.talk_from(Side::A, "10.0.0.9:4000"), forward(Side::B));
}

#[test]
fn a_new_ssrc_counts_from_the_same_source_only() {
    let mut rig = Rig::connected();
    let mut send = |source, ssrc, number| {
        let mut packet = audio_of(ssrc, 0, number);
        rig.datagram(Side::A, Component::Rtp, source, &mut packet)
    };
    assert_eq!(send(rtp(Side::A), 1, 10), forward(Side::B));
    let stranger = address("198.51.100.1:4001");
    assert_eq!(send(stranger, 2, 500), dropped(DropReason::WrongSource));
    assert_eq!(send(rtp(Side::A), 1, 11), forward(Side::B));
    assert_eq!(rig.session.statistics().a.ssrc_changes, 0);
    let decision = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut audio_of(2, 0, 40_000));
    assert_eq!(decision, forward(Side::B));
    let statistics = rig.session.statistics().a;
    assert_eq!((statistics.ssrc_changes, statistics.lost, statistics.expected), (1, 0, 3));
}

#[test]
fn two_sources_may_take_turns_and_a_thousand_lose_no_count() {
    let mut rig = Rig::connected();
    for number in 0..100 {
        for ssrc in [1, 2] {
            rig.wait(FRAME);
            let mut packet = audio_of(ssrc, 0, number);
            let decision = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut packet);
            assert_eq!(decision, forward(Side::B));
        }
    }
    let statistics = rig.session.statistics().a;
    assert_eq!((statistics.ssrc_changes, statistics.lost, statistics.expected), (1, 0, 200));
    for ssrc in 3..1_003 {
        rig.wait(FRAME);
        let mut packet = audio_of(ssrc, 0, ssrc * 31);
        let decision = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut packet);
        assert_eq!(decision, forward(Side::B));
    }
    let statistics = rig.session.statistics().a;
    assert_eq!((statistics.ssrc_changes, statistics.lost), (1_001, 0));
    assert_eq!((statistics.expected, statistics.received_packets), (1_200, 1_200));
}

/// 200,000 packets a second for two seconds at one port, from the very address of the call.
#[test]
fn a_flood_is_cut_to_the_cap_and_the_other_direction_loses_nothing() {
    let mut rig = Rig::connected();
    let mut packet = audio(0, 1);
    let mut forwarded = 0;
    for millisecond in 0..2_000_u32 {
        for _ in 0..200 {
            let decision = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut packet);
            forwarded += u32::from(decision == forward(Side::B));
        }
        if millisecond % 20 == 0 {
            assert_eq!(rig.talk(Side::B, millisecond / 20), forward(Side::A));
        }
        rig.wait(Duration::from_millis(1));
    }
    // The burst of 100, and 200 a second.
    assert!((499..=500).contains(&forwarded), "{forwarded}");
    let statistics = rig.session.statistics();
    assert_eq!(statistics.a.dropped.count(DropReason::TooFast), u64::from(400_000 - forwarded));
    assert_eq!((statistics.b.forwarded_packets, statistics.b.lost), (100, 0));
}

#[test]
fn strangers_never_use_up_the_cap() {
    let mut rig = Rig::connected();
    for number in 0..50 {
        for _ in 0..1_000 {
            let decision = rig.talk_from(Side::A, "198.51.100.1:4001");
            assert_eq!(decision, dropped(DropReason::WrongSource));
            let stranger = address("198.51.100.9:4001");
            let decision = rig.report_from(Side::A, Component::Rtcp, stranger);
            assert_eq!(decision, dropped(DropReason::WrongSource));
        }
        assert_eq!(rig.talk(Side::A, number), forward(Side::B));
        rig.wait(FRAME);
    }
    let decision = rig.report_from(Side::A, Component::Rtcp, rtcp(Side::A));
    assert!(matches!(decision, Decision::Forward { .. }));
}

/// What a network held back for two seconds and let go at once.
#[test]
fn a_stall_of_two_seconds_loses_nothing() {
    let mut rig = Rig::connected();
    rig.say(Side::A, 0);
    rig.wait(Duration::from_secs(2));
    for number in 1..=100 {
        assert_eq!(rig.talk(Side::A, number), forward(Side::B), "{number}");
    }
    assert_eq!(rig.session.statistics().a.lost, 0);
}

#[test]
fn sequence_and_timestamp_wraps_stall_nothing() {
    let mut rig = Rig::connected();
    // 70,000 packets pass the wrap of the sequence; this start passes that of the timestamp too.
    let first = u32::MAX / 160 - 30_000;
    for number in first..first + 70_000 {
        assert_eq!(rig.talk(Side::A, number), forward(Side::B));
        rig.wait(FRAME);
        rig.timeout();
    }
    let statistics = rig.session.statistics().a;
    assert_eq!((statistics.expected, statistics.lost, statistics.gaps), (70_000, 0, 0));
    assert_eq!(statistics.jitter, Duration::ZERO);
}

#[test]
fn mad_timestamps_are_forwarded_as_they_are() {
    let mut rig = Rig::connected();
    for number in 0..1_000_u32 {
        let mut packet = audio(0, number);
        packet[4..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
        let before = packet.clone();
        let decision = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut packet);
        assert_eq!((decision, packet), (forward(Side::B), before));
        rig.wait(FRAME);
    }
    assert_eq!(rig.session.statistics().a.lost, 0);
}
