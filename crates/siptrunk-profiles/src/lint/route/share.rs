//! P105 and P106: shares of calls that do not add up.

use std::collections::HashMap;

use super::reach::{Conditions, Takers};
use super::routes;
use crate::lint::Report;

pub(super) fn check(report: &mut Report<'_>) {
    // Per set of conditions: how much is taken, and by which route last.
    let mut splits: HashMap<Conditions<'_>, (u32, usize)> = HashMap::new();
    for (index, (section, route)) in routes(report).enumerate() {
        let Some(share) = route.share else { continue };
        let split = splits.entry(Conditions::of(route)).or_default();
        let before = split.0;
        *split = (before + u32::from(share), index);
        if before < 100 && split.0 > 100 {
            let left = 100 - before;
            report
                .error(
                    "P105",
                    (section, "share"),
                    format!("the routes with the same conditions leave it {left} %"),
                    "let their shares add up to 100",
                )
                .value(share);
        }
    }
    // From the last route up, so that a route meets those below it.
    let mut below = Takers::default();
    let all: Vec<_> = routes(report).collect();
    for (index, (section, route)) in all.into_iter().enumerate().rev() {
        let Some(share) = route.share else {
            below.add(index, route);
            continue;
        };
        let (taken, last) = splits.get(&Conditions::of(route)).copied().unwrap_or_default();
        if last == index && taken < 100 && below.take_all_of(route).is_none() {
            report
                .warning(
                    "P106",
                    (section, "share"),
                    format!(
                        "{} % of these calls are left, and no route below takes them: 404",
                        100 - taken
                    ),
                    "let the shares add up to 100, or add a route below without share",
                )
                .value(share);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Route;
    use crate::lint::testing::{codes, good};

    fn of(routes: impl IntoIterator<Item = Route>) -> Vec<&'static str> {
        let mut config = good();
        config.routes = routes.into_iter().collect();
        codes(&config)
    }

    fn share(percent: u8) -> Route {
        Route::from("five9").prefix("+1").share(percent).to("synthflow")
    }

    #[test]
    fn p105_shares_above_a_hundred() {
        assert!(of([share(70), share(30)]).is_empty());
        assert_eq!(of([share(70), share(31)]), ["P105"]);
        assert_eq!(of([share(70), share(31), share(1)]), ["P061", "P105"]);
        assert!(of([share(60), share(60).prefix("+2"), Route::any().to("five9")]).is_empty());
    }

    #[test]
    fn p106_shares_that_leave_calls_to_nobody() {
        assert_eq!(of([share(70), share(29)]), ["P106"]);
        assert!(of([share(100)]).is_empty());
        assert!(of([share(70), Route::from("five9").to("synthflow")]).is_empty());
        assert_eq!(of([share(70), Route::from("five9").dialed("+1206").to("synthflow")]), ["P106"]);
        assert_eq!(of([Route::from("five9").dialed("+1206").to("synthflow"), share(70)]), ["P106"]);
    }
}
