//! Reads `[trunk.headers]` and `[trunk.caller_id]`.

use siptrunk_xei::OriginalSource;

use crate::from_toml::table::Table;
use crate::{CallerAsserted, CallerFrom, CallerIdPolicy, HeaderPolicy};

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
