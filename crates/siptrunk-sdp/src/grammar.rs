//! nom bricks for the values of `o=`, `m=` and `a=rtpmap` lines (RFC 8866 section 9).

use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{u8, u16, u32, u64};
use nom::combinator::opt;
use nom::error::{Error, ErrorKind};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use crate::address::AddressWords;

/// The parts of an `o=` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OriginLine<'a> {
    pub(crate) username: &'a [u8],
    pub(crate) session_id: u64,
    pub(crate) version: u64,
    pub(crate) address: AddressWords<'a>,
}

/// The parts of an `m=` line. All of them are ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaLine<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) port: u16,
    pub(crate) port_count: u16,
    pub(crate) protocol: &'a [u8],
    pub(crate) formats: &'a [u8],
}

/// The parts of an `a=rtpmap` value after the payload type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding<'a> {
    pub(crate) name: &'a str,
    pub(crate) clock_rate: u32,
    pub(crate) channels: u8,
}

fn is_visible(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f
}

fn is_token(byte: u8) -> bool {
    TOKEN.get(usize::from(byte)).is_some_and(|is| *is)
}

/// `token-char` of RFC 8866 section 9, as a table: every name and format passes here.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    loop {
        #[allow(clippy::indexing_slicing, reason = "evaluated at compile time; u8 fits 256")]
        {
            table[byte as usize] = byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'{'..=b'~'
                );
        }
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break table,
        }
    }
};

fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(take_while1(is_visible), tag(" ".as_bytes())).parse(input)
}

fn token(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(is_token)(input)
}

/// `username SP sess-id SP sess-version SP nettype SP addrtype SP address`.
pub(crate) fn origin(input: &[u8]) -> IResult<&[u8], OriginLine<'_>> {
    let space = || tag(" ".as_bytes());
    let (input, username) = word(input)?;
    let (input, session_id) = terminated(u64, space()).parse(input)?;
    let (input, version) = terminated(u64, space()).parse(input)?;
    match AddressWords::split(input) {
        Some(address) => Ok((&[], OriginLine { username, session_id, version, address })),
        None => Err(nom::Err::Error(Error::new(input, ErrorKind::Verify))),
    }
}

/// `media SP port ["/" integer] SP proto 1*(SP fmt)`.
pub(crate) fn media(input: &[u8]) -> IResult<&[u8], MediaLine<'_>> {
    let (input, kind) = terminated(token, tag(" ".as_bytes())).parse(input)?;
    let (input, port) = u16(input)?;
    let (input, count) = opt(preceded(tag("/".as_bytes()), u16)).parse(input)?;
    let (input, protocol) =
        preceded(tag(" ".as_bytes()), take_while1(|b| is_token(b) || b == b'/')).parse(input)?;
    let (input, _) = tag(" ".as_bytes())(input)?;
    let (after, formats) = take_while1(|b| is_token(b) || b == b' ')(input)?;
    if !after.is_empty() || formats.iter().all(|byte| *byte == b' ') {
        return Err(nom::Err::Error(Error::new(input, ErrorKind::Verify)));
    }
    Ok((after, MediaLine { kind, port, port_count: count.unwrap_or(1), protocol, formats }))
}

/// `encoding "/" clock-rate ["/" channels]` (RFC 8866 section 6.6).
pub(crate) fn encoding(input: &[u8]) -> Option<Encoding<'_>> {
    let parsed: IResult<&[u8], Encoding<'_>> = (|| {
        let (input, name) = terminated(token, tag("/".as_bytes())).parse(input)?;
        let (input, clock_rate) = u32(input)?;
        let (input, channels) = opt(preceded(tag("/".as_bytes()), u8)).parse(input)?;
        let name = std::str::from_utf8(name).unwrap_or_default(); // a token is ASCII
        Ok((input, Encoding { name, clock_rate, channels: channels.unwrap_or(1) }))
    })();
    let (after, encoding) = parsed.ok()?;
    (after.trim_ascii().is_empty() && encoding.clock_rate > 0).then_some(encoding)
}
