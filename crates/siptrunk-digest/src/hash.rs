//! Hashes as lower-case hexadecimal text, without allocation.

use md5::{Digest as _, Md5};
use zeroize::Zeroize;

use crate::algorithm::Algorithm;

const HEX: [u8; 16] = *b"0123456789abcdef";

/// Hexadecimal text of up to 32 bytes: room for every algorithm of RFC 8760.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hex {
    text: [u8; 64],
    length: usize,
}

impl Hex {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut text = [0; 64];
        let mut length = 0usize;
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
            if let [high, low] = pair {
                *high = digit(byte >> 4);
                *low = digit(byte & 0x0f);
            }
            length = length.saturating_add(2);
        }
        Self { text, length }
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
