//! `Digest name=value, name="value"`: the grammar that challenges and credentials share
//! (RFC 3261 section 25.1).

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;

use crate::error::DigestError;

/// The longest value that is read, in bytes.
pub(crate) const LIMIT: usize = 8_192;

/// One parameter; the value without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a str,
    /// Escapes as they stand.
    pub(crate) value: &'a str,
    escaped: bool,
}

impl<'a> Parameter<'a> {
    /// The value with its escapes resolved.
    #[inline]
    pub(crate) fn unescaped(&self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(unescape(self.value)) } else { Cow::Borrowed(self.value) }
    }
}

fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        // A backslash at the end cannot be: the quoted string would not have ended.
        let char = if char == '\\' { chars.next().unwrap_or(char) } else { char };
        plain.push(char);
    }
    plain
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
    // A folded header has line ends between parameters; within one they would be carried on.
    let mut cursor = Cursor { rest: text, total: text.len(), has_control: has_control(value) };
    cursor.scheme()?;
    while cursor.next_element() {
        take(cursor.parameter()?)?;
        cursor.end_of_element()?;
    }
    Ok(())
}

/// The text that is still to be read.
struct Cursor<'a> {
    rest: &'a str,
    total: usize,
    has_control: bool,
}

impl<'a> Cursor<'a> {
    /// `Digest` and the whitespace after it.
    fn scheme(&mut self) -> Result<(), DigestError> {
        let (scheme, rest) = self.rest.trim_ascii_start().split_at_checked(6).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("Digest") || !rest.bytes().next().is_some_and(is_space) {
            return Err(DigestError::OtherScheme);
        }
        self.rest = rest;
        Ok(())
    }

    /// Goes to the next element. RFC 7230 section 7 lets lists have empty ones; they mean
    /// nothing.
    fn next_element(&mut self) -> bool {
        self.take_while(|byte| is_space(byte) || byte == b',');
        !self.rest.is_empty()
    }

    /// `token EQUAL ( token / quoted-string )`.
    fn parameter(&mut self) -> Result<Parameter<'a>, DigestError> {
        let name = self.take_while(is_token);
        if name.is_empty() {
            return Err(self.malformed("the name of a parameter"));
        }
        self.skip_space();
        if !self.skip("=") {
            return Err(self.malformed("an equals sign"));
        }
        self.skip_space();
        if self.rest.starts_with('"') {
            return self.quoted(name);
        }
        let value = self.take_while(is_bare);
        if value.is_empty() {
            return Err(self.malformed("a value"));
        }
        Ok(Parameter { name, value, escaped: false })
    }

    /// The rest of a parameter that begins with a quote.
    fn quoted(&mut self, name: &'a str) -> Result<Parameter<'a>, DigestError> {
        let open = || self.malformed("a quoted string that ends");
        let inside = self.rest.get(1..).unwrap_or_default();
        let (mut end, mut escaped) = (0usize, false);
        loop {
            let rest = inside.as_bytes().get(end..).unwrap_or_default();
            end = end.saturating_add(memchr2(b'"', b'\\', rest).ok_or_else(open)?);
            if inside.as_bytes().get(end) == Some(&b'"') {
                break;
            }
            escaped = true;
            end = end.saturating_add(2); // the backslash and the first byte of what it escapes
        }
        let (value, rest) = inside.split_at_checked(end).ok_or_else(open)?;
        if self.has_control && has_control(value.as_bytes()) {
            return Err(self.malformed("no control character in a quoted string"));
        }
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(Parameter { name, value, escaped })
    }

    /// A comma or the end; the comma stays.
    fn end_of_element(&mut self) -> Result<(), DigestError> {
        self.skip_space();
        if self.rest.is_empty() || self.rest.starts_with(',') {
            return Ok(());
        }
        Err(self.malformed("a comma"))
    }

    fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(|byte| !is_part(byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        self.rest = rest;
        taken
    }

    fn skip_space(&mut self) {
        // Mostly there is none, and looking is cheaper than taking nothing.
        if self.rest.bytes().next().is_some_and(is_space) {
            self.take_while(is_space);
        }
    }

    fn skip(&mut self, text: &str) -> bool {
        self.rest.strip_prefix(text).map(|rest| self.rest = rest).is_some()
    }

    fn malformed(&self, expected: &'static str) -> DigestError {
        DigestError::Malformed { offset: self.total.saturating_sub(self.rest.len()), expected }
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
    f.write_str("\"")?;
    let mut rest = text;
    while let Some(at) = memchr2(b'"', b'\\', rest.as_bytes()) {
        // Both are ASCII, so a character ends after the one found.
        let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let (special, after) = special.split_at_checked(1).unwrap_or((special, ""));
        f.write_str(plain)?;
        f.write_str("\\")?;
        f.write_str(special)?;
        rest = after;
    }
    f.write_str(rest)?;
    f.write_str("\"")
}

/// Writes a 32-bit number as eight hexadecimal digits.
pub(crate) fn write_nc(f: &mut impl fmt::Write, nc: u32) -> fmt::Result {
    f.write_str(crate::hash::nc_hex(nc).as_str())
}

/// Whether a text has a character that cannot stand in a header value.
pub(crate) fn has_control(text: &[u8]) -> bool {
    // To the end instead of stopping at the first, and in bytes: that the compiler can do in
    // vectors, and the usual answer is no.
    let flag = |byte: &u8| u8::from((*byte < b' ' && *byte != b'\t') || *byte == 0x7f);
    text.iter().fold(0, |found, byte| found | flag(byte)) != 0
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_token(byte: u8) -> bool {
    matches!(byte,
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'
        | b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
}

/// Part of a value without quotes: a token, or a little more, as URIs are seen so in the wild.
/// Any byte of a character beyond ASCII is, so a character is never cut.
fn is_bare(byte: u8) -> bool {
    byte > b' ' && !matches!(byte, b',' | b'"' | 0x7f)
}
