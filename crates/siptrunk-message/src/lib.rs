#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

// The message: one buffer, an index, and the scanner between them.
mod message;
pub use message::{Message, Request, Response};
mod headers;
pub use headers::{Field, Headers};
mod index;
pub use index::Index;
mod limits;
mod octets;
mod parse;
mod start_line;
pub use limits::Limits;
mod error;
pub use error::{HeaderError, Malformed, ParseError};

// Streams: where a message ends.
mod stream;
pub use stream::{Frame, FramingError, KeepAlive, StreamDecoder};

// Words: what stands in start lines and header names.
mod method;
pub use method::{Method, MethodError};
mod name;
pub use name::{HeaderName, HeaderNameError};
mod status;
pub use status::StatusCode;
mod transport;
pub use transport::Transport;

// Values as types.
mod grammar;
mod header;
pub use header::{
    Accept, AcceptEncoding, AcceptLanguage, AlertInfo, Allow, AllowEvents, CSeq, CallId, CallInfo,
    Contact, ContentDisposition, ContentEncoding, ContentLanguage, ContentLength, ContentType,
    Date, Diversion, ErrorInfo, Event, Expires, Header, HeaderFamily, HistoryIndex, HistoryInfo,
    HistoryTarget, Identities, InReplyTo, MaxBreadth, MaxForwards, MimeVersion, MinExpires, MinSe,
    NameAddr, Organization, PAssertedIdentity, PPreferredIdentity, Priority, Privacy, Product,
    ProxyRequire, QValue, RAck, RSeq, Reason, ReferSub, ReferTo, ReferredBy, Refresher, Replaces,
    Require, RetryAfter, Server, SessionExpires, SessionId, SessionUuid, Subject,
    SubscriptionState, Supported, Timestamp, TypedHeader, Unsupported, UserAgent, UserToUser, Via,
    Warning, typed_headers,
};
mod params;
pub use params::Params;
mod host;
pub use host::{Host, HostError, HostPort, SentBy};
mod number;
pub use number::{Number, NumberError};
mod uri;
pub use uri::{OtherUri, PhoneContext, SipUri, TelUri, Uri, UriError, UriHeaderError};

// Bodies.
mod body;
pub use body::{
    BodyError, BodyPart, DtmfError, DtmfRelay, Multipart, MultipartError, MultipartWriter, SipFrag,
    SipFragError,
};

// Writing.
mod builder;
pub use builder::{BuildError, RequestBuilder, RequestWriter, ResponseBuilder, ResponseWriter};
mod value;
pub use value::{Body, HeaderList, HeaderListError, HeaderValue, HeaderValueError};

// Judging and showing.
mod explain;
pub mod validate;
pub use explain::explain;
