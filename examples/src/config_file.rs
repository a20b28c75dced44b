//! Reads a configuration file, its passwords from where it says, and everything that is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};

use siptrunk::profiles::{Config, Finding};

/// A file that was read, or what there is to be said of it.
#[derive(Debug)]
pub struct ConfigFile {
    /// Its path, for messages.
    pub path: PathBuf,
    /// The configuration, unless an error stands against it.
    pub config: Option<Config>,
    /// Every finding, errors and warnings, in the file's order.
    pub findings: Vec<Finding>,
}

impl ConfigFile {
    /// Reads a file and judges it. Paths in it are meant from the folder that it is in.
    ///
    /// # Errors
    /// The file cannot be read, or is no text.
    pub fn read(path: &Path) -> Result<Self, String> {
        let unreadable = |error| format!("{}: cannot be read: {error}", path.display());
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let read_file = |path: &Path| fs::read_to_string(folder.join(path));
        let environment = |name: &str| std::env::var(name).ok();
        let path = path.to_owned();
        let (config, mut findings) = match Config::from_toml(&text, &environment, &read_file) {
            Ok(read) => read,
            Err(findings) => return Ok(Self { path, config: None, findings }),
        };
        let config = config.relative_to(folder);
        let judged = config.check();
        let good = judged.is_ok();
        let (Ok(more) | Err(more)) = judged;
        for finding in more {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        Ok(Self { path, config: good.then_some(config), findings })
    }

    /// The findings, a line each, with the file's name before it.
    pub fn lines(&self) -> String {
        let name = self.path.display();
        let lines: Vec<_> = self.findings.iter().map(|it| format!("{name}: {it}")).collect();
        lines.join("\n")
    }

    /// The findings, a line of JSON each, with the file's name in it.
    pub fn json_lines(&self) -> String {
        let name = self.path.display().to_string();
        let lines: Vec<_> =
            self.findings.iter().map(|it| json(Some(&name), it).to_string()).collect();
        lines.join("\n")
    }
}

/// A finding as JSON.
pub fn json(file: Option<&str>, finding: &Finding) -> serde_json::Value {
    serde_json::json!({
        "file": file,
        "code": finding.code,
        "severity": finding.severity.to_string(),
        "line": finding.line,
        "field": finding.field,
        "value": finding.value,
        "reason": finding.reason,
        "remedy": finding.remedy,
    })
}
