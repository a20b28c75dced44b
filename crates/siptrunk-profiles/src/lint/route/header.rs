//! P108, P112, P114, P115: headers that routes look at and change, and what they say.

use siptrunk_message::{HeaderName, HeaderValue};

use super::routes;
use crate::HeaderChange;
use crate::lint::Report;
use crate::place::Section;

pub(super) fn check(report: &mut Report<'_>) {
    let variables = &report.config.variables;
    for (key, names) in [("skill", &variables.skill), ("user_group", &variables.user_group)] {
        for name in names {
            token(report, Section::Variables, key, name);
        }
    }
    for (section, route) in routes(report) {
        for condition in &route.has {
            token(report, section, &format!("has.{}", condition.name), &condition.name);
        }
        let nameless = [
            ("skill", !route.skill.is_empty() && variables.skill.is_empty()),
            ("user_group", !route.user_group.is_empty() && variables.user_group.is_empty()),
        ];
        for (key, _) in nameless.into_iter().filter(|(_, nameless)| *nameless) {
            report.error(
                "P112",
                (section, key),
                "no header says it, so no call gets here",
                format!("write the header names in [variables], as {key} = [\"X-CallSkill\"]"),
            );
        }
        if route.reason.as_ref().is_some_and(|reason| HeaderValue::new(reason.as_str()).is_err()) {
            report.error(
                "P115",
                (section, "reason"),
                "no status line can say this: it has a line break or a control character",
                "write it on one line",
            );
        }
        for change in &route.headers {
            changed(report, section, change);
        }
    }
}

fn changed(report: &mut Report<'_>, section: Section, change: &HeaderChange) {
    match change {
        HeaderChange::Remove { name } => token(report, section, "headers.remove", name),
        HeaderChange::Rename { from, to } => {
            let key = format!("headers.rename.{from}");
            token(report, section, &key, from);
            writable(report, section, &key, to);
        }
        HeaderChange::Set { name, value } => {
            let key = format!("headers.set.{name}");
            writable(report, section, &key, name);
            if HeaderValue::new(value.as_str()).is_err() {
                report.error(
                    "P108",
                    (section, &key),
                    "no header can have this value: it has a line break or a control character",
                    "write it on one line",
                );
            }
        }
    }
}

/// A name that is to be sent.
fn writable(report: &mut Report<'_>, section: Section, key: &str, name: &str) {
    match HeaderName::new(name) {
        Ok(name) if name.is_stack_owned() => {
            report
                .error(
                    "P108",
                    (section, key),
                    "this header belongs to the dialog or the body, and only we write it",
                    "write another name, as X-Something",
                )
                .value(name.as_str());
        }
        Ok(_) => {}
        Err(_) => token(report, section, key, name),
    }
}

fn token(report: &mut Report<'_>, section: Section, key: &str, name: &str) {
    if HeaderName::new(name).is_err() {
        report
            .error(
                "P114",
                (section, key),
                "no header has such a name",
                "write letters, digits and hyphens, as X-CallSkill",
            )
            .value(name);
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{HeaderChange, Route, ValueMatch};

    fn of(route: Route) -> Vec<&'static str> {
        let mut config = good();
        config.routes = vec![route.to("synthflow")];
        codes(&config)
    }

    fn set(name: &str, value: &str) -> HeaderChange {
        HeaderChange::Set { name: name.to_owned(), value: value.to_owned() }
    }

    fn rename(from: &str, to: &str) -> HeaderChange {
        HeaderChange::Rename { from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn p108_headers_that_only_the_stack_writes() {
        for change in
            [set("Via", "x"), set("contact", "x"), rename("X-A", "Call-ID"), set("X-A", "a\nb")]
        {
            assert_eq!(of(Route::any().change(change.clone())), ["P108"], "{change:?}");
        }
        for change in
            [set("X-A", ""), rename("X-A", "x-a"), HeaderChange::Remove { name: "X-A".to_owned() }]
        {
            assert!(of(Route::any().change(change.clone())).is_empty(), "{change:?}");
        }
    }

    #[test]
    fn p115_reasons_of_several_lines() {
        let mut config = good();
        config.routes = vec![Route::any().reject(480).reason("Closed\r\nX-A: b")];
        assert_eq!(codes(&config), ["P115"]);
        config.routes = vec![Route::any().reject(480).reason("Closed")];
        assert!(codes(&config).is_empty());
    }

    #[test]
    fn p112_groups_that_no_header_says() {
        let mut config = good();
        config.routes = vec![Route::any().skill("a").user_group("b").to("synthflow")];
        assert!(codes(&config).is_empty());
        config.variables.skill.clear();
        assert_eq!(codes(&config), ["P112"]);
        config.variables.user_group.clear();
        assert_eq!(codes(&config), ["P112", "P112"]);
        config.routes = vec![Route::any().to("synthflow")];
        assert!(codes(&config).is_empty());
    }

    #[test]
    fn p114_names_that_no_header_has() {
        assert_eq!(of(Route::any().has("X A", ValueMatch::Present)), ["P114"]);
        assert_eq!(of(Route::any().change(set("X:A", "x"))), ["P114"]);
        assert_eq!(of(Route::any().change(rename("X A", "X-B"))), ["P114"]);
        assert_eq!(of(Route::any().change(HeaderChange::Remove { name: String::new() })), ["P114"]);
        assert!(of(Route::any().has("x-a", ValueMatch::Absent)).is_empty());
        let mut config = good();
        config.variables.skill.push("a b".to_owned());
        config.variables.user_group.push(String::new());
        assert_eq!(codes(&config), ["P114", "P114"]);
    }
}
