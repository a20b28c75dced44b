//! One media section: an `m=` line and what belongs to it (RFC 8866 section 5.14).

use std::net::SocketAddr;

use crate::address::Connection;
use crate::attribute::{Attribute, Attributes};
use crate::codec::{Codecs, Maps, payload_type};
use crate::direction::Direction;
use crate::grammar::{self, MediaLine};
use crate::line::{Line, Lines};
use crate::session::SessionDescription;

/// A view of one media section. Making it is one walk over the section's lines.
#[derive(Debug, Clone, Copy)]
pub struct Media<'a> {
    session: &'a SessionDescription,
    line: MediaLine<'a>,
    /// The whole section, `m=` line included.
    section: &'a [u8],
    /// What follows the `m=` line.
    body: &'a [u8],
    /// The value of the first `c=` line.
    connection: Option<&'a [u8]>,
    direction: Option<Direction>,
    ptime: Option<u16>,
    maxptime: Option<u16>,
    /// The value of `a=rtcp`.
    rtcp: Option<&'a [u8]>,
    maps: Maps,
}

impl<'a> Media<'a> {
    /// The kind of media, such as `audio`.
    pub fn kind(&self) -> &'a str {
        ascii(self.line.kind)
    }

    /// The port; 0 means refused or removed.
    pub fn port(&self) -> u16 {
        self.line.port
    }

    /// How many ports in a row (`49170/2`); 1 where nothing is said.
    pub fn port_count(&self) -> u16 {
        self.line.port_count
    }

    /// The transport protocol, such as `RTP/AVP`.
    pub fn protocol(&self) -> &'a str {
        ascii(self.line.protocol)
    }

    /// The formats as they stand, in order of preference.
    pub fn formats(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        ascii(self.line.formats).split(' ').filter(|format| !format.is_empty())
    }

    /// The formats that are RTP payload types (0 to 127), each once, in order of preference.
    pub fn payload_types(&self) -> PayloadTypes<'a> {
        PayloadTypes { formats: self.line.formats, seen: 0 }
    }

    /// The codecs of the payload types, in order of preference. A number that neither an
    /// `a=rtpmap` nor RFC 3551's table explains is left out.
    pub fn codecs(&self) -> Codecs<'a> {
        Codecs::new(self.payload_types(), &self.maps, self.body)
    }

    /// The lines of this section after `m=`, known or not, in order.
    pub fn lines(&self) -> Lines<'a> {
        Lines::new(self.body)
    }

    /// The attributes of this section, in order.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.body)
    }

    /// The first attribute of that name in this section.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| attribute.name == name.as_bytes())
    }

    /// Where this stream's media goes: its own `c=` line, or else the session's.
    pub fn connection(&self) -> Option<Connection<'a>> {
        match self.connection {
            Some(value) => Connection::from_value(value),
            None => self.session.connection(),
        }
    }

    /// The direction: this section's, or else the session's, or else `sendrecv`.
    pub fn direction(&self) -> Direction {
        self.direction.or_else(|| self.session.direction()).unwrap_or_default()
    }

    /// Milliseconds of media in a packet (`a=ptime`), if said and sensible.
    pub fn ptime(&self) -> Option<u16> {
        self.ptime
    }

    /// The most milliseconds of media in a packet (`a=maxptime`), if said and sensible.
    pub fn maxptime(&self) -> Option<u16> {
        self.maxptime
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
        let Some(said) = self.rtcp else {
            return Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?));
        };
        let end = memchr::memchr(b' ', said).unwrap_or(said.len());
        let (port, address) = said.split_at_checked(end)?;
        let port: u16 = std::str::from_utf8(port).ok()?.parse().ok()?;
        if port == 0 {
            return None;
        }
        let ip = match address.strip_prefix(b" ") {
            Some(address) => Connection::from_value(address)?.ip()?,
            None => rtp.ip(),
        };
        (!ip.is_unspecified()).then(|| SocketAddr::new(ip, port))
    }

    /// Keeps what the readers above ask for.
    ///
    /// `end` is the offset in the section of the line's end.
    fn take(&mut self, line: Line<'a>, end: usize) {
        match line.kind {
            b'c' => self.connection = self.connection.or(Some(line.value)),
            b'a' => match line.value {
                [b'r', b't', b'p', b'm', b'a', b'p', b':', value @ ..] => {
                    self.maps.add(true, end.saturating_sub(value.len()), value);
                }
                [b'f', b'm', b't', b'p', b':', value @ ..] => {
                    self.maps.add(false, end.saturating_sub(value.len()), value);
                }
                [b'p', b't', b'i', b'm', b'e', b':', value @ ..] => {
                    self.ptime = self.ptime.or_else(|| positive(value));
                }
                [b'm', b'a', b'x', b'p', b't', b'i', b'm', b'e', b':', value @ ..] => {
                    self.maxptime = self.maxptime.or_else(|| positive(value));
                }
                [b'r', b't', b'c', b'p', b':', value @ ..] => self.rtcp = self.rtcp.or(Some(value)),
                name => self.direction = self.direction.or_else(|| Direction::from_name(name)),
            },
            _ => {}
        }
    }

    pub(crate) fn is_audio(&self) -> bool {
        self.line.kind == b"audio"
    }

    pub(crate) fn section(&self) -> &'a [u8] {
        self.section
    }
}

/// A number above zero, and nothing beside it.
fn positive(value: &[u8]) -> Option<u16> {
    let number = std::str::from_utf8(value).ok()?.trim_ascii().parse().ok()?;
    (number > 0).then_some(number)
}

/// Iterator over the media sections of a description.
#[derive(Debug, Clone)]
pub struct MediaSections<'a> {
    session: &'a SessionDescription,
    text: &'a [u8],
    lines: Lines<'a>,
    /// The `m=` line that was read to find the end of the section before, and where it begins.
    next: Option<(usize, &'a [u8])>,
}

impl<'a> MediaSections<'a> {
    pub(crate) fn new(session: &'a SessionDescription) -> Self {
        let text = session.media_part();
        let mut lines = Lines::new(text);
        let next = lines.next().map(|line| (0, line.value));
        Self { session, text, lines, next }
    }
}

impl<'a> Iterator for MediaSections<'a> {
    type Item = Media<'a>;

    fn next(&mut self) -> Option<Media<'a>> {
        let (start, line) = self.next.take()?;
        let (_, line) = grammar::media(line).ok()?;
        let body = self.lines.offset();
        let mut media = Media {
            session: self.session,
            line,
            section: &[],
            body: &[],
            connection: None,
            direction: None,
            ptime: None,
            maxptime: None,
            rtcp: None,
            maps: Maps::default(),
        };
        let end = loop {
            let at = self.lines.offset();
            match self.lines.next() {
                Some(line) if line.kind == b'm' => {
                    self.next = Some((at, line.value));
                    break at;
                }
                Some(line) => {
                    let end =
                        at.saturating_sub(body).saturating_add(line.value.len()).saturating_add(2);
                    media.take(line, end);
                }
                None => break at,
            }
        };
        let end = end.min(self.text.len());
        media.section = self.text.get(start..end)?;
        media.body = self.text.get(body..end).unwrap_or_default();
        Some(media)
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

/// Bytes that the grammar of the `m=` line let through as text.
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
