//! The field lines of a message under way: one text, and where each line stands in it.

use std::fmt::{self, Display, Write};

use super::BuildError;
use super::writer::Out;
use crate::grammar::{skip_lws, trim_end};
use crate::headers::Field;
use crate::index::Entry;
use crate::name::{HeaderName, Known};
use crate::value::{HeaderValueError, check_value};

/// Lines in the order in which they will be written. Replaced lines stay in the text, out of order and unread.
#[derive(Clone, Default)]
pub(super) struct Lines {
    text: Vec<u8>,
    order: Vec<Line>,
    /// Boxed, since it hardly ever is there and the builder moves with every call.
    fault: Option<Box<BuildError>>,
}

impl fmt::Debug for Lines {
    /// How many lines: what stands in them may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("lines", &self.order.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
struct Line {
    /// Where its parts are in the text.
    entry: Entry,
    /// Where it ends in the text, its CRLF included.
    end: usize,
}

impl Lines {
    pub(super) fn with_capacity(octets: usize, lines: usize) -> Self {
        Self { text: Vec::with_capacity(octets), order: Vec::with_capacity(lines), fault: None }
    }

    /// The first thing that went wrong, for `build` to report.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        match &self.fault {
            None => Ok(()),
            Some(fault) => Err((**fault).clone()),
        }
    }

    pub(super) fn blame(&mut self, fault: BuildError) {
        self.fault.get_or_insert_with(|| Box::new(fault));
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Octets of all lines.
    pub(super) fn octets(&self) -> usize {
        self.order.iter().map(|line| line.end.saturating_sub(line.entry.start())).sum()
    }

    pub(super) fn without(&mut self, name: &HeaderName) {
        let text = &self.text;
        self.order.retain(|line| !line.is(text, name));
    }

    pub(super) fn contains(&self, name: &HeaderName) -> bool {
        self.order.iter().any(|line| line.is(&self.text, name))
    }

    pub(super) fn append(&mut self, name: &HeaderName, value: impl Display) {
        if let Some(line) = self.write(name, value) {
            self.order.push(line);
        }
    }

    /// Puts the value where the first field of that name stands and drops the others, or appends it.
    pub(super) fn replace(&mut self, name: &HeaderName, value: impl Display) {
        let Some(new) = self.write(name, value) else {
            return;
        };
        let text = &self.text;
        let mut pending = Some(new);
        self.order.retain_mut(|line| {
            if !line.is(text, name) {
                return true;
            }
            match pending.take() {
                Some(new) => {
                    *line = new;
                    true
                }
                None => false,
            }
        });
        self.order.extend(pending);
    }

    /// Copies a field byte for byte. A NUL is not carried (see [`crate::Field`]) unless `verbatim`.
    pub(super) fn copy(&mut self, field: Field<'_>, verbatim: bool) {
        if field.known() == Some(Known::ContentLength) {
            return;
        }
        if field.has_nul() && !verbatim {
            let offset = memchr::memchr(0, field.value()).unwrap_or_default();
            self.blame(BuildError::Forbidden { name: field.name().as_str().to_owned(), offset });
            return;
        }
        self.copy_line(field, field.line(), "");
    }

    /// Copies a field as it stands, with `suffix` at the end of its value.
    pub(super) fn copy_with(&mut self, field: Field<'_>, suffix: &str) {
        if let Err(HeaderValueError::Forbidden { offset }) = check_value(suffix.as_bytes()) {
            let offset = offset.saturating_add(field.value().len());
            self.blame(BuildError::Forbidden { name: field.name().as_str().to_owned(), offset });
            return;
        }
        let end = field.entry().end().saturating_sub(field.entry().start());
        self.copy_line(field, field.line().get(..end).unwrap_or_default(), suffix);
    }

    /// Writes a field again with another beginning: `front`, then of its value what `rest` is, as it stands.
    pub(super) fn copy_from(&mut self, field: Field<'_>, front: &str, rest: &[u8]) {
        if let Err(HeaderValueError::Forbidden { offset }) = check_value(front.as_bytes()) {
            self.blame(BuildError::Forbidden { name: field.name().as_str().to_owned(), offset });
            return;
        }
        let start = self.text.len();
        self.text.extend_from_slice(field.raw_name());
        self.text.extend_from_slice(b": ");
        let value = self.text.len();
        self.text.extend_from_slice(front.as_bytes());
        self.text.extend_from_slice(rest);
        let end = self.text.len();
        self.text.extend_from_slice(b"\r\n");
        let entry = Entry::new(field.known(), start, field.raw_name().len(), value, end);
        self.order.push(Line { entry: entry.with_nul(field.has_nul()), end: self.text.len() });
    }

    fn copy_line(&mut self, field: Field<'_>, line: &[u8], suffix: &str) {
        let entry = field.entry().moved_to(self.text.len()).lengthened(suffix.len());
        self.text.extend_from_slice(line);
        self.text.extend_from_slice(suffix.as_bytes());
        // A line cut for its suffix lacks its end, and so may the last line of a salvaged message.
        if !self.text.ends_with(b"\r\n") {
            self.text.extend_from_slice(b"\r\n");
        }
        self.order.push(Line { entry, end: self.text.len() });
    }

    fn write(&mut self, name: &HeaderName, value: impl Display) -> Option<Line> {
        if name.known() == Some(Known::ContentLength) {
            self.blame(BuildError::Owned { name: name.clone() });
            return None;
        }
        if let Err(error) = HeaderName::check(name.as_str().as_bytes()) {
            self.blame(error.into());
            return None;
        }
        let start = self.text.len();
        self.text.extend_from_slice(name.as_str().as_bytes());
        self.text.extend_from_slice(b": ");
        let value_start = self.text.len();
        // Writing to a Vec does not fail; a Display that does leaves what it wrote.
        let _ = write!(Text(&mut self.text), "{value}");
        let written = self.text.get(value_start..).unwrap_or_default();
        if let Err(HeaderValueError::Forbidden { offset }) = check_value(written) {
            self.blame(BuildError::Forbidden { name: name.as_str().to_owned(), offset });
            self.text.truncate(start);
            return None;
        }
        let value_len = trim_end(written).len();
        self.text.truncate(value_start.saturating_add(value_len));
        let leading = value_len
            .saturating_sub(skip_lws(self.text.get(value_start..).unwrap_or_default()).len());
        let value_end = self.text.len();
        self.text.extend_from_slice(b"\r\n");
        let value_start = value_start.saturating_add(leading);
        let entry = Entry::new(name.known(), start, name.as_str().len(), value_start, value_end);
        Some(Line { entry, end: self.text.len() })
    }

    /// Writes every line and indexes it.
    pub(super) fn write_to(&self, out: &mut Out) {
        for line in &self.order {
            let text = self.text.get(line.entry.start()..line.end).unwrap_or_default();
            out.line(text, line.entry);
        }
    }
}

impl Line {
    fn is(&self, text: &[u8], name: &HeaderName) -> bool {
        if let Some(known) = name.known() {
            return self.entry.known() == Some(known);
        }
        let start = self.entry.start();
        let spelled =
            text.get(start..start.saturating_add(self.entry.name_len())).unwrap_or_default();
        self.entry.known().is_none() && spelled.eq_ignore_ascii_case(name.as_str().as_bytes())
    }
}

/// Octets that `write!` can write to.
pub(super) struct Text<'a>(pub(super) &'a mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
