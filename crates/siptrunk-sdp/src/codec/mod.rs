//! Codecs: what a payload type stands for (RFC 8866 section 6.6, RFC 3551 section 6).

use std::borrow::Cow;
use std::fmt;

use crate::grammar::number;

mod assigned;

mod format;

mod list;
pub use list::Codecs;
pub(crate) use list::Maps;

mod name;
pub use name::{CodecName, UnknownCodecName};

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
    /// Whether both mean the same encoding, clock rate and channels, so that one can be carried
    /// as the other. The payload type does not count; of the format parameters those alone that
    /// change how packets are laid out (AMR's `octet-align` and its like, RFC 4867 section 8.3.1).
    pub fn same_codec(&self, other: &Codec<'_>) -> bool {
        self.encoding.eq_ignore_ascii_case(&other.encoding)
            && self.clock_rate == other.clock_rate
            && self.channels == other.channels
            && format::is_same(self, other)
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

/// A payload type: one to three digits, 0 to 127.
pub(crate) fn payload_type(digits: &[u8]) -> Option<u8> {
    number(digits).filter(|number| *number < 128)
}
