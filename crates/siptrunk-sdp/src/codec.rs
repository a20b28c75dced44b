//! Codecs: what a payload type stands for (RFC 8866 section 6.6, RFC 3551 section 6).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::attribute::Attributes;
use crate::grammar;
use crate::media::PayloadTypes;

/// A payload type and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Codec<'a> {
    /// The RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// The encoding's name, such as `PCMU`; compares without case.
    pub encoding: Cow<'a, str>,
    /// RTP clock rate in Hz.
    pub clock_rate: u32,
    /// Audio channels; 1 where nothing is said.
    pub channels: u8,
    /// Format parameters (`a=fmtp`), if any.
    pub fmtp: Option<Cow<'a, str>>,
}

impl Codec<'static> {
    /// G.711 mu-law, payload type 0.
    pub fn pcmu() -> Self {
        CodecName::Pcmu.with_payload_type(0)
    }

    /// G.711 A-law, payload type 8.
    pub fn pcma() -> Self {
        CodecName::Pcma.with_payload_type(8)
    }

    /// Telephone events 0 to 15 (RFC 4733) at 8 kHz under a number of one's own.
    pub fn telephone_event(payload_type: u8) -> Self {
        CodecName::TelephoneEvent.with_payload_type(payload_type)
    }
}

impl Codec<'_> {
    /// Whether both mean the same encoding, clock rate and channels. Payload type and format
    /// parameters do not count.
    pub fn same_codec(&self, other: &Codec<'_>) -> bool {
        self.encoding.eq_ignore_ascii_case(&other.encoding)
            && self.clock_rate == other.clock_rate
            && self.channels == other.channels
    }

    /// The name we know it by, if we do.
    pub fn name(&self) -> Option<CodecName> {
        CodecName::ALL.into_iter().find(|name| name.is(self))
    }

    /// Whether it carries telephone events (RFC 4733), at any clock rate.
    pub fn is_telephone_event(&self) -> bool {
        self.encoding.eq_ignore_ascii_case("telephone-event")
    }

    /// The same meaning under another number.
    #[must_use]
    pub fn with_number(mut self, payload_type: u8) -> Self {
        self.payload_type = payload_type;
        self
    }

    /// Cuts the tie to the description's buffer.
    pub fn into_owned(self) -> Codec<'static> {
        Codec {
            payload_type: self.payload_type,
            encoding: Cow::Owned(self.encoding.into_owned()),
            clock_rate: self.clock_rate,
            channels: self.channels,
            fmtp: self.fmtp.map(|fmtp| Cow::Owned(fmtp.into_owned())),
        }
    }
}

/// As after `a=rtpmap:`, without the number: `PCMU/8000`.
impl fmt::Display for Codec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.encoding, self.clock_rate)?;
        if self.channels > 1 {
            write!(f, "/{}", self.channels)?;
        }
        Ok(())
    }
}

/// The codecs that a trunk can be told to take. None is transcoded: both sides carry the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodecName {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722 wideband (clock rate 8000 by RFC 3551 section 4.5.2).
    G722,
    /// G.729.
    G729,
    /// Opus (RFC 7587).
    Opus,
    /// Telephone events (RFC 4733): digits.
    TelephoneEvent,
}

impl CodecName {
    /// Every name.
    pub const ALL: [Self; 6] =
        [Self::Pcmu, Self::Pcma, Self::G722, Self::G729, Self::Opus, Self::TelephoneEvent];

    /// Encoding name, clock rate, channels, payload type of RFC 3551 if it has one.
    fn row(self) -> (&'static str, u32, u8, Option<u8>) {
        match self {
            Self::Pcmu => ("PCMU", 8_000, 1, Some(0)),
            Self::Pcma => ("PCMA", 8_000, 1, Some(8)),
            Self::G722 => ("G722", 8_000, 1, Some(9)),
            Self::G729 => ("G729", 8_000, 1, Some(18)),
            Self::Opus => ("opus", 48_000, 2, None),
            Self::TelephoneEvent => ("telephone-event", 8_000, 1, None),
        }
    }

    /// The encoding's name as written.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The payload type that RFC 3551 section 6 gives it, if it has one.
    pub fn static_payload_type(self) -> Option<u8> {
        self.row().3
    }

    /// The codec under a payload type, with the parameters that we write.
    pub fn with_payload_type(self, payload_type: u8) -> Codec<'static> {
        let (encoding, clock_rate, channels, _) = self.row();
        let fmtp = (self == Self::TelephoneEvent).then_some(Cow::Borrowed("0-15"));
        Codec { payload_type, encoding: Cow::Borrowed(encoding), clock_rate, channels, fmtp }
    }

    /// Whether `codec` is this one. Telephone events are, at any clock rate.
    pub fn is(self, codec: &Codec<'_>) -> bool {
        let (encoding, clock_rate, channels, _) = self.row();
        codec.encoding.eq_ignore_ascii_case(encoding)
            && codec.channels == channels
            && (codec.clock_rate == clock_rate || self == Self::TelephoneEvent)
    }
}

impl fmt::Display for CodecName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads a name without regard to case.
impl FromStr for CodecName {
    type Err = UnknownCodecName;

    fn from_str(text: &str) -> Result<Self, UnknownCodecName> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownCodecName { name: text.to_owned() })
    }
}

/// A codec name that we do not know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown codec {name:?}; known are PCMU, PCMA, G722, G729, opus and telephone-event")]
pub struct UnknownCodecName {
    /// What was given.
    pub name: String,
}

/// Where the `a=rtpmap` and `a=fmtp` values of a section are, noted while it was walked. Small,
/// as it moves with each [`Media`](crate::Media).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Maps {
    entries: [Entry; ENTRIES],
    count: u8,
    /// There were more than fit: what is not found here has to be searched for.
    overflow: bool,
}

/// How many values are kept: twice what the trunks we know need.
const ENTRIES: usize = 12;

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// Offset in the section of what follows the number and its space.
    at: u16,
    length: u8,
    /// The payload type; an `a=fmtp` has the highest bit set.
    tag: u8,
}

impl Maps {
    /// Notes an attribute whose value, `rtpmap:` or `fmtp:` cut off, begins at `at`.
    pub(crate) fn add(&mut self, is_map: bool, at: usize, value: &[u8]) {
        let Some((number, rest)) = leading_number(value) else {
            return;
        };
        let at = at.saturating_add(value.len().saturating_sub(rest.len()));
        let place = self.entries.get_mut(usize::from(self.count));
        match (place, u16::try_from(at), u8::try_from(rest.len())) {
            (Some(entry), Ok(at), Ok(length)) if !self.overflow => {
                *entry = Entry { at, length, tag: tag(is_map, number) };
                self.count = self.count.saturating_add(1);
            }
            _ => self.overflow = true,
        }
    }

    /// The first value for a number; the first one counts wherever a number has two.
    fn find<'a>(&self, section: &'a [u8], is_map: bool, number: u8) -> Option<&'a [u8]> {
        let entries = self.entries.get(..usize::from(self.count)).unwrap_or_default();
        let tag = tag(is_map, number);
        let entry = entries.iter().find(|entry| entry.tag == tag)?;
        section.get(usize::from(entry.at)..)?.get(..usize::from(entry.length))
    }
}

fn tag(is_map: bool, number: u8) -> u8 {
    if is_map { number } else { number | 0x80 }
}

/// Iterator over the codecs of a media section.
#[derive(Debug, Clone)]
pub struct Codecs<'a> {
    numbers: PayloadTypes<'a>,
    maps: Maps,
    section: &'a [u8],
}

impl<'a> Codecs<'a> {
    pub(crate) fn new(numbers: PayloadTypes<'a>, maps: &Maps, section: &'a [u8]) -> Self {
        Self { numbers, maps: *maps, section }
    }

    /// The first `a=rtpmap` or `a=fmtp` for a number. There are 128 numbers at most, so even
    /// searching for each stays linear in the section.
    fn find(&self, is_map: bool, number: u8) -> Option<&'a [u8]> {
        let kept = self.maps.find(self.section, is_map, number);
        if kept.is_some() || !self.maps.overflow {
            return kept;
        }
        let name: &[u8] = if is_map { b"rtpmap" } else { b"fmtp" };
        Attributes::new(self.section).filter(|attribute| attribute.name == name).find_map(
            |attribute| {
                let (found, rest) = leading_number(attribute.value?)?;
                (found == number).then_some(rest)
            },
        )
    }

    fn codec(&self, number: u8) -> Option<Codec<'a>> {
        let map = self.find(true, number).and_then(grammar::encoding);
        let (encoding, clock_rate, channels) = match map {
            Some(map) => (map.name, map.clock_rate, map.channels),
            None => static_audio(number)?,
        };
        let fmtp = self
            .find(false, number)
            .and_then(|parameters| std::str::from_utf8(parameters).ok())
            .map(|parameters| Cow::Borrowed(parameters.trim_ascii()));
        let encoding = Cow::Borrowed(encoding);
        Some(Codec { payload_type: number, encoding, clock_rate, channels, fmtp })
    }
}

impl<'a> Iterator for Codecs<'a> {
    type Item = Codec<'a>;

    fn next(&mut self) -> Option<Codec<'a>> {
        loop {
            let number = self.numbers.next()?;
            if let Some(codec) = self.codec(number) {
                return Some(codec);
            }
        }
    }
}

/// The payload type at the front of a value, and what follows its space.
fn leading_number(value: &[u8]) -> Option<(u8, &[u8])> {
    let space = value.iter().take(4).position(|byte| *byte == b' ')?;
    let (digits, rest) = value.split_at_checked(space)?;
    Some((payload_type(digits)?, rest.get(1..)?))
}

/// A payload type: one to three digits, 0 to 127.
pub(crate) fn payload_type(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() || digits.len() > 3 {
        return None;
    }
    let number = digits.iter().try_fold(0u8, |sum, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(digit)
    })?;
    (number < 128).then_some(number)
}

/// The audio rows of RFC 3551 table 4.
fn static_audio(number: u8) -> Option<(&'static str, u32, u8)> {
    Some(match number {
        0 => ("PCMU", 8_000, 1),
        3 => ("GSM", 8_000, 1),
        4 => ("G723", 8_000, 1),
        5 => ("DVI4", 8_000, 1),
        6 => ("DVI4", 16_000, 1),
        7 => ("LPC", 8_000, 1),
        8 => ("PCMA", 8_000, 1),
        9 => ("G722", 8_000, 1),
        10 => ("L16", 44_100, 2),
        11 => ("L16", 44_100, 1),
        12 => ("QCELP", 8_000, 1),
        13 => ("CN", 8_000, 1),
        14 => ("MPA", 90_000, 1),
        15 => ("G728", 8_000, 1),
        16 => ("DVI4", 11_025, 1),
        17 => ("DVI4", 22_050, 1),
        18 => ("G729", 8_000, 1),
        _ => return None,
    })
}
