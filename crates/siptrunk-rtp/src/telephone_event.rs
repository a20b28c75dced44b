//! DTMF and other named events as RTP payload (RFC 4733 section 2.3).
//!
//! ```text
//! |     event     |E|R| volume    |          duration             |
//! ```

use crate::EventError;

/// Octets of one event report.
pub const LENGTH: usize = 4;

const END_BIT: u8 = 0x80;
const VOLUME_MASK: u8 = 0x3f;

/// One event report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    /// Which event: 0 to 9 digits, 10 `*`, 11 `#`, 12 to 15 `A` to `D`, others by registry.
    pub code: u8,
    /// Whether the event has ended.
    pub end: bool,
    /// Power level in dBm0 without its sign, 0 to 63; larger is quieter.
    pub volume: u8,
    /// How long the event has lasted so far, in timestamp units.
    pub duration: u16,
}

impl Event {
    /// Reads the first report of a payload; see [`events`] for a payload that holds several.
    ///
    /// The reserved bit is ignored, as section 2.3.3 asks.
    pub fn parse(payload: &[u8]) -> Result<Self, EventError> {
        match payload.first_chunk::<LENGTH>() {
            Some(octets) => Ok(Self::from_octets(*octets)),
            None => Err(EventError::Short { length: payload.len() }),
        }
    }

    /// The four octets of the report: a payload. Of the volume the low six bits are written.
    pub fn to_octets(self) -> [u8; LENGTH] {
        let end = if self.end { END_BIT } else { 0 };
        let [d0, d1] = self.duration.to_be_bytes();
        [self.code, end | (self.volume & VOLUME_MASK), d0, d1]
    }

    /// The DTMF digit of the event: `0` to `9`, `*`, `#`, `A` to `D` (section 3.2).
    pub fn digit(self) -> Option<char> {
        DIGITS.get(usize::from(self.code)).map(|digit| char::from(*digit))
    }

    /// The event code of a DTMF digit; letters in either case.
    pub fn code_of(digit: char) -> Option<u8> {
        let digit = u8::try_from(digit).ok()?.to_ascii_uppercase();
        DIGITS.iter().position(|known| *known == digit).and_then(|code| u8::try_from(code).ok())
    }

    fn from_octets([code, flags, d0, d1]: [u8; LENGTH]) -> Self {
        Self {
            code,
            end: flags & END_BIT != 0,
            volume: flags & VOLUME_MASK,
            duration: u16::from_be_bytes([d0, d1]),
        }
    }
}

const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

/// The reports of a payload, one for each four octets; octets left over are ignored.
pub fn events(payload: &[u8]) -> impl ExactSizeIterator<Item = Event> + '_ {
    payload.as_chunks::<LENGTH>().0.iter().map(|octets| Event::from_octets(*octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_comes_back_but_for_its_reserved_bit() {
        for flags in 0..=u8::MAX {
            let octets = [11, flags, 0x03, 0x20];
            let event = Event::parse(&octets).unwrap();
            assert_eq!(event.code, 11);
            assert_eq!(event.digit(), Some('#'));
            assert_eq!(event.end, flags >= 0x80);
            assert_eq!(event.volume, flags % 64);
            assert_eq!(event.duration, 800);
            assert_eq!(event.to_octets(), [11, flags & !0x40, 0x03, 0x20]);
        }
    }

    #[test]
    fn a_volume_over_63_never_sets_the_end_bit() {
        let event = Event { code: 1, end: false, volume: 255, duration: 1 };
        assert_eq!(event.to_octets(), [1, 63, 0, 1]);
    }

    #[test]
    fn digits_and_codes_are_those_of_section_3_2() {
        for (code, digit) in "0123456789*#ABCD".chars().enumerate() {
            let code = u8::try_from(code).unwrap();
            assert_eq!(Event::code_of(digit), Some(code));
            let event = Event { code, end: false, volume: 0, duration: 0 };
            assert_eq!(event.digit(), Some(digit));
        }
        assert_eq!(Event::code_of('d'), Some(15));
        assert_eq!(Event::code_of('E'), None);
        assert_eq!(Event::code_of('ä'), None);
        assert_eq!(Event { code: 16, end: true, volume: 0, duration: 0 }.digit(), None);
    }

    #[test]
    fn a_short_payload_is_an_error_and_a_long_one_is_several_events() {
        assert_eq!(Event::parse(&[1, 2, 3]), Err(EventError::Short { length: 3 }));
        let payload = [1, 0x80, 0, 1, 2, 0, 0, 2, 9];
        let codes: Vec<_> = events(&payload).map(|event| event.code).collect();
        assert_eq!(codes, [1, 2]);
    }
}
