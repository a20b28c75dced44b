//! What is wrong, or doubtful, with a configuration: one finding a problem, all of them at once.

use std::fmt;

/// Whether a finding keeps a gateway from starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Calls will work, though not as somebody expects.
    Warning,
    /// Nothing starts with this in the configuration.
    Error,
}

impl Severity {
    /// As it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One problem of a configuration, with what to do about it.
///
/// No finding holds a password: values of secret fields are never put into one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which check spoke: `C...` the file's form, `P...` a rule, `N...` a part not built yet, `S...`
    /// the operating system at a start. Stable.
    pub code: &'static str,
    /// Whether it keeps a gateway from starting.
    pub severity: Severity,
    /// The line of the file, from 1; none if the configuration was built in code.
    pub line: Option<usize>,
    /// The field, as `trunk[five9].max_calls`.
    pub field: String,
    /// The value that stands there, if naming it helps.
    pub value: Option<String>,
    /// Why that is a problem.
    pub reason: String,
    /// What to write, or where to look, instead.
    pub remedy: String,
}

impl Finding {
    /// A finding that keeps a gateway from starting.
    pub fn error(
        code: &'static str,
        field: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Error,
            line: None,
            field: on_one_line(field.into()),
            value: None,
            reason: on_one_line(reason.into()),
            remedy: on_one_line(remedy.into()),
        }
    }

    /// A finding that only speaks.
    pub fn warning(
        code: &'static str,
        field: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, field, reason, remedy) }
    }

    /// The same finding, naming the value that stands there.
    #[must_use]
    pub fn with_value(mut self, value: impl fmt::Display) -> Self {
        self.value = Some(shorten(&value.to_string()));
        self
    }

    /// The same finding at a line of a file, counted from 1.
    #[must_use]
    pub fn at_line(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
    }

    /// Whether it keeps a gateway from starting.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// One line: `error P022 line 12: trunk[five9].max_calls = 0: reason; remedy`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.severity, self.code)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        write!(f, ": {}", self.field)?;
        if let Some(value) = &self.value {
            write!(f, " = {value}")?;
        }
        write!(f, ": {}; {}", self.reason, self.remedy)
    }
}

/// The longest value that a finding repeats, in characters.
const LONGEST_VALUE: usize = 120;

/// Text without control characters: findings are printed to terminals and logs, and names in them
/// may come from anywhere.
fn on_one_line(text: String) -> String {
    if text.contains(char::is_control) { text.replace(char::is_control, "\u{fffd}") } else { text }
}

/// A value on one line and of bounded length.
fn shorten(value: &str) -> String {
    let mut shown = on_one_line(value.chars().take(LONGEST_VALUE).collect());
    if value.chars().nth(LONGEST_VALUE).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_with_line_field_value_reason_and_remedy() {
        let finding =
            Finding::error("P022", "trunk[five9].max_calls", "no call fits", "set 1 or more")
                .with_value(0)
                .at_line(Some(12));
        assert_eq!(
            finding.to_string(),
            "error P022 line 12: trunk[five9].max_calls = 0: no call fits; set 1 or more"
        );
    }

    #[test]
    fn no_part_of_it_breaks_the_line() {
        let finding = Finding::error("P020", "trunk[a\r\nb]", "x\u{1b}[2J", "y\0").with_value("\n");
        assert!(!finding.to_string().contains(char::is_control), "{finding:?}");
    }

    #[test]
    fn values_are_cut_and_lose_their_control_characters() {
        let finding =
            Finding::warning("C001", "x", "r", "m").with_value(format!("a\nb{}", "c".repeat(500)));
        let value = finding.value.expect("given");
        assert!(value.starts_with("a\u{fffd}bc"));
        assert!(value.ends_with("..."));
        assert_eq!(value.chars().count(), LONGEST_VALUE + 3);
    }
}
