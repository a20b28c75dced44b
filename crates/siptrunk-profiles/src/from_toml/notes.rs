//! What the readers of a file write down: findings about its form, and the line of each field.

use std::ops::Range;

use ::toml::de::Error;

use crate::Finding;
use crate::place::{Lines, Section};

/// Collects while a file is read.
pub(crate) struct Notes {
    /// The offset at which each line begins.
    starts: Vec<usize>,
    lines: Lines,
    findings: Vec<Finding>,
}

impl Notes {
    pub(crate) fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, octet)| *octet == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(offset, _)| offset + 1)).collect();
        Self { starts, lines: Lines::default(), findings: Vec::new() }
    }

    /// The line of an offset, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// Remembers on which line a field stands.
    pub(crate) fn place(&mut self, section: Section, key: impl Into<String>, offset: usize) {
        let line = self.line(offset);
        self.lines.set(section, key, line);
    }

    pub(crate) fn push(&mut self, finding: Finding, span: &Range<usize>) {
        let line = self.line(span.start);
        self.findings.push(finding.at_line(Some(line)));
    }

    /// What the TOML grammar itself refuses.
    pub(crate) fn syntax(&mut self, error: &Error) {
        let finding = Finding::error(
            "C001",
            "file",
            format!("not TOML: {}", error.message()),
            "write key = value lines below [table] or [[list]] headers (toml.io)",
        );
        match error.span() {
            Some(span) => self.push(finding, &span),
            None => self.findings.push(finding),
        }
    }

    pub(crate) fn into_parts(self) -> (Lines, Vec<Finding>) {
        (self.lines, self.findings)
    }
}
