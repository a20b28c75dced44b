//! Looking at octets eight at a time, in safe arithmetic on words.
//!
//! A line of a SIP message is some tens of octets: too short for the call into a vector routine to pay, long enough
//! for one octet a step to hurt.

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);

/// Marks the octets below `bound`, which is 128 at most. Only the lowest mark is sure to be right.
#[inline]
pub(crate) const fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(ONES.wrapping_mul(bound as u64)) & !word & HIGHS
}

/// Marks the octets that are `octet`. Only the lowest mark is sure to be right.
#[inline]
pub(crate) const fn equal(word: u64, octet: u8) -> u64 {
    below(word ^ ONES.wrapping_mul(octet as u64), 1)
}

/// Marks the octets from 128 on.
#[inline]
pub(crate) const fn high(word: u64) -> u64 {
    word & HIGHS
}

/// How many octets stand before the first marked one; their number if none is marked. `mark` must not mark `padding`.
#[inline]
pub(crate) fn before(octets: &[u8], padding: u8, mark: impl Fn(u64) -> u64) -> usize {
    let mut rest = octets;
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        let marks = mark(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return octets.len().saturating_sub(rest.len()).saturating_add(lowest(marks));
        }
        rest = after;
    }
    if rest.is_empty() {
        return octets.len();
    }
    // The last eight octets again, of which those before `rest` are known to be unmarked.
    let (word, start) = if let Some(last) = octets.last_chunk::<8>() {
        (*last, octets.len().saturating_sub(8))
    } else {
        let mut last = [padding; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        (last, 0)
    };
    match mark(u64::from_le_bytes(word)) {
        0 => octets.len(),
        marks => start.saturating_add(lowest(marks)),
    }
}

/// How many octets stand before the first control character (below 0x20); their number if there is none.
#[inline]
pub(crate) fn before_control(octets: &[u8]) -> usize {
    let mut rest = octets;
    // Sixteen a step, in a form that compilers turn into vector instructions.
    while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
        if has_control(chunk) {
            break;
        }
        rest = after;
    }
    if rest.len() < 16 && octets.last_chunk::<16>().is_some_and(|last| !has_control(last)) {
        return octets.len();
    }
    let passed = octets.len().saturating_sub(rest.len());
    passed.saturating_add(before(rest, b'x', |word| below(word, 0x20)))
}

#[inline]
fn has_control(chunk: &[u8; 16]) -> bool {
    chunk.iter().fold(0, |any, octet| any | u8::from(*octet < 0x20)) != 0
}

/// How many octets stand before the lowest mark.
#[inline]
pub(crate) fn lowest(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_marked_octet_is_found_wherever_it_stands() {
        for length in 0..40 {
            let mut octets = vec![b'x'; length];
            let control = before_control;
            let colon = |octets: &[u8]| before(octets, b'x', |word| equal(word, b':'));
            assert_eq!((control(&octets), colon(&octets)), (length, length));
            for at in 0..length {
                // Everything after the first one is of every kind, so that a wrong mark would show.
                for (octet, later) in [(0x1f, 0x20), (0, 0xff), (0x0d, 0x0a), (0x01, 0x80)] {
                    octets[at] = octet;
                    octets[at + 1..].fill(later);
                    assert_eq!(control(&octets), at, "{octets:?}");
                }
                octets[at] = b':';
                octets[at + 1..].fill(b'9');
                assert_eq!(colon(&octets), at, "{octets:?}");
                octets.fill(b'x');
            }
        }
    }

    #[test]
    fn every_octet_is_judged_like_itself() {
        for octet in 0..=255_u8 {
            let word = u64::from_le_bytes([b'x', b'x', b'x', octet, b'x', b'x', b'x', b'x']);
            assert_eq!(below(word, 0x21) != 0, octet < 0x21, "{octet}");
            assert_eq!(equal(word, b'<') != 0, octet == b'<', "{octet}");
            assert_eq!(high(word) != 0, octet >= 0x80, "{octet}");
        }
    }
}
