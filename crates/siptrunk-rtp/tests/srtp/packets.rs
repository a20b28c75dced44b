//! What goes in comes out, and looks on the wire as another implementation makes it look.

use proptest::prelude::*;
use siptrunk_rtp::srtp::{Config, MasterKey, Position, Profile, Protector, SrtpError, Unprotector};
use siptrunk_rtp::{Extension, Extras, PacketBuilder, RtpError, Sequence};

use super::support::{
    SSRC, ends, hex, key, protect_rtcp, protect_rtp, rtcp, rtp, unprotect_rtcp, unprotect_rtp,
};

const LIBSRTP: &str = include_str!("../data/srtp/libsrtp.txt");

fn profiles() -> impl Strategy<Value = Profile> {
    prop::sample::select(&Profile::ALL[..])
}

/// With and without MKI, over two wraps of the sequence number. AES-192 is not among them: libsrtp
/// derives its session keys with AES-256 over key and salt, not as RFC 6188 section 3 says.
#[test]
fn packets_are_those_of_libsrtp() {
    let mut pair: Option<(Protector, Unprotector)> = None;
    let mut seen = [0; 2];
    for line in LIBSRTP.lines().filter(|line| !line.starts_with('#')) {
        let row: Vec<&str> = line.split(' ').collect();
        if let ["key", name, octets, mki] = row[..] {
            let mut key = MasterKey::new(Profile::from_name(name).unwrap(), &hex(octets)).unwrap();
            if mki != "-" {
                key = key.with_mki(&hex(mki)).unwrap();
            }
            let (mut sender, receiver) = ends(&key);
            // RFC 3711 section 3.2.1 starts SRTCP with index 0, libsrtp with 1.
            let mut before = Position::late(SSRC, 0);
            before.rtcp_index = Some(0);
            sender.resume(before).unwrap();
            pair = Some((sender, receiver));
            continue;
        }
        let (sender, receiver) = pair.as_mut().unwrap();
        let (plain, protected) = (hex(row[1]), hex(row[2]));
        if row[0] == "rtp" {
            assert_eq!(protect_rtp(sender, &plain).unwrap(), protected, "{line}");
            assert_eq!(unprotect_rtp(receiver, &protected).unwrap(), plain, "{line}");
            seen[0] += 1;
        } else {
            assert_eq!(protect_rtcp(sender, &plain).unwrap(), protected, "{line}");
            assert_eq!(unprotect_rtcp(receiver, &protected).unwrap(), plain, "{line}");
            seen[1] += 1;
        }
    }
    assert_eq!(seen, [12 * 7, 12 * 3]);
}

proptest! {
    #[test]
    fn any_rtp_packet_comes_back(
        profile in profiles(),
        mki in prop::collection::vec(any::<u8>(), 0..9),
        marker: bool,
        payload_type in 0_u8..128,
        sequence: u16,
        ssrc: u32,
        csrc in prop::collection::vec(any::<u32>(), 0..16),
        extension in prop::option::of((any::<u16>(), 0_usize..40)),
        payload in prop::collection::vec(any::<u8>(), 0..1500),
    ) {
        let mut key = key(profile);
        if !mki.is_empty() {
            key = key.with_mki(&mki).unwrap();
        }
        let data = vec![0x5a; extension.map_or(0, |(_, words)| words * 4)];
        let extension = extension.map(|(profile, _)| Extension { profile, data: &data });
        let header = PacketBuilder {
            payload_type,
            marker,
            sequence: Sequence(sequence),
            ssrc,
            ..Default::default()
        };
        let mut packet = vec![0; 2000];
        let extras = Extras { csrc: &csrc, extension, ..Default::default() };
        let length = header.write_with(&mut packet, &extras, &payload).unwrap();
        packet.truncate(length);

        let (mut sender, mut receiver) = ends(&key);
        let protected = protect_rtp(&mut sender, &packet).unwrap();
        let clear = length - payload.len();
        prop_assert_eq!(&protected[..clear], &packet[..clear], "the header stays readable");
        if payload.len() > 15 {
            prop_assert_ne!(&protected[clear..length], &packet[clear..]);
        }
        let overhead = profile.rtp_tag_length() + mki.len();
        prop_assert_eq!(protected.len(), length + overhead);
        prop_assert_eq!(unprotect_rtp(&mut receiver, &protected).unwrap(), packet);
    }

    #[test]
    fn any_rtcp_packet_comes_back(
        profile in profiles(),
        encrypt: bool,
        mki in prop::collection::vec(any::<u8>(), 0..9),
        ssrc: u32,
        words in 0_usize..100,
    ) {
        let mut key = key(profile);
        if !mki.is_empty() {
            key = key.with_mki(&mki).unwrap();
        }
        let mut config = Config::default();
        config.encrypt_rtcp = encrypt;
        let (mut sender, mut receiver) = (Protector::new(&key, &config), ends(&key).1);
        let mut packet = rtcp(ssrc);
        packet.resize(packet.len() + words * 4, 0x33);
        for index in 0..3_u32 {
            let protected = protect_rtcp(&mut sender, &packet).unwrap();
            let body = &protected[8..packet.len()];
            prop_assert_eq!(body == &packet[8..], !encrypt);
            // RFC 3711 section 3.4: E bit and index; behind the tag in GCM.
            let tag = profile.rtcp_tag_length();
            let at = packet.len() + if profile.name().contains("GCM") { tag } else { 0 };
            let word = u32::from(encrypt) << 31 | index;
            prop_assert_eq!(&protected[at..at + 4], word.to_be_bytes());
            prop_assert_eq!(protected.len(), packet.len() + 4 + tag + mki.len());
            prop_assert_eq!(unprotect_rtcp(&mut receiver, &protected).unwrap(), &packet[..]);
        }
    }
}

#[test]
fn a_buffer_without_room_is_refused_and_nothing_is_spent() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) = ends(&key(profile));
        let (packet, report) = (rtp(SSRC, 1), rtcp(SSRC));
        let mut buffer = packet.clone();
        buffer.resize(packet.len() + sender.rtp_overhead() - 1, 0);
        let (needed, available) = (buffer.len() + 1, buffer.len());
        let error = SrtpError::BufferTooSmall { needed, available };
        assert_eq!(sender.protect_rtp(&mut buffer, packet.len()), Err(error));
        assert_eq!(buffer[..packet.len()], packet);
        assert!(sender.protect_rtcp(&mut report.clone(), report.len()).is_err());
        assert!(sender.protect_rtp(&mut buffer, usize::MAX).is_err());
        assert_eq!(sender.positions().len(), 0);

        let protected = protect_rtp(&mut sender, &packet).unwrap();
        assert_eq!(unprotect_rtp(&mut receiver, &protected).unwrap(), packet);
    }
}

#[test]
fn what_has_no_header_is_refused_by_both_ends() {
    let (mut sender, mut receiver) = ends(&key(Profile::AesCm128HmacSha1_80));
    let bad = |packet: &[u8], error: RtpError| (packet.to_vec(), SrtpError::Header(error));
    let mut version = rtp(SSRC, 0);
    version[0] = 0x40;
    let csrc = [&[0x8f], &[0; 70][..]].concat();
    let extension = [&[0x90], &[0; 11][..], &[0xbe, 0xde, 0, 9], &[0; 35]].concat();
    let cut = [&[0x90], &[0; 14][..]].concat();
    for (packet, error) in [
        bad(&version, RtpError::Version { found: 1 }),
        bad(&csrc, RtpError::CsrcOverrun { count: 15, needed: 72, length: 71 }),
        bad(&extension, RtpError::ExtensionOverrun { offset: 12, needed: 40, available: 39 }),
        bad(&cut, RtpError::ExtensionOverrun { offset: 12, needed: 4, available: 3 }),
    ] {
        assert_eq!(protect_rtp(&mut sender, &packet), Err(error));
        // A tag of ten octets behind it makes no difference.
        assert_eq!(unprotect_rtp(&mut receiver, &[&packet[..], &[0; 10]].concat()), Err(error));
    }
    let error = SrtpError::Header(RtpError::Short { length: 11 });
    assert_eq!(protect_rtp(&mut sender, &[0x80; 11]), Err(error));
    let error = SrtpError::Short { length: 21, needed: 22 };
    assert_eq!(unprotect_rtp(&mut receiver, &[0x80; 21]), Err(error));

    let error = SrtpError::Short { length: 7, needed: 8 };
    assert_eq!(protect_rtcp(&mut sender, &[0x80; 7]), Err(error));
    let error = SrtpError::Short { length: 21, needed: 22 };
    assert_eq!(unprotect_rtcp(&mut receiver, &[0x80; 21]), Err(error));
    let error = SrtpError::Version { found: 1 };
    assert_eq!(protect_rtcp(&mut sender, &[0x40; 8]), Err(error));
    assert_eq!(unprotect_rtcp(&mut receiver, &[0x40; 22]), Err(error));
    assert_eq!((sender.positions().len(), receiver.positions().len()), (0, 0));
}
