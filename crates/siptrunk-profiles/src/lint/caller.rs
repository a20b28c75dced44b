//! P092: numbers that a trunk is always shown as the caller. F-25 and S-28, 2026-11-24: what the providers
//! make of them is unknown, their form is not.

use crate::lint::Report;
use crate::{CallerAsserted, CallerFrom};

pub(crate) fn check(report: &mut Report<'_>) {
    for (section, trunk) in report.trunks() {
        let from = match &trunk.caller_id.from {
            CallerFrom::Number(number) => Some(("caller_id.from", number)),
            CallerFrom::Caller => None,
        };
        let asserted = match &trunk.caller_id.asserted {
            CallerAsserted::Number(number) => Some(("caller_id.asserted", number)),
            CallerAsserted::Carried | CallerAsserted::Caller | CallerAsserted::Never => None,
        };
        for (key, number) in from.into_iter().chain(asserted) {
            if trunk.number_policy.write(number).is_none() {
                report
                    .error(
                        "P092",
                        (section, key),
                        format!(
                            "the trunk's numbers are {}, and this has no such form",
                            trunk.number_policy.as_str()
                        ),
                        "write it as +12065550100; or a word: caller, and for asserted carried or never",
                    )
                    .value(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{CallerAsserted, CallerFrom, CallerIdPolicy, Generic, NumberPolicy};

    fn shown(form: NumberPolicy, policy: CallerIdPolicy) -> Vec<&'static str> {
        codes(&good().trunk(Generic::new("192.0.2.1").number_policy(form).caller_id(policy)))
    }

    #[test]
    fn p092_a_caller_that_the_trunk_has_no_form_for() {
        let from = |number: &str| CallerIdPolicy {
            from: CallerFrom::Number(number.to_owned()),
            ..CallerIdPolicy::default()
        };
        let asserted = |number: &str| CallerIdPolicy {
            asserted: CallerAsserted::Number(number.to_owned()),
            ..CallerIdPolicy::default()
        };
        for form in [NumberPolicy::E164, NumberPolicy::Digits] {
            assert!(shown(form, from("+12065550100")).is_empty());
            assert!(shown(form, asserted("+12065550100")).is_empty());
            assert_eq!(shown(form, from("12065550100")), ["P092"]);
            assert_eq!(shown(form, asserted("nobody")), ["P092"]);
        }
        assert!(shown(NumberPolicy::Verbatim, from("reception")).is_empty());
        assert!(shown(NumberPolicy::E164, CallerIdPolicy::default()).is_empty());
    }
}
