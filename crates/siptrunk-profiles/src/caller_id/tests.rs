use super::*;
use crate::{Generic, NationalPlan, NumberPolicy};

const SECRET: &str = "+12065550199";

fn trunk(trusted: bool) -> Trunk {
    let mut trunk = Generic::new("192.0.2.1").trusted(trusted);
    trunk.header_policy.diversion = true;
    trunk
}

/// All that an INVITE towards `to` would show of the caller.
fn shown(from: &Trunk, to: &Trunk, caller: &str, fields: &[(&str, &str)]) -> (String, bool) {
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let shown = to.shown_caller(from, caller, fields);
    let mut parts = vec![("from", shown.from.as_deref().unwrap_or("anonymous").as_bytes())];
    match &shown.asserted {
        ShownIdentity::Nobody => {}
        ShownIdentity::Number(number) => parts.push(("asserted", number.as_bytes())),
        ShownIdentity::Fields(fields) => {
            parts.extend(fields.iter().map(|field| ("asserted", *field)));
        }
    }
    parts.extend(shown.privacy.iter().map(|field| ("privacy", *field)));
    parts.extend(shown.diversion.iter().map(|field| ("diversion", *field)));
    let texts =
        parts.iter().map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)));
    (texts.collect::<Vec<_>>().join(" "), shown.hidden)
}

/// Trusted or not on either side, by header, by privacy value: a caller who asked for privacy is told to
/// no trunk outside the trust domain, what an untrusted trunk asserts goes nowhere, and headers that a
/// boundary strips never pass (RFC 3325 sections 5 to 7).
#[test]
fn no_identity_leaks_at_the_boundary_of_trust() {
    let headers = [
        "P-Asserted-Identity",
        "P-Preferred-Identity",
        "Remote-Party-ID",
        "History-Info",
        "Identity",
    ];
    // Value, whether it asks to hide, whether it forbids it.
    let privacies = [
        ("", false, false),
        ("none", false, true),
        ("id", true, false),
        ("ID", true, false),
        ("user;id;critical", true, false),
        ("User", true, false),
        ("header", true, false),
        ("session", false, false),
        ("critical", false, false),
        (";;", true, false),
    ];
    let mut rows = 0;
    for (from_trusted, to_trusted) in [(false, false), (false, true), (true, false), (true, true)] {
        for header in headers {
            for (privacy, hides, shows) in privacies {
                rows += 1;
                let identity = format!("<sip:{SECRET}@a.example>");
                let mut fields = vec![(header, identity.as_str())];
                if !privacy.is_empty() {
                    fields.push(("Privacy", privacy));
                }
                let row = format!("{from_trusted} {to_trusted} {header} {privacy:?}");
                let (text, hidden) =
                    shown(&trunk(from_trusted), &trunk(to_trusted), "+12065550100", &fields);
                assert_eq!(hidden, hides && !to_trusted, "{row}");
                assert_eq!(text.contains("from=anonymous"), hidden, "{row}: {text}");
                let passes =
                    header == "P-Asserted-Identity" && from_trusted && (to_trusted || shows);
                assert_eq!(text.contains(SECRET), passes, "{row}: {text}");
                // Whoever is told the identity is told the wish; nobody is told a wish about nothing.
                let kept = !privacy.is_empty() && (to_trusted || passes);
                assert_eq!(text.contains("privacy="), kept, "{row}: {text}");
            }
        }
    }
    assert_eq!(rows, 200);
}

#[test]
fn a_wish_may_stand_in_several_fields() {
    let fields = [("privacy", "none"), ("PRIVACY", "critical; id")];
    assert_eq!(shown(&trunk(true), &trunk(false), "+1", &fields).0, "from=anonymous");
}

/// The form of numbers, the policy of the caller's identity, and the direction: towards a trunk of E.164
/// from one that dials as a country does, and back.
#[test]
fn form_by_policy_by_direction() {
    let named = |number: &str| number.to_owned();
    let national = NumberPolicy::National(NationalPlan::of(44).expect("a plan that is known"));
    let forms = [
        (NumberPolicy::E164, "+442079460018", "+442071838750"),
        (NumberPolicy::Digits, "442079460018", "442071838750"),
        (national, "02079460018", "02071838750"),
        (NumberPolicy::Extension, "+442079460018", "+442071838750"),
        (NumberPolicy::Verbatim, "+442079460018", "+442071838750"),
    ];
    let own = "+442071838750";
    let policies = [
        (CallerFrom::Caller, CallerAsserted::Carried, false, ""),
        (CallerFrom::Caller, CallerAsserted::Caller, false, "caller"),
        (CallerFrom::Caller, CallerAsserted::Number(named(own)), false, "own"),
        (CallerFrom::Caller, CallerAsserted::Never, false, ""),
        (CallerFrom::Number(named(own)), CallerAsserted::Carried, true, ""),
        (CallerFrom::Number(named(own)), CallerAsserted::Caller, true, "caller"),
    ];
    for (form_there, caller_there, own_there) in forms {
        for (from, asserted, own_from, expected) in policies.clone() {
            // Towards: what goes out has the trunk's form.
            let mut to = trunk(false).number_policy(form_there);
            to.caller_id = CallerIdPolicy { from: from.clone(), asserted };
            let wanted_from = if own_from { own_there } else { caller_there };
            let wanted = match expected {
                "" => format!("from={wanted_from}"),
                "own" => format!("from={wanted_from} asserted={own_there}"),
                _ => format!("from={wanted_from} asserted={caller_there}"),
            };
            let source = trunk(false);
            let row = format!("{form_there:?} {:?}", to.caller_id);
            assert_eq!(shown(&source, &to, "+442079460018", &[]).0, wanted, "{row}");
            // From: what came in that form is the same number between trunks.
            let between = form_there.read(caller_there);
            assert_eq!(between, "+442079460018", "{row}");
        }
    }
}

#[test]
fn an_identity_that_a_trusted_trunk_asserted_goes_before_one_of_ours() {
    let mut to = trunk(false);
    to.caller_id.asserted = CallerAsserted::Caller;
    let fields = [("P-Asserted-Identity", "<tel:+1>"), ("P-Asserted-Identity", "<sip:a@b>")];
    let (text, _) = shown(&trunk(true), &to, "+2", &fields);
    assert_eq!(text, "from=+2 asserted=<tel:+1> asserted=<sip:a@b>");
    let (text, _) = shown(&trunk(false), &to, "+2", &fields);
    assert_eq!(text, "from=+2 asserted=+2");
    // A caller who asked for privacy is not asserted by us either, and the account's number is.
    let hidden = [("Privacy", "id")];
    assert_eq!(shown(&trunk(true), &to, "+2", &hidden).0, "from=anonymous");
    to.caller_id.from = CallerFrom::Number("+9".to_owned());
    let (text, still_hidden) = shown(&trunk(true), &to, "+2", &hidden);
    assert_eq!(text, "from=+9");
    assert!(still_hidden);
}

/// RFC 5806 section 4: an entry may ask for privacy itself.
#[test]
fn a_diversion_that_asks_for_privacy_stays_inside_the_trust_domain() {
    for (field, open) in [
        ("<sip:+1@a.example>;reason=unconditional", true),
        ("<sip:+1@a.example>;privacy=off", true),
        ("<sip:+1@a.example>;privacy=OFF , <tel:+2>", true),
        ("<sip:+1@a.example>;privacy=full", false),
        ("<sip:+1@a.example>;privacy=\"name\"", false),
        ("<tel:+2>, <sip:+1@a.example>;privacy=uri", false),
        ("<tel:+2>, ", false),
        ("<tel", false),
    ] {
        let fields = [("Diversion", field)];
        let (text, _) = shown(&trunk(true), &trunk(false), "+3", &fields);
        assert_eq!(text.contains("diversion="), open, "{field}: {text}");
        assert!(shown(&trunk(false), &trunk(true), "+3", &fields).0.contains(field), "{field}");
    }
    let mut closed = trunk(true);
    closed.header_policy.diversion = false;
    assert_eq!(shown(&trunk(true), &closed, "+3", &[("Diversion", "<tel:+1>")]).0, "from=+3");
}
