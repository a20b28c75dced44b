//! Why octets are no message, and why a header is not what was asked for.

use thiserror::Error;

use crate::name::HeaderName;
use crate::status::StatusCode;

/// Why octets are no SIP message. Offsets count from the first octet.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseError {
    /// More octets than [`Limits::message`](crate::Limits::message).
    #[error("the message has {octets} octets, the limit is {limit}")]
    TooLarge {
        /// How many there are.
        octets: usize,
        /// How many may be.
        limit: usize,
    },
    /// Neither a Request-Line nor a Status-Line (RFC 3261 7.1, 7.2).
    #[error("start line, octet {offset}: {reason}")]
    StartLine {
        /// Where.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A well-formed request line of another protocol version; 505 answers it.
    #[error("octet {offset}: a version other than SIP/2.0")]
    Version {
        /// Where the version begins.
        offset: usize,
    },
    /// A line that is no header field (RFC 3261 7.3).
    #[error("header field, octet {offset}: {reason}")]
    Field {
        /// Where.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A line longer than [`Limits::line`](crate::Limits::line).
    #[error("the line at octet {offset} has more than {limit} octets")]
    LineTooLong {
        /// Where the line begins.
        offset: usize,
        /// How many octets it may have.
        limit: usize,
    },
    /// More header fields than [`Limits::headers`](crate::Limits::headers).
    #[error("more than {limit} header fields (octet {offset})")]
    TooManyHeaders {
        /// Where the first field too many begins.
        offset: usize,
        /// How many there may be.
        limit: usize,
    },
    /// More Via values than [`Limits::vias`](crate::Limits::vias).
    #[error("more than {limit} Via values (octet {offset})")]
    TooManyVias {
        /// Where the field with the first value too many begins.
        offset: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The headers do not end with an empty line.
    #[error("the headers do not end with an empty line (octet {offset})")]
    NoEnd {
        /// Where the octets end.
        offset: usize,
    },
    /// A Content-Length that is no number, that stands twice, or that has no end.
    #[error("Content-Length, octet {offset}: {reason}")]
    ContentLength {
        /// Where its value begins.
        offset: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Content-Length says more octets than the datagram has (RFC 3261 18.3).
    #[error("Content-Length says {expected} octets, {present} are there")]
    BodyTooShort {
        /// What Content-Length says.
        expected: usize,
        /// What follows the headers.
        present: usize,
    },
}

impl ParseError {
    /// The status that a UAS answers with, if the octets are a request that can be answered at all.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Version { .. } => StatusCode::VERSION_NOT_SUPPORTED,
            Self::TooLarge { .. } => StatusCode::MESSAGE_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The octet where it went wrong, if the error is about a place.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::TooLarge { .. } | Self::BodyTooShort { .. } => None,
            Self::StartLine { offset, .. }
            | Self::Version { offset }
            | Self::Field { offset, .. }
            | Self::LineTooLong { offset, .. }
            | Self::TooManyHeaders { offset, .. }
            | Self::TooManyVias { offset, .. }
            | Self::NoEnd { offset }
            | Self::ContentLength { offset, .. } => Some(*offset),
        }
    }

    /// A short stable name of the kind, for logs and counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::StartLine { .. } => "start-line",
            Self::Version { .. } => "version",
            Self::Field { .. } => "field",
            Self::LineTooLong { .. } => "line-too-long",
            Self::TooManyHeaders { .. } => "too-many-headers",
            Self::TooManyVias { .. } => "too-many-vias",
            Self::NoEnd { .. } => "no-end",
            Self::ContentLength { .. } => "content-length",
            Self::BodyTooShort { .. } => "body-too-short",
        }
    }
}

/// Why a header could not be read as a type. Absent and malformed are never the same.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The header is not there though it has to be.
    #[error("{name} is missing")]
    Missing {
        /// The header.
        name: HeaderName,
    },
    /// The value is not what its grammar says.
    #[error("{name}, octet {offset} of the message: {reason}")]
    Malformed {
        /// The header.
        name: HeaderName,
        /// Where, counted from the message's first octet.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A header that may stand once stands twice.
    #[error("{name} stands more than once (octet {offset} of the message)")]
    Repeated {
        /// The header.
        name: HeaderName,
        /// Where its second field's value begins, counted from the message's first octet.
        offset: usize,
    },
}

impl HeaderError {
    /// The header it is about.
    pub fn name(&self) -> &HeaderName {
        match self {
            Self::Missing { name } | Self::Malformed { name, .. } | Self::Repeated { name, .. } => {
                name
            }
        }
    }

    /// Where, if it is there at all.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Missing { .. } => None,
            Self::Malformed { offset, .. } | Self::Repeated { offset, .. } => Some(*offset),
        }
    }
}

/// What a [`Header`](crate::Header) says of a value that it cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("octet {offset} of the value: {reason}")]
pub struct Malformed {
    /// Where, counted from the first octet that the header was given.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}
