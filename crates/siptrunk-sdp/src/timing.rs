//! `t=`, `r=` and `z=` lines: when a session is on (RFC 8866 sections 5.9 to 5.11). A call says
//! `t=0 0`: always.

use std::fmt;

use crate::grammar::{Cursor, Stop};

/// Start and end of a session in seconds since 1900; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Timing {
    /// When it starts.
    pub start: u64,
    /// When it ends.
    pub stop: u64,
}

/// How a session repeats, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Repeat {
    /// From one start to the next.
    pub interval: u64,
    /// How long each lasts.
    pub duration: u64,
    /// Starts within an interval, counted from the `t=` line's start.
    pub offsets: Vec<u64>,
}

/// A change of clocks that a repeated session has to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ZoneAdjustment {
    /// When the clocks change, in seconds since 1900.
    pub at: u64,
    /// By how many seconds they then differ from the start's.
    pub offset: i64,
}

impl Timing {
    pub(crate) fn read(value: &[u8]) -> Result<Self, Stop> {
        let mut cursor = Cursor::new(value);
        let start = cursor.number()?;
        cursor.byte(b' ')?;
        let stop = cursor.number()?;
        cursor.end()?;
        Ok(Self { start, stop })
    }
}

/// The value of the `t=` line.
impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.start, self.stop)
    }
}

impl Repeat {
    pub(crate) fn read(value: &[u8]) -> Result<Self, Stop> {
        let mut cursor = Cursor::new(value);
        let interval = typed_time(&mut cursor)?;
        cursor.byte(b' ')?;
        let duration = typed_time(&mut cursor)?;
        let mut offsets = Vec::new();
        while cursor.byte(b' ').is_ok() && !cursor.is_at_end() {
            offsets.push(typed_time(&mut cursor)?);
        }
        if offsets.is_empty() || !cursor.is_at_end() {
            return Err(cursor.stop());
        }
        Ok(Self { interval, duration, offsets })
    }
}

/// The value of the `r=` line, in plain seconds.
impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.interval, self.duration)?;
        self.offsets.iter().try_for_each(|offset| write!(f, " {offset}"))
    }
}

impl ZoneAdjustment {
    /// All adjustments of a `z=` line.
    pub(crate) fn read(value: &[u8]) -> Result<Vec<Self>, Stop> {
        let mut cursor = Cursor::new(value);
        let mut adjustments = Vec::new();
        loop {
            let at = cursor.number()?;
            cursor.byte(b' ')?;
            let sign = if cursor.byte(b'-').is_ok() { -1 } else { 1 };
            let place = cursor.stop();
            let seconds = i64::try_from(typed_time(&mut cursor)?).map_err(|_| place)?;
            adjustments.push(Self { at, offset: seconds.saturating_mul(sign) });
            if cursor.end().is_ok() {
                return Ok(adjustments);
            }
            // `end` went past the space, if it was one.
            if cursor.rest().first().is_none_or(|byte| !byte.is_ascii_digit()) {
                return Err(cursor.stop());
            }
        }
    }
}

/// One adjustment as in the `z=` line, in plain seconds.
impl fmt::Display for ZoneAdjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.offset)
    }
}

/// Seconds, or a number of days, hours, minutes or seconds: `7d`, `1h`.
fn typed_time(cursor: &mut Cursor<'_>) -> Result<u64, Stop> {
    let start = cursor.stop();
    let number: u64 = cursor.number()?;
    let units = [(b'd', 86_400), (b'h', 3_600), (b'm', 60), (b's', 1)];
    let unit = units.iter().find(|(letter, _)| cursor.byte(*letter).is_ok());
    number.checked_mul(unit.map_or(1, |(_, seconds)| *seconds)).ok_or(start)
}
