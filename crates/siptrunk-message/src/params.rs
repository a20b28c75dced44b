//! Parameters of header values: `;name`, `;name=value`, `;name="quoted"` (RFC 3261 7.3.1, 25.1 `generic-param`).

use std::borrow::Cow;
use std::fmt;

use nom::IResult;

use crate::grammar::{
    At, ascii, fail, is_token, is_value, number, quoted, run_of, skip_lws, unescape_pairs,
    write_line,
};

/// The parameters of one header value, checked once and read when asked for.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Params<'a> {
    text: Cow<'a, str>,
    count: usize,
}

impl<'a> Params<'a> {
    /// No parameters.
    pub const fn none() -> Self {
        Params { text: Cow::Borrowed(""), count: 0 }
    }

    /// Reads `*( SEMI generic-param )` and stops at what does not continue it.
    pub(crate) fn parse(input: &'a [u8]) -> IResult<&'a [u8], Self, At<'a>> {
        let mut rest = input;
        let mut count = 0_usize;
        while let Some(after) = semicolon(rest) {
            let (after, _) = param(after)?;
            rest = after;
            count = count.saturating_add(1);
        }
        let (text, _) = input.split_at(input.len().saturating_sub(rest.len()));
        match std::str::from_utf8(text) {
            Ok(text) => Ok((rest, Params { text: Cow::Borrowed(text), count })),
            Err(_) => fail(input, "the parameters are not UTF-8"),
        }
    }

    /// Name and value as written, in order. The value of a quoted parameter has its quotes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        // The whole text is UTF-8 and both end at ASCII octets, so both are UTF-8 too.
        self.parsed().map(|param| (ascii(param.name), param.value.map(ascii)))
    }

    fn parsed(&self) -> impl Iterator<Item = Param<'_>> {
        let mut rest = self.text.as_bytes();
        std::iter::from_fn(move || {
            let (after, param) = param(semicolon(rest)?).ok()?;
            rest = after;
            Some(param)
        })
    }

    /// The value of the first parameter of that name, compared without case.
    ///
    /// `None`: absent. `Some(None)`: present without a value.
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        self.named(name).next()
    }

    /// The meaning of the first parameter of that name: quotes and quoted pairs taken away. `None`: absent, or present
    /// without a value.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name)?.map(unquote)
    }

    /// The first parameter of that name, if it is there and a number of 32 bits.
    pub fn number(&self, name: &str) -> Option<u32> {
        match number(self.get(name)??.as_bytes()) {
            Ok(([], number)) => Some(number),
            _ => None,
        }
    }

    /// The values of every parameter of that name.
    pub(crate) fn named<'s>(&'s self, name: &str) -> impl Iterator<Item = Option<&'s str>> {
        self.parsed()
            .filter(move |param| param.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|param| param.value.map(ascii))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a parameter at the end, or sets the first one of that name where it stands.
    ///
    /// A value that is no token is quoted. Names that are no tokens, and values with CR, LF or NUL, change nothing.
    #[must_use]
    pub fn with(self, name: &str, value: Option<&str>) -> Params<'static> {
        if name.is_empty() || !name.bytes().all(is_token) || value.is_some_and(breaks_a_line) {
            return self.into_owned();
        }
        let mut out = Params::none();
        let mut done = false;
        for (other, present) in self.iter() {
            if other.eq_ignore_ascii_case(name) {
                if !done {
                    out.push(name, value);
                }
                done = true;
            } else {
                out.push_written(other, present);
            }
        }
        if !done {
            out.push(name, value);
        }
        out
    }

    /// Takes every parameter of that name away.
    #[must_use]
    pub fn without(self, name: &str) -> Params<'static> {
        let mut out = Params::none();
        for (other, value) in self.iter() {
            if !other.eq_ignore_ascii_case(name) {
                out.push_written(other, value);
            }
        }
        out
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> Params<'static> {
        Params { text: Cow::Owned(self.text.into_owned()), count: self.count }
    }
}

impl Params<'static> {
    fn push(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) if !is_plain(value) => self.push_quoted(name, value),
            _ => self.push_written(name, value),
        }
    }

    fn push_quoted(&mut self, name: &str, value: &str) {
        let text = self.text.to_mut();
        text.push(';');
        text.push_str(name);
        text.push('=');
        // Writing to a String does not fail.
        let _ = write_quoted(text, value);
        self.count = self.count.saturating_add(1);
    }

    /// Adds a quoted parameter; control characters of the value are left out.
    pub(crate) fn with_quoted(mut self, name: &str, value: &str) -> Self {
        let value: String = value.chars().filter(|character| !character.is_control()).collect();
        self.push_quoted(name, &value);
        self
    }

    fn push_written(&mut self, name: &str, value: Option<&str>) {
        let text = self.text.to_mut();
        text.push(';');
        text.push_str(name);
        if let Some(value) = value {
            text.push('=');
            text.push_str(value);
        }
        self.count = self.count.saturating_add(1);
    }
}

/// What `generic-param` lets stand without quotes: a token, a host, or a bracketed or bare IPv6 address.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && (value.bytes().all(is_token)
            || value.parse::<std::net::Ipv6Addr>().is_ok()
            || is_bracketed(value))
}

fn is_bracketed(value: &str) -> bool {
    value
        .strip_prefix('[')
        .and_then(|value| value.strip_suffix(']'))
        .is_some_and(|value| value.parse::<std::net::Ipv6Addr>().is_ok())
}

fn breaks_a_line(value: &str) -> bool {
    memchr::memchr3(b'\r', b'\n', 0, value.as_bytes()).is_some()
}

/// What follows `SEMI`, if there is one.
fn semicolon(input: &[u8]) -> Option<&[u8]> {
    match skip_lws(input) {
        [b';', after @ ..] => Some(skip_lws(after)),
        _ => None,
    }
}

/// A parameter as written.
struct Param<'a> {
    name: &'a [u8],
    value: Option<&'a [u8]>,
}

/// `generic-param`: a name, and perhaps `EQUAL` and a value.
fn param(input: &[u8]) -> IResult<&[u8], Param<'_>, At<'_>> {
    let (rest, name) = run_of(input, is_token);
    if name.is_empty() {
        return fail(input, "expected a token");
    }
    let [b'=', after @ ..] = skip_lws(rest) else {
        return Ok((rest, Param { name, value: None }));
    };
    let (rest, value) = value(skip_lws(after))?;
    Ok((rest, Param { name, value: Some(value) }))
}

/// `gen-value`, and the octets `:`, `[`, `]`, which `received=` carries for IPv6 (RFC 5118 4.5).
fn value(input: &[u8]) -> IResult<&[u8], &[u8], At<'_>> {
    if input.first() == Some(&b'"') {
        return quoted(input);
    }
    let (rest, value) = run_of(input, is_value);
    if value.is_empty() {
        return fail(input, "expected a parameter value");
    }
    Ok((rest, value))
}

/// The meaning of a parameter value: quotes and quoted pairs taken away.
pub(crate) fn unquote(value: &str) -> Cow<'_, str> {
    let Some(inside) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return Cow::Borrowed(value);
    };
    unescape_pairs(inside.as_bytes())
}

/// Writes a quoted string, so that it fits a line as [`write_line`] has it.
pub(crate) fn write_quoted(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    text.chars().try_for_each(|character| match character {
        '"' | '\\' => {
            out.write_char('\\')?;
            out.write_char(character)
        }
        '\r' | '\n' => Ok(()),
        '\0' => out.write_char(' '),
        other => out.write_char(other),
    })?;
    out.write_char('"')
}

impl fmt::Display for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_line(f, &self.text)
    }
}

impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Params<'_> {
        let (rest, params) = Params::parse(text.as_bytes()).unwrap();
        assert!(rest.is_empty(), "{text}");
        params
    }

    #[test]
    fn names_values_and_order() {
        let read = params(" ; a ;B = 1\r\n ;c=\"x;y=\\\"z\" ;d=[2001:db8::1];a=2");
        let pairs: Vec<_> = read.iter().collect();
        assert_eq!(
            pairs,
            [
                ("a", None),
                ("B", Some("1")),
                ("c", Some("\"x;y=\\\"z\"")),
                ("d", Some("[2001:db8::1]")),
                ("a", Some("2"))
            ]
        );
        assert_eq!(
            (read.get("b"), read.get("A"), read.get("e")),
            (Some(Some("1")), Some(None), None)
        );
        assert_eq!(unquote(read.get("c").flatten().unwrap()), "x;y=\"z");
        assert_eq!(read.len(), 5);
    }

    #[test]
    fn what_is_set_is_quoted_where_it_has_to_be() {
        let base = params(";a;b=1");
        assert_eq!(base.clone().with("a", Some("x y")).to_string(), ";a=\"x y\";b=1");
        assert_eq!(base.clone().with("c", Some("")).to_string(), ";a;b=1;c=\"\"");
        assert_eq!(base.clone().with("c", Some("::1")).to_string(), ";a;b=1;c=::1");
        assert_eq!(base.clone().with("B", None).to_string(), ";a;B");
        assert_eq!(base.clone().without("A").to_string(), ";b=1");
        // What would break a line or the list changes nothing.
        for (name, value) in
            [("", Some("1")), ("x y", None), ("x", Some("a\r\nb")), ("x", Some("\0"))]
        {
            assert_eq!(base.clone().with(name, value).to_string(), ";a;b=1", "{name:?}");
        }
    }

    #[test]
    fn malformed_parameters() {
        for text in [";", ";;a", ";=1", ";a=", ";a=;b", ";a=\"", ";a==1", "; ;"] {
            assert!(Params::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(Params::parse(b";a=\"\xff\"").is_err());
    }
}
