//! A request that is kept and written as often as it is sent: retries and next targets differ in Via alone.

use std::fmt::{self, Display};

use bytes::Bytes;

use super::BuildError;
use super::field::forbidden;
use super::lines::Lines;
use super::writer::{Finished, Out, check_uri, request_line, tail_octets};
use crate::headers::Field;
use crate::message::Request;
use crate::method::Method;
use crate::name::{HeaderName, Known};
use crate::value::{Body, HeaderList, check_value};

/// A request without its top Via, which `build` is given.
///
/// Fields stand in the order in which they were added; Content-Length follows from the body. Whatever could
/// break a line (CR, LF, NUL in a value) makes `build` fail, so it never reaches the wire.
///
/// Fields that are carried from a message stay in its buffer, which the builder keeps alive, and are written from there:
/// `build` writes the whole request once, front to back.
#[derive(Clone)]
pub struct RequestBuilder(Box<Parts>);

/// Boxed, since a builder moves with every call.
#[derive(Clone)]
struct Parts {
    method: Method,
    uri: String,
    lines: Lines,
    body: Bytes,
    /// Whether names that have a compact form are written in it.
    compact: bool,
}

impl fmt::Debug for RequestBuilder {
    /// Neither headers nor body: they may hold credentials and keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("method", &self.0.method)
            .field("lines", &self.0.lines)
            .field("octets", &self.0.body.len())
            .finish_non_exhaustive()
    }
}

impl RequestBuilder {
    /// A request without header fields.
    pub fn new(method: Method, uri: impl Display) -> Self {
        Self(Box::new(Parts {
            method,
            uri: uri.to_string(),
            lines: Lines::with_capacity(1024, 24),
            body: Bytes::new(),
            compact: false,
        }))
    }

    /// Everything of a request but its Via fields, byte for byte; the body too.
    pub fn from_request(request: &Request) -> Self {
        let headers = request.headers();
        let mut lines = Lines::for_source(headers, 512);
        for field in headers.iter().filter(|field| field.known() != Some(Known::Via)) {
            lines.copy(field, false);
        }
        Self(Box::new(Parts {
            method: request.method().clone(),
            uri: String::from_utf8_lossy(request.uri()).into_owned(),
            lines,
            body: request.body_bytes(),
            compact: false,
        }))
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The Request-URI.
    pub fn uri(&self) -> &str {
        &self.0.uri
    }

    /// Sets the method.
    #[must_use]
    #[inline]
    pub fn with_method(mut self, method: Method) -> Self {
        self.0.method = method;
        self
    }

    /// Sets the Request-URI.
    #[must_use]
    #[inline]
    pub fn with_uri(mut self, uri: impl Display) -> Self {
        self.0.uri = uri.to_string();
        self
    }

    /// Whether a field of that name is there.
    pub fn contains(&self, name: &HeaderName) -> bool {
        self.0.lines.contains(name)
    }

    /// The value of the first field of that name, as it will be written.
    pub fn raw(&self, name: &HeaderName) -> Option<&[u8]> {
        self.0.lines.raw(name)
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

    /// Takes the body out, with the fields that describe it.
    #[must_use]
    #[inline]
    pub fn without_body(mut self) -> Self {
        for name in [
            HeaderName::CONTENT_TYPE,
            HeaderName::CONTENT_ENCODING,
            HeaderName::CONTENT_DISPOSITION,
            HeaderName::CONTENT_LANGUAGE,
        ] {
            self.0.lines.without(&name);
        }
        self.0.body = Bytes::new();
        self
    }

    /// Writes each name that has a compact form in that form (RFC 3261 7.3.3): for a request that would be too large for a
    /// datagram. Names without one stay as they are, so those that a peer compares with case do too; and fields that are
    /// added after this keep their long names.
    ///
    /// ```
    /// use siptrunk_message::{HeaderName, Method, RequestBuilder};
    ///
    /// let builder = RequestBuilder::new(Method::OPTIONS, "sip:b")
    ///     .append(&HeaderName::CALL_ID, "1")
    ///     .append(&HeaderName::new("X-Room")?, "7")
    ///     .compact();
    /// let request = builder.build("SIP/2.0/UDP 192.0.2.1")?;
    /// let text = "OPTIONS sip:b SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1\r\ni: 1\r\nX-Room: 7\r\nl: 0\r\n\r\n";
    /// assert_eq!(request.bytes(), text);
    /// assert_eq!(builder.octets("SIP/2.0/UDP 192.0.2.1".len()), text.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn compact(mut self) -> Self {
        self.0.lines.compact();
        self.0.compact = true;
        self
    }

    /// How many octets [`build`](Self::build) writes with a Via of this many octets.
    pub fn octets(&self, via: usize) -> usize {
        let parts = &self.0;
        parts
            .method
            .as_str()
            .len()
            .saturating_add(parts.uri.len())
            .saturating_add(" ".len())
            .saturating_add(" SIP/2.0\r\n".len())
            .saturating_add(parts.via_name().len())
            .saturating_add(": \r\n".len())
            .saturating_add(via)
            .saturating_add(parts.lines.octets())
            .saturating_add(tail_octets(parts.body.len(), parts.compact))
    }

    /// Writes the request with `via` as its topmost Via value: one buffer, its index made while writing.
    pub fn build(&self, via: &str) -> Result<Request, BuildError> {
        self.0.lines.check()?;
        check_uri(self.0.uri.as_bytes())?;
        check_value(via.as_bytes()).map_err(|error| forbidden(&HeaderName::VIA, &error))?;
        let (parts, octets) = (&self.0, self.octets(via.len()));
        let mut out = Out::new(octets, Vec::with_capacity(parts.lines.len().saturating_add(2)));
        let uri = request_line(&mut out, &parts.method, parts.uri.as_bytes());
        out.field(Some(Known::Via), parts.via_name(), via.as_bytes());
        parts.lines.write_to(&mut out);
        let Finished { headers, body_end } = out.finish(&parts.body, parts.compact)?;
        Ok(Request { headers, method: parts.method.clone(), uri, body_end })
    }
}

impl Parts {
    fn via_name(&self) -> &'static [u8] {
        if self.compact { b"v" } else { b"Via" }
    }
}
