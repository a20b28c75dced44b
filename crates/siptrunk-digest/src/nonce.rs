//! Our nonces: when, which, for whom, and a MAC over it, so that nothing is kept until one is
//! used.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::hash::Hex;
use crate::secret::Secret;

/// Bytes of the MAC that stand in a nonce.
const MAC: usize = 16;

/// What a nonce says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nonce {
    /// Milliseconds since the core's start.
    pub(crate) issued: u64,
    /// Counts the nonces of a server; makes each one unique.
    pub(crate) serial: u64,
}

impl Nonce {
    /// Its text: 32 hexadecimal digits of content and 32 of MAC.
    pub(crate) fn write(self, key: &Secret, source: &[u8]) -> String {
        let mut text = String::with_capacity(64);
        text.push_str(Hex::of(&self.content()).as_str());
        text.push_str(Hex::of(&self.mac(key, source)).as_str());
        text
    }

    /// Reads a nonce that this key made for this source; the MAC is compared in constant time.
    pub(crate) fn read(text: &str, key: &Secret, source: &[u8]) -> Option<Self> {
        let (content, mac) = text.split_at_checked(32)?;
        let (issued, serial) = content.split_at_checked(16)?;
        let number = |hex: &str| {
            let well_formed = hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            well_formed.then(|| u64::from_str_radix(hex, 16).ok()).flatten()
        };
        let nonce = Self { issued: number(issued)?, serial: number(serial)? };
        let expected = Hex::of(&nonce.mac(key, source));
        bool::from(expected.as_bytes().ct_eq(mac.as_bytes())).then_some(nonce)
    }

    fn content(self) -> [u8; 16] {
        (u128::from(self.issued) << 64 | u128::from(self.serial)).to_be_bytes()
    }

    fn mac(self, key: &Secret, source: &[u8]) -> [u8; MAC] {
        let mut short = [0; MAC];
        // HMAC takes keys of any length.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose()) {
            mac.update(&self.content());
            mac.update(source);
            for (to, from) in short.iter_mut().zip(mac.finalize().into_bytes()) {
                *to = from;
            }
        }
        short
    }
}
