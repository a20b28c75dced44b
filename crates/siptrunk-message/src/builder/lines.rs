//! The field lines of a message under way: an order of lines, of which those of a message that is carried on stay where
//! they are and are written from there, once, when the new message is.

use std::fmt::{self, Display};

use bytes::Bytes;

use super::BuildError;
use super::field::{self, forbidden};
use super::writer::Out;
use crate::headers::{Field, Headers};
use crate::index::Entry;
use crate::name::{HeaderName, Known};
use crate::value::check_value;

/// Lines in the order in which they will be written.
#[derive(Clone, Default)]
pub(super) struct Lines {
    /// The message whose lines are carried on. Lines of any other are copied to `text`.
    source: Bytes,
    /// What was written here. Lines that were replaced stay, unread.
    text: Vec<u8>,
    order: Vec<Line>,
    fault: Option<BuildError>,
}

impl fmt::Debug for Lines {
    /// How many lines: what stands in them may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("lines", &self.order.len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
struct Line {
    /// Where its parts are.
    entry: Entry,
    /// Where it ends, its CRLF included.
    end: u32,
    origin: Origin,
}

/// What a line's offsets count in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Source,
    Text,
}

impl Lines {
    pub(super) fn with_capacity(octets: usize, lines: usize) -> Self {
        Self {
            source: Bytes::new(),
            text: Vec::with_capacity(octets),
            order: Vec::with_capacity(lines),
            fault: None,
        }
    }

    /// The fields of a message that will be carried on, for as many as `octets` more and a few lines.
    pub(super) fn for_source(headers: &Headers, octets: usize) -> Self {
        let lines = headers.len().saturating_add(8);
        Self { source: headers.bytes.clone(), ..Self::with_capacity(octets, lines) }
    }

    /// The first thing that went wrong, for `build` to report.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        match &self.fault {
            None => Ok(()),
            Some(fault) => Err(fault.clone()),
        }
    }

    fn blame(&mut self, fault: BuildError) {
        self.fault.get_or_insert(fault);
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Octets of all lines.
    pub(super) fn octets(&self) -> usize {
        self.order.iter().map(Line::octets).sum()
    }

    pub(super) fn without(&mut self, name: &HeaderName) {
        let (source, text) = (&self.source, &self.text);
        self.order.retain(|line| !line.is(name, source, text));
    }

    pub(super) fn contains(&self, name: &HeaderName) -> bool {
        self.order.iter().any(|line| line.is(name, &self.source, &self.text))
    }

    pub(super) fn raw(&self, name: &HeaderName) -> Option<&[u8]> {
        let line = self.order.iter().find(|line| line.is(name, &self.source, &self.text))?;
        self.origin(*line).get(line.entry.value()..line.entry.end())
    }

    pub(super) fn append(&mut self, name: &HeaderName, value: impl Display) {
        let written = field::append(&mut self.text, name, value);
        self.push(written);
    }

    pub(super) fn append_bytes(&mut self, name: &HeaderName, value: &[u8]) {
        let written = field::append_bytes(&mut self.text, name, value);
        self.push(written);
    }

    fn push(&mut self, written: Result<Entry, BuildError>) {
        match written {
            Ok(entry) => self.order.push(self.last_of_text(entry)),
            Err(fault) => self.blame(fault),
        }
    }

    /// Puts the value where the first field of that name stands and drops the others, or appends it.
    pub(super) fn replace(&mut self, name: &HeaderName, value: impl Display) {
        let written = field::append(&mut self.text, name, value);
        self.put(name, written);
    }

    /// As [`Lines::replace`], with a value at hand.
    pub(super) fn replace_bytes(&mut self, name: &HeaderName, value: &[u8]) {
        let written = field::append_bytes(&mut self.text, name, value);
        self.put(name, written);
    }

    fn put(&mut self, name: &HeaderName, written: Result<Entry, BuildError>) {
        let entry = match written {
            Ok(entry) => entry,
            Err(fault) => return self.blame(fault),
        };
        let mut pending = Some(self.last_of_text(entry));
        let (source, text) = (&self.source, &self.text);
        self.order.retain_mut(|line| {
            if !line.is(name, source, text) {
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

    /// Carries a field byte for byte. A NUL is not carried (see [`crate::Field`]) unless `verbatim`.
    #[inline]
    pub(super) fn copy(&mut self, field: Field<'_>, verbatim: bool) {
        if field.known() == Some(Known::ContentLength) {
            return;
        }
        if field.has_nul() && !verbatim {
            let offset = memchr::memchr(0, field.value()).unwrap_or_default();
            self.blame(BuildError::Forbidden { name: field.name().as_str().to_owned(), offset });
            return;
        }
        let line = field.line();
        if self.carries(field) && line.ends_with(b"\r\n") {
            let entry = field.entry();
            let end = narrow(entry.start().saturating_add(line.len()));
            self.order.push(Line { entry, end, origin: Origin::Source });
        } else {
            self.copy_line(field, line, "");
        }
    }

    /// Whether the field is one of the message that is carried on; the first field to come says which one that is.
    #[inline]
    fn carries(&mut self, field: Field<'_>) -> bool {
        let message = field.message();
        if self.source.is_empty() {
            self.source = message.clone();
        }
        // The source is held, so no other message can be where it is.
        self.source.as_ptr() == message.as_ptr() && self.source.len() == message.len()
    }

    /// Copies a field as it stands, with `suffix` at the end of its value.
    pub(super) fn copy_with(&mut self, field: Field<'_>, suffix: &str) {
        if let Err(error) = check_value(suffix.as_bytes()) {
            self.blame(forbidden(&field.name(), &error));
            return;
        }
        let end = field.entry().end().saturating_sub(field.entry().start());
        self.copy_line(field, field.line().get(..end).unwrap_or_default(), suffix);
    }

    /// Writes a field again with another beginning: `front`, then of its value what `rest` is, as it stands.
    pub(super) fn copy_from(&mut self, field: Field<'_>, front: &str, rest: &[u8]) {
        if let Err(error) = check_value(front.as_bytes()) {
            self.blame(forbidden(&field.name(), &error));
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
        let entry = Entry::new(field.known(), start, field.raw_name().len(), value, end)
            .with_nul(field.has_nul());
        self.order.push(self.last_of_text(entry));
    }

    fn copy_line(&mut self, field: Field<'_>, line: &[u8], suffix: &str) {
        let entry = field.entry().moved_to(self.text.len()).lengthened(suffix.len());
        self.text.extend_from_slice(line);
        self.text.extend_from_slice(suffix.as_bytes());
        // A line cut for its suffix lacks its end, and so may the last line of a salvaged message.
        if !self.text.ends_with(b"\r\n") {
            self.text.extend_from_slice(b"\r\n");
        }
        self.order.push(self.last_of_text(entry));
    }

    /// Writes the names that have a compact form in it.
    pub(super) fn compact(&mut self) {
        let mut order = std::mem::take(&mut self.order);
        for line in &mut order {
            let entry = line.entry;
            let letter = entry.known().and_then(Known::compact);
            let Some(letter) = letter.filter(|_| entry.name_len() > 1) else { continue };
            let start = self.text.len();
            let rest = entry.start().saturating_add(entry.name_len())..line.end as usize;
            self.text.push(letter);
            if line.origin == Origin::Source {
                self.text.extend_from_slice(self.source.get(rest).unwrap_or_default());
            } else if rest.end <= start {
                self.text.extend_from_within(rest);
            }
            // The line is shorter by what its name is.
            let cut = entry.name_len().saturating_sub(1);
            let moved = |at: usize| {
                at.saturating_sub(entry.start()).saturating_sub(cut).saturating_add(start)
            };
            let (value, end) = (moved(entry.value()), moved(entry.end()));
            let entry = Entry::new(entry.known(), start, 1, value, end).with_nul(entry.has_nul());
            *line = self.last_of_text(entry);
        }
        self.order = order;
    }

    /// The line that has just been written.
    fn last_of_text(&self, entry: Entry) -> Line {
        Line { entry, end: narrow(self.text.len()), origin: Origin::Text }
    }

    /// Writes every line and indexes it. Neighbours that were neighbours before go together.
    pub(super) fn write_to(&self, out: &mut Out) {
        let mut rest = self.order.as_slice();
        while let Some((first, mut after)) = rest.split_first() {
            let start = first.entry.start();
            let mut last = first;
            out.index(first.entry, start, start);
            while let Some((next, later)) = after.split_first()
                && next.follows(last)
            {
                out.index(next.entry, start, next.entry.start());
                (last, after) = (next, later);
            }
            out.text(self.origin(*first).get(start..last.end as usize).unwrap_or_default());
            rest = after;
        }
    }

    /// What the line's offsets count in.
    fn origin(&self, line: Line) -> &[u8] {
        match line.origin {
            Origin::Source => &self.source,
            Origin::Text => &self.text,
        }
    }
}

impl Line {
    fn octets(&self) -> usize {
        (self.end as usize).saturating_sub(self.entry.start())
    }

    fn follows(&self, before: &Self) -> bool {
        self.origin == before.origin && self.entry.start() == before.end as usize
    }

    fn is(&self, name: &HeaderName, source: &[u8], text: &[u8]) -> bool {
        if let Some(known) = name.known() {
            return self.entry.number() == known as u8;
        }
        if self.entry.number() != Known::NONE {
            return false;
        }
        let start = self.entry.start();
        let origin = if self.origin == Origin::Source { source } else { text };
        origin
            .get(start..start.saturating_add(self.entry.name_len()))
            .is_some_and(|spelled| spelled.eq_ignore_ascii_case(name.as_str().as_bytes()))
    }
}

/// What is written here and is too long for this is too long for a message, which `finish` refuses.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
