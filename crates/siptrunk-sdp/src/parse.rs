//! From bytes to a description: the one walk that checks everything a read relies on.

use bytes::Bytes;
use memchr::memchr2_iter;

use crate::address::AddressWords;
use crate::error::{Limit, SdpError};
use crate::grammar::{self, MediaLine, OriginLine, Stop};
use crate::limits::Limits;
use crate::line::{Line, Lines};
use crate::section::{Section, offset_u32};
use crate::session::{Index, OriginIndex, SessionDescription};

/// Checks `text` and says where its parts are.
///
/// Strict: `v=0` first, one `o=`, line shape, `c=` and `m=` grammar, limits, no NUL, no bare CR.
/// Forgiven, as no meaning depends on it: a bare LF as line end, a missing last line end, blank
/// lines at the very end, missing `s=` and `t=`, lines out of order within a section.
/// Attributes are kept whatever they hold (RFC 8866 section 5.13: what is not understood is
/// ignored).
pub(crate) fn scan(text: &[u8], limits: &Limits) -> Result<Index, SdpError> {
    let total = limits.total.min(Limits::HARD_TOTAL);
    if text.len() > total {
        return Err(SdpError::LimitReached { offset: total, limit: Limit::Total, allowed: total });
    }
    let mut walk = Walk { lines: Lines::new(text), text, limits, attributes: 0 };
    let mut index = Index { media: offset_u32(text.len()), ..Index::default() };
    let mut origin = false;
    let mut name = false;
    let mut media = 0usize;
    let mut first = None;
    let mut first_ends = text.len();

    match walk.next_line()? {
        Some((_, Line { kind: b'v', value: b"0" })) => {}
        Some((offset, Line { kind: b'v', .. })) => {
            return Err(SdpError::Malformed { offset, field: "v=", expected: "version 0" });
        }
        _ => return Err(SdpError::Missing { offset: 0, field: "v=" }),
    }
    while let Some((offset, Line { kind, value })) = walk.next_line()? {
        let in_media = media > 0;
        match kind {
            b'o' | b's' | b'v' if in_media => {
                return Err(SdpError::Malformed {
                    offset,
                    field: "media section",
                    expected: "no v=, o= or s= after the first m=",
                });
            }
            b'v' => return Err(SdpError::Repeated { offset, field: "v=" }),
            b'o' => {
                if origin {
                    return Err(SdpError::Repeated { offset, field: "o=" });
                }
                origin = true;
                index.origin = OriginIndex::new(offset, &read_origin(offset, value)?);
            }
            b's' => {
                if name {
                    return Err(SdpError::Repeated { offset, field: "s=" });
                }
                name = true;
            }
            b'c' => {
                if !in_media && index.connection.replace(offset_u32(offset)).is_some() {
                    return Err(SdpError::Repeated { offset, field: "c=" });
                }
                if !AddressWords::are(value) {
                    return Err(SdpError::Malformed {
                        offset,
                        field: "c=",
                        expected: "network type, address type and address",
                    });
                }
            }
            b'm' => {
                media = media.saturating_add(1);
                walk.attributes = 0;
                if media > limits.media {
                    return Err(SdpError::LimitReached {
                        offset,
                        limit: Limit::Media,
                        allowed: limits.media,
                    });
                }
                let line = read_media(offset, value)?;
                if media == 1 {
                    index.media = offset_u32(offset);
                    first = Some(Section::new(&line, offset, walk.lines.offset()));
                } else if media == 2 {
                    first_ends = offset;
                }
            }
            b'a' => walk.count_attribute(offset)?,
            _ => {}
        }
        if let (Some(first), 1) = (&mut first, media) {
            first.note(offset, kind, value);
        }
    }
    index.first = first.map(|section| section.closed(first_ends));
    check_bytes(text, walk.lines.crlf_count())?;
    if !origin {
        return Err(SdpError::Missing { offset: text.len(), field: "o=" });
    }
    Ok(index)
}

impl SessionDescription {
    /// Reads a description within the default [`Limits`]. Copies the bytes: one allocation.
    ///
    /// # Errors
    /// [`SdpError`] with the offset of what is wrong.
    pub fn parse(text: &[u8]) -> Result<Self, SdpError> {
        Self::parse_with(text, &Limits::default())
    }

    /// As [`SessionDescription::parse`], within limits of one's own.
    ///
    /// # Errors
    /// [`SdpError`] with the offset of what is wrong.
    pub fn parse_with(text: &[u8], limits: &Limits) -> Result<Self, SdpError> {
        let index = scan(text, limits)?;
        Ok(Self { text: Bytes::copy_from_slice(text), index })
    }

    /// Reads a description out of a buffer that it then shares: no allocation, but the whole
    /// buffer (a datagram, say) stays alive with it.
    ///
    /// # Errors
    /// [`SdpError`] with the offset of what is wrong.
    pub fn from_bytes(text: Bytes, limits: &Limits) -> Result<Self, SdpError> {
        let index = scan(&text, limits)?;
        Ok(Self { text, index })
    }
}

struct Walk<'a> {
    lines: Lines<'a>,
    text: &'a [u8],
    limits: &'a Limits,
    attributes: usize,
}

impl<'a> Walk<'a> {
    /// The next line and its offset.
    fn next_line(&mut self) -> Result<Option<(usize, Line<'a>)>, SdpError> {
        let offset = self.lines.offset();
        let Some(line) = self.lines.next_raw() else {
            return Ok(None);
        };
        if line.len() > self.limits.line {
            let allowed = self.limits.line;
            return Err(SdpError::LimitReached { offset, limit: Limit::Line, allowed });
        }
        match line {
            [kind, b'=', value @ ..] if kind.is_ascii_alphabetic() => {
                Ok(Some((offset, Line { kind: *kind, value })))
            }
            [] if self.is_blank_from(offset) => Ok(None),
            _ => Err(SdpError::Malformed { offset, field: "line", expected: "a letter and `=`" }),
        }
    }

    fn is_blank_from(&self, offset: usize) -> bool {
        let rest = self.text.get(offset..).unwrap_or_default();
        rest.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }

    fn count_attribute(&mut self, offset: usize) -> Result<(), SdpError> {
        self.attributes = self.attributes.saturating_add(1);
        let allowed = self.limits.attributes;
        if self.attributes > allowed {
            return Err(SdpError::LimitReached { offset, limit: Limit::Attributes, allowed });
        }
        Ok(())
    }
}

/// Finds the NUL, or the CR that ends no line, if there is one (RFC 8866 section 9,
/// byte-string). `ends` is how many lines end in CRLF: counting all is cheaper than looking at
/// each.
fn check_bytes(text: &[u8], ends: usize) -> Result<(), SdpError> {
    // Sums of a byte each, which the compiler turns into wide registers; 255 cannot overflow one.
    let count = |chunk: &[u8]| {
        chunk.iter().fold(0u8, |sum, byte| sum.wrapping_add(u8::from(matches!(byte, 0 | b'\r'))))
    };
    if text.chunks(255).map(|chunk| usize::from(count(chunk))).sum::<usize>() == ends {
        return Ok(());
    }
    let is_stray =
        |at: &usize| text.get(*at) == Some(&0) || text.get(at.saturating_add(1)) != Some(&b'\n');
    match memchr2_iter(0, b'\r', text).find(is_stray) {
        None => Ok(()),
        Some(offset) => {
            let expected = "no NUL, and no CR without LF";
            Err(SdpError::Malformed { offset, field: "line", expected })
        }
    }
}

fn read_origin(offset: usize, value: &[u8]) -> Result<OriginLine<'_>, SdpError> {
    grammar::origin(value).map_err(|stop| SdpError::Malformed {
        offset: in_value(offset, stop),
        field: "o=",
        expected: "username, session id, version (64 bit), network type, address type, address",
    })
}

fn read_media(offset: usize, value: &[u8]) -> Result<MediaLine<'_>, SdpError> {
    grammar::media(value).map_err(|stop| SdpError::Malformed {
        offset: in_value(offset, stop),
        field: "m=",
        expected: "media, port below 65536, protocol and at least one format",
    })
}

/// Where in the description a value stopped: it starts two bytes after its line.
fn in_value(line: usize, stop: Stop) -> usize {
    line.saturating_add(2).saturating_add(stop.0)
}
