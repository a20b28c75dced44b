//! P070 to P076: which headers pass towards a trunk. F-18, 2026-03-20; S-18 and S-19, 2026-04.

use std::collections::HashMap;

use siptrunk_message::{HeaderName, Transport};
use siptrunk_xei::{SAFE_UDP_SIZE, context_name, size_on_wire};

use crate::lint::Report;
use crate::place::Section;
use crate::{ContextValue, HeaderPolicy, Trunk, five9};

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
        written_names(report, section, trunk);
        size(report, section, trunk);
    }
}

/// The names that a policy writes itself, with the key that they stand under.
fn written(policy: &HeaderPolicy) -> impl Iterator<Item = (&'static str, &str)> {
    let renamed = policy.rename.iter().map(|(_, to)| ("headers.rename", to.as_str()));
    renamed.chain(policy.add.iter().map(|(name, _)| ("headers.add", name.as_str())))
}

/// Names that nobody could read on the other side.
fn written_names(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    let policy = &trunk.header_policy;
    let impossible =
        |name: &str| !HeaderName::new(name).is_ok_and(|header| !header.is_stack_owned());
    if let Some((key, name)) = written(policy).find(|(_, name)| impossible(name)) {
        report
            .error(
                "P074",
                (section, key),
                "no header of ours can have this name: it is none, or the stack writes it",
                "write another name, as X-Customer-Name",
            )
            .value(name);
    } else if let Some((key, name)) = written(policy)
        .find(|(_, name)| trunk.profile.is_synthflow() && context_name(name).is_err())
    {
        report
            .warning(
                "P074",
                (section, key),
                "Synthflow drops it: a variable's header is X- and letters, digits, - or _, and begins with a \
                 capital X",
                "write it as X-Customer-Name; the variable gets exactly this spelling",
            )
            .value(name);
    }
    let mut spellings: HashMap<String, &str> = HashMap::new();
    let other_case = written(policy).find(|(_, name)| {
        spellings.insert(name.to_ascii_lowercase(), name).is_some_and(|other| other != *name)
    });
    if let Some((key, name)) = other_case {
        report
            .warning(
                "P075",
                (section, key),
                "another header has this name in another case: SIP takes both for one, Synthflow for two \
                 variables",
                "write the name the same everywhere, as the prompt of the agent has it",
            )
            .value(name);
    }
}

/// About how many bytes an INVITE of ours has before its call context, with names of usual length and
/// three codecs.
const INVITE: usize = 900;

/// About how many bytes an id, a number or another value has that the call brings along.
const USUAL_VALUE: usize = 40;

/// An INVITE that takes more than one datagram.
fn size(report: &mut Report<'_>, section: Section, trunk: &Trunk) {
    let policy = &trunk.header_policy;
    if trunk.transport != Transport::Udp || !policy.xei {
        return;
    }
    // `E.` and an id, `O.` and a number.
    let x_ei = size_on_wire(crate::Synthflow::X_EI, &[0; USUAL_VALUE + 20]);
    let added = policy.add.iter().map(|(name, value)| match value {
        ContextValue::Text(text) => size_on_wire(name, text.as_bytes()),
        _ => size_on_wire(name, &[0; USUAL_VALUE]),
    });
    let size = added.fold(INVITE + x_ei, usize::saturating_add);
    if size > SAFE_UDP_SIZE {
        report
            .warning(
                "P076",
                (section, "headers.add"),
                format!(
                    "with X-EI an INVITE has about {size} bytes, and over UDP {SAFE_UDP_SIZE} are safe \
                     (RFC 3261 section 18.1.1): fragments get lost, and the call with them"
                ),
                "add fewer headers, or write transport = \"tcp\" or \"tls\"",
            )
            .value(policy.add.len());
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
    use crate::{Config, ContextValue, Generic, HeaderPolicy, Region, Synthflow, Trunk};

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

    #[test]
    fn p074_names_that_nobody_reads() {
        let adding = |mut trunk: Trunk, name: &str| {
            let value = ContextValue::Text("v".to_owned());
            trunk.header_policy.add.push((name.to_owned(), value));
            good().trunk(trunk.name("other"))
        };
        let renaming = |mut trunk: Trunk, name: &str| {
            trunk.header_policy.rename.push(("X-CallANI".to_owned(), name.to_owned()));
            good().trunk(trunk.name("other"))
        };
        let synthflow = || Synthflow::region(Region::Eu);
        for with in [adding, renaming] {
            for name in ["Via", "Call-ID", "X Y", "", "X-A\r\nB"] {
                let config = with(Generic::new("192.0.2.1"), name);
                assert_eq!(codes(&config), ["P074"], "{name}");
                assert!(config.check().is_err(), "{name}");
            }
            for name in ["x-lower", "X-Dot.ted", "customer_name", "X-"] {
                let config = with(synthflow(), name);
                assert_eq!(codes(&config), ["P074"], "{name}");
                assert!(config.check().is_ok(), "{name}");
                assert!(codes(&with(Generic::new("192.0.2.1"), name)).is_empty(), "{name}");
            }
            assert!(codes(&with(synthflow(), "X-Customer_Name")).is_empty());
        }
    }

    #[test]
    fn p075_names_that_differ_by_case_alone() {
        let with = |names: &[&str]| {
            let mut trunk = Synthflow::region(Region::Eu).name("other");
            for name in names {
                let value = ContextValue::Text("v".to_owned());
                trunk.header_policy.add.push(((*name).to_owned(), value));
            }
            codes(&good().trunk(trunk))
        };
        assert_eq!(with(&["X-Name", "X-Other", "X-NAME"]), ["P075"]);
        assert!(with(&["X-Name", "X-Other", "X-Name"]).is_empty());
    }

    #[test]
    fn p076_an_invite_that_takes_more_than_a_datagram() {
        use siptrunk_message::Transport;
        let with = |octets: usize, transport| {
            let mut trunk = Synthflow::region(Region::Eu).name("other").transport(transport);
            let text = ContextValue::Text("v".repeat(octets));
            trunk.header_policy.add.push(("X-Text".to_owned(), text));
            trunk
        };
        // 900, X-EI with 68, X-Text and its colon, space and line end: 10.
        let room = 1_300 - 900 - 68 - 10;
        assert!(codes(&good().trunk(with(room, Transport::Udp))).is_empty());
        assert_eq!(codes(&good().trunk(with(room + 1, Transport::Udp))), ["P076"]);
        assert!(codes(&good().trunk(with(room + 1, Transport::Tls))).is_empty());
        let mut silent = with(room + 1, Transport::Udp);
        silent.header_policy.xei = false;
        assert_eq!(codes(&good().trunk(silent)), ["P073"]);
    }
}
