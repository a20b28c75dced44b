//! `a=ptime:` and `a=maxptime:` how much media a packet holds (RFC 8866 sections 6.4 and 6.5).

use std::fmt;
use std::num::NonZeroU16;

use super::{AttributeError, TypedAttribute};
use crate::grammar::{Cursor, Stop};

/// Milliseconds of media that its writer would like in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ptime(pub NonZeroU16);

/// The most milliseconds of media that a packet may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MaxPtime(pub NonZeroU16);

const EXPECTED: &str = "milliseconds, 1 to 65535";

/// A number above zero and below 65,536. Digits after a point, which RFC 8866 allows and nobody
/// sends in audio, are not read.
pub(crate) fn milliseconds(value: &[u8]) -> Result<NonZeroU16, Stop> {
    let mut cursor = Cursor::new(value);
    let _ = cursor.spaces();
    let start = cursor.stop();
    let number: u16 = cursor.number()?;
    cursor.end()?;
    NonZeroU16::new(number).ok_or(start)
}

impl<'a> TypedAttribute<'a> for Ptime {
    const NAME: &'static str = "ptime";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, EXPECTED);
        milliseconds(value.unwrap_or_default()).map(Self).map_err(malformed)
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl<'a> TypedAttribute<'a> for MaxPtime {
    const NAME: &'static str = "maxptime";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, EXPECTED);
        milliseconds(value.unwrap_or_default()).map(Self).map_err(malformed)
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}
