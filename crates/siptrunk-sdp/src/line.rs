//! Lines `<type>=<value>` of a description (RFC 8866 section 5).

use memchr::memchr3;

/// One line: a type letter and what follows the equals sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    pub(crate) kind: u8,
    pub(crate) value: &'a [u8],
}

impl<'a> Line<'a> {
    /// The type letter, such as `b'a'`.
    pub fn kind(&self) -> u8 {
        self.kind
    }

    /// The bytes after the equals sign, without the line's end.
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// The value, if it is UTF-8 (RFC 8866 section 5: the default character set).
    pub fn to_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value).ok()
    }
}

/// Iterator over the lines of a section; what is not a line ends it.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let (line, rest) = split_line(self.rest)?;
        self.rest = rest;
        let (&kind, rest) = line.split_first()?;
        let value = rest.strip_prefix(b"=")?;
        Some(Line { kind, value })
    }
}

/// The first line without its end (CRLF, or a bare LF, which RFC 8866 section 5 wants accepted),
/// and the rest. `None` at the end and where a CR or NUL stands alone.
pub(crate) fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let Some(at) = memchr3(b'\n', b'\r', 0, text) else {
        return Some((text, &[]));
    };
    let (line, rest) = text.split_at_checked(at)?;
    let ([b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..]) = rest else {
        return None;
    };
    Some((line, rest))
}
