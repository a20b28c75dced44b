//! The scanner: octets to an index, one pass, nothing kept but offsets (RFC 3261 7, 25.1).
//!
//! It checks everything that decides where a message, a field or a value ends, so that no later reader and no
//! next hop can see other fields than we do. What values mean is read later, when asked for.

use bytes::Bytes;

use crate::error::ParseError;
use crate::grammar::{is_token, skip_lws, trim, trim_end};
use crate::headers::Headers;
use crate::index::{Entry, Index};
use crate::limits::Limits;
use crate::message::{Message, Request, Response};
use crate::name::Known;
use crate::octets;
use crate::start_line::{self, StartLine};

/// What the scan of the header fields found.
struct Scan {
    /// Where the empty line begins.
    end: usize,
    /// The value of Content-Length.
    content_length: Option<usize>,
}

/// Parses a datagram.
pub(crate) fn message(bytes: Bytes, limits: &Limits, index: Index) -> Result<Message, ParseError> {
    let limit = limits.message_octets();
    if bytes.len() > limit {
        return Err(ParseError::TooLarge { octets: bytes.len(), limit });
    }
    let (start_line, first_field) = start_line::parse(&bytes, limits)?;
    // One allocation that fits what trunks send; a longer message grows it.
    let mut entries = index.emptied(limits.headers.min(32));
    let scan = fields(&bytes, first_field, limits, &mut entries, Broken::Refuse)?;
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
    let scan = fields(&bytes, first_field, limits, &mut entries, Broken::Skip);
    // Where the octets end within a line, a gap stands for that line.
    let end = scan.map_or(bytes.len(), |scan| scan.end);
    Some(assemble(bytes, start_line, entries, end, end, limits))
}

/// Reads the headers of a part of a body, from `at` to their empty line; gives where what follows them begins.
pub(crate) fn part(
    bytes: Bytes,
    at: usize,
    limits: &Limits,
) -> Result<(Headers, usize), ParseError> {
    let mut index = Vec::new();
    let scan = fields(&bytes, at, limits, &mut index, Broken::Refuse)?;
    Ok((headers(bytes, index, scan.end, limits), scan.end.saturating_add(2)))
}

/// Reads the start line of a part of a message, if it has one, and where the next line begins.
pub(crate) fn fragment_start(
    bytes: &[u8],
    limits: &Limits,
) -> Result<(Option<StartLine>, usize), ParseError> {
    let (name, _) = Known::scan(bytes);
    // A field's name has its colon behind it; a method has a space and a URI, and SIP/2.0 a slash.
    let after = bytes.get(name..).unwrap_or_default();
    let is_field =
        name > 0 && after.iter().find(|octet| !matches!(octet, b' ' | b'\t')) == Some(&b':');
    if is_field || after.starts_with(b"\r\n") && name == 0 {
        return Ok((None, 0));
    }
    start_line::parse(bytes, limits).map(|(line, next)| (Some(line), next))
}

/// What to do with a field that cannot be read.
#[derive(Clone, Copy, PartialEq)]
enum Broken {
    Refuse,
    Skip,
}

fn assemble(
    bytes: Bytes,
    start_line: StartLine,
    index: Vec<Entry>,
    end: usize,
    body_end: usize,
    limits: &Limits,
) -> Message {
    let headers = headers(bytes, index, end, limits);
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

fn headers(bytes: Bytes, index: Vec<Entry>, end: usize, limits: &Limits) -> Headers {
    let max_params = u32::try_from(limits.params).unwrap_or(u32::MAX);
    Headers { bytes, index, end: narrow(end), max_params }
}

/// Offsets within a message, whose size is bounded.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Scans header fields from `at` to the empty line.
fn fields(
    bytes: &[u8],
    mut at: usize,
    limits: &Limits,
    entries: &mut Vec<Entry>,
    broken: Broken,
) -> Result<Scan, ParseError> {
    let mut via_octets = 0_usize;
    let mut content_length = None;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest {
            [b'\r', b'\n', ..] => {
                if broken == Broken::Refuse && via_octets / SHORTEST_VIA > limits.vias {
                    count_vias(bytes, entries, limits)?;
                }
                return Ok(Scan { end: at, content_length });
            }
            [] => return Err(ParseError::NoEnd { offset: at }),
            _ => {}
        }
        if entries.len() >= limits.headers {
            if broken == Broken::Skip {
                return Ok(Scan { end: at, content_length });
            }
            return Err(ParseError::TooManyHeaders { offset: at, limit: limits.headers });
        }
        let scanned = match field(bytes, rest, at, limits) {
            Ok(scanned) => scanned,
            Err(error) if broken == Broken::Refuse => return Err(error),
            Err(error) => {
                // A gap in the index keeps the broken line from becoming part of the field before it.
                entries.push(Entry::new(None, at, 0, at, at));
                match memchr::memchr(b'\n', rest) {
                    Some(end) => at = at.saturating_add(end).saturating_add(1),
                    None => return Err(error),
                }
                continue;
            }
        };
        let entry = Entry::new(scanned.known, at, scanned.name_len, scanned.start, scanned.end);
        entries.push(entry.with_nul(scanned.nul));
        match scanned.known {
            Some(Known::Via) => {
                // The last value of a field has no comma.
                let octets =
                    scanned.end.saturating_add(1).saturating_sub(scanned.start).max(SHORTEST_VIA);
                via_octets = via_octets.saturating_add(octets);
            }
            Some(Known::ContentLength) if broken == Broken::Refuse => {
                let offset = scanned.start;
                if content_length.is_some() {
                    let reason = "it stands more than once";
                    return Err(ParseError::ContentLength { offset, reason });
                }
                let value = bytes.get(offset..scanned.end).unwrap_or_default();
                let fail = |reason| ParseError::ContentLength { offset, reason };
                content_length = Some(length_of(value).map_err(fail)?);
            }
            _ => {}
        }
        at = scanned.next;
    }
}

/// A Via value has this many octets at least, its comma included: `A/B/C h,`.
const SHORTEST_VIA: usize = 8;

/// Counts Via values where there are so many octets that the limit could be passed.
fn count_vias(bytes: &[u8], entries: &[Entry], limits: &Limits) -> Result<(), ParseError> {
    let mut vias = 0_usize;
    for entry in entries.iter().filter(|entry| entry.known() == Some(Known::Via)) {
        let value = bytes.get(entry.value()..entry.end()).unwrap_or_default();
        // A comma within quotes counts too: the limit is no grammar.
        vias = vias.saturating_add(1).saturating_add(memchr::memchr_iter(b',', value).count());
        if vias > limits.vias {
            return Err(ParseError::TooManyVias { offset: entry.start(), limit: limits.vias });
        }
    }
    Ok(())
}

/// `1*DIGIT`, a number before anything is allocated for it.
fn length_of(value: &[u8]) -> Result<usize, &'static str> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err("not a number");
    }
    let mut length = 0_usize;
    for digit in value {
        length = length.saturating_mul(10).saturating_add(usize::from(digit.wrapping_sub(b'0')));
    }
    if u32::try_from(length).is_err() {
        return Err("the number does not fit 32 bits");
    }
    Ok(length)
}

/// One header field, as offsets into the message.
struct Scanned {
    known: Option<Known>,
    name_len: usize,
    /// Where the value begins and ends, without whitespace around it.
    start: usize,
    end: usize,
    /// Where the next line begins.
    next: usize,
    /// Whether the value has a quoted NUL.
    nul: bool,
}

/// Scans one header field: `line` is what of the message begins at `start`.
#[inline]
fn field(bytes: &[u8], line: &[u8], start: usize, limits: &Limits) -> Result<Scanned, ParseError> {
    let (name_len, known) = Known::scan(line);
    let (name, after_name) = line.split_at(name_len);
    // A name of the table needs no further look; any other has to be a token.
    if known.is_none() {
        check_name(name, start)?;
    }
    let mut rest = after_name;
    // HCOLON: SP and HTAB before the colon, no fold.
    while let [b' ' | b'\t', after @ ..] = rest {
        rest = after;
    }
    let [b':', after @ ..] = rest else {
        let offset = bytes.len().saturating_sub(rest.len());
        return Err(ParseError::Field { offset, reason: "expected : after the header name" });
    };
    rest = after;
    while let [b' ' | b'\t', after @ ..] = rest {
        rest = after;
    }
    let mut value_start = bytes.len().saturating_sub(rest.len());
    let Value { mut end, next, folded, nul } = value(rest, value_start, start, limits)?;
    let value = bytes.get(value_start..end).unwrap_or_default();
    if folded {
        // A fold at an end is whitespace like any other.
        value_start = end.saturating_sub(skip_lws(value).len());
        end = value_start.saturating_add(trim(value).len());
    } else if let [.., b' ' | b'\t'] = value {
        end = value_start.saturating_add(trim_end(value).len());
    }
    Ok(Scanned { known, name_len, start: value_start, end, next, nul })
}

fn check_name(name: &[u8], start: usize) -> Result<(), ParseError> {
    match name.iter().position(|octet| !is_token(*octet)) {
        _ if name.is_empty() => {
            Err(ParseError::Field { offset: start, reason: "expected a header name" })
        }
        Some(at) => {
            let offset = start.saturating_add(at);
            Err(ParseError::Field { offset, reason: "an octet that no header name has" })
        }
        None => Ok(()),
    }
}

struct Value {
    /// Where its last CRLF begins.
    end: usize,
    /// Where the next line begins.
    next: usize,
    folded: bool,
    nul: bool,
}

/// Finds the end of a value that begins with `rest` at offset `at`.
#[inline]
fn value(
    mut rest: &[u8],
    mut at: usize,
    line_start: usize,
    limits: &Limits,
) -> Result<Value, ParseError> {
    let mut folded = false;
    let mut nul = false;
    loop {
        let found = octets::before_control(rest);
        let (before, tail) = rest.split_at(found);
        at = at.saturating_add(found);
        if at.saturating_sub(line_start) > limits.line {
            return Err(ParseError::LineTooLong { offset: line_start, limit: limits.line });
        }
        let skipped = match tail {
            [b'\r', b'\n', b' ' | b'\t', ..] => {
                folded = true;
                3
            }
            [b'\r', b'\n', ..] => {
                return Ok(Value { end: at, next: at.saturating_add(2), folded, nul });
            }
            [] | [b'\r'] => return Err(ParseError::NoEnd { offset: at }),
            [b'\r' | b'\n', ..] => {
                return Err(ParseError::Field { offset: at, reason: "CR or LF that ends no line" });
            }
            // A quoted pair may quote NUL (RFC 3261 25.1); an odd run of backslashes quotes.
            [0, ..] if !quotes(before) => {
                return Err(ParseError::Field { offset: at, reason: "NUL in a header value" });
            }
            [0, ..] => {
                nul = true;
                1
            }
            // Other control characters end nothing: what they may mean is the value's grammar's business.
            _ => 1,
        };
        rest = tail.get(skipped..).unwrap_or_default();
        at = at.saturating_add(skipped);
    }
}

/// Whether the octet after `before` is quoted: an odd number of backslashes precedes it.
fn quotes(before: &[u8]) -> bool {
    before.iter().rev().take_while(|octet| **octet == b'\\').count() % 2 == 1
}
