//! The numbers that the RFCs print, against the parts that compute them.

use super::counter::Aes;
use super::derive::{Derivation, SessionKeys};
use super::gcm::Gcm;
use super::transform::{Cipher, Nonce, Trailer, Transform};
use super::{MasterKey, Profile};

const COUNTER_MODE: &str = include_str!("../../tests/data/srtp/counter_mode.txt");
const GCM: &str = include_str!("../../tests/data/srtp/gcm.txt");

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

/// The fields of each row that is no comment.
fn rows(table: &str) -> Vec<Vec<&str>> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split(' ').collect()).collect()
}

/// RFC 3711 appendix B.2, RFC 6188 sections 7.1 and 7.3: rows of one segment of 1,044,512 octets,
/// enciphered as a whole and block by block.
#[test]
fn keystreams_are_those_of_the_rfcs() {
    const FIRST: u128 = 0xf0f1_f2f3_f4f5_f6f7_f8f9_fafb_fcfd_0000;
    let mut seen = 0;
    for row in rows(COUNTER_MODE) {
        let ["keystream", key, counter, expected] = row[..] else { continue };
        let aes = Aes::new(&hex(key)).unwrap();
        let counter = u128::from_str_radix(counter, 16).unwrap();
        assert_eq!(aes.block(counter).to_vec(), hex(expected), "{counter:x}");

        let mut segment = vec![0; 1_044_512];
        aes.apply(FIRST, &mut segment);
        let at = usize::try_from(counter - FIRST).unwrap() * 16;
        assert_eq!(segment[at..at + 16], hex(expected), "{counter:x}");
        seen += 1;
    }
    assert_eq!(seen, 18);
}

#[test]
fn every_length_gets_the_same_keystream() {
    let aes = Aes::new(&[7; 24]).unwrap();
    let mut whole = [0; 600];
    aes.apply(u128::MAX - 3, &mut whole);
    for length in 0..whole.len() {
        let mut part = vec![0; length];
        aes.apply(u128::MAX - 3, &mut part);
        assert_eq!(part, whole[..length]);
    }
}

/// RFC 3711 appendix B.3, RFC 6188 sections 7.2 and 7.4.
#[test]
fn derived_keys_are_those_of_the_rfcs() {
    let mut seen = 0;
    for row in rows(COUNTER_MODE) {
        let ["derive", key, salt, label, expected] = row[..] else { continue };
        let profile = match key.len() / 2 {
            16 => Profile::AesCm128HmacSha1_80,
            24 => Profile::AesCm192HmacSha1_80,
            _ => Profile::AesCm256HmacSha1_80,
        };
        let master = MasterKey::new(profile, &hex(&format!("{key}{salt}"))).unwrap();
        let expected = hex(expected);
        let mut derived = vec![0xff; expected.len()];
        Derivation::new(&master).fill(label.parse().unwrap(), &mut derived);
        assert_eq!(derived, expected, "label {label}");
        seen += 1;
    }
    assert_eq!(seen, 9);
}

/// RFC 7714 sections 16 and 17: enciphered and only tagged, SRTP and SRTCP, both key lengths.
#[test]
fn gcm_packets_are_those_of_rfc_7714() {
    let rows = rows(GCM);
    assert_eq!(rows.len(), 8);
    for row in rows {
        let [section, key, salt, ssrc, index, word, clear, plain, sealed] = row[..] else {
            panic!()
        };
        let nonce = Nonce {
            ssrc: u32::from_str_radix(ssrc, 16).unwrap(),
            index: u64::from_str_radix(index, 16).unwrap(),
        };
        let trailer = match u32::from_str_radix(word, 16) {
            Ok(word) => Trailer::RtcpIndex(word),
            Err(_) => Trailer::Rollover(0),
        };
        let gcm = Gcm::new(Aes::new(&hex(key)).unwrap());
        let salt = u128::from_str_radix(salt, 16).unwrap();
        let transform = Transform::new(Cipher::Gcm { gcm, salt }, 16);
        let (plain, sealed) = (hex(plain), hex(sealed));
        let clear = clear.parse().unwrap();

        let mut packet = plain.clone();
        let tag = transform.seal(nonce, &mut packet, clear, trailer);
        assert_eq!([&packet, tag.octets()].concat(), sealed, "{section}");
        assert!(transform.open(nonce, &mut packet, clear, trailer, tag.octets()), "{section}");
        assert_eq!(packet, plain, "{section}");
    }
}

/// RFC 3711 section 4.3: no two of the six keys and salts of a master key are the same.
#[test]
fn srtp_and_srtcp_have_different_keys() {
    for profile in Profile::ALL {
        let octets = vec![7; profile.key_length() + profile.salt_length()];
        let keys = SessionKeys::derive(&MasterKey::new(profile, &octets).unwrap());
        let nonce = Nonce { ssrc: 1, index: 2 };
        let tags = [&keys.rtp, &keys.rtcp].map(|transform| {
            let mut packet = [0; 32];
            let tag = transform.seal(nonce, &mut packet, 0, Trailer::Rollover(0));
            (packet, tag.octets()[..4].to_vec())
        });
        assert_ne!(tags[0].0, tags[1].0, "{profile}");
        assert_ne!(tags[0].1, tags[1].1, "{profile}");
    }
}
