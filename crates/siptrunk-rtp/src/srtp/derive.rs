//! Key derivation: session keys out of a master key (RFC 3711 section 4.3, RFC 6188 section 3,
//! RFC 7714 section 11), with a key derivation rate of zero: once.

use zeroize::Zeroizing;

use super::MasterKey;
use super::counter::Aes;
use super::gcm::Gcm;
use super::hmac::{self, HmacSha1};
use super::transform::{Cipher, Transform};

/// What a label is for (RFC 3711 sections 4.3.1 and 4.3.2): SRTP has 0 to 2, SRTCP 3 to 5.
const CIPHER_KEY: u8 = 0;
const AUTHENTICATION_KEY: u8 = 1;
const SALT: u8 = 2;
const RTCP: u8 = 3;

/// The transforms that a master key comes to.
#[derive(Clone)]
pub(super) struct SessionKeys {
    pub(super) rtp: Transform,
    pub(super) rtcp: Transform,
}

impl SessionKeys {
    pub(super) fn derive(master: &MasterKey) -> Self {
        let profile = master.profile();
        let source = Derivation::new(master);
        Self {
            rtp: source.transform(0, profile.rtp_tag_length()),
            rtcp: source.transform(RTCP, profile.rtcp_tag_length()),
        }
    }
}

/// The pseudo-random function of a master key: AES in counter mode.
pub(super) struct Derivation<'a> {
    master: &'a MasterKey,
    aes: Aes,
}

impl<'a> Derivation<'a> {
    pub(super) fn new(master: &'a MasterKey) -> Self {
        Self { master, aes: aes(master.key()) }
    }

    /// Fills `output` with the key material of a label.
    pub(super) fn fill(&self, label: u8, output: &mut [u8]) {
        let mut block = [0; 16];
        for (to, from) in block.iter_mut().zip(self.master.salt()) {
            *to = from;
        }
        // The label stands above a 48-bit index, which a rate of zero makes zero.
        let start = u128::from_be_bytes(block) ^ u128::from(label) << 64;
        output.fill(0);
        self.aes.apply(start, output);
    }

    fn transform(&self, first_label: u8, tag_length: usize) -> Transform {
        let profile = self.master.profile();
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..profile.key_length()).unwrap_or_default();
        self.fill(first_label.wrapping_add(CIPHER_KEY), key);
        let aes = aes(key);

        let mut salt = Zeroizing::new([0; 16]);
        let salt_octets = salt.get_mut(..profile.salt_length()).unwrap_or_default();
        self.fill(first_label.wrapping_add(SALT), salt_octets);
        // The IV's salt stands to the right, with room for the counter of blocks below it in
        // counter mode (RFC 3711 section 4.1.1).
        let left = u128::from_be_bytes(*salt);

        let cipher = if profile.is_aead() {
            Cipher::Gcm { salt: left >> 32, gcm: Gcm::new(aes) }
        } else {
            let mut key = Zeroizing::new([0; hmac::KEY]);
            self.fill(first_label.wrapping_add(AUTHENTICATION_KEY), key.as_mut_slice());
            Cipher::Counter { salt: left, aes, hmac: HmacSha1::new(&key) }
        };
        Transform::new(cipher, tag_length)
    }
}

/// The cipher of a key whose length is one of the suites'.
#[expect(clippy::expect_used, reason = "`Profile::key_length` knows only AES's three lengths")]
fn aes(key: &[u8]) -> Aes {
    Aes::new(key).expect("the key has 16, 24 or 32 octets")
}
