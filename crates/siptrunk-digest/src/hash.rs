//! Hashes as lower-case hexadecimal text, without allocation.

use md5::{Digest, Md5};
use sha2::{Sha256, Sha512_256};
use zeroize::Zeroize;

use crate::algorithm::Function;

/// The two digits of every byte.
const DIGITS: [[u8; 2]; 256] = {
    let hex = *b"0123456789abcdef";
    let mut digits = [[0; 2]; 256];
    let mut byte = 0u8;
    loop {
        #[allow(clippy::indexing_slicing, reason = "evaluated at compile time; a nibble fits 16")]
        {
            digits[byte as usize] = [hex[(byte >> 4) as usize], hex[(byte & 0x0f) as usize]];
        }
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break digits,
        }
    }
};

/// Hexadecimal text of up to 32 bytes: room for every algorithm of RFC 8760.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hex {
    text: [u8; 64],
    length: usize,
}

impl Hex {
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            if let Some(digits) = DIGITS.get(usize::from(*byte)) {
                pair.copy_from_slice(digits);
            }
        }
        Self { text, length: bytes.len().saturating_mul(2).min(64) }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl Zeroize for Hex {
    fn zeroize(&mut self) {
        // The rest is zero already, and wiping goes byte by byte.
        if let Some(text) = self.text.get_mut(..self.length) {
            text.zeroize();
        }
    }
}

/// A request count as eight digits.
pub(crate) fn nc_hex(nc: u32) -> Hex {
    Hex::of(&nc.to_be_bytes())
}

/// The hash of the parts with a colon between each two.
#[inline]
pub(crate) fn of_joined<const N: usize>(function: Function, parts: [&[u8]; N]) -> Hex {
    #[cfg(test)]
    count::one();
    match function {
        Function::Md5 => joined::<N, Md5>(parts),
        Function::Sha256 => joined::<N, Sha256>(parts),
        Function::Sha512Trunc256 => joined::<N, Sha512_256>(parts),
    }
}

fn joined<const N: usize, D: Digest>(parts: [&[u8]; N]) -> Hex {
    let mut hasher = D::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            hasher.update(b":");
        }
        hasher.update(part);
    }
    Hex::of(&hasher.finalize())
}

/// How many hashes were computed: that users who exist cost no more than others is a matter of
/// this number.
#[cfg(test)]
pub(crate) mod count {
    use std::cell::Cell;

    thread_local!(static HASHES: Cell<u32> = const { Cell::new(0) });

    pub(super) fn one() {
        HASHES.set(HASHES.get() + 1);
    }

    /// The hashes that `work` needs.
    pub(crate) fn during(work: impl FnOnce()) -> u32 {
        let before = HASHES.get();
        work();
        HASHES.get() - before
    }
}
