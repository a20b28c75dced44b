//! P060 to P065: which call goes where.

use std::collections::HashMap;

use siptrunk_message::Number;

use crate::lint::Report;
use crate::place::Section;
use crate::{Dialed, NumberPolicy, Route, RouteAction};

pub(crate) fn check(report: &mut Report<'_>) {
    let config = report.config;
    if config.routes.is_empty() {
        report.warning(
            "P064",
            (Section::File, "route"),
            "there is no route: unless the application decides, every call is answered 404",
            "add a [[route]] with from and to",
        );
    }
    let mut earlier = Earlier::default();
    for (index, route) in config.routes.iter().enumerate() {
        let section = Section::Route(index);
        if let Some(from) = &route.from {
            known(report, section, "from", from);
        }
        match &route.action {
            RouteAction::To(trunks) if trunks.is_empty() => {
                report.error(
                    "P062",
                    (section, "to"),
                    "the route leads nowhere",
                    "write to = [\"synthflow\"] or reject = 404",
                );
            }
            RouteAction::To(trunks) => {
                for trunk in trunks {
                    known(report, section, "to", trunk);
                }
            }
            RouteAction::Reject(_) => {}
        }
        if let Some(above) = earlier.takes_all_of(route) {
            report.warning(
                "P061",
                (section, ""),
                format!("no call gets here: route[{above}] above takes them all"),
                "move it up, or drop it",
            );
        }
        // A route that holds at times only leaves calls to those below it.
        if route.when.is_none() {
            earlier.add(index, route);
        }
        number_form(report, section, route);
        dialled_form(report, section, route);
    }
}

fn known(report: &mut Report<'_>, section: Section, key: &str, name: &str) {
    let config = report.config;
    if config.trunk_named(name).is_none() {
        let names: Vec<_> = config.trunks.iter().map(|trunk| trunk.name.as_str()).collect();
        report
            .error(
                "P060",
                (section, key),
                "there is no trunk of this name",
                format!("write one of {}", names.join(", ")),
            )
            .value(name);
    }
}

/// A pattern without + matches no call of a trunk whose numbers all have one.
fn number_form(report: &mut Report<'_>, section: Section, route: &Route) {
    let trunk = route.from.as_deref().and_then(|from| report.config.trunk_named(from));
    let Some(trunk) = trunk.filter(|trunk| trunk.number_policy == NumberPolicy::E164) else {
        return;
    };
    let (key, pattern, fits) = match &route.dialed {
        Dialed::Any => return,
        Dialed::Exact(number) => ("dialed", number, Number::parse(number).is_ok()),
        Dialed::Prefix(prefix) => ("prefix", prefix, prefix.starts_with('+')),
    };
    if !fits {
        report
            .warning(
                "P063",
                (section, key),
                format!("the trunk {} dials + and country code, so this never fits", trunk.name),
                "write it as +12065551234",
            )
            .value(pattern);
    }
}

/// Notes a number that a trunk of the route would not take in the form that it is dialled there.
fn dialled_form(report: &mut Report<'_>, section: Section, route: &Route) {
    let Some(number) = &route.dial else { return };
    let RouteAction::To(names) = &route.action else {
        report.warning(
            "P065",
            (section, "dial"),
            "the route lets no call through, so nothing is dialled",
            "drop it",
        );
        return;
    };
    let mut trunks = names.iter().filter_map(|name| report.config.trunk_named(name));
    if let Some(trunk) = trunks.find(|trunk| !trunk.number_policy.accepts(number)) {
        report
            .error(
                "P065",
                (section, "dial"),
                format!("the trunk {} does not take a number of this form", trunk.name),
                "write it as +12065551234",
            )
            .value(number);
    }
}

/// What the routes above have taken, and which of them did.
#[derive(Default)]
struct Earlier<'c>(HashMap<(Option<&'c str>, Taken<'c>), usize>);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Taken<'c> {
    Number(&'c str),
    Prefix(&'c str),
}

impl<'c> Earlier<'c> {
    fn add(&mut self, index: usize, route: &'c Route) {
        let taken = match &route.dialed {
            Dialed::Any => Taken::Prefix(""),
            Dialed::Exact(number) => Taken::Number(number),
            Dialed::Prefix(prefix) => Taken::Prefix(prefix),
        };
        self.0.entry((route.from.as_deref(), taken)).or_insert(index);
    }

    /// A route above that takes every call that this one would.
    fn takes_all_of(&self, route: &'c Route) -> Option<usize> {
        let (start, exact) = match &route.dialed {
            Dialed::Any => ("", None),
            Dialed::Exact(number) => (number.as_str(), Some(Taken::Number(number))),
            Dialed::Prefix(prefix) => (prefix.as_str(), None),
        };
        let shorter = (0..=start.len()).filter_map(|end| start.get(..end)).map(Taken::Prefix);
        exact
            .into_iter()
            .chain(shorter)
            .flat_map(|taken| [(None, taken), (route.from.as_deref(), taken)])
            .find_map(|key| self.0.get(&key).copied())
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{Config, Route};

    fn with(routes: impl IntoIterator<Item = Route>) -> Config {
        let mut config = good();
        config.routes = routes.into_iter().collect();
        config
    }

    #[test]
    fn p060_trunks_that_are_not_there() {
        assert_eq!(codes(&with([Route::from("five8").to("synthflow")])), ["P060"]);
        assert_eq!(codes(&with([Route::from("five9").to("synthflow").or("x")])), ["P060"]);
        assert!(codes(&with([Route::from("five9").to("synthflow")])).is_empty());
    }

    #[test]
    fn p061_routes_that_no_call_gets_to() {
        let five9 = || Route::from("five9");
        for (above, below, reached) in [
            (Route::any(), five9().dialed("+1206"), false),
            (five9(), five9().prefix("+1"), false),
            (five9().prefix("+1"), five9().prefix("+1206"), false),
            (five9().prefix("+1"), five9().dialed("+1206"), false),
            (five9().dialed("+1206"), five9().dialed("+1206"), false),
            (five9().dialed("+1206"), five9().dialed("+1207"), true),
            (five9().dialed("+1206"), five9().prefix("+1206"), true),
            (five9().prefix("+1206"), five9().prefix("+1"), true),
            (five9(), Route::any(), true),
            (five9(), Route::from("synthflow"), true),
        ] {
            let config = with([above.to("synthflow"), below.to("synthflow")]);
            assert_eq!(codes(&config).is_empty(), reached, "{:?}", config.routes);
        }
    }

    #[test]
    fn p062_routes_that_lead_nowhere() {
        assert_eq!(codes(&with([Route::from("five9")])), ["P062"]);
        assert!(codes(&with([Route::from("five9").reject(404)])).is_empty());
    }

    #[test]
    fn p063_numbers_that_never_fit() {
        assert_eq!(codes(&with([Route::from("five9").dialed("1206").to("synthflow")])), ["P063"]);
        assert_eq!(codes(&with([Route::from("five9").prefix("1206").to("synthflow")])), ["P063"]);
        assert!(codes(&with([Route::any().dialed("1206").to("synthflow")])).is_empty());
    }

    #[test]
    fn p065_numbers_that_the_other_trunk_does_not_take() {
        let dials = |number: &str| Route::from("five9").to("synthflow").dial(number);
        assert!(codes(&with([dials("+12065551234")])).is_empty());
        assert_eq!(codes(&with([dials("777000000001")])), ["P065"]);
        assert_eq!(codes(&with([Route::from("five9").reject(404).dial("+1206")])), ["P065"]);
    }

    #[test]
    fn p064_no_route_at_all() {
        let config = with([]);
        assert_eq!(codes(&config), ["P064"]);
        assert!(config.check().is_ok());
    }
}
