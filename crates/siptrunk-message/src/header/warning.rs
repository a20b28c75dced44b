//! Warning (RFC 3261 20.43): `warn-code SP warn-agent SP warn-text`.

use std::borrow::Cow;
use std::fmt;

use nom::IResult;
use nom::Parser;
use nom::bytes::complete::take_while1;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{At, ascii, fail, number, quoted, skip_lws, unescape_pairs};
use crate::name::HeaderName;
use crate::params::write_quoted;

/// One warning.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Warning<'a> {
    code: u16,
    agent: Cow<'a, str>,
    text: Cow<'a, str>,
}

impl Warning<'_> {
    /// A warning of its parts. Control characters of `text` are left out; a code is three digits (300..=399 are
    /// registered), and other codes become 399, "miscellaneous".
    pub fn new(code: u16, agent: &str, text: &str) -> Warning<'static> {
        let agent: String =
            agent.bytes().filter(|octet| is_agent(*octet)).map(char::from).collect();
        Warning {
            code: if (100..=999).contains(&code) { code } else { 399 },
            agent: Cow::Owned(if agent.is_empty() { "-".to_owned() } else { agent }),
            text: Cow::Owned(text.chars().filter(|character| !character.is_control()).collect()),
        }
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> Warning<'static> {
        Warning {
            code: self.code,
            agent: self.agent.into_owned().into(),
            text: self.text.into_owned().into(),
        }
    }

    /// The three digits.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// Who warns: a host, with or without port, or a pseudonym.
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// The text without its quotes.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<'a> Header<'a> for Warning<'a> {
    const LIST: bool = true;

    fn name() -> HeaderName {
        HeaderName::WARNING
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, warning)
    }
}

fn warning(input: &[u8]) -> IResult<&[u8], Warning<'_>, At<'_>> {
    let (rest, code) = number(input)?;
    let code = match u16::try_from(code) {
        Ok(code @ 100..=999) if input.len().saturating_sub(rest.len()) == 3 => code,
        _ => return fail(input, "a warning code has three digits"),
    };
    let rest = skip_lws(rest);
    let (rest, agent) = take_while1(is_agent)
        .parse(rest)
        .or_else(|_: nom::Err<At<'_>>| fail(rest, "expected the agent that warns"))?;
    let after = skip_lws(rest);
    if after.len() == rest.len() {
        return fail(rest, "expected a space and the text");
    }
    let (rest, text) = quoted(after)?;
    let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let agent = Cow::Borrowed(ascii(agent));
    Ok((rest, Warning { code, agent, text: unescape_pairs(inside) }))
}

/// Octets of `hostport` and `pseudonym`, and what else is visible and ends neither.
fn is_agent(octet: u8) -> bool {
    octet.is_ascii_graphic() && !matches!(octet, b'"' | b',')
}

impl fmt::Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {} ", self.code, self.agent)?;
        write_quoted(f, &self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        for (text, code, agent, words) in [
            (
                "307 isi.edu \"Session parameter 'foo' not understood\"",
                307,
                "isi.edu",
                "Session parameter 'foo' not understood",
            ),
            ("301 isi.edu:5060 \"a \\\"b\\\"\"", 301, "isi.edu:5060", "a \"b\""),
        ] {
            let (warning, rest) = Warning::parse(text.as_bytes()).unwrap();
            assert_eq!(
                (warning.code(), warning.agent(), warning.text(), rest),
                (code, agent, words, &b""[..])
            );
            assert_eq!(warning.to_string(), text);
        }
        for text in
            ["", "30 a \"b\"", "3070 a \"b\"", "307 \"b\"", "307 a b", "307 a", "307 a\"b\""]
        {
            assert!(Warning::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_built_fits_its_grammar() {
        assert_eq!(Warning::new(7, "", "a\r\n\"b\"").to_string(), "399 - \"a\\\"b\\\"\"");
        assert_eq!(Warning::new(399, "a b\"", "").to_string(), "399 ab \"\"");
    }
}
