//! RTCP: forwarded to the other side's RTCP address, or its RTP port where multiplexed.

use crate::rig::{REPORT, Rig, address, audio, dropped, forward_to, leg, rtcp, rtp};
use siptrunk_media::{Component, Decision, DropReason, LegMedia, Side};

fn multiplexed(side: Side) -> LegMedia {
    LegMedia { remote_rtcp: Some(rtp(side)), ..leg(side) }
}

#[test]
fn reports_go_to_the_rtcp_port_of_the_other_side() {
    let mut rig = Rig::connected();
    let decision = rig.report_from(Side::A, Component::Rtcp, rtcp(Side::A));
    assert_eq!(decision, forward_to(Side::B, Component::Rtcp, "203.0.113.2:5001"));
    let decision = rig.report_from(Side::B, Component::Rtcp, rtcp(Side::B));
    assert_eq!(decision, forward_to(Side::A, Component::Rtcp, "198.51.100.1:4001"));
    let statistics = rig.session.statistics();
    assert_eq!((statistics.a.rtcp_received, statistics.a.rtcp_forwarded), (1, 1));
    assert_eq!(statistics.a.received_packets, 0);
}

#[test]
fn each_side_multiplexes_or_not_on_its_own() {
    for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut rig = Rig::blank();
        for (side, muxed) in [(Side::A, a), (Side::B, b)] {
            rig.update(side, if muxed { multiplexed(side) } else { leg(side) });
        }
        let port = |muxed| if muxed { Component::Rtp } else { Component::Rtcp };
        let source = if a { rtp(Side::A) } else { rtcp(Side::A) };
        let target = if b { rtp(Side::B) } else { rtcp(Side::B) };
        let decision = rig.report_from(Side::A, port(a), source);
        let expected = Decision::Forward { to: Side::B, component: port(b), target };
        assert_eq!(decision, expected, "{a} {b}");
    }
}

#[test]
fn each_kind_has_its_port() {
    let mut rig = Rig::connected();
    let wrong = dropped(DropReason::WrongComponent);
    assert_eq!(rig.report_from(Side::A, Component::Rtp, rtp(Side::A)), wrong);
    let decision = rig.datagram(Side::A, Component::Rtcp, rtcp(Side::A), &mut audio(0, 1));
    assert_eq!(decision, wrong);
    // A stranger is a stranger, whatever it sends.
    let stranger = address("192.0.2.1:9");
    for component in [Component::Rtp, Component::Rtcp] {
        for mut bytes in [audio(0, 1), REPORT.to_vec(), vec![]] {
            let decision = rig.datagram(Side::A, component, stranger, &mut bytes);
            assert_eq!(decision, dropped(DropReason::WrongSource));
        }
    }
    // On a multiplexed side nothing is due at the RTCP port.
    rig.update(Side::A, multiplexed(Side::A));
    let decision = rig.report_from(Side::A, Component::Rtcp, rtcp(Side::A));
    assert_eq!(decision, dropped(DropReason::NoAddress));
}

#[test]
fn malformed_reports_stay_here() {
    let mut rig = Rig::connected();
    for bytes in [&REPORT[..7], &[0x81, 201, 0, 1, 0, 0, 0, 1], &[0x80, 200, 0, 0]] {
        let decision = rig.datagram(Side::A, Component::Rtcp, rtcp(Side::A), &mut bytes.to_vec());
        assert_eq!(decision, dropped(DropReason::Malformed), "{bytes:?}");
    }
    assert_eq!(rig.session.statistics().a.rtcp_received, 0);
}

#[test]
fn a_hold_does_not_stop_reports() {
    let mut rig = Rig::connected();
    for side in Side::BOTH {
        rig.update(side, LegMedia { may_send: false, may_receive: false, ..leg(side) });
    }
    let decision = rig.report_from(Side::A, Component::Rtcp, rtcp(Side::A));
    assert_eq!(decision, forward_to(Side::B, Component::Rtcp, "203.0.113.2:5001"));
}

#[test]
fn a_side_without_rtcp_gets_none() {
    let mut rig = Rig::connected();
    rig.update(Side::B, LegMedia { remote_rtcp: None, ..leg(Side::B) });
    let decision = rig.report_from(Side::A, Component::Rtcp, rtcp(Side::A));
    assert_eq!(decision, dropped(DropReason::NoTarget));
    let decision = rig.report_from(Side::B, Component::Rtcp, rtcp(Side::B));
    assert_eq!(decision, dropped(DropReason::NoAddress));
}

#[test]
fn behind_nat_reports_follow_the_audio_to_its_host() {
    let mut rig = Rig::connected();
    rig.update(Side::A, LegMedia { nat: true, ..leg(Side::A) });
    let (own, thief) = (address("192.0.2.66:31001"), address("192.0.2.77:31001"));
    let report = |rig: &mut Rig, source| rig.report_from(Side::A, Component::Rtcp, source);
    let wrong = dropped(DropReason::WrongSource);
    assert_eq!(report(&mut rig, own), wrong, "no audio yet");
    let _ = rig.talk_from(Side::A, "192.0.2.66:31000");
    assert_eq!(report(&mut rig, thief), wrong);
    let to_b = forward_to(Side::B, Component::Rtcp, "203.0.113.2:5001");
    assert_eq!(report(&mut rig, own), to_b);
    assert_eq!(report(&mut rig, address("192.0.2.66:31002")), wrong, "locked");
    let decision = rig.report_from(Side::B, Component::Rtcp, rtcp(Side::B));
    assert_eq!(decision, forward_to(Side::A, Component::Rtcp, "192.0.2.66:31001"));
}

#[test]
fn behind_nat_a_report_on_the_shared_port_locks_nothing() {
    let mut rig = Rig::connected();
    rig.update(Side::A, LegMedia { nat: true, ..multiplexed(Side::A) });
    let source = address("192.0.2.66:31000");
    let decision = rig.report_from(Side::A, Component::Rtp, source);
    assert_eq!(decision, dropped(DropReason::WrongSource));
    let _ = rig.talk_from(Side::A, "192.0.2.66:31000");
    let decision = rig.report_from(Side::A, Component::Rtp, source);
    assert_eq!(decision, forward_to(Side::B, Component::Rtcp, "203.0.113.2:5001"));
}

#[test]
fn a_flood_of_reports_is_cut_and_takes_nothing_from_the_audio() {
    let mut rig = Rig::connected();
    for side in Side::BOTH {
        rig.update(side, multiplexed(side));
    }
    let mut forwarded = 0;
    for _ in 0..10_000 {
        let decision = rig.report_from(Side::A, Component::Rtp, rtp(Side::A));
        forwarded += usize::from(matches!(decision, Decision::Forward { .. }));
    }
    assert_eq!(forwarded, 20);
    for number in 0..100 {
        assert_eq!(rig.talk(Side::A, number), crate::rig::forward(Side::B));
    }
}
