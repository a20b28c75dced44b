//! The bricks of RFC 3261 25.1 that every header is made of. Private: nom's types go no further.

use std::borrow::Cow;
use std::fmt;

use nom::IResult;
use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::error::{ErrorKind, ParseError};

/// Where a grammar stopped, and what it had hoped for. Two words and a static text: no allocation on a backtrack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    pub(crate) at: &'a [u8],
    pub(crate) reason: &'static str,
}

impl<'a> ParseError<&'a [u8]> for At<'a> {
    fn from_error_kind(at: &'a [u8], _: ErrorKind) -> Self {
        At { at, reason: "unexpected octet" }
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<'a> At<'a> {
    /// Splits nom's error, which in the complete flavour is never `Incomplete`.
    pub(crate) fn from_nom(error: &nom::Err<Self>, input: &'a [u8]) -> Self {
        match error {
            nom::Err::Error(at) | nom::Err::Failure(at) => *at,
            nom::Err::Incomplete(_) => Self { at: input, reason: "incomplete" },
        }
    }
}

/// Fails at `at`.
pub(crate) fn fail<'a, T>(at: &'a [u8], reason: &'static str) -> Result<T, nom::Err<At<'a>>> {
    Err(nom::Err::Error(At { at, reason }))
}

/// How far into `base` the slice `at` begins. Slices of other buffers count as 0.
pub(crate) fn offset_in(base: &[u8], at: &[u8]) -> usize {
    let offset = (at.as_ptr() as usize).wrapping_sub(base.as_ptr() as usize);
    if offset <= base.len() { offset } else { 0 }
}

const TOKEN: u16 = 1;
const LWS: u16 = 2;
const USER: u16 = 4;
const PASSWORD: u16 = 8;
const PARAM: u16 = 16;
const HEADER: u16 = 32;
const HOST: u16 = 64;
const WORD: u16 = 128;
const VALUE: u16 = 256;

// Evaluated at compile time, where a fault is a compile error.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]
const CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let byte = octet as u8;
        let mut class = 0;
        let alphanumeric = byte.is_ascii_alphanumeric();
        let mark = matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')');
        let unreserved = alphanumeric || mark;
        if alphanumeric
            || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
        {
            class |= TOKEN | WORD | VALUE;
        }
        // The characters that a word has beyond a token (Call-ID).
        if matches!(
            byte,
            b'(' | b')'
                | b'<'
                | b'>'
                | b':'
                | b'\\'
                | b'"'
                | b'/'
                | b'['
                | b']'
                | b'?'
                | b'{'
                | b'}'
        ) {
            class |= WORD;
        }
        // What a host has beyond a token, brackets and colons of an IPv6 address included.
        if matches!(byte, b':' | b'[' | b']') {
            class |= VALUE;
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            class |= LWS;
        }
        if unreserved || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/') {
            class |= USER;
        }
        if unreserved || matches!(byte, b'&' | b'=' | b'+' | b'$' | b',') {
            class |= PASSWORD;
        }
        if unreserved || matches!(byte, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$') {
            class |= PARAM;
        }
        if unreserved || matches!(byte, b'[' | b']' | b'/' | b'?' | b':' | b'+' | b'$') {
            class |= HEADER;
        }
        // '_' is no host character, but hosts with it are in the wild and mean no other thing.
        if alphanumeric || matches!(byte, b'-' | b'.' | b'_') {
            class |= HOST;
        }
        classes[octet] = class;
        octet += 1;
    }
    classes
};

#[inline]
fn class(byte: u8) -> u16 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// `token` characters.
#[inline]
pub(crate) fn is_token(byte: u8) -> bool {
    class(byte) & TOKEN != 0
}

/// `word` characters (Call-ID).
#[inline]
pub(crate) fn is_word(byte: u8) -> bool {
    class(byte) & WORD != 0
}

/// `LWS` octets: the scanner lets CR and LF through only as parts of folds.
#[inline]
pub(crate) fn is_lws(byte: u8) -> bool {
    class(byte) & LWS != 0
}

/// What a parameter value without quotes may hold.
#[inline]
pub(crate) fn is_value(byte: u8) -> bool {
    class(byte) & VALUE != 0
}

/// What may stand unescaped in the user part of a SIP URI.
#[inline]
pub(crate) fn is_user(byte: u8) -> bool {
    class(byte) & USER != 0
}

/// What may stand unescaped in the password of a SIP URI.
#[inline]
pub(crate) fn is_password(byte: u8) -> bool {
    class(byte) & PASSWORD != 0
}

/// `paramchar` without escapes.
#[inline]
pub(crate) fn is_param(byte: u8) -> bool {
    class(byte) & PARAM != 0
}

/// What may stand unescaped in the headers part of a SIP URI.
#[inline]
pub(crate) fn is_header(byte: u8) -> bool {
    class(byte) & HEADER != 0
}

/// Characters of a host name or IPv4 address.
#[inline]
pub(crate) fn is_host(byte: u8) -> bool {
    class(byte) & HOST != 0
}

/// Text of octets that the caller knows to be ASCII; the empty text if that is not so.
#[inline]
pub(crate) fn ascii(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap_or_default()
}

/// What follows optional whitespace, folds included.
#[inline]
pub(crate) fn skip_lws(input: &[u8]) -> &[u8] {
    match input.first() {
        // Nearly every time there is none.
        Some(octet) if is_lws(*octet) => run_of(input, is_lws).0,
        _ => input,
    }
}

/// The longest run of octets that `belongs` at the front: what follows it, and the run.
#[inline]
pub(crate) fn run_of(input: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let length = input.iter().position(|octet| !belongs(*octet)).unwrap_or(input.len());
    let (run, rest) = input.split_at(length);
    (rest, run)
}

/// What comes before whitespace at the end.
#[inline]
pub(crate) fn trim_end(text: &[u8]) -> &[u8] {
    match text {
        [.., last] if is_lws(*last) => {
            let kept = text
                .iter()
                .rposition(|octet| !is_lws(*octet))
                .map_or(0, |last| last.saturating_add(1));
            text.get(..kept).unwrap_or_default()
        }
        _ => text,
    }
}

/// The text without whitespace around it. Not `trim_ascii`: to SIP a form feed is no whitespace.
#[inline]
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    trim_end(skip_lws(text))
}

/// One octet, with optional whitespace on both sides: `SEMI`, `SLASH`, `EQUAL`, `COLON`...
pub(crate) fn separator<'a>(
    octet: u8,
    reason: &'static str,
) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], (), At<'a>> {
    move |input| match skip_lws(input) {
        [first, rest @ ..] if *first == octet => Ok((skip_lws(rest), ())),
        at => fail(at, reason),
    }
}

/// `token`.
pub(crate) fn token(input: &[u8]) -> IResult<&[u8], &str, At<'_>> {
    let (rest, token) = take_while1(is_token).parse(input).map_err(|_: nom::Err<At<'_>>| {
        nom::Err::Error(At { at: input, reason: "expected a token" })
    })?;
    Ok((rest, ascii(token)))
}

/// `1*DIGIT` that fits 32 bits.
pub(crate) fn number(input: &[u8]) -> IResult<&[u8], u32, At<'_>> {
    let (rest, digits) = take_while1(|byte: u8| byte.is_ascii_digit()).parse(input).map_err(
        |_: nom::Err<At<'_>>| nom::Err::Error(At { at: input, reason: "expected a number" }),
    )?;
    let mut value = 0_u32;
    for digit in digits {
        let digit = u32::from(digit.wrapping_sub(b'0'));
        match value.checked_mul(10).and_then(|value| value.checked_add(digit)) {
            Some(next) => value = next,
            None => return fail(input, "the number does not fit 32 bits"),
        }
    }
    Ok((rest, value))
}

/// `quoted-string`, returned with its quotes. A backslash keeps the next octet from ending it.
pub(crate) fn quoted(input: &[u8]) -> IResult<&[u8], &[u8], At<'_>> {
    let Some(mut rest) = input.strip_prefix(b"\"") else {
        return fail(input, "expected a quoted string");
    };
    loop {
        let Some(at) = memchr::memchr2(b'"', b'\\', rest) else {
            return fail(input, "the quoted string does not end");
        };
        let (_, tail) = rest.split_at(at);
        match tail {
            [b'"', after @ ..] => {
                let (text, _) = input.split_at(input.len().saturating_sub(after.len()));
                return Ok((after, text));
            }
            [_, b'\r' | b'\n', ..] | [_] | [] => return fail(tail, "a backslash quotes no octet"),
            [_, _, after @ ..] => rest = after,
        }
    }
}

/// `[TEXT-UTF8-TRIM]`: all of it, with each fold as one space, which means the same (RFC 3261 7.3.1).
pub(crate) fn text(input: &[u8]) -> IResult<&[u8], Cow<'_, str>, At<'_>> {
    let Ok(text) = std::str::from_utf8(input) else {
        return fail(input, "the text is not UTF-8");
    };
    let rest = input.get(input.len()..).unwrap_or_default();
    if let Some(at) = input.iter().position(|octet| octet.is_ascii_control() && !is_lws(*octet)) {
        return fail(input.get(at..).unwrap_or_default(), "a control character in the text");
    }
    Ok((rest, unfolded(text)))
}

/// The text with each fold, and the whitespace around it, as one space.
fn unfolded(text: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\r', b'\n', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let lines = text.split(['\r', '\n']).map(|line| line.trim_matches([' ', '\t']));
    for line in lines.filter(|line| !line.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(line);
    }
    Cow::Owned(out)
}

/// Writes text that may have come with folds, or with a quoted NUL, so that it fits a line: CR and LF of a fold go,
/// its whitespace stays; NUL becomes a space.
pub(crate) fn write_line(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    if memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()).is_none() {
        return out.write_str(text);
    }
    text.chars().try_for_each(|character| match character {
        '\r' | '\n' => Ok(()),
        '\0' => out.write_char(' '),
        other => out.write_char(other),
    })
}

/// The meaning of a quoted string's inside, or of any text with quoted pairs: backslashes taken away. Octets that are not
/// UTF-8 become U+FFFD.
pub(crate) fn unescape_pairs(inside: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', inside).is_none() {
        return String::from_utf8_lossy(inside);
    }
    let mut out = Vec::with_capacity(inside.len());
    let mut octets = inside.iter().copied();
    while let Some(octet) = octets.next() {
        match octet {
            b'\\' => out.extend(octets.next()),
            _ => out.push(octet),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// `comment`: balanced parentheses, quoted pairs. Returned with its parentheses. Depth is counted, not recursed.
pub(crate) fn comment(input: &[u8]) -> IResult<&[u8], &[u8], At<'_>> {
    if input.first() != Some(&b'(') {
        return fail(input, "expected a comment");
    }
    let mut depth = 0_usize;
    let mut rest = input;
    while let Some((octet, after)) = rest.split_first() {
        rest = match octet {
            b'(' => {
                depth = depth.saturating_add(1);
                after
            }
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let (text, _) = input.split_at(input.len().saturating_sub(after.len()));
                    return Ok((after, text));
                }
                after
            }
            b'\\' => after.get(1..).unwrap_or_default(),
            _ => after,
        };
    }
    fail(input, "the comment does not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_string_ends_where_it_should() {
        assert_eq!(quoted(b"\"a\\\"b\" c").unwrap(), (&b" c"[..], &b"\"a\\\"b\""[..]));
        for bad in [&b"\""[..], b"\"a", b"\"a\\", b"\"a\\\"", b"a\"", b"", b"\"\\\r\n\""] {
            assert!(quoted(bad).is_err(), "{:?}", bad.escape_ascii().to_string());
        }
    }

    #[test]
    fn numbers_stop_at_32_bits() {
        assert_eq!(number(b"4294967295x").unwrap(), (&b"x"[..], u32::MAX));
        assert!(number(b"4294967296").is_err());
        assert!(number(b"+1").is_err());
        assert_eq!(number(&[b'0'; 40]).unwrap().1, 0);
    }

    #[test]
    fn comments_nest_without_recursion() {
        let deep = [vec![b'('; 5_000], vec![b')'; 5_000]].concat();
        assert_eq!(comment(&deep).unwrap().1.len(), 10_000);
        assert!(comment(&deep[..9_999]).is_err());
        assert_eq!(comment(b"(a\\)b) c").unwrap().1, b"(a\\)b)");
    }

    #[test]
    fn offsets_are_those_of_the_base() {
        let base = b"abcdef";
        assert_eq!(offset_in(base, &base[4..]), 4);
        let far = vec![0; 4_096];
        assert_eq!(offset_in(&far, base), 0);
    }
}
