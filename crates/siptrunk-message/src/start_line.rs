//! The first line: Request-Line or Status-Line (RFC 3261 7.1, 7.2), read by hand and in full.

use crate::error::ParseError;
use crate::index::Part;
use crate::limits::Limits;
use crate::method::Method;
use crate::octets;
use crate::status::StatusCode;

/// What the first line says. Parts are offsets into the message.
#[derive(Clone)]
pub(crate) enum StartLine {
    Request { method: Method, uri: Part },
    Response { status: StatusCode, reason: Part },
}

const NO_SCHEME: &str = "the Request-URI begins with a scheme and a colon";
const VERSION: &[u8] = b"SIP/2.0";

/// Reads the first line: what it says, and where the next line begins.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<(StartLine, usize), ParseError> {
    let end = match memchr::memchr(b'\n', bytes) {
        Some(end) => end,
        None if bytes.len() > limits.line => {
            return Err(ParseError::LineTooLong { offset: 0, limit: limits.line });
        }
        None => return Err(ParseError::NoEnd { offset: bytes.len() }),
    };
    let (line, _) = bytes.split_at(end);
    let Some(line) = line.strip_suffix(b"\r") else {
        return Err(ParseError::StartLine { offset: end, reason: "LF without CR" });
    };
    if line.len() > limits.line {
        return Err(ParseError::LineTooLong { offset: 0, limit: limits.line });
    }
    let parsed = if is_version_start(line) { status_line(line) } else { request_line(line) }?;
    Ok((parsed, end.saturating_add(1)))
}

/// Reads the first line of what is no message: any version, and a Request-URI of any octets but spaces.
pub(crate) fn parse_any(bytes: &[u8]) -> Option<(StartLine, usize)> {
    let end = memchr::memchr(b'\n', bytes)?;
    let (line, _) = bytes.split_at(end);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let next = end.saturating_add(1);
    if is_version_start(line) {
        return status_line(line).ok().map(|line| (line, next));
    }
    let space = memchr::memchr(b' ', line)?;
    let (token, _) = line.split_at(space);
    let method = Method::from_bytes(token)?;
    let uri_start = space.saturating_add(1);
    let last = memchr::memrchr(b' ', line)?;
    let uri = if last > uri_start {
        Part::new(uri_start, last)
    } else {
        Part::new(uri_start, line.len())
    };
    Some((StartLine::Request { method, uri }, next))
}

/// `SIP/` in any case begins a Status-Line: no method has a slash.
fn is_version_start(line: &[u8]) -> bool {
    line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
}

fn request_line(line: &[u8]) -> Result<StartLine, ParseError> {
    let fail = |offset, reason| ParseError::StartLine { offset, reason };
    let Some(space) = memchr::memchr(b' ', line) else {
        return Err(fail(line.len(), "expected a method, a space and a URI"));
    };
    let (token, rest) = line.split_at(space);
    let Some(method) = Method::from_bytes(token) else {
        return Err(fail(0, "the method is not a token"));
    };
    let uri_start = space.saturating_add(1);
    let rest = rest.get(1..).unwrap_or_default();
    let Some(space) = memchr::memchr(b' ', rest) else {
        return Err(fail(line.len(), "expected a space and SIP/2.0"));
    };
    let (uri, version) = rest.split_at(space);
    let version = version.get(1..).unwrap_or_default();
    check_request_uri(uri).map_err(|(at, reason)| fail(uri_start.saturating_add(at), reason))?;
    let uri_end = uri_start.saturating_add(space);
    if !version.eq_ignore_ascii_case(VERSION) {
        let offset = uri_end.saturating_add(1);
        return Err(if is_version(version) {
            ParseError::Version { offset }
        } else {
            fail(offset, "expected SIP/2.0 and nothing after it")
        });
    }
    Ok(StartLine::Request { method, uri: Part::new(uri_start, uri_end) })
}

/// A scheme, a colon, and octets that a URI may have. What it means is read when asked for.
pub(crate) fn check_request_uri(uri: &[u8]) -> Result<(), (usize, &'static str)> {
    if uri.is_empty() {
        return Err((0, "one space, then the Request-URI"));
    }
    // Nearly all are; any other scheme is looked at octet by octet.
    if !uri.starts_with(b"sip:") {
        let Some(colon) = memchr::memchr(b':', uri) else {
            return Err((0, NO_SCHEME));
        };
        let (scheme, _) = uri.split_at(colon);
        let is_scheme =
            |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.');
        if !uri.first().is_some_and(u8::is_ascii_alphabetic) || !scheme.iter().all(is_scheme) {
            return Err((0, NO_SCHEME));
        }
    }
    let at = octets::before(uri, b'x', |word| {
        octets::below(word, 0x21)
            | octets::high(word)
            | octets::equal(word, 0x7f)
            | octets::equal(word, b'<')
            | octets::equal(word, b'>')
            | octets::equal(word, b'"')
    });
    if at < uri.len() {
        return Err((at, "an octet that no URI has"));
    }
    Ok(())
}

/// `"SIP" "/" 1*DIGIT "." 1*DIGIT`
fn is_version(text: &[u8]) -> bool {
    if !is_version_start(text) {
        return false;
    }
    let mut numbers = text.get(4..).unwrap_or_default().split(|octet| *octet == b'.');
    let is_number = |number: Option<&[u8]>| {
        number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    };
    is_number(numbers.next()) && is_number(numbers.next()) && numbers.next().is_none()
}

fn status_line(line: &[u8]) -> Result<StartLine, ParseError> {
    let fail = |offset, reason| ParseError::StartLine { offset, reason };
    let (version, rest) = line.split_at(line.len().min(VERSION.len()));
    if !version.eq_ignore_ascii_case(VERSION) {
        return Err(fail(0, "a status line of another version than SIP/2.0"));
    }
    let code = match rest {
        [b' ', a, b, c, b' ', ..] => [a, b, c],
        // The space before an empty reason is often forgotten; nothing else can be meant.
        [b' ', a, b, c] => [a, b, c],
        _ => return Err(fail(VERSION.len(), "expected a space, three digits and a space")),
    };
    let mut number = 0_u16;
    for digit in code {
        if !digit.is_ascii_digit() {
            return Err(fail(
                VERSION.len().saturating_add(1),
                "the status code is not three digits",
            ));
        }
        number = number.saturating_mul(10).saturating_add(u16::from(digit.wrapping_sub(b'0')));
    }
    let Some(status) = StatusCode::new(number) else {
        return Err(fail(VERSION.len().saturating_add(1), "a status code is 100 to 699"));
    };
    let reason_start = line.len().min(VERSION.len().saturating_add(5));
    let reason = line.get(reason_start..).unwrap_or_default();
    if let Some(at) = memchr::memchr2(0, b'\r', reason) {
        return Err(fail(reason_start.saturating_add(at), "NUL or CR in the reason phrase"));
    }
    Ok(StartLine::Response { status, reason: Part::new(reason_start, line.len()) })
}
