//! Reads a user name and its password, which best stands anywhere but in the file.

use std::path::Path;

use siptrunk_digest::Secret;

use crate::Finding;
use crate::from_toml::Sources;
use crate::from_toml::table::Table;

const REMEDY: &str = "write password_env = \"NAME_OF_A_VARIABLE\" or password_file = \"PATH\"";

/// The user name and password of a table. What is missing is noted and read as empty.
pub(crate) fn account(table: &mut Table<'_, '_>, sources: Sources<'_>) -> (String, Secret) {
    let username = table.string("username").map(|text| text.text.to_owned());
    if username.is_none() && !table.has("username") {
        table.missing("username", "write the user name that goes with the password");
    }
    (username.unwrap_or_default(), password(table, sources))
}

/// Whether a text looks like the name of a variable. What does not may be a password that was put in
/// the place of its name, and is not repeated.
fn is_variable(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit() || octet == b'_')
}

fn password(table: &mut Table<'_, '_>, sources: Sources<'_>) -> Secret {
    let given = ["password", "password_env", "password_file"]
        .into_iter()
        .filter(|key| table.has(key))
        .collect::<Vec<_>>();
    if given.is_empty() {
        table.missing("password_env", REMEDY);
    }
    if let [first, _, ..] = given.as_slice() {
        let reason = format!("the password is given {} times", given.len());
        let finding = Finding::error("C006", table.field(first), reason, "keep one of them");
        table.note(first, finding);
    }
    let mut secret = None;
    if let Some(plain) = table.string("password") {
        let finding = Finding::warning(
            "C007",
            table.field("password"),
            "the password stands in the file for all who read it",
            REMEDY,
        );
        table.note("password", finding);
        secret = Some(plain.text.to_owned());
    }
    if let Some(variable) = table.string("password_env") {
        let value = (sources.environment)(variable.text).filter(|value| !value.is_empty());
        if value.is_none() {
            let finding = Finding::error(
                "C006",
                table.field("password_env"),
                "the environment has no such variable, or it is empty",
                "set it before the start; this is the name of a variable, not the password",
            );
            let shown = is_variable(variable.text);
            let finding = if shown { finding.with_value(variable.text) } else { finding };
            table.note("password_env", finding);
        }
        secret = secret.or(value);
    }
    if let Some(path) = table.string("password_file") {
        let read = (sources.read_file)(Path::new(path.text));
        let (reason, value) = match read {
            Ok(mut text) => {
                // Cut in place: a copy would stay in memory unwiped.
                text.truncate(text.trim_end_matches(['\r', '\n']).len());
                ("the file is empty".to_owned(), Some(text).filter(|text| !text.is_empty()))
            }
            Err(error) => (format!("cannot be read: {}", error.kind()), None),
        };
        if value.is_none() {
            let remedy = "name a file that holds the password and nothing else";
            let finding = Finding::error("C006", table.field("password_file"), reason, remedy)
                .with_value(path.text);
            table.note("password_file", finding);
        }
        secret = secret.or(value);
    }
    Secret::from(secret.unwrap_or_default())
}
