//! A whole description: one immutable buffer, read by asking.

use std::fmt;

use bytes::Bytes;

use crate::address::{Address, Connection};
use crate::attribute::Attributes;
use crate::bandwidth::Bandwidth;
use crate::direction::Direction;
use crate::grammar::OriginLine;
use crate::line::{Line, Lines};
use crate::media::{Media, MediaSections};
use crate::origin::Origin;
use crate::section::{Section, Span, offset_u32};
use crate::timing::{Repeat, Timing, ZoneAdjustment};

/// Where the parts that every reader wants are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Index {
    pub(crate) origin: OriginIndex,
    /// Start of the `c=` line of the session section.
    pub(crate) connection: Option<u32>,
    /// Start of the first `m=` line, or the end.
    pub(crate) media: u32,
    /// The first media section.
    pub(crate) first: Option<Section>,
}

/// The `o=` line, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OriginIndex {
    /// Start of the line.
    pub(crate) start: u32,
    username: Span,
    address: Span,
    session_id: u64,
    version: u64,
}

impl OriginIndex {
    pub(crate) fn new(start: usize, line: &OriginLine<'_>) -> Self {
        let username = start.saturating_add(2);
        let address = username.saturating_add(line.address_at);
        Self {
            start: offset_u32(start),
            username: Span::new(username, username.saturating_add(line.username.len())),
            address: Span::new(address, address.saturating_add(line.address.len())),
            session_id: line.session_id,
            version: line.version,
        }
    }
}

/// A session description (RFC 8866): the bytes as they came, checked once, and typed when asked.
///
/// It is never changed. Descriptions of our own are written by [`offer_answer`]; the bytes of a
/// parsed one are given back untouched. Cloning shares the buffer.
///
/// [`offer_answer`]: crate::offer_answer
#[derive(Clone, PartialEq, Eq)]
pub struct SessionDescription {
    pub(crate) text: Bytes,
    pub(crate) index: Index,
}

impl SessionDescription {
    /// The bytes, as parsed or written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// The bytes as a shared buffer: no copy.
    pub fn to_bytes(&self) -> Bytes {
        self.text.clone()
    }

    /// The `o=` line.
    pub fn origin(&self) -> Origin<'_> {
        let index = &self.index.origin;
        Origin {
            username: String::from_utf8_lossy(index.username.of(&self.text)),
            session_id: index.session_id,
            version: index.version,
            // The line was read, so it has the words.
            address: Address::from_words(index.address.of(&self.text))
                .unwrap_or_else(|| Address::Name("".into())),
        }
    }

    /// The session name (`s=`), if there is one.
    pub fn name(&self) -> Option<&[u8]> {
        self.lines().value_of(b's')
    }

    /// What the session is about (`i=`), if that is said.
    pub fn information(&self) -> Option<&[u8]> {
        self.lines().value_of(b'i')
    }

    /// Where to read more (`u=`), if that is said.
    pub fn uri(&self) -> Option<&[u8]> {
        self.lines().value_of(b'u')
    }

    /// E-mail addresses (`e=`) of who is responsible.
    pub fn emails(&self) -> impl Iterator<Item = &[u8]> {
        self.lines().values_of(b'e')
    }

    /// Phone numbers (`p=`) of who is responsible.
    pub fn phones(&self) -> impl Iterator<Item = &[u8]> {
        self.lines().values_of(b'p')
    }

    /// The bandwidths (`b=`) of the session section; malformed ones are left out, which
    /// [`SessionDescription::check_strict`] tells.
    pub fn bandwidths(&self) -> impl Iterator<Item = Bandwidth<'_>> {
        self.lines().values_of(b'b').filter_map(|value| Bandwidth::read(value).ok())
    }

    /// When the session is on (`t=`); malformed ones are left out.
    pub fn timings(&self) -> impl Iterator<Item = Timing> {
        self.lines().values_of(b't').filter_map(|value| Timing::read(value).ok())
    }

    /// How it repeats (`r=`); malformed ones are left out.
    pub fn repeats(&self) -> impl Iterator<Item = Repeat> {
        self.lines().values_of(b'r').filter_map(|value| Repeat::read(value).ok())
    }

    /// How clocks change meanwhile (`z=`); malformed lines are left out.
    pub fn zone_adjustments(&self) -> impl Iterator<Item = ZoneAdjustment> {
        self.lines().values_of(b'z').filter_map(|value| ZoneAdjustment::read(value).ok()).flatten()
    }

    /// The `c=` line of the session section; a media section may have its own:
    /// [`Media::connection`] knows both.
    pub fn connection(&self) -> Option<Connection<'_>> {
        Connection::from_value(self.line_at(self.index.connection?))
    }

    /// The direction that the session section sets for every stream, if it does.
    pub fn direction(&self) -> Option<Direction> {
        self.lines().find_map(|line| match line.kind {
            b'a' => Direction::from_name(line.value),
            _ => None,
        })
    }

    /// The lines of the session section, known or not, in order.
    pub fn lines(&self) -> Lines<'_> {
        Lines::new(self.session_section())
    }

    /// The attributes of the session section, in order.
    pub fn attributes(&self) -> Attributes<'_> {
        Attributes::new(self.session_section())
    }

    /// The lines whose type letter RFC 8866 does not define, in every section. Its section 5
    /// wants such a description refused; we keep the lines and leave that to the caller.
    pub fn unknown_lines(&self) -> impl Iterator<Item = Line<'_>> {
        Lines::new(&self.text).filter(|line| !b"vosiuepcbtrzkam".contains(&line.kind))
    }

    /// The media sections, in order; refused ones (port 0) too.
    pub fn media(&self) -> MediaSections<'_> {
        MediaSections::new(self)
    }

    /// The first audio section that is not refused.
    pub fn audio(&self) -> Option<Media<'_>> {
        self.media().find(|media| media.is_audio() && media.port() != 0)
    }

    /// The value of the line that begins there.
    fn line_at(&self, at: u32) -> &[u8] {
        let text = self.text.get(at as usize..).unwrap_or_default();
        Lines::new(text).next().map_or(&[], |line| line.value)
    }

    pub(crate) fn session_section(&self) -> &[u8] {
        self.text.get(..self.index.media as usize).unwrap_or_default()
    }
}

/// The description as text; bytes that are not UTF-8 are replaced.
impl fmt::Display for SessionDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text))
    }
}

/// The text, but for keys (`k=`, `a=crypto`), which are secrets.
impl fmt::Debug for SessionDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for line in Lines::new(&self.text) {
            let kind = char::from(line.kind);
            if line.kind == b'k' || line.value.starts_with(b"crypto:") {
                list.entry(&format_args!("{kind}=<redacted>"));
            } else {
                list.entry(&format_args!("{kind}={}", line.value.escape_ascii()));
            }
        }
        list.finish()
    }
}
