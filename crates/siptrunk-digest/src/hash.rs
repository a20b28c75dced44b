//! Hashes as lower-case hexadecimal text, without allocation.

use md5::{Digest as _, Md5};
use zeroize::Zeroize;

use crate::algorithm::Algorithm;

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
        self.text.zeroize();
    }
}

/// A request count as eight digits.
pub(crate) fn nc_hex(nc: u32) -> Hex {
    Hex::of(&nc.to_be_bytes())
}

/// The hash of the parts with a colon between each two; `None` if the algorithm is not built in.
pub(crate) fn of_joined<const N: usize>(algorithm: Algorithm, parts: [&[u8]; N]) -> Option<Hex> {
    match algorithm {
        Algorithm::Md5 => Some(joined(Md5::new(), parts)),
        _ => None,
    }
}

fn joined<const N: usize, D: md5::Digest>(mut hasher: D, parts: [&[u8]; N]) -> Hex {
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            hasher.update(b":");
        }
        hasher.update(part);
    }
    Hex::of(&hasher.finalize())
}
