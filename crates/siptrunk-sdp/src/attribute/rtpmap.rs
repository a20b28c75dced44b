//! `a=rtpmap:` what a payload type stands for (RFC 8866 section 6.6).

use std::fmt;

use super::{AttributeError, TypedAttribute};
use crate::grammar::{Cursor, Stop};

/// A payload type, and the encoding it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RtpMap<'a> {
    payload_type: u8,
    encoding: Encoding<'a>,
}

/// What stands after the payload type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Encoding<'a> {
    pub(crate) name: &'a str,
    pub(crate) clock_rate: u32,
    pub(crate) channels: u8,
}

impl<'a> RtpMap<'a> {
    /// A map; `None` if the payload type is above 127, the name no token, or a number zero.
    pub fn new(payload_type: u8, name: &'a str, clock_rate: u32, channels: u8) -> Option<Self> {
        let is_token = !name.is_empty() && name.bytes().all(crate::grammar::is_token);
        let fits = payload_type < 128 && is_token && clock_rate > 0 && channels > 0;
        let encoding = Encoding { name, clock_rate, channels };
        fits.then_some(Self { payload_type, encoding })
    }

    /// The RTP payload type, 0 to 127.
    pub fn payload_type(&self) -> u8 {
        self.payload_type
    }

    /// The encoding's name; compares without case.
    pub fn encoding(&self) -> &'a str {
        self.encoding.name
    }

    /// RTP clock rate in Hz.
    pub fn clock_rate(&self) -> u32 {
        self.encoding.clock_rate
    }

    /// Audio channels; 1 where nothing is said.
    pub fn channels(&self) -> u8 {
        self.encoding.channels
    }
}

impl<'a> TypedAttribute<'a> for RtpMap<'a> {
    const NAME: &'static str = "rtpmap";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, "payload type, encoding/clock rate");
        let value = value.unwrap_or_default();
        let (payload_type, rest) = leading_number(value).ok_or(Stop(0)).map_err(&malformed)?;
        let before = value.len().saturating_sub(rest.len());
        let encoding =
            encoding(rest).map_err(|stop| malformed(Stop(before.saturating_add(stop.0))))?;
        Ok(Self { payload_type, encoding })
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let Encoding { name, clock_rate, channels } = self.encoding;
        write!(out, "{} {name}/{clock_rate}", self.payload_type)?;
        if channels > 1 { write!(out, "/{channels}") } else { Ok(()) }
    }
}

/// `encoding "/" clock-rate ["/" channels]`.
pub(crate) fn encoding(value: &[u8]) -> Result<Encoding<'_>, Stop> {
    // Nearly every line that comes is one of these, and one comparison tells.
    let (name, clock_rate, channels) = match value {
        b"PCMU/8000" => ("PCMU", 8_000, 1),
        b"PCMA/8000" => ("PCMA", 8_000, 1),
        b"G722/8000" => ("G722", 8_000, 1),
        b"G729/8000" => ("G729", 8_000, 1),
        b"opus/48000/2" => ("opus", 48_000, 2),
        b"telephone-event/8000" => ("telephone-event", 8_000, 1),
        _ => return any_encoding(value),
    };
    Ok(Encoding { name, clock_rate, channels })
}

fn any_encoding(value: &[u8]) -> Result<Encoding<'_>, Stop> {
    let mut cursor = Cursor::new(value);
    let name = cursor.token()?;
    cursor.byte(b'/')?;
    let rate = cursor.stop();
    let clock_rate = cursor.number()?;
    let channels = if cursor.byte(b'/').is_ok() { cursor.number()? } else { 1 };
    cursor.end()?;
    if clock_rate == 0 || channels == 0 {
        return Err(rate);
    }
    Ok(Encoding { name, clock_rate, channels })
}

/// The payload type at the front of a value, and what follows its space.
pub(crate) fn leading_number(value: &[u8]) -> Option<(u8, &[u8])> {
    let mut number = 0u8;
    let mut rest = value;
    while let [byte, after @ ..] = rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            let is_number = *byte == b' ' && number < 128 && rest.len() < value.len();
            return is_number.then_some((number, after));
        }
        // Three digits at most, as in the list of formats.
        if value.len().saturating_sub(rest.len()) == 3 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(digit)?;
        rest = after;
    }
    None
}
