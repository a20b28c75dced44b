//! The rules that a configuration is judged by, one file a family.
//!
//! A rule looks at the plain data alone, so a configuration built in code and one read from a file are
//! judged alike. Its code is stable; its text speaks the words of the provider's own screens.

mod admission;
mod five9;
mod headers;
mod listen;
mod media;
mod report;
mod route;
mod synthflow;
mod tls;
mod trunk;
mod unread;

#[cfg(test)]
pub(crate) mod testing;

pub(crate) use report::Report;

use crate::{Config, Finding};

/// Every finding of the rules, and every text that the builders could not read.
pub(crate) fn run(config: &Config) -> Vec<Finding> {
    let mut findings = {
        let mut report = Report::new(config);
        unread::check(&mut report);
        report.into_findings()
    };
    let mut report = Report::new(config);
    for family in [
        listen::check,
        media::check,
        trunk::check,
        tls::check,
        admission::check,
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

/// The findings that are not about a field which another finding says could not be read at all: one
/// problem, one finding.
pub(crate) fn not_shadowed(findings: Vec<Finding>, unread: &[Finding]) -> Vec<Finding> {
    findings
        .into_iter()
        .filter(|finding| !unread.iter().any(|other| shadows(other, finding)))
        .collect()
}

/// Whether what could not be read is what the rule judged, or a part of it, or all around it.
fn shadows(unread: &Finding, rule: &Finding) -> bool {
    let below = |path: &str, whole: &str| {
        path.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '[']))
    };
    unread.is_error()
        && (unread.field == rule.field
            || below(&unread.field, &rule.field)
            || unread.code == "C003" && rule.field.starts_with(&format!("{}.", unread.field)))
}

/// In the order of the file; what has no line comes first, in the order it was found.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| finding.line);
}
