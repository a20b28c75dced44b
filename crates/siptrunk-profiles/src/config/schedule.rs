//! When a place is open: hours of the week in a time zone, and holidays.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::unread::Unread;

/// When a route holds: within the hours of a schedule, or outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct When {
    /// The schedule's name.
    pub schedule: String,
    /// Whether the route holds outside its hours rather than within.
    pub outside: bool,
}

impl When {
    /// `office`, or `not office`.
    pub(crate) fn read(text: &str) -> Self {
        let outside = text.strip_prefix("not ");
        Self { schedule: outside.unwrap_or(text).trim().to_owned(), outside: outside.is_some() }
    }
}

/// As a file writes it.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.outside { "not " } else { "" }, self.schedule)
    }
}

/// The hours of one place.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use siptrunk_profiles::Schedule;
///
/// let office = Schedule::new("office")
///     .zone("America/Los_Angeles")
///     .hours("Mon-Fri 08:00-17:00")
///     .hours("Sat 09:00-12:00")
///     .holiday("2026-11-26")
///     .holiday("12-25");
/// // 2026-11-24, a Tuesday, 16:00 UTC: 08:00 in Los Angeles.
/// let opens = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_536_000);
/// assert!(office.is_open(opens));
/// assert!(!office.is_open(opens - Duration::from_secs(1)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// The name that routes use.
    pub name: String,
    /// Taken from the database that is part of the program: the same configuration means the same
    /// everywhere.
    zone: TimeZone,
    hours: Vec<Hours>,
    holidays: Vec<Holiday>,
    pub(crate) unread: Unread,
}

/// From a time of day on some days of the week to another, up to a day later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hours {
    /// One bit a day, Monday the lowest.
    days: u8,
    /// Minutes after midnight.
    start: u16,
    /// Minutes after midnight of the first day; above a day's where they end on the next.
    end: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holiday {
    Once(Date),
    /// Month and day.
    EachYear(i8, i8),
}

const DAY: u16 = 24 * 60;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const ZONE_REMEDY: &str = "write a name of the IANA database, as America/New_York";
const HOURS_REMEDY: &str = "write days and times, as Mon-Fri 08:00-17:00 or Sat,Sun 10:00-14:00";
const HOLIDAY_REMEDY: &str = "write a date as 2026-12-25, or 12-25 for each year";

impl Schedule {
    /// A schedule in UTC that is never open yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            zone: TimeZone::UTC,
            hours: Vec::new(),
            holidays: Vec::new(),
            unread: Unread::default(),
        }
    }

    /// Sets the time zone: a name of the IANA database.
    #[must_use]
    pub fn zone(mut self, name: &str) -> Self {
        let read = self.unread.read("zone", &name, ZONE_REMEDY, |name| {
            TimeZoneDatabase::bundled()
                .get(name)
                .map_err(|_| "there is no time zone of this name".to_owned())
        });
        if let Some(zone) = read {
            self.zone = zone;
        }
        self
    }

    /// Adds hours: days (`Mon-Fri`, `Sat,Sun`, `Daily`) and times (`08:00-17:00`). An end before the
    /// start is on the next day; `00:00-24:00` is the whole day.
    #[must_use]
    pub fn hours(mut self, hours: &str) -> Self {
        let key = format!("hours[{}]", self.hours.len() + self.unread.count("hours"));
        let read = self.unread.read(key, &hours, HOURS_REMEDY, Hours::read);
        self.hours.extend(read);
        self
    }

    /// Adds a day on which no hours begin: `2026-12-25`, or `12-25` for each year.
    #[must_use]
    pub fn holiday(mut self, date: &str) -> Self {
        let key = format!("holidays[{}]", self.holidays.len() + self.unread.count("holidays"));
        let read = self.unread.read(key, &date, HOLIDAY_REMEDY, Holiday::read);
        self.holidays.extend(read);
        self
    }

    /// The name of the time zone.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Whether the place is open at this moment.
    pub fn is_open(&self, wall: SystemTime) -> bool {
        let Ok(moment) = Timestamp::try_from(wall) else { return false };
        self.is_open_at(self.zone.to_datetime(moment))
    }

    /// The moment on the clock of the place, for people.
    pub fn local(&self, wall: SystemTime) -> String {
        Timestamp::try_from(wall).map_or_else(
            |_| "outside all calendars".to_owned(),
            |moment| {
                let local = self.zone.to_datetime(moment);
                format!("{} {}", local.strftime("%a %Y-%m-%d %H:%M"), self.zone_name())
            },
        )
    }

    fn is_open_at(&self, local: DateTime) -> bool {
        // Times fit: an hour is below 24 and a minute below 60.
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let begun_on = |date: Date, minute: u16| {
            let bit = 1 << date.weekday().to_monday_zero_offset();
            !self.holidays.iter().any(|holiday| holiday.is(date))
                && self.hours.iter().any(|hours| {
                    hours.days & bit != 0 && (hours.start..hours.end).contains(&minute)
                })
        };
        begun_on(local.date(), minute)
            || local.date().yesterday().is_ok_and(|date| begun_on(date, minute + DAY))
    }

    /// How many minutes of a week without holidays it is open.
    pub(crate) fn minutes_a_week(&self) -> usize {
        let mut open = vec![false; usize::from(7 * DAY)];
        let week = open.len();
        for hours in &self.hours {
            for day in (0..7).filter(|day| hours.days >> day & 1 == 1) {
                for minute in hours.start..hours.end {
                    let at = (day * usize::from(DAY) + usize::from(minute)) % week;
                    open[at] = true;
                }
            }
        }
        open.iter().filter(|open| **open).count()
    }

    /// Whether it is open at every moment of every year.
    pub(crate) fn is_always_open(&self) -> bool {
        self.holidays.is_empty() && self.minutes_a_week() == usize::from(7 * DAY)
    }
}

impl Hours {
    fn read(text: &str) -> Result<Self, String> {
        let (days, times) =
            text.trim().rsplit_once(' ').ok_or("days and times stand with a space between them")?;
        let (start, end) = times.split_once('-').ok_or("a start and an end, as 08:00-17:00")?;
        let (start, end) = (minute(start)?, minute(end)?);
        let days = read_days(days)?;
        if start == DAY {
            return Err("the day begins at 00:00".to_owned());
        }
        if start == end {
            return Err("start and end are the same; the whole day is 00:00-24:00".to_owned());
        }
        Ok(Self { days, start, end: if end < start { end + DAY } else { end } })
    }
}

/// Minutes after midnight: `00:00` to `24:00`.
fn minute(text: &str) -> Result<u16, String> {
    let wrong = || format!("{text} is no time of day");
    let number = |text: &str, last: u16| {
        let two = text.len() == 2 && text.bytes().all(|octet| octet.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| two && *number <= last)
    };
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let hour = number(hour, 24).ok_or_else(wrong)?;
    let last = if hour == 24 { 0 } else { 59 };
    let minute = number(minute, last).ok_or_else(wrong)?;
    Ok(hour * 60 + minute)
}

fn read_days(text: &str) -> Result<u8, String> {
    let number = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        let day = DAYS.iter().position(|day| *day == name);
        day.ok_or_else(|| format!("{name} is no day of the week (Mon, Tue ... Sun)"))
    };
    if text.trim().eq_ignore_ascii_case("daily") {
        return Ok(0x7f);
    }
    let mut days = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        // Fri-Mon goes over the end of the week.
        let length = (last + 7 - first) % 7;
        for day in first..=first + length {
            days |= 1 << (day % 7);
        }
    }
    Ok(days)
}

impl Holiday {
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || "no date of any calendar".to_owned();
        if text.len() == "12-25".len() {
            // 2024 has a 29th of February.
            let date: Date = format!("2024-{text}").parse().map_err(|_| wrong())?;
            return Ok(Self::EachYear(date.month(), date.day()));
        }
        if text.len() != "2026-12-25".len() {
            return Err(wrong());
        }
        text.parse().map(Self::Once).map_err(|_| wrong())
    }

    fn is(self, date: Date) -> bool {
        match self {
            Self::Once(once) => once == date,
            Self::EachYear(month, day) => (month, day) == (date.month(), date.day()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn office() -> Schedule {
        Schedule::new("office").zone("America/New_York").hours("Mon-Fri 09:00-17:00")
    }

    fn at(year: i16, month: i8, day: i8, hour: i8, minute: i8) -> DateTime {
        date(year, month, day).at(hour, minute, 59, 0)
    }

    #[test]
    fn hours_hold_from_their_start_up_to_their_end_on_their_days() {
        // 2026-11-23 is a Monday.
        for (day, hour, minute, open) in [
            (23, 8, 59, false),
            (23, 9, 0, true),
            (23, 16, 59, true),
            (23, 17, 0, false),
            (27, 12, 0, true),
            (28, 12, 0, false),
            (22, 12, 0, false),
        ] {
            assert_eq!(office().is_open_at(at(2026, 11, day, hour, minute)), open, "{day} {hour}");
        }
    }

    #[test]
    fn a_night_shift_belongs_to_the_day_it_began_on() {
        let night = Schedule::new("night").hours("Fri 22:00-06:00").holiday("2026-11-27");
        // Friday the 20th, into Saturday; the 27th is a holiday.
        for (day, hour, open) in [
            (20, 21, false),
            (20, 22, true),
            (21, 5, true),
            (21, 6, false),
            (21, 22, false),
            (27, 23, false),
            (28, 3, false),
        ] {
            assert_eq!(night.is_open_at(at(2026, 11, day, hour, 0)), open, "{day} {hour}");
        }
        let into_holiday = Schedule::new("night").hours("Thu 22:00-06:00").holiday("2026-11-27");
        assert!(into_holiday.is_open_at(at(2026, 11, 27, 5, 0)), "it began on the day before");
    }

    #[test]
    fn holidays_are_of_one_year_or_of_each() {
        let office = office().holiday("2026-11-26").holiday("12-25");
        assert!(!office.is_open_at(at(2026, 11, 26, 12, 0)));
        assert!(office.is_open_at(at(2027, 11, 26, 12, 0)));
        assert!(!office.is_open_at(at(2026, 12, 25, 12, 0)));
        assert!(!office.is_open_at(at(2028, 12, 25, 12, 0)));
    }

    #[test]
    fn the_zone_counts_with_its_summer_time() {
        let moment = |text: &str| SystemTime::from(text.parse::<Timestamp>().expect("a time"));
        // New York: UTC-5 until 2026-03-08, then UTC-4.
        assert!(!office().is_open(moment("2026-03-06T13:30:00Z")));
        assert!(office().is_open(moment("2026-03-09T13:30:00Z")));
        assert!(office().local(moment("2026-03-09T13:30:00Z")).starts_with("Mon 2026-03-09 09:30"));
        assert_eq!(office().zone_name(), "America/New_York");
    }

    #[test]
    fn days_are_ranges_and_lists() {
        for (text, days) in [
            ("Mon", 0b000_0001),
            ("mon-FRI", 0b001_1111),
            ("Sat,Sun", 0b110_0000),
            ("Fri-Mon", 0b111_0001),
            ("Mon, Wed", 0b000_0101),
            ("Mon-Sun", 0b111_1111),
            ("Daily", 0b111_1111),
        ] {
            assert_eq!(read_days(text), Ok(days), "{text}");
        }
    }

    #[test]
    fn how_long_a_week_is_open() {
        let minutes = |hours: &[&str]| {
            let schedule = hours.iter().fold(Schedule::new("x"), |s, hours| s.hours(hours));
            (schedule.minutes_a_week(), schedule.is_always_open())
        };
        assert_eq!(minutes(&[]), (0, false));
        assert_eq!(minutes(&["Mon 00:00-24:00"]), (1_440, false));
        assert_eq!(minutes(&["Mon-Fri 09:00-17:00", "Fri 16:00-18:00"]), (5 * 480 + 60, false));
        assert_eq!(minutes(&["Sun 23:00-01:00"]), (120, false));
        assert_eq!(minutes(&["Daily 12:00-12:00", "Daily 08:00-20:00"]), (7 * 720, false));
        assert_eq!(minutes(&["Daily 08:00-20:00", "Daily 20:00-08:00"]), (10_080, true));
        let holiday = Schedule::new("x").hours("Daily 00:00-24:00").holiday("01-01");
        assert!(!holiday.is_always_open());
    }

    #[test]
    fn what_cannot_be_read_is_kept_for_validation() {
        let schedule = Schedule::new("x")
            .zone("America/Nowhere")
            .hours("Mon-Fri")
            .hours("Mon 09:00-17:00")
            .hours("Mon 9:00-17:00")
            .hours("Mon 17:00-17:00")
            .hours("Mon 24:00-06:00")
            .hours("Mon 08:60-09:00")
            .hours("Mon 08:00-24:01")
            .hours("Someday 08:00-09:00")
            .hours("Mon- 08:00-09:00")
            .holiday("2026-02-30")
            .holiday("02-29")
            .holiday("13-01")
            .holiday("2026-12-25T00:00");
        let keys: Vec<_> = schedule.unread.iter().map(|unread| unread.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "zone",
                "hours[0]",
                "hours[2]",
                "hours[3]",
                "hours[4]",
                "hours[5]",
                "hours[6]",
                "hours[7]",
                "hours[8]",
                "holidays[0]",
                "holidays[2]",
                "holidays[3]"
            ]
        );
    }
}
