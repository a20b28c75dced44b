//! Packets that are not the peer's, or not new: refused, with nothing changed.

use std::env;

use siptrunk_rtp::srtp::{Position, Profile, SrtpError, Unprotector};

use super::support::{
    Noise, SSRC, ends, key, protect_rtcp, protect_rtp, rtcp, rtp, unprotect_rtcp, unprotect_rtp,
};

fn positions(receiver: &Unprotector) -> Vec<Position> {
    receiver.positions().collect()
}

#[test]
fn any_flipped_bit_fails() {
    for profile in Profile::ALL {
        let key = key(profile).with_mki(&[1, 2]).unwrap();
        let (mut sender, mut receiver) = ends(&key);
        unprotect_rtp(&mut receiver, &protect_rtp(&mut sender, &rtp(SSRC, 7)).unwrap()).unwrap();
        unprotect_rtcp(&mut receiver, &protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap()).unwrap();
        let packet = protect_rtp(&mut sender, &rtp(SSRC, 8)).unwrap();
        let report = protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap();
        let before = positions(&receiver);
        for bit in 0..packet.len() * 8 {
            let mut packet = packet.clone();
            packet[bit / 8] ^= 1 << (bit % 8);
            assert!(unprotect_rtp(&mut receiver, &packet).is_err(), "{profile}: bit {bit}");
        }
        for bit in 0..report.len() * 8 {
            let mut report = report.clone();
            report[bit / 8] ^= 1 << (bit % 8);
            assert!(unprotect_rtcp(&mut receiver, &report).is_err(), "{profile}: bit {bit}");
        }
        for end in 0..packet.len() {
            assert!(
                unprotect_rtp(&mut receiver, &packet[..end]).is_err(),
                "{profile}: cut at {end}"
            );
        }
        assert_eq!(positions(&receiver), before);
        assert!(unprotect_rtp(&mut receiver, &packet).is_ok());
        assert!(unprotect_rtcp(&mut receiver, &report).is_ok());
    }
}

/// One packet that the peer did not send, often close to one that it did.
fn garbage(noise: &mut Noise, genuine: &[Vec<u8>]) -> Vec<u8> {
    let mut packet = genuine[noise.below(genuine.len())].clone();
    match noise.below(6) {
        0 => {
            let length = noise.below(300);
            packet = noise.octets(length);
        }
        // A header that fits, whatever its number, and noise.
        1 => {
            let body = packet.len() - 12;
            packet.splice(12.., noise.octets(body));
            packet[2..4].copy_from_slice(&noise.octets(2));
        }
        2 => packet[8..12].copy_from_slice(&noise.octets(4)),
        3 => packet.truncate(noise.below(packet.len())),
        4 => {
            let number = u16::from_be_bytes([packet[2], packet[3]]);
            let step = 1 + u16::try_from(noise.below(65_534)).unwrap();
            packet[2..4].copy_from_slice(&number.wrapping_add(step).to_be_bytes());
        }
        _ => {
            let bit = noise.below(packet.len() * 8);
            packet[bit / 8] ^= 1 << (bit % 8);
        }
    }
    packet
}

/// How many; `SIPTRUNK_SRTP_GARBAGE` asks for more than a quick run has.
fn amount() -> usize {
    env::var("SIPTRUNK_SRTP_GARBAGE").map_or(10_000, |text| text.parse().unwrap())
}

/// FreeSWITCH hung up after 100 such packets (CVE-2021-41105).
#[test]
fn garbage_changes_nothing() {
    for profile in [Profile::AesCm128HmacSha1_80, Profile::AeadAes256Gcm] {
        let mut noise = Noise(0x5eed);
        let (mut sender, mut receiver) = ends(&key(profile));
        // Over a wrap; every third packet is held back, to be let in at the end.
        let plain: Vec<_> = (0..600).map(|step| rtp(SSRC, 65_200_u16.wrapping_add(step))).collect();
        let packets: Vec<_> =
            plain.iter().map(|packet| protect_rtp(&mut sender, packet).unwrap()).collect();
        let report = protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap();
        for packet in packets.iter().enumerate().filter(|(place, _)| place % 3 != 1) {
            unprotect_rtp(&mut receiver, packet.1).unwrap();
        }
        let before = positions(&receiver);
        for _ in 0..amount() {
            let packet = garbage(&mut noise, &packets);
            if !packets.contains(&packet) {
                assert!(unprotect_rtp(&mut receiver, &packet).is_err(), "{packet:02x?}");
            }
            assert!(unprotect_rtcp(&mut receiver, &packet).is_err(), "{packet:02x?}");
        }
        assert_eq!(positions(&receiver), before);
        for (place, packet) in packets.iter().enumerate() {
            let answer = unprotect_rtp(&mut receiver, packet);
            match place % 3 {
                1 => assert_eq!(answer.as_ref(), Ok(&plain[place]), "{place}"),
                _ => assert!(matches!(answer, Err(SrtpError::Replayed { .. })), "{place}"),
            }
        }
        assert_eq!(unprotect_rtcp(&mut receiver, &report).unwrap(), rtcp(SSRC));
    }
}

/// A wrong key is all that is wrong: the tag, and nothing before it, refuses the packet.
#[test]
fn another_key_fails_at_the_tag() {
    for profile in Profile::ALL {
        let mut sender = ends(&key(profile)).0;
        let other = vec![0xee; profile.key_length() + profile.salt_length()];
        let other = siptrunk_rtp::srtp::MasterKey::new(profile, &other).unwrap();
        let mut receiver = ends(&other).1;
        let packet = protect_rtp(&mut sender, &rtp(SSRC, 0)).unwrap();
        assert_eq!(unprotect_rtp(&mut receiver, &packet), Err(SrtpError::Authentication));
        let report = protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap();
        assert_eq!(unprotect_rtcp(&mut receiver, &report), Err(SrtpError::Authentication));
    }
}

#[test]
fn of_ten_thousand_recorded_packets_none_is_accepted_again() {
    let (mut sender, mut receiver) = ends(&key(Profile::AesCm128HmacSha1_80));
    let recorded: Vec<_> = (0..10_000_u16)
        .map(|step| protect_rtp(&mut sender, &rtp(SSRC, 60_000_u16.wrapping_add(step))).unwrap())
        .collect();
    let accepted = |receiver: &mut Unprotector| {
        recorded.iter().filter(|packet| unprotect_rtp(receiver, packet).is_ok()).count()
    };
    assert_eq!(accepted(&mut receiver), 10_000);
    assert_eq!(accepted(&mut receiver), 0);
}

/// The E bit is authenticated: a packet cannot be declared plain or enciphered by others.
#[test]
fn plain_srtcp_must_be_authentic_too() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) = ends(&key(profile));
        let report = protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap();
        let end = if profile.name().contains("GCM") { report.len() } else { report.len() - 10 };
        let mut plain = report.clone();
        plain[end - 4] ^= 0x80;
        assert_eq!(unprotect_rtcp(&mut receiver, &plain), Err(SrtpError::Authentication));
        let clear = [rtcp(SSRC), vec![0; 40]].concat();
        assert_eq!(unprotect_rtcp(&mut receiver, &clear), Err(SrtpError::Authentication));
        assert!(unprotect_rtcp(&mut receiver, &report).is_ok());
    }
}
