//! Lines `<type>=<value>` of a description (RFC 8866 section 5).

use memchr::{Memchr, memchr_iter};

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
    text: &'a [u8],
    ends: Memchr<'a>,
    at: usize,
    crlf_count: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, ends: memchr_iter(b'\n', text), at: 0, crlf_count: 0 }
    }

    /// How many of the lines given out end in a CR, and an LF unless the text ends there.
    pub(crate) fn crlf_count(&self) -> usize {
        self.crlf_count
    }

    /// Whether a line given out ended in anything but CRLF.
    pub(crate) fn has_bare_ends(&self) -> bool {
        let lines = memchr_iter(b'\n', self.text).count();
        lines != self.crlf_count || !self.text.ends_with(b"\n")
    }

    /// Where the next line begins.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The next line without its end: CRLF, or a bare LF, which RFC 8866 section 5 wants
    /// accepted. One search runs over the whole text; starting one for each line costs more than
    /// the lines are long.
    pub(crate) fn next_raw(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let end = self.ends.next().unwrap_or(self.text.len());
        self.at = end.saturating_add(1);
        let line = self.text.get(start..end)?;
        let Some(bare) = line.strip_suffix(b"\r") else {
            return Some(line);
        };
        self.crlf_count = self.crlf_count.saturating_add(1);
        Some(bare)
    }
}

impl<'a> Lines<'a> {
    /// The value of the first line of a type.
    pub(crate) fn value_of(self, kind: u8) -> Option<&'a [u8]> {
        self.values_of(kind).next()
    }

    /// The values of the lines of a type, in order.
    pub(crate) fn values_of(self, kind: u8) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.filter(move |line| line.kind == kind).map(|line| line.value)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        match self.next_raw()? {
            [kind, b'=', value @ ..] => Some(Line { kind: *kind, value }),
            _ => None,
        }
    }
}
