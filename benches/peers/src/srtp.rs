//! An RTP packet of 172 octets protected and unprotected with `AES_CM_128_HMAC_SHA1_80` (RFC 3711).

use std::hint::black_box;

use rsiprtp::srtp::{CryptoSuite, SrtpContext};
use siptrunk_benches::limits::{RTP_LENGTH, rtp_packet};
use siptrunk_rtp::srtp::{Config, MasterKey, Profile, Protector, Unprotector};
use sipx_rtp::srtp::Profile as SipxProfile;
use webrtc_srtp::context::Context;
use webrtc_srtp::option::srtp_replay_protection;
use webrtc_srtp::protection_profile::ProtectionProfile;

use crate::Visitor;

const KEY: [u8; 16] = *b"\xe1\xf9\x7a\x0d\x3e\x01\x8b\xe0\xd6\x4f\xa3\x2c\x06\xde\x41\x39";
const SALT: [u8; 14] = *b"\x0e\xc6\x75\xad\x49\x8a\xfe\xeb\xb6\x96\x0b\x3a\xab\xe6";

/// The packet and its tag.
const PROTECTED: usize = RTP_LENGTH + 10;

type Protected = [u8; PROTECTED];

fn key() -> MasterKey {
    let key_and_salt = [&KEY[..], &SALT].concat();
    MasterKey::new(Profile::AesCm128HmacSha1_80, &key_and_salt).expect("30 octets")
}

/// Packets of one stream, each protected once, with sequence numbers that go on and wrap.
struct Sender {
    protector: Protector,
    sequence: u16,
}

impl Sender {
    fn new() -> Self {
        Self { protector: Protector::new(&key(), &Config::default()), sequence: 0 }
    }

    fn next(&mut self) -> Protected {
        let mut buffer = [0; PROTECTED];
        buffer[..RTP_LENGTH].copy_from_slice(&rtp_packet(self.sequence));
        self.sequence = self.sequence.wrapping_add(1);
        self.protector.protect_rtp(&mut buffer, RTP_LENGTH).expect("it fits");
        buffer
    }
}

/// Numbers the packet of each call.
fn numbered() -> impl FnMut() -> [u8; RTP_LENGTH] {
    let mut sequence = u16::MAX;
    move || {
        sequence = sequence.wrapping_add(1);
        rtp_packet(sequence)
    }
}

fn webrtc() -> Context {
    let profile = ProtectionProfile::Aes128CmHmacSha1_80;
    let window = Some(srtp_replay_protection(1024));
    Context::new(&KEY, &SALT, profile, window, None).expect("webrtc-srtp takes the key")
}

fn sipx() -> sipx_rtp::SrtpContext {
    sipx_rtp::SrtpContext::new(SipxProfile::AesCm128HmacSha1_80, &KEY, &SALT).expect("a key")
}

fn rsiprtp() -> SrtpContext {
    SrtpContext::new(CryptoSuite::AesCm128HmacSha1_80, &KEY, &SALT).expect("a key")
}

/// Visits for protecting and for unprotecting, after all crates agree on the octets.
pub fn srtp(visitor: &mut impl Visitor) {
    let expected = Sender::new().next();
    assert_eq!(webrtc().encrypt_rtp(&rtp_packet(0)).expect("webrtc protects it")[..], expected);
    assert_eq!(sipx().protect(&rtp_packet(0)).expect("sipx protects it")[..], expected);
    assert_eq!(rsiprtp().protect(&rtp_packet(0)).expect("rsiprtp protects it")[..], expected);
    protect(visitor);
    unprotect(visitor);
}

fn protect(visitor: &mut impl Visitor) {
    let mut ours = Protector::new(&key(), &Config::default());
    let mut next = numbered();
    let prepare = move || {
        let mut buffer = [0; PROTECTED];
        buffer[..RTP_LENGTH].copy_from_slice(&next());
        buffer
    };
    visitor.visit_each("srtp_protect", "siptrunk-rtp", prepare, |mut buffer| {
        let length = ours.protect_rtp(black_box(&mut buffer), RTP_LENGTH).expect("it fits");
        (length, buffer)
    });
    let mut theirs = webrtc();
    visitor.visit_each("srtp_protect", "webrtc-srtp", numbered(), |packet| {
        theirs.encrypt_rtp(black_box(&packet)).expect("webrtc protects it")
    });
    let mut theirs = sipx();
    visitor.visit_each("srtp_protect", "sipx-rtp", numbered(), |packet| {
        theirs.protect(black_box(&packet)).expect("sipx protects it")
    });
    let mut theirs = rsiprtp();
    visitor.visit_each("srtp_protect", "rsiprtp", numbered(), |packet| {
        theirs.protect(black_box(&packet)).expect("rsiprtp protects it")
    });
}

fn unprotect(visitor: &mut impl Visitor) {
    fn sent() -> impl FnMut() -> Protected {
        let mut sender = Sender::new();
        move || sender.next()
    }
    let mut ours = Unprotector::new(&key(), &Config::default());
    visitor.visit_each("srtp_unprotect", "siptrunk-rtp", sent(), |mut packet| {
        let length = ours.unprotect_rtp(black_box(&mut packet)).expect("it is authentic");
        (length, packet)
    });
    let mut theirs = webrtc();
    visitor.visit_each("srtp_unprotect", "webrtc-srtp", sent(), |packet| {
        theirs.decrypt_rtp(black_box(&packet)).expect("webrtc takes it")
    });
    let mut theirs = sipx();
    visitor.visit_each("srtp_unprotect", "sipx-rtp", sent(), |packet| {
        theirs.unprotect(black_box(&packet)).expect("sipx takes it")
    });
    let mut theirs = rsiprtp();
    visitor.visit_each("srtp_unprotect", "rsiprtp", sent(), |packet| {
        theirs.unprotect(black_box(&packet)).expect("rsiprtp takes it")
    });
}
