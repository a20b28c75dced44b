//! `multipart/*` bodies (RFC 2046 5.1, RFC 5621): parts as slices of the message, one level deep.

use std::fmt;

use bytes::Bytes;
use thiserror::Error;

use super::{BodyError, is_optional};
use crate::builder::{BuildError, field};
use crate::error::{HeaderError, ParseError};
use crate::header::ContentType;
use crate::headers::Headers;
use crate::limits::Limits;
use crate::name::HeaderName;
use crate::parse;
use crate::value::{Body, HeaderValue};

/// The parts of a multipart body. What stands before the first and after the last one means nothing and is left aside.
///
/// A part that is multipart itself is a part like any other: nothing here looks into it.
#[derive(Clone, Debug)]
pub struct Multipart {
    parts: Vec<BodyPart>,
}

/// One part: its headers, which read like those of a message, and its octets.
#[derive(Clone)]
pub struct BodyPart {
    headers: Headers,
    body: Bytes,
}

/// Why the parts of a body cannot be told apart. Offsets count from the body's first octet.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// Content-Type has no `boundary`, or one that RFC 2046 5.1.1 does not allow.
    #[error("the boundary of Content-Type: {reason}")]
    Boundary {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No line with the boundary begins a part.
    #[error("no line with the boundary")]
    NoPart,
    /// The last part has no closing boundary.
    #[error("the part at octet {offset} has no closing boundary")]
    NoEnd {
        /// Where the part begins.
        offset: usize,
    },
    /// More parts than [`Limits::parts`].
    #[error("more than {limit} parts")]
    TooManyParts {
        /// How many there may be.
        limit: usize,
    },
    /// The headers of a part are broken, or more than [`Limits::part_headers`].
    #[error("the part at octet {offset}: {source}")]
    Part {
        /// Where the part begins.
        offset: usize,
        /// What is wrong, with an offset of its own from the body's first octet.
        source: ParseError,
    },
    /// A part to be written has a header that would break its line.
    #[error("part {part}: {source}")]
    Header {
        /// Which part, counted from 0.
        part: usize,
        /// What is wrong with the header.
        source: BuildError,
    },
    /// A part to be written holds the boundary itself.
    #[error("part {part} holds the boundary: choose another")]
    BoundaryInPart {
        /// Which part, counted from 0.
        part: usize,
    },
}

impl Multipart {
    /// Cuts a body into its parts, in one pass.
    pub fn parse(
        content_type: &ContentType<'_>,
        body: &Bytes,
        limits: &Limits,
    ) -> Result<Self, MultipartError> {
        let Some(boundary) = content_type.params().text("boundary") else {
            return Err(MultipartError::Boundary { reason: "there is none" });
        };
        check_boundary(&boundary)?;
        let limits_of_part = Limits { headers: limits.part_headers, ..limits.clone() };
        let mut delimiters = Delimiters::new(body, &boundary);
        let Some(first) = delimiters.next() else {
            return Err(MultipartError::NoPart);
        };
        let mut parts = Vec::new();
        let mut before = first;
        while !before.closes {
            if parts.len() >= limits.parts {
                return Err(MultipartError::TooManyParts { limit: limits.parts });
            }
            let start = before.end;
            let Some(next) = delimiters.next() else {
                return Err(MultipartError::NoEnd { offset: start });
            };
            let part = BodyPart::parse(body, start, next.start, &limits_of_part)
                .map_err(|source| MultipartError::Part { offset: start, source })?;
            parts.push(part);
            before = next;
        }
        if parts.is_empty() {
            return Err(MultipartError::NoPart);
        }
        Ok(Self { parts })
    }

    /// The parts in order.
    pub fn parts(&self) -> &[BodyPart] {
        &self.parts
    }

    /// The first part of that type.
    pub fn first_part(&self, kind: &str, subtype: &str) -> Result<Option<&BodyPart>, BodyError> {
        for part in &self.parts {
            if part.is(kind, subtype)? {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }
}

impl BodyPart {
    /// Reads the part between two delimiters: `end` is where the CRLF begins that belongs to the next one. A part
    /// without body may end with its last header, whose empty line then is that CRLF.
    fn parse(body: &Bytes, start: usize, end: usize, limits: &Limits) -> Result<Self, ParseError> {
        let slice = body.slice(..end.saturating_add(2).min(body.len()));
        let (headers, after) = parse::part(slice, start, limits)?;
        let body = if after < end { body.slice(after..end) } else { Bytes::new() };
        Ok(Self { headers, body })
    }

    /// Its headers. Offsets of their errors count from the first octet of the whole body.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Its octets.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Its octets as a slice of the message, which it keeps alive.
    pub fn body_bytes(&self) -> &Bytes {
        &self.body
    }

    /// Its type; `None` if it does not say, which means `text/plain` (RFC 2046 5.1).
    pub fn content_type(&self) -> Result<Option<ContentType<'_>>, HeaderError> {
        self.headers.get()
    }

    /// Whether it is of that type.
    pub fn is(&self, kind: &str, subtype: &str) -> Result<bool, HeaderError> {
        Ok(match self.content_type()? {
            Some(content_type) => content_type.is(kind, subtype),
            None => kind.eq_ignore_ascii_case("text") && subtype.eq_ignore_ascii_case("plain"),
        })
    }

    /// Whether who does not know it may leave it aside: `handling=optional` (RFC 3261 20.11, RFC 5621 8). Otherwise
    /// 415 answers it.
    pub fn is_optional(&self) -> Result<bool, HeaderError> {
        is_optional(&self.headers)
    }
}

impl fmt::Debug for BodyPart {
    /// The headers; of the octets only how many: a description may hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyPart")
            .field("headers", &self.headers)
            .field("octets", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// `boundary`: 1 to 70 characters, the last of which is no space.
fn check_boundary(boundary: &str) -> Result<(), MultipartError> {
    let allowed = |octet: u8| {
        octet.is_ascii_alphanumeric()
            || matches!(
                octet,
                b'\''
                    | b'('
                    | b')'
                    | b'+'
                    | b'_'
                    | b','
                    | b'-'
                    | b'.'
                    | b'/'
                    | b':'
                    | b'='
                    | b'?'
                    | b' '
            )
    };
    let reason = if boundary.is_empty() || boundary.len() > 70 {
        "it has 1 to 70 characters"
    } else if boundary.ends_with(' ') {
        "it ends with no space"
    } else if !boundary.bytes().all(allowed) {
        "a character that no boundary has"
    } else {
        return Ok(());
    };
    Err(MultipartError::Boundary { reason })
}

/// A line with the boundary.
#[derive(Clone, Copy)]
struct Delimiter {
    /// Where the CRLF before it begins, or 0.
    start: usize,
    /// Where the next line begins.
    end: usize,
    /// Whether it ends the last part.
    closes: bool,
}

/// The lines with the boundary, each octet looked at once.
struct Delimiters<'a> {
    body: &'a [u8],
    finder: memchr::memmem::Finder<'a>,
    /// `CRLF "--" boundary`, of which the first two are not there at the very beginning.
    octets: usize,
    at: usize,
}

impl<'a> Delimiters<'a> {
    fn new(body: &'a [u8], boundary: &str) -> Self {
        let needle = format!("\r\n--{boundary}");
        Self {
            body,
            octets: needle.len(),
            finder: memchr::memmem::Finder::new(needle.as_bytes()).into_owned(),
            at: 0,
        }
    }

    fn next(&mut self) -> Option<Delimiter> {
        if self.at == 0 {
            // The first one may be the first line.
            let first = self.finder.needle().get(2..).unwrap_or_default();
            if self.body.starts_with(first)
                && let Some(found) = self.line(0, first.len())
            {
                return Some(found);
            }
        }
        loop {
            let rest = self.body.get(self.at..)?;
            let start = self.at.saturating_add(self.finder.find(rest)?);
            let after = start.saturating_add(self.octets);
            if let Some(found) = self.line(start, after) {
                return Some(found);
            }
            // The boundary and more: another line, which may be part of what the part holds.
            self.at = after;
        }
    }

    /// What follows the boundary: `--` if it closes, spaces, and the end of the line, or of the body if it closes.
    fn line(&mut self, start: usize, after: usize) -> Option<Delimiter> {
        let mut rest = self.body.get(after..)?;
        let closes = rest.starts_with(b"--");
        if closes {
            rest = rest.get(2..)?;
        }
        while let [b' ' | b'\t', more @ ..] = rest {
            rest = more;
        }
        let end = self.body.len().saturating_sub(rest.len());
        let end = match rest {
            [b'\r', b'\n', ..] => end.saturating_add(2),
            // Where nothing follows, the line of the last boundary need not end.
            [] if closes => end,
            _ => return None,
        };
        // The CRLF of this line may be that before the next boundary, where there is nothing between.
        self.at = end.saturating_sub(2).max(after);
        Some(Delimiter { start, end, closes })
    }
}

/// Writes a multipart body.
///
/// ```
/// use siptrunk_message::{Body, HeaderName, HeaderValue, MultipartWriter};
///
/// let isup = Body {
///     content_type: HeaderValue::new("application/isup;version=itu-t92+")?,
///     bytes: vec![1, 0, 0x49].into(),
/// };
/// let optional = HeaderValue::new("signal;handling=optional")?;
/// let body = MultipartWriter::new("mixed", "unique-boundary-1")?
///     .part(&Body::sdp("v=0\r\n"), &[])?
///     .part(&isup, &[(HeaderName::CONTENT_DISPOSITION, optional)])?
///     .finish();
/// assert_eq!(body.content_type.as_bytes(), b"multipart/mixed;boundary=\"unique-boundary-1\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MultipartWriter {
    content_type: HeaderValue,
    boundary: String,
    out: Vec<u8>,
    parts: usize,
}

impl MultipartWriter {
    /// Begins a body of `multipart/<subtype>`. The boundary is best a random word: a part that holds it is refused.
    pub fn new(subtype: &str, boundary: &str) -> Result<Self, MultipartError> {
        check_boundary(boundary)?;
        let content_type = format!("multipart/{subtype}");
        let content_type = match ContentType::new(&content_type) {
            Ok(_) => HeaderValue::new(format!("{content_type};boundary=\"{boundary}\"")),
            Err(_) => return Err(MultipartError::Boundary { reason: "its subtype is no token" }),
        };
        let Ok(content_type) = content_type else {
            return Err(MultipartError::Boundary { reason: "a character that no boundary has" });
        };
        Ok(Self { content_type, boundary: boundary.to_owned(), out: Vec::new(), parts: 0 })
    }

    /// Adds a part: its Content-Type, further headers, its octets.
    pub fn part(
        mut self,
        body: &Body,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Self, MultipartError> {
        let delimiter = format!("--{}", self.boundary);
        if memchr::memmem::find(&body.bytes, delimiter.as_bytes()).is_some() {
            return Err(MultipartError::BoundaryInPart { part: self.parts });
        }
        self.out.extend_from_slice(delimiter.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        let content_type = [(HeaderName::CONTENT_TYPE, body.content_type.clone())];
        for (name, value) in content_type.iter().chain(headers) {
            field::append_bytes(&mut self.out, name, value.as_bytes())
                .map_err(|source| MultipartError::Header { part: self.parts, source })?;
        }
        self.out.extend_from_slice(b"\r\n");
        self.out.extend_from_slice(&body.bytes);
        self.out.extend_from_slice(b"\r\n");
        self.parts = self.parts.saturating_add(1);
        Ok(self)
    }

    /// The body with its type.
    pub fn finish(mut self) -> Body {
        self.out.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        Body { content_type: self.content_type, bytes: self.out.into() }
    }
}
