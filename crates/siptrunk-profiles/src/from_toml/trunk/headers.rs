//! Reads `[trunk.headers]`, `[trunk.caller_id]` and `[trunk.hand_back_names]`.

use siptrunk_xei::OriginalSource;

use crate::from_toml::route::texts;
use crate::from_toml::table::Table;
use crate::{
    CallerAsserted, CallerFrom, CallerIdPolicy, ContextValue, Finding, HandBackNames, HeaderPolicy,
};

pub(super) fn read(mut table: Table<'_, '_>, policy: &mut HeaderPolicy) {
    for (key, flag) in [
        ("custom", &mut policy.custom),
        ("xei", &mut policy.xei),
        ("diversion", &mut policy.diversion),
    ] {
        if let Some(value) = table.boolean(key) {
            *flag = value;
        }
    }
    if let Some(limit) = table.integer("bye_limit", 0..=128_u16) {
        policy.bye_limit = Some(limit.into());
    }
    if let Some(cap) = table.integer("cap", 0..=128_u16) {
        policy.cap = cap.into();
    }
    if let Some(names) = table.strings("allow") {
        policy.allow = Some(names.iter().map(|name| name.text.to_owned()).collect());
    }
    policy.rename.extend(texts(&mut table, "rename", "headers.rename"));
    for (name, text) in texts(&mut table, "add", "headers.add") {
        match text.parse::<ContextValue>() {
            Ok(value) => policy.add.push((name, value)),
            Err(reason) => {
                let remedy = "write what stands in braces so, or words without braces";
                let finding = Finding::error("C005", table.field("add"), reason, remedy);
                table.note("add", finding.with_value(text));
            }
        }
    }
    for (key, names) in
        [("internal", &mut policy.internal), ("call_id_names", &mut policy.call_id_names)]
    {
        if let Some(texts) = table.strings(key) {
            *names = texts.iter().map(|text| text.text.to_owned()).collect();
        }
    }
    if let Some(texts) = table.strings("original") {
        policy.original.clear();
        for text in texts {
            match text.text.parse::<OriginalSource>() {
                Ok(source) => policy.original.push(source),
                Err(error) => {
                    table.unreadable("original", &text, error.to_string(), "write some of these");
                }
            }
        }
    }
    table.finish();
}

pub(super) fn caller_id(mut table: Table<'_, '_>, policy: &mut CallerIdPolicy) {
    if let Some(from) = table.string("from") {
        policy.from = match from.text {
            "caller" => CallerFrom::Caller,
            number => CallerFrom::Number(number.to_owned()),
        };
    }
    if let Some(asserted) = table.string("asserted") {
        policy.asserted = match asserted.text {
            "carried" => CallerAsserted::Carried,
            "caller" => CallerAsserted::Caller,
            "never" => CallerAsserted::Never,
            number => CallerAsserted::Number(number.to_owned()),
        };
    }
    table.finish();
}

pub(super) fn hand_back_names(mut table: Table<'_, '_>, names: &mut HandBackNames) {
    for (key, text) in [
        ("route_type", &mut names.route_type),
        ("route_value", &mut names.route_value),
        ("reason", &mut names.reason),
        ("conversation_id", &mut names.conversation_id),
        ("skill_transfer", &mut names.skill_transfer),
        ("phone_transfer", &mut names.phone_transfer),
        ("hangup", &mut names.hangup),
        ("disposition_only", &mut names.disposition_only),
    ] {
        if let Some(read) = table.string(key) {
            text.clear();
            text.push_str(read.text);
        }
    }
    if let Some(bytes) = table.integer("max_bytes", 0..=65_535_u16) {
        names.max_bytes = bytes.into();
    }
    table.finish();
}
