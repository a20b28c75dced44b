//! A day of the calendar: when something was published, and what is today.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day of the Gregorian calendar in UTC, from year 1970 to 9999. As text `2026-11-24`; a month alone, as
/// `2026-11`, is its first day.
///
/// ```
/// use siptrunk_profiles::Day;
///
/// let published: Day = "2026-11-24".parse()?;
/// assert_eq!("2027-05-23".parse::<Day>()?.days_since(published), 180);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(u32);

const MONTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

const fn days_of(year: u32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u32, month: u32) -> u32 {
    let days = usize::try_from(month).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
    days.copied().unwrap_or(0) + u32::from(month == 2 && is_leap(year))
}

impl Day {
    /// This day; nothing if there is none.
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let there = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day);
        there.then(|| {
            let years: u32 = (1970..year).map(days_of).sum();
            let months: u32 = (1..month).map(|month| days_of_month(year, month)).sum();
            Self(years + months + day - 1)
        })
    }

    /// How many days have passed since another day; 0 if it lies ahead.
    pub const fn days_since(self, other: Self) -> u32 {
        self.0.saturating_sub(other.0)
    }
}

/// The day in UTC; what lies before 1970 is its first day.
impl From<SystemTime> for Day {
    fn from(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self(u32::try_from(seconds / 86_400).unwrap_or(u32::MAX))
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('-').map(|part| part.parse().ok()).collect();
        let day = match *parts.as_slice() {
            [Some(year), Some(month)] => Self::new(year, month, 1),
            [Some(year), Some(month), Some(day)] => Self::new(year, month, day),
            _ => None,
        };
        day.ok_or_else(|| "no day; write it as 2026-11-24".to_owned())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut year, mut days) = (1970, self.0);
        while days >= days_of(year) && year < 9999 {
            days -= days_of(year);
            year += 1;
        }
        let mut month = 1;
        while month < 12 && days >= days_of_month(year, month) {
            days -= days_of_month(year, month);
            month += 1;
        }
        write!(f, "{year:04}-{month:02}-{:02}", days + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        // Seconds since the epoch of some days, as `date -u -d DAY +%s` tells them.
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2000-03-01", 951_868_800),
            ("2026-11-24", 1_795_478_400),
            ("2100-03-01", 4_107_542_400),
        ] {
            let day: Day = text.parse().expect(text);
            assert_eq!(day, Day::from(UNIX_EPOCH + Duration::from_secs(seconds)), "{text}");
            assert_eq!(day, Day::from(UNIX_EPOCH + Duration::from_secs(seconds + 86_399)));
            assert_eq!(day.to_string(), text);
        }
        assert_eq!("2026-11".parse::<Day>(), "2026-11-01".parse());
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["", "2026", "2026-13-01", "2026-00", "2026-02-29", "2100-02-29", "x-1-1", "1-1-1-1"]
        {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn no_time_is_too_far() {
        assert!(!Day(u32::MAX).to_string().is_empty());
        assert_eq!(Day(5).days_since(Day(9)), 0);
    }
}
