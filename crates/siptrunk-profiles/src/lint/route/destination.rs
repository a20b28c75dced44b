//! P060, P062, P063, P065, P107, P109 to P111, P113: where a route leads, and what is dialled there.

use std::collections::HashMap;

use siptrunk_message::{Number, StatusCode};

use super::routes;
use crate::lint::Report;
use crate::place::Section;
use crate::{Dialed, NumberPolicy, Route, RouteAction, Trunk};

type Names<'c> = HashMap<&'c str, &'c Trunk>;

pub(super) fn check(report: &mut Report<'_>) {
    let names: Names<'_> = report.trunks().map(|(_, trunk)| (trunk.name.as_str(), trunk)).collect();
    for (section, route) in routes(report) {
        let to = match &route.action {
            RouteAction::To(trunks) => trunks.as_slice(),
            RouteAction::Reject(_) => &[],
        };
        known(report, &names, section, "from", route.from.as_slice());
        known(report, &names, section, "to", to);
        known(report, &names, section, "overflow", &route.overflow);
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
                dialled_form(report, &names, section, route, trunks);
                order(report, &names, section, route, trunks);
            }
            RouteAction::Reject(_) => {}
        }
        number_form(report, &names, section, route);
        idle(report, section, route);
    }
}

fn known(
    report: &mut Report<'_>,
    names: &Names<'_>,
    section: Section,
    key: &str,
    trunks: &[String],
) {
    let missing = trunks.iter().filter(|name| !names.contains_key(name.as_str()));
    for name in missing {
        let all: Vec<_> = report.config.trunks.iter().map(|trunk| trunk.name.as_str()).collect();
        report
            .error(
                "P060",
                (section, key),
                "there is no trunk of this name",
                format!("write one of {}", all.join(", ")),
            )
            .value(name);
    }
}

/// A pattern without + matches no call of a trunk whose numbers all have one.
fn number_form(report: &mut Report<'_>, names: &Names<'_>, section: Section, route: &Route) {
    let trunk = route.from.as_deref().and_then(|from| names.get(from));
    let Some(trunk) = trunk.filter(|trunk| trunk.number_policy == NumberPolicy::E164) else {
        return;
    };
    let (key, pattern, fits) = match &route.dialed {
        Dialed::Any => return,
        Dialed::Exact(number) => ("dialed", number.clone(), Number::parse(number).is_ok()),
        Dialed::Prefix(prefix) => ("prefix", prefix.clone(), prefix.starts_with('+')),
        Dialed::Pattern(pattern) => {
            let text = pattern.to_string();
            let fits = text.starts_with(['+', '*']);
            ("pattern", text, fits)
        }
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
fn dialled_form(
    report: &mut Report<'_>,
    names: &Names<'_>,
    section: Section,
    route: &Route,
    to: &[String],
) {
    // What is made of a number that is not known yet is not judged.
    let (key, number) = match (&route.dial, &route.dialed) {
        (Some(dial), _) => ("dial", dial.clone()),
        (None, Dialed::Exact(dialed)) if route.changes_number() => {
            (if route.strip > 0 { "strip" } else { "prepend" }, route.dials(dialed))
        }
        _ => return,
    };
    let mut trunks = to.iter().chain(&route.overflow).filter_map(|name| names.get(name.as_str()));
    if let Some(trunk) = trunks.find(|trunk| !trunk.number_policy.accepts(&number)) {
        report
            .error(
                "P065",
                (section, key),
                format!("the trunk {} does not take a number of this form", trunk.name),
                "write it as +12065551234",
            )
            .value(number);
    }
}

/// Statuses that speak of the call, the callee or a loop rather than of the trunk.
const OF_THE_CALL: [u16; 8] = [404, 482, 483, 484, 486, 488, 600, 603];

/// Notes a list of trunks that does not do what it seems to.
fn order(
    report: &mut Report<'_>,
    names: &Names<'_>,
    section: Section,
    route: &Route,
    to: &[String],
) {
    if let Some(from) = route.from.as_ref().filter(|from| to.contains(from))
        && !route.changes_number()
    {
        report
            .warning(
                "P107",
                (section, "to"),
                "the call goes back to the trunk that it came from, to the number it dialled",
                "write another trunk, or dial another number with dial, strip or prepend",
            )
            .value(from);
    }
    let capped = to.iter().filter_map(|name| names.get(name.as_str()));
    if !route.overflow.is_empty() && !capped.clone().any(|trunk| trunk.max_calls.is_some()) {
        report.warning(
            "P109",
            (section, "overflow"),
            "no trunk of the list has a cap, so no call ever overflows",
            "write max_calls in the [[trunk]], or add the trunk to the list of to",
        );
    }
    let all: Vec<_> = to.iter().chain(&route.overflow).collect();
    let twice =
        all.iter().enumerate().find(|(index, name)| all.iter().take(*index).any(|n| n == *name));
    if let Some((index, name)) = twice {
        let key = if index < to.len() { "to" } else { "overflow" };
        report
            .warning(
                "P110",
                (section, key),
                "this trunk stands in the route twice, and what it refused it refuses again",
                "write each trunk once",
            )
            .value(name);
    }
    let of_the_call = |code: &&StatusCode| OF_THE_CALL.contains(&code.code());
    if let Some(code) = route.failover.iter().find(of_the_call) {
        report
            .warning(
                "P111",
                (section, "failover"),
                "this speaks of the call, not of the trunk: the next one says the same, or rings twice",
                "drop it; 408, 480, 503 and 504 speak of trunks, and 482 and 483 are never acted on",
            )
            .value(code.code());
    }
}

/// Fields that nothing comes of.
fn idle(report: &mut Report<'_>, section: Section, route: &Route) {
    let rejects = matches!(route.action, RouteAction::Reject(_));
    let idle = [
        ("dial", rejects && route.dial.is_some()),
        ("strip", rejects && route.strip > 0),
        ("prepend", rejects && !route.prepend.is_empty()),
        ("overflow", rejects && !route.overflow.is_empty()),
        ("headers", rejects && !route.headers.is_empty()),
        ("reason", !rejects && route.reason.is_some()),
    ];
    for (key, _) in idle.into_iter().filter(|(_, idle)| *idle) {
        let reason = if rejects {
            "the route lets no call through, so nothing comes of this"
        } else {
            "only a route that rejects says why"
        };
        report.warning("P113", (section, key), reason, "drop it");
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{Config, HeaderChange, Route};

    fn with(routes: impl IntoIterator<Item = Route>) -> Config {
        let mut config = good();
        config.routes = routes.into_iter().collect();
        config
    }

    fn of(route: Route) -> Vec<&'static str> {
        codes(&with([route]))
    }

    #[test]
    fn p060_trunks_that_are_not_there() {
        assert_eq!(of(Route::from("five8").to("synthflow")), ["P060"]);
        assert_eq!(of(Route::from("five9").to("synthflow").or("x")), ["P060"]);
        assert_eq!(
            of(Route::from("synthflow").to("five9").overflow("x").overflow("y")),
            ["P060"; 2]
        );
        assert!(of(Route::from("five9").to("synthflow")).is_empty());
    }

    #[test]
    fn p062_routes_that_lead_nowhere() {
        assert_eq!(of(Route::from("five9")), ["P062"]);
        assert!(of(Route::from("five9").reject(404)).is_empty());
    }

    #[test]
    fn p063_numbers_that_never_fit() {
        let five9 = || Route::from("five9").to("synthflow");
        assert_eq!(of(five9().dialed("1206")), ["P063"]);
        assert_eq!(of(five9().prefix("1206")), ["P063"]);
        assert_eq!(of(five9().pattern("1206*")), ["P063"]);
        for fits in [five9().dialed("+1206"), five9().prefix("+"), five9().pattern("+1206*")] {
            assert!(of(fits.clone()).is_empty(), "{fits:?}");
        }
        assert!(of(five9().pattern("*")).is_empty());
        assert!(of(Route::any().dialed("1206").to("synthflow")).is_empty());
    }

    #[test]
    fn p065_numbers_that_the_other_trunk_does_not_take() {
        let five9 = || Route::from("five9").to("synthflow");
        assert!(of(five9().dial("+12065551234")).is_empty());
        assert_eq!(of(five9().dial("777000000001")), ["P065"]);
        assert_eq!(of(five9().dialed("+12065551234").strip(2)), ["P065"]);
        assert_eq!(of(five9().dialed("+12065551234").strip(2).prepend("9")), ["P065"]);
        assert!(of(five9().dialed("+12065551234").strip(1).prepend("+")).is_empty());
        assert!(of(five9().prefix("+1").strip(2)).is_empty(), "what it makes is not known");
        let overflows = Route::from("synthflow").to("five9").dial("777").overflow("synthflow");
        assert_eq!(of(overflows), ["P065"]);
    }

    #[test]
    fn p107_calls_that_go_back() {
        assert_eq!(of(Route::from("five9").to("five9")), ["P107"]);
        assert_eq!(of(Route::from("five9").to("synthflow").or("five9")), ["P107"]);
        assert!(of(Route::from("five9").to("five9").dial("+18005550199")).is_empty());
        assert!(of(Route::any().to("five9")).is_empty());
    }

    #[test]
    fn p109_overflow_from_a_trunk_without_a_cap() {
        assert_eq!(of(Route::from("five9").to("synthflow").overflow("five9")), ["P109"]);
        assert!(of(Route::from("synthflow").to("five9").overflow("synthflow")).is_empty());
    }

    #[test]
    fn p110_trunks_that_stand_twice() {
        assert_eq!(of(Route::from("five9").to("synthflow").or("synthflow")), ["P110"]);
        assert_eq!(of(Route::from("synthflow").to("five9").overflow("five9")), ["P110"]);
    }

    #[test]
    fn p111_answers_that_do_not_speak_of_the_trunk() {
        for code in super::OF_THE_CALL {
            assert_eq!(of(Route::from("five9").to("synthflow").failover([503, code])), ["P111"]);
        }
        assert!(of(Route::from("five9").to("synthflow").failover([408, 500, 503])).is_empty());
    }

    #[test]
    fn p113_fields_that_nothing_comes_of() {
        let rejects = || Route::from("five9").reject(404);
        let change = HeaderChange::Remove { name: "X-A".to_owned() };
        for idle in [
            rejects().dial("+1206"),
            rejects().strip(1),
            rejects().prepend("9"),
            rejects().overflow("synthflow"),
            rejects().change(change),
            Route::from("five9").to("synthflow").reason("Closed"),
        ] {
            assert_eq!(of(idle.clone()), ["P113"], "{idle:?}");
        }
        assert!(of(rejects().reason("Closed")).is_empty());
    }
}
