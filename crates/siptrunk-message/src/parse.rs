//! The scanner: octets to an index, one pass, nothing kept but offsets (RFC 3261 7, 25.1).
//!
//! It checks everything that decides where a message, a field or a value ends, so that no later reader and no
//! next hop can see other fields than we do. What values mean is read later, when asked for.

use bytes::Bytes;

use crate::error::ParseError;
use crate::grammar::is_token;
use crate::headers::Headers;
use crate::index::{Entry, Index};
use crate::limits::Limits;
use crate::message::{Message, Request, Response};
use crate::name::Known;
use crate::start_line::{self, StartLine};

/// What the scan of the header fields found.
pub(crate) struct Scan {
    /// Where the empty line begins.
    pub(crate) end: usize,
    /// The value of Content-Length.
    pub(crate) content_length: Option<usize>,
}

/// Parses a datagram.
pub(crate) fn message(bytes: Bytes, limits: &Limits, index: Index) -> Result<Message, ParseError> {
    let limit = limits.message_octets();
    if bytes.len() > limit {
        return Err(ParseError::TooLarge { octets: bytes.len(), limit });
    }
    let (start_line, first_field) = start_line::parse(&bytes, limits)?;
    let Index(mut entries) = index;
    entries.clear();
    if entries.capacity() == 0 {
        // One allocation that fits what trunks send; a longer message grows it.
        entries.reserve_exact(limits.headers.min(32));
    }
    let scan = fields(&bytes, first_field, limits, &mut entries)?;
    let body = scan.end.saturating_add(2);
    let present = bytes.len().saturating_sub(body);
    let length = scan.content_length.unwrap_or(present);
    if length > present {
        return Err(ParseError::BodyTooShort { expected: length, present });
    }
    Ok(assemble(bytes, start_line, entries, scan.end, body.saturating_add(length), limits))
}

/// Reads what can be read of octets that are no message, so that an error response can be written: fields that
/// are broken are left out, and Content-Length is not looked at.
pub(crate) fn salvage(bytes: Bytes, limits: &Limits) -> Option<Message> {
    if bytes.len() > Limits::MAX_MESSAGE {
        return None;
    }
    let (start_line, first_field) = start_line::parse_any(&bytes)?;
    let mut entries = Vec::new();
    let mut at = first_field;
    let end = loop {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.is_empty() || rest.starts_with(b"\r\n") || entries.len() >= limits.headers {
            break at;
        }
        match field(&bytes, at, limits) {
            Ok((entry, next)) => {
                entries.push(entry);
                at = next;
            }
            // A gap in the index keeps the broken line from becoming part of the field before it.
            Err(_) => {
                entries.push(Entry::new(None, at, 0, at, at));
                match memchr::memchr(b'\n', rest) {
                    Some(end) => at = at.saturating_add(end).saturating_add(1),
                    None => break bytes.len(),
                }
            }
        }
    };
    Some(assemble(bytes, start_line, entries, end, end, limits))
}

fn assemble(
    bytes: Bytes,
    start_line: StartLine,
    index: Vec<Entry>,
    end: usize,
    body_end: usize,
    limits: &Limits,
) -> Message {
    let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let headers = Headers {
        bytes,
        index,
        end: narrow(end),
        max_params: u32::try_from(limits.params).unwrap_or(u32::MAX),
    };
    let body_end = narrow(body_end);
    match start_line {
        StartLine::Request { method, uri } => {
            Message::Request(Request { headers, method, uri, body_end })
        }
        StartLine::Response { status, reason } => {
            Message::Response(Response { headers, status, reason, body_end })
        }
    }
}

/// Scans header fields from `at` to the empty line.
pub(crate) fn fields(
    bytes: &[u8],
    mut at: usize,
    limits: &Limits,
    entries: &mut Vec<Entry>,
) -> Result<Scan, ParseError> {
    let mut vias = 0_usize;
    let mut content_length = None;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest {
            [b'\r', b'\n', ..] => return Ok(Scan { end: at, content_length }),
            [] => return Err(ParseError::NoEnd { offset: at }),
            _ => {}
        }
        if entries.len() >= limits.headers {
            return Err(ParseError::TooManyHeaders { offset: at, limit: limits.headers });
        }
        let (entry, next) = field(bytes, at, limits)?;
        match entry.number() {
            VIA => {
                let value = bytes.get(entry.value()..entry.end()).unwrap_or_default();
                // A comma within quotes counts too: the limit is no grammar.
                vias =
                    vias.saturating_add(1).saturating_add(memchr::memchr_iter(b',', value).count());
                if vias > limits.vias {
                    return Err(ParseError::TooManyVias { offset: at, limit: limits.vias });
                }
            }
            CONTENT_LENGTH => {
                if content_length.is_some() {
                    let reason = "it stands more than once";
                    return Err(ParseError::ContentLength { offset: entry.value(), reason });
                }
                content_length = Some(length_of(bytes, entry)?);
            }
            _ => {}
        }
        entries.push(entry);
        at = next;
    }
}

const VIA: u8 = Known::Via as u8;
const CONTENT_LENGTH: u8 = Known::ContentLength as u8;

/// `1*DIGIT`, compared as a number with what a message may have before anything is allocated.
fn length_of(bytes: &[u8], entry: Entry) -> Result<usize, ParseError> {
    let value = bytes.get(entry.value()..entry.end()).unwrap_or_default();
    let offset = entry.value();
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(ParseError::ContentLength { offset, reason: "not a number" });
    }
    let mut length = 0_usize;
    for digit in value {
        length = length.saturating_mul(10).saturating_add(usize::from(digit.wrapping_sub(b'0')));
    }
    if u32::try_from(length).is_err() {
        return Err(ParseError::ContentLength {
            offset,
            reason: "the number does not fit 32 bits",
        });
    }
    Ok(length)
}

/// Scans one header field at `start`: its entry, and where the next line begins.
#[inline]
fn field(bytes: &[u8], start: usize, limits: &Limits) -> Result<(Entry, usize), ParseError> {
    let line = bytes.get(start..).unwrap_or_default();
    let name_len = line.iter().position(|octet| !is_token(*octet)).unwrap_or(line.len());
    let (name, after_name) = line.split_at(name_len);
    if name.is_empty() {
        return Err(ParseError::Field { offset: start, reason: "expected a header name" });
    }
    let mut at = start.saturating_add(name_len);
    // HCOLON: SP and HTAB before the colon, no fold.
    let mut rest = after_name;
    while let [b' ' | b'\t', after @ ..] = rest {
        rest = after;
        at = at.saturating_add(1);
    }
    match rest {
        [b':', after @ ..] => {
            rest = after;
            at = at.saturating_add(1);
        }
        _ => {
            return Err(ParseError::Field {
                offset: at,
                reason: "expected : after the header name",
            });
        }
    }
    while let [b' ' | b'\t', after @ ..] = rest {
        rest = after;
        at = at.saturating_add(1);
    }
    let value_start = at;
    let (value_end, next) = value(rest, at, start, limits)?;
    let value = bytes.get(value_start..value_end).unwrap_or_default();
    // Whitespace at the ends is no part of the value; a fold is whitespace.
    let leading = value.len().saturating_sub(value.trim_ascii_start().len());
    let trailing = value.len().saturating_sub(value.trim_ascii_end().len());
    let (value_start, value_end) = if leading == value.len() {
        (value_end, value_end)
    } else {
        (value_start.saturating_add(leading), value_end.saturating_sub(trailing))
    };
    Ok((Entry::new(Known::find(name), start, name_len, value_start, value_end), next))
}

/// Finds the end of a value that begins with `rest` at offset `at`: the offset of its CRLF, and of the next line.
#[inline]
fn value(
    mut rest: &[u8],
    mut at: usize,
    line_start: usize,
    limits: &Limits,
) -> Result<(usize, usize), ParseError> {
    loop {
        let Some(found) = memchr::memchr3(b'\r', b'\n', 0, rest) else {
            let offset = at.saturating_add(rest.len());
            if offset.saturating_sub(line_start) > limits.line {
                return Err(ParseError::LineTooLong { offset: line_start, limit: limits.line });
            }
            return Err(ParseError::NoEnd { offset });
        };
        let (before, tail) = rest.split_at(found);
        at = at.saturating_add(found);
        if at.saturating_sub(line_start) > limits.line {
            return Err(ParseError::LineTooLong { offset: line_start, limit: limits.line });
        }
        match tail {
            [b'\r', b'\n', b' ' | b'\t', after @ ..] => {
                rest = after;
                at = at.saturating_add(3);
            }
            [b'\r', b'\n', ..] => return Ok((at, at.saturating_add(2))),
            // A quoted pair may quote NUL (RFC 3261 25.1); an odd run of backslashes quotes.
            [0, after @ ..] if quotes(before) => {
                rest = after;
                at = at.saturating_add(1);
            }
            [0, ..] => {
                return Err(ParseError::Field { offset: at, reason: "NUL in a header value" });
            }
            [b'\r'] => return Err(ParseError::NoEnd { offset: at }),
            _ => {
                return Err(ParseError::Field { offset: at, reason: "CR or LF that ends no line" });
            }
        }
    }
}

/// Whether the octet after `before` is quoted: an odd number of backslashes precedes it.
fn quotes(before: &[u8]) -> bool {
    before.iter().rev().take_while(|octet| **octet == b'\\').count() % 2 == 1
}
