//! `b=` lines: how much bandwidth is proposed (RFC 8866 section 5.8).

use std::fmt;

use crate::grammar::{Cursor, Stop, ascii, is_token};

/// A proposed bandwidth, such as `AS:64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bandwidth<'a> {
    kind: &'a str,
    value: u64,
}

impl<'a> Bandwidth<'a> {
    /// A bandwidth of a kind; `None` if the kind is no token.
    pub fn new(kind: &'a str, value: u64) -> Option<Self> {
        let is_kind = !kind.is_empty() && kind.bytes().all(is_token);
        is_kind.then_some(Self { kind, value })
    }

    pub(crate) fn read(value: &'a [u8]) -> Result<Self, Stop> {
        let mut cursor = Cursor::new(value);
        let kind = ascii(cursor.some(is_token)?);
        cursor.byte(b':')?;
        let value = cursor.number()?;
        cursor.end()?;
        Ok(Self { kind, value })
    }

    /// What is bounded and in which unit: `AS` and `CT` count kilobits a second, `TIAS` (RFC
    /// 3890) bits, `RS` and `RR` (RFC 3556) bits of RTCP.
    pub fn kind(&self) -> &'a str {
        self.kind
    }

    /// How much, in the kind's unit.
    pub fn value(&self) -> u64 {
        self.value
    }
}

/// The value of the `b=` line.
impl fmt::Display for Bandwidth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}
