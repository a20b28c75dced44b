//! `Digest name=value, name="value"`: the grammar that challenges and credentials share
//! (RFC 3261 section 25.1).

use std::borrow::Cow;
use std::fmt;

use nom::bytes::complete::{tag, tag_no_case, take_while, take_while1};
use nom::error::{Error, ErrorKind};
use nom::sequence::delimited;
use nom::{IResult, Parser};

use crate::error::DigestError;

/// The longest value that is read, in bytes.
pub(crate) const LIMIT: usize = 8_192;

/// One parameter; the value without its quotes, escapes as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
}

impl<'a> Parameter<'a> {
    /// The value with its escapes resolved.
    pub(crate) fn unescaped(&self) -> Cow<'a, str> {
        if !self.value.contains('\\') {
            return Cow::Borrowed(self.value);
        }
        let mut plain = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(char) = chars.next() {
            // A backslash at the end cannot be: the quoted string would not have ended.
            let char = if char == '\\' { chars.next().unwrap_or(char) } else { char };
            plain.push(char);
        }
        Cow::Owned(plain)
    }
}

/// Gives every parameter of a Digest value to `take`.
pub(crate) fn for_each<'a>(
    value: &'a [u8],
    mut take: impl FnMut(Parameter<'a>) -> Result<(), DigestError>,
) -> Result<(), DigestError> {
    if value.len() > LIMIT {
        return Err(DigestError::LimitReached { length: value.len(), limit: LIMIT });
    }
    let text = std::str::from_utf8(value).map_err(|error| DigestError::Malformed {
        offset: error.valid_up_to(),
        expected: "UTF-8",
    })?;
    let malformed = |rest: &str, expected| DigestError::Malformed {
        offset: text.len().saturating_sub(rest.len()),
        expected,
    };
    let (mut rest, ()) = scheme(text.trim_ascii()).map_err(|_| DigestError::OtherScheme)?;
    loop {
        // RFC 7230 section 7 lets lists have empty elements; they mean nothing.
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ',']);
        if rest.is_empty() {
            return Ok(());
        }
        let (after, parameter) = parameter(rest).map_err(|error| {
            let at = match &error {
                nom::Err::Error(error) | nom::Err::Failure(error) => error.input,
                nom::Err::Incomplete(_) => rest,
            };
            malformed(at, "name=value or name=\"value\"")
        })?;
        take(parameter)?;
        rest = after.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(malformed(rest, "a comma"));
        }
    }
}

/// Puts a value in its place, once.
pub(crate) fn set<T>(
    place: &mut Option<T>,
    name: &'static str,
    value: T,
) -> Result<(), DigestError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(DigestError::Repeated { name }),
    }
}

/// Writes `text` in quotes, escaped.
pub(crate) fn write_quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\\']) {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let mut chars = tail.chars();
        f.write_str(plain)?;
        if let Some(char) = chars.next() {
            f.write_char('\\')?;
            f.write_char(char)?;
        }
        rest = chars.as_str();
    }
    f.write_str(rest)?;
    f.write_char('"')
}

/// Writes a 32-bit number as eight hexadecimal digits.
pub(crate) fn write_nc(f: &mut impl fmt::Write, nc: u32) -> fmt::Result {
    f.write_str(crate::hash::nc_hex(nc).as_str())
}

fn scheme(input: &str) -> IResult<&str, ()> {
    let (input, _) = tag_no_case("Digest")(input)?;
    let (input, _) = take_while1(is_space)(input)?;
    Ok((input, ()))
}

fn parameter(input: &str) -> IResult<&str, Parameter<'_>> {
    let (input, name) = take_while1(is_token)(input)?;
    let (input, _) = delimited(space, tag("="), space).parse(input)?;
    let (input, value) = if input.starts_with('"') { quoted(input)? } else { bare(input)? };
    Ok((input, Parameter { name, value }))
}

/// A token, or a little more: `nc=00000001` and URIs without quotes are seen in the wild.
fn bare(input: &str) -> IResult<&str, &str> {
    take_while1(|char: char| !is_space(char) && !char.is_control() && !matches!(char, ',' | '"'))
        .parse(input)
}

/// A quoted string; gives what is between the quotes, escapes as they stand.
fn quoted(input: &str) -> IResult<&str, &str> {
    let failure = || nom::Err::Error(Error::new(input, ErrorKind::Escaped));
    let inside = input.strip_prefix('"').ok_or_else(failure)?;
    let mut escaped = false;
    for (at, char) in inside.char_indices() {
        match char {
            char if char.is_ascii_control() && char != '\t' => break,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let (value, rest) = inside.split_at_checked(at).ok_or_else(failure)?;
                return Ok((rest.strip_prefix('"').unwrap_or(rest), value));
            }
            _ => {}
        }
    }
    Err(failure())
}

fn space(input: &str) -> IResult<&str, &str> {
    take_while(is_space)(input)
}

fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

fn is_token(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(char)
}
