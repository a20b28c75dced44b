//! Privacy (RFC 3323 4.2, RFC 3325 9.3): what of a request is to be hidden.

use std::borrow::Cow;
use std::fmt;

use nom::IResult;

use super::bricks::{Head, NoCase};
use super::{Header, run, whole};
use crate::error::Malformed;
use crate::grammar::{At, ascii, separator, token, write_line};
use crate::name::HeaderName;

/// The kinds of privacy that a request asks for. Equal without case, in the same order and with the same whitespace: to
/// ask for one kind, use [`Privacy::has`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Privacy<'a>(NoCase<Cow<'a, str>>);

impl<'a> Privacy<'a> {
    /// Values of ours, `;` between them: `id`, `id;critical`.
    pub fn new(values: &'a str) -> Result<Self, Malformed> {
        whole(values.as_bytes(), values_text).map(|text| Self(text.into()))
    }

    /// The values in order as written: `header`, `session`, `user`, `id`, `history`, `none`, `critical`...
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.split(';').map(|value| value.trim_matches([' ', '\t', '\r', '\n']))
    }

    /// Whether a value is there, without case. A trust boundary has to ask so: `ID` hides as `id` does.
    pub fn has(&self, value: &str) -> bool {
        self.values().any(|other| other.eq_ignore_ascii_case(value))
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> Privacy<'static> {
        Privacy(Head::into_owned(self.0))
    }
}

impl<'a> Header<'a> for Privacy<'a> {
    fn name() -> HeaderName {
        HeaderName::PRIVACY
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (text, rest) = run(input, values_text)?;
        Ok((Self(text.into()), rest))
    }

    fn parameters(&self) -> usize {
        self.values().count()
    }
}

/// `priv-value *( ";" priv-value )`: the text of all.
fn values_text(input: &[u8]) -> IResult<&[u8], &str, At<'_>> {
    let (mut rest, _) = token(input)?;
    while let Ok((next, ())) = separator(b';', "expected ;")(rest) {
        (rest, _) = token(next)?;
    }
    let (text, _) = input.split_at(input.len().saturating_sub(rest.len()));
    Ok((rest, ascii(text)))
}

impl fmt::Display for Privacy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_line(f, &self.0)
    }
}
