//! Comfort noise as RTP payload (RFC 3389), recognised and written; the noise itself is made
//! elsewhere.

use crate::NoiseError;

/// The static payload type at 8,000 Hz (section 4); other clock rates have dynamic ones.
pub const PAYLOAD_TYPE: u8 = 13;

const LEVEL_MASK: u8 = 0x7f;
/// The index that stands for a coefficient of zero.
const ZERO: i16 = 127;
const RESERVED: u8 = 255;

/// What the silence sounds like: a level and, perhaps, a spectrum.
///
/// ```
/// use siptrunk_rtp::comfort_noise::ComfortNoise;
///
/// let noise = ComfortNoise::parse(&[70, 227])?;
/// assert_eq!(noise.level(), 70);
/// let coefficients: Vec<_> = noise.coefficients().collect();
/// assert!((coefficients[0] - 0.787).abs() < 0.001);
/// # Ok::<(), siptrunk_rtp::NoiseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComfortNoise<'a> {
    level: u8,
    indices: &'a [u8],
}

impl<'a> ComfortNoise<'a> {
    /// Noise of `level`, 0 to 127 (see [`level`](Self::level)), with the quantised coefficients of
    /// its spectrum, 0 to 254 each; none for white noise.
    pub fn new(level: u8, indices: &'a [u8]) -> Result<Self, NoiseError> {
        if level > LEVEL_MASK {
            return Err(NoiseError::Level { level });
        }
        match indices.iter().position(|index| *index == RESERVED) {
            Some(place) => Err(NoiseError::ReservedCoefficient { place }),
            None => Ok(Self { level, indices }),
        }
    }

    /// Reads the payload of one channel. The unused bit of the level is ignored.
    pub fn parse(payload: &'a [u8]) -> Result<Self, NoiseError> {
        match payload {
            [level, indices @ ..] => Ok(Self { level: level & LEVEL_MASK, indices }),
            [] => Err(NoiseError::Empty),
        }
    }

    /// The noise level in dBov without its sign, 0 to 127; larger is quieter. Overload of mu-law,
    /// 0 dBov, is 6.18 dBm0 (section 3.1).
    pub fn level(&self) -> u8 {
        self.level
    }

    /// The quantised reflection coefficients, in order.
    pub fn indices(&self) -> &'a [u8] {
        self.indices
    }

    /// The reflection coefficients of the all-pole model, between -1 and 1 (section 3.2). They end
    /// before an index that is reserved: a model of lower order is one too.
    pub fn coefficients(&self) -> impl Iterator<Item = f32> + use<'a> {
        self.indices.iter().take_while(|index| **index != RESERVED).map(|index| {
            let step = i16::from(*index).saturating_sub(ZERO);
            258.0 * f32::from(step) / 32_768.0
        })
    }

    /// Writes the payload to the front of `out` and returns its length.
    pub fn write_into(&self, out: &mut [u8]) -> Result<usize, NoiseError> {
        let needed = self.indices.len().saturating_add(1);
        let available = out.len();
        match out.get_mut(..needed).and_then(<[u8]>::split_first_mut) {
            Some((level, indices)) => {
                *level = self.level;
                indices.copy_from_slice(self.indices);
                Ok(needed)
            }
            None => Err(NoiseError::BufferTooSmall { needed, available }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_octet_is_the_level_and_its_top_bit_is_ignored() {
        for octet in 0..=u8::MAX {
            let payload = [octet];
            let noise = ComfortNoise::parse(&payload).unwrap();
            assert_eq!((noise.level(), noise.indices().len()), (octet % 128, 0));
        }
        assert_eq!(ComfortNoise::parse(&[]), Err(NoiseError::Empty));
    }

    /// The formula of section 3.2, at its ends and its middle.
    #[test]
    fn coefficients_are_steps_of_258_around_index_127() {
        let noise = ComfortNoise::parse(&[1, 0, 127, 128, 254]).unwrap();
        let scaled: Vec<_> = noise.coefficients().map(|k| k * 32_768.0).collect();
        assert_eq!(scaled, [-32_766.0, 0.0, 258.0, 32_766.0]);
    }

    #[test]
    fn a_reserved_index_is_read_as_the_end_of_the_model_and_not_written() {
        let noise = ComfortNoise::parse(&[1, 7, 255, 9]).unwrap();
        assert_eq!((noise.indices(), noise.coefficients().count()), (&[7, 255, 9][..], 1));
        let error = NoiseError::ReservedCoefficient { place: 1 };
        assert_eq!(ComfortNoise::new(1, &[7, 255, 9]), Err(error));
    }

    #[test]
    fn what_is_read_is_written() {
        for length in 1..20_u8 {
            let payload: Vec<u8> = (0..length).map(|n| n * 13 % 128).collect();
            let mut out = [0xee; 20];
            let noise = ComfortNoise::parse(&payload).unwrap();
            assert_eq!(noise.write_into(&mut out), Ok(payload.len()));
            assert_eq!(out[..payload.len()], payload);
            let error = NoiseError::BufferTooSmall { needed: payload.len(), available: 0 };
            assert_eq!(noise.write_into(&mut []), Err(error));
        }
        assert_eq!(ComfortNoise::new(128, &[]), Err(NoiseError::Level { level: 128 }));
    }
}
