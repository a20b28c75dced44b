//! Tokens `letter "." value ";"` and the lenient walk over them.

use std::fmt;
use std::ops::Range;

use memchr::{Memchr, memchr_iter};

/// What a token's letter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix<'a> {
    /// `S.`: the agent platform's own call id.
    CallId,
    /// `E.`: the id that the customer's system gave the call.
    ExternalId,
    /// `O.`: the original caller, or who diverted the call.
    Original,
    /// Anything else before the dot, kept as it stands.
    Other(&'a [u8]),
}

impl<'a> Prefix<'a> {
    fn from_bytes(bytes: &'a [u8]) -> Self {
        match bytes {
            b"S" | b"s" => Self::CallId,
            b"E" | b"e" => Self::ExternalId,
            b"O" | b"o" => Self::Original,
            other => Self::Other(other),
        }
    }

    /// The bytes before the dot, in the form that is written.
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::CallId => b"S",
            Self::ExternalId => b"E",
            Self::Original => b"O",
            Self::Other(other) => other,
        }
    }
}

/// As `S.`.
impl fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.as_bytes().escape_ascii())
    }
}

/// One token of an X-EI value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub(crate) prefix: Prefix<'a>,
    pub(crate) value: &'a [u8],
}

impl<'a> Token<'a> {
    /// What the letter says.
    pub fn prefix(&self) -> Prefix<'a> {
        self.prefix
    }

    /// The bytes between dot and semicolon, as they stand; may be empty.
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// The value, if it is UTF-8.
    pub fn to_str(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value).ok()
    }
}

/// Iterator over the tokens of a value, in order, repeated and unknown ones too.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    pieces: Pieces<'a>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { pieces: Pieces::new(text) }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.pieces.find_map(|piece| piece.token())
    }
}

/// What stands between two semicolons.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    /// Offset of `text` in the whole value.
    pub(crate) offset: usize,
    /// The piece, with the whitespace before it.
    pub(crate) text: &'a [u8],
    /// Whether a semicolon ends it.
    pub(crate) ended: bool,
}

impl<'a> Piece<'a> {
    pub(crate) fn trimmed(&self) -> &'a [u8] {
        let start = self.text.iter().position(|b| !is_space(*b)).unwrap_or(self.text.len());
        self.text.get(start..).unwrap_or_default()
    }

    /// Where in the whole value the value of the piece's token stands: at the end of the piece.
    pub(crate) fn value_range(&self, token: &Token<'_>) -> Range<usize> {
        let end = self.offset.saturating_add(self.text.len());
        end.saturating_sub(token.value.len())..end
    }

    pub(crate) fn token(&self) -> Option<Token<'a>> {
        let text = match self.text {
            [first, ..] if is_space(*first) => self.trimmed(),
            text => text,
        };
        // One letter and a dot, but for prefixes that we do not know.
        let (prefix, value) = if let [letter, b'.', value @ ..] = text {
            (std::slice::from_ref(letter), value)
        } else {
            let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric())?;
            let (prefix, rest) = text.split_at_checked(end)?;
            (prefix, rest.strip_prefix(b".")?)
        };
        let named = prefix.first().is_some_and(u8::is_ascii_alphanumeric);
        named.then(|| Token { prefix: Prefix::from_bytes(prefix), value })
    }
}

/// Iterator over the pieces; a blank one at the end is not one.
#[derive(Debug, Clone)]
pub(crate) struct Pieces<'a> {
    text: &'a [u8],
    ends: Memchr<'a>,
    offset: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, ends: memchr_iter(b';', text), offset: 0 }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let offset = self.offset;
        if let Some(end) = self.ends.next() {
            self.offset = end.saturating_add(1);
            return Some(Piece { offset, text: self.text.get(offset..end)?, ended: true });
        }
        self.offset = self.text.len();
        let text = self.text.get(offset..)?;
        let blank = text.iter().all(|byte| is_space(*byte));
        (!blank).then_some(Piece { offset, text, ended: false })
    }
}

/// Space, tab, and the CRLF of a folded header.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
