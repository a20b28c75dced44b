//! `message/sipfrag` (RFC 3420): what of a message is worth telling, above all the outcome of a REFER (RFC 3515 2.4.5).

use std::fmt;

use bytes::Bytes;
use thiserror::Error;

use crate::builder::{BuildError, check_reason};
use crate::error::ParseError;
use crate::headers::Headers;
use crate::limits::Limits;
use crate::method::Method;
use crate::parse;
use crate::start_line::StartLine;
use crate::status::StatusCode;
use crate::value::{Body, HeaderValue};

/// A part of a message: perhaps a start line, perhaps headers, perhaps a body.
///
/// ```
/// use siptrunk_message::{Limits, SipFrag, StatusCode};
///
/// let fragment = SipFrag::parse(b"SIP/2.0 486 Busy Here\r\n", &Limits::default())?;
/// assert_eq!(fragment.status(), Some(StatusCode::BUSY_HERE));
/// # Ok::<(), siptrunk_message::SipFragError>(())
/// ```
#[derive(Clone)]
pub struct SipFrag {
    start: Option<StartLine>,
    headers: Headers,
    body: Bytes,
}

/// Why octets are no part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SipFragError {
    /// Neither start line nor headers.
    #[error("the fragment is empty")]
    Empty,
    /// A line that is none of a message.
    #[error("the fragment: {0}")]
    Malformed(#[from] ParseError),
}

impl SipFrag {
    /// Reads a fragment. Its end need not be that of a line: many a NOTIFY has `SIP/2.0 200 OK` and nothing after it.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, SipFragError> {
        if octets.is_empty() {
            return Err(SipFragError::Empty);
        }
        // The end that a whole message has; a body of the fragment has one before it.
        let mut whole = Vec::with_capacity(octets.len().saturating_add(4));
        whole.extend_from_slice(octets);
        let has_body = memchr::memmem::find(octets, b"\r\n\r\n").is_some();
        if !has_body {
            whole.extend_from_slice(if octets.ends_with(b"\r\n") { b"\r\n" } else { b"\r\n\r\n" });
        }
        let whole = Bytes::from(whole);
        let (start, first_field) = parse::fragment_start(&whole, limits)?;
        let (headers, body) = parse::part(whole.clone(), first_field, limits)?;
        if start.is_none() && headers.is_empty() {
            return Err(SipFragError::Empty);
        }
        Ok(Self { start, headers, body: whole.slice(body.min(whole.len())..) })
    }

    /// The status, if it is of a response.
    pub fn status(&self) -> Option<StatusCode> {
        match self.start {
            Some(StartLine::Response { status, .. }) => Some(status),
            _ => None,
        }
    }

    /// The reason phrase, if it is of a response.
    pub fn reason(&self) -> Option<&[u8]> {
        match &self.start {
            Some(StartLine::Response { reason, .. }) => Some(reason.octets(&self.headers.bytes)),
            _ => None,
        }
    }

    /// The method, if it is of a request.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            Some(StartLine::Request { method, .. }) => Some(method),
            _ => None,
        }
    }

    /// The Request-URI as written, if it is of a request.
    pub fn uri(&self) -> Option<&[u8]> {
        match &self.start {
            Some(StartLine::Request { uri, .. }) => Some(uri.octets(&self.headers.bytes)),
            _ => None,
        }
    }

    /// The headers that it has.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body that it has.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body of a NOTIFY that tells how a REFER fares: the status line alone, since what else the response says may
    /// be no business of the referrer (RFC 3515 2.4.5, 5.2).
    pub fn of_status(status: StatusCode, reason: &str) -> Result<Body, BuildError> {
        check_reason(reason)?;
        Ok(Body {
            content_type: HeaderValue::of_static("message/sipfrag;version=2.0"),
            bytes: format!("SIP/2.0 {} {reason}\r\n", status.code()).into(),
        })
    }
}

impl fmt::Debug for SipFrag {
    /// Status or method and the headers, without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipFrag")
            .field("status", &self.status())
            .field("method", &self.method())
            .field("headers", &self.headers)
            .field("octets", &self.body.len())
            .finish_non_exhaustive()
    }
}
