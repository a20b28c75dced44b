//! Building messages: fields are copied or added in order, and the message is written once, front to back.

use thiserror::Error;

use crate::name::{HeaderName, HeaderNameError};

pub(crate) mod field;
mod lines;
mod request;
mod response;
mod writer;

pub use request::RequestBuilder;
pub use response::ResponseBuilder;
pub(crate) use writer::check_reason;
pub use writer::{RequestWriter, ResponseWriter};

/// Why a message was not written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A value, the Request-URI or the reason phrase has an octet that would end its line or more.
    #[error("{name}: octet {offset} is CR, LF or NUL, which no line may have")]
    Forbidden {
        /// The header, or the part of the start line.
        name: String,
        /// Where, counted from the value's first octet.
        offset: usize,
    },
    /// A header name that is no token.
    #[error(transparent)]
    Name(#[from] HeaderNameError),
    /// A header that the builder writes itself.
    #[error("{name} is written by the builder: leave it to the body or to build()")]
    Owned {
        /// The header.
        name: HeaderName,
    },
    /// The Request-URI has no scheme, or an octet that no URI has.
    #[error("Request-URI, octet {offset}: {reason}")]
    RequestUri {
        /// Where, counted from its first octet.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// More octets than a message may have.
    #[error("the message would have {octets} octets, {limit} are the most")]
    TooLarge {
        /// How many it would have.
        octets: usize,
        /// How many it may have.
        limit: usize,
    },
}
