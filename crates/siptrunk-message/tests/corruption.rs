//! Every single-octet corruption of five messages, against a table of what must fail when it is parsed.
//!
//! For each octet of the head and each of the 255 other values, a model of its own (line by line, on octets, sharing
//! nothing with the scanner) says whether the message may still be one. What the model calls broken must fail; what it
//! calls whole must parse, and come out with the fields that the model sees.

use std::collections::BTreeMap;
use std::ops::Range;

use siptrunk_message::{Limits, Message};

const OPTIONS: &[u8] = include_bytes!("data/messages/options.sip");
const INVITE: &[u8] = include_bytes!("data/messages/invite.sip");
const OK200: &[u8] = include_bytes!("data/messages/ok200.sip");
const REGISTER: &[u8] = include_bytes!("data/messages/register.sip");
const TRYING: &[u8] = include_bytes!("data/messages/trying.sip");

/// `token` of RFC 3261 25.1.
fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|octet| octet.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(octet))
}

/// The octets before the first `needle`.
fn before<'a>(octets: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    memchr::memmem::find(octets, needle).map(|at| &octets[..at])
}

/// What must fail when parsed, as rules with names; `None` if nothing of it holds.
fn broken(message: &[u8]) -> Option<&'static str> {
    // Rule 1: lines end with CRLF. The head ends with the first empty line.
    let Some(head) = before(message, b"\r\n\r\n") else {
        return Some("the head has no end");
    };
    let body = message.len() - head.len() - 4;
    let ends = memchr::memchr_iter(b'\n', head).count();
    let pairs = memchr::memmem::find_iter(head, b"\r\n").count();
    if ends != pairs || memchr::memchr_iter(b'\r', head).count() != pairs {
        return Some("CR or LF that ends no line");
    }
    // Rule 2: the start line.
    let line = before(head, b"\r\n").unwrap_or(head);
    if !start_line(line) {
        return Some("the start line");
    }
    // Rule 3: a field is a token, SP and HTAB, a colon, a value; a line that begins with SP or HTAB continues it.
    let mut rest = head.get(line.len() + 2..).unwrap_or_default();
    if matches!(rest.first(), Some(b' ' | b'\t')) {
        return Some("a fold with nothing before it");
    }
    let mut length = None;
    while !rest.is_empty() {
        let end = memchr::memmem::find_iter(rest, b"\r\n")
            .find(|end| !matches!(rest.get(end + 2), Some(b' ' | b'\t')))
            .unwrap_or(rest.len());
        let field = &rest[..end];
        rest = rest.get(end + 2..).unwrap_or_default();
        let Some(name) = before(field, b":") else {
            return Some("a field without colon");
        };
        let value = &field[name.len() + 1..];
        let name = &name
            [..name.iter().rposition(|octet| !b" \t".contains(octet)).map_or(0, |last| last + 1)];
        if !is_token(name) {
            return Some("a name that is no token");
        }
        for at in memchr::memchr_iter(0, value) {
            let slashes = value[..at].iter().rev().take_while(|octet| **octet == b'\\').count();
            if slashes % 2 == 0 {
                return Some("NUL that no backslash quotes");
            }
        }
        if name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l") {
            if length.is_some() {
                return Some("two Content-Length");
            }
            let digits: Vec<u8> =
                value.iter().copied().skip_while(|octet| b" \t\r\n".contains(octet)).collect();
            let digits = std::str::from_utf8(&digits)
                .unwrap_or("?")
                .trim_end_matches([' ', '\t', '\r', '\n'])
                .as_bytes();
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return Some("Content-Length is no number");
            }
            length = Some(std::str::from_utf8(digits).unwrap().parse::<u64>().unwrap());
        }
    }
    if length.is_some_and(|length| length > body as u64) {
        return Some("Content-Length beyond the datagram");
    }
    None
}

fn start_line(line: &[u8]) -> bool {
    if line.len() >= 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
        let reason_free_of =
            |octet: &u8| line.get(11..).is_none_or(|reason| !reason.contains(octet));
        return line.len() >= 11
            && line[..7].eq_ignore_ascii_case(b"SIP/2.0")
            && line[7] == b' '
            && line[8..11].iter().all(u8::is_ascii_digit)
            && (b'1'..=b'6').contains(&line[8])
            && line.get(11).is_none_or(|octet| *octet == b' ')
            && reason_free_of(&0);
    }
    let parts: Vec<&[u8]> = line.split(|octet| *octet == b' ').collect();
    let [method, uri, version] = parts[..] else {
        return false;
    };
    let Some(colon) = uri.iter().position(|octet| *octet == b':') else {
        return false;
    };
    let scheme = &uri[..colon];
    is_token(method)
        && scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(octet))
        && uri.iter().all(|octet| octet.is_ascii_graphic() && !b"<>\"".contains(octet))
        && version.eq_ignore_ascii_case(b"SIP/2.0")
}

#[test]
fn the_messages_themselves_are_whole() {
    for message in [OPTIONS, INVITE, OK200, REGISTER, TRYING] {
        assert_eq!(broken(message), None);
        assert!(Message::parse(message.into(), &Limits::default()).is_ok());
    }
}

/// Judges every corruption of one octet of the head; returns how often each rule was the reason.
fn judge(message: &[u8]) -> BTreeMap<&'static str, usize> {
    let head = before(message, b"\r\n\r\n").unwrap().len() + 4;
    let mut refused = BTreeMap::new();
    judge_octets(message, 0..head, &mut refused);
    refused
}

/// As `judge`, but each line stands between its neighbours only, with the start line, Content-Length and the body:
/// fields are scanned one by one, and this takes a third of the time.
fn judge_by_line(message: &[u8]) {
    let head = before(message, b"\r\n\r\n").unwrap();
    let body = &message[head.len() + 4..];
    let lines: Vec<&[u8]> =
        head.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end).collect();
    let length = lines.iter().position(|line| line.starts_with(b"Content-Length")).unwrap();
    for at in 0..lines.len() {
        let kept = |other: &usize| [0, at.saturating_sub(1), at, at + 1, length].contains(other);
        let mut part = Vec::new();
        let mut place = 0..0;
        for line in (0..lines.len()).filter(kept) {
            let start = part.len();
            part.extend_from_slice(lines[line]);
            part.extend_from_slice(b"\r\n");
            if line == at {
                place = start..part.len();
            }
        }
        if at == lines.len() - 1 {
            place.end += 2;
        }
        part.extend_from_slice(b"\r\n");
        part.extend_from_slice(body);
        assert_eq!(broken(&part), None);
        judge_octets(&part, place, &mut BTreeMap::new());
    }
}

fn judge_octets(message: &[u8], places: Range<usize>, refused: &mut BTreeMap<&'static str, usize>) {
    let limits = Limits::default();
    let mut corrupt = message.to_vec();
    for at in places {
        for value in (0..=255_u8).filter(|value| *value != message[at]) {
            corrupt[at] = value;
            let rule = broken(&corrupt);
            let parsed = Message::parse(bytes::Bytes::copy_from_slice(&corrupt), &limits);
            match (rule, parsed) {
                (Some(rule), Err(_)) => *refused.entry(rule).or_default() += 1,
                (None, Ok(parsed)) => {
                    // Byte for byte what came in, and no field lost or made up.
                    let lines: usize =
                        parsed.headers().iter().map(|field| field.line().len()).sum();
                    let first = before(&corrupt, b"\r\n").unwrap().len() + 2;
                    let end = before(&corrupt, b"\r\n\r\n").unwrap().len() + 2;
                    assert_eq!(lines, end - first, "octet {at} is {value:#04x}");
                }
                (Some(rule), Ok(_)) => {
                    panic!("octet {at} is {value:#04x}: taken in spite of: {rule}")
                }
                (None, Err(error)) => panic!("octet {at} is {value:#04x}: refused: {error}"),
            }
        }
        corrupt[at] = message[at];
    }
}

// A test a message, so that they run beside each other.

#[test]
fn options() {
    let refused = judge(OPTIONS);
    // Each rule has been the reason at least once, so that no row of the table is idle.
    for rule in [
        "the head has no end",
        "CR or LF that ends no line",
        "the start line",
        "a fold with nothing before it",
        "a field without colon",
        "a name that is no token",
        "Content-Length is no number",
        "Content-Length beyond the datagram",
        "NUL that no backslash quotes",
    ] {
        assert!(refused.contains_key(rule), "{rule}: {refused:?}");
    }
}

#[test]
fn invite() {
    judge_by_line(INVITE);
}

#[test]
fn ok200() {
    judge_by_line(OK200);
}

#[test]
fn register() {
    judge_by_line(REGISTER);
}

#[test]
fn trying() {
    judge(TRYING);
}
