//! Reads a configuration from TOML: every problem of the file at once, each with its line.
//!
//! One small reader a table takes the keys it knows and hands their text to the builders; what the
//! builders cannot read, and what the rules say, joins what was wrong with the file's form.

mod listen;
mod media;
mod nearest;
mod networks;
mod notes;
mod password;
mod route;
mod schedule;
mod surroundings;
mod table;
mod trunk;

pub use surroundings::Surroundings;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use crate::from_toml::notes::Notes;
use crate::from_toml::table::Table;
use crate::place::Section;
use crate::{Config, Finding, UnknownSource, lint};

/// The longest file that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// The most tables of one kind that are read.
const MAX_TABLES: usize = 1_000;

pub(crate) fn read(
    text: &str,
    surroundings: &Surroundings<'_>,
) -> Result<(Config, Vec<Finding>), Vec<Finding>> {
    if text.len() > MAX_BYTES {
        return Err(vec![Finding::error(
            "C008",
            "file",
            format!("the file has {} bytes, and {MAX_BYTES} is the limit", text.len()),
            "split the trunks over several gateways",
        )]);
    }
    let mut notes = Notes::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        notes.syntax(error);
    }
    let mut config = file(document.get_ref(), &mut notes, *surroundings);
    let (lines, mut findings) = notes.into_parts();
    config.lines = lines;
    let unbuilt = lint::not_shadowed(config.not_yet_built(), &findings);
    // What a broken file means is guesswork: its form is judged alone.
    if errors.is_empty() {
        let rules = lint::run(&config, surroundings.today);
        findings.extend(lint::not_shadowed(rules, &findings));
    } else {
        findings.retain(|finding| finding.code != "C004");
    }
    if findings.iter().any(Finding::is_error) {
        findings.extend(unbuilt);
        lint::sort(&mut findings);
        Err(findings)
    } else {
        lint::sort(&mut findings);
        Ok((config, findings))
    }
}

/// The file's top table.
fn file(document: &DeTable<'_>, notes: &mut Notes, sources: Surroundings<'_>) -> Config {
    let mut config = Config::default();
    let mut top = Table::new(notes, document, Section::File, String::new(), "");
    if let Some(choice) = top.choice(
        "unknown_source",
        &[("refuse", UnknownSource::Refuse), ("silence", UnknownSource::Silence)],
    ) {
        config.unknown_source = choice;
    }
    if let Some(seconds) = top.integer("shutdown_seconds", 0..=3_600) {
        config.shutdown_seconds = seconds;
    }
    let published = networks::read(&mut top, sources);
    let listen = top.tables("listen", MAX_TABLES);
    let media = top.tables("media", 1);
    let trunks = top.tables("trunk", MAX_TABLES);
    let routes = top.tables("route", 10 * MAX_TABLES);
    let schedules = top.tables("schedule", MAX_TABLES);
    let variables = top.tables("variables", 1);
    top.finish();

    for (index, entry) in listen.into_iter().enumerate() {
        let section = Section::Listen(index);
        let table = open(notes, entry, section, format!("listen[{index}]"));
        config.listen.push(listen::read(table));
    }
    for entry in media {
        let table = open(notes, entry, Section::Media, "media".to_owned());
        config.media = Some(media::read(table));
    }
    for (index, entry) in trunks.into_iter().enumerate() {
        let section = Section::Trunk(index);
        let label = match entry.get_ref() {
            DeValue::Table(table) => trunk::label(table, index),
            _ => format!("trunk[{index}]"),
        };
        let table = open(notes, entry, section, label);
        let mut trunk = trunk::read(table, sources);
        trunk.networks = published.of(trunk.profile);
        config.trunks.push(trunk);
    }
    for (index, entry) in routes.into_iter().enumerate() {
        let section = Section::Route(index);
        let table = open(notes, entry, section, format!("route[{index}]"));
        config.routes.push(route::read(table));
    }
    for (index, entry) in schedules.into_iter().enumerate() {
        let section = Section::Schedule(index);
        let label = match entry.get_ref() {
            DeValue::Table(table) => schedule::label(table, index),
            _ => format!("schedule[{index}]"),
        };
        let table = open(notes, entry, section, label);
        config.schedules.push(schedule::read(table));
    }
    for entry in variables {
        let table = open(notes, entry, Section::Variables, "variables".to_owned());
        config.variables = route::variables(table);
    }
    config
}

/// One table of a list, with its own line noted.
fn open<'r, 't>(
    notes: &'r mut Notes,
    entry: &'t Spanned<DeValue<'t>>,
    section: Section,
    label: String,
) -> Table<'r, 't> {
    notes.place(section, "", entry.span().start);
    Table::of_value(notes, entry, section, label)
}
