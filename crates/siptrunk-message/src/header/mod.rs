//! Typed headers, one file each, and the open trait that reads them.

use nom::IResult;

use crate::error::Malformed;
use crate::grammar::{At, offset_in};
use crate::name::HeaderName;

mod accept;
pub use accept::Accept;
mod allow;
pub use allow::Allow;
mod call_id;
pub use call_id::CallId;
mod content_encoding;
pub use content_encoding::ContentEncoding;
mod content_length;
pub use content_length::ContentLength;
mod content_type;
pub use content_type::ContentType;
mod cseq;
pub use cseq::CSeq;
mod diversion;
pub use diversion::Diversion;
mod expires;
pub use expires::Expires;
mod max_forwards;
pub use max_forwards::MaxForwards;
mod min_expires;
pub use min_expires::MinExpires;
mod name_addr;
pub use name_addr::NameAddr;
mod proxy_require;
pub use proxy_require::ProxyRequire;
mod reason;
pub use reason::Reason;
mod require;
pub use require::Require;
mod retry_after;
pub use retry_after::RetryAfter;
mod supported;
pub use supported::Supported;
mod unsupported;
pub use unsupported::Unsupported;
mod via;
pub use via::Via;
mod warning;
pub use warning::Warning;

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
