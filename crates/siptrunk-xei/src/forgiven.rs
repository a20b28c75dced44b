//! What the reader let pass although the writer's rules forbid it.

use std::fmt;

use crate::token::{Piece, Pieces, Prefix, is_space};

/// One thing that was forgiven, with the byte where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forgiven<'a> {
    /// Whitespace before a token or after the last.
    Whitespace {
        /// Where it begins.
        offset: usize,
    },
    /// The last token has no semicolon: the published pattern would not see it.
    NoSemicolon {
        /// Where the token begins.
        offset: usize,
    },
    /// A semicolon with nothing before it.
    StraySemicolon {
        /// Where it stands.
        offset: usize,
    },
    /// A lower-case letter.
    LowerCase {
        /// Where it stands.
        offset: usize,
    },
    /// A token came again: the first one that has a value counts.
    Repeated {
        /// Where the later one begins.
        offset: usize,
        /// Which token.
        prefix: Prefix<'a>,
    },
    /// A prefix other than S, E and O.
    UnknownPrefix {
        /// Where it stands.
        offset: usize,
    },
    /// Nothing between dot and semicolon: the token counts as absent.
    EmptyValue {
        /// Where the token begins.
        offset: usize,
        /// Which token.
        prefix: Prefix<'a>,
    },
    /// Text without a prefix and dot, such as what follows a semicolon inside a value.
    NotAToken {
        /// Where it begins.
        offset: usize,
    },
    /// A control character in a value.
    ControlCharacter {
        /// Where it stands.
        offset: usize,
    },
    /// A value that is not UTF-8: it is kept, and not given as text.
    NotUtf8 {
        /// Where the token begins.
        offset: usize,
    },
    /// `%3B` and no semicolon at all: the value was percent-encoded once more than decoded.
    StillEncoded,
}

impl fmt::Display for Forgiven<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whitespace { offset } => write!(f, "whitespace at {offset}"),
            Self::NoSemicolon { offset } => write!(f, "the token at {offset} has no `;`"),
            Self::StraySemicolon { offset } => write!(f, "nothing before the `;` at {offset}"),
            Self::LowerCase { offset } => write!(f, "lower-case prefix at {offset}"),
            Self::Repeated { offset, prefix } => write!(f, "{prefix} again at {offset}"),
            Self::UnknownPrefix { offset } => write!(f, "unknown prefix at {offset}"),
            Self::EmptyValue { offset, prefix } => write!(f, "{prefix} at {offset} has no value"),
            Self::NotAToken { offset } => write!(f, "the text at {offset} is no token"),
            Self::ControlCharacter { offset } => write!(f, "control character at {offset}"),
            Self::NotUtf8 { offset } => {
                write!(f, "the value of the token at {offset} is not UTF-8")
            }
            Self::StillEncoded => f.write_str("the value is still percent-encoded"),
        }
    }
}

/// Iterator over what was forgiven, in wire order. Does not allocate.
#[derive(Debug, Clone)]
pub struct Forgivens<'a> {
    text: &'a [u8],
    pieces: Pieces<'a>,
    /// The piece being judged, and which of its checks comes next.
    current: Option<(Piece<'a>, usize)>,
    /// Which of S, E and O were seen.
    seen: [bool; 3],
    ended: bool,
}

impl<'a> Forgivens<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, pieces: Pieces::new(text), current: None, seen: [false; 3], ended: false }
    }

    /// One check of a piece; they are numbered in the order in which they report.
    fn check(&mut self, piece: &Piece<'a>, number: usize) -> Option<Forgiven<'a>> {
        let trimmed = piece.trimmed();
        let blank = piece.text.len().saturating_sub(trimmed.len());
        let offset = piece.offset.saturating_add(blank);
        let token = piece.token();
        match number {
            0 if blank > 0 => Some(Forgiven::Whitespace { offset: piece.offset }),
            1 if trimmed.is_empty() => Some(Forgiven::StraySemicolon { offset }),
            2 if !trimmed.is_empty() && token.is_none() => Some(Forgiven::NotAToken { offset }),
            3 => match token?.prefix {
                Prefix::Other(_) => Some(Forgiven::UnknownPrefix { offset }),
                _ => trimmed
                    .first()
                    .is_some_and(u8::is_ascii_lowercase)
                    .then_some(Forgiven::LowerCase { offset }),
            },
            4 => {
                let prefix = token?.prefix;
                let seen = match prefix {
                    Prefix::CallId => self.seen.first_mut(),
                    Prefix::ExternalId => self.seen.get_mut(1),
                    Prefix::Original => self.seen.get_mut(2),
                    Prefix::Other(_) => None,
                }?;
                std::mem::replace(seen, true).then_some(Forgiven::Repeated { offset, prefix })
            }
            5 => {
                let token = token.filter(|token| token.value.is_empty())?;
                Some(Forgiven::EmptyValue { offset, prefix: token.prefix })
            }
            6 => {
                let value = token?.value;
                let at = value.iter().position(u8::is_ascii_control)?;
                let start = trimmed.len().saturating_sub(value.len());
                let offset = offset.saturating_add(start).saturating_add(at);
                Some(Forgiven::ControlCharacter { offset })
            }
            7 => token?.to_str().is_none().then_some(Forgiven::NotUtf8 { offset }),
            8 if !piece.ended => Some(Forgiven::NoSemicolon { offset }),
            _ => None,
        }
    }

    /// What only the whole value shows.
    fn check_end(&self) -> Option<Forgiven<'a>> {
        let tail = memchr::memrchr(b';', self.text).map_or(0, |at| at.saturating_add(1));
        let blank = self.text.get(tail..).unwrap_or_default();
        if !blank.is_empty() && blank.iter().all(|byte| is_space(*byte)) {
            return Some(Forgiven::Whitespace { offset: tail });
        }
        let is_encoded = |bytes: &[u8]| bytes.eq_ignore_ascii_case(b"%3B");
        (tail == 0 && self.text.windows(3).any(is_encoded)).then_some(Forgiven::StillEncoded)
    }
}

/// The number of checks in [`Forgivens::check`].
const CHECKS: usize = 9;

impl<'a> Iterator for Forgivens<'a> {
    type Item = Forgiven<'a>;

    fn next(&mut self) -> Option<Forgiven<'a>> {
        loop {
            let Some((piece, number)) =
                self.current.take().or_else(|| Some((self.pieces.next()?, 0)))
            else {
                if std::mem::replace(&mut self.ended, true) {
                    return None;
                }
                return self.check_end();
            };
            if number < CHECKS {
                self.current = Some((piece, number.saturating_add(1)));
                if let Some(finding) = self.check(&piece, number) {
                    return Some(finding);
                }
            }
        }
    }
}
