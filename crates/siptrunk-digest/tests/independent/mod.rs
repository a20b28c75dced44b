//! H() of RFC 7616 section 3.3, from the hash crates and nothing of ours.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use siptrunk_digest::Algorithm;

/// The hash of a text as lower-case digits.
pub(crate) fn hash(algorithm: Algorithm, text: &str) -> String {
    match algorithm {
        Algorithm::Md5 | Algorithm::Md5Sess => hex(&Md5::digest(text)),
        Algorithm::Sha256 | Algorithm::Sha256Sess => hex(&Sha256::digest(text)),
        _ => hex(&Sha512_256::digest(text)),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}
