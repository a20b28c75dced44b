//! Master keys: lengths, names, several at once, and how long they last.

use siptrunk_rtp::Sequence;
use siptrunk_rtp::srtp::{Config, KeyError, MasterKey, Position, Profile, Protector, SrtpError};

use super::support::{
    SSRC, ends, key, protect_rtcp, protect_rtp, rtcp, rtp, unprotect_rtcp, unprotect_rtp,
};

const PROFILE: Profile = Profile::AesCm128HmacSha1_80;

/// RFC 4568 section 6.2, RFC 6188 section 4, RFC 7714 sections 12 and 14.1.
#[test]
fn suites_have_the_names_and_lengths_of_the_rfcs() {
    for (name, key, salt, rtp, rtcp) in [
        ("AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10),
        ("AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10),
        ("AES_192_CM_HMAC_SHA1_80", 24, 14, 10, 10),
        ("AES_192_CM_HMAC_SHA1_32", 24, 14, 4, 10),
        ("AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10),
        ("AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10),
        ("AEAD_AES_128_GCM", 16, 12, 16, 16),
        ("AEAD_AES_256_GCM", 32, 12, 16, 16),
    ] {
        let profile = Profile::from_name(name).unwrap();
        assert_eq!(profile.to_string(), name);
        assert_eq!((profile.key_length(), profile.salt_length()), (key, salt), "{name}");
        assert_eq!((profile.rtp_tag_length(), profile.rtcp_tag_length()), (rtp, rtcp), "{name}");
        for found in [0, key + salt - 1, key + salt + 1, 64] {
            let error = KeyError::Length { profile, expected: key + salt, found };
            assert_eq!(MasterKey::new(profile, &vec![0; found]).unwrap_err(), error);
        }
    }
}

#[test]
fn debug_output_holds_no_key() {
    let key = MasterKey::new(PROFILE, &[0xa5; 30]).unwrap().with_mki(&[9]).unwrap();
    let (sender, receiver) = ends(&key);
    for text in [format!("{key:?}"), format!("{sender:?}"), format!("{receiver:?}")] {
        assert!(!text.contains("165") && !text.to_lowercase().contains("a5"), "{text}");
        assert!(text.contains("AesCm128HmacSha1_80") && text.contains("[9]"), "{text}");
    }
}

#[test]
fn an_mki_has_1_to_128_octets() {
    for length in [0, 129] {
        let error = KeyError::MkiLength { length };
        assert_eq!(key(PROFILE).with_mki(&vec![1; length]).unwrap_err(), error);
    }
    for length in [1, 128] {
        let key = key(PROFILE).with_mki(&vec![1; length]).unwrap();
        let (mut sender, mut receiver) = ends(&key);
        let packet = protect_rtp(&mut sender, &rtp(SSRC, 0)).unwrap();
        assert_eq!(packet.len(), 172 + length + 10);
        assert_eq!(unprotect_rtp(&mut receiver, &packet).unwrap(), rtp(SSRC, 0));
    }
}

#[test]
fn the_mki_chooses_the_key() {
    let named =
        |octet: u8| MasterKey::new(PROFILE, &[octet; 30]).unwrap().with_mki(&[0, octet]).unwrap();
    let mut receiver = ends(&named(1)).1;
    receiver.add_key(&named(2)).unwrap();
    let mut senders = [1, 2, 3].map(|octet| ends(&named(octet)).0);
    for (sender, sequence) in [(0, 0), (1, 1), (0, 2), (1, 3)] {
        let packet = protect_rtp(&mut senders[sender], &rtp(SSRC, sequence)).unwrap();
        assert_eq!(unprotect_rtp(&mut receiver, &packet).unwrap(), rtp(SSRC, sequence));
    }
    let packet = protect_rtp(&mut senders[2], &rtp(SSRC, 4)).unwrap();
    assert_eq!(unprotect_rtp(&mut receiver, &packet), Err(SrtpError::UnknownKey));
    let report = protect_rtcp(&mut senders[1], &rtcp(SSRC)).unwrap();
    assert_eq!(unprotect_rtcp(&mut receiver, &report).unwrap(), rtcp(SSRC));

    assert_eq!(receiver.add_key(&named(2)), Err(KeyError::MkiInUse));
    let other = named(4).with_mki(&[1, 2, 3]).unwrap();
    let error = KeyError::MkiMismatch { expected: 2, found: 3 };
    assert_eq!(receiver.add_key(&other), Err(error));
    let other = key(Profile::AeadAes128Gcm).with_mki(&[0, 9]).unwrap();
    let error = KeyError::Suite { expected: PROFILE, found: Profile::AeadAes128Gcm };
    assert_eq!(receiver.add_key(&other), Err(error));
    receiver.add_key(&named(5)).unwrap();
    receiver.add_key(&named(6)).unwrap();
    assert_eq!(receiver.add_key(&named(7)), Err(KeyError::KeyLimit { limit: 4 }));

    let error = KeyError::MkiMismatch { expected: 0, found: 0 };
    assert_eq!(ends(&key(PROFILE)).1.add_key(&key(PROFILE)), Err(error));
}

/// RFC 3711 section 3.3.1: a new key leaves the rollover counter and the SRTCP index as they are.
#[test]
fn a_new_key_keeps_the_counters() {
    let next = MasterKey::new(Profile::AeadAes256Gcm, &[6; 44]).unwrap();
    let (mut sender, mut receiver) = ends(&key(PROFILE));
    for sequence in [65_535, 0] {
        let packet = protect_rtp(&mut sender, &rtp(SSRC, sequence)).unwrap();
        unprotect_rtp(&mut receiver, &packet).unwrap();
    }
    let report = protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap();
    unprotect_rtcp(&mut receiver, &report).unwrap();

    sender.set_key(&next);
    receiver.set_key(&next);
    let packet = protect_rtp(&mut sender, &rtp(SSRC, 1)).unwrap();
    assert_eq!(packet.len(), 172 + 16);
    assert_eq!(unprotect_rtp(&mut receiver, &packet).unwrap(), rtp(SSRC, 1));
    let report = protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap();
    unprotect_rtcp(&mut receiver, &report).unwrap();
    for positions in [sender.positions().next(), receiver.positions().next()] {
        let mut expected = Position::late(SSRC, 1);
        expected.sequence = Some(Sequence(1));
        expected.rtcp_index = Some(1);
        assert_eq!(positions, Some(expected));
    }
}

#[test]
fn a_key_protects_as_many_packets_as_its_lifetime_says() {
    let error = Err(SrtpError::KeyExhausted { limit: 3 });
    for profile in Profile::ALL {
        let key = key(profile).with_lifetime(3);
        let mut sender = Protector::new(&key, &Config::default());
        // SRTP and SRTCP are counted apart, and over all streams.
        for (ssrc, sequence) in [(1, 5), (2, 5), (1, 6)] {
            protect_rtp(&mut sender, &rtp(ssrc, sequence)).unwrap();
            protect_rtcp(&mut sender, &rtcp(ssrc)).unwrap();
        }
        assert_eq!(protect_rtp(&mut sender, &rtp(1, 7)), error);
        assert_eq!(protect_rtcp(&mut sender, &rtcp(1)), error);
        sender.set_key(&key);
        assert!(protect_rtp(&mut sender, &rtp(1, 7)).is_ok());
        assert!(protect_rtcp(&mut sender, &rtcp(1)).is_ok());
    }
}

/// RFC 3711 section 9.2: 2^48 SRTP packets and 2^31 SRTCP packets of a stream, and not one more.
#[test]
fn the_index_never_wraps() {
    let (mut sender, mut receiver) = ends(&key(PROFILE).with_lifetime(u64::MAX));
    let mut near = Position::late(SSRC, u32::MAX);
    near.sequence = Some(Sequence(65_534));
    near.rtcp_index = Some(0x7fff_fffe);
    sender.resume(near).unwrap();
    receiver.resume(near).unwrap();

    let last = protect_rtp(&mut sender, &rtp(SSRC, 65_535)).unwrap();
    assert_eq!(unprotect_rtp(&mut receiver, &last).unwrap(), rtp(SSRC, 65_535));
    let error = SrtpError::KeyExhausted { limit: 1 << 48 };
    assert_eq!(protect_rtp(&mut sender, &rtp(SSRC, 0)), Err(error));
    assert_eq!(unprotect_rtp(&mut receiver, &protect_fresh(0)), Err(error));

    let last = protect_rtcp(&mut sender, &rtcp(SSRC)).unwrap();
    let length = rtcp(SSRC).len();
    assert_eq!(last[length..length + 4], [0xff; 4], "E bit and the last index");
    assert_eq!(unprotect_rtcp(&mut receiver, &last).unwrap(), rtcp(SSRC));
    let error = SrtpError::KeyExhausted { limit: 1 << 31 };
    assert_eq!(protect_rtcp(&mut sender, &rtcp(SSRC)), Err(error));
}

fn protect_fresh(sequence: u16) -> Vec<u8> {
    protect_rtp(&mut ends(&key(PROFILE)).0, &rtp(SSRC, sequence)).unwrap()
}
