//! `sip:` and `sips:` URIs (RFC 3261 19.1.1): one text, and where its parts are.

use std::borrow::Cow;
use std::fmt;

use super::{escape_into, parse, unescape};
use crate::grammar::{is_param, is_user};
use crate::host::{Host, HostPort};
use crate::index::Part;
use crate::transport::Transport;

/// A `sip:` or `sips:` URI.
#[derive(Clone)]
pub struct SipUri<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) secure: bool,
    /// User part without password; empty when there is none.
    pub(super) user: Part,
    /// Password, without the colon; the grammar lets it be empty.
    pub(super) password: Option<Part>,
    pub(super) host: Part,
    pub(super) port: Option<u16>,
    /// Parameters with their leading semicolons.
    pub(super) params: Part,
    pub(super) param_count: u16,
    /// Headers without the leading question mark.
    pub(super) headers: Part,
}

impl<'a> SipUri<'a> {
    /// A `sip:` URI of its parts; the user is escaped where the grammar asks for it.
    pub fn new(user: Option<&str>, host: &Host<'_>, port: Option<u16>) -> SipUri<'static> {
        let mut text = String::from("sip:");
        if let Some(user) = user.filter(|user| !user.is_empty()) {
            escape_into(&mut text, user, is_user);
            text.push('@');
        }
        text.push_str(&host.to_string());
        if let Some(port) = port {
            text.push(':');
            text.push_str(&port.to_string());
        }
        SipUri::reread(text)
    }

    /// Finds the parts of a text that this file has written. A host name that is none (the variant is public)
    /// gives a URI whose host is `invalid`.
    fn reread(text: String) -> SipUri<'static> {
        match parse::sip_whole(text.as_bytes()) {
            Ok(uri) => uri.into_owned(),
            Err(_) => SipUri {
                text: Cow::Borrowed("sip:invalid"),
                secure: false,
                user: Part::default(),
                password: None,
                host: Part::new(4, 11),
                port: None,
                params: Part::default(),
                param_count: 0,
                headers: Part::default(),
            },
        }
    }

    /// The whole URI as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme as written.
    pub fn scheme(&self) -> &str {
        self.text.split(':').next().unwrap_or_default()
    }

    /// Whether the scheme is `sips`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The user part without escapes and without password.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.raw_user().map(unescape)
    }

    /// The user part as written.
    pub fn raw_user(&self) -> Option<&str> {
        if self.user.is_empty() { None } else { Some(self.user.read(&self.text)) }
    }

    pub(super) fn raw_password(&self) -> Option<&str> {
        self.password.map(|part| part.read(&self.text))
    }

    /// The host.
    pub fn host(&self) -> Host<'_> {
        match Host::parse(self.host.read(&self.text).as_bytes()) {
            Ok((_, host)) => host,
            // The part was found by the same grammar.
            Err(_) => Host::Name(Cow::Borrowed("invalid")),
        }
    }

    /// The port, if written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Host and port, owned.
    pub fn host_port(&self) -> HostPort {
        HostPort { host: self.host().into_owned(), port: self.port }
    }

    /// The `transport` parameter, if it names a transport that this crate knows.
    pub fn transport(&self) -> Option<Transport> {
        self.param("transport").flatten().and_then(Transport::from_token)
    }

    /// A URI parameter's value as written; names compare without case.
    ///
    /// `None`: absent. `Some(None)`: present without a value.
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.params()
            .find(|(other, _)| unescape(other).eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The URI parameters as written, in order.
    pub fn params(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.params.read(&self.text).split(';').filter(|param| !param.is_empty()).map(|param| {
            match param.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (param, None),
            }
        })
    }

    /// The headers after `?`, as written, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .read(&self.text)
            .split('&')
            .filter(|header| !header.is_empty())
            .map(|header| header.split_once('=').unwrap_or((header, "")))
    }

    /// Whether there is a headers part, which a Request-URI must not have (RFC 3261 19.1.1 table 1).
    pub fn has_headers(&self) -> bool {
        !self.headers.is_empty()
    }

    pub(super) fn parameters(&self) -> usize {
        usize::from(self.param_count)
    }

    /// Adds a parameter at the end, or sets the first one of that name where it stands; both are escaped where
    /// the grammar asks for it.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> SipUri<'static> {
        let mut written = String::new();
        if !name.is_empty() {
            written.push(';');
            escape_into(&mut written, name, is_param);
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                written.push('=');
                escape_into(&mut written, value, is_param);
            }
        }
        self.edited(name, &written)
    }

    /// Takes the parameters of that name away.
    #[must_use]
    pub fn without_param(&self, name: &str) -> SipUri<'static> {
        self.edited(name, "")
    }

    fn edited(&self, name: &str, written: &str) -> SipUri<'static> {
        let params = self.params.read(&self.text);
        let whole = self.text.as_ref();
        let head_end = if self.params.is_empty() {
            if self.headers.is_empty() {
                whole.len()
            } else {
                (self.headers.start()).saturating_sub(1)
            }
        } else {
            self.params.start()
        };
        let tail_start = head_end.saturating_add(params.len());
        let mut out = String::with_capacity(whole.len().saturating_add(written.len()));
        out.push_str(whole.get(..head_end).unwrap_or_default());
        let mut done = false;
        for param in params.split(';').filter(|param| !param.is_empty()) {
            let other = param.split('=').next().unwrap_or_default();
            if unescape(other).eq_ignore_ascii_case(name) {
                if !done {
                    out.push_str(written);
                }
                done = true;
            } else {
                out.push(';');
                out.push_str(param);
            }
        }
        if !done {
            out.push_str(written);
        }
        out.push_str(whole.get(tail_start..).unwrap_or_default());
        SipUri::reread(out)
    }

    /// The URI without its headers part: what may stand as Request-URI.
    #[must_use]
    pub fn without_headers(&self) -> SipUri<'static> {
        if self.headers.is_empty() {
            return self.clone().into_owned();
        }
        let end = (self.headers.start()).saturating_sub(1);
        SipUri::reread(self.text.get(..end).unwrap_or_default().to_owned())
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> SipUri<'static> {
        SipUri {
            text: Cow::Owned(self.text.into_owned()),
            secure: self.secure,
            user: self.user,
            password: self.password,
            host: self.host,
            port: self.port,
            params: self.params,
            param_count: self.param_count,
            headers: self.headers,
        }
    }
}

impl fmt::Display for SipUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for SipUri<'_> {
    /// The URI; a password in it is not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.password {
            None => f.write_str(&self.text),
            Some(password) => {
                f.write_str(self.text.get(..password.start()).unwrap_or_default())?;
                f.write_str("<redacted>")?;
                f.write_str(self.text.get(password.end()..).unwrap_or_default())
            }
        }
    }
}
