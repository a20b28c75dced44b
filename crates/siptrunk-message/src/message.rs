//! Messages: a start line, headers, a body, all in one immutable buffer (RFC 3261 7).

use std::fmt;

use bytes::Bytes;

use crate::error::ParseError;
use crate::headers::Headers;
use crate::index::{Index, Part};
use crate::limits::Limits;
use crate::method::Method;
use crate::parse;
use crate::status::StatusCode;
use crate::uri::{Uri, UriError};

/// A request or a response.
#[derive(Clone)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

impl Message {
    /// Parses a datagram. Octets past Content-Length are [`Message::trailing`].
    ///
    /// This checks the start line in full, every name and every line end, every limit, and Content-Length; what
    /// values mean is read when asked for. See [`validate`](crate::validate) for what a UAS checks then.
    pub fn parse(bytes: Bytes, limits: &Limits) -> Result<Self, ParseError> {
        parse::message(bytes, limits, Index::new())
    }

    /// As [`Message::parse`], into an index that has served before: then nothing is allocated.
    pub fn parse_with(bytes: Bytes, limits: &Limits, index: Index) -> Result<Self, ParseError> {
        parse::message(bytes, limits, index)
    }

    /// What can be read of octets that [`Message::parse`] refuses: the start line and the fields before the first
    /// broken one, without body. For error responses only; `None` if not even a start line is there.
    pub fn salvage(bytes: Bytes, limits: &Limits) -> Option<Self> {
        parse::salvage(bytes, limits)
    }

    /// Gives the index back, to be used again.
    pub fn into_index(self) -> Index {
        match self {
            Self::Request(request) => Index(request.headers.index),
            Self::Response(response) => Index(response.headers.index),
        }
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => request.headers(),
            Self::Response(response) => response.headers(),
        }
    }

    /// The body; empty if there is none.
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Request(request) => request.body(),
            Self::Response(response) => response.body(),
        }
    }

    /// The whole buffer, trailing octets included.
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Request(request) => request.bytes(),
            Self::Response(response) => response.bytes(),
        }
    }

    /// How many octets follow the body: more than Content-Length says came in the datagram (RFC 3261 18.3).
    pub fn trailing(&self) -> usize {
        match self {
            Self::Request(request) => request.trailing(),
            Self::Response(response) => response.trailing(),
        }
    }
}

/// A request.
#[derive(Clone)]
pub struct Request {
    pub(crate) headers: Headers,
    pub(crate) method: Method,
    pub(crate) uri: Part,
    pub(crate) body_end: u32,
}

impl Request {
    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The Request-URI as written.
    pub fn uri(&self) -> &[u8] {
        self.uri.octets(&self.headers.bytes)
    }

    /// The Request-URI as a type.
    pub fn request_uri(&self) -> Result<Uri<'_>, UriError> {
        Uri::parse(self.uri())
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body; empty if there is none.
    pub fn body(&self) -> &[u8] {
        body_part(&self.headers, self.body_end).octets(&self.headers.bytes)
    }

    /// The body as a slice of the buffer, which it keeps alive.
    pub fn body_bytes(&self) -> Bytes {
        body_bytes(&self.headers, self.body_end)
    }

    /// The whole buffer, trailing octets included.
    pub fn bytes(&self) -> &Bytes {
        &self.headers.bytes
    }

    /// How many octets follow the body.
    pub fn trailing(&self) -> usize {
        self.headers.bytes.len().saturating_sub(self.body_end as usize)
    }
}

/// A response.
#[derive(Clone)]
pub struct Response {
    pub(crate) headers: Headers,
    pub(crate) status: StatusCode,
    pub(crate) reason: Part,
    pub(crate) body_end: u32,
}

impl Response {
    /// The status code.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase as written; it may be empty.
    pub fn reason(&self) -> &[u8] {
        self.reason.octets(&self.headers.bytes)
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body; empty if there is none.
    pub fn body(&self) -> &[u8] {
        body_part(&self.headers, self.body_end).octets(&self.headers.bytes)
    }

    /// The body as a slice of the buffer, which it keeps alive.
    pub fn body_bytes(&self) -> Bytes {
        body_bytes(&self.headers, self.body_end)
    }

    /// The whole buffer, trailing octets included.
    pub fn bytes(&self) -> &Bytes {
        &self.headers.bytes
    }

    /// How many octets follow the body.
    pub fn trailing(&self) -> usize {
        self.headers.bytes.len().saturating_sub(self.body_end as usize)
    }
}

/// The body begins after the empty line.
fn body_part(headers: &Headers, body_end: u32) -> Part {
    Part::new((headers.end as usize).saturating_add(2), body_end as usize)
}

fn body_bytes(headers: &Headers, body_end: u32) -> Bytes {
    let part = body_part(headers, body_end);
    if part.is_empty() || part.end() > headers.bytes.len() {
        return Bytes::new();
    }
    headers.bytes.slice(part.start()..part.end())
}

impl fmt::Debug for Request {
    /// Start line and headers without credentials; of the body only the size.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("uri", &format_args!("{}", self.uri().escape_ascii()))
            .field("headers", &self.headers)
            .field("body", &format_args!("{} octets", self.body().len()))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Response {
    /// Start line and headers without credentials; of the body only the size.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &format_args!("{} octets", self.body().len()))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request) => request.fmt(f),
            Self::Response(response) => response.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message is moved from layer to layer: it has to stay as small as it is.
    #[test]
    fn sizes() {
        assert!(size_of::<Request>() <= 112, "{}", size_of::<Request>());
        assert!(size_of::<Response>() <= 112, "{}", size_of::<Response>());
        assert!(size_of::<Message>() <= 112, "{}", size_of::<Message>());
        assert!(size_of::<crate::NameAddr<'_>>() <= 128, "{}", size_of::<crate::NameAddr<'_>>());
    }
}
