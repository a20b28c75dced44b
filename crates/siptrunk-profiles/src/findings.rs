//! Findings for people and for programs: as text with the lines of the file, coloured if wanted, and as
//! JSON.

use std::fmt::{self, Write};

use crate::{Finding, Severity};

/// Findings to be shown.
///
/// ```
/// use siptrunk_profiles::{Config, Findings};
///
/// let config = Config::default();
/// let findings = config.lint();
/// let text = Findings::new(&findings).to_string();
/// assert!(text.starts_with("error P001: listen: there is no address to listen on"));
/// assert!(Findings::new(&findings).to_json().starts_with(r#"[{"code":"P001","severity":"error","#));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a> {
    list: &'a [Finding],
    source: Option<&'a str>,
    coloured: bool,
}

impl<'a> Findings<'a> {
    /// These findings, without lines and colours.
    pub fn new(findings: &'a [Finding]) -> Self {
        Self { list: findings, source: None, coloured: false }
    }

    /// With the line of this text, the file, below each finding that has one.
    #[must_use]
    pub fn with_source(mut self, text: &'a str) -> Self {
        self.source = Some(text);
        self
    }

    /// With the colours of a terminal, or without.
    #[must_use]
    pub fn coloured(mut self, coloured: bool) -> Self {
        self.coloured = coloured;
        self
    }

    /// As a JSON array (RFC 8259) of objects with `code`, `severity`, `line` (a number or null), `field`,
    /// `value` (a string or null), `reason` and `remedy`.
    pub fn to_json(self) -> String {
        let mut json = String::from("[");
        for (index, finding) in self.list.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            json.push('{');
            member(&mut json, "code", Some(finding.code));
            member(&mut json, "severity", Some(finding.severity.as_str()));
            json.push_str("\"line\":");
            match finding.line {
                Some(line) => json.push_str(&line.to_string()),
                None => json.push_str("null"),
            }
            json.push(',');
            member(&mut json, "field", Some(&finding.field));
            member(&mut json, "value", finding.value.as_deref());
            member(&mut json, "reason", Some(&finding.reason));
            member(&mut json, "remedy", Some(&finding.remedy));
            // The comma after the last member.
            json.pop();
            json.push('}');
        }
        json.push(']');
        json
    }

    /// The line that a finding stands on, unless it may hold a secret.
    fn line_of(&self, finding: &Finding) -> Option<&'a str> {
        let line = self.source?.lines().nth(finding.line?.checked_sub(1)?)?;
        let key = line.split('=').next().unwrap_or_default().to_ascii_lowercase();
        let secret = ["password", "value", "digest", "outbound", "token", "pwd", "secret"]
            .iter()
            .any(|word| key.contains(word));
        (!secret && !line.contains("password") && !line.contains("value"))
            .then_some(line.trim_end())
    }
}

/// `"name":"text",`, or null for none.
fn member(json: &mut String, name: &str, text: Option<&str>) {
    json.push('"');
    json.push_str(name);
    json.push_str("\":");
    match text {
        Some(text) => string(json, text),
        None => json.push_str("null"),
    }
    json.push(',');
}

/// A string of JSON.
pub(crate) fn quoted(text: &str) -> String {
    let mut json = String::new();
    string(&mut json, text);
    json
}

/// A string by RFC 8259 section 7.
fn string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if u32::from(control) < 0x20 => {
                // Writing into a String cannot fail.
                let _written = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

/// A finding a line, as it prints itself, each with the file's line below it if that is given.
impl fmt::Display for Findings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bold, red, yellow, dim, plain) = if self.coloured {
            ("\u{1b}[1m", "\u{1b}[1;31m", "\u{1b}[1;33m", "\u{1b}[2m", "\u{1b}[0m")
        } else {
            ("", "", "", "", "")
        };
        for finding in self.list {
            let severity = match finding.severity {
                Severity::Error => red,
                Severity::Warning => yellow,
            };
            write!(f, "{severity}{} {}{plain}", finding.severity, finding.code)?;
            if let Some(line) = finding.line {
                write!(f, " line {line}")?;
            }
            write!(f, ": {bold}{}{plain}", finding.field)?;
            if let Some(value) = &finding.value {
                write!(f, " = {value}")?;
            }
            writeln!(f, ": {}; {}", finding.reason, finding.remedy)?;
            if let Some(text) = self.line_of(finding) {
                let text: String = text.chars().filter(|it| !it.is_control()).take(120).collect();
                writeln!(f, "{dim}{:>6} | {text}{plain}", finding.line.unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding::error("P022", "trunk[a].max_calls", "no call fits", "set 1 or more")
            .with_value(0)
            .at_line(Some(2))
    }

    #[test]
    fn text_is_the_finding_and_its_line() {
        let text = "[[trunk]]\nmax_calls = 0\n";
        let shown = Findings::new(&[finding()]).with_source(text).to_string();
        let first = finding().to_string();
        assert_eq!(shown, format!("{first}\n     2 | max_calls = 0\n"));
        let coloured = Findings::new(&[finding()]).coloured(true).to_string();
        assert!(coloured.starts_with("\u{1b}[1;31merror P022\u{1b}[0m line 2: "), "{coloured:?}");
        let warning = Finding::warning("P027", "x", "r", "m");
        let coloured = Findings::new(&[warning]).coloured(true).to_string();
        assert!(coloured.contains("\u{1b}[1;33mwarning P027"), "{coloured:?}");
    }

    #[test]
    fn no_line_with_a_secret_is_shown() {
        for line in [
            "password = \"hunter2\"",
            "digest = { username = \"a\", password = \"hunter2\" }",
            "vendor_token = { header = \"X-T\", value = \"hunter2\" }",
            "trunk_pwd = \"hunter2\"",
            "\"pass\\u0077ord\" = 1 # password hunter2",
        ] {
            let finding = Finding::warning("C007", "x", "r", "m").at_line(Some(1));
            let shown = Findings::new(&[finding]).with_source(line).to_string();
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn json_is_what_rfc_8259_says() {
        let json = Findings::new(&[finding()]).to_json();
        assert_eq!(
            json,
            r#"[{"code":"P022","severity":"error","line":2,"field":"trunk[a].max_calls","value":"0","reason":"no call fits","remedy":"set 1 or more"}]"#
        );
        assert_eq!(Findings::new(&[]).to_json(), "[]");
        let mut odd = Finding::warning("C001", "a\"b\\c", "r", "m");
        odd.reason = "tab\tand\u{1}\u{7f}é".to_owned();
        let json = Findings::new(&[odd.clone(), odd]).to_json();
        assert!(json.contains(r#""line":null,"field":"a\"b\\c","value":null,"#), "{json}");
        assert!(json.contains("tab\\u0009and\\u0001\u{7f}é"), "{json}");
        assert!(json.contains("},{"), "{json}");
    }
}
