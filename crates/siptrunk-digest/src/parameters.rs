//! Reading `name=value, name="value"`: the grammar that challenges, credentials and
//! Authentication-Info share (RFC 3261 section 25.1, RFC 7616 sections 3.3 to 3.5).

use std::borrow::Cow;

use crate::error::DigestError;
use crate::limits::Limits;
use crate::write::{find_special, is_control};

/// The parameters that mean something to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Algorithm,
    Charset,
    Cnonce,
    Domain,
    Nc,
    NextNonce,
    Nonce,
    Opaque,
    Qop,
    Realm,
    Response,
    RspAuth,
    Stale,
    Uri,
    UserHash,
    Username,
    /// `username*`.
    UsernameExtended,
}

impl Name {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Algorithm => "algorithm",
            Self::Charset => "charset",
            Self::Cnonce => "cnonce",
            Self::Domain => "domain",
            Self::Nc => "nc",
            Self::NextNonce => "nextnonce",
            Self::Nonce => "nonce",
            Self::Opaque => "opaque",
            Self::Qop => "qop",
            Self::Realm => "realm",
            Self::Response => "response",
            Self::RspAuth => "rspauth",
            Self::Stale => "stale",
            Self::Uri => "uri",
            Self::UserHash => "userhash",
            Self::Username => "username",
            Self::UsernameExtended => "username*",
        }
    }

    fn from_token(token: &str) -> Option<Self> {
        // Nearly everybody writes lower case, which a match finds without a loop.
        Self::from_lower_case(token.as_bytes())
            .or_else(|| Self::from_lower_case(token.to_ascii_lowercase().as_bytes()))
    }

    fn from_lower_case(token: &[u8]) -> Option<Self> {
        Some(match token {
            b"algorithm" => Self::Algorithm,
            b"charset" => Self::Charset,
            b"cnonce" => Self::Cnonce,
            b"domain" => Self::Domain,
            b"nc" => Self::Nc,
            b"nextnonce" => Self::NextNonce,
            b"nonce" => Self::Nonce,
            b"opaque" => Self::Opaque,
            b"qop" => Self::Qop,
            b"realm" => Self::Realm,
            b"response" => Self::Response,
            b"rspauth" => Self::RspAuth,
            b"stale" => Self::Stale,
            b"uri" => Self::Uri,
            b"userhash" => Self::UserHash,
            b"username" => Self::Username,
            b"username*" => Self::UsernameExtended,
            _ => return None,
        })
    }

    /// Its place in a set.
    fn bit(self) -> u32 {
        1u32.wrapping_shl(self as u32)
    }
}

/// The value of one parameter, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    /// Escapes as they stand.
    pub(crate) text: &'a str,
    escaped: bool,
}

impl<'a> Value<'a> {
    /// The value with its escapes resolved.
    #[inline]
    pub(crate) fn unescaped(&self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(unescape(self.text)) } else { Cow::Borrowed(self.text) }
    }

    /// A flag: `true`, whatever its case and quotes; all else is `false`.
    pub(crate) fn is_true(&self) -> bool {
        self.text.eq_ignore_ascii_case("true")
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

/// The text of a value that is short enough.
pub(crate) fn text<'a>(value: &'a [u8], limits: &Limits) -> Result<&'a str, DigestError> {
    let limit = limits.value_bytes;
    if value.len() > limit {
        return Err(DigestError::LimitReached { what: "bytes", found: value.len(), limit });
    }
    std::str::from_utf8(value)
        .map_err(|error| DigestError::Malformed { offset: error.valid_up_to(), expected: "UTF-8" })
}

/// Gives every known parameter of a challenge or of credentials to `take`.
pub(crate) fn of_digest<'a>(
    text: &'a str,
    limits: &Limits,
    take: impl FnMut(Name, Value<'a>) -> Result<(), DigestError>,
) -> Result<(), DigestError> {
    let mut cursor = Cursor::new(text);
    cursor.scheme()?;
    cursor.parameters(limits, take)
}

/// The same for a value without a scheme.
pub(crate) fn of_list<'a>(
    text: &'a str,
    limits: &Limits,
    take: impl FnMut(Name, Value<'a>) -> Result<(), DigestError>,
) -> Result<(), DigestError> {
    Cursor::new(text).parameters(limits, take)
}

/// How far a text is read.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// `Digest` and the whitespace after it.
    fn scheme(&mut self) -> Result<(), DigestError> {
        self.skip(SPACE);
        let end = self.at.saturating_add("Digest".len());
        let scheme = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        if scheme.eq_ignore_ascii_case("Digest") && self.is_at(SPACE) {
            return Ok(());
        }
        Err(DigestError::OtherScheme)
    }

    fn parameters(
        &mut self,
        limits: &Limits,
        mut take: impl FnMut(Name, Value<'a>) -> Result<(), DigestError>,
    ) -> Result<(), DigestError> {
        let (mut found, mut seen) = (0usize, 0u32);
        loop {
            // RFC 7230 section 7 lets lists have empty elements; they mean nothing.
            self.skip(SPACE | COMMA);
            if self.at >= self.text.len() {
                return Ok(());
            }
            found = found.saturating_add(1);
            if found > limits.parameters {
                let limit = limits.parameters;
                return Err(DigestError::LimitReached { what: "parameters", found, limit });
            }
            let name = self.name()?;
            let value = self.value()?;
            self.skip(SPACE);
            if self.at < self.text.len() && !self.is_at(COMMA) {
                return Err(self.malformed("a comma"));
            }
            let Some(name) = Name::from_token(name) else { continue };
            if seen & name.bit() != 0 {
                return Err(DigestError::Repeated { name: name.as_str() });
            }
            seen |= name.bit();
            take(name, value)?;
        }
    }

    /// `token EQUAL`.
    fn name(&mut self) -> Result<&'a str, DigestError> {
        let name = self.take(TOKEN);
        if name.is_empty() {
            return Err(self.malformed("the name of a parameter"));
        }
        self.skip(SPACE);
        if self.byte() != Some(b'=') {
            return Err(self.malformed("an equals sign"));
        }
        self.at = self.at.saturating_add(1);
        self.skip(SPACE);
        Ok(name)
    }

    /// `token / quoted-string`.
    fn value(&mut self) -> Result<Value<'a>, DigestError> {
        if self.byte() == Some(b'"') {
            return self.quoted();
        }
        let text = self.take(BARE);
        if text.is_empty() {
            return Err(self.malformed("a value"));
        }
        Ok(Value { text, escaped: false })
    }

    /// The rest of a value that begins with a quote.
    fn quoted(&mut self) -> Result<Value<'a>, DigestError> {
        let open = || self.malformed("a quoted string that ends");
        let bytes = self.text.as_bytes();
        let start = self.at.saturating_add(1);
        let (mut end, mut escaped, mut control) = (start, false, false);
        loop {
            let rest = bytes.get(end..).unwrap_or_default();
            end = end.saturating_add(find_special(rest).ok_or_else(open)?);
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    // What it escapes may be a control character, which is not better for it.
                    end = end.saturating_add(1);
                    control |= bytes.get(end).is_some_and(|byte| is_control(*byte));
                }
                found => control |= found.is_some_and(|byte| is_control(*byte)),
            }
            end = end.saturating_add(1);
        }
        let text = self.text.get(start..end).ok_or_else(open)?;
        if control {
            return Err(self.malformed("no control character in a quoted string"));
        }
        self.at = end.saturating_add(1);
        Ok(Value { text, escaped })
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn is_at(&self, class: u8) -> bool {
        self.byte().is_some_and(|byte| is(byte, class))
    }

    #[inline]
    fn skip(&mut self, class: u8) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is(*byte, class)).unwrap_or(rest.len());
        self.at = self.at.saturating_add(length);
    }

    #[inline]
    fn take(&mut self, class: u8) -> &'a str {
        let start = self.at;
        self.skip(class);
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn malformed(&self, expected: &'static str) -> DigestError {
        DigestError::Malformed { offset: self.at, expected }
    }
}

const SPACE: u8 = 1;
const COMMA: u8 = 2;
/// Part of a token.
const TOKEN: u8 = 4;
/// Part of a value without quotes: a token, or a little more, as URIs are seen so in the wild.
/// Any byte of a character beyond ASCII is, so a character is never cut.
const BARE: u8 = 8;

/// The classes of every byte.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    loop {
        let mut class = 0;
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            class |= SPACE;
        }
        if byte == b',' {
            class |= COMMA;
        }
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
        {
            class |= TOKEN;
        }
        if byte > b' ' && !matches!(byte, b',' | b'"' | 0x7f) {
            class |= BARE;
        }
        #[allow(clippy::indexing_slicing, reason = "evaluated at compile time; a byte fits 256")]
        {
            classes[byte as usize] = class;
        }
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break classes,
        }
    }
};

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}
