//! Several SSRCs in one context, and positions taken over.

use siptrunk_rtp::Sequence;
use siptrunk_rtp::srtp::{Config, Position, Profile, Protector, SrtpError, Unprotector};

use super::support::{
    SSRC, ends, key, protect_rtcp, protect_rtp, rtcp, rtp, unprotect_rtcp, unprotect_rtp,
};

const PROFILE: Profile = Profile::AesCm128HmacSha1_80;

#[test]
fn each_stream_has_counters_of_its_own() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) = ends(&key(profile));
        for step in 0..200_u16 {
            for ssrc in 1..=5_u16 {
                let plain = rtp(ssrc.into(), (65_400 + ssrc * 20).wrapping_add(step));
                let protected = protect_rtp(&mut sender, &plain).unwrap();
                assert_eq!(unprotect_rtp(&mut receiver, &protected).unwrap(), plain);
            }
            let ssrc = u32::from(step % 5) + 1;
            let protected = protect_rtcp(&mut sender, &rtcp(ssrc)).unwrap();
            assert_eq!(unprotect_rtcp(&mut receiver, &protected).unwrap(), rtcp(ssrc));
        }
        let expected: Vec<_> = (1..=5_u16)
            .map(|ssrc| {
                let highest = u32::from(65_400 + ssrc * 20) + 199;
                let mut position = Position::late(ssrc.into(), highest >> 16);
                position.sequence = Some(Sequence(u16::try_from(highest & 0xffff).unwrap()));
                position.rtcp_index = Some(39);
                position
            })
            .collect();
        assert_eq!(sender.positions().collect::<Vec<_>>(), expected);
        assert_eq!(receiver.positions().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn one_stream_too_many_is_refused_and_the_others_go_on() {
    let mut config = Config::default();
    config.streams = 2;
    let limit = Err(SrtpError::StreamLimit { limit: 2 });
    let key = key(PROFILE);
    let mut wide = Protector::new(&key, &Config::default());
    let mut sender = Protector::new(&key, &config);
    let mut receiver = Unprotector::new(&key, &config);
    for sequence in 0..3 {
        for ssrc in [1, 2] {
            let packet = protect_rtp(&mut sender, &rtp(ssrc, sequence)).unwrap();
            assert!(unprotect_rtp(&mut receiver, &packet).is_ok());
        }
        assert_eq!(protect_rtp(&mut sender, &rtp(3, sequence)), limit);
        assert_eq!(protect_rtcp(&mut sender, &rtcp(3)), limit);
        let packet = protect_rtp(&mut wide, &rtp(3, sequence)).unwrap();
        assert_eq!(unprotect_rtp(&mut receiver, &packet), limit);
        let packet = protect_rtcp(&mut wide, &rtcp(3)).unwrap();
        assert_eq!(unprotect_rtcp(&mut receiver, &packet), limit);
    }
    assert_eq!(receiver.resume(Position::late(3, 0)), limit.map(|_: Vec<u8>| ()));
}

/// RFC 3711 section 3.3.1: who joins late must be told the rollover counter.
#[test]
fn a_late_receiver_is_told_the_rollover_counter() {
    let mut sender = ends(&key(PROFILE)).0;
    let mut position = Position::late(SSRC, 2);
    position.sequence = Some(Sequence(9));
    sender.resume(position).unwrap();
    let packet = protect_rtp(&mut sender, &rtp(SSRC, 10)).unwrap();

    let mut receiver = ends(&key(PROFILE)).1;
    assert_eq!(unprotect_rtp(&mut receiver, &packet), Err(SrtpError::Authentication));
    receiver.resume(Position::late(SSRC, 2)).unwrap();
    assert_eq!(receiver.positions().next(), Some(Position::late(SSRC, 2)));
    assert_eq!(unprotect_rtp(&mut receiver, &packet).unwrap(), rtp(SSRC, 10));

    let error = Err(SrtpError::StreamBegun { ssrc: SSRC });
    assert_eq!(receiver.resume(Position::late(SSRC, 7)), error);
    assert_eq!(sender.resume(Position::late(SSRC, 7)), error);
    assert!(matches!(unprotect_rtp(&mut receiver, &packet), Err(SrtpError::Replayed { .. })));
}

/// What another node takes over goes on where it was: no index twice, no replay.
#[test]
fn a_stream_is_carried_on_elsewhere() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) = ends(&key(profile));
        let mut recorded = Vec::new();
        for sequence in [65_534, 65_535, 0] {
            let packet = protect_rtp(&mut sender, &rtp(SSRC, sequence)).unwrap();
            unprotect_rtp(&mut receiver, &packet).unwrap();
            recorded.push(packet);
        }
        let report = protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap();
        unprotect_rtcp(&mut receiver, &report).unwrap();

        let (mut next_sender, mut next_receiver) = ends(&key(profile));
        for position in sender.positions() {
            next_sender.resume(position).unwrap();
        }
        for position in receiver.positions() {
            next_receiver.resume(position).unwrap();
        }
        for packet in &recorded {
            let replayed = unprotect_rtp(&mut next_receiver, packet);
            assert!(matches!(replayed, Err(SrtpError::Replayed { .. })), "{replayed:?}");
        }
        let replayed = unprotect_rtcp(&mut next_receiver, &report);
        assert_eq!(replayed, Err(SrtpError::Replayed { index: 0 }));
        assert!(protect_rtp(&mut next_sender, &rtp(SSRC, 0)).is_err());
        for sequence in [2, 1, 3] {
            let packet = protect_rtp(&mut next_sender, &rtp(SSRC, sequence)).unwrap();
            let plain = unprotect_rtp(&mut next_receiver, &packet).unwrap();
            assert_eq!(plain, rtp(SSRC, sequence));
        }
        let report = protect_rtcp(&mut next_sender, &rtcp(SSRC)).unwrap();
        assert_eq!(unprotect_rtcp(&mut next_receiver, &report).unwrap(), rtcp(SSRC));
    }
}
