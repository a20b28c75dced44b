//! Reads how a `[[trunk]]` is kept open and watched.

use std::time::Duration;

use crate::from_toml::table::Table;
use crate::{Finding, Health, KeepAlive, Trunk};

/// From a second to an hour.
const SECONDS: std::ops::RangeInclusive<u32> = 1..=3_600;

pub(super) fn read(table: &mut Table<'_, '_>, mut trunk: Trunk) -> Trunk {
    let ways = [("off", 0), ("crlf", 1), ("options", 2)];
    let way = table.choice("keep_alive", &ways);
    let every = table.integer("keep_alive_seconds", SECONDS).map(seconds);
    if let Some(way) = way {
        let every = every.unwrap_or(KeepAlive::EVERY);
        trunk = trunk.keep_alive(match way {
            0 => KeepAlive::Off,
            1 => KeepAlive::Crlf { every },
            _ => KeepAlive::Options { every },
        });
    } else if every.is_some() && !table.has("keep_alive") {
        alone(table, "keep_alive_seconds", "write keep_alive = \"crlf\" or \"options\" as well");
    }

    let asked = table.boolean("health");
    let mut health = Health::default();
    let mut of_health = None;
    if let Some(every) = table.integer("health_seconds", SECONDS).map(seconds) {
        health.every = every;
        of_health = Some("health_seconds");
    }
    for (key, count) in [("down_after", &mut health.down_after), ("up_after", &mut health.up_after)]
    {
        if let Some(number) = table.integer(key, 1..=100) {
            *count = number;
            of_health = of_health.or(Some(key));
        }
    }
    match (asked, of_health) {
        (Some(true), _) => trunk = trunk.health(health),
        (Some(false) | None, Some(key)) if asked.is_some() || !table.has("health") => {
            alone(table, key, "write health = true as well, or drop it");
        }
        _ => {}
    }
    trunk
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// Notes a key that does nothing by itself.
fn alone(table: &mut Table<'_, '_>, key: &str, remedy: &str) {
    let finding = Finding::error("C009", table.field(key), "it does nothing by itself", remedy);
    table.note(key, finding);
}
