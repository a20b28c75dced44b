//! Where in a configuration something stands: the name of a field, and the line of a file it came
//! from.

use std::collections::BTreeMap;

use crate::Config;

/// One table of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    File,
    Listen(usize),
    Media,
    Trunk(usize),
    Route(usize),
    Schedule(usize),
    Variables,
}

impl Section {
    /// How a file opens this table.
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::File => "",
            Self::Listen(_) => "listen",
            Self::Media => "media",
            Self::Trunk(_) => "trunk",
            Self::Route(_) => "route",
            Self::Schedule(_) => "schedule",
            Self::Variables => "variables",
        }
    }

    /// How people name this table: trunks and schedules by their name, everything else
    /// by its number.
    pub(crate) fn label(self, config: &Config) -> String {
        match self {
            Self::File => String::new(),
            Self::Media => "media".to_owned(),
            Self::Listen(index) => format!("listen[{index}]"),
            Self::Route(index) => format!("route[{index}]"),
            Self::Variables => "variables".to_owned(),
            Self::Schedule(index) => match config.schedules.get(index) {
                Some(schedule) if !schedule.name.is_empty() => {
                    format!("schedule[{}]", schedule.name)
                }
                _ => format!("schedule[{index}]"),
            },
            Self::Trunk(index) => match config.trunks.get(index) {
                Some(trunk) if !trunk.name.is_empty() => format!("trunk[{}]", trunk.name),
                _ => format!("trunk[{index}]"),
            },
        }
    }

    /// The full name of a field of this table.
    pub(crate) fn field(self, config: &Config, key: &str) -> String {
        join(&self.label(config), key)
    }
}

/// `table.key`, or the one of them that is not empty.
pub(crate) fn join(table: &str, key: &str) -> String {
    match (table, key) {
        ("", key) => key.to_owned(),
        (table, "") => table.to_owned(),
        (table, key) => format!("{table}.{key}"),
    }
}

/// The lines that the fields of a file stand on. Empty for what was built in code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines(BTreeMap<(Section, String), usize>);

impl Lines {
    pub(crate) fn set(&mut self, section: Section, key: impl Into<String>, line: usize) {
        self.0.insert((section, key.into()), line);
    }

    /// The line of a field; if the field is not in the file, of the closest table around it.
    pub(crate) fn line(&self, section: Section, key: &str) -> Option<usize> {
        let mut key = key;
        loop {
            if let Some(line) = self.0.get(&(section, key.to_owned())) {
                return Some(*line);
            }
            if key.is_empty() {
                return None;
            }
            key = key.rfind(['.', '[']).and_then(|end| key.get(..end)).unwrap_or("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_takes_the_line_of_what_is_around_it() {
        let mut lines = Lines::default();
        lines.set(Section::Trunk(0), "", 3);
        lines.set(Section::Trunk(0), "inbound", 7);
        lines.set(Section::Trunk(0), "hosts", 5);
        assert_eq!(lines.line(Section::Trunk(0), "inbound.allow[2]"), Some(7));
        assert_eq!(lines.line(Section::Trunk(0), "hosts[1]"), Some(5));
        assert_eq!(lines.line(Section::Trunk(0), "max_calls"), Some(3));
        assert_eq!(lines.line(Section::Trunk(1), "max_calls"), None);
    }
}
