//! P105 and P106: shares of calls that do not add up.

use super::reach::Takers;
use super::routes;
use crate::Share;
use crate::lint::Report;

pub(super) fn check(report: &mut Report<'_>) {
    let shares = Share::of(&report.config.routes);
    // From the last route up, so that a route meets those below it.
    let mut below = Takers::default();
    let mut last = vec![true; shares.len()];
    let all: Vec<_> = routes(report).zip(&shares).enumerate().collect();
    for (index, ((section, route), share)) in all.into_iter().rev() {
        let Some(share) = share else {
            below.add(index, route);
            continue;
        };
        let is_last = last.get_mut(share.split).is_some_and(std::mem::take);
        let (left, after) =
            (100_u32.saturating_sub(share.start), 100_u32.saturating_sub(share.end));
        if left > 0 && share.end > 100 {
            report
                .error(
                    "P105",
                    (section, "share"),
                    format!("the routes with the same conditions leave it {left} %"),
                    "let their shares add up to 100",
                )
                .value(share.end - share.start);
        }
        if is_last && after > 0 && below.take_all_of(route).is_none() {
            report
                .warning(
                    "P106",
                    (section, "share"),
                    format!(
                        "{after} % of these calls are left, and no route below takes them: 404"
                    ),
                    "let the shares add up to 100, or add a route below without share",
                )
                .value(share.end - share.start);
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
