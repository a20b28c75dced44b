//! What becomes of a packet: source, pin, nat, direction and payload, each with each.

use crate::rig::{Rig, address, audio, dropped, forward, forward_to, leg, rtp};
use siptrunk_media::{Component, Decision, DropReason, LegMedia, Side};

const STRANGERS: [&str; 3] = [
    "198.51.100.1:4001", // another port of the same host
    "198.51.100.2:4000", // the same port of another host
    "[2001:db8::1]:4000",
];

/// What a packet meets, in this order; the first that is not given drops it.
const GATES: [DropReason; 5] = [
    DropReason::NoAddress,
    DropReason::WrongSource,
    DropReason::NotSending,
    DropReason::UnmappedPayload,
    DropReason::NotReceiving,
];

#[test]
fn every_combination_of_source_pin_nat_direction_and_payload() {
    let mut forwarded = 0;
    for side in Side::BOTH {
        let sources = STRANGERS.map(address).into_iter().chain([rtp(side), rtp(side.other())]);
        for source in sources {
            for bits in 0..32_u8 {
                let [known, nat, may_send, may_receive, mapped] =
                    [1, 2, 4, 8, 16].map(|bit| bits & bit != 0);
                let mut rig = Rig::blank();
                rig.update(
                    side,
                    LegMedia { remote: known.then(|| rtp(side)), nat, may_send, ..leg(side) },
                );
                let other = side.other();
                rig.update(other, LegMedia { may_receive, ..leg(other) });
                let own = source == rtp(side);
                let mut packet = audio(if mapped { 0 } else { 8 }, 1);
                let before = packet.clone();
                let decision = rig.datagram(side, Component::Rtp, source, &mut packet);
                let gates = [known, own || nat, may_send, mapped, may_receive];
                let expected = match gates.iter().position(|open| !open) {
                    Some(gate) => dropped(GATES[gate]),
                    None => forward(other),
                };
                assert_eq!(decision, expected, "{side} {source} {bits:05b}");
                assert_eq!(packet, before, "PCMU is 0 on both sides");
                forwarded += usize::from(matches!(decision, Decision::Forward { .. }));
                let drops = rig.session.statistics().side(side).dropped;
                match decision {
                    Decision::Forward { .. } => assert_eq!(drops.total(), 0),
                    Decision::Drop(reason) => {
                        assert_eq!(drops.iter().collect::<Vec<_>>(), [(reason, 1)]);
                    }
                }
            }
        }
    }
    // Of each side's sources: its own with nat and without, four others with nat only.
    assert_eq!(forwarded, 2 * (2 + 4));
}

#[test]
fn payload_numbers_are_rewritten_in_place_and_the_marker_stays() {
    let mut rig = Rig::connected();
    for (side, here, there) in [(Side::A, 101, 96), (Side::B, 96, 101), (Side::A, 0, 0)] {
        for marker in [0, 0x80] {
            let mut packet = audio(here, 1);
            packet[1] |= marker;
            let mut rewritten = packet.clone();
            rewritten[1] = marker | there;
            let decision = rig.datagram(side, Component::Rtp, rtp(side), &mut packet);
            assert_eq!(decision, forward(side.other()));
            assert_eq!(packet, rewritten, "{side} {here}");
        }
    }
}

#[test]
fn only_the_mapped_numbers_of_all_128_pass() {
    let mut rig = Rig::connected();
    for number in 0..128 {
        rig.wait(crate::rig::FRAME);
        // 64 to 95 with the marker bit are RTCP packet types (RFC 5761).
        let decision = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut audio(number, 1));
        let mapped = [0, 101].contains(&number);
        assert_eq!(matches!(decision, Decision::Forward { .. }), mapped, "{number}");
    }
}

#[test]
fn numbers_over_seven_bits_map_nothing_and_the_first_of_two_entries_counts() {
    let mut rig = Rig::connected();
    let payload_map = vec![(0, 200), (8, 9), (8, 10), (200, 0), (255, 255)];
    rig.update(Side::A, LegMedia { payload_map, ..leg(Side::A) });
    assert_eq!(rig.talk(Side::A, 1), dropped(DropReason::UnmappedPayload));
    let mut packet = audio(8, 2);
    assert_eq!(rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut packet), forward(Side::B));
    assert_eq!(packet[1], 9);
    let mut packet = audio(127, 3);
    let decision = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut packet);
    assert_eq!(decision, dropped(DropReason::UnmappedPayload));
}

#[test]
fn what_is_no_rtp_is_dropped_untouched() {
    let mut rig = Rig::connected();
    let cut = audio(0, 1)[..11].to_vec();
    let mut csrc_overrun = audio(0, 1)[..14].to_vec();
    csrc_overrun[0] = 0x81;
    let mut padding = audio(0, 1);
    padding[0] = 0xa0;
    padding[171] = 161;
    let stun = [vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], vec![0; 12]].concat();
    for bytes in [vec![], vec![0x80], cut, csrc_overrun, padding, stun, vec![0xff; 172]] {
        let mut packet = bytes.clone();
        let decision = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut packet);
        assert_eq!(decision, dropped(DropReason::Malformed), "{bytes:?}");
        assert_eq!(packet, bytes);
    }
    assert_eq!(rig.session.statistics().a.received_packets, 0);
    assert_eq!(rig.events(), []);
}

#[test]
fn nothing_passes_before_both_sides_are_known() {
    let mut rig = Rig::blank();
    assert_eq!(rig.talk(Side::A, 1), dropped(DropReason::NoAddress));
    rig.update(Side::A, leg(Side::A));
    assert_eq!(rig.talk(Side::A, 1), dropped(DropReason::NotReceiving));
    rig.update(Side::B, LegMedia { remote: None, ..leg(Side::B) });
    assert_eq!(rig.talk(Side::A, 2), dropped(DropReason::NoTarget));
    rig.update(Side::B, leg(Side::B));
    assert_eq!(rig.talk(Side::A, 3), forward(Side::B));
}

/// Threat T30: descriptions that name a crowd or nobody.
#[test]
fn nothing_is_sent_to_multicast_broadcast_or_nobody() {
    for target in [
        "224.0.0.1:5000",
        "255.255.255.255:5000",
        "0.0.0.0:5000",
        "203.0.113.2:0",
        "[ff02::1]:5000",
        "[::]:5000",
        "[::ffff:239.1.1.1]:5000",
    ] {
        let mut rig = Rig::connected();
        let remote = Some(address(target));
        rig.update(Side::B, LegMedia { remote, remote_rtcp: remote, ..leg(Side::B) });
        assert_eq!(rig.talk(Side::A, 1), dropped(DropReason::NoTarget), "{target}");
        let decision = rig.report_from(Side::A, Component::Rtcp, crate::rig::rtcp(Side::A));
        assert_eq!(decision, dropped(DropReason::NoTarget), "{target}");
        assert_eq!(rig.talk_from(Side::B, target), dropped(DropReason::NoAddress), "{target}");
    }
}

#[test]
fn a_dual_stack_socket_s_mapped_address_is_the_same_address() {
    let mut rig = Rig::connected();
    assert_eq!(rig.talk_from(Side::A, "[::ffff:198.51.100.1]:4000"), forward(Side::B));
    let remote = Some(address("[::ffff:203.0.113.2]:5000"));
    rig.update(Side::B, LegMedia { remote, ..leg(Side::B) });
    assert_eq!(rig.talk(Side::B, 1), forward(Side::A));
    assert_eq!(rig.talk(Side::A, 2), forward_to(Side::B, Component::Rtp, "203.0.113.2:5000"));
}

#[test]
fn a_hold_by_direction_stops_one_way_and_a_hold_by_address_both() {
    let mut rig = Rig::connected();
    // B is on hold: it may listen to music, and must not send.
    rig.update(Side::B, LegMedia { may_send: false, ..leg(Side::B) });
    assert_eq!(rig.talk(Side::A, 1), forward(Side::B));
    assert_eq!(rig.talk(Side::B, 1), dropped(DropReason::NotSending));

    rig.update(Side::B, LegMedia { remote: None, ..leg(Side::B) });
    assert_eq!(rig.talk(Side::A, 2), dropped(DropReason::NoTarget));
    assert_eq!(rig.talk(Side::B, 2), dropped(DropReason::NoAddress));

    rig.update(Side::B, leg(Side::B));
    assert_eq!(rig.talk(Side::A, 3), forward(Side::B));
    assert_eq!(rig.talk(Side::B, 3), forward(Side::A));
}

#[test]
fn a_new_description_moves_the_pin_at_once() {
    let mut rig = Rig::connected();
    assert_eq!(rig.talk(Side::B, 1), forward(Side::A));
    let remote = Some(address("203.0.113.9:6000"));
    rig.update(Side::B, LegMedia { remote, ..leg(Side::B) });
    assert_eq!(rig.talk(Side::B, 2), dropped(DropReason::WrongSource));
    assert_eq!(rig.talk_from(Side::B, "203.0.113.9:6000"), forward(Side::A));
    assert_eq!(rig.talk(Side::A, 1), forward_to(Side::B, Component::Rtp, "203.0.113.9:6000"));
}
