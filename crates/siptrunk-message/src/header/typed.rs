//! Every header that has a type, in one table: what tests, fuzz targets and [`explain`](crate::explain) walk.

use std::fmt::Display;

use super::{
    Accept, AcceptEncoding, AcceptLanguage, AlertInfo, Allow, AllowEvents, CSeq, CallId, CallInfo,
    Contact, ContentDisposition, ContentEncoding, ContentLanguage, ContentLength, ContentType,
    Date, Diversion, ErrorInfo, Event, Expires, Header, HistoryInfo, InReplyTo, MaxBreadth,
    MaxForwards, MimeVersion, MinExpires, MinSe, Organization, PAssertedIdentity,
    PPreferredIdentity, Priority, Privacy, ProxyRequire, RAck, RSeq, Reason, ReferSub, ReferTo,
    ReferredBy, Replaces, Require, RetryAfter, Server, SessionExpires, SessionId, Subject,
    SubscriptionState, Supported, Timestamp, Unsupported, UserAgent, UserToUser, Via, Warning,
};
use crate::error::HeaderError;
use crate::headers::Headers;
use crate::name::HeaderName;

/// What a typed header is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderFamily {
    /// Where messages go and who they are from: Via, From, Contact, Route...
    Address,
    /// Words, lists of words, text: Require, Accept, Subject...
    Word,
    /// Numbers and moments: CSeq, Expires, Date...
    Number,
    /// Events, dialogs and sessions: Event, Replaces, Reason...
    Dialog,
    /// Who someone is and was: P-Asserted-Identity, Diversion, Privacy...
    Identity,
}

/// A header that has a type.
#[derive(Clone, Copy, Debug)]
pub struct TypedHeader {
    name: &'static HeaderName,
    family: HeaderFamily,
    list: bool,
    read: fn(&Headers) -> Vec<Result<String, HeaderError>>,
}

impl TypedHeader {
    /// The header's name.
    pub const fn name(&self) -> &'static HeaderName {
        self.name
    }

    /// What it is about.
    pub const fn family(&self) -> HeaderFamily {
        self.family
    }

    /// Whether its value is a comma-separated list, so that it may stand in several fields.
    pub const fn is_list(&self) -> bool {
        self.list
    }

    /// Reads the header's elements as their type and writes each as text. Headers that are no list have one at most.
    pub fn read(&self, headers: &Headers) -> Vec<Result<String, HeaderError>> {
        (self.read)(headers)
    }
}

/// Every header that has a type, by family. Headers of authentication are none of them: they are carried as they stand.
///
/// ```
/// use siptrunk_message::{Limits, Message, typed_headers};
///
/// let text = "OPTIONS sip:gw.example SIP/2.0\r\nSession-Expires: 1800;refresher=me\r\nSubject: x\r\n\r\n";
/// let message = Message::parse(text.into(), &Limits::default())?;
/// let mut faults = typed_headers().iter().flat_map(|typed| typed.read(message.headers())).filter_map(Result::err);
/// assert_eq!(
///     faults.next().unwrap().to_string(),
///     "Session-Expires, octet 64 of the message: the refresher is uac or uas",
/// );
/// assert!(faults.next().is_none());
/// # Ok::<(), siptrunk_message::ParseError>(())
/// ```
pub const fn typed_headers() -> &'static [TypedHeader] {
    TABLE
}

macro_rules! row {
    ($family:ident, $name:ident, list $header:ty) => {
        TypedHeader {
            name: &HeaderName::$name,
            family: HeaderFamily::$family,
            list: true,
            read: |headers| list::<$header>(headers),
        }
    };
    ($family:ident, $name:ident, one $header:ty) => {
        TypedHeader {
            name: &HeaderName::$name,
            family: HeaderFamily::$family,
            list: false,
            read: |headers| one::<$header>(headers),
        }
    };
    ($family:ident, $name:ident, addresses) => {
        TypedHeader {
            name: &HeaderName::$name,
            family: HeaderFamily::$family,
            list: true,
            read: |headers| addresses(headers, &HeaderName::$name),
        }
    };
    ($family:ident, $name:ident, address) => {
        TypedHeader {
            name: &HeaderName::$name,
            family: HeaderFamily::$family,
            list: false,
            read: |headers| address(headers, &HeaderName::$name),
        }
    };
}

#[rustfmt::skip]
const TABLE: &[TypedHeader] = &[
    row!(Address, CONTACT, list Contact<'_>),
    row!(Address, FROM, address),
    row!(Address, PATH, addresses),
    row!(Address, RECORD_ROUTE, addresses),
    row!(Address, REFER_TO, one ReferTo<'_>),
    row!(Address, REFERRED_BY, one ReferredBy<'_>),
    row!(Address, REPLY_TO, address),
    row!(Address, ROUTE, addresses),
    row!(Address, SERVICE_ROUTE, addresses),
    row!(Address, TO, address),
    row!(Address, VIA, list Via<'_>),
    row!(Word, ACCEPT, list Accept<'_>),
    row!(Word, ACCEPT_ENCODING, list AcceptEncoding<'_>),
    row!(Word, ACCEPT_LANGUAGE, list AcceptLanguage<'_>),
    row!(Word, ALERT_INFO, list AlertInfo<'_>),
    row!(Word, ALLOW, list Allow),
    row!(Word, CALL_ID, one CallId<'_>),
    row!(Word, CALL_INFO, list CallInfo<'_>),
    row!(Word, CONTENT_DISPOSITION, one ContentDisposition<'_>),
    row!(Word, CONTENT_ENCODING, list ContentEncoding<'_>),
    row!(Word, CONTENT_LANGUAGE, list ContentLanguage<'_>),
    row!(Word, CONTENT_TYPE, one ContentType<'_>),
    row!(Word, ERROR_INFO, list ErrorInfo<'_>),
    row!(Word, IN_REPLY_TO, list InReplyTo<'_>),
    row!(Word, ORGANIZATION, one Organization<'_>),
    row!(Word, PRIORITY, one Priority<'_>),
    row!(Word, PROXY_REQUIRE, list ProxyRequire<'_>),
    row!(Word, REQUIRE, list Require<'_>),
    row!(Word, SERVER, one Server<'_>),
    row!(Word, SUBJECT, one Subject<'_>),
    row!(Word, SUPPORTED, list Supported<'_>),
    row!(Word, UNSUPPORTED, list Unsupported<'_>),
    row!(Word, USER_AGENT, one UserAgent<'_>),
    row!(Word, WARNING, list Warning<'_>),
    row!(Number, CONTENT_LENGTH, one ContentLength),
    row!(Number, CSEQ, one CSeq),
    row!(Number, DATE, one Date),
    row!(Number, EXPIRES, one Expires),
    row!(Number, MAX_BREADTH, one MaxBreadth),
    row!(Number, MAX_FORWARDS, one MaxForwards),
    row!(Number, MIME_VERSION, one MimeVersion),
    row!(Number, MIN_EXPIRES, one MinExpires),
    row!(Number, MIN_SE, one MinSe<'_>),
    row!(Number, RACK, one RAck),
    row!(Number, RETRY_AFTER, one RetryAfter<'_>),
    row!(Number, RSEQ, one RSeq),
    row!(Number, SESSION_EXPIRES, one SessionExpires<'_>),
    row!(Number, TIMESTAMP, one Timestamp<'_>),
    row!(Dialog, ALLOW_EVENTS, list AllowEvents<'_>),
    row!(Dialog, EVENT, one Event<'_>),
    row!(Dialog, REASON, list Reason<'_>),
    row!(Dialog, REFER_SUB, one ReferSub<'_>),
    row!(Dialog, REPLACES, one Replaces<'_>),
    row!(Dialog, SESSION_ID, one SessionId<'_>),
    row!(Dialog, SUBSCRIPTION_STATE, one SubscriptionState<'_>),
    row!(Identity, DIVERSION, list Diversion<'_>),
    row!(Identity, HISTORY_INFO, list HistoryInfo<'_>),
    row!(Identity, P_ASSERTED_IDENTITY, list PAssertedIdentity<'_>),
    row!(Identity, P_PREFERRED_IDENTITY, list PPreferredIdentity<'_>),
    row!(Identity, PRIVACY, one Privacy<'_>),
    row!(Identity, USER_TO_USER, list UserToUser<'_>),
];

fn list<'a, H: Header<'a> + Display>(headers: &'a Headers) -> Vec<Result<String, HeaderError>> {
    written(headers.all::<H>())
}

fn one<'a, H: Header<'a> + Display>(headers: &'a Headers) -> Vec<Result<String, HeaderError>> {
    written(headers.get::<H>().transpose())
}

fn addresses(headers: &Headers, name: &HeaderName) -> Vec<Result<String, HeaderError>> {
    written(headers.name_addrs(name))
}

fn address(headers: &Headers, name: &HeaderName) -> Vec<Result<String, HeaderError>> {
    written(headers.address(name).transpose())
}

fn written<T: Display>(
    elements: impl IntoIterator<Item = Result<T, HeaderError>>,
) -> Vec<Result<String, HeaderError>> {
    elements.into_iter().map(|element| element.map(|element| element.to_string())).collect()
}
