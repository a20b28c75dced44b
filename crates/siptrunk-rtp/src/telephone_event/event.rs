//! One event report (RFC 4733 section 2.3).
//!
//! ```text
//! |     event     |E|R| volume    |          duration             |
//! ```

use std::fmt;

use crate::EventError;

/// Octets of one event report.
pub const LENGTH: usize = 4;

const END_BIT: u8 = 0x80;
const VOLUME_MASK: u8 = 0x3f;
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

/// What an event is: a number of IANA's registry.
///
/// Digits may be a card number or a password: `Debug` says that an event is a digit and not which.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventCode(pub u8);

impl EventCode {
    /// The key `*`.
    pub const STAR: Self = Self(10);
    /// The key `#`.
    pub const POUND: Self = Self(11);
    /// The key `A`; `B`, `C` and `D` follow.
    pub const A: Self = Self(12);
    /// The key `D`, the last of DTMF.
    pub const D: Self = Self(15);
    /// A hook flash, as RFC 2833 defined it; RFC 4733 keeps the number for it.
    pub const FLASH: Self = Self(16);

    /// The event of a DTMF digit; letters in either case.
    pub fn from_digit(digit: char) -> Option<Self> {
        let digit = u8::try_from(digit).ok()?.to_ascii_uppercase();
        let code = DIGITS.iter().position(|known| *known == digit)?;
        u8::try_from(code).ok().map(Self)
    }

    /// The DTMF digit: `0` to `9`, `*`, `#`, `A` to `D` (section 3.2).
    pub fn digit(self) -> Option<char> {
        DIGITS.get(usize::from(self.0)).map(|digit| char::from(*digit))
    }

    /// Whether the event is known to be no state, so that it cannot last "forever": a duration of
    /// zero says nothing then (section 2.3.5).
    pub(super) fn is_momentary(self) -> bool {
        self.0 <= Self::FLASH.0
    }
}

impl fmt::Debug for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            code if code <= Self::D.0 => f.write_str("EventCode(<digit>)"),
            code => write!(f, "EventCode({code})"),
        }
    }
}

/// One event report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    /// Which event.
    pub code: EventCode,
    /// Whether the event has ended.
    pub end: bool,
    /// Power level in dBm0 without its sign, 0 to 63; larger is quieter.
    pub volume: u8,
    /// How long the event, or the segment of a long one, has lasted so far, in timestamp units.
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
        [self.code.0, end | (self.volume & VOLUME_MASK), d0, d1]
    }

    fn from_octets([code, flags, d0, d1]: [u8; LENGTH]) -> Self {
        Self {
            code: EventCode(code),
            end: flags & END_BIT != 0,
            volume: flags & VOLUME_MASK,
            duration: u16::from_be_bytes([d0, d1]),
        }
    }
}

/// The reports of a payload, one for each four octets; octets left over are ignored.
///
/// The first begins at the packet's timestamp, each other where the one before it ends (section
/// 2.5.2.4).
pub fn events(payload: &[u8]) -> impl ExactSizeIterator<Item = Event> + '_ {
    payload.as_chunks::<LENGTH>().0.iter().map(|octets| Event::from_octets(*octets))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_read_is_written_but_for_the_reserved_bit(payload: [u8; 4]) {
            let [code, flags, d0, d1] = payload;
            let event = Event::parse(&payload).unwrap();
            prop_assert_eq!(event.to_octets(), [code, flags & 0xbf, d0, d1]);
            prop_assert_eq!(Event::parse(&event.to_octets()), Ok(event));
        }
    }

    #[test]
    fn every_report_comes_back_but_for_its_reserved_bit() {
        for flags in 0..=u8::MAX {
            let octets = [11, flags, 0x03, 0x20];
            let event = Event::parse(&octets).unwrap();
            assert_eq!(event.code, EventCode::POUND);
            assert_eq!(event.code.digit(), Some('#'));
            assert_eq!(event.end, flags >= 0x80);
            assert_eq!(event.volume, flags % 64);
            assert_eq!(event.duration, 800);
            assert_eq!(event.to_octets(), [11, flags & !0x40, 0x03, 0x20]);
        }
    }

    #[test]
    fn a_volume_over_63_never_sets_the_end_bit() {
        let event = Event { code: EventCode(1), end: false, volume: 255, duration: 1 };
        assert_eq!(event.to_octets(), [1, 63, 0, 1]);
    }

    #[test]
    fn digits_and_codes_are_those_of_section_3_2() {
        for (code, digit) in "0123456789*#ABCD".chars().enumerate() {
            let code = EventCode(u8::try_from(code).unwrap());
            assert_eq!(EventCode::from_digit(digit), Some(code));
            assert_eq!(code.digit(), Some(digit));
        }
        assert_eq!(EventCode::from_digit('d'), Some(EventCode::D));
        assert_eq!(EventCode::from_digit('E'), None);
        assert_eq!(EventCode::from_digit('ä'), None);
        assert_eq!(EventCode::FLASH.digit(), None);
    }

    #[test]
    fn a_digit_is_never_printed() {
        for digit in "0123456789*#ABCD".chars() {
            let code = EventCode::from_digit(digit).unwrap();
            assert_eq!(format!("{code:?}"), "EventCode(<digit>)");
        }
        assert_eq!(format!("{:?}", EventCode::FLASH), "EventCode(16)");
    }

    #[test]
    fn a_short_payload_is_an_error_and_a_long_one_is_several_events() {
        assert_eq!(Event::parse(&[1, 2, 3]), Err(EventError::Short { length: 3 }));
        let payload = [1, 0x80, 0, 1, 2, 0, 0, 2, 9];
        let codes: Vec<_> = events(&payload).map(|event| event.code.0).collect();
        assert_eq!(codes, [1, 2]);
    }

    /// RFC 4733 figure 3, behind its RTP header.
    #[test]
    fn the_event_packet_of_figure_3() {
        let packet = [
            0x80, 100, 0, 18, 0, 0, 0x2b, 0xc0, 0, 0x52, 0x34, 0xa8, // header
            1, 0x94, 0x06, 0xe0, // event 1, end, volume 20, duration 1760
        ];
        let packet = crate::Packet::parse(&packet).unwrap();
        assert_eq!((packet.payload_type(), packet.marker(), packet.sequence().0), (100, false, 18));
        assert_eq!((packet.timestamp().0, packet.ssrc()), (11_200, 0x52_34a8));
        let event = Event { code: EventCode(1), end: true, volume: 20, duration: 1760 };
        assert_eq!(Event::parse(packet.payload()), Ok(event));
        assert_eq!(event.to_octets(), packet.payload());
    }
}
