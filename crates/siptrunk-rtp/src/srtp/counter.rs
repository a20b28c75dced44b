//! AES in counter mode, the keystream of every suite (RFC 3711 section 4.1.1; in GCM too).

use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc, Block};

/// Blocks enciphered at a time: a packet of 20 ms of G.711 in one go. The library works on eight
/// in parallel.
const BATCH: usize = 16;

/// AES with its round keys, expanded once; wiped on drop by the library.
#[derive(Clone)]
pub(super) enum Aes {
    Aes128(Aes128Enc),
    Aes192(Aes192Enc),
    Aes256(Aes256Enc),
}

impl Aes {
    /// For a key of 16, 24 or 32 octets; `None` for any other.
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128Enc::new_from_slice(key).ok().map(Self::Aes128),
            24 => Aes192Enc::new_from_slice(key).ok().map(Self::Aes192),
            32 => Aes256Enc::new_from_slice(key).ok().map(Self::Aes256),
            _ => None,
        }
    }

    /// The block `E(k, counter)`.
    pub(super) fn block(&self, counter: u128) -> Block {
        let mut block = Block::from(counter.to_be_bytes());
        match self {
            Self::Aes128(aes) => aes.encrypt_block(&mut block),
            Self::Aes192(aes) => aes.encrypt_block(&mut block),
            Self::Aes256(aes) => aes.encrypt_block(&mut block),
        }
        block
    }

    /// Enciphers or deciphers `data` with the keystream that starts at `counter`.
    #[inline]
    pub(super) fn apply(&self, counter: u128, data: &mut [u8]) {
        match self {
            Self::Aes128(aes) => apply(aes, counter, data),
            Self::Aes192(aes) => apply(aes, counter, data),
            Self::Aes256(aes) => apply(aes, counter, data),
        }
    }
}

fn apply<C>(aes: &C, mut counter: u128, data: &mut [u8])
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    for chunk in data.chunks_mut(BATCH.wrapping_mul(16)) {
        let mut keystream = [Block::default(); BATCH];
        let count = chunk.len().div_ceil(16);
        let Some(used) = keystream.get_mut(..count) else { return };
        for block in &mut *used {
            *block = counter.to_be_bytes().into();
            counter = counter.wrapping_add(1);
        }
        aes.encrypt_blocks(used);
        let (whole, rest) = chunk.as_chunks_mut::<16>();
        let mut used = used.iter();
        for (octets, block) in whole.iter_mut().zip(&mut used) {
            let mixed = u128::from_ne_bytes(*octets) ^ u128::from_ne_bytes((*block).into());
            *octets = mixed.to_ne_bytes();
        }
        for (octet, key) in rest.iter_mut().zip(used.flatten()) {
            *octet ^= key;
        }
    }
}
