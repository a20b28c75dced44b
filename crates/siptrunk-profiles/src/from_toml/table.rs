//! One table of a file: each key is asked for once, wrong types are noted and passed over, and what
//! nobody asked for is an unknown key with the nearest known one.

use std::fmt;
use std::ops::{Range, RangeInclusive};

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use crate::from_toml::nearest::{home, nearest};
use crate::from_toml::notes::Notes;
use crate::place::{Section, join};
use crate::{Finding, keys, synthflow};

/// The most elements of a list that are read.
const MAX_ELEMENTS: usize = 1_000;

/// A string of the file, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Text<'t> {
    pub(crate) text: &'t str,
    pub(crate) span: Range<usize>,
}

pub(crate) struct Table<'r, 't> {
    notes: &'r mut Notes,
    /// None if something else stands where a table belongs.
    entries: Option<&'t DeTable<'t>>,
    section: Section,
    /// How findings name the section's table.
    label: String,
    /// The table's name below its section: `inbound.digest`, or nothing.
    path: &'static str,
    span: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'r, 't> Table<'r, 't> {
    pub(crate) fn new(
        notes: &'r mut Notes,
        entries: &'t DeTable<'t>,
        section: Section,
        label: String,
        path: &'static str,
    ) -> Self {
        Self { notes, entries: Some(entries), section, label, path, span: 0..0, asked: Vec::new() }
    }

    /// The table of a value; if it is none, that is noted and every key is absent.
    pub(crate) fn of_value(
        notes: &'r mut Notes,
        value: &'t Spanned<DeValue<'t>>,
        section: Section,
        label: String,
    ) -> Self {
        let entries = value.get_ref().as_table();
        if entries.is_none() {
            notes.push(wrong_type(label.clone(), value.get_ref(), "a table"), &value.span());
        }
        Self { notes, entries, section, label, path: "", span: value.span(), asked: Vec::new() }
    }

    /// The full name of a field, for findings.
    pub(crate) fn field(&self, key: &str) -> String {
        join(&self.label, &join(self.path, key))
    }

    /// The value of a key, with its line noted.
    fn value(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.push(key);
        let (name, value) = self.entries?.get_key_value(key)?;
        self.notes.place(self.section, join(self.path, key), name.span().start);
        Some(value)
    }

    /// Whether the key is there, without asking for it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(key))
    }

    /// The text of a key, if there is one, without asking for it.
    pub(crate) fn text(&self, key: &str) -> Option<&'t str> {
        self.entries?.get(key)?.get_ref().as_str()
    }

    pub(crate) fn refuse_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let finding = wrong_type(self.field(key), value.get_ref(), wanted);
        self.notes.push(finding, &value.span());
    }

    /// Notes a finding at the line of a key, or of the table if the key is not there.
    pub(crate) fn note(&mut self, key: &str, finding: Finding) {
        let name = self.entries.and_then(|entries| entries.get_key_value(key));
        let span = name.map_or_else(|| self.span.clone(), |(name, _)| name.span());
        self.notes.push(finding, &span);
    }

    /// Notes that a key's text cannot be read.
    pub(crate) fn unreadable(
        &mut self,
        key: &str,
        text: &Text<'_>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let finding = Finding::error("C005", self.field(key), reason, remedy).with_value(text.text);
        self.notes.push(finding, &text.span);
    }

    /// Notes that a key is missing, unless the table itself is none.
    pub(crate) fn missing(&mut self, key: &str, remedy: impl Into<String>) {
        if self.entries.is_some() {
            let finding = Finding::error("C004", self.field(key), "missing", remedy);
            self.note("", finding);
        }
    }

    pub(crate) fn string(&mut self, key: &'static str) -> Option<Text<'t>> {
        let value = self.value(key)?;
        if let DeValue::String(text) = value.get_ref() {
            Some(Text { text, span: value.span() })
        } else {
            self.refuse_type(key, value, "a string");
            None
        }
    }

    /// A string, or the strings of an array; the line of each is noted.
    pub(crate) fn strings(&mut self, key: &'static str) -> Option<Vec<Text<'t>>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(vec![Text { text, span: value.span() }]),
            DeValue::Array(_) => Some(
                self.elements(key, value)
                    .into_iter()
                    .filter_map(|element| {
                        if let DeValue::String(text) = element.get_ref() {
                            Some(Text { text, span: element.span() })
                        } else {
                            self.refuse_type(key, element, "a string");
                            None
                        }
                    })
                    .collect(),
            ),
            _ => {
                self.refuse_type(key, value, "a string or an array of strings");
                None
            }
        }
    }

    /// The elements of an array that are read, with the line of each noted.
    fn elements(
        &mut self,
        key: &'static str,
        value: &'t Spanned<DeValue<'t>>,
    ) -> Vec<&'t Spanned<DeValue<'t>>> {
        let Some(array) = value.get_ref().as_array() else { return Vec::new() };
        if array.len() > MAX_ELEMENTS {
            let finding = Finding::error(
                "C008",
                self.field(key),
                format!("{} elements, and {MAX_ELEMENTS} is the limit", array.len()),
                "write fewer",
            );
            self.notes.push(finding, &value.span());
        }
        let elements: Vec<_> = array.iter().take(MAX_ELEMENTS).collect();
        for (index, element) in elements.iter().enumerate() {
            let key = format!("{}[{index}]", join(self.path, key));
            self.notes.place(self.section, key, element.span().start);
        }
        elements
    }

    pub(crate) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let read = value.get_ref().as_bool();
        if read.is_none() {
            self.refuse_type(key, value, "true or false");
        }
        read
    }

    /// A whole number within a range.
    pub(crate) fn integer<T>(&mut self, key: &'static str, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + fmt::Display,
    {
        let value = self.value(key)?;
        self.whole_number(key, value, &range)
    }

    /// The whole numbers of an array.
    pub(crate) fn integers<T>(
        &mut self,
        key: &'static str,
        range: &RangeInclusive<T>,
    ) -> Option<Vec<T>>
    where
        T: TryFrom<i64> + PartialOrd + fmt::Display,
    {
        let value = self.value(key)?;
        if value.get_ref().as_array().is_none() {
            self.refuse_type(key, value, "an array of whole numbers");
            return None;
        }
        let elements = self.elements(key, value);
        Some(
            elements
                .into_iter()
                .filter_map(|element| self.whole_number(key, element, range))
                .collect(),
        )
    }

    fn whole_number<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        range: &RangeInclusive<T>,
    ) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + fmt::Display,
    {
        let DeValue::Integer(integer) = value.get_ref() else {
            self.refuse_type(key, value, "a whole number");
            return None;
        };
        let read = i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number));
        if read.is_none() {
            let (low, high) = (range.start(), range.end());
            let text = Text { text: integer.as_str(), span: value.span() };
            let remedy = format!("write a number from {low} to {high}");
            self.unreadable(key, &text, "out of range", remedy);
        }
        read
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        debug_assert!(
            keys::of(&join(self.section.table(), self.path)).any(|row| row.name == key
                && matches!(row.kind, keys::Kind::Choice(words)
                    if words.iter().eq(choices.iter().map(|(word, _)| word)))),
            "keys/table.rs has other words for {key}"
        );
        let text = self.string(key)?;
        let read = choices.iter().find(|(word, _)| *word == text.text).map(|(_, value)| *value);
        if read.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            let reason = match nearest(text.text, &words) {
                Some(word) => format!("not one of its values; did you mean {word}?"),
                None => "not one of its values".to_owned(),
            };
            self.unreadable(key, &text, reason, format!("write one of {}", words.join(", ")));
        }
        read
    }

    /// A table of this key below this one.
    pub(crate) fn table(&mut self, key: &'static str, path: &'static str) -> Option<Table<'_, 't>> {
        let value = self.value(key)?;
        if let DeValue::Table(entries) = value.get_ref() {
            let (section, label) = (self.section, self.label.clone());
            let mut table = Table::new(self.notes, entries, section, label, path);
            table.span = value.span();
            Some(table)
        } else {
            self.refuse_type(key, value, "a table");
            None
        }
    }

    /// What stands under names that the file chooses, in file order, with the line of each noted.
    pub(crate) fn rows(&mut self) -> Vec<(Text<'t>, &'t Spanned<DeValue<'t>>)> {
        let entries = self.entries.into_iter().flat_map(|entries| entries.iter());
        let mut rows: Vec<_> = entries
            .map(|(name, value)| (Text { text: name.get_ref(), span: name.span() }, value))
            .collect();
        rows.sort_by_key(|(name, _)| name.span.start);
        for (name, _) in &rows {
            let key = join(self.path, name.text);
            self.notes.place(self.section, key, name.span.start);
        }
        rows
    }

    /// The tables of a list, `[[key]]`; a single `[key]` is a list of one. Where one table is all
    /// there may be, `limit` is 1 and `[key]` is the form to write.
    pub(crate) fn tables(
        &mut self,
        key: &'static str,
        limit: usize,
    ) -> Vec<&'t Spanned<DeValue<'t>>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::Table(_) if limit == 1 => vec![value],
            DeValue::Array(array) if limit > 1 && array.len() <= limit => array.iter().collect(),
            DeValue::Array(array) if limit > 1 => {
                let finding = Finding::error(
                    "C008",
                    self.field(key),
                    format!("{} tables, and {limit} is the limit", array.len()),
                    "split them over several gateways",
                );
                self.notes.push(finding, &value.span());
                array.iter().take(limit).collect()
            }
            DeValue::Table(_) => {
                self.refuse_type(key, value, &format!("a list: write [[{key}]]"));
                vec![value]
            }
            DeValue::Array(array) => {
                self.refuse_type(key, value, &format!("one table: write [{key}]"));
                array.iter().take(limit).collect()
            }
            _ => {
                self.refuse_type(key, value, &format!("tables: write [[{key}]]"));
                Vec::new()
            }
        }
    }

    /// What a reader asks for is what the reference tells, key by key: any test that reads a file finds
    /// where they part.
    fn hold_to_the_table_of_keys(&self) {
        if cfg!(debug_assertions) {
            let table = join(self.section.table(), self.path);
            let mut known: Vec<_> = keys::of(&table).map(|key| key.name).collect();
            let mut asked = self.asked.clone();
            known.sort_unstable();
            asked.sort_unstable();
            asked.dedup();
            assert_eq!(known, asked, "keys/table.rs and the reader of [{table}]");
        }
    }

    /// Notes every key that nobody asked for.
    pub(crate) fn finish(self) {
        self.hold_to_the_table_of_keys();
        for (name, _) in self.entries.into_iter().flat_map(|entries| entries.iter()) {
            let key: &str = name.get_ref();
            if self.asked.contains(&key) {
                continue;
            }
            let remedy = if let Some(remedy) =
                synthflow::form_name(key).filter(|_| self.section != Section::File)
            {
                remedy.to_owned()
            } else if let Some(home) = home(key) {
                format!("it belongs to {home}")
            } else if let Some(known) = nearest(key, &self.asked) {
                format!("did you mean {known}?")
            } else {
                format!("this table has {}", self.asked.join(", "))
            };
            let shown: String = key.chars().take(64).collect();
            let finding = Finding::error("C002", self.field(&shown), "unknown key", remedy);
            self.notes.push(finding, &name.span());
        }
    }
}

fn wrong_type(field: String, value: &DeValue<'_>, wanted: &str) -> Finding {
    let found = match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    Finding::error("C003", field, format!("here stands {found}"), format!("this is {wanted}"))
}
