//! A signal that both ends know without telling each other.

use siptrunk_rtp::g711;

use super::FRAME;

/// G.711 flavours (RFC 3551 section 4.5.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// PCMU, payload type 0.
    Mu,
    /// PCMA, payload type 8.
    A,
}

impl Law {
    /// The static payload type.
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Mu => 0,
            Self::A => 8,
        }
    }
}

/// An endless signal at 8 kHz, known by its number.
///
/// It is noise at speech level, and no two frames of it are alike: a frame that comes twice, at
/// the wrong place, or from another call cannot be taken for the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signal(u64);

impl Signal {
    /// What the Five9 end sends if nothing else is said.
    pub const CALLER: Self = Self(1);
    /// What the Synthflow end sends if nothing else is said.
    pub const AGENT: Self = Self(2);

    /// The signal of a number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// One sample, linear 16 bit.
    pub fn sample(self, index: u64) -> i16 {
        // SplitMix64 finaliser: a full-period scramble of (signal, index).
        let mut x = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(index);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let [low, high, ..] = (x ^ (x >> 31)).to_le_bytes();
        // A quarter of full scale.
        i16::from_le_bytes([low, high]) / 4
    }

    /// One frame of 20 ms, as it stands in an RTP payload.
    pub fn frame(self, index: u32, law: Law) -> [u8; FRAME] {
        let mut samples = [0_i16; FRAME];
        let first = u64::from(index) * FRAME as u64;
        for (place, sample) in (first..).zip(&mut samples) {
            *sample = self.sample(place);
        }
        let mut octets = [0_u8; FRAME];
        match law {
            Law::Mu => g711::ulaw_encode_slice(&samples, &mut octets),
            Law::A => g711::alaw_encode_slice(&samples, &mut octets),
        };
        octets
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_frames_are_alike_and_signals_differ() {
        let mut seen = HashSet::new();
        for signal in [Signal::CALLER, Signal::AGENT, Signal::new(3)] {
            for law in [Law::Mu, Law::A] {
                for index in 0..500 {
                    assert!(seen.insert(signal.frame(index, law)), "{signal:?} {law:?} {index}");
                }
            }
        }
    }

    #[test]
    fn a_signal_is_the_same_each_time_and_stays_at_speech_level() {
        assert_eq!(Signal::AGENT.frame(7, Law::Mu), Signal::AGENT.frame(7, Law::Mu));
        let loudest = (0..8000).map(|at| Signal::AGENT.sample(at).unsigned_abs()).max().unwrap();
        assert!((6000..=8192).contains(&loudest), "{loudest}");
    }
}
