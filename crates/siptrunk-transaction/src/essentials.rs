//! The fields that every message must have, read once: where transactions, dialogs and responses
//! find them without parsing again.

use std::{borrow::Cow, fmt, net::IpAddr};

use bytes::Bytes;
use siptrunk_message::{
    CSeq, CallId, HeaderError, HeaderName, Headers, Host, MaxForwards, Method, SentBy, Via,
};

use crate::branch::MAGIC_COOKIE;

/// The mandatory fields of a message (RFC 3261 section 8.1.1), as spans into its buffer.
///
/// Reading them allocates nothing for methods that the RFCs name; the buffer is shared with the
/// message.
#[derive(Clone)]
pub struct Essentials {
    bytes: Bytes,
    via: Span,
    branch: Option<Span>,
    host: SentByHost,
    port: Option<u16>,
    asks_rport: bool,
    call_id: Span,
    from_tag: Option<Span>,
    to_tag: Option<Span>,
    cseq: CSeq,
    max_forwards: Option<u8>,
}

/// Which field kept a message from being understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EssentialsError {
    /// A mandatory field is missing, stands twice or does not read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The method of CSeq is not the method of the request (RFC 3261 section 8.1.1.5).
    #[error("CSeq names {cseq}, the request is {method}")]
    CSeqMethod {
        /// What stands in CSeq.
        cseq: Method,
        /// What stands in the request line.
        method: Method,
    },
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    length: u32,
}

#[derive(Clone, Copy, Debug)]
enum SentByHost {
    Name(Span),
    Ip(IpAddr),
}

impl Essentials {
    /// Reads the fields of a message that lies in `bytes`. `method` is the request's, for
    /// comparison with CSeq; `None` for responses.
    pub fn read(
        bytes: &Bytes,
        headers: &Headers,
        method: Option<&Method>,
    ) -> Result<Self, EssentialsError> {
        let missing = |name| HeaderError::Missing { name };
        let via = headers.first::<Via<'_>>()?.ok_or_else(|| missing(HeaderName::VIA))?;
        let raw_via = headers.raw(&HeaderName::VIA).unwrap_or_default();
        let from = headers.from()?.ok_or_else(|| missing(HeaderName::FROM))?;
        let to = headers.to()?.ok_or_else(|| missing(HeaderName::TO))?;
        let call_id = headers.require::<CallId<'_>>()?;
        let cseq = headers.require::<CSeq>()?;
        if let Some(method) = method
            && cseq.method != *method
        {
            return Err(EssentialsError::CSeqMethod { cseq: cseq.method, method: method.clone() });
        }
        let max_forwards = headers.get::<MaxForwards>()?.map(|hops| hops.0);
        let span = |text: &str| Span::of(bytes, text.as_bytes());
        let host = match via.host() {
            Host::Name(name) => SentByHost::Name(span(name)),
            Host::V4(address) => SentByHost::Ip((*address).into()),
            Host::V6(address) => SentByHost::Ip((*address).into()),
        };
        Ok(Self {
            via: Span::of(bytes, raw_via),
            branch: via.branch().map(span),
            host,
            port: via.port(),
            asks_rport: via.rport().is_some(),
            call_id: span(call_id.as_str()),
            from_tag: from.tag().map(span),
            to_tag: to.tag().map(span),
            cseq,
            max_forwards,
            bytes: bytes.clone(),
        })
    }

    /// The branch of the top Via; `None` from clients of RFC 2543.
    pub fn branch(&self) -> Option<&str> {
        self.branch.map(|span| self.text(span))
    }

    /// The sent-by of the top Via: who says that they sent it.
    pub fn sent_by(&self) -> SentBy<'_> {
        let host = match self.host {
            SentByHost::Name(span) => Host::Name(Cow::Borrowed(self.text(span))),
            SentByHost::Ip(address) => Host::from(address),
        };
        SentBy { host, port: self.port }
    }

    /// Whether the top Via asks for the response to come back to the packet's source port
    /// (RFC 3581).
    pub fn asks_rport(&self) -> bool {
        self.asks_rport
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        self.text(self.call_id)
    }

    /// The tag of From; `None` from clients of RFC 2543.
    pub fn from_tag(&self) -> Option<&str> {
        self.from_tag.map(|span| self.text(span))
    }

    /// The tag of To: there inside dialogs, and in responses.
    pub fn to_tag(&self) -> Option<&str> {
        self.to_tag.map(|span| self.text(span))
    }

    /// The CSeq.
    pub fn cseq(&self) -> &CSeq {
        &self.cseq
    }

    /// The Max-Forwards, if there is one.
    pub fn max_forwards(&self) -> Option<u8> {
        self.max_forwards
    }

    /// Whether the branch is none that identifies a transaction: a client of RFC 2543.
    pub(crate) fn is_legacy(&self) -> bool {
        self.branch().is_none_or(|branch| !branch.starts_with(MAGIC_COOKIE))
    }

    /// The first Via field as it stands.
    pub(crate) fn via(&self) -> &[u8] {
        self.via.of_bytes(&self.bytes)
    }

    fn text(&self, span: Span) -> &str {
        // The grammar of each of these fields is ASCII.
        std::str::from_utf8(span.of_bytes(&self.bytes)).unwrap_or_default()
    }
}

impl fmt::Debug for Essentials {
    /// Only the fields themselves: the rest of the message may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Essentials")
            .field("branch", &self.branch())
            .field("call_id", &self.call_id())
            .field("from_tag", &self.from_tag())
            .field("to_tag", &self.to_tag())
            .field("cseq", &self.cseq)
            .finish_non_exhaustive()
    }
}

impl Span {
    /// Where `part` lies in `whole`: the borrowed reads of a message point into its buffer.
    fn of(whole: &[u8], part: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        debug_assert!(
            part.is_empty() || start + part.len() <= whole.len(),
            "a read that does not point into the message"
        );
        // Messages have at most 1 MiB.
        Self {
            start: u32::try_from(start).unwrap_or_default(),
            length: u32::try_from(part.len()).unwrap_or_default(),
        }
    }

    fn of_bytes(self, whole: &[u8]) -> &[u8] {
        let start = self.start as usize;
        whole.get(start..start + self.length as usize).unwrap_or_default()
    }
}
