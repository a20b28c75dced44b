//! What a configuration may ask for that this version does not have yet: read like everything else,
//! refused at start, so that nothing is silently left out.

use crate::lint::Report;
use crate::{Config, Finding, Srtp, Trunk};

const REASON: &str = "not built yet";

pub(crate) fn run(config: &Config) -> Vec<Finding> {
    let mut report = Report::new(config);
    for (section, trunk) in report.trunks() {
        for (code, key, value, remedy) in trunk_parts(trunk) {
            report.error(code, (section, key), REASON, remedy).value(value);
        }
    }
    report.into_findings()
}

/// The parts of a trunk that are not there: code, key, value, remedy.
fn trunk_parts(trunk: &Trunk) -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let mut parts = Vec::new();
    match trunk.srtp {
        None | Some(Srtp::Off) => {}
        Some(Srtp::Optional) => parts.push(("N006", "srtp", "optional", "write srtp = \"off\"")),
        Some(Srtp::Required) => parts.push(("N006", "srtp", "required", "write srtp = \"off\"")),
    }
    if !trunk.media_allow.is_empty() {
        parts.push((
            "N008",
            "media_allow",
            "set",
            "drop it; media is held to the described address",
        ));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Generic;
    use crate::lint::testing::good;

    fn codes(config: &Config) -> Vec<&'static str> {
        config.not_yet_built().iter().map(|finding| finding.code).collect()
    }

    fn with(trunk: Trunk) -> Vec<&'static str> {
        codes(&good().trunk(trunk))
    }

    #[test]
    fn what_is_built_is_not_refused() {
        assert!(codes(&good()).is_empty());
        assert!(with(Generic::new("192.0.2.1").srtp(Srtp::Off)).is_empty());
    }

    #[test]
    fn each_part_that_is_not_there_is_refused_by_name() {
        let generic = || Generic::new("192.0.2.1");
        assert_eq!(with(generic().srtp(Srtp::Optional)), ["N006"]);
        assert_eq!(with(generic().media_allow("192.0.2.0/24")), ["N008"]);
    }

    #[test]
    fn a_start_refuses_them_by_the_field() {
        let config = good().trunk(Generic::new("192.0.2.1").name("own").srtp(Srtp::Required));
        let findings = config.check().expect_err("media that is encrypted");
        let refused = findings.iter().find(|finding| finding.code == "N006");
        assert_eq!(refused.expect("it is not built").field, "trunk[own].srtp");
    }
}
