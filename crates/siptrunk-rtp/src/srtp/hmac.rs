//! HMAC-SHA1 (RFC 2104, RFC 3711 section 4.2.1) with both key blocks hashed once per key.
//!
//! That saves a packet of 172 octets two of six rounds of SHA-1. The compression function is the
//! library's; the padding is done here, since a streaming hash copies the packet once more.

use sha1::block_api::compress;
use zeroize::{Zeroize as _, Zeroizing};

/// Octets of the authentication key (RFC 3711 section 5.2).
pub(super) const KEY: usize = 20;
/// Octets of a block of SHA-1.
const BLOCK: usize = 64;

/// The two hash states that a key comes to, wiped on drop.
#[derive(Clone)]
pub(super) struct HmacSha1 {
    inner: Zeroizing<[u32; 5]>,
    outer: Zeroizing<[u32; 5]>,
}

impl HmacSha1 {
    pub(super) fn new(key: &[u8; KEY]) -> Self {
        let keyed = |pad: u8| {
            let mut block = [pad; BLOCK];
            for (octet, key) in block.iter_mut().zip(key) {
                *octet ^= key;
            }
            // FIPS 180-4 section 5.3.1.
            let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
            compress(&mut state, &[block]);
            block.zeroize();
            Zeroizing::new(state)
        };
        Self { inner: keyed(0x36), outer: keyed(0x5c) }
    }

    /// The tag over `message` followed by `trailer`, not yet cut.
    #[inline]
    pub(super) fn tag(&self, message: &[u8], trailer: [u8; 4]) -> [u8; 20] {
        let mut state = *self.inner;
        let (blocks, rest) = message.as_chunks::<BLOCK>();
        compress(&mut state, blocks);
        // At most 63 octets, four more, the bit that ends them: together with their length one
        // block or two.
        let mut last = [0; 2 * BLOCK];
        let (tail, after) = last.split_at_mut(rest.len());
        tail.copy_from_slice(rest);
        if let [a, b, c, d, end, ..] = after {
            [*a, *b, *c, *d] = trailer;
            *end = END;
        }
        let count = if rest.len() <= BLOCK - 4 - 1 - 8 { 1 } else { 2 };
        let octets = message.len().wrapping_add(BLOCK + 4);
        if let Some(block) = last.as_chunks_mut::<BLOCK>().0.get_mut(..count) {
            if let Some(block) = block.last_mut() {
                end_with_length(block, octets);
            }
            compress(&mut state, block);
        }

        let mut block = [0; BLOCK];
        let (digest, after) = block.split_at_mut(20);
        digest.copy_from_slice(&octets_of(state));
        if let [end, ..] = after {
            *end = END;
        }
        end_with_length(&mut block, BLOCK + 20);
        state = *self.outer;
        compress(&mut state, &[block]);
        octets_of(state)
    }
}

/// The bit that ends a message (FIPS 180-4 section 5.1.1).
const END: u8 = 0x80;

/// Writes a message's length, in bits, where its last block has it.
fn end_with_length(block: &mut [u8; BLOCK], octets: usize) {
    if let Some(field) = block.last_chunk_mut::<8>() {
        *field = (octets as u64).wrapping_mul(8).to_be_bytes();
    }
}

fn octets_of(state: [u32; 5]) -> [u8; 20] {
    let mut octets = [0; 20];
    for (to, word) in octets.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    octets
}

#[cfg(test)]
mod tests {
    use sha1::Digest as _;

    use super::*;

    /// HMAC as RFC 2104 section 2 has it, with the library's hash.
    fn model(key: &[u8; KEY], message: &[u8]) -> [u8; 20] {
        let pad = |pad: u8| {
            let mut block = [pad; BLOCK];
            block.iter_mut().zip(key).for_each(|(octet, key)| *octet ^= key);
            block
        };
        let inner = sha1::Sha1::new().chain_update(pad(0x36)).chain_update(message).finalize();
        sha1::Sha1::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
    }

    /// RFC 2202 section 3, cases 1 and 3: those whose keys have 20 octets.
    #[test]
    fn tags_are_those_of_rfc_2202() {
        let tag = HmacSha1::new(&[0x0b; 20]).tag(b"Hi T", *b"here");
        assert_eq!(&tag[..8], b"\xb6\x17\x31\x86\x55\x05\x72\x64");
        let tag = HmacSha1::new(&[0xaa; 20]).tag(&[0xdd; 46], [0xdd; 4]);
        assert_eq!(&tag[..8], b"\x12\x5d\x73\x42\xb9\xac\x11\xcd");
    }

    #[test]
    fn every_length_is_padded_as_sha_1_asks() {
        let key = [3; KEY];
        let hmac = HmacSha1::new(&key);
        let message: Vec<u8> = (0..=255).collect();
        for end in 4..message.len() {
            let (front, trailer) = message[..end].split_last_chunk::<4>().unwrap();
            assert_eq!(hmac.tag(front, *trailer), model(&key, &message[..end]), "{end} octets");
        }
    }
}
