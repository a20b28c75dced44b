//! P048 and P049: how a call goes back. F-15, 2026, F-16, 2026-03.

use std::collections::HashSet;

use siptrunk_message::HeaderName;

use crate::lint::Report;
use crate::{HandBackBy, HandBackNames, Profile};

pub(crate) fn check(report: &mut Report<'_>) {
    for (section, trunk) in report.trunks() {
        if trunk.profile == Profile::Five9SelfService
            && trunk.hand_back != HandBackBy::Bye
            && trunk.return_number.is_none()
        {
            report.warning(
                "P048",
                (section, "return_number"),
                "a hand-back that names a skill and no number has no number to be dialled",
                "write a Five9 number (DNIS) whose campaign and IVR script lead to your agents",
            );
        } else if let Some(number) = &trunk.return_number
            && trunk.number_policy.write(number).is_none()
        {
            report
                .error(
                    "P048",
                    (section, "return_number"),
                    format!(
                        "the trunk's numbers are {}, and this has no such form",
                        trunk.number_policy.as_str()
                    ),
                    "write it as +12065550100",
                )
                .value(number);
        }
        if let Some((key, name)) = unfit(&trunk.hand_back_names) {
            report
                .error(
                    "P049",
                    (section, key),
                    "each part of a hand-back needs a header of its own, which the script reads",
                    "write the name that the script asks for, as X-RouteType",
                )
                .value(name);
        }
    }
}

/// The first name that no header of a BYE can have, or that another part has already.
fn unfit(names: &HandBackNames) -> Option<(&'static str, &str)> {
    let mut taken = HashSet::new();
    [
        ("hand_back_names.route_type", &names.route_type),
        ("hand_back_names.route_value", &names.route_value),
        ("hand_back_names.reason", &names.reason),
        ("hand_back_names.conversation_id", &names.conversation_id),
    ]
    .into_iter()
    .find(|(_, name)| {
        let header = HeaderName::new(name);
        !header.is_ok_and(|header| !header.is_stack_owned())
            || !taken.insert(name.to_ascii_lowercase())
    })
    .map(|(key, name)| (key, name.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{Config, Five9, Generic, HandBackBy, HandBackNames, Trunk};

    fn with(trunk: Trunk) -> Config {
        good().trunk(trunk.name("other"))
    }

    #[test]
    fn p048_a_skill_needs_a_number_to_be_dialled() {
        let own = || Five9::self_service("192.0.2.1");
        let config = with(own());
        assert_eq!(codes(&config), ["P048"]);
        assert!(config.lint().iter().all(|finding| !finding.is_error()));
        assert_eq!(codes(&with(own().hand_back(HandBackBy::Refer))), ["P048"]);
        assert!(codes(&with(own().return_number("+12065550100"))).is_empty());
        assert!(codes(&with(own().hand_back(HandBackBy::Bye))).is_empty());
        assert!(codes(&with(Generic::new("192.0.2.1").hand_back(HandBackBy::Invite))).is_empty());
        assert_eq!(codes(&with(own().return_number("2065550100"))), ["P048"]);
        assert_eq!(
            with(own().return_number("1")).lint().iter().filter(|it| it.is_error()).count(),
            1
        );
    }

    #[test]
    fn p049_each_part_of_a_hand_back_has_a_header_of_its_own() {
        let named = |change: fn(&mut HandBackNames)| {
            let mut names = HandBackNames::five9();
            change(&mut names);
            codes(&with(Five9::partner("FRK").hand_back_names(names)))
        };
        assert!(named(|_| {}).is_empty());
        assert!(named(|names| names.route_type = "X-contained".to_owned()).is_empty());
        assert_eq!(named(|names| names.reason = "x-ROUTEtype".to_owned()), ["P049"]);
        assert_eq!(named(|names| names.route_value = String::new()), ["P049"]);
        assert_eq!(named(|names| names.conversation_id = "Call-ID".to_owned()), ["P049"]);
    }
}
