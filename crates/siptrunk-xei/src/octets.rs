//! Values of some ten octets, judged and copied in blocks of 16 or 8: faster than octet by octet,
//! and than a call of memcpy for each.

/// Whether a test holds for no octet.
#[inline]
pub(crate) fn none(octets: &[u8], test: impl Fn(u8) -> bool + Copy) -> bool {
    // No early way out of a block: that is what lets it be judged at once.
    fn hits(block: &[u8], test: impl Fn(u8) -> bool) -> bool {
        block.iter().fold(false, |hit, &octet| hit | test(octet))
    }
    if let Some(last) = octets.last_chunk::<16>() {
        let (blocks, _) = octets.as_chunks::<16>();
        // The last block overlaps with the one before.
        return !blocks.iter().any(|block| hits(block, test)) && !hits(last, test);
    }
    match (octets.first_chunk::<8>(), octets.last_chunk::<8>()) {
        (Some(first), Some(last)) => !hits(first, test) && !hits(last, test),
        _ => !hits(octets, test),
    }
}

/// Copies; both have to be equally long.
#[inline]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> Option<()> {
    /// The first and the last `N` octets, which meet or overlap.
    fn ends<const N: usize>(to: &mut [u8], from: &[u8]) -> Option<()> {
        *to.first_chunk_mut::<N>()? = *from.first_chunk::<N>()?;
        *to.last_chunk_mut::<N>()? = *from.last_chunk::<N>()?;
        Some(())
    }
    match (to.len(), from.len()) {
        (room, length) if room != length => None,
        (8..=16, _) => ends::<8>(to, from),
        (17..=32, _) => ends::<16>(to, from),
        (33..=64, _) => ends::<32>(to, from),
        _ => {
            to.copy_from_slice(from);
            Some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_octet_is_found_wherever_it_stands() {
        for length in 0..70 {
            let mut octets = vec![b'a'; length];
            assert!(none(&octets, |octet| octet == b';'), "{length}");
            for at in 0..length {
                octets[at] = b';';
                assert!(!none(&octets, |octet| octet == b';'), "{at} of {length}");
                octets[at] = b'a';
            }
        }
    }

    #[test]
    fn every_length_is_copied_whole() {
        for length in 0..100_u8 {
            let from: Vec<u8> = (0..length).collect();
            let mut to = vec![0xff; from.len()];
            assert_eq!(copy(&mut to, &from), Some(()));
            assert_eq!(to, from);
            assert_eq!(copy(&mut [0; 100], &from), None);
        }
    }
}
