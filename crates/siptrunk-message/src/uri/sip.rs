//! `sip:` and `sips:` URIs (RFC 3261 19.1.1): one text, and where its parts are.

use std::borrow::Cow;
use std::fmt;

use super::edit::Edit;
use super::{escape_into, params_of, parse, unescape};
use crate::grammar::{ascii, is_param, is_user};
use crate::host::{Host, HostPort};

/// A `sip:` or `sips:` URI.
#[derive(Clone)]
pub struct SipUri<'a> {
    /// ASCII, as the grammar has found.
    pub(super) text: Cow<'a, [u8]>,
    pub(super) marks: Marks,
}

/// Where the parts of a SIP URI end: each begins where the one before it ends.
///
/// ```text
/// sip:alice:secret@host:5060;lr?Subject=x
///          ^       ^   ^    ^  ^
///          |       |   |    |  params_end: ? and headers follow, or nothing
///          |       |   |    params_start
///          |       |   host_end
///          |       host_start: where the scheme ends if there is no user
///          user_end: : and password follow, or @
/// ```
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    pub(super) user_end: u32,
    pub(super) host_start: u32,
    pub(super) host_end: u32,
    pub(super) params_start: u32,
    pub(super) params_end: u32,
    pub(super) port: Option<u16>,
    pub(super) params: u16,
    pub(super) secure: bool,
}

impl Marks {
    fn scheme_end(self) -> u32 {
        if self.secure { 5 } else { 4 }
    }

    fn has_user(self) -> bool {
        self.host_start > self.scheme_end()
    }
}

impl SipUri<'_> {
    fn part(&self, start: u32, end: u32) -> &str {
        ascii(self.text.get(start as usize..end as usize).unwrap_or_default())
    }
}

impl SipUri<'_> {
    /// A `sip:` URI of its parts; the user is escaped where the grammar asks for it.
    pub fn new(user: Option<&str>, host: &Host<'_>, port: Option<u16>) -> SipUri<'static> {
        let mut text = String::from("sip:");
        if let Some(user) = user.filter(|user| !user.is_empty()) {
            escape_into(&mut text, user.as_bytes(), is_user);
            text.push('@');
        }
        push_host_port(&mut text, host, port);
        SipUri::reread(text)
    }

    /// Finds the parts of a text that this file has written. A host name that is none (the variant is public)
    /// gives a URI whose host is `invalid`.
    pub(super) fn reread(text: String) -> SipUri<'static> {
        if let Ok(SipUri { marks, .. }) = parse::sip_whole(text.as_bytes()) {
            return SipUri { text: Cow::Owned(text.into_bytes()), marks };
        }
        let marks = Marks {
            user_end: 4,
            host_start: 4,
            host_end: 11,
            params_start: 11,
            params_end: 11,
            ..Marks::default()
        };
        SipUri { text: Cow::Borrowed(b"sip:invalid"), marks }
    }

    /// The whole URI as written.
    pub fn as_str(&self) -> &str {
        ascii(&self.text)
    }

    /// The scheme as written.
    pub fn scheme(&self) -> &str {
        self.part(0, self.marks.scheme_end().saturating_sub(1))
    }

    /// Whether the scheme is `sips`.
    pub fn is_secure(&self) -> bool {
        self.marks.secure
    }

    /// The user part without escapes and without password.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.raw_user().map(unescape)
    }

    /// The user part as written.
    pub fn raw_user(&self) -> Option<&str> {
        self.marks.has_user().then(|| self.part(self.marks.scheme_end(), self.marks.user_end))
    }

    /// The password without escapes. RFC 3261 19.1.1 advises against having one; it is never shown.
    pub fn password(&self) -> Option<Cow<'_, str>> {
        self.raw_password().map(unescape)
    }

    pub(super) fn raw_password(&self) -> Option<&str> {
        let start = self.marks.user_end.saturating_add(1);
        let there = self.marks.has_user() && self.marks.host_start > start;
        there.then(|| self.part(start, self.marks.host_start.saturating_sub(1)))
    }

    fn raw_params(&self) -> &str {
        self.part(self.marks.params_start, self.marks.params_end)
    }

    pub(super) fn raw_headers(&self) -> &str {
        self.part(self.marks.params_end.saturating_add(1), narrow(self.text.len()))
    }

    /// The host.
    pub fn host(&self) -> Host<'_> {
        match Host::parse(self.part(self.marks.host_start, self.marks.host_end).as_bytes()) {
            Ok((_, host)) => host,
            // The part was found by the same grammar.
            Err(_) => Host::Name(Cow::Borrowed("invalid")),
        }
    }

    /// The port, if written.
    pub fn port(&self) -> Option<u16> {
        self.marks.port
    }

    /// Host and port, owned.
    pub fn host_port(&self) -> HostPort {
        HostPort { host: self.host().into_owned(), port: self.marks.port }
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
        params_of(self.raw_params())
    }

    /// The headers after `?`, as written, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.raw_headers()
            .split('&')
            .filter(|header| !header.is_empty())
            .map(|header| header.split_once('=').unwrap_or((header, "")))
    }

    /// Whether there is a headers part, which a Request-URI must not have (RFC 3261 19.1.1 table 1).
    pub fn has_headers(&self) -> bool {
        !self.raw_headers().is_empty()
    }

    pub(super) fn parameters(&self) -> usize {
        usize::from(self.marks.params)
    }

    /// Adds a parameter at the end, or sets the first one of that name where it stands; both are escaped where
    /// the grammar asks for it.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> SipUri<'static> {
        let mut written = String::new();
        if !name.is_empty() {
            written.push(';');
            escape_into(&mut written, name.as_bytes(), is_param);
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                written.push('=');
                escape_into(&mut written, value.as_bytes(), is_param);
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
        let tail = self.part(self.marks.params_end, narrow(self.text.len()));
        let mut out = String::with_capacity(self.text.len().saturating_add(written.len()));
        out.push_str(self.part(0, self.marks.params_start));
        Edit { name, written }.apply(&mut out, self.raw_params());
        out.push_str(tail);
        SipUri::reread(out)
    }

    /// The URI without its headers part: what may stand as Request-URI.
    #[must_use]
    pub fn without_headers(&self) -> SipUri<'static> {
        SipUri::reread(self.part(0, self.marks.params_end).to_owned())
    }

    /// The same as a `sips:` URI.
    #[must_use]
    pub fn to_secure(&self) -> SipUri<'static> {
        let rest = self.part(self.marks.scheme_end(), narrow(self.text.len()));
        SipUri::reread(format!("sips:{rest}"))
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> SipUri<'static> {
        SipUri { text: Cow::Owned(self.text.into_owned()), marks: self.marks }
    }
}

/// Appends `hostport`.
pub(super) fn push_host_port(out: &mut String, host: &Host<'_>, port: Option<u16>) {
    out.push_str(&host.to_string());
    if let Some(port) = port {
        out.push(':');
        out.push_str(&port.to_string());
    }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl fmt::Display for SipUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SipUri<'_> {
    /// The URI; a password in it is not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.raw_password().is_none() {
            return f.write_str(self.as_str());
        }
        let user = self.part(0, self.marks.user_end);
        let rest = self.part(self.marks.host_start, narrow(self.text.len()));
        write!(f, "{user}:<redacted>@{rest}")
    }
}
