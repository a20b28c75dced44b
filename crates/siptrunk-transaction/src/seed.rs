//! The one source of randomness: a seed from outside, a ChaCha generator, and keys for hash maps.

use std::{
    fmt,
    hash::{BuildHasher, Hasher},
};

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng as _, SeedableRng};
use siphasher::sip::{SipHasher13, SipHasher24};
use zeroize::Zeroize;

/// 32 bytes that everything random in a core is derived from.
///
/// The driver draws them from the operating system; a test chooses them. Whoever knows the seed
/// can guess every branch, tag and nonce: it is wiped on drop and never printed.
#[derive(Clone)]
pub struct Seed(pub [u8; 32]);

impl Seed {
    /// A seed for another core or another purpose; labels keep them independent of each other.
    #[must_use]
    pub fn derive(&self, label: &[u8]) -> Self {
        // ChaCha under this key, at a stream that only this label selects, is a pseudo-random
        // function of the label. Stream 0 stays with `rng`.
        let mut generator = ChaCha12Rng::from_seed(self.0);
        let stream = SipHasher24::new_with_keys(0, 0).hash(label);
        generator.set_stream(stream.max(1));
        let mut bytes = [0; 32];
        generator.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// A generator that starts from this seed.
    pub fn rng(&self) -> Rng {
        Rng(ChaCha12Rng::from_seed(self.0))
    }

    /// The keyed hasher of this seed's hash maps: peers cannot choose keys that collide.
    pub fn hasher(&self) -> KeyedHash {
        let mut keys = self.derive(b"hash map keys").rng();
        KeyedHash { keys: (keys.u64(), keys.u64()) }
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// The characters of tokens, each of five bits.
pub(crate) const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A cryptographic generator (ChaCha with 12 rounds): what it makes cannot be guessed.
pub struct Rng(ChaCha12Rng);

impl Rng {
    /// Fills a buffer.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// 64 random bits.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// `length` random characters of `a` to `z` and `2` to `7`: five bits each, so 13 carry 64.
    pub fn token(&mut self, length: usize) -> String {
        let mut token = String::with_capacity(length);
        self.push_token(length, &mut token);
        token
    }

    /// Appends what [`token`](Self::token) returns, without an allocation of its own.
    pub fn push_token(&mut self, length: usize, out: &mut String) {
        let (mut bits, mut left) = (0, 0);
        for _ in 0..length {
            if left == 0 {
                (bits, left) = (self.u64(), 12);
            }
            out.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
            left -= 1;
        }
    }

    /// An unbiased number from 0 to `bound - 1`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Numbers past the last whole multiple of `bound` would favour the small remainders.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let number = self.u64();
            if number < limit {
                return number % bound;
            }
        }
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng(..)")
    }
}

/// SipHash-1-3 under a secret key, for `HashMap::with_hasher`.
#[derive(Clone, Copy)]
pub struct KeyedHash {
    keys: (u64, u64),
}

impl BuildHasher for KeyedHash {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.keys.0, self.keys.1)
    }
}

impl KeyedHash {
    /// The keyed hash of some bytes, for tables that are indexed by hand.
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_labels_differ() {
        let seed = Seed([7; 32]);
        assert_eq!(seed.rng().token(40), seed.clone().rng().token(40));
        assert_eq!(seed.derive(b"a").0, seed.derive(b"a").0);
        assert_ne!(seed.derive(b"a").0, seed.derive(b"b").0);
        assert_ne!(seed.derive(b"a").0, seed.0);
        assert_eq!(seed.hasher().hash(b"x"), seed.hasher().hash(b"x"));
        assert_ne!(seed.hasher().hash(b"x"), Seed([8; 32]).hasher().hash(b"x"));
    }

    #[test]
    fn nothing_prints_the_seed() {
        let seed = Seed([0x5a; 32]);
        let printed = format!("{seed:?} {:?} {:?}", seed.rng(), seed.hasher());
        assert_eq!(printed, "Seed(..) Rng(..) KeyedHash(..)");
    }

    #[test]
    fn tokens_have_their_length_and_alphabet_and_do_not_repeat() {
        let mut rng = Seed([1; 32]).rng();
        let mut seen = HashSet::new();
        for length in 0..64 {
            let token = rng.token(length);
            assert_eq!(token.len(), length);
            assert!(token.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b)));
        }
        assert!((0..10_000).all(|_| seen.insert(rng.token(13))));
    }

    #[test]
    fn below_stays_below_and_reaches_both_ends() {
        let mut rng = Seed([2; 32]).rng();
        assert_eq!(rng.below(0), 0);
        let drawn: HashSet<u64> = (0..1_000).map(|_| rng.below(6)).collect();
        assert_eq!(drawn, (0..6).collect());
    }
}
