//! What the rules write their findings into.

use std::fmt;

use crate::place::Section;
use crate::{Config, Day, Finding, Trunk};

/// Gathers findings, and gives each the name and the line of its field.
pub(crate) struct Report<'c> {
    pub(crate) config: &'c Config,
    /// What day it is, if somebody said so.
    pub(crate) today: Option<Day>,
    findings: Vec<Finding>,
}

impl<'c> Report<'c> {
    pub(crate) fn new(config: &'c Config) -> Self {
        Self { config, today: None, findings: Vec::new() }
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// The trunks, each with the section that names its fields.
    pub(crate) fn trunks(&self) -> impl Iterator<Item = (Section, &'c Trunk)> + use<'c> {
        self.config.trunks.iter().enumerate().map(|(index, trunk)| (Section::Trunk(index), trunk))
    }

    pub(crate) fn error(
        &mut self,
        code: &'static str,
        (section, key): (Section, &str),
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Added<'_> {
        let field = section.field(self.config, key);
        self.add(Finding::error(code, field, reason, remedy), section, key)
    }

    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        (section, key): (Section, &str),
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Added<'_> {
        let field = section.field(self.config, key);
        self.add(Finding::warning(code, field, reason, remedy), section, key)
    }

    fn add(&mut self, finding: Finding, section: Section, key: &str) -> Added<'_> {
        self.findings.push(finding.at_line(self.config.lines.line(section, key)));
        Added(self.findings.last_mut())
    }
}

/// A finding just added, to name the value that stands there.
pub(crate) struct Added<'r>(Option<&'r mut Finding>);

impl Added<'_> {
    pub(crate) fn value(self, value: impl fmt::Display) {
        if let Some(finding) = self.0 {
            *finding = finding.clone().with_value(value);
        }
    }
}
