//! The JSON schema (draft 2020-12) of a configuration file.

use super::{Key, Kind, below, of};
use crate::findings::quoted;

pub(super) fn write() -> String {
    let head = "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\
                \"title\":\"siptrunk configuration\",";
    format!("{head}{}}}\n", members(""))
}

/// What an object of this table holds. Tables lie three deep at most, so this ends.
fn members(table: &str) -> String {
    let properties: Vec<_> =
        of(table).map(|key| format!("{}:{}", quoted(key.name), value(key))).collect();
    let required: Vec<_> =
        of(table).filter(|key| key.default == "required").map(|key| quoted(key.name)).collect();
    let object = format!(
        "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{{{}}}",
        properties.join(",")
    );
    if required.is_empty() {
        return object;
    }
    format!("{object},\"required\":[{}]", required.join(","))
}

fn value(key: &Key) -> String {
    const STRING: &str = "{\"type\":\"string\"}";
    let number = |low: u32, high: u32| {
        format!("{{\"type\":\"integer\",\"minimum\":{low},\"maximum\":{high}}}")
    };
    let kind = match key.kind {
        Kind::Text => "\"type\":\"string\"".to_owned(),
        Kind::Texts => {
            format!("\"oneOf\":[{STRING},{{\"type\":\"array\",\"items\":{STRING}}}]")
        }
        Kind::Integer(low, high) => {
            format!("\"type\":\"integer\",\"minimum\":{low},\"maximum\":{high}")
        }
        Kind::Integers(low, high) => {
            format!("\"type\":\"array\",\"items\":{}", number(low, high))
        }
        Kind::Flag => "\"type\":\"boolean\"".to_owned(),
        Kind::Choice(words) => {
            let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            format!("\"enum\":[{}]", words.join(","))
        }
        Kind::Map => format!("\"type\":\"object\",\"additionalProperties\":{STRING}"),
        Kind::Values => {
            "\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"boolean\"]}"
                .to_owned()
        }
        Kind::Table => members(&below(key.table, key.name)),
        Kind::Tables => {
            format!("\"type\":\"array\",\"items\":{{{}}}", members(&below(key.table, key.name)))
        }
    };
    format!("{{\"description\":{},{kind}}}", quoted(key.meaning))
}
