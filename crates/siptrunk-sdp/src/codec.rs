//! Codecs: what a payload type stands for (RFC 8866 section 6.6, RFC 3551 section 6).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::grammar;
use crate::line::Lines;
use crate::media::PayloadTypes;
use crate::parse::offset_u32;

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

/// Iterator over the codecs of a media section.
///
/// Holds the place of each number's first `a=rtpmap` and `a=fmtp`, found in one walk, so that
/// many formats with many attributes cost no more than their sum.
#[derive(Debug, Clone)]
pub struct Codecs<'a> {
    numbers: PayloadTypes<'a>,
    section: &'a [u8],
    /// Offset of the value behind `rtpmap:` in `section`; `u32::MAX` for none.
    rtpmap: [u32; 128],
    fmtp: [u32; 128],
}

impl<'a> Codecs<'a> {
    pub(crate) fn new(numbers: PayloadTypes<'a>, section: &'a [u8]) -> Self {
        let mut codecs = Self { numbers, section, rtpmap: [u32::MAX; 128], fmtp: [u32::MAX; 128] };
        for line in Lines::new(section).filter(|line| line.kind == b'a') {
            let (table, value) = if let Some(value) = line.value.strip_prefix(b"rtpmap:") {
                (&mut codecs.rtpmap, value)
            } else if let Some(value) = line.value.strip_prefix(b"fmtp:") {
                (&mut codecs.fmtp, value)
            } else {
                continue;
            };
            let offset = (value.as_ptr() as usize).saturating_sub(section.as_ptr() as usize);
            if let Some(place) = leading_number(value).and_then(|at| table.get_mut(at))
                && *place == u32::MAX
            {
                *place = offset_u32(offset);
            }
        }
        codecs
    }

    /// The rest of the line whose value starts at the offset kept for `number`.
    fn value(&self, table: &[u32; 128], number: u8) -> Option<&'a [u8]> {
        let offset = *table.get(usize::from(number))?;
        let value = self.section.get(offset as usize..)?;
        let end = memchr::memchr2(b'\r', b'\n', value).unwrap_or(value.len());
        value.get(..end)
    }

    fn codec(&self, number: u8) -> Option<Codec<'a>> {
        let map = self.value(&self.rtpmap, number).and_then(grammar::rtpmap);
        let (encoding, clock_rate, channels) = match map {
            Some(map) => (map.encoding, map.clock_rate, map.channels),
            None => static_audio(number)?,
        };
        let fmtp = self
            .value(&self.fmtp, number)
            .and_then(|value| std::str::from_utf8(value).ok())
            .and_then(|value| value.split_once(' '))
            .map(|(_, parameters)| Cow::Borrowed(parameters.trim_ascii()));
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

fn leading_number(value: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b' ', value)?;
    let digits = std::str::from_utf8(value.get(..end)?).ok()?;
    digits.parse::<u8>().ok().map(usize::from)
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
