//! What one walk over a media section notes of it: places, so that it can be kept.

use crate::attribute::milliseconds;
use crate::codec::Maps;
use crate::direction::Direction;
use crate::grammar::MediaLine;

/// A place in a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: offset_u32(start), end: offset_u32(end) }
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Offsets fit: [`Limits::HARD_TOTAL`](crate::Limits::HARD_TOTAL) is far below.
pub(crate) fn offset_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// A media section: the parts of its `m=` line, and where the lines are that every reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Section {
    /// The whole section, `m=` line included.
    pub(crate) whole: Span,
    /// What follows the `m=` line.
    pub(crate) body: Span,
    pub(crate) kind: Span,
    pub(crate) protocol: Span,
    pub(crate) formats: Span,
    pub(crate) port: u16,
    pub(crate) port_count: u16,
    pub(crate) ptime: Option<u16>,
    pub(crate) maxptime: Option<u16>,
    pub(crate) direction: Option<Direction>,
    /// The value of the first `c=` line.
    pub(crate) connection: Option<Span>,
    /// The value of the first `a=rtcp`.
    pub(crate) rtcp: Option<Span>,
    pub(crate) maps: Maps,
}

impl Section {
    /// A section whose `m=` line begins at `start` and whose next line begins at `body`.
    pub(crate) fn new(line: &MediaLine<'_>, start: usize, body: usize) -> Self {
        // m=<kind> <port>[/<count>] <protocol> <formats>, the last up to the line's end.
        let kind = start.saturating_add(2);
        let formats = kind.saturating_add(line.formats_at);
        let protocol = kind.saturating_add(line.protocol_at);
        let span = |at: usize, part: &[u8]| Span::new(at, at.saturating_add(part.len()));
        Self {
            whole: Span::new(start, body),
            body: Span::new(body, body),
            kind: span(kind, line.kind),
            protocol: span(protocol, line.protocol),
            formats: span(formats, line.formats),
            port: line.port,
            port_count: line.port_count,
            ptime: None,
            maxptime: None,
            direction: None,
            connection: None,
            rtcp: None,
            maps: Maps::default(),
        }
    }

    /// Notes the line that begins at `at`, if a reader asks for it. The first one counts.
    pub(crate) fn note(&mut self, at: usize, kind: u8, value: &[u8]) {
        let value_at = at.saturating_add(2);
        let end = value_at.saturating_add(value.len());
        let start = |rest: &[u8]| end.saturating_sub(rest.len());
        match (kind, value) {
            (b'a', [b'r', b't', b'p', b'm', b'a', b'p', b':', rest @ ..]) => {
                self.maps.add(true, self.in_body(start(rest)), rest);
            }
            (b'a', [b'f', b'm', b't', b'p', b':', rest @ ..]) => {
                self.maps.add(false, self.in_body(start(rest)), rest);
            }
            (b'a', [b'p', b't', b'i', b'm', b'e', b':', rest @ ..]) => {
                self.ptime = self.ptime.or_else(|| Some(milliseconds(rest).ok()?.get()));
            }
            (b'a', [b'm', b'a', b'x', b'p', b't', b'i', b'm', b'e', b':', rest @ ..]) => {
                self.maxptime = self.maxptime.or_else(|| Some(milliseconds(rest).ok()?.get()));
            }
            (b'a', [b'r', b't', b'c', b'p', b':', rest @ ..]) => {
                self.rtcp = self.rtcp.or_else(|| Some(Span::new(start(rest), end)));
            }
            (b'a', name) => self.direction = self.direction.or_else(|| Direction::from_name(name)),
            (b'c', rest) => {
                self.connection = self.connection.or_else(|| Some(Span::new(start(rest), end)));
            }
            _ => {}
        }
    }

    /// The same with its end.
    pub(crate) fn closed(mut self, end: usize) -> Self {
        self.whole.end = offset_u32(end);
        self.body.end = offset_u32(end);
        self
    }

    fn in_body(&self, at: usize) -> usize {
        at.saturating_sub(self.body.start as usize)
    }
}
