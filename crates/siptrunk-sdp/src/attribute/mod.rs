//! `a=` lines (RFC 8866 section 5.13): raw, and typed when asked.

use std::fmt;

use crate::line::Lines;

mod crypto;
pub use crypto::{Crypto, InlineKey, Mki, SrtpKey};

mod crypto_suite;
pub use crypto_suite::CryptoSuite;

mod error;
pub use error::AttributeError;

mod fmtp;
pub use fmtp::Fmtp;
pub(crate) use fmtp::pairs;

mod group;
pub use group::Group;

mod mid;
pub use mid::Mid;

mod ptime;
pub(crate) use ptime::milliseconds;
pub use ptime::{MaxPtime, Ptime};

mod rtcp;
pub use rtcp::Rtcp;

mod rtcp_mux;
pub use rtcp_mux::RtcpMux;

pub(crate) mod rtpmap;
pub use rtpmap::RtpMap;

mod ssrc;
pub use ssrc::Ssrc;

mod telephone_events;
pub use telephone_events::TelephoneEvents;

/// An attribute as a type: what its value means, and how it is written.
///
/// The trait is open: an attribute that is not here is typed by its own small implementation.
///
/// ```
/// use siptrunk_sdp::attribute::{AttributeError, Mid, TypedAttribute};
/// use siptrunk_sdp::SessionDescription;
///
/// let sdp = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=mid:1\r\n";
/// let sdp = SessionDescription::parse(sdp)?;
/// let audio = sdp.audio().expect("an audio stream");
/// assert_eq!(audio.attributes().first::<Mid>()?.map(|mid| mid.tag()), Some("1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait TypedAttribute<'a>: Sized {
    /// The name before the colon.
    const NAME: &'static str;

    /// Reads a value; `None` where the line has no colon.
    ///
    /// # Errors
    /// [`AttributeError`] with the offset in the value.
    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError>;

    /// Writes the value: what follows the colon. Nothing, for a property.
    ///
    /// # Errors
    /// Those of `out`.
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result;
}

/// One attribute: a name, and a value where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: Option<&'a [u8]>,
}

impl<'a> Attribute<'a> {
    pub(crate) fn from_value(line: &'a [u8]) -> Self {
        let Some(colon) = memchr::memchr(b':', line) else {
            return Self { name: line, value: None };
        };
        let (name, rest) = line.split_at_checked(colon).unwrap_or((line, &[]));
        Self { name, value: rest.get(1..) }
    }

    /// The name as it stands; names are case-sensitive.
    pub fn name(&self) -> &'a [u8] {
        self.name
    }

    /// What follows the colon; `None` for a property such as `sendrecv`.
    pub fn value(&self) -> Option<&'a [u8]> {
        self.value
    }

    /// The value, if there is one and it is UTF-8.
    pub fn to_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value?).ok()
    }

    /// The value as a type, if the name is that type's.
    pub fn typed<T: TypedAttribute<'a>>(&self) -> Option<Result<T, AttributeError>> {
        (self.name == T::NAME.as_bytes()).then(|| T::parse(self.value))
    }
}

/// Iterator over the attributes of a section.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    lines: Lines<'a>,
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(section: &'a [u8]) -> Self {
        Self { lines: Lines::new(section) }
    }

    /// The first attribute of a type. Missing and malformed are different answers.
    ///
    /// # Errors
    /// [`AttributeError`] if it is there and malformed.
    pub fn first<T: TypedAttribute<'a>>(mut self) -> Result<Option<T>, AttributeError> {
        self.find_map(|attribute| attribute.typed()).transpose()
    }

    /// Every attribute of a type, in order.
    pub fn all<T: TypedAttribute<'a>>(self) -> impl Iterator<Item = Result<T, AttributeError>> {
        self.filter_map(|attribute| attribute.typed())
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let line = self.lines.find(|line| line.kind == b'a')?;
        Some(Attribute::from_value(line.value))
    }
}
