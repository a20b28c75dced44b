//! Reads `[[route]]` with the tables below it, and `[variables]`.

use ::toml::de::DeValue;

use crate::from_toml::table::Table;
use crate::{CallVariables, Finding, HeaderChange, Route, ValueMatch};

pub(crate) fn read(mut table: Table<'_, '_>) -> Route {
    let mut route = match table.string("from") {
        Some(from) => Route::from(from.text),
        None => Route::any(),
    };
    if let Some(name) = table.string("name") {
        route = route.name(name.text);
    }
    route = conditions(&mut table, route);
    only_one(&mut table, &["to", "reject"]);
    if let Some(status) = table.integer("reject", 0..=u16::MAX) {
        route = route.reject(status);
    }
    if let Some(reason) = table.string("reason") {
        route = route.reason(reason.text);
    }
    for trunk in table.strings("to").into_iter().flatten() {
        route = route.or(trunk.text);
    }
    for trunk in table.strings("overflow").into_iter().flatten() {
        route = route.overflow(trunk.text);
    }
    if let Some(codes) = table.integers("failover", &(0..=u16::MAX)) {
        route = route.failover(codes);
    }
    only_one(&mut table, &["dial", "strip"]);
    only_one(&mut table, &["dial", "prepend"]);
    if let Some(number) = table.string("dial") {
        route = route.dial(number.text);
    }
    if let Some(characters) = table.integer("strip", 0..=128_u16) {
        route = route.strip(characters.into());
    }
    if let Some(beginning) = table.string("prepend") {
        route = route.prepend(beginning.text);
    }
    if let Some(inner) = table.table("headers", "headers") {
        route.headers = changes(inner);
    }
    table.finish();
    route
}

/// Which calls the route takes.
fn conditions(table: &mut Table<'_, '_>, mut route: Route) -> Route {
    let dialed = table.string("dialed");
    let prefix = table.string("prefix");
    let pattern = table.string("pattern");
    only_one(table, &["dialed", "prefix", "pattern"]);
    route = match (dialed, prefix, pattern) {
        (Some(dialed), _, _) => route.dialed(dialed.text),
        (None, Some(prefix), _) => route.prefix(prefix.text),
        (None, None, Some(pattern)) => route.pattern(pattern.text),
        (None, None, None) => route,
    };
    if let Some(prefix) = table.string("caller_prefix") {
        route = route.caller_prefix(prefix.text);
    }
    for skill in table.strings("skill").into_iter().flatten() {
        route = route.skill(skill.text);
    }
    for group in table.strings("user_group").into_iter().flatten() {
        route = route.user_group(group.text);
    }
    if let Some(when) = table.string("when") {
        route = route.when(when.text);
    }
    if let Some(percent) = table.integer("share", 1..=100) {
        route = route.share(percent);
    }
    if let Some(mut inner) = table.table("has", "has") {
        for (name, value) in inner.rows() {
            let read = match value.get_ref() {
                DeValue::Boolean(true) => Some(ValueMatch::Present),
                DeValue::Boolean(false) => Some(ValueMatch::Absent),
                DeValue::String(text) => Some(match text.strip_suffix('*') {
                    Some(prefix) => ValueMatch::Prefix(prefix.to_owned()),
                    None => ValueMatch::Exact(text.clone().into_owned()),
                }),
                _ => None,
            };
            match read {
                Some(value) => route = route.has(name.text, value),
                None => inner.refuse_type(
                    name.text,
                    value,
                    "a value, its beginning with * at the end, or true (there) or false (not there)",
                ),
            }
        }
    }
    route
}

/// How the headers that go on are changed: first what is left out, then what is renamed, then what is
/// set.
fn changes(mut table: Table<'_, '_>) -> Vec<HeaderChange> {
    let mut changes = Vec::new();
    for name in table.strings("remove").into_iter().flatten() {
        changes.push(HeaderChange::Remove { name: name.text.to_owned() });
    }
    for (from, to) in texts(&mut table, "rename", "headers.rename") {
        changes.push(HeaderChange::Rename { from, to });
    }
    for (name, value) in texts(&mut table, "set", "headers.set") {
        changes.push(HeaderChange::Set { name, value });
    }
    table.finish();
    changes
}

/// The rows of a table of strings.
pub(crate) fn texts(
    table: &mut Table<'_, '_>,
    key: &'static str,
    path: &'static str,
) -> Vec<(String, String)> {
    let Some(mut inner) = table.table(key, path) else { return Vec::new() };
    let mut texts = Vec::new();
    for (name, value) in inner.rows() {
        match value.get_ref() {
            DeValue::String(text) => texts.push((name.text.to_owned(), text.clone().into_owned())),
            _ => inner.refuse_type(name.text, value, "a string"),
        }
    }
    texts
}

/// Reads `[variables]`.
pub(crate) fn variables(mut table: Table<'_, '_>) -> CallVariables {
    let mut variables = CallVariables::default();
    for (key, names) in [("skill", &mut variables.skill), ("user_group", &mut variables.user_group)]
    {
        if let Some(texts) = table.strings(key) {
            *names = texts.iter().map(|text| text.text.to_owned()).collect();
        }
    }
    table.finish();
    variables
}

/// Notes that a route has several fields of which it may have one.
fn only_one(table: &mut Table<'_, '_>, keys: &[&'static str]) {
    let mut there = keys.iter().filter(|key| table.has(key));
    let Some(first) = there.next() else { return };
    for other in there.copied().collect::<Vec<_>>() {
        let finding = Finding::error(
            "C009",
            table.field(other),
            format!("{first} stands there as well, and a route has one of them"),
            "drop one, or write two routes",
        );
        table.note(other, finding);
    }
}
