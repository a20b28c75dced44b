//! P060 to P065 and P100 to P115: which call goes where, and when.

mod destination;
mod header;
mod reach;
mod schedule;
mod share;

use crate::Route;
use crate::lint::Report;
use crate::place::Section;

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
    destination::check(report);
    reach::check(report);
    share::check(report);
    schedule::check(report);
    header::check(report);
}

/// The routes, each with the section that names its fields.
fn routes<'c>(report: &Report<'c>) -> impl Iterator<Item = (Section, &'c Route)> + use<'c> {
    let routes = report.config.routes.iter().enumerate();
    routes.map(|(index, route)| (Section::Route(index), route))
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};

    #[test]
    fn p064_no_route_at_all() {
        let mut config = good();
        config.routes.clear();
        assert_eq!(codes(&config), ["P064"]);
        assert!(config.check().is_ok());
    }
}
