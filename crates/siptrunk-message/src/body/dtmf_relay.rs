//! `application/dtmf-relay` and `application/dtmf`: a digit in an INFO. No RFC describes them; RFC 6086 tells of them as
//! use from before it, and gateways still send them.

use thiserror::Error;

use crate::grammar::trim;
use crate::value::{Body, HeaderValue};

/// A digit, and how long it was pressed.
///
/// ```
/// use siptrunk_message::DtmfRelay;
///
/// let digit = DtmfRelay::parse(b"Signal=5\r\nDuration=160\r\n")?;
/// assert_eq!((digit.signal(), digit.duration()), ('5', Some(160)));
/// # Ok::<(), siptrunk_message::DtmfError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DtmfRelay {
    signal: char,
    duration: Option<u16>,
}

/// Why octets are no digit. What was sent is not shown: digits are secrets.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DtmfError {
    /// No line says which digit.
    #[error("no Signal line")]
    NoSignal,
    /// Not one of `0` to `9`, `*`, `#`, `A` to `D`, or the hook flash `!`.
    #[error("the signal is none of 0-9, *, #, A-D, !")]
    Signal,
    /// The duration is no number of milliseconds.
    #[error("the duration is no number of milliseconds up to 65535")]
    Duration,
    /// Signal or Duration stands twice.
    #[error("{line} stands more than once")]
    Repeated {
        /// Which line.
        line: &'static str,
    },
    /// More octets than a digit can need.
    #[error("more than {limit} octets for one digit")]
    TooLarge {
        /// How many there may be.
        limit: usize,
    },
}

/// A digit with its duration and a few unknown lines needs no more.
const LIMIT: usize = 1_024;

impl DtmfRelay {
    /// A digit: `0` to `9`, `*`, `#`, `A` to `D` in either case, or `!` for the hook flash. The duration is in
    /// milliseconds.
    pub fn new(signal: char, duration: Option<u16>) -> Result<Self, DtmfError> {
        match signal.to_ascii_uppercase() {
            signal @ ('0'..='9' | '*' | '#' | 'A'..='D' | '!') => Ok(Self { signal, duration }),
            _ => Err(DtmfError::Signal),
        }
    }

    /// Reads `application/dtmf-relay`: lines `Signal=` and `Duration=` in any order, case and spacing, ended by CRLF or
    /// LF. Other lines are left aside. Events above 9 may come by their numbers of RFC 4733: 10 is `*`, 16 the flash.
    pub fn parse(body: &[u8]) -> Result<Self, DtmfError> {
        check_size(body)?;
        let (mut signal, mut duration) = (None, None);
        for line in body.split(|octet| *octet == b'\n') {
            let Some(equals) = memchr::memchr(b'=', line) else {
                continue;
            };
            let (name, value) = line.split_at(equals);
            let (name, value) = (trim(name), trim(value.get(1..).unwrap_or_default()));
            if name.eq_ignore_ascii_case(b"Signal") {
                if signal.replace(signal_of(value)?).is_some() {
                    return Err(DtmfError::Repeated { line: "Signal" });
                }
            } else if name.eq_ignore_ascii_case(b"Duration")
                && duration.replace(duration_of(value)?).is_some()
            {
                return Err(DtmfError::Repeated { line: "Duration" });
            }
        }
        let signal = signal.ok_or(DtmfError::NoSignal)?;
        Ok(Self { signal, duration })
    }

    /// Reads `application/dtmf`: the digit alone. Some send the lines of `application/dtmf-relay` under this name too.
    pub fn parse_plain(body: &[u8]) -> Result<Self, DtmfError> {
        check_size(body)?;
        if memchr::memchr(b'=', body).is_some() {
            return Self::parse(body);
        }
        Ok(Self { signal: signal_of(trim(body))?, duration: None })
    }

    /// The digit: `0` to `9`, `*`, `#`, `A` to `D`, or `!` for the hook flash.
    pub fn signal(self) -> char {
        self.signal
    }

    /// How long it was pressed, in milliseconds, if that was said.
    pub fn duration(self) -> Option<u16> {
        self.duration
    }

    /// As `application/dtmf-relay`, with a duration of 160 ms if there is none: gateways look for both lines.
    pub fn to_body(self) -> Body {
        let duration = self.duration.unwrap_or(160);
        Body {
            content_type: HeaderValue::of_static("application/dtmf-relay"),
            bytes: format!("Signal={}\r\nDuration={duration}\r\n", self.signal).into(),
        }
    }

    /// As `application/dtmf`: the digit alone.
    pub fn to_plain_body(self) -> Body {
        Body {
            content_type: HeaderValue::of_static("application/dtmf"),
            bytes: self.signal.to_string().into(),
        }
    }
}

impl std::fmt::Debug for DtmfRelay {
    /// Not the digit: what is dialled within a call may be a card's number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DtmfRelay").field("duration", &self.duration).finish_non_exhaustive()
    }
}

fn check_size(body: &[u8]) -> Result<(), DtmfError> {
    if body.len() > LIMIT { Err(DtmfError::TooLarge { limit: LIMIT }) } else { Ok(()) }
}

fn signal_of(value: &[u8]) -> Result<char, DtmfError> {
    match value {
        [signal] => DtmfRelay::new(char::from(*signal), None).map(DtmfRelay::signal),
        b"10" => Ok('*'),
        b"11" => Ok('#'),
        b"12" => Ok('A'),
        b"13" => Ok('B'),
        b"14" => Ok('C'),
        b"15" => Ok('D'),
        b"16" => Ok('!'),
        _ => Err(DtmfError::Signal),
    }
}

fn duration_of(value: &[u8]) -> Result<u16, DtmfError> {
    match crate::grammar::number(value) {
        Ok(([], number)) => u16::try_from(number).map_err(|_| DtmfError::Duration),
        _ => Err(DtmfError::Duration),
    }
}
