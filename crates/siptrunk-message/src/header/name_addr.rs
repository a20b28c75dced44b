//! Addresses with a name and parameters: From, To, Contact, Route, Record-Route, Refer-To, P-Asserted-Identity...
//! (RFC 3261 20.10, 25.1 `name-addr`, `addr-spec`).

use std::borrow::Cow;
use std::fmt;

use nom::IResult;

use super::run;
use crate::error::Malformed;
use crate::grammar::{
    At, fail, is_lws, is_token, quoted, run_of, skip_lws, trim_end, unescape_pairs, write_line,
};
use crate::name::HeaderName;
use crate::params::{Params, write_quoted};
use crate::uri::{Uri, UriHeaderError};

/// A URI with perhaps a display name before it and header parameters after it.
#[derive(Clone, Debug)]
pub struct NameAddr<'a> {
    /// As written, with quotes if there were any; empty when there is none.
    display: Cow<'a, [u8]>,
    uri: Uri<'a>,
    params: Params<'a>,
}

impl NameAddr<'static> {
    /// An address without name and parameters.
    pub fn new(uri: Uri<'_>) -> Self {
        NameAddr { display: Cow::Borrowed(b""), uri: uri.into_owned(), params: Params::none() }
    }

    /// Sets the display name. It is quoted; control characters are left out.
    #[must_use]
    pub fn with_display_name(mut self, name: &str) -> Self {
        let clean: String = name.chars().filter(|character| !character.is_control()).collect();
        let mut written = String::new();
        if !clean.is_empty() {
            // Writing to a String does not fail.
            let _ = write_quoted(&mut written, &clean);
        }
        self.display = Cow::Owned(written.into_bytes());
        self
    }

    /// Sets the `tag` parameter.
    #[must_use]
    pub fn with_tag(self, tag: &str) -> Self {
        self.with_param("tag", Some(tag))
    }

    /// Adds a header parameter at the end, or sets the first one of that name. A value that is no token is quoted.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: Option<&str>) -> Self {
        self.params = self.params.with(name, value);
        self
    }
}

impl<'a> NameAddr<'a> {
    /// Reads an address that makes up the whole of `text`.
    pub fn parse(text: &'a [u8]) -> Result<Self, Malformed> {
        let (address, rest) = Self::parse_element(text)?;
        match skip_lws(rest) {
            [] => Ok(address),
            left => Err(Malformed {
                offset: text.len().saturating_sub(left.len()),
                reason: "octets follow the address",
            }),
        }
    }

    /// Reads one element of a list and returns what follows it: the brick for headers of your own.
    pub fn parse_element(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, name_addr)
    }

    /// The display name without quotes and quoted pairs; `None` if there is none.
    pub fn display_name(&self) -> Option<Cow<'_, str>> {
        let raw: &[u8] = &self.display;
        if raw.is_empty() {
            return None;
        }
        let inside = raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\""));
        Some(inside.map_or_else(|| String::from_utf8_lossy(raw), unescape_pairs))
    }

    /// The URI.
    pub fn uri(&self) -> &Uri<'a> {
        &self.uri
    }

    /// The `tag` parameter (RFC 3261 19.3).
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").flatten()
    }

    /// A header parameter's value as written; names compare without case.
    ///
    /// `None`: absent. `Some(None)`: present without a value.
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.params.get(name)
    }

    /// A header parameter's value with quotes and quoted pairs taken away.
    pub fn param_text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params.text(name)
    }

    /// Reads the first header of that name in the header part of a `sip:` URI. One that could be none of a message is
    /// malformed, not absent.
    pub(super) fn uri_header<T>(
        &self,
        name: &HeaderName,
        read: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Option<Result<T, Malformed>> {
        let fields = self.uri.as_sip()?.header_fields();
        let mut found = fields.filter_map(|field| match field {
            Ok((other, value)) => (other == *name).then_some(Ok(value)),
            Err(UriHeaderError::Value { name: other, .. }) if other != *name => None,
            Err(_) => Some(Err(Malformed {
                offset: 0,
                reason: "a header of the URI would break its line",
            })),
        });
        Some(found.next()?.and_then(|value| read(value.as_bytes())))
    }

    /// The header parameters.
    pub fn params(&self) -> &Params<'a> {
        &self.params
    }

    /// The address without its `tag` parameter.
    #[must_use]
    pub fn without_tag(self) -> NameAddr<'static> {
        self.without_param("tag")
    }

    /// The address without the header parameters of that name.
    #[must_use]
    pub fn without_param(self, name: &str) -> NameAddr<'static> {
        let params = self.params.without(name);
        NameAddr {
            display: Cow::Owned(self.display.into_owned()),
            uri: self.uri.into_owned(),
            params,
        }
    }

    /// The URI alone, owned.
    pub fn into_uri(self) -> Uri<'static> {
        self.uri.into_owned()
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> NameAddr<'static> {
        NameAddr {
            display: Cow::Owned(self.display.into_owned()),
            uri: self.uri.into_owned(),
            params: self.params.into_owned(),
        }
    }

    /// The larger of the counts of header and URI parameters.
    pub(crate) fn parameters(&self) -> usize {
        self.params.len().max(self.uri.parameters())
    }
}

fn name_addr(input: &[u8]) -> IResult<&[u8], NameAddr<'_>, At<'_>> {
    let start = skip_lws(input);
    let (display, rest) = match start {
        [b'<', ..] => (&b""[..], start),
        [b'"', ..] => {
            let (rest, name) = quoted(start)?;
            (name, skip_lws(rest))
        }
        _ => {
            // `*(token LWS)`; whitespace before < is no part of it.
            let (rest, name) = run_of(start, |octet| is_token(octet) || is_lws(octet));
            if rest.first() != Some(&b'<') {
                return addr_spec(start);
            }
            (trim_end(name), rest)
        }
    };
    let [b'<', inside @ ..] = rest else {
        return fail(rest, "expected < after the display name");
    };
    let Some(end) = memchr::memchr(b'>', inside) else {
        return fail(rest, "the < has no >");
    };
    let (text, tail) = inside.split_at(end);
    let uri = Uri::parse_at(text).map_err(nom::Err::Error)?;
    let (rest, params) = Params::parse(tail.get(1..).unwrap_or_default())?;
    Ok((rest, NameAddr { display: Cow::Borrowed(display), uri, params }))
}

/// A URI without brackets: `;` begins header parameters, and a URI with `,` or `?` may not stand so (20.10).
fn addr_spec(input: &[u8]) -> IResult<&[u8], NameAddr<'_>, At<'_>> {
    let (rest, text) = run_of(input, |octet| {
        !is_lws(octet) && !matches!(octet, b';' | b',' | b'?' | b'<' | b'>' | b'"')
    });
    if text.is_empty() {
        return fail(input, "expected an address");
    }
    if matches!(rest.first(), Some(b'?' | b'<' | b'>' | b'"')) {
        return fail(rest, "a URI with this octet has to stand in < >");
    }
    let uri = Uri::parse_at(text).map_err(nom::Err::Error)?;
    let (rest, params) = Params::parse(rest)?;
    Ok((rest, NameAddr { display: Cow::Borrowed(b""), uri, params }))
}

impl fmt::Display for NameAddr<'_> {
    /// Writes the name as it was read, the URI in brackets, the parameters. Name octets that are not UTF-8 become
    /// U+FFFD: to carry a field byte for byte, copy it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.display.is_empty() {
            write_line(f, &String::from_utf8_lossy(&self.display))?;
            f.write_str(" ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

impl PartialEq for NameAddr<'_> {
    /// Same name, equivalent URI (RFC 3261 19.1.4), same parameters as written.
    fn eq(&self, other: &Self) -> bool {
        self.display_name() == other.display_name()
            && self.uri == other.uri
            && self.params == other.params
    }
}

impl std::str::FromStr for NameAddr<'static> {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Ok(NameAddr::parse(text.as_bytes())?.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_a_parameter_is() {
        // RFC 3261 20.10: without brackets all parameters are the header's.
        let bare: NameAddr<'_> = "sip:a@b;transport=tcp;tag=1".parse().unwrap();
        assert_eq!((bare.tag(), bare.param("transport")), (Some("1"), Some(Some("tcp"))));
        assert_eq!(bare.uri().to_string(), "sip:a@b");
        let bracketed: NameAddr<'_> = "<sip:a@b;transport=tcp>;tag=1".parse().unwrap();
        assert_eq!((bracketed.tag(), bracketed.param("transport")), (Some("1"), None));
        assert_eq!(bracketed.uri().as_sip().unwrap().param("transport"), Some(Some("tcp")));
    }

    #[test]
    fn names_with_and_without_quotes() {
        for (text, name) in [
            ("Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", Some("Anonymous")),
            ("\"A. G. Bell\" <sip:agb@bell.com>", Some("A. G. Bell")),
            ("A  b\r\n c <sip:a@b>", Some("A  b\r\n c")),
            ("\"\" <sip:a@b>", Some("")),
            ("<sip:a@b>", None),
            ("sip:a@b", None),
        ] {
            let address: NameAddr<'_> = text.parse().unwrap();
            assert_eq!(address.display_name().as_deref(), name, "{text}");
        }
    }

    #[test]
    fn latin_1_in_a_name_is_no_reason_to_refuse_a_call() {
        let address = NameAddr::parse(b"\"Andr\xe9\" <sip:a@b>").unwrap();
        assert_eq!(address.display_name().unwrap(), "Andr\u{fffd}");
    }

    #[test]
    fn tags_come_and_go() {
        let address: NameAddr<'_> = "\"A\" <sip:a@b>;x;Tag=1;y=\"2\"".parse().unwrap();
        assert_eq!(address.clone().with_tag("9").to_string(), "\"A\" <sip:a@b>;x;tag=9;y=\"2\"");
        assert_eq!(address.clone().without_tag().to_string(), "\"A\" <sip:a@b>;x;y=\"2\"");
        assert_eq!(address.param_text("y").unwrap(), "2");
    }

    #[test]
    fn where_it_went_wrong() {
        for (text, offset) in
            [("\"a <sip:b>", 0), ("a <sip:b", 2), ("<sip:a@b:x>", 9), ("<sip:a@b>;=1", 10)]
        {
            assert_eq!(NameAddr::parse(text.as_bytes()).unwrap_err().offset, offset, "{text}");
        }
        let error = NameAddr::parse(b"<sip:a@b> x").unwrap_err();
        assert_eq!((error.offset, error.reason), (10, "octets follow the address"));
    }
}
