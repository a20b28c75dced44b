//! The 48-bit index of an SRTP packet, of which the packet carries 16 bits (RFC 3711 section
//! 3.3.1 and appendix A).

use super::SrtpError;
use super::key::RTP_LIFETIME;

/// One turn of the sequence number.
const TURN: u64 = 1 << 16;
const HALF: u64 = 1 << 15;

/// The index closest to the highest one so far; `None` if it would lie before zero.
pub(super) fn estimate(highest: u64, sequence: u16) -> Result<Option<u64>, SrtpError> {
    let sequence = u64::from(sequence);
    let (turns, low) = (highest & !(TURN - 1), highest & (TURN - 1));
    let same_turn = turns | sequence;
    let index = if low < HALF {
        if sequence.saturating_sub(low) > HALF {
            same_turn.checked_sub(TURN)
        } else {
            Some(same_turn)
        }
    } else if low.saturating_sub(HALF) > sequence {
        Some(same_turn.saturating_add(TURN))
    } else {
        Some(same_turn)
    };
    match index {
        Some(index) if index >= RTP_LIFETIME => {
            Err(SrtpError::KeyExhausted { limit: RTP_LIFETIME })
        }
        index => Ok(index),
    }
}

/// What the index of a stream's first packet can be: of the turn that is known, or, if the number
/// is low, of the next, since the packets before the wrap may be lost (they are whenever media
/// start before the key has come).
pub(super) fn first(rollover: u32, sequence: u16) -> [Option<u64>; 2] {
    let index = u64::from(rollover) << 16 | u64::from(sequence);
    let next_turn = index.saturating_add(TURN);
    let wrapped = u64::from(sequence) < HALF && next_turn < RTP_LIFETIME;
    [Some(index), wrapped.then_some(next_turn)]
}

/// The rollover counter of an index, whose 48 bits end with the sequence number.
pub(super) fn rollover(index: u64) -> u32 {
    let [_, _, rollover @ .., _, _] = index.to_be_bytes();
    u32::from_be_bytes(rollover)
}

/// The sequence number of an index.
pub(super) fn sequence(index: u64) -> u16 {
    let [.., high, low] = index.to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// The 31 bits of an SRTCP index, as they are sent.
pub(super) fn rtcp(index: u64) -> u32 {
    let [_, _, _, _, low @ ..] = index.to_be_bytes();
    u32::from_be_bytes(low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 3711 section 3.3.1: the nearest of the three turns.
    fn nearest(highest: u64, number: u16) -> u64 {
        let turns = (highest >> 16).saturating_sub(1)..=(highest >> 16) + 1;
        let indices = turns.map(|turn| turn << 16 | u64::from(number));
        indices.min_by_key(|index| index.abs_diff(highest)).unwrap()
    }

    proptest! {
        #[test]
        fn the_estimate_is_the_nearest_index(
            turn in prop_oneof![1_u64..4, (1_u64 << 32) - 5..(1 << 32) - 1],
            low: u16,
            number: u16,
        ) {
            prop_assume!(low.abs_diff(number) != 1 << 15);
            let highest = turn << 16 | u64::from(low);
            prop_assert_eq!(estimate(highest, number), Ok(Some(nearest(highest, number))));
        }
    }

    /// Appendix A of RFC 3711 breaks ties towards its own turn, as its pseudocode is written.
    #[test]
    fn a_tie_stays_in_the_same_turn() {
        assert_eq!(estimate(5 << 16 | 3, 0x8003), Ok(Some(5 << 16 | 0x8003)));
        assert_eq!(estimate(5 << 16 | 0x8003, 3), Ok(Some(5 << 16 | 3)));
    }

    #[test]
    fn there_is_no_index_before_zero_and_none_over_48_bits() {
        assert_eq!(estimate(3, 65_535), Ok(None));
        assert_eq!(estimate(3, 0x8003), Ok(Some(0x8003)));
        let last = RTP_LIFETIME - 1;
        assert_eq!(estimate(last, 65_534), Ok(Some(last - 1)));
        assert_eq!(estimate(last, 0), Err(SrtpError::KeyExhausted { limit: RTP_LIFETIME }));
    }

    #[test]
    fn the_first_packet_may_come_after_a_wrap() {
        assert_eq!(first(0, 65_535), [Some(65_535), None]);
        assert_eq!(first(0, 5), [Some(5), Some(65_541)]);
        assert_eq!(first(u32::MAX, 5), [Some(RTP_LIFETIME - 65_536 + 5), None]);
    }

    #[test]
    fn an_index_is_counter_and_number() {
        assert_eq!((rollover(0x0001_0203_0405), sequence(0x0001_0203_0405)), (0x10203, 0x405));
        assert_eq!(rtcp(0x7fff_fffe), 0x7fff_fffe);
    }
}
