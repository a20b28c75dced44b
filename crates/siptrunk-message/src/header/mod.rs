//! Typed headers, one file each, and the open trait that reads them.

use nom::IResult;

use crate::error::Malformed;
use crate::grammar::{At, offset_in};
use crate::name::HeaderName;
use crate::value::{HeaderValueError, check_value};

// What headers are made of.
mod bricks;
mod identities;
pub use identities::Identities;
mod info_uri;
mod language;
mod media_type;
mod product;
pub use product::Product;
mod q_value;
pub use q_value::QValue;

// The headers, by name. Those of addresses without a meaning beyond that (From, To, Reply-To, Route, Record-Route, Path,
// Service-Route) are all read as `NameAddr`.
mod accept;
pub use accept::Accept;
mod accept_encoding;
pub use accept_encoding::AcceptEncoding;
mod accept_language;
pub use accept_language::AcceptLanguage;
mod alert_info;
pub use alert_info::AlertInfo;
mod allow;
pub use allow::Allow;
mod allow_events;
pub use allow_events::AllowEvents;
mod call_id;
pub use call_id::CallId;
mod call_info;
pub use call_info::CallInfo;
mod contact;
pub use contact::Contact;
mod content_disposition;
pub use content_disposition::ContentDisposition;
mod content_encoding;
pub use content_encoding::ContentEncoding;
mod content_language;
pub use content_language::ContentLanguage;
mod content_length;
pub use content_length::ContentLength;
mod content_type;
pub use content_type::ContentType;
mod cseq;
pub use cseq::CSeq;
mod date;
pub use date::Date;
mod diversion;
pub use diversion::Diversion;
mod error_info;
pub use error_info::ErrorInfo;
mod event;
pub use event::Event;
mod expires;
pub use expires::Expires;
mod history_info;
pub use history_info::{HistoryIndex, HistoryInfo, HistoryTarget};
mod in_reply_to;
pub use in_reply_to::InReplyTo;
mod max_breadth;
pub use max_breadth::MaxBreadth;
mod max_forwards;
pub use max_forwards::MaxForwards;
mod mime_version;
pub use mime_version::MimeVersion;
mod min_expires;
pub use min_expires::MinExpires;
mod min_se;
pub use min_se::MinSe;
mod name_addr;
pub use name_addr::NameAddr;
mod organization;
pub use organization::Organization;
mod p_asserted_identity;
pub use p_asserted_identity::PAssertedIdentity;
mod p_preferred_identity;
pub use p_preferred_identity::PPreferredIdentity;
mod priority;
pub use priority::Priority;
mod privacy;
pub use privacy::Privacy;
mod proxy_require;
pub use proxy_require::ProxyRequire;
mod rack;
pub use rack::RAck;
mod reason;
pub use reason::Reason;
mod refer_sub;
pub use refer_sub::ReferSub;
mod refer_to;
pub use refer_to::ReferTo;
mod referred_by;
pub use referred_by::ReferredBy;
mod replaces;
pub use replaces::Replaces;
mod require;
pub use require::Require;
mod retry_after;
pub use retry_after::RetryAfter;
mod rseq;
pub use rseq::RSeq;
mod server;
pub use server::Server;
mod session_expires;
pub use session_expires::{Refresher, SessionExpires};
mod session_id;
pub use session_id::{SessionId, SessionUuid};
mod subject;
pub use subject::Subject;
mod subscription_state;
pub use subscription_state::SubscriptionState;
mod supported;
pub use supported::Supported;
mod timestamp;
pub use timestamp::Timestamp;
mod unsupported;
pub use unsupported::Unsupported;
mod user_agent;
pub use user_agent::UserAgent;
mod user_to_user;
pub use user_to_user::UserToUser;
mod via;
pub use via::Via;
mod warning;
pub use warning::Warning;

// All of them in one table.
mod typed;
pub use typed::{HeaderFamily, TypedHeader, typed_headers};

/// A header as a type. Implement it for headers of your own: the reads of
/// [`Headers`](crate::Headers) take any `Header`.
///
/// ```
/// use siptrunk_message::{Header, HeaderName, Malformed};
///
/// /// `X-CallID` of a provider: digits.
/// struct ProviderCallId(u64);
///
/// impl<'a> Header<'a> for ProviderCallId {
///     fn name() -> HeaderName {
///         HeaderName::from_static("X-CallID")
///     }
///
///     fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
///         let text = std::str::from_utf8(input).ok();
///         match text.and_then(|text| text.parse().ok()) {
///             Some(id) => Ok((Self(id), &[])),
///             None => Err(Malformed { offset: 0, reason: "not a number" }),
///         }
///     }
/// }
/// ```
pub trait Header<'a>: Sized + 'a {
    /// Whether the header's value is a comma-separated list, so that it may also stand in several fields.
    const LIST: bool = false;

    /// Whether a list of no elements may be written as an empty value.
    const MAY_BE_EMPTY: bool = false;

    /// The header's name.
    fn name() -> HeaderName;

    /// Reads one element from the front of a value and returns what follows it.
    ///
    /// Whitespace after the element and the comma of a list are the caller's; so are octets that should not follow.
    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed>;

    /// How many parameters were read, for [`Limits::params`](crate::Limits::params).
    fn parameters(&self) -> usize {
        0
    }
}

/// Runs a grammar of this crate and turns its place of failure into an offset.
pub(crate) fn run<'a, T>(
    input: &'a [u8],
    parser: impl FnOnce(&'a [u8]) -> IResult<&'a [u8], T, At<'a>>,
) -> Result<(T, &'a [u8]), Malformed> {
    match parser(input) {
        Ok((rest, value)) => Ok((value, rest)),
        Err(error) => {
            let At { at, reason } = At::from_nom(&error, input);
            Err(Malformed { offset: offset_in(input, at), reason })
        }
    }
}

/// Runs a grammar over a value of ours: it has to read it whole, and nothing in it may end a line, though a grammar may
/// take folds.
fn whole<'a, T>(
    input: &'a [u8],
    parser: impl FnOnce(&'a [u8]) -> IResult<&'a [u8], T, At<'a>>,
) -> Result<T, Malformed> {
    if let Err(HeaderValueError::Forbidden { offset }) = check_value(input) {
        return Err(Malformed { offset, reason: "CR, LF or NUL" });
    }
    let (value, rest) = run(input, parser)?;
    nothing_follows(input, rest)?;
    Ok(value)
}

/// Reads a header from a value that came out of a URI and is its whole.
fn whole_header<'a, H: Header<'a>>(input: &'a [u8]) -> Result<H, Malformed> {
    let (header, rest) = H::parse(input)?;
    nothing_follows(input, rest)?;
    Ok(header)
}

fn nothing_follows(input: &[u8], rest: &[u8]) -> Result<(), Malformed> {
    if rest.is_empty() {
        return Ok(());
    }
    Err(Malformed { offset: offset_in(input, rest), reason: "octets follow the value" })
}

/// Turns what a check beyond the grammar found into an offset.
fn checked(input: &[u8], found: Result<(), At<'_>>) -> Result<(), Malformed> {
    found.map_err(|At { at, reason }| Malformed { offset: offset_in(input, at), reason })
}
