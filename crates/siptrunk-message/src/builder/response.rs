//! A response to a request: what RFC 3261 8.2.6 and 12.1.1 have it repeat, and what is added.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::net::SocketAddr;

use bytes::Bytes;

use super::BuildError;
use super::lines::Lines;
use super::writer::{Finished, Out, status_line, tail_octets};
use crate::header::{Header, NameAddr, Via};
use crate::headers::Field;
use crate::host::Host;
use crate::message::{Request, Response};
use crate::name::{HeaderName, Known};
use crate::status::StatusCode;
use crate::value::{Body, HeaderList};

/// A response. Fields stand in the order in which they were added; Content-Length follows from the body.
#[derive(Clone)]
pub struct ResponseBuilder(Box<Parts>);

/// Boxed, since a builder moves with every call.
#[derive(Clone)]
struct Parts {
    status: StatusCode,
    reason: Cow<'static, str>,
    lines: Lines,
    body: Bytes,
}

impl fmt::Debug for ResponseBuilder {
    /// Neither headers nor body: they may hold credentials and keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBuilder")
            .field("status", &self.0.status)
            .field("lines", &self.0.lines)
            .field("octets", &self.0.body.len())
            .finish_non_exhaustive()
    }
}

impl ResponseBuilder {
    /// What every response to `request` repeats (RFC 3261 8.2.6.2): all Via fields, From, To, Call-ID, CSeq; in a
    /// 100 also Timestamp (8.2.6.1); in what makes a dialog also Record-Route (12.1.1).
    ///
    /// `to_tag` is added to a To without tag, except in a 100. `received` is where the request came from: the top
    /// Via gets `received` if its host is another (18.2.1), and `received` and `rport` if it asked (RFC 3581 4).
    pub fn for_request(
        request: &Request,
        status: StatusCode,
        to_tag: Option<&str>,
        received: Option<SocketAddr>,
    ) -> Self {
        let headers = request.headers();
        let mut lines = Lines::for_source(headers, 512);
        let trying = status == StatusCode::TRYING;
        let dialog = request.method().makes_dialog() && (101..=299).contains(&status.code());
        let mut top = true;
        for field in headers.iter() {
            match field.known() {
                Some(Known::Via) => {
                    match received.filter(|_| top).and_then(|source| marked(field, source)) {
                        Some((via, rest)) => lines.copy_from(field, &via, rest),
                        None => lines.copy(field, true),
                    }
                    top = false;
                }
                Some(Known::To) if !trying => match to_tag.filter(|_| lacks_tag(field)) {
                    Some(tag) => lines.copy_with(field, &format!(";tag={tag}")),
                    None => lines.copy(field, true),
                },
                Some(Known::From | Known::To | Known::CallId | Known::CSeq) => {
                    lines.copy(field, true);
                }
                Some(Known::RecordRoute) if dialog => lines.copy(field, true),
                Some(Known::Timestamp) if trying => lines.copy(field, true),
                _ => {}
            }
        }
        let reason = Cow::Borrowed(status.reason());
        Self(Box::new(Parts { status, reason, lines, body: Bytes::new() }))
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Sets the reason phrase, which otherwise is that of the RFC.
    #[must_use]
    #[inline]
    pub fn reason(mut self, reason: &str) -> Self {
        self.0.reason = Cow::Owned(reason.to_owned());
        self
    }

    /// Whether a field of that name is there.
    pub fn contains(&self, name: &HeaderName) -> bool {
        self.0.lines.contains(name)
    }

    /// Takes every field of that name out.
    #[must_use]
    #[inline]
    pub fn without(mut self, name: &HeaderName) -> Self {
        self.0.lines.without(name);
        self
    }

    /// Puts a value where the first field of that name stands and drops the others; appends it if there is none.
    #[must_use]
    #[inline]
    pub fn replace(mut self, name: &HeaderName, value: impl Display) -> Self {
        self.0.lines.replace(name, value);
        self
    }

    /// Adds a field at the end.
    #[must_use]
    #[inline]
    pub fn append(mut self, name: &HeaderName, value: impl Display) -> Self {
        self.0.lines.append(name, value);
        self
    }

    /// Adds a field of another message at the end, byte for byte. Content-Length is left out.
    #[must_use]
    #[inline]
    pub fn copy(mut self, field: Field<'_>) -> Self {
        self.0.lines.copy(field, false);
        self
    }

    /// Adds an application's headers at the end.
    #[must_use]
    #[inline]
    pub fn headers(mut self, headers: &HeaderList) -> Self {
        for (name, value) in headers.iter() {
            self.0.lines.append_bytes(name, value.as_bytes());
        }
        self
    }

    /// Sets body and Content-Type.
    #[must_use]
    #[inline]
    pub fn body(mut self, body: &Body) -> Self {
        self.0.lines.replace_bytes(&HeaderName::CONTENT_TYPE, body.content_type.as_bytes());
        self.0.body = body.bytes.clone();
        self
    }

    /// Writes the response: one buffer, its index made while writing.
    pub fn build(&self) -> Result<Response, BuildError> {
        self.0.lines.check()?;
        let octets = "SIP/2.0 200 \r\n"
            .len()
            .saturating_add(self.0.reason.len())
            .saturating_add(self.0.lines.octets())
            .saturating_add(tail_octets(self.0.body.len(), false));
        let mut out = Out::new(octets, Vec::with_capacity(self.0.lines.len().saturating_add(1)));
        let reason = status_line(&mut out, self.0.status, &self.0.reason)?;
        self.0.lines.write_to(&mut out);
        let Finished { headers, body_end } = out.finish(&self.0.body, false)?;
        Ok(Response { headers, status: self.0.status, reason, body_end })
    }
}

/// The first value of a Via field with `received` and `rport`, and what follows it in the field; `None` if nothing is
/// to be added.
fn marked(field: Field<'_>, source: SocketAddr) -> Option<(String, &[u8])> {
    let (via, rest) = Via::parse(field.value()).ok()?;
    let asked = via.rport().is_some();
    let same_host = via.sent_by().host == Host::from(source.ip());
    if same_host && !asked {
        return None;
    }
    let mut via = via.with_param("received", Some(&source.ip().to_string()));
    if asked {
        via = via.with_param("rport", Some(&source.port().to_string()));
    }
    Some((via.to_string(), rest))
}

/// Whether To can take a tag: it can be read and has none.
fn lacks_tag(field: Field<'_>) -> bool {
    NameAddr::parse(field.value()).is_ok_and(|to| to.tag().is_none())
}
