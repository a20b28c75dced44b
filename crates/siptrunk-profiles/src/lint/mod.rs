//! The rules that a configuration is judged by, one file a family.
//!
//! A rule looks at the plain data alone, so a configuration built in code and one read from a file are
//! judged alike. Its code is stable; its text speaks the words of the provider's own screens.

mod admission;
mod caller;
mod five9;
mod hand_back;
mod headers;
mod listen;
mod media;
mod proof;
mod report;
mod route;
mod shared;
mod synthflow;
mod tls;
mod trunk;
mod unread;

#[cfg(test)]
pub(crate) mod testing;

pub(crate) use report::Report;

use std::collections::HashSet;

use crate::{Config, Day, Finding};

/// Every finding of the rules, and every text that the builders could not read. What grows old is judged
/// only where somebody says what day it is.
pub(crate) fn run(config: &Config, today: Option<Day>) -> Vec<Finding> {
    let mut findings = {
        let mut report = Report::new(config);
        unread::check(&mut report);
        report.into_findings()
    };
    let mut report = Report::new(config);
    report.today = today;
    for family in [
        listen::check,
        media::check,
        trunk::check,
        tls::check,
        admission::check,
        proof::check,
        shared::check,
        caller::check,
        hand_back::check,
        headers::check,
        five9::check,
        synthflow::check,
        route::check,
    ] {
        family(&mut report);
    }
    findings.extend(not_shadowed(report.into_findings(), &findings));
    sort(&mut findings);
    findings
}

/// The findings that are not about a field which another finding says could not be read at all, or a
/// part of it, or all around it: one problem, one finding.
pub(crate) fn not_shadowed(findings: Vec<Finding>, unread: &[Finding]) -> Vec<Finding> {
    let errors = || unread.iter().filter(|finding| finding.is_error());
    let wholes: HashSet<&str> = errors().flat_map(|finding| around(&finding.field)).collect();
    let no_tables: HashSet<&str> = errors()
        .filter(|finding| finding.code == "C003")
        .map(|finding| finding.field.as_str())
        .collect();
    let shadowed = |finding: &Finding| {
        wholes.contains(finding.field.as_str())
            || finding.field.match_indices('.').any(|(end, _)| {
                finding.field.get(..end).is_some_and(|table| no_tables.contains(table))
            })
    };
    findings.into_iter().filter(|finding| !shadowed(finding)).collect()
}

/// A field and every table around it: of `trunk[a].hosts[1]` also `trunk[a].hosts`, `trunk[a]`, `trunk`.
fn around(field: &str) -> impl Iterator<Item = &str> {
    let ends = field.char_indices().filter(|(_, end)| matches!(end, '.' | '[')).map(|(at, _)| at);
    ends.chain([field.len()]).filter_map(|end| field.get(..end))
}

/// In the order of the file; what has no line comes first, in the order it was found.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| finding.line);
}
