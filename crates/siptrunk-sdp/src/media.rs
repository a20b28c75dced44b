//! One media section: an `m=` line and what belongs to it (RFC 8866 section 5.14).

use std::net::SocketAddr;

use crate::address::Connection;
use crate::attribute::{Attribute, Attributes};
use crate::codec::Codecs;
use crate::direction::Direction;
use crate::grammar::{self, MediaLine};
use crate::line::{Lines, split_line};
use crate::session::SessionDescription;

/// A view of one media section.
#[derive(Debug, Clone, Copy)]
pub struct Media<'a> {
    session: &'a SessionDescription,
    line: MediaLine<'a>,
    /// The whole section, `m=` line included.
    section: &'a [u8],
    /// What follows the `m=` line.
    body: &'a [u8],
}

impl<'a> Media<'a> {
    /// The kind of media, such as `audio`.
    pub fn kind(&self) -> &'a str {
        self.line.kind
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
        self.line.protocol
    }

    /// The formats as they stand, in order of preference.
    pub fn formats(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.line.formats.split(' ').filter(|format| !format.is_empty())
    }

    /// The formats that are RTP payload types (0 to 127), each once, in order of preference.
    pub fn payload_types(&self) -> PayloadTypes<'a> {
        PayloadTypes { formats: self.line.formats, seen: 0 }
    }

    /// The codecs of the payload types, in order of preference. A number that neither an
    /// `a=rtpmap` nor RFC 3551's table explains is left out.
    pub fn codecs(&self) -> Codecs<'a> {
        Codecs::new(self.payload_types(), self.body)
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
        match self.lines().find(|line| line.kind == b'c') {
            Some(line) => Connection::from_value(line.value),
            None => self.session.connection(),
        }
    }

    /// The direction: this section's, or else the session's, or else `sendrecv`.
    pub fn direction(&self) -> Direction {
        self.attributes()
            .find_map(|attribute| Direction::from_name(attribute.name))
            .or_else(|| self.session.direction())
            .unwrap_or_default()
    }

    /// Milliseconds of media in a packet (`a=ptime`), if said and sensible.
    pub fn ptime(&self) -> Option<u16> {
        self.number("ptime")
    }

    /// The most milliseconds of media in a packet (`a=maxptime`), if said and sensible.
    pub fn maxptime(&self) -> Option<u16> {
        self.number("maxptime")
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
        let Some(said) = self.attribute("rtcp").and_then(|attribute| attribute.value) else {
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

    fn number(&self, name: &str) -> Option<u16> {
        let value = self.attribute(name)?.to_str()?.trim_ascii();
        value.parse().ok().filter(|&number| number > 0)
    }

    pub(crate) fn section(&self) -> &'a [u8] {
        self.section
    }
}

/// Iterator over the media sections of a description.
#[derive(Debug, Clone)]
pub struct MediaSections<'a> {
    session: &'a SessionDescription,
    rest: &'a [u8],
}

impl<'a> MediaSections<'a> {
    pub(crate) fn new(session: &'a SessionDescription) -> Self {
        Self { session, rest: session.media_part() }
    }
}

impl<'a> Iterator for MediaSections<'a> {
    type Item = Media<'a>;

    fn next(&mut self) -> Option<Media<'a>> {
        let whole = self.rest;
        let (first, body) = split_line(whole)?;
        let (_, line) = grammar::media(first.strip_prefix(b"m=")?).ok()?;
        let mut after = body;
        while !after.is_empty() && !after.starts_with(b"m=") {
            after = split_line(after)?.1;
        }
        self.rest = after;
        let section = whole.get(..whole.len().saturating_sub(after.len()))?;
        let body = body.get(..body.len().saturating_sub(after.len()))?;
        Some(Media { session: self.session, line, section, body })
    }
}

/// Iterator over the RTP payload types of an `m=` line, each once.
#[derive(Debug, Clone)]
pub struct PayloadTypes<'a> {
    formats: &'a str,
    seen: u128,
}

impl Iterator for PayloadTypes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        while !self.formats.is_empty() {
            let (format, rest) = self.formats.split_once(' ').unwrap_or((self.formats, ""));
            self.formats = rest;
            let Some(number) = format.parse::<u8>().ok().filter(|&number| number < 128) else {
                continue;
            };
            let bit = 1u128.checked_shl(u32::from(number)).unwrap_or(0);
            if self.seen & bit == 0 {
                self.seen |= bit;
                return Some(number);
            }
        }
        None
    }
}
