//! AES-GCM as SRTP uses it (RFC 7714): IV of 96 bits, tag of 128.
//!
//! GHASH and AES are the library's; they are put together here because SRTCP's associated data
//! stand in two places of the packet (RFC 7714 section 9.2), and because a packet that fails must
//! stay as it is.

use ghash::universal_hash::UniversalHash as _;
use ghash::{Block, GHash};
use zeroize::Zeroize;

use super::counter::Aes;

/// A cipher with the hash key that belongs to it; both wiped on drop by the libraries.
#[derive(Clone)]
pub(super) struct Gcm {
    aes: Aes,
    ghash: GHash,
}

impl Gcm {
    pub(super) fn new(aes: Aes) -> Self {
        let mut hash_key = aes.block(0);
        let ghash = GHash::new(&hash_key);
        hash_key.as_mut_slice().zeroize();
        Self { aes, ghash }
    }

    /// Enciphers or deciphers; `iv` has 96 bits.
    #[inline]
    pub(super) fn apply(&self, iv: u128, data: &mut [u8]) {
        // The counter's low 32 bits are 1 for the tag and 2 for the first block of data.
        self.aes.apply(iv << 32 | 2, data);
    }

    /// The tag over enciphered data, with `associated` and then `trailer` (at most four octets)
    /// as the associated data.
    #[inline]
    pub(super) fn tag(&self, iv: u128, associated: &[u8], trailer: &[u8], data: &[u8]) -> [u8; 16] {
        let mut hash = Hash { ghash: self.ghash.clone(), pending: Default::default(), used: 0 };
        let (whole, rest) = associated.as_chunks::<16>();
        for block in whole {
            hash.push(*block);
        }
        let mut end = [0; 20];
        for (to, from) in end.iter_mut().zip(rest.iter().chain(trailer)) {
            *to = *from;
        }
        hash.push_padded(end.get(..rest.len().wrapping_add(trailer.len())).unwrap_or_default());
        hash.push_padded(data);
        let associated_bits = bits(associated.len().wrapping_add(trailer.len()));
        hash.push((associated_bits << 64 | bits(data.len())).to_be_bytes());
        let mask = u128::from_be_bytes(self.aes.block(iv << 32 | 1).into());
        (hash.finish() ^ mask).to_be_bytes()
    }
}

/// GHASH given its blocks many at a time: the library works on four in parallel, but only on
/// those of one call.
struct Hash {
    ghash: GHash,
    pending: [Block; 16],
    used: usize,
}

impl Hash {
    fn push_padded(&mut self, octets: &[u8]) {
        let (whole, rest) = octets.as_chunks::<16>();
        for block in whole {
            self.push(*block);
        }
        if !rest.is_empty() {
            let mut block = [0; 16];
            for (to, from) in block.iter_mut().zip(rest) {
                *to = *from;
            }
            self.push(block);
        }
    }

    fn push(&mut self, block: [u8; 16]) {
        if self.used == self.pending.len() {
            self.ghash.update(&self.pending);
            self.used = 0;
        }
        if let Some(room) = self.pending.get_mut(self.used) {
            *room = block.into();
            self.used = self.used.wrapping_add(1);
        }
    }

    fn finish(mut self) -> u128 {
        self.ghash.update(self.pending.get(..self.used).unwrap_or_default());
        u128::from_be_bytes(self.ghash.finalize().into())
    }
}

/// The number of bits of so many octets.
fn bits(octets: usize) -> u128 {
    (octets as u128) << 3
}
