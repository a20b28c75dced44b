//! Reads a user name and its password, or a token: what best stands anywhere but in the file.

use std::path::Path;

use siptrunk_digest::Secret;

use crate::from_toml::Surroundings;
use crate::from_toml::table::Table;
use crate::{Finding, VendorToken};

/// The three keys that a secret may stand under, and what it is.
struct Keys {
    what: &'static str,
    plain: &'static str,
    variable: &'static str,
    file: &'static str,
    remedy: &'static str,
}

const PASSWORD: Keys = Keys {
    what: "password",
    plain: "password",
    variable: "password_env",
    file: "password_file",
    remedy: "write password_env = \"NAME_OF_A_VARIABLE\" or password_file = \"PATH\"",
};

const TOKEN: Keys = Keys {
    what: "token",
    plain: "value",
    variable: "value_env",
    file: "value_file",
    remedy: "write value_env = \"NAME_OF_A_VARIABLE\" or value_file = \"PATH\"",
};

/// The user name and password of a table. What is missing is noted and read as empty.
pub(crate) fn account(table: &mut Table<'_, '_>, sources: Surroundings<'_>) -> (String, Secret) {
    let username = table.string("username").map(|text| text.text.to_owned());
    if username.is_none() && !table.has("username") {
        table.missing("username", "write the user name that goes with the password");
    }
    (username.unwrap_or_default(), secret(table, sources, &PASSWORD))
}

/// The header and the value of a vendor's token. What is missing is noted and read as empty.
pub(crate) fn vendor_token(table: &mut Table<'_, '_>, sources: Surroundings<'_>) -> VendorToken {
    let header = table.string("header").map(|text| text.text.to_owned());
    if header.is_none() && !table.has("header") {
        table.missing("header", "write the name of the header that the token stands in");
    }
    VendorToken::new(header.unwrap_or_default(), secret(table, sources, &TOKEN))
}

/// Whether a text looks like the name of a variable. What does not may be a password that was put in
/// the place of its name, and is not repeated.
fn is_variable(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit() || octet == b'_')
}

fn secret(table: &mut Table<'_, '_>, sources: Surroundings<'_>, keys: &Keys) -> Secret {
    let what = keys.what;
    let given = [keys.plain, keys.variable, keys.file]
        .into_iter()
        .filter(|key| table.has(key))
        .collect::<Vec<_>>();
    if given.is_empty() {
        table.missing(keys.variable, keys.remedy);
    }
    if let [first, _, ..] = given.as_slice() {
        let reason = format!("the {what} is given {} times", given.len());
        let finding = Finding::error("C006", table.field(first), reason, "keep one of them");
        table.note(first, finding);
    }
    let mut secret = None;
    if let Some(plain) = table.string(keys.plain) {
        let finding = Finding::warning(
            "C007",
            table.field(keys.plain),
            format!("the {what} stands in the file for all who read it"),
            keys.remedy,
        );
        table.note(keys.plain, finding);
        if let Some(file) = sources.file.filter(|file| (sources.readable_by_others)(file)) {
            open_to_others(table, keys.plain, what, file);
        }
        secret = Some(plain.text.to_owned());
    }
    if let Some(variable) = table.string(keys.variable) {
        let value = (sources.environment)(variable.text).filter(|value| !value.is_empty());
        if value.is_none() {
            let finding = Finding::error(
                "C006",
                table.field(keys.variable),
                "the environment has no such variable, or it is empty",
                format!("set it before the start; this is the name of a variable, not the {what}"),
            );
            let shown = is_variable(variable.text);
            let finding = if shown { finding.with_value(variable.text) } else { finding };
            table.note(keys.variable, finding);
        }
        secret = secret.or(value);
    }
    if let Some(path) = table.string(keys.file) {
        let path_given = Path::new(path.text);
        let read = (sources.read_file)(path_given);
        if read.is_ok() && (sources.readable_by_others)(path_given) {
            open_to_others(table, keys.file, what, path_given);
        }
        let (reason, value) = match read {
            Ok(mut text) => {
                // Cut in place: a copy would stay in memory unwiped.
                text.truncate(text.trim_end_matches(['\r', '\n']).len());
                ("the file is empty".to_owned(), Some(text).filter(|text| !text.is_empty()))
            }
            Err(error) => (format!("cannot be read: {}", error.kind()), None),
        };
        if value.is_none() {
            let remedy = format!("name a file that holds the {what} and nothing else");
            let finding = Finding::error("C006", table.field(keys.file), reason, remedy)
                .with_value(path.text);
            table.note(keys.file, finding);
        }
        secret = secret.or(value);
    }
    Secret::from(secret.unwrap_or_default())
}

/// Notes that others than its owner may read a file with a secret.
fn open_to_others(table: &mut Table<'_, '_>, key: &'static str, what: &str, file: &Path) {
    let finding = Finding::warning(
        "C010",
        table.field(key),
        format!("others on this host may read the file {}, and the {what} in it", file.display()),
        "take their right to read it away: chmod 600",
    );
    table.note(key, finding);
}
