//! Loss, reordering, repetition and wraps.

use proptest::prelude::*;
use siptrunk_rtp::Sequence;
use siptrunk_rtp::srtp::{Config, Profile, Protector, SrtpError, Unprotector};

use super::support::{
    SSRC, ends, key, protect_rtcp, protect_rtp, rtcp, rtp, unprotect_rtcp, unprotect_rtp,
};

const PROFILE: Profile = Profile::AesCm128HmacSha1_80;

/// A run of protected packets, with the plain ones.
fn run(first: u16, count: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut sender = ends(&key(PROFILE)).0;
    let mut sequence = Sequence(first);
    (0..count)
        .map(|_| {
            let plain = rtp(SSRC, sequence.0);
            sequence = sequence.next();
            let protected = protect_rtp(&mut sender, &plain).unwrap();
            (plain, protected)
        })
        .collect()
}

fn is_replay(answer: &Result<Vec<u8>, SrtpError>) -> bool {
    matches!(answer, Err(SrtpError::Replayed { .. }))
}

fn rollover(receiver: &Unprotector) -> u32 {
    receiver.positions().next().unwrap().rollover
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    /// The wrap lies anywhere in the run.
    #[test]
    fn within_the_window_any_order_is_accepted_once(
        first in prop_oneof![Just(0_u16), 65_000_u16..=65_535, any::<u16>()],
        order in Just((0..300_usize).collect::<Vec<_>>()).prop_shuffle(),
        window in 300_usize..2000,
    ) {
        let packets = run(first, 300);
        let mut config = Config::default();
        config.replay_window = window;
        let mut receiver = Unprotector::new(&key(PROFILE), &config);
        // The first packet settles the rollover counter.
        prop_assert!(unprotect_rtp(&mut receiver, &packets[0].1).is_ok());
        for place in order {
            let accepted = unprotect_rtp(&mut receiver, &packets[place].1);
            if place == 0 {
                prop_assert!(is_replay(&accepted));
            } else {
                prop_assert_eq!(accepted.as_ref(), Ok(&packets[place].0), "{}", place);
            }
        }
        for (_, protected) in &packets {
            prop_assert!(is_replay(&unprotect_rtp(&mut receiver, protected)));
        }
    }
}

#[test]
fn what_lies_behind_the_window_is_old() {
    for (asked, window) in [(0, 64), (64, 64), (65, 128), (1024, 1024), (100_000, 32_768)] {
        let mut config = Config::default();
        config.replay_window = asked;
        let (mut sender, mut receiver) =
            (ends(&key(PROFILE)).0, Unprotector::new(&key(PROFILE), &config));
        let packets: Vec<_> = [0, 1, u16::try_from(window).unwrap()]
            .map(|sequence| protect_rtp(&mut sender, &rtp(SSRC, sequence)))
            .into_iter()
            .map(Result::unwrap)
            .collect();
        unprotect_rtp(&mut receiver, &packets[2]).unwrap();
        assert_eq!(unprotect_rtp(&mut receiver, &packets[0]), Err(SrtpError::Old { window }));
        assert!(unprotect_rtp(&mut receiver, &packets[1]).is_ok(), "{asked}");
    }
}

#[test]
fn the_rollover_counter_follows_three_turns_and_loss_over_each_wrap() {
    for lost in [0, 2, 1000, 5000, 32_000] {
        let (mut sender, mut receiver) = ends(&key(PROFILE));
        let mut accepted = 0;
        for index in 0..3 * 65_536_u32 {
            let low = index % 65_536;
            let from_wrap = low.min(65_535 - low);
            // Between the wraps a few packets do.
            let kept = from_wrap < lost / 2 + 20 || index % 997 == 0;
            if from_wrap < lost / 2 || !kept {
                continue;
            }
            let plain = rtp(SSRC, u16::try_from(low).unwrap());
            let protected = protect_rtp(&mut sender, &plain).unwrap();
            assert_eq!(unprotect_rtp(&mut receiver, &protected).unwrap(), plain, "{index}");
            assert_eq!(rollover(&receiver), index >> 16);
            accepted += 1;
        }
        assert!(accepted > 150, "{accepted}");
    }
}

#[test]
fn late_packets_from_before_a_wrap_keep_the_counter() {
    let packets = run(65_530, 12);
    let mut receiver = ends(&key(PROFILE)).1;
    for place in [0, 1, 2, 8, 9] {
        assert_eq!(unprotect_rtp(&mut receiver, &packets[place].1).unwrap(), packets[place].0);
    }
    assert_eq!(rollover(&receiver), 1);
    for place in [5, 3, 4, 7, 6, 10, 11] {
        assert_eq!(unprotect_rtp(&mut receiver, &packets[place].1).unwrap(), packets[place].0);
        assert_eq!(rollover(&receiver), 1);
    }
}

/// Media that start before the key has come: the first packet to arrive can be one after the wrap.
#[test]
fn a_wrap_before_the_first_packet_that_arrives_is_found_out() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) = ends(&key(profile));
        for sequence in [65_534, 65_535] {
            protect_rtp(&mut sender, &rtp(SSRC, sequence)).unwrap();
        }
        for sequence in 0..3 {
            let plain = rtp(SSRC, sequence);
            let protected = protect_rtp(&mut sender, &plain).unwrap();
            assert_eq!(unprotect_rtp(&mut receiver, &protected).unwrap(), plain, "{profile}");
        }
        assert_eq!(rollover(&receiver), 1);
    }
}

/// RFC 3711 section 3.3.1: two packets with one index would share their keystream.
#[test]
fn a_sender_never_uses_an_index_twice() {
    for profile in Profile::ALL {
        let mut sender = ends(&key(profile)).0;
        for sequence in [65_535, 1, 0] {
            protect_rtp(&mut sender, &rtp(SSRC, sequence)).unwrap();
        }
        for (sequence, index) in [(65_535, 65_535), (0, 65_536), (1, 65_537)] {
            let error = SrtpError::Replayed { index };
            assert_eq!(protect_rtp(&mut sender, &rtp(SSRC, sequence)), Err(error));
        }
        let error = SrtpError::Old { window: 1024 };
        assert_eq!(protect_rtp(&mut sender, &rtp(SSRC, 64_000)), Err(error));
        assert_eq!(sender.positions().next().unwrap().sequence, Some(Sequence(1)));
    }
}

#[test]
fn srtcp_has_a_window_of_its_own() {
    for profile in Profile::ALL {
        let mut config = Config::default();
        config.replay_window = 64;
        let key = key(profile);
        let (mut sender, mut receiver) =
            (Protector::new(&key, &config), Unprotector::new(&key, &config));
        let packet = rtcp(SSRC);
        let reports: Vec<_> =
            (0..100).map(|_| protect_rtcp(&mut sender, &packet).unwrap()).collect();
        for place in [0, 40, 39, 99, 36] {
            assert_eq!(unprotect_rtcp(&mut receiver, &reports[place]).unwrap(), packet);
            let error = match place {
                0..36 => SrtpError::Old { window: 64 },
                _ => SrtpError::Replayed { index: place as u64 },
            };
            if place > 0 {
                assert_eq!(unprotect_rtcp(&mut receiver, &reports[place]), Err(error));
            }
        }
        assert_eq!(unprotect_rtcp(&mut receiver, &reports[35]), Err(SrtpError::Old { window: 64 }));
        let position = receiver.positions().next().unwrap();
        assert_eq!((position.sequence, position.rtcp_index), (None, Some(99)));
        // SRTP of the same numbers is not touched by it.
        let plain = rtp(SSRC, 99);
        let protected = protect_rtp(&mut sender, &plain).unwrap();
        assert_eq!(unprotect_rtp(&mut receiver, &protected).unwrap(), plain);
    }
}
