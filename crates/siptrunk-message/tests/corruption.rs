//! Every single-octet corruption of five messages, against a table of what must fail when it is parsed.
//!
//! For each octet of the head and each of the 255 other values, a model of its own (line by line, on octets, sharing
//! nothing with the scanner) says whether the message may still be one. What the model calls broken must fail; what it
//! calls whole must parse, and come out with the fields that the model sees.

use siptrunk_message::{Limits, Message};

const MESSAGES: [(&str, &[u8]); 5] = [
    ("options", include_bytes!("data/messages/options.sip")),
    ("invite", include_bytes!("data/messages/invite.sip")),
    ("ok200", include_bytes!("data/messages/ok200.sip")),
    ("register", include_bytes!("data/messages/register.sip")),
    ("trying", include_bytes!("data/messages/trying.sip")),
];

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
    for (name, message) in MESSAGES {
        assert_eq!(broken(message), None, "{name}");
        assert!(Message::parse(message.into(), &Limits::default()).is_ok(), "{name}");
    }
}

#[test]
fn every_corruption_of_one_octet_is_judged_by_the_table() {
    let limits = Limits::default();
    let mut judged = 0_usize;
    let mut refused = std::collections::BTreeMap::new();
    for (name, message) in MESSAGES {
        let head = before(message, b"\r\n\r\n").unwrap().len() + 4;
        let mut corrupt = message.to_vec();
        for at in 0..head {
            for value in (0..=255_u8).filter(|value| *value != message[at]) {
                corrupt[at] = value;
                let rule = broken(&corrupt);
                let parsed = Message::parse(bytes::Bytes::copy_from_slice(&corrupt), &limits);
                judged += 1;
                match (rule, parsed) {
                    (Some(rule), Err(_)) => *refused.entry(rule).or_insert(0_usize) += 1,
                    (None, Ok(parsed)) => {
                        // Byte for byte what came in, and no field lost or made up.
                        let lines: usize =
                            parsed.headers().iter().map(|field| field.line().len()).sum();
                        let first = before(&corrupt, b"\r\n").unwrap().len() + 2;
                        let end = before(&corrupt, b"\r\n\r\n").unwrap().len() + 2;
                        assert_eq!(lines, end - first, "{name}: octet {at} is {value:#04x}");
                    }
                    (Some(rule), Ok(_)) => {
                        panic!("{name}: octet {at} is {value:#04x}: taken in spite of: {rule}")
                    }
                    (None, Err(error)) => {
                        panic!("{name}: octet {at} is {value:#04x}: refused: {error}")
                    }
                }
            }
            corrupt[at] = message[at];
        }
    }
    assert!(judged > 500_000, "{judged}");
    // Each rule has been the reason at least once, so that none of the table is idle.
    for rule in [
        "the head has no end",
        "CR or LF that ends no line",
        "the start line",
        "a fold with nothing before it",
        "a field without colon",
        "a name that is no token",
        "NUL that no backslash quotes",
        "Content-Length is no number",
        "Content-Length beyond the datagram",
    ] {
        assert!(refused.contains_key(rule), "{rule}: {refused:?}");
    }
}
