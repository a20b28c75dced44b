//! One field line at the end of a text: where all builders write, and where what could break a line is refused.

use std::fmt::{self, Display, Write};

use super::BuildError;
use crate::grammar::{skip_lws, trim, trim_end};
use crate::index::Entry;
use crate::name::{HeaderName, Known};
use crate::value::{HeaderValueError, check_value};

/// Adds a field whose value is written now, and checked after. After an error the text is as it was.
pub(super) fn append(
    text: &mut Vec<u8>,
    name: &HeaderName,
    value: impl Display,
) -> Result<Entry, BuildError> {
    let start = text.len();
    let (known, name_len) = line_start(text, name)?;
    let value_start = text.len();
    // Writing to a Vec does not fail; a `Display` that does leaves what it wrote.
    let _ = write!(Text(text), "{value}");
    let written = text.get(value_start..).unwrap_or_default();
    if let Err(error) = check_value(written) {
        text.truncate(start);
        return Err(forbidden(name, &error));
    }
    let leading = written.len().saturating_sub(skip_lws(written).len());
    let end = value_start.saturating_add(trim_end(written).len());
    text.truncate(end);
    text.extend_from_slice(b"\r\n");
    let value_start = end.min(value_start.saturating_add(leading));
    Ok(Entry::new(known, start, name_len, value_start, end))
}

/// Adds a field whose value is at hand, without whitespace around it. After an error the text is as it was.
#[inline]
pub(crate) fn append_bytes(
    text: &mut Vec<u8>,
    name: &HeaderName,
    value: &[u8],
) -> Result<Entry, BuildError> {
    check_value(value).map_err(|error| forbidden(name, &error))?;
    let start = text.len();
    let (known, name_len) = line_start(text, name)?;
    let value_start = text.len();
    text.extend_from_slice(trim(value));
    let end = text.len();
    text.extend_from_slice(b"\r\n");
    Ok(Entry::new(known, start, name_len, value_start, end))
}

/// Writes name, colon and space; gives the name's number and length. Content-Length is `finish`'s own.
#[inline]
fn line_start(text: &mut Vec<u8>, name: &HeaderName) -> Result<(Option<Known>, usize), BuildError> {
    match name.known() {
        Some(Known::ContentLength) => Err(BuildError::Owned { name: name.clone() }),
        Some(known) => {
            let start = known.line_start();
            text.extend_from_slice(start.as_bytes());
            Ok((Some(known), start.len().saturating_sub(2)))
        }
        None => {
            let name = name.as_str().as_bytes();
            HeaderName::check(name)?;
            text.extend_from_slice(name);
            text.extend_from_slice(b": ");
            Ok((None, name.len()))
        }
    }
}

/// A value that would break its line.
pub(super) fn forbidden(name: &HeaderName, error: &HeaderValueError) -> BuildError {
    let HeaderValueError::Forbidden { offset } = *error;
    BuildError::Forbidden { name: name.as_str().to_owned(), offset }
}

/// Octets that `write!` can write to.
pub(super) struct Text<'a>(pub(super) &'a mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
