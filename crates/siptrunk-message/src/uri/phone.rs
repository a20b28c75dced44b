//! Between `tel:` URIs and SIP URIs with `user=phone` (RFC 3261 19.1.6).

use super::parse::is_separator;
use super::sip::push_host_port;
use super::{SipUri, TelUri, Uri, escape_into, hex};
use crate::grammar::is_user;
use crate::host::Host;

impl TelUri<'_> {
    /// The number at a host: `sip:<subscriber>@host;user=phone`. Letters are folded to lower case and parameters are
    /// ordered, as 19.1.6 asks for, so that equivalent numbers give equivalent SIP URIs; visual separators stay.
    ///
    /// ```
    /// use siptrunk_message::Uri;
    ///
    /// let uri: Uri = "tel:+358-555-1234567;POSTD=PP22".parse()?;
    /// let sip = uri.as_tel().unwrap().to_sip(&"foo.com".parse()?, None);
    /// assert_eq!(sip.as_str(), "sip:+358-555-1234567;postd=pp22@foo.com;user=phone");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_sip(&self, host: &Host<'_>, port: Option<u16>) -> SipUri<'static> {
        let mut out = String::from("sip:");
        push_subscriber(&mut out, self.number());
        let mut params: Vec<(&str, Option<&str>)> = self.params().collect();
        params.sort_by_cached_key(|(name, _)| rank(name));
        for (name, value) in params {
            out.push(';');
            push_subscriber(&mut out, name);
            if let Some(value) = value {
                out.push('=');
                push_subscriber(&mut out, value);
            }
        }
        out.push('@');
        push_host_port(&mut out, host, port);
        SipUri::reread(out).with_param("user", Some("phone"))
    }
}

/// Where a parameter stands: the subaddress, post-dial, the context that belongs to the number (RFC 3966 3), then the
/// others by name.
fn rank(name: &str) -> (u8, String) {
    let name = name.to_ascii_lowercase();
    let place = match name.as_str() {
        "isub" | "ext" => 0,
        "postd" => 1,
        "phone-context" => 2,
        _ => 3,
    };
    (place, name)
}

/// Appends a part of a `telephone-subscriber`: folded, with what a user part may not have escaped. Escapes stay.
fn push_subscriber(out: &mut String, part: &str) {
    let mut in_escape = 0_u8;
    for octet in part.bytes() {
        if in_escape > 0 || octet == b'%' {
            in_escape = if octet == b'%' { 2 } else { in_escape.saturating_sub(1) };
            out.push(char::from(octet));
        } else {
            escape_into(out, &[octet.to_ascii_lowercase()], is_user);
        }
    }
}

impl SipUri<'_> {
    /// The number of a URI with `user=phone`, as a `tel:` URI with the parameters that stand within the user part;
    /// `None` if the URI is not of a number.
    ///
    /// ```
    /// use siptrunk_message::Uri;
    ///
    /// let uri: Uri = "sip:7042;phone-context=example.com@gw.example;user=phone".parse()?;
    /// let tel = uri.as_sip().unwrap().to_tel().unwrap();
    /// assert_eq!(tel.as_str(), "tel:7042;phone-context=example.com");
    /// # Ok::<(), siptrunk_message::UriError>(())
    /// ```
    pub fn to_tel(&self) -> Option<TelUri<'static>> {
        if !self.is_phone() {
            return None;
        }
        let mut out = String::from("tel:");
        let mut rest = self.raw_user()?.as_bytes();
        while let [first, after @ ..] = rest {
            rest = after;
            let octet = match after {
                [high, low, after @ ..] if *first == b'%' => {
                    let octet = (hex(*high) << 4) | hex(*low);
                    if stands_bare(octet) {
                        rest = after;
                        octet
                    } else {
                        *first
                    }
                }
                _ => *first,
            };
            out.push(char::from(octet));
        }
        match out.parse() {
            Ok(Uri::Tel(uri)) => Some(uri),
            _ => None,
        }
    }
}

/// What a user part may have escaped though a `tel:` URI need not: what it has to escape itself, and digits.
fn stands_bare(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || is_separator(octet)
        || matches!(octet, b'#' | b'*' | b'+' | b'[' | b']' | b':')
}

impl Uri<'_> {
    /// The number of a `tel:` URI, or of a SIP URI with `user=phone`, as a `tel:` URI.
    pub fn to_tel(&self) -> Option<TelUri<'static>> {
        match self {
            Self::Sip(uri) => uri.to_tel(),
            Self::Tel(uri) => Some(uri.clone().into_owned()),
            Self::Other(_) => None,
        }
    }

    /// The URI at a host: of a `tel:` URI the number there; a SIP URI goes as it is.
    pub fn to_sip(&self, host: &Host<'_>, port: Option<u16>) -> Option<SipUri<'static>> {
        match self {
            Self::Sip(uri) => Some(uri.clone().into_owned()),
            Self::Tel(uri) => Some(uri.to_sip(host, port)),
            Self::Other(_) => None,
        }
    }
}
