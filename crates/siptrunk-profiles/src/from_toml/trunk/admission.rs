//! Reads `[trunk.inbound]` and `[trunk.outbound]`.

use std::time::Duration;

use siptrunk_digest::Algorithm;
use siptrunk_message::Method;

use crate::from_toml::table::Table;
use crate::from_toml::{Surroundings, password};
use crate::{Allow, Inbound, Trunk, VerifySource};

pub(super) fn inbound(
    mut table: Table<'_, '_>,
    mut trunk: Trunk,
    sources: Surroundings<'_>,
) -> Trunk {
    if let Some(texts) = table.strings("allow") {
        let word = match texts.as_slice() {
            [only] if only.text == "published" => Some(Allow::Published),
            [only] if only.text == "hosts" => Some(Allow::Hosts),
            _ => None,
        };
        trunk = trunk.allow_only(word.clone().unwrap_or(Allow::Networks(Vec::new())));
        for text in texts.iter().filter(|_| word.is_none()) {
            trunk = trunk.allow(text.text);
        }
    }
    if let Some(registrar) = table.boolean("registrar") {
        trunk = trunk.registrar(registrar);
    }
    if let Some(mut digest) = table.table("digest", "inbound.digest") {
        let (username, password) = password::account(&mut digest, sources);
        digest.finish();
        trunk = trunk.digest(username, password);
    }
    if let Some(mut token) = table.table("vendor_token", "inbound.vendor_token") {
        trunk.inbound.vendor_token = Some(password::vendor_token(&mut token, sources));
        token.finish();
    }
    if let Some(texts) = table.strings("methods") {
        let mut methods = Vec::new();
        for text in texts {
            match text.text.parse::<Method>() {
                Ok(method) => methods.push(method),
                Err(error) => {
                    let remedy = "write names of methods, as [\"INVITE\", \"OPTIONS\"]";
                    table.unreadable("methods", &text, error.to_string(), remedy);
                }
            }
        }
        trunk = trunk.methods(methods);
    }
    verify_source(&mut table, &mut trunk.inbound);
    table.finish();
    trunk
}

pub(super) fn outbound(
    mut table: Table<'_, '_>,
    mut trunk: Trunk,
    sources: Surroundings<'_>,
) -> Trunk {
    let (username, password) = password::account(&mut table, sources);
    trunk = trunk.outbound(username, password);
    if let Some(realm) = table.string("realm")
        && let Some(outbound) = &mut trunk.outbound
    {
        outbound.account.realm = Some(realm.text.to_owned());
    }
    // The weakest that a challenge may ask for.
    let algorithms = [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512Trunc256]
        .map(|algorithm| (algorithm.as_str(), algorithm));
    if let Some(minimum) = table.choice("minimum_algorithm", &algorithms)
        && let Some(outbound) = &mut trunk.outbound
    {
        outbound.account.minimum_algorithm = minimum;
    }
    if let Some(register) = table.boolean("register") {
        trunk = trunk.register(register);
    }
    if let Some(seconds) = table.integer("register_expires", 0..=u32::MAX) {
        trunk = trunk.register_expires(Duration::from_secs(seconds.into()));
    }
    table.finish();
    trunk
}

fn verify_source(table: &mut Table<'_, '_>, inbound: &mut Inbound) {
    let choices = [
        ("off", Some(VerifySource::Off)),
        ("challenge", Some(VerifySource::Challenge)),
        ("prack", None),
    ];
    match table.choice("verify_source", &choices) {
        Some(Some(verify)) => inbound.verify_source = verify,
        Some(None) => {
            let remedy = "write verify_source = \"challenge\"";
            let finding = crate::Finding::error(
                "N010",
                table.field("verify_source"),
                "not built yet",
                remedy,
            )
            .with_value("prack");
            table.note("verify_source", finding);
        }
        None => {}
    }
}
