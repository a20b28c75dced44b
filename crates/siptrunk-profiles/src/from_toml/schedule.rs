//! Reads `[[schedule]]`.

use ::toml::de::DeTable;

use crate::Schedule;
use crate::from_toml::table::Table;

/// How findings name a schedule: by its name, if that can be read.
pub(crate) fn label(table: &DeTable<'_>, index: usize) -> String {
    match table.get("name").and_then(|value| value.get_ref().as_str()) {
        Some(name) if !name.is_empty() => format!("schedule[{name}]"),
        _ => format!("schedule[{index}]"),
    }
}

pub(crate) fn read(mut table: Table<'_, '_>) -> Schedule {
    let mut schedule = Schedule::new("");
    match table.string("name") {
        Some(name) => schedule = Schedule::new(name.text),
        None if !table.has("name") => table.missing("name", "write name = \"office\""),
        None => {}
    }
    match table.string("zone") {
        Some(zone) => schedule = schedule.zone(zone.text),
        None if !table.has("zone") => {
            table.missing("zone", "write the time zone, as zone = \"America/New_York\"");
        }
        None => {}
    }
    for hours in table.strings("hours").into_iter().flatten() {
        schedule = schedule.hours(hours.text);
    }
    for date in table.strings("holidays").into_iter().flatten() {
        schedule = schedule.holiday(date.text);
    }
    table.finish();
    schedule
}
