//! Date (RFC 3261 20.17): a moment in GMT, in the one form that SIP has: `Sat, 13 Nov 2010 23:29:00 GMT`.
//!
//! Other zones and other forms are malformed (RFC 4475 3.1.2.12 `baddate`): whether a message with such a Date is
//! refused is for who reads the header. This crate's validation does not ask for it.

#![allow(clippy::arithmetic_side_effects)]
// Reason: every number here is of a date within the years 0 to 9999, far from the bounds of 64 bits.

use std::fmt;

use nom::IResult;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, fail};
use crate::name::HeaderName;

/// A moment, to the second.
///
/// ```
/// use siptrunk_message::Date;
///
/// assert_eq!(Date::from_unix(1_289_690_940).unwrap().to_string(), "Sat, 13 Nov 2010 23:29:00 GMT");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// Seconds since 1970-01-01 00:00:00 GMT, within the years 0 to 9999.
    unix: i64,
}

const DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01 in the Gregorian calendar.
const EPOCH: i64 = 719_468;
/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// From 1970-01-01, a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Date {
    /// The first moment that the form can write: 0000-01-01 00:00:00.
    pub const FIRST: Self = Self { unix: -62_167_219_200 };
    /// The last one: 9999-12-31 23:59:59.
    pub const LAST: Self = Self { unix: 253_402_300_799 };

    /// Of seconds since 1970-01-01 00:00:00 GMT; `None` outside of the years 0 to 9999, which have no such form.
    pub const fn from_unix(seconds: i64) -> Option<Self> {
        if seconds < Self::FIRST.unix || seconds > Self::LAST.unix {
            return None;
        }
        Some(Self { unix: seconds })
    }

    /// Seconds since 1970-01-01 00:00:00 GMT; negative before.
    pub const fn unix(self) -> i64 {
        self.unix
    }

    /// Year, month (1 to 12) and day (1 to 31).
    fn civil(self) -> (i64, i64, i64) {
        // The year is counted from March, so that the day that leap years have more is its last.
        let days = self.unix.div_euclid(DAY).saturating_add(EPOCH);
        let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let year = year + era * 400;
        if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
    }
}

/// Days since 1970-01-01.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * month + 2) / 5 + day - 1;
    era * ERA + 365 * year + year / 4 - year / 100 + day - EPOCH
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl<'a> Header<'a> for Date {
    fn name() -> HeaderName {
        HeaderName::DATE
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, date)
    }
}

/// `wkday "," SP 2DIGIT SP month SP 4DIGIT SP time SP "GMT"`. The weekday has to be one, not the right one: what the
/// numbers say is what is meant.
fn date(input: &[u8]) -> IResult<&[u8], Date, At<'_>> {
    let (rest, _) = one_of(input, &WEEKDAYS, "expected a day of the week: Mon, Tue...")?;
    let day_at = literal(rest, b", ", "expected a comma and a space")?;
    let (rest, day) = digits::<2>(day_at)?;
    let rest = literal(rest, b" ", "expected a space")?;
    let (rest, month) = one_of(rest, &MONTHS, "expected a month: Jan, Feb...")?;
    let month = month + 1;
    let rest = literal(rest, b" ", "expected a space")?;
    let (rest, year) = digits::<4>(rest)?;
    if !(1..=days_in(year, month)).contains(&day) {
        return fail(day_at, "the month has no such day");
    }
    let time_at = literal(rest, b" ", "expected a space")?;
    let (rest, hour) = digits::<2>(time_at)?;
    let rest = literal(rest, b":", "expected a colon")?;
    let (rest, minute) = digits::<2>(rest)?;
    let rest = literal(rest, b":", "expected a colon")?;
    let (rest, second) = digits::<2>(rest)?;
    if hour > 23 || minute > 59 || second > 59 {
        return fail(time_at, "the day has no such time");
    }
    let rest = literal(rest, b" GMT", "expected GMT: SIP has no other zone")?;
    let time = hour * 3_600 + minute * 60 + second;
    Ok((rest, Date { unix: days_from_civil(year, month, day) * DAY + time }))
}

/// The number of the word at the front, counted from 0.
fn one_of<'a>(
    input: &'a [u8],
    words: &[&str],
    reason: &'static str,
) -> IResult<&'a [u8], i64, At<'a>> {
    let word = input.get(..3).unwrap_or_default();
    for (number, other) in (0..).zip(words) {
        if other.as_bytes().eq_ignore_ascii_case(word) {
            return Ok((input.get(3..).unwrap_or_default(), number));
        }
    }
    fail(input, reason)
}

/// Exactly `N` digits.
fn digits<const N: usize>(input: &[u8]) -> IResult<&[u8], i64, At<'_>> {
    let Some((digits, rest)) = input.split_at_checked(N) else {
        return fail(input, "expected digits");
    };
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return fail(input, "expected digits");
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Ok((rest, value))
}

/// A text without case; what follows it.
fn literal<'a>(
    input: &'a [u8],
    text: &[u8],
    reason: &'static str,
) -> Result<&'a [u8], nom::Err<At<'a>>> {
    match input.split_at_checked(text.len()) {
        Some((front, rest)) if front.eq_ignore_ascii_case(text) => Ok(rest),
        _ => fail(input, reason),
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |words: &[&'static str], at: i64| {
            usize::try_from(at).ok().and_then(|at| words.get(at).copied()).unwrap_or_default()
        };
        let (year, month, day) = self.civil();
        let weekday = word(&WEEKDAYS, self.unix.div_euclid(DAY).rem_euclid(7));
        let month = word(&MONTHS, month - 1);
        let time = self.unix.rem_euclid(DAY);
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        write!(f, "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `date -u` of GNU coreutils has them.
    #[test]
    fn moments_of_another_calendar() {
        for (text, unix) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 12:00:01 GMT", 951_825_601),
            ("Thu, 01 Mar 1900 00:00:00 GMT", -2_203_891_200),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Mon, 01 Jan 0001 00:00:00 GMT", -62_135_596_800),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Tue, 19 Jan 2038 03:14:08 GMT", 2_147_483_648),
            ("Fri, 15 Oct 1582 00:00:00 GMT", -12_219_292_800),
        ] {
            let date = Date::from_unix(unix).unwrap();
            assert_eq!(date.to_string(), text);
            assert_eq!(Date::parse(text.as_bytes()), Ok((date, &b""[..])));
            assert_eq!(Date::parse(text.to_uppercase().as_bytes()), Ok((date, &b""[..])));
        }
    }

    /// Every day of ten thousand years, counted on by hand.
    #[test]
    fn every_day_is_the_day_after_the_one_before() {
        let (mut year, mut month, mut day) = (0, 1, 1);
        let mut unix = Date::FIRST.unix;
        while year < 10_000 {
            assert_eq!(Date { unix }.civil(), (year, month, day));
            assert_eq!(days_from_civil(year, month, day) * DAY, unix);
            unix += DAY;
            day += 1;
            if day > days_in(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(unix, Date::LAST.unix + 1);
    }

    /// What the numbers say is what is meant, whatever day of the week is written.
    #[test]
    fn the_day_of_the_week_is_not_believed() {
        let (date, _) = Date::parse(b"Mon, 13 Nov 2010 23:29:00 GMT").unwrap();
        assert_eq!(date.to_string(), "Sat, 13 Nov 2010 23:29:00 GMT");
    }
}
