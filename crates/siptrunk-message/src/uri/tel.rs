//! `tel:` URIs (RFC 3966 3): a number, global or within a context, and its parameters.

use std::borrow::Cow;
use std::fmt;

use super::edit::Edit;
use super::parse::is_separator;
use super::{Uri, UriError, escape_into, unescape};
use crate::grammar::is_param;
use crate::host::Host;
use crate::index::Part;
use crate::number::Number;

/// A `tel:` URI. It is written exactly as it was read.
///
/// ```
/// use siptrunk_message::{PhoneContext, Uri};
///
/// let uri: Uri = "tel:863-1234;ext=7;phone-context=+1-914-555".parse()?;
/// let tel = uri.as_tel().unwrap();
/// assert!(!tel.is_global());
/// assert_eq!(tel.digits(), "8631234");
/// assert_eq!(tel.extension(), Some("7"));
/// assert_eq!(tel.context(), Some(PhoneContext::Global("+1-914-555".into())));
/// # Ok::<(), siptrunk_message::UriError>(())
/// ```
#[derive(Clone)]
pub struct TelUri<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) number: Part,
    pub(super) params: u16,
}

/// Where a local number is valid (RFC 3966 5.1.5).
#[derive(Clone, Debug)]
pub enum PhoneContext<'a> {
    /// The first digits of global numbers, `+` first: `+1-914-555`.
    Global(Cow<'a, str>),
    /// A domain: `example.com`.
    Domain(Host<'a>),
}

impl PartialEq for PhoneContext<'_> {
    /// Digits without visual separators, domains without case (RFC 3966 4).
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Global(a), Self::Global(b)) => without_separators(a).eq(without_separators(b)),
            (Self::Domain(a), Self::Domain(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for PhoneContext<'_> {}

impl<'a> PhoneContext<'a> {
    /// Reads a `descriptor`; `None` if it is neither digits with a `+` nor a domain.
    pub fn parse(text: &'a str) -> Option<Self> {
        match text.strip_prefix('+') {
            Some(digits) => {
                let all = digits.bytes().all(|octet| octet.is_ascii_digit() || is_separator(octet));
                let any = digits.bytes().any(|octet| octet.is_ascii_digit());
                (all && any).then_some(Self::Global(Cow::Borrowed(text)))
            }
            None => match Host::parse(text.as_bytes()) {
                Ok(([], host @ Host::Name(_))) => Some(Self::Domain(host)),
                _ => None,
            },
        }
    }
}

impl fmt::Display for PhoneContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global(digits) => f.write_str(digits),
            Self::Domain(host) => host.fmt(f),
        }
    }
}

/// The octets that mean something, in lower case.
pub(super) fn without_separators(number: &str) -> impl Iterator<Item = u8> + '_ {
    number.bytes().filter(|octet| !is_separator(*octet)).map(|octet| octet.to_ascii_lowercase())
}

impl TelUri<'static> {
    /// A global number as `tel:+...`.
    pub fn new(number: &Number) -> Self {
        let text = format!("tel:{number}");
        let number = Part::new(4, text.len());
        TelUri { text: Cow::Owned(text), number, params: 0 }
    }

    /// A number that is valid within a context only: `tel:7042;phone-context=example.com`.
    pub fn local(number: &str, context: &PhoneContext<'_>) -> Result<Self, UriError> {
        match format!("tel:{number};phone-context={context}").parse()? {
            Uri::Tel(uri) if !uri.is_global() && uri.number() == number => Ok(uri),
            _ => Err(UriError::Malformed { offset: 4, reason: "not a local number" }),
        }
    }
}

impl TelUri<'_> {
    /// The whole URI as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number as written, with its visual separators.
    pub fn number(&self) -> &str {
        self.number.read(&self.text)
    }

    /// The number without visual separators, in lower case; a global one with its `+`.
    pub fn digits(&self) -> String {
        without_separators(self.number()).map(char::from).collect()
    }

    /// Whether the number is global: it begins with `+`.
    pub fn is_global(&self) -> bool {
        self.number().starts_with('+')
    }

    /// The parameters as written, in order.
    pub fn params(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        super::params_of(self.raw_params())
    }

    fn raw_params(&self) -> &str {
        self.text.get(self.number.end()..).unwrap_or_default()
    }

    /// A parameter's value as written; names compare without case.
    ///
    /// `None`: absent. `Some(None)`: present without a value.
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.params().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The extension behind a PBX: `ext` (5.3).
    pub fn extension(&self) -> Option<&str> {
        self.param("ext").flatten()
    }

    /// The ISDN subaddress without escapes: `isub` (5.2).
    pub fn subaddress(&self) -> Option<Cow<'_, str>> {
        self.param("isub").flatten().map(unescape)
    }

    /// Where a local number is valid: `phone-context` (5.1.5). A local number has to have one; many have none, and what
    /// they mean is the receiver's own numbering plan.
    pub fn context(&self) -> Option<PhoneContext<'_>> {
        PhoneContext::parse(self.param("phone-context").flatten()?)
    }

    /// The names of mandatory parameters, `m-...`: who does not know them must not use the number (5.4).
    pub fn mandatory(&self) -> impl Iterator<Item = &str> {
        self.params()
            .map(|(name, _)| name)
            .filter(|name| name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("m-")))
    }

    pub(super) fn parameters(&self) -> usize {
        usize::from(self.params)
    }

    /// Adds a parameter at the end, or sets the first one of that name where it stands; values are escaped where the
    /// grammar asks for it. A name that is none (letters, digits, `-`) changes nothing.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> TelUri<'static> {
        let is_name = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        if name.is_empty() || !name.bytes().all(is_name) {
            return self.clone().into_owned();
        }
        let mut written = format!(";{name}");
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            written.push('=');
            escape_into(&mut written, value.as_bytes(), is_param);
        }
        self.edited(name, &written)
    }

    /// Takes the parameters of that name away.
    #[must_use]
    pub fn without_param(&self, name: &str) -> TelUri<'static> {
        self.edited(name, "")
    }

    fn edited(&self, name: &str, written: &str) -> TelUri<'static> {
        let head = self.text.get(..self.number.end()).unwrap_or_default();
        let mut text = String::with_capacity(self.text.len().saturating_add(written.len()));
        text.push_str(head);
        let params = Edit { name, written }.apply(&mut text, self.raw_params());
        TelUri { text: Cow::Owned(text), number: self.number, params }
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> TelUri<'static> {
        TelUri {
            text: Cow::Owned(self.text.into_owned()),
            number: self.number,
            params: self.params,
        }
    }
}

impl fmt::Display for TelUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TelUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
