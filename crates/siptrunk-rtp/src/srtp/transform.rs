//! A packet enciphered and authenticated, or checked and deciphered, with one set of session keys
//! (RFC 3711 section 4, RFC 7714 sections 8 and 9).

use ctutils::CtEq as _;
use zeroize::Zeroize;

use super::counter::Aes;
use super::gcm::Gcm;
use super::hmac::HmacSha1;

/// Most octets of a tag, uncut: HMAC-SHA1.
const LONGEST_TAG: usize = 20;

/// What makes a packet one of its kind: SSRC and packet index (48 bits of SRTP, 31 of SRTCP).
#[derive(Clone, Copy)]
pub(super) struct Nonce {
    pub(super) ssrc: u32,
    pub(super) index: u64,
}

/// What is authenticated behind the packet.
#[derive(Clone, Copy)]
pub(super) enum Trailer {
    /// SRTP's rollover counter, which is not sent. GCM has it in the IV and leaves it out here.
    Rollover(u32),
    /// SRTCP's E bit and index, which are sent.
    RtcpIndex(u32),
}

#[derive(Clone)]
pub(super) enum Cipher {
    Counter { aes: Aes, salt: u128, hmac: HmacSha1 },
    Gcm { gcm: Gcm, salt: u128 },
}

/// Session keys in use.
#[derive(Clone)]
pub(super) struct Transform {
    cipher: Cipher,
    tag_length: usize,
}

/// An authentication tag.
#[derive(Clone, Copy)]
pub(super) struct Tag {
    octets: [u8; LONGEST_TAG],
    length: usize,
}

impl Tag {
    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

impl Transform {
    pub(super) fn new(cipher: Cipher, tag_length: usize) -> Self {
        Self { cipher, tag_length }
    }

    /// Enciphers what follows the first `clear` octets and computes the tag.
    #[inline]
    pub(super) fn seal(
        &self,
        nonce: Nonce,
        packet: &mut [u8],
        clear: usize,
        trailer: Trailer,
    ) -> Tag {
        self.apply(nonce, packet, clear);
        self.tag(nonce, packet, clear, trailer)
    }

    /// Deciphers what follows the first `clear` octets if the tag is right; otherwise says so and
    /// leaves the packet as it is. The comparison takes the same time wherever the tags differ.
    #[inline]
    pub(super) fn open(
        &self,
        nonce: Nonce,
        packet: &mut [u8],
        clear: usize,
        trailer: Trailer,
        tag: &[u8],
    ) -> bool {
        let authentic = self.tag(nonce, packet, clear, trailer).octets().ct_eq(tag).to_bool();
        if authentic {
            self.apply(nonce, packet, clear);
        }
        authentic
    }

    #[inline]
    fn apply(&self, nonce: Nonce, packet: &mut [u8], clear: usize) {
        let body = packet.get_mut(clear..).unwrap_or_default();
        match &self.cipher {
            Cipher::Counter { aes, salt, .. } => aes.apply(counter_iv(*salt, nonce), body),
            Cipher::Gcm { gcm, salt } => gcm.apply(gcm_iv(*salt, nonce), body),
        }
    }

    #[inline]
    fn tag(&self, nonce: Nonce, packet: &[u8], clear: usize, trailer: Trailer) -> Tag {
        let octets = match &self.cipher {
            Cipher::Counter { hmac, .. } => {
                let (Trailer::Rollover(word) | Trailer::RtcpIndex(word)) = trailer;
                hmac.tag(packet, word.to_be_bytes())
            }
            Cipher::Gcm { gcm, salt } => {
                let (clear, body) = packet.split_at_checked(clear).unwrap_or((packet, &[]));
                let iv = gcm_iv(*salt, nonce);
                let tag = match trailer {
                    Trailer::Rollover(_) => gcm.tag(iv, clear, &[], body),
                    Trailer::RtcpIndex(word) => gcm.tag(iv, clear, &word.to_be_bytes(), body),
                };
                let mut octets = [0; LONGEST_TAG];
                for (to, from) in octets.iter_mut().zip(tag) {
                    *to = from;
                }
                octets
            }
        };
        Tag { octets, length: self.tag_length }
    }
}

impl Drop for Cipher {
    fn drop(&mut self) {
        let (Self::Counter { salt, .. } | Self::Gcm { salt, .. }) = self;
        salt.zeroize();
    }
}

/// RFC 3711 section 4.1.1; the low 16 bits count the blocks.
fn counter_iv(salt: u128, nonce: Nonce) -> u128 {
    salt ^ u128::from(nonce.ssrc) << 64 ^ u128::from(nonce.index) << 16
}

/// RFC 7714 sections 8.1 and 9.1: 96 bits.
fn gcm_iv(salt: u128, nonce: Nonce) -> u128 {
    salt ^ u128::from(nonce.ssrc) << 48 ^ u128::from(nonce.index)
}
