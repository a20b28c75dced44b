//! P061: routes that no call gets to.

use std::collections::HashMap;

use super::routes;
use crate::config::{Conditions, Others};
use crate::lint::Report;
use crate::{Dialed, NumberPattern, Route, Share};

pub(super) fn check(report: &mut Report<'_>) {
    let mut above = Takers::default();
    let shares = Share::of(&report.config.routes);
    for (index, (section, route)) in routes(report).enumerate() {
        if let Some(above) = above.take_all_of(route) {
            report.warning(
                "P061",
                (section, ""),
                format!("no call gets here: route[{above}] above takes them all"),
                "move it up, or drop it",
            );
        }
        // The last of the routes that take all between them leaves nothing to those below.
        if shares.get(index).copied().flatten().is_none_or(|share| share.end >= 100) {
            above.add(index, route);
        }
    }
}

/// Routes that take every call that fulfils their conditions, found by what they take.
#[derive(Default)]
pub(super) struct Takers<'c> {
    numbers: HashMap<(Option<&'c str>, Taken<'c>, Others<'c>), usize>,
    patterns: Vec<(usize, Conditions<'c>, &'c NumberPattern)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Taken<'c> {
    Number(&'c str),
    Prefix(&'c str),
    Pattern(&'c NumberPattern),
}

/// So many patterns are compared with each number: more would cost more than the finding is worth.
const PATTERNS: usize = 100;

impl<'c> Takers<'c> {
    pub(super) fn add(&mut self, index: usize, route: &'c Route) {
        let conditions = Conditions::of(route);
        let taken = match &route.dialed {
            Dialed::Any => Taken::Prefix(""),
            Dialed::Exact(number) => Taken::Number(number),
            Dialed::Prefix(prefix) => Taken::Prefix(prefix),
            Dialed::Pattern(pattern) => {
                if self.patterns.len() < PATTERNS {
                    self.patterns.push((index, conditions, pattern));
                }
                Taken::Pattern(pattern)
            }
        };
        self.numbers.entry((conditions.from, taken, conditions.others)).or_insert(index);
    }

    /// A route that takes every call that this one would.
    pub(super) fn take_all_of(&self, route: &'c Route) -> Option<usize> {
        let conditions = Conditions::of(route);
        let froms = [None, conditions.from];
        let others = [Others::default(), conditions.others];
        let same = match &route.dialed {
            Dialed::Any | Dialed::Prefix(_) => None,
            Dialed::Exact(number) => Some(Taken::Number(number)),
            Dialed::Pattern(pattern) => Some(Taken::Pattern(pattern)),
        };
        let start = route.dialed.beginning();
        let shorter = (0..=start.len()).filter_map(|end| start.get(..end)).map(Taken::Prefix);
        let by_key = same.into_iter().chain(shorter).find_map(|taken| {
            let keys =
                froms.into_iter().flat_map(|from| others.map(|others| (from, taken, others)));
            keys.into_iter().find_map(|key| self.numbers.get(&key).copied())
        });
        by_key.or_else(|| {
            let Dialed::Exact(number) = &route.dialed else { return None };
            let takes = |(_, taker, pattern): &&(usize, Conditions<'_>, &NumberPattern)| {
                froms.contains(&taker.from)
                    && others.contains(&taker.others)
                    && pattern.matches(number)
            };
            self.patterns.iter().find(takes).map(|(index, ..)| *index)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{Config, Route, Schedule, ValueMatch};

    fn with(routes: impl IntoIterator<Item = Route>) -> Config {
        let mut config = good().schedule(Schedule::new("office").hours("Mon-Fri 09:00-17:00"));
        config.routes = routes.into_iter().map(|route| route.to("synthflow")).collect();
        // The schedule is used, whatever the routes are that a test is about.
        config.routes.push(Route::from("synthflow").when("office").to("five9"));
        config
    }

    fn reached(routes: impl IntoIterator<Item = Route>) -> bool {
        let codes = codes(&with(routes));
        assert!(codes.iter().all(|code| *code == "P061"), "{codes:?}");
        codes.is_empty()
    }

    #[test]
    fn p061_routes_that_no_call_gets_to() {
        let five9 = || Route::from("five9");
        let gold = || ValueMatch::Exact("gold".to_owned());
        for (above, below, expected) in vec![
            (five9(), five9().prefix("+1"), false),
            (five9().prefix("+1"), five9().prefix("+1206"), false),
            (five9().prefix("+1"), five9().dialed("+1206"), false),
            (five9().prefix("+1"), five9().pattern("+1206?"), false),
            (five9().pattern("+1206?"), five9().pattern("+1206?"), false),
            (five9().pattern("+1206?"), five9().dialed("+12065"), false),
            (five9().pattern("+1206?"), five9().dialed("+1206"), true),
            (five9().pattern("+1206?"), five9().prefix("+1206"), true),
            (five9().dialed("+1206"), five9().dialed("+1206"), false),
            (five9().dialed("+1206"), five9().dialed("+1207"), true),
            (five9().dialed("+1206"), five9().prefix("+1206"), true),
            (five9().prefix("+1206"), five9().prefix("+1"), true),
            (five9().when("office"), five9(), true),
            (five9().when("office"), five9().when("not office"), true),
            (five9().when("office"), five9().when("office"), false),
            (five9().skill("a"), five9(), true),
            (five9().skill("a"), five9().skill("a").prefix("+1"), false),
            (five9().user_group("a"), five9(), true),
            (five9().caller_prefix("+1"), five9(), true),
            (five9().has("X-Tier", gold()), five9(), true),
            (five9(), five9().has("X-Tier", gold()), false),
            (five9().share(30), five9(), true),
            (five9().share(100), five9().dialed("+1206"), false),
        ] {
            let shown = format!("{above:?} {below:?}");
            assert_eq!(reached([above, below]), expected, "{shown}");
        }
        assert!(reached([five9()]));
        assert!(!reached([Route::any().when("office"), five9().when("office").dialed("+1206")]));
    }

    #[test]
    fn p061_routes_below_others_that_share_every_call() {
        let share = |percent| Route::from("five9").share(percent);
        assert!(reached([share(70), share(30)]));
        assert!(!reached([share(70), share(30), Route::from("five9")]));
        assert!(reached([share(70), share(29), Route::from("five9")]));
    }

    #[test]
    fn a_route_for_any_trunk_stands_above_those_for_one() {
        let mut config = good();
        config.routes = vec![
            Route::any().to("synthflow"),
            Route::from("five9").dialed("+1206").to("synthflow"),
        ];
        assert_eq!(codes(&config), ["P061"]);
        config.routes.swap(0, 1);
        assert!(codes(&config).is_empty());
        config.routes =
            vec![Route::from("five9").to("synthflow"), Route::from("synthflow").to("five9")];
        assert!(codes(&config).is_empty());
    }
}
