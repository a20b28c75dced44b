//! Writing a message straight into its one buffer, with the index made on the way.
//!
//! [`RequestBuilder`](super::RequestBuilder) and [`ResponseBuilder`](super::ResponseBuilder) keep an order of fields that
//! can still be changed, and can write several times; the writers here keep nothing and write as they are told.

use std::fmt::Display;

use bytes::Bytes;

use super::{BuildError, field};
use crate::headers::{Field, Headers};
use crate::index::{Entry, Index, Part};
use crate::limits::Limits;
use crate::message::{Request, Response};
use crate::method::Method;
use crate::name::{HeaderName, Known};
use crate::start_line::check_request_uri;
use crate::status::StatusCode;
use crate::value::{HeaderValueError, check_value};

/// The octets and the index of a message under way.
#[derive(Debug)]
pub(super) struct Out {
    bytes: Vec<u8>,
    index: Vec<Entry>,
}

impl Out {
    pub(super) fn new(octets: usize, index: Vec<Entry>) -> Self {
        Self { bytes: Vec::with_capacity(octets), index }
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
    }

    pub(super) fn octets(&self) -> usize {
        self.bytes.len()
    }

    /// Indexes a line at `at` of a text of which what follows `from` is written next.
    #[inline]
    pub(super) fn index(&mut self, entry: Entry, from: usize, at: usize) {
        let start = self.bytes.len().saturating_add(at.saturating_sub(from));
        self.index.push(entry.moved_to(start));
    }

    /// A line of its parts. The value was checked by the caller.
    pub(super) fn field(&mut self, known: Option<Known>, name: &[u8], value: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(b": ");
        let value_start = self.bytes.len();
        self.bytes.extend_from_slice(value);
        let end = self.bytes.len();
        self.bytes.extend_from_slice(b"\r\n");
        self.index.push(Entry::new(known, start, name.len(), value_start, end));
    }

    /// Content-Length, the empty line, the body.
    #[inline]
    pub(super) fn finish(mut self, body: &[u8], compact: bool) -> Result<Finished, BuildError> {
        let start = self.bytes.len();
        let name = content_length(compact);
        self.bytes.extend_from_slice(name);
        let value = self.bytes.len();
        let digits = Digits::new(body.len());
        self.bytes.extend_from_slice(digits.as_bytes());
        let end = self.bytes.len();
        self.bytes.extend_from_slice(b"\r\n");
        // The name without ": ".
        let name_len = name.len().saturating_sub(2);
        self.index.push(Entry::new(Some(Known::ContentLength), start, name_len, value, end));
        let headers_end = self.bytes.len();
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(body);
        let octets = self.bytes.len();
        if octets > Limits::MAX_MESSAGE {
            return Err(BuildError::TooLarge { octets, limit: Limits::MAX_MESSAGE });
        }
        // An exact capacity lets Bytes take the buffer over without a header of its own.
        self.bytes.shrink_to_fit();
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let headers = Headers {
            bytes: Bytes::from(self.bytes),
            index: self.index,
            end: narrow(headers_end),
            max_params: u32::MAX,
        };
        Ok(Finished { headers, body_end: narrow(octets) })
    }
}

pub(super) struct Finished {
    pub(super) headers: Headers,
    pub(super) body_end: u32,
}

fn content_length(compact: bool) -> &'static [u8] {
    if compact { b"l: " } else { b"Content-Length: " }
}

/// How many octets `finish` adds to the lines before it.
pub(super) fn tail_octets(body: usize, compact: bool) -> usize {
    content_length(compact)
        .len()
        .saturating_add(Digits::new(body).as_bytes().len())
        .saturating_add(4)
        .saturating_add(body)
}

/// A number in decimal, without formatting machinery.
struct Digits {
    text: [u8; 20],
    start: usize,
}

impl Digits {
    fn new(mut number: usize) -> Self {
        let mut text = [b'0'; 20];
        let mut start = text.len();
        for (at, digit) in text.iter_mut().enumerate().rev() {
            // The remainder is below 10.
            *digit = u8::try_from(number % 10).unwrap_or(0).wrapping_add(b'0');
            start = at;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        Self { text, start }
    }

    fn as_bytes(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }
}

/// The first line of a request whose URI has been checked.
pub(super) fn request_line(out: &mut Out, method: &Method, uri: &[u8]) -> Part {
    out.text(method.as_str().as_bytes());
    out.text(b" ");
    let start = out.octets();
    out.text(uri);
    let end = out.octets();
    out.text(b" SIP/2.0\r\n");
    Part::new(start, end)
}

/// Refuses a Request-URI that no parser would take.
pub(super) fn check_uri(uri: &[u8]) -> Result<(), BuildError> {
    check_request_uri(uri).map_err(|(offset, reason)| BuildError::RequestUri { offset, reason })
}

/// Refuses a reason phrase that would end its line.
pub(crate) fn check_reason(reason: &str) -> Result<(), BuildError> {
    match check_value(reason.as_bytes()) {
        Ok(()) => Ok(()),
        Err(HeaderValueError::Forbidden { offset }) => {
            Err(BuildError::Forbidden { name: "reason phrase".to_owned(), offset })
        }
    }
}

/// The first line of a response.
pub(super) fn status_line(
    out: &mut Out,
    status: StatusCode,
    reason: &str,
) -> Result<Part, BuildError> {
    check_reason(reason)?;
    out.text(b"SIP/2.0 ");
    out.text(&status.digits());
    out.text(b" ");
    let start = out.octets();
    out.text(reason.as_bytes());
    let end = out.octets();
    out.text(b"\r\n");
    Ok(Part::new(start, end))
}

impl Out {
    #[inline]
    fn append_bytes(&mut self, name: &HeaderName, value: &[u8]) -> Result<(), BuildError> {
        self.index.push(field::append_bytes(&mut self.bytes, name, value)?);
        Ok(())
    }

    fn append(&mut self, name: &HeaderName, value: impl Display) -> Result<(), BuildError> {
        self.index.push(field::append(&mut self.bytes, name, value)?);
        Ok(())
    }

    #[inline]
    fn copy(&mut self, field: Field<'_>) -> Result<(), BuildError> {
        if field.is(&HeaderName::CONTENT_LENGTH) {
            return Ok(());
        }
        if field.has_nul() {
            let offset = memchr::memchr(0, field.value()).unwrap_or_default();
            return Err(BuildError::Forbidden { name: field.name().as_str().to_owned(), offset });
        }
        let line = field.line();
        let start = field.entry().start();
        self.index(field.entry(), start, start);
        self.bytes.extend_from_slice(line);
        Ok(())
    }
}

/// Writes a request front to back, once: one allocation for the message, one for its index unless a spent
/// index is given. The order of the fields is the order of the calls; Via is a field like any other here.
///
/// ```
/// use siptrunk_message::{HeaderName, Method, RequestWriter};
///
/// let mut writer = RequestWriter::new(Method::BYE, "sip:bob@192.0.2.4", 400)?;
/// writer.append_bytes(&HeaderName::VIA, b"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1")?;
/// writer.append(&HeaderName::MAX_FORWARDS, 70)?;
/// let request = writer.finish(b"")?;
/// assert_eq!(request.method(), &Method::BYE);
/// # Ok::<(), siptrunk_message::BuildError>(())
/// ```
#[derive(Debug)]
pub struct RequestWriter {
    out: Out,
    method: Method,
    uri: Part,
}

impl RequestWriter {
    /// Begins a request. `octets` is a guess of its size; a good one saves moving the message.
    pub fn new(method: Method, uri: impl AsRef<[u8]>, octets: usize) -> Result<Self, BuildError> {
        Self::with_index(method, uri, octets, Index::new())
    }

    /// As [`RequestWriter::new`], with an index that has served before.
    #[inline]
    pub fn with_index(
        method: Method,
        uri: impl AsRef<[u8]>,
        octets: usize,
        index: Index,
    ) -> Result<Self, BuildError> {
        let uri = uri.as_ref();
        check_uri(uri)?;
        let mut out = Out::new(octets.min(Limits::MAX_MESSAGE), index.emptied(32));
        let uri = request_line(&mut out, &method, uri);
        Ok(Self { out, method, uri })
    }

    /// Adds a field.
    pub fn append(&mut self, name: &HeaderName, value: impl Display) -> Result<(), BuildError> {
        self.out.append(name, value)
    }

    /// Adds a field whose value is at hand as octets.
    #[inline]
    pub fn append_bytes(&mut self, name: &HeaderName, value: &[u8]) -> Result<(), BuildError> {
        self.out.append_bytes(name, value)
    }

    /// Adds a field whose value is a number.
    pub fn append_number(&mut self, name: &HeaderName, value: u32) -> Result<(), BuildError> {
        self.out.append_bytes(name, Digits::new(value as usize).as_bytes())
    }

    /// Adds a field of another message byte for byte. Content-Length is left out: it follows from the body.
    pub fn copy(&mut self, field: Field<'_>) -> Result<(), BuildError> {
        self.out.copy(field)
    }

    /// Writes Content-Length, the empty line and the body.
    #[inline]
    pub fn finish(self, body: &[u8]) -> Result<Request, BuildError> {
        let Finished { headers, body_end } = self.out.finish(body, false)?;
        Ok(Request { headers, method: self.method, uri: self.uri, body_end })
    }
}

/// Writes a response front to back, once: see [`RequestWriter`].
#[derive(Debug)]
pub struct ResponseWriter {
    out: Out,
    status: StatusCode,
    reason: Part,
}

impl ResponseWriter {
    /// Begins a response. `octets` is a guess of its size.
    pub fn new(status: StatusCode, reason: &str, octets: usize) -> Result<Self, BuildError> {
        let mut out = Out::new(octets.min(Limits::MAX_MESSAGE), Vec::with_capacity(32));
        let reason = status_line(&mut out, status, reason)?;
        Ok(Self { out, status, reason })
    }

    /// Adds a field.
    pub fn append(&mut self, name: &HeaderName, value: impl Display) -> Result<(), BuildError> {
        self.out.append(name, value)
    }

    /// Adds a field whose value is at hand as octets.
    #[inline]
    pub fn append_bytes(&mut self, name: &HeaderName, value: &[u8]) -> Result<(), BuildError> {
        self.out.append_bytes(name, value)
    }

    /// Adds a field whose value is a number.
    pub fn append_number(&mut self, name: &HeaderName, value: u32) -> Result<(), BuildError> {
        self.out.append_bytes(name, Digits::new(value as usize).as_bytes())
    }

    /// Adds a field of another message byte for byte. Content-Length is left out: it follows from the body.
    pub fn copy(&mut self, field: Field<'_>) -> Result<(), BuildError> {
        self.out.copy(field)
    }

    /// Writes Content-Length, the empty line and the body.
    pub fn finish(self, body: &[u8]) -> Result<Response, BuildError> {
        let Finished { headers, body_end } = self.out.finish(body, false)?;
        Ok(Response { headers, status: self.status, reason: self.reason, body_end })
    }
}
