//! Reads `[[route]]`.

use crate::from_toml::table::Table;
use crate::{Finding, Route};

pub(crate) fn read(mut table: Table<'_, '_>) -> Route {
    let mut route = match table.string("from") {
        Some(from) => Route::from(from.text),
        None => Route::any(),
    };
    let dialed = table.string("dialed");
    let prefix = table.string("prefix");
    only_one(&mut table, "dialed", "prefix");
    route = match (dialed, prefix) {
        (Some(dialed), _) => route.dialed(dialed.text),
        (None, Some(prefix)) => route.prefix(prefix.text),
        (None, None) => route,
    };
    only_one(&mut table, "to", "reject");
    if let Some(status) = table.integer("reject", 0..=u16::MAX) {
        route = route.reject(status);
    }
    for trunk in table.strings("to").into_iter().flatten() {
        route = route.or(trunk.text);
    }
    if let Some(codes) = table.integers("failover", &(0..=u16::MAX)) {
        route = route.failover(codes);
    }
    if let Some(number) = table.string("dial") {
        route = route.dial(number.text);
    }
    if let Some(when) = table.string("when") {
        route.when = Some(when.text.to_owned());
    }
    table.finish();
    route
}

/// Notes that a route has two fields of which it may have one.
fn only_one(table: &mut Table<'_, '_>, first: &str, second: &str) {
    if table.has(first) && table.has(second) {
        let finding = Finding::error(
            "C009",
            table.field(second),
            format!("{first} stands there as well, and a route has one of them"),
            "drop one, or write two routes",
        );
        table.note(second, finding);
    }
}
