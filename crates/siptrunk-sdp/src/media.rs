//! One media section: an `m=` line and what belongs to it (RFC 8866 section 5.14).

use std::net::SocketAddr;

use crate::address::Connection;
use crate::attribute::{Attribute, Attributes, Rtcp, RtcpMux, TypedAttribute as _};
use crate::bandwidth::Bandwidth;
use crate::codec::{Codecs, payload_type};
use crate::direction::Direction;
use crate::grammar::{self, ascii};
use crate::line::{Line, Lines};
use crate::section::{Section, Span};
use crate::session::SessionDescription;

/// A view of one media section.
#[derive(Debug, Clone, Copy)]
pub struct Media<'a> {
    session: &'a SessionDescription,
    section: Section,
}

impl<'a> Media<'a> {
    /// The kind of media, such as `audio`.
    pub fn kind(&self) -> &'a str {
        ascii(self.part(self.section.kind))
    }

    /// The port; 0 means refused or removed.
    pub fn port(&self) -> u16 {
        self.section.port
    }

    /// How many ports in a row (`49170/2`); 1 where nothing is said.
    pub fn port_count(&self) -> u16 {
        self.section.port_count
    }

    /// The transport protocol, such as `RTP/AVP`.
    pub fn protocol(&self) -> &'a str {
        ascii(self.part(self.section.protocol))
    }

    /// The formats as they stand, in order of preference.
    pub fn formats(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        ascii(self.part(self.section.formats)).split(' ').filter(|format| !format.is_empty())
    }

    /// The formats that are RTP payload types (0 to 127), each once, in order of preference.
    pub fn payload_types(&self) -> PayloadTypes<'a> {
        PayloadTypes { formats: self.part(self.section.formats), seen: 0 }
    }

    /// The codecs of the payload types, in order of preference. A number that neither an
    /// `a=rtpmap` nor RFC 3551's table explains is left out.
    pub fn codecs(&self) -> Codecs<'a> {
        Codecs::new(self.payload_types(), &self.section.maps, self.part(self.section.body))
    }

    /// The lines of this section after `m=`, known or not, in order.
    pub fn lines(&self) -> Lines<'a> {
        Lines::new(self.part(self.section.body))
    }

    /// The attributes of this section, in order.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.part(self.section.body))
    }

    /// The first attribute of that name in this section.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| attribute.name == name.as_bytes())
    }

    /// Where this stream's media goes: its own `c=` line, or else the session's.
    pub fn connection(&self) -> Option<Connection<'a>> {
        match self.section.connection {
            Some(value) => Connection::from_value(self.part(value)),
            None => self.session.connection(),
        }
    }

    /// The direction: this section's, or else the session's, or else `sendrecv`.
    pub fn direction(&self) -> Direction {
        self.section.direction.or_else(|| self.session.direction()).unwrap_or_default()
    }

    /// Milliseconds of media in a packet (`a=ptime`), if said and sensible.
    pub fn ptime(&self) -> Option<u16> {
        self.section.ptime
    }

    /// The most milliseconds of media in a packet (`a=maxptime`), if said and sensible.
    pub fn maxptime(&self) -> Option<u16> {
        self.section.maxptime
    }

    /// Where this side takes RTP: `None` if refused, or if the address is not an IP address or
    /// says "send nothing here".
    pub fn rtp(&self) -> Option<SocketAddr> {
        let connection = self.connection()?;
        if self.port() == 0 || connection.is_nowhere() {
            return None;
        }
        Some(SocketAddr::new(connection.ip()?, self.port()))
    }

    /// Where this side takes RTCP: as `a=rtcp` says (RFC 3605), or else the port after RTP's.
    pub fn rtcp(&self) -> Option<SocketAddr> {
        let rtp = self.rtp()?;
        let Some(said) = self.section.rtcp else {
            return Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?));
        };
        let Rtcp { port, address } = Rtcp::parse(Some(self.part(said))).ok()?;
        let ip = match address {
            Some(address) => address.ip()?,
            None => rtp.ip(),
        };
        (port != 0 && !ip.is_unspecified()).then(|| SocketAddr::new(ip, port))
    }

    /// The title (`i=`), if there is one.
    pub fn information(&self) -> Option<&'a [u8]> {
        self.lines().value_of(b'i')
    }

    /// The bandwidths (`b=`) of this section; malformed ones are left out.
    pub fn bandwidths(&self) -> impl Iterator<Item = Bandwidth<'a>> + use<'a> {
        self.lines().values_of(b'b').filter_map(|value| Bandwidth::read(value).ok())
    }

    /// Whether it asks for RTCP on RTP's port (`a=rtcp-mux`, RFC 5761).
    pub fn is_rtcp_mux(&self) -> bool {
        self.attributes().first::<RtcpMux>() == Ok(Some(RtcpMux))
    }

    pub(crate) fn is_audio(&self) -> bool {
        self.part(self.section.kind) == b"audio"
    }

    pub(crate) fn section(&self) -> &'a [u8] {
        self.part(self.section.whole)
    }

    /// Where the section begins in the description.
    pub(crate) fn offset(&self) -> usize {
        self.section.whole.start()
    }

    fn part(&self, span: Span) -> &'a [u8] {
        span.of(&self.session.text)
    }
}

/// Iterator over the media sections of a description. The first was noted when the description
/// was read; each other one is one walk over its lines.
#[derive(Debug, Clone)]
pub struct MediaSections<'a> {
    session: &'a SessionDescription,
    /// Where the next section begins.
    at: usize,
    is_first: bool,
}

impl<'a> MediaSections<'a> {
    pub(crate) fn new(session: &'a SessionDescription) -> Self {
        Self { session, at: session.index.media as usize, is_first: true }
    }
}

impl<'a> Iterator for MediaSections<'a> {
    type Item = Media<'a>;

    fn next(&mut self) -> Option<Media<'a>> {
        let session = self.session;
        let section = if std::mem::take(&mut self.is_first) {
            session.index.first?
        } else {
            section_at(&session.text, self.at)?
        };
        self.at = section.whole.end();
        Some(Media { session, section })
    }
}

/// Reads the section whose `m=` line begins there.
fn section_at(text: &[u8], start: usize) -> Option<Section> {
    let rest = text.get(start..)?;
    let mut lines = Lines::new(rest);
    let line = grammar::media(lines.next()?.value).ok()?;
    let mut section = Section::new(&line, start, start.saturating_add(lines.offset()));
    loop {
        let at = start.saturating_add(lines.offset());
        match lines.next() {
            Some(Line { kind, value }) if kind != b'm' => section.note(at, kind, value),
            _ => return Some(section.closed(at.min(text.len()))),
        }
    }
}

/// Iterator over the RTP payload types of an `m=` line, each once.
#[derive(Debug, Clone)]
pub struct PayloadTypes<'a> {
    formats: &'a [u8],
    seen: u128,
}

impl Iterator for PayloadTypes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        loop {
            let start = self.formats.iter().position(|byte| *byte != b' ')?;
            let rest = self.formats.get(start..)?;
            let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
            let (format, rest) = rest.split_at_checked(end)?;
            self.formats = rest;
            let Some(number) = payload_type(format) else {
                continue;
            };
            let bit = 1u128.checked_shl(u32::from(number)).unwrap_or(0);
            if self.seen & bit == 0 {
                self.seen |= bit;
                return Some(number);
            }
        }
    }
}
