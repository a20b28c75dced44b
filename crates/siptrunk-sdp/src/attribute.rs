//! `a=` lines (RFC 8866 section 5.13).

use crate::line::Lines;

/// One attribute: a name, and a value where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: Option<&'a [u8]>,
}

impl<'a> Attribute<'a> {
    pub(crate) fn from_value(line: &'a [u8]) -> Self {
        let Some(colon) = memchr::memchr(b':', line) else {
            return Self { name: line, value: None };
        };
        let (name, rest) = line.split_at_checked(colon).unwrap_or((line, &[]));
        Self { name, value: rest.get(1..) }
    }

    /// The name as it stands; names are case-sensitive.
    pub fn name(&self) -> &'a [u8] {
        self.name
    }

    /// What follows the colon; `None` for a property such as `sendrecv`.
    pub fn value(&self) -> Option<&'a [u8]> {
        self.value
    }

    /// The value, if there is one and it is UTF-8.
    pub fn to_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value?).ok()
    }
}

/// Iterator over the attributes of a section.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    lines: Lines<'a>,
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(section: &'a [u8]) -> Self {
        Self { lines: Lines::new(section) }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let line = self.lines.find(|line| line.kind == b'a')?;
        Some(Attribute::from_value(line.value))
    }
}
