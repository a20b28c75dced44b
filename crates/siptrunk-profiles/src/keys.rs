//! The keys of a configuration file as data: what the readers ask for, what `docs/configuration.md` tells
//! and what the JSON schema holds are this one table.

mod reference;
mod schema;
mod table;

use table::KEYS;

/// What stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string.
    Text,
    /// A string, or an array of strings.
    Texts,
    /// A whole number from the first to the second.
    Integer(u32, u32),
    /// An array of such numbers.
    Integers(u32, u32),
    /// True or false.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Strings under names of the user's choice.
    Map,
    /// Strings and truth values under names of the user's choice.
    Values,
    /// A table of its own.
    Table,
    /// A list of tables.
    Tables,
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// The table it stands in; nothing for the top of the file.
    pub(crate) table: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What holds if the key is not there; `required` if it must be, nothing if nothing does.
    pub(crate) default: &'static str,
    pub(crate) meaning: &'static str,
}

/// The keys of a table, in order.
pub(crate) fn of(table: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.table == table)
}

/// The tables, in order, each once.
fn tables() -> Vec<&'static str> {
    let mut tables: Vec<&str> = KEYS.iter().map(|key| key.table).collect();
    tables.dedup();
    tables
}

/// `a.b`, or the one of them that is not empty.
fn below(table: &str, name: &str) -> String {
    crate::place::join(table, name)
}

impl crate::Config {
    /// Every key of a configuration file, as a page of Markdown: what `docs/configuration.md` is.
    pub fn reference() -> String {
        reference::write()
    }

    /// The JSON schema (draft 2020-12) of a configuration file, for editors that check TOML against one.
    pub fn schema() -> String {
        schema::write()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_stands_there_once_and_every_table_below_another() {
        let mut seen = HashSet::new();
        for key in &KEYS {
            assert!(seen.insert((key.table, key.name)), "{key:?}");
            assert!(!key.meaning.contains('|') && key.meaning.ends_with('.'), "{key:?}");
        }
        let all = tables();
        let once: HashSet<_> = all.iter().collect();
        assert_eq!(all.len(), once.len(), "the rows of a table stand together");
        for key in KEYS.iter().filter(|key| matches!(key.kind, Kind::Table | Kind::Tables)) {
            assert!(all.contains(&below(key.table, key.name).as_str()), "{key:?} has no rows");
        }
    }
}
