//! The reference of the configuration file and its JSON schema: made of the table that the readers use.

use std::path::Path;

use siptrunk_profiles::Config;
use toml::de::{DeTable, DeValue};

/// After a change: `cargo run -p siptrunk-profiles --example configuration > docs/configuration.md`.
#[test]
fn the_page_is_what_the_code_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    // A published crate has no `docs/` beside it.
    let Ok(page) = std::fs::read_to_string(page) else { return };
    assert!(page == Config::reference(), "write docs/configuration.md anew");
}

#[test]
fn the_schema_is_json_and_closed() {
    let schema: serde_json::Value = serde_json::from_str(&Config::schema()).expect("it is JSON");
    let at = |path: &str| schema.pointer(path).unwrap_or_else(|| panic!("nothing at {path}"));
    assert_eq!(at("/additionalProperties"), false);
    let trunk = "/properties/trunk/items";
    assert_eq!(at(&format!("{trunk}/additionalProperties")), false);
    assert_eq!(at(&format!("{trunk}/required/0")), "profile");
    assert_eq!(at(&format!("{trunk}/properties/full/maximum")), 699);
    let digest = format!("{trunk}/properties/inbound/properties/digest");
    assert_eq!(at(&format!("{digest}/properties/username/type")), "string");
    let words = at("/properties/listen/items/properties/transport/enum");
    assert_eq!(*words, serde_json::json!(["udp", "tcp", "tls"]));
}

/// The file that users start from has no key that the schema does not know.
#[test]
fn the_schema_knows_every_key_of_a_good_file() {
    let schema: serde_json::Value = serde_json::from_str(&Config::schema()).expect("it is JSON");
    let file = DeTable::parse(include_str!("data/five9-synthflow.toml")).expect("it is TOML");
    walk(file.get_ref(), &schema);
}

fn walk(table: &DeTable<'_>, schema: &serde_json::Value) {
    for (name, value) in table {
        let known = &schema["properties"][name.get_ref().as_ref()];
        assert!(known.is_object(), "{} is not in the schema", name.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => walk(inner, known),
            DeValue::Array(array) => {
                for inner in array.iter().filter_map(|element| element.get_ref().as_table()) {
                    walk(inner, &known["items"]);
                }
            }
            _ => assert!(known["properties"].is_null(), "{} is a table", name.get_ref()),
        }
    }
}

/// The worked example of `docs/profiles.md` is an example that compiles, word for word.
#[test]
fn the_third_profile_of_the_page_is_the_example() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/profiles.md");
    let Ok(page) = std::fs::read_to_string(page) else { return };
    let example = include_str!("../examples/third_profile.rs");
    let (_, code) = example.split_once("\n\n/// Acme").expect("it begins so");
    assert!(page.contains(&format!("```rust\n/// Acme{code}```\n")), "write docs/profiles.md anew");
    for field in ["calls go to sip.acme.example:5080", "it starts, with 0 warnings"] {
        assert!(page.contains(field), "{field}");
    }
}
