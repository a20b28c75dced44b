//! P100 to P104: hours that routes refer to.

use std::collections::{HashMap, HashSet};

use super::routes;
use crate::lint::Report;
use crate::place::Section;

pub(super) fn check(report: &mut Report<'_>) {
    let config = report.config;
    let mut names = HashMap::new();
    for (index, schedule) in config.schedules.iter().enumerate() {
        let first = *names.entry(schedule.name.as_str()).or_insert(index);
        let name = schedule.name.as_str();
        if first != index || name.trim() != name || name.is_empty() || name.starts_with("not ") {
            report
                .error(
                    "P104",
                    (Section::Schedule(index), "name"),
                    "routes cannot refer to it: no name, another's, or one that begins with not",
                    "give it a name of its own, as name = \"office\"",
                )
                .value(name);
        }
        let place = (Section::Schedule(index), "hours");
        if schedule.minutes_a_week() == 0 {
            let remedy = "write hours = [\"Mon-Fri 09:00-17:00\"]";
            report.warning("P101", place, "it is never open", remedy);
        } else if schedule.is_always_open() {
            report.warning(
                "P102",
                place,
                "it is always open, so a route outside its hours takes no call",
                "write the hours, or drop the schedule and when",
            );
        }
    }
    let mut used = HashSet::new();
    for (section, route) in routes(report) {
        let Some(when) = &route.when else { continue };
        used.insert(when.schedule.as_str());
        if !names.contains_key(when.schedule.as_str()) {
            let known: Vec<_> = config.schedules.iter().map(|s| s.name.as_str()).collect();
            let remedy = if known.is_empty() {
                "add a [[schedule]] of this name, with zone and hours".to_owned()
            } else {
                format!("write one of {}, or not and one of them", known.join(", "))
            };
            report
                .error("P100", (section, "when"), "there is no schedule of this name", remedy)
                .value(when);
        }
    }
    for (index, schedule) in config.schedules.iter().enumerate() {
        if !used.contains(schedule.name.as_str()) {
            report.warning(
                "P103",
                (Section::Schedule(index), ""),
                "no route refers to it",
                "write when = in a [[route]], or drop it",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{Route, Schedule};

    fn office() -> Schedule {
        Schedule::new("office").hours("Mon-Fri 09:00-17:00")
    }

    fn of(schedules: impl IntoIterator<Item = Schedule>, when: &str) -> Vec<&'static str> {
        let mut config = good();
        config.schedules = schedules.into_iter().collect();
        config.routes.push(Route::any().when(when).to("five9"));
        codes(&config)
    }

    #[test]
    fn a_route_within_or_outside_hours_that_are_there_is_fine() {
        assert!(of([office()], "office").is_empty());
        assert!(of([office()], "not office").is_empty());
    }

    #[test]
    fn p100_schedules_that_are_not_there() {
        assert_eq!(of([], "office"), ["P100"]);
        assert_eq!(of([office()], "offices"), ["P100", "P103"]);
    }

    #[test]
    fn p101_and_p102_hours_that_decide_nothing() {
        assert_eq!(of([Schedule::new("office")], "office"), ["P101"]);
        assert_eq!(of([Schedule::new("office").hours("Daily 00:00-24:00")], "office"), ["P102"]);
        let but_one = Schedule::new("office").hours("Daily 00:00-24:00").holiday("12-25");
        assert!(of([but_one], "office").is_empty());
    }

    #[test]
    fn p103_schedules_that_no_route_refers_to() {
        assert_eq!(
            of([office(), Schedule::new("night").hours("Sat 09:00-12:00")], "office"),
            ["P103"]
        );
    }

    #[test]
    fn p104_names_that_routes_cannot_refer_to() {
        assert_eq!(of([office(), office()], "office"), ["P104"]);
        for name in ["", " office", "not office"] {
            let schedule = Schedule::new(name).hours("Mon-Fri 09:00-17:00");
            let codes = of([office(), schedule], "office");
            assert_eq!(codes, ["P104", "P103"], "{name}");
        }
    }
}
