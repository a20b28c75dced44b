//! Bodies: what they are made of, and the part of one that is looked for (RFC 5621).

use bytes::Bytes;

use crate::error::HeaderError;
use crate::header::{ContentDisposition, ContentType};
use crate::headers::Headers;
use crate::limits::Limits;
use crate::message::{Message, Request, Response};

mod dtmf_relay;
mod multipart;
mod sipfrag;

pub use dtmf_relay::{DtmfError, DtmfRelay};
pub use multipart::{BodyPart, Multipart, MultipartError, MultipartWriter};
pub use sipfrag::{SipFrag, SipFragError};

/// Why the parts of a body could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// Content-Type or Content-Disposition of the message or of a part cannot be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A multipart body whose parts cannot be told apart.
    #[error(transparent)]
    Multipart(#[from] MultipartError),
}

/// The body of that type, or the first part of that type of a multipart body. Parts of parts are not looked at.
fn find(
    headers: &Headers,
    body: &Bytes,
    kind: &str,
    subtype: &str,
    limits: &Limits,
) -> Result<Option<Bytes>, BodyError> {
    let Some(content_type) = headers.get::<ContentType<'_>>()? else {
        return Ok(None);
    };
    if content_type.is(kind, subtype) {
        return Ok(Some(body.clone()));
    }
    if !content_type.kind().eq_ignore_ascii_case("multipart") {
        return Ok(None);
    }
    let multipart = Multipart::parse(&content_type, body, limits)?;
    Ok(multipart.first_part(kind, subtype)?.map(|part| part.body_bytes().clone()))
}

/// Whether the receiver of a body of unknown type may leave it aside: `handling=optional` (RFC 3261 20.11).
fn is_optional(headers: &Headers) -> Result<bool, HeaderError> {
    let disposition = headers.get::<ContentDisposition<'_>>()?;
    Ok(disposition.is_some_and(|disposition| disposition.is_optional()))
}

impl Message {
    /// The body of that type: the whole one, or the first such part of a multipart body, as a slice of the buffer.
    /// `None` if there is none. Parts of parts are not looked at.
    ///
    /// ```
    /// use siptrunk_message::{Limits, Message};
    ///
    /// let octets = "MESSAGE sip:a@b SIP/2.0\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n\
    ///     --x\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
    ///     --x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--x--\r\n";
    /// let limits = Limits::default();
    /// let message = Message::parse(octets.into(), &limits)?;
    /// assert_eq!(message.find_body("application", "sdp", &limits)?.unwrap(), "v=0\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn find_body(
        &self,
        kind: &str,
        subtype: &str,
        limits: &Limits,
    ) -> Result<Option<Bytes>, BodyError> {
        match self {
            Self::Request(request) => request.find_body(kind, subtype, limits),
            Self::Response(response) => response.find_body(kind, subtype, limits),
        }
    }
}

impl Request {
    /// As [`Message::find_body`].
    pub fn find_body(
        &self,
        kind: &str,
        subtype: &str,
        limits: &Limits,
    ) -> Result<Option<Bytes>, BodyError> {
        find(self.headers(), &self.body_bytes(), kind, subtype, limits)
    }

    /// The parts of a multipart body; `None` if the body is none.
    pub fn multipart(&self, limits: &Limits) -> Result<Option<Multipart>, BodyError> {
        match self.headers().get::<ContentType<'_>>()? {
            Some(kind) if kind.kind().eq_ignore_ascii_case("multipart") => {
                Ok(Some(Multipart::parse(&kind, &self.body_bytes(), limits)?))
            }
            _ => Ok(None),
        }
    }

    /// Whether a body of a type that is not known may be left aside: `handling=optional` (RFC 3261 20.11).
    pub fn body_is_optional(&self) -> Result<bool, HeaderError> {
        is_optional(self.headers())
    }
}

impl Response {
    /// As [`Message::find_body`].
    pub fn find_body(
        &self,
        kind: &str,
        subtype: &str,
        limits: &Limits,
    ) -> Result<Option<Bytes>, BodyError> {
        find(self.headers(), &self.body_bytes(), kind, subtype, limits)
    }
}
