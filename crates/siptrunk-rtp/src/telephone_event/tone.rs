//! Tones described by their frequencies (RFC 4733 section 4), recognised and not played.
//!
//! ```text
//! |    modulation   |T|  volume   |          duration             |
//! |R R R R|       frequency       |R R R R|       frequency       | ...
//! ```

use crate::EventError;

const THIRDS_BIT: u8 = 0x40;
const VOLUME_MASK: u8 = 0x3f;
const HEADER: usize = 4;

/// A payload of the media type `audio/tone`: what another end would have to synthesise.
///
/// Which payload type holds tones is agreed elsewhere; the payload does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tone<'a> {
    header: [u8; HEADER],
    frequencies: &'a [[u8; 2]],
}

impl<'a> Tone<'a> {
    /// Reads a payload. Without frequencies it is a time of silence.
    pub fn parse(payload: &'a [u8]) -> Result<Self, EventError> {
        let length = payload.len();
        let Some((header, rest)) = payload.split_first_chunk::<HEADER>() else {
            return Err(EventError::Short { length });
        };
        match rest.as_chunks::<2>() {
            (frequencies, []) => Ok(Self { header: *header, frequencies }),
            _ => Err(EventError::HalfFrequency { length }),
        }
    }

    /// How often a second the tone's amplitude swells, in thirds of a hertz; 0 if it does not.
    pub fn modulation_thirds(&self) -> u16 {
        let [high, low, ..] = self.header;
        // Nine bits, and a tenth that says that they are thirds already.
        let field = u16::from_be_bytes([high, low]) >> 7;
        if low & THIRDS_BIT == 0 { field.saturating_mul(3) } else { field }
    }

    /// Power level in dBm0 without its sign, 0 to 63; larger is quieter.
    pub fn volume(&self) -> u8 {
        self.header[1] & VOLUME_MASK
    }

    /// How long the tone lasts from the packet's timestamp on, in timestamp units; a tone of 0
    /// should be ignored.
    pub fn duration(&self) -> u16 {
        let [.., d0, d1] = self.header;
        u16::from_be_bytes([d0, d1])
    }

    /// The frequencies to be added, in hertz, at most 4095; 0 is silence.
    pub fn frequencies(&self) -> impl ExactSizeIterator<Item = u16> + use<'a> {
        self.frequencies.iter().map(|octets| u16::from_be_bytes(*octets) & 0x0fff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4733 figure 4.
    #[test]
    fn the_tone_payload_of_figure_4() {
        let payload = [0, 20, 0, 160, 0x02, 0xb9, 0x04, 0xb9];
        let tone = Tone::parse(&payload).unwrap();
        assert_eq!((tone.modulation_thirds(), tone.volume(), tone.duration()), (0, 20, 160));
        assert_eq!(tone.frequencies().collect::<Vec<_>>(), [697, 1209]);
    }

    #[test]
    fn modulation_has_nine_bits_of_hertz_or_of_thirds() {
        // 16 2/3 Hz are 50 thirds; reserved bits of a frequency are ignored.
        let payload = [25, 0x40 | 63, 0, 1, 0xff, 0xff];
        let tone = Tone::parse(&payload).unwrap();
        assert_eq!((tone.modulation_thirds(), tone.volume()), (50, 63));
        assert_eq!(tone.frequencies().collect::<Vec<_>>(), [4095]);
        let highest = Tone::parse(&[0xff, 0x80, 0, 1]).unwrap();
        assert_eq!((highest.modulation_thirds(), highest.volume()), (511 * 3, 0));
        assert_eq!(highest.frequencies().len(), 0);
    }

    #[test]
    fn half_a_header_and_half_a_frequency_are_errors() {
        assert_eq!(Tone::parse(&[0; 3]), Err(EventError::Short { length: 3 }));
        assert_eq!(Tone::parse(&[0; 7]), Err(EventError::HalfFrequency { length: 7 }));
    }
}
