//! The codecs that have a name here.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::Codec;

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
    /// AMR wideband (RFC 4867).
    AmrWb,
    /// Telephone events (RFC 4733): digits.
    TelephoneEvent,
}

impl CodecName {
    /// Every name.
    pub const ALL: [Self; 7] = [
        Self::Pcmu,
        Self::Pcma,
        Self::G722,
        Self::G729,
        Self::Opus,
        Self::AmrWb,
        Self::TelephoneEvent,
    ];

    /// Encoding name, clock rate, channels, payload type of RFC 3551 if it has one.
    fn row(self) -> (&'static str, u32, u8, Option<u8>) {
        match self {
            Self::Pcmu => ("PCMU", 8_000, 1, Some(0)),
            Self::Pcma => ("PCMA", 8_000, 1, Some(8)),
            Self::G722 => ("G722", 8_000, 1, Some(9)),
            Self::G729 => ("G729", 8_000, 1, Some(18)),
            Self::Opus => ("opus", 48_000, 2, None),
            Self::AmrWb => ("AMR-WB", 16_000, 1, None),
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
#[error(
    "unknown codec {name:?}; known are PCMU, PCMA, G722, G729, opus, AMR-WB and telephone-event"
)]
pub struct UnknownCodecName {
    /// What was given.
    pub name: String,
}
