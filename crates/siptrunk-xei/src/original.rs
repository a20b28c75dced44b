//! Who called at first: `O.`, then Diversion, then X-Diversion.

use std::fmt;
use std::str::FromStr;

use crate::error::UnknownSource;
use crate::x_ei::XEi;

/// Where the original caller was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OriginalSource {
    /// The `O.` token of X-EI.
    Token,
    /// The Diversion header (RFC 5806).
    Diversion,
    /// The X-Diversion header, which some carriers leave where they strip Diversion.
    XDiversion,
}

impl OriginalSource {
    /// The order when nothing else is configured: what was said explicitly wins.
    pub const DEFAULT_ORDER: [Self; 3] = [Self::Token, Self::Diversion, Self::XDiversion];

    /// The word for it in a configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Diversion => "diversion",
            Self::XDiversion => "x-diversion",
        }
    }
}

/// As [`OriginalSource::as_str`].
impl fmt::Display for OriginalSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// From `token`, `diversion` or `x-diversion`.
impl FromStr for OriginalSource {
    type Err = UnknownSource;

    fn from_str(word: &str) -> Result<Self, UnknownSource> {
        let source = Self::DEFAULT_ORDER.into_iter().find(|source| source.as_str() == word);
        source.ok_or(UnknownSource)
    }
}

/// The original caller, and where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginalCaller<'a> {
    /// The number or user, fit for an `O.` token but for a `;` or a control character in it.
    pub value: &'a str,
    /// Where it comes from.
    pub source: OriginalSource,
}

/// The original caller of a call in the default order: `O.`, Diversion, X-Diversion.
///
/// `diversion` and `x_diversion` are the headers' values (topmost field, first entry), or the
/// number alone; [`diverting_user`] is applied to them.
pub fn original_caller<'a>(
    x_ei: Option<&XEi<'a>>,
    diversion: Option<&'a str>,
    x_diversion: Option<&'a str>,
) -> Option<OriginalCaller<'a>> {
    original_caller_in(&OriginalSource::DEFAULT_ORDER, x_ei, diversion, x_diversion)
}

/// As [`original_caller`], in an order of one's own; a source that is left out is not asked.
pub fn original_caller_in<'a>(
    order: &[OriginalSource],
    x_ei: Option<&XEi<'a>>,
    diversion: Option<&'a str>,
    x_diversion: Option<&'a str>,
) -> Option<OriginalCaller<'a>> {
    order.iter().find_map(|&source| {
        let value = match source {
            OriginalSource::Token => x_ei.and_then(XEi::original),
            OriginalSource::Diversion => diversion.map(diverting_user),
            OriginalSource::XDiversion => x_diversion.map(diverting_user),
        };
        value.filter(|value| !value.is_empty()).map(|value| OriginalCaller { value, source })
    })
}

/// The user of the first entry of a Diversion value: of `"A" <sip:+1555@host;x>;reason=busy`
/// that is `+1555`. A bare number comes back as it is; a URI without a user gives its host.
pub fn diverting_user(value: &str) -> &str {
    let value = skip_display_name(value.trim());
    let uri = match value.strip_prefix('<') {
        Some(rest) => rest.split('>').next().unwrap_or(rest),
        None => value.split([';', ',']).next().unwrap_or(value),
    };
    let uri = uri.trim();
    let rest = ["sips:", "sip:", "tel:"]
        .into_iter()
        .find_map(|scheme| {
            let (head, rest) = uri.split_at_checked(scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then_some(rest)
        })
        .unwrap_or(uri);
    let user = rest.split('@').next().unwrap_or(rest);
    // A password or user parameter is no part of the number.
    user.split([';', ':', '?']).next().unwrap_or(user)
}

/// What follows a display name, quoted or not, if an addr-spec in angle brackets does.
fn skip_display_name(value: &str) -> &str {
    let mut escaped = false;
    let mut quoted = false;
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => return value.get(at..).unwrap_or(value),
            _ => {}
        }
    }
    value
}
