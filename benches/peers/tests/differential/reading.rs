//! What each parser says of some octets.

use std::fmt;

use bytes::Bytes;
use siptrunk_message::{Limits, Message};
use sipx_sip::headers::{From, To};
use sipx_sip::{CSeq, CallId, Via};

/// One value as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// There is no such header, or no such part of it.
    Absent,
    /// There is, and it does not read.
    Malformed,
    /// There is, with this value.
    Value(Vec<u8>),
}

impl Field {
    fn of<T: AsRef<[u8]>>(value: Option<T>) -> Self {
        value.map_or(Self::Absent, |value| Self::Value(value.as_ref().to_vec()))
    }

    /// Of a header that may be absent or malformed, the part that `read` takes.
    fn read<H, E, T: AsRef<[u8]>>(
        header: Result<Option<H>, E>,
        read: impl FnOnce(&H) -> Option<T>,
    ) -> Self {
        match header {
            Ok(header) => Self::of(header.as_ref().and_then(read)),
            Err(_) => Self::Malformed,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Malformed => f.write_str("malformed"),
            Self::Value(value) => write!(f, "\"{}\"", value.escape_ascii()),
        }
    }
}

/// A message that was read.
#[derive(Debug)]
pub(super) struct Reading {
    method: Field,
    uri: Field,
    status: Field,
    pub(super) call_id: Field,
    cseq: Field,
    from_tag: Field,
    to_tag: Field,
    branch: Field,
    body: Field,
}

impl Reading {
    pub(super) fn fields(&self) -> [(&'static str, &Field); 9] {
        [
            ("method", &self.method),
            ("uri", &self.uri),
            ("status", &self.status),
            ("call-id", &self.call_id),
            ("cseq", &self.cseq),
            ("from-tag", &self.from_tag),
            ("to-tag", &self.to_tag),
            ("branch", &self.branch),
            ("body", &self.body),
        ]
    }
}

/// By siptrunk-message; refused with the kind of the error.
pub(super) fn ours(octets: &[u8]) -> Result<Reading, String> {
    let message = Message::parse(Bytes::copy_from_slice(octets), &Limits::default())
        .map_err(|error| error.kind().to_owned())?;
    let (method, uri, status) = match &message {
        Message::Request(request) => (
            Field::of(Some(request.method().as_str())),
            Field::of(Some(request.uri())),
            Field::Absent,
        ),
        Message::Response(response) => {
            let code = response.status().code().to_string();
            (Field::Absent, Field::Absent, Field::of(Some(code)))
        }
    };
    let headers = message.headers();
    Ok(Reading {
        method,
        uri,
        status,
        call_id: Field::read(headers.call_id(), |id| Some(id.to_owned())),
        cseq: Field::read(headers.cseq(), |cseq| {
            Some(format!("{} {}", cseq.number, cseq.method.as_str()))
        }),
        from_tag: Field::read(headers.from(), |from| from.tag().map(str::to_owned)),
        to_tag: Field::read(headers.to(), |to| to.tag().map(str::to_owned)),
        branch: Field::read(headers.top_via(), |via| via.branch().map(str::to_owned)),
        body: Field::of(Some(message.body())),
    })
}

/// By sipx-sip; refused with its error.
pub(super) fn theirs(octets: &[u8]) -> Result<Reading, String> {
    let octets = Bytes::copy_from_slice(octets);
    let message = sipx_sip::parse_datagram(octets, &sipx_sip::Limits::default())
        .map_err(|error| error.to_string())?;
    let (method, uri, status) = match &message {
        sipx_sip::Message::Request(request) => (
            Field::of(Some(request.method.as_bytes())),
            Field::of(Some(request.uri.to_string())),
            Field::Absent,
        ),
        sipx_sip::Message::Response(response) => {
            let code = response.status.code().to_string();
            (Field::Absent, Field::Absent, Field::of(Some(code)))
        }
    };
    let headers = message.headers();
    Ok(Reading {
        method,
        uri,
        status,
        call_id: Field::read(headers.typed::<CallId>().transpose(), |id| Some(id.0.clone())),
        cseq: Field::read(headers.typed::<CSeq>().transpose(), |cseq| {
            Some(format!("{} {}", cseq.sequence, cseq.method))
        }),
        from_tag: Field::read(headers.typed::<From>().transpose(), |from| {
            from.tag().map(|tag| tag.to_vec())
        }),
        to_tag: Field::read(headers.typed::<To>().transpose(), |to| {
            to.tag().map(|tag| tag.to_vec())
        }),
        branch: Field::read(headers.typed::<Via>().transpose(), |via| {
            via.branch().map(|branch| branch.to_vec())
        }),
        body: Field::of(Some(message.body())),
    })
}
