//! P070 to P073: which headers pass towards a trunk. F-18, 2026-03-20; S-18 and S-19, 2026-04.

use siptrunk_xei::context_name;

use crate::five9;
use crate::lint::Report;

pub(crate) fn check(report: &mut Report<'_>) {
    for (section, trunk) in report.trunks() {
        let policy = &trunk.header_policy;
        let names = policy.call_id_names.iter();
        if let Some(name) = names.into_iter().find(|name| context_name(&capital(name)).is_err()) {
            report
                .error(
                    "P070",
                    (section, "headers.call_id_names"),
                    "no header of call context has this name: X- and letters, digits, - or _",
                    "write the name that the script puts on the INVITE, as X-CallID",
                )
                .value(name);
        }
        let prefixes = policy.internal.iter();
        if let Some(prefix) = prefixes.into_iter().find(|prefix| !capital(prefix).starts_with("X-"))
        {
            report
                .error(
                    "P071",
                    (section, "headers.internal"),
                    "only X- headers pass at all, so this holds nothing back",
                    "write the beginning of X- names, as X-Internal-",
                )
                .value(prefix);
        }
        if let Some(limit) = policy.bye_limit.filter(|limit| *limit > five9::BYE_HEADER_LIMIT)
            && trunk.profile.is_five9()
        {
            report
                .warning(
                    "P072",
                    (section, "headers.bye_limit"),
                    "no more than 10 X- headers of one BYE are known to reach Five9's scripts",
                    "write 10 or less, unless Five9 told you another number",
                )
                .value(limit);
        }
        if !policy.xei && trunk.profile.is_synthflow() {
            report
                .warning(
                    "P073",
                    (section, "headers.xei"),
                    "without X-EI Synthflow's post-call webhook has no external_id",
                    "drop it, unless the agent needs none",
                )
                .value(false);
        }
    }
}

/// The name with the capital `X` that the rule for names wants; either one passes.
fn capital(name: &str) -> String {
    match name.strip_prefix('x') {
        Some(rest) => format!("X{rest}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{Config, HeaderPolicy};

    fn with(trunk: usize, change: impl FnOnce(&mut HeaderPolicy)) -> Config {
        let mut config = good();
        change(&mut config.trunks[trunk].header_policy);
        config
    }

    #[test]
    fn p070_names_that_no_header_has() {
        for name in ["Call-ID", "X-Call ID", "X-", ""] {
            let config = with(0, |policy| policy.call_id_names = vec![name.to_owned()]);
            assert_eq!(codes(&config), ["P070"], "{name}");
        }
        let config = with(0, |policy| policy.call_id_names = vec!["x-five9_callid".to_owned()]);
        assert!(codes(&config).is_empty());
    }

    #[test]
    fn p071_beginnings_that_hold_nothing_back() {
        let config = with(0, |policy| policy.internal = vec!["Secret-".to_owned()]);
        assert_eq!(codes(&config), ["P071"]);
        let config = with(0, |policy| policy.internal = vec!["x-secret-".to_owned()]);
        assert!(codes(&config).is_empty());
    }

    #[test]
    fn p072_more_headers_than_five9_takes() {
        let config = with(0, |policy| policy.bye_limit = Some(11));
        assert_eq!(codes(&config), ["P072"]);
        assert!(config.check().is_ok());
        assert!(codes(&with(0, |policy| policy.bye_limit = Some(10))).is_empty());
        assert!(codes(&with(1, |policy| policy.bye_limit = Some(11))).is_empty());
    }

    #[test]
    fn p073_synthflow_without_x_ei() {
        assert_eq!(codes(&with(1, |policy| policy.xei = false)), ["P073"]);
        assert!(codes(&with(0, |policy| policy.xei = false)).is_empty());
    }
}
