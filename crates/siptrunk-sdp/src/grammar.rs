//! nom bricks for the values of `o=`, `m=` and `a=rtpmap` lines (RFC 8866 section 9).

use std::borrow::Cow;

use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{u8, u16, u32, u64};
use nom::combinator::{opt, rest};
use nom::error::{Error, ErrorKind};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use crate::address::parse_address;
use crate::origin::Origin;

/// The parts of an `m=` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaLine<'a> {
    pub(crate) kind: &'a str,
    pub(crate) port: u16,
    pub(crate) port_count: u16,
    pub(crate) protocol: &'a str,
    pub(crate) formats: &'a str,
}

/// The parts of an `a=rtpmap` value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RtpMap<'a> {
    pub(crate) payload_type: u8,
    pub(crate) encoding: &'a str,
    pub(crate) clock_rate: u32,
    pub(crate) channels: u8,
}

fn is_visible(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&byte)
}

fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(take_while1(is_visible), tag(" ".as_bytes())).parse(input)
}

fn token(input: &[u8]) -> IResult<&[u8], &str> {
    let (after, bytes) = take_while1(is_token)(input)?;
    text(after, bytes)
}

fn text<'a>(after: &'a [u8], bytes: &'a [u8]) -> IResult<&'a [u8], &'a str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((after, text)),
        Err(_) => Err(nom::Err::Error(Error::new(bytes, ErrorKind::Char))),
    }
}

/// `username SP sess-id SP sess-version SP nettype SP addrtype SP address`.
pub(crate) fn origin(input: &[u8]) -> IResult<&[u8], Origin<'_>> {
    let space = || tag(" ".as_bytes());
    let (input, username) = word(input)?;
    let (input, session_id) = terminated(u64, space()).parse(input)?;
    let (input, version) = terminated(u64, space()).parse(input)?;
    let Some(address) = parse_address(input) else {
        return Err(nom::Err::Error(Error::new(input, ErrorKind::Verify)));
    };
    let username = match std::str::from_utf8(username) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(username),
    };
    Ok((&[], Origin { username, session_id, version, address }))
}

/// `media SP port ["/" integer] SP proto 1*(SP fmt)`.
pub(crate) fn media(input: &[u8]) -> IResult<&[u8], MediaLine<'_>> {
    let (input, kind) = terminated(token, tag(" ".as_bytes())).parse(input)?;
    let (input, port) = u16(input)?;
    let (input, count) = opt(preceded(tag("/".as_bytes()), u16)).parse(input)?;
    let (input, protocol) =
        preceded(tag(" ".as_bytes()), take_while1(|b| is_token(b) || b == b'/')).parse(input)?;
    let (_, protocol) = text(input, protocol)?;
    let (input, formats) = preceded(tag(" ".as_bytes()), rest).parse(input)?;
    let (_, formats) = text(input, formats)?;
    if !formats.bytes().all(|b| is_token(b) || b == b' ') || formats.trim_ascii().is_empty() {
        return Err(nom::Err::Error(Error::new(input, ErrorKind::Verify)));
    }
    Ok((input, MediaLine { kind, port, port_count: count.unwrap_or(1), protocol, formats }))
}

/// `payload-type SP encoding "/" clock-rate ["/" channels]` (RFC 8866 section 6.6). A payload
/// type above 127 does not exist in RTP.
pub(crate) fn rtpmap(input: &[u8]) -> Option<RtpMap<'_>> {
    let parsed: IResult<&[u8], RtpMap<'_>> = (|| {
        let (input, payload_type) = terminated(u8, tag(" ".as_bytes())).parse(input)?;
        let (input, encoding) = terminated(token, tag("/".as_bytes())).parse(input)?;
        let (input, clock_rate) = u32(input)?;
        let (input, channels) = opt(preceded(tag("/".as_bytes()), u8)).parse(input)?;
        let map = RtpMap { payload_type, encoding, clock_rate, channels: channels.unwrap_or(1) };
        Ok((input, map))
    })();
    let (after, map) = parsed.ok()?;
    (after.trim_ascii().is_empty() && map.payload_type < 128 && map.clock_rate > 0).then_some(map)
}
