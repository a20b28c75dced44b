//! Reads `[[trunk]]` and the tables below it.

mod admission;
mod headers;
mod watch;

use std::time::Duration;

use siptrunk_sdp::CodecName;
use siptrunk_sdp::offer_answer::CodecPolicy;

use ::toml::de::DeTable;

use crate::from_toml::Surroundings;
use crate::from_toml::listen::TRANSPORTS;
use crate::from_toml::table::Table;
use crate::{
    AuthoritySource, DataCentre, Finding, FullAnswer, HandBackBy, NationalPlan, NumberPolicy,
    Profile, Region, Srtp, Trunk,
};

/// How findings name a trunk: by the name it will have, if that can be read.
pub(crate) fn label(table: &DeTable<'_>, index: usize) -> String {
    let text = |key: &str| table.get(key).and_then(|value| value.get_ref().as_str());
    let profile = text("profile").filter(|profile| NAMES.iter().any(|(name, _)| name == profile));
    match text("name").or(profile) {
        Some(name) if !name.is_empty() => format!("trunk[{name}]"),
        _ => format!("trunk[{index}]"),
    }
}

/// The profiles as files write them; a trunk without a name of its own is named so.
const NAMES: [(&str, Name); 3] =
    [("five9", Name::Five9), ("synthflow", Name::Synthflow), ("generic", Name::Generic)];

#[derive(Clone, Copy, PartialEq)]
enum Name {
    Five9,
    Synthflow,
    Generic,
}

pub(crate) fn read(mut table: Table<'_, '_>, sources: Surroundings<'_>) -> Trunk {
    let (name, profile) = profile(&mut table);
    let mut trunk = Trunk::new(name, profile);
    if let Some(name) = table.string("name") {
        trunk = trunk.name(name.text);
    }
    if let Some(transport) = table.choice("transport", &TRANSPORTS) {
        trunk = trunk.transport(transport);
    }
    trunk = hosts(&mut table, trunk);
    if let Some(proxy) = table.string("outbound_proxy") {
        trunk = trunk.outbound_proxy(proxy.text);
    }
    if let Some(takes) = table.boolean("takes_tcp") {
        trunk = trunk.takes_tcp(takes);
    }
    for number in table.strings("numbers").into_iter().flatten() {
        trunk = trunk.number(number.text);
    }
    if let Some(calls) = table.integer("max_calls", 0..=1_000_000) {
        trunk = trunk.max_calls(calls);
    }
    if let Some(calls) = table.integer("calls_per_second", 0..=100_000) {
        trunk = trunk.calls_per_second(calls);
    }
    if let Some(full) = table.integer("full", 0..=699_u16) {
        trunk = trunk.full(match full {
            480 => FullAnswer::TemporarilyUnavailable,
            486 => FullAnswer::BusyHere,
            _ => {
                let finding = Finding::error(
                    "C005",
                    table.field("full"),
                    "no answer for a trunk whose calls are used up",
                    "write 486 (busy) or 480 (unavailable)",
                )
                .with_value(full);
                table.note("full", finding);
                FullAnswer::default()
            }
        });
    }
    let ways = [HandBackBy::Bye, HandBackBy::Invite, HandBackBy::Refer].map(|by| (by.as_str(), by));
    if let Some(by) = table.choice("hand_back", &ways) {
        trunk = trunk.hand_back(by);
    }
    if let Some(number) = table.string("return_number") {
        trunk = trunk.return_number(number.text);
    }
    if let Some(wait) = table.integer("first_response_ms", 100..=32_000) {
        trunk = trunk.first_response(Duration::from_millis(wait));
    }
    trunk = number_forms(&mut table, trunk);
    if let Some(trusted) = table.boolean("trusted") {
        trunk = trunk.trusted(trusted);
    }
    if let Some(uri) = table.string("termination_uri") {
        trunk = trunk.termination_uri(uri.text);
    }
    trunk = media(&mut table, trunk);
    trunk = watch::read(&mut table, trunk);
    if let Some(name) = table.string("tls_name") {
        trunk.tls.name = Some(name.text.to_owned());
    }
    if let Some(authorities) = table.string("tls_ca") {
        trunk.tls.ca = Some(AuthoritySource::File(authorities.text.into()));
    }
    if let Some(pin) = table.string("tls_pin") {
        trunk.tls.pin = Some(pin.text.to_owned());
    }
    if let Some(accept) = table.boolean("danger_accept_wildcard") {
        trunk.tls.danger_accept_wildcard = accept;
    }
    if let Some(inner) = table.table("inbound", "inbound") {
        trunk = admission::inbound(inner, trunk, sources);
    }
    if let Some(inner) = table.table("outbound", "outbound") {
        trunk = admission::outbound(inner, trunk, sources);
    }
    if let Some(inner) = table.table("caller_id", "caller_id") {
        headers::caller_id(inner, &mut trunk.caller_id);
    }
    if let Some(inner) = table.table("hand_back_names", "hand_back_names") {
        headers::hand_back_names(inner, &mut trunk.hand_back_names);
    }
    if let Some(inner) = table.table("headers", "headers") {
        headers::read(inner, &mut trunk.header_policy);
    }
    table.finish();
    trunk
}

/// What stands at the far end, and the name of a trunk that says none. What cannot be read is noted,
/// and the rest read as a generic trunk's.
fn profile(table: &mut Table<'_, '_>) -> (&'static str, Profile) {
    let kinds = [("self-service", Profile::Five9SelfService), ("partner", Profile::Five9Partner)];
    let regions = Region::ALL.map(|region| (region.as_str(), Profile::Synthflow(region)));

    let name = table.choice("profile", &NAMES);
    let kind = table.choice("kind", &kinds);
    let region = table.choice("region", &regions);
    match name {
        None if !table.has("profile") => {
            table.missing("profile", "write profile = \"five9\", \"synthflow\" or \"generic\"");
        }
        Some(Name::Five9) if !table.has("kind") => table.missing(
            "kind",
            "write kind = \"self-service\" if the admin of the domain made the trunk, \"partner\" if \
             Five9 built it (AI Agent Connect)",
        ),
        Some(Name::Synthflow) if !table.has("region") => table.missing(
            "region",
            "write the region of the workspace (Workspace Settings, Preferences, Customer Region): \
             \"global\", \"us\" or \"eu\"",
        ),
        _ => {}
    }
    let owned = [("kind", Name::Five9, "five9"), ("region", Name::Synthflow, "synthflow")];
    for (key, owner, owner_name) in owned {
        if table.has(key) && name.is_some_and(|name| name != owner) {
            let finding = Finding::error(
                "C009",
                table.field(key),
                format!("only trunks of the profile {owner_name} have it"),
                "drop it, or change the profile",
            );
            table.note(key, finding);
        }
    }
    let profile = match name {
        Some(Name::Five9) => kind.unwrap_or(Profile::Five9SelfService),
        Some(Name::Synthflow) => region.unwrap_or(Profile::Synthflow(Region::Global)),
        Some(Name::Generic) | None => Profile::Generic,
    };
    let of_profile = NAMES.iter().find(|(_, of)| Some(*of) == name);
    (of_profile.map_or("", |(text, _)| *text), profile)
}

fn hosts(table: &mut Table<'_, '_>, mut trunk: Trunk) -> Trunk {
    if let Some(code) = table.string("data_centre") {
        match DataCentre::named(code.text) {
            Some(centre) if trunk.profile == Profile::Five9Partner => {
                trunk = trunk.host(centre.address);
            }
            Some(_) => {
                let finding = Finding::error(
                    "C009",
                    table.field("data_centre"),
                    "only partner trunks of Five9 have it",
                    "write hosts",
                );
                table.note("data_centre", finding);
            }
            None => {
                let codes = DataCentre::ALL.map(|centre| centre.code).join(", ");
                let remedy = format!("write one of {codes}, or hosts as Five9 Support confirmed");
                table.unreadable("data_centre", &code, "no data centre of Five9", remedy);
            }
        }
    }
    for host in table.strings("hosts").into_iter().flatten() {
        trunk = trunk.host(host.text);
    }
    trunk
}

/// The form of numbers towards the trunk and from it.
fn number_forms(table: &mut Table<'_, '_>, mut trunk: Trunk) -> Trunk {
    let country = table.integer("country_code", 1..=999_u16);
    let plan = country.and_then(NationalPlan::of);
    if let (Some(country), None) = (country, plan) {
        let known: Vec<_> = NationalPlan::countries().map(|code| code.to_string()).collect();
        let remedy = format!("write one of {}; or another number_form", known.join(", "));
        let reason = "how its people dial is not known here";
        let finding = Finding::error("C005", table.field("country_code"), reason, remedy);
        table.note("country_code", finding.with_value(country));
    }
    let forms = [
        ("e164", Some(NumberPolicy::E164)),
        ("digits", Some(NumberPolicy::Digits)),
        ("national", plan.map(NumberPolicy::National)),
        ("extension", Some(NumberPolicy::Extension)),
        ("verbatim", Some(NumberPolicy::Verbatim)),
    ];
    let mut national = false;
    for key in ["number_form", "number_form_in"] {
        match table.choice(key, &forms) {
            Some(Some(form)) if key == "number_form" => trunk = trunk.number_policy(form),
            Some(Some(form)) => trunk = trunk.number_policy_in(form),
            Some(None) if country.is_none() && !table.has("country_code") => {
                table.missing("country_code", "write the country code of the trunk, as 44");
            }
            Some(None) | None => {}
        }
        national |= table.text(key) == Some("national");
    }
    if country.is_some() && !national {
        let remedy = "write number_form = \"national\", or drop it";
        let reason = "no form of this trunk's numbers asks for it";
        let finding = Finding::error("C009", table.field("country_code"), reason, remedy);
        table.note("country_code", finding);
    }
    trunk
}

fn media(table: &mut Table<'_, '_>, mut trunk: Trunk) -> Trunk {
    if let Some(nat) = table.boolean("nat") {
        trunk = trunk.nat(nat);
    }
    for network in table.strings("media_allow").into_iter().flatten() {
        trunk = trunk.media_allow(network.text);
    }
    if let Some(texts) = table.strings("codecs") {
        let mut codecs = Vec::new();
        for text in texts {
            match text.text.parse::<CodecName>() {
                Ok(codec) => codecs.push(codec),
                Err(error) => table.unreadable("codecs", &text, error.to_string(), "write others"),
            }
        }
        trunk.codecs = CodecPolicy { codecs, ..trunk.codecs };
    }
    if let Some(number) = table.integer("telephone_event", 96..=127) {
        trunk.codecs.telephone_event = Some(number);
    }
    if let Some(ptime) = table.integer("ptime", 10..=60) {
        trunk.codecs.ptime = Some(ptime);
    }
    let choices = [("off", Srtp::Off), ("optional", Srtp::Optional), ("required", Srtp::Required)];
    if let Some(srtp) = table.choice("srtp", &choices) {
        trunk = trunk.srtp(srtp);
    }
    trunk
}
