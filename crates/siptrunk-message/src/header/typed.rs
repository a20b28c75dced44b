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
    read: Read,
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

type Read = fn(&Headers) -> Vec<Result<String, HeaderError>>;

const fn one(family: HeaderFamily, name: &'static HeaderName, read: Read) -> TypedHeader {
    TypedHeader { name, family, list: false, read }
}

const fn list(family: HeaderFamily, name: &'static HeaderName, read: Read) -> TypedHeader {
    TypedHeader { name, family, list: true, read }
}

use HeaderFamily::{Address, Dialog, Identity, Number, Word};

#[rustfmt::skip]
const TABLE: &[TypedHeader] = &[
    list(Address, &HeaderName::CONTACT, |headers| elements::<Contact<'_>>(headers)),
    one(Address, &HeaderName::FROM, |headers| address(headers, &HeaderName::FROM)),
    list(Address, &HeaderName::PATH, |headers| addresses(headers, &HeaderName::PATH)),
    list(Address, &HeaderName::RECORD_ROUTE, |headers| addresses(headers, &HeaderName::RECORD_ROUTE)),
    one(Address, &HeaderName::REFER_TO, |headers| element::<ReferTo<'_>>(headers)),
    one(Address, &HeaderName::REFERRED_BY, |headers| element::<ReferredBy<'_>>(headers)),
    one(Address, &HeaderName::REPLY_TO, |headers| address(headers, &HeaderName::REPLY_TO)),
    list(Address, &HeaderName::ROUTE, |headers| addresses(headers, &HeaderName::ROUTE)),
    list(Address, &HeaderName::SERVICE_ROUTE, |headers| addresses(headers, &HeaderName::SERVICE_ROUTE)),
    one(Address, &HeaderName::TO, |headers| address(headers, &HeaderName::TO)),
    list(Address, &HeaderName::VIA, |headers| elements::<Via<'_>>(headers)),
    list(Word, &HeaderName::ACCEPT, |headers| elements::<Accept<'_>>(headers)),
    list(Word, &HeaderName::ACCEPT_ENCODING, |headers| elements::<AcceptEncoding<'_>>(headers)),
    list(Word, &HeaderName::ACCEPT_LANGUAGE, |headers| elements::<AcceptLanguage<'_>>(headers)),
    list(Word, &HeaderName::ALERT_INFO, |headers| elements::<AlertInfo<'_>>(headers)),
    list(Word, &HeaderName::ALLOW, |headers| elements::<Allow>(headers)),
    one(Word, &HeaderName::CALL_ID, |headers| element::<CallId<'_>>(headers)),
    list(Word, &HeaderName::CALL_INFO, |headers| elements::<CallInfo<'_>>(headers)),
    one(Word, &HeaderName::CONTENT_DISPOSITION, |headers| element::<ContentDisposition<'_>>(headers)),
    list(Word, &HeaderName::CONTENT_ENCODING, |headers| elements::<ContentEncoding<'_>>(headers)),
    list(Word, &HeaderName::CONTENT_LANGUAGE, |headers| elements::<ContentLanguage<'_>>(headers)),
    one(Word, &HeaderName::CONTENT_TYPE, |headers| element::<ContentType<'_>>(headers)),
    list(Word, &HeaderName::ERROR_INFO, |headers| elements::<ErrorInfo<'_>>(headers)),
    list(Word, &HeaderName::IN_REPLY_TO, |headers| elements::<InReplyTo<'_>>(headers)),
    one(Word, &HeaderName::ORGANIZATION, |headers| element::<Organization<'_>>(headers)),
    one(Word, &HeaderName::PRIORITY, |headers| element::<Priority<'_>>(headers)),
    list(Word, &HeaderName::PROXY_REQUIRE, |headers| elements::<ProxyRequire<'_>>(headers)),
    list(Word, &HeaderName::REQUIRE, |headers| elements::<Require<'_>>(headers)),
    one(Word, &HeaderName::SERVER, |headers| element::<Server<'_>>(headers)),
    one(Word, &HeaderName::SUBJECT, |headers| element::<Subject<'_>>(headers)),
    list(Word, &HeaderName::SUPPORTED, |headers| elements::<Supported<'_>>(headers)),
    list(Word, &HeaderName::UNSUPPORTED, |headers| elements::<Unsupported<'_>>(headers)),
    one(Word, &HeaderName::USER_AGENT, |headers| element::<UserAgent<'_>>(headers)),
    list(Word, &HeaderName::WARNING, |headers| elements::<Warning<'_>>(headers)),
    one(Number, &HeaderName::CONTENT_LENGTH, |headers| element::<ContentLength>(headers)),
    one(Number, &HeaderName::CSEQ, |headers| element::<CSeq>(headers)),
    one(Number, &HeaderName::DATE, |headers| element::<Date>(headers)),
    one(Number, &HeaderName::EXPIRES, |headers| element::<Expires>(headers)),
    one(Number, &HeaderName::MAX_BREADTH, |headers| element::<MaxBreadth>(headers)),
    one(Number, &HeaderName::MAX_FORWARDS, |headers| element::<MaxForwards>(headers)),
    one(Number, &HeaderName::MIME_VERSION, |headers| element::<MimeVersion>(headers)),
    one(Number, &HeaderName::MIN_EXPIRES, |headers| element::<MinExpires>(headers)),
    one(Number, &HeaderName::MIN_SE, |headers| element::<MinSe<'_>>(headers)),
    one(Number, &HeaderName::RACK, |headers| element::<RAck>(headers)),
    one(Number, &HeaderName::RETRY_AFTER, |headers| element::<RetryAfter<'_>>(headers)),
    one(Number, &HeaderName::RSEQ, |headers| element::<RSeq>(headers)),
    one(Number, &HeaderName::SESSION_EXPIRES, |headers| element::<SessionExpires<'_>>(headers)),
    one(Number, &HeaderName::TIMESTAMP, |headers| element::<Timestamp<'_>>(headers)),
    list(Dialog, &HeaderName::ALLOW_EVENTS, |headers| elements::<AllowEvents<'_>>(headers)),
    one(Dialog, &HeaderName::EVENT, |headers| element::<Event<'_>>(headers)),
    list(Dialog, &HeaderName::REASON, |headers| elements::<Reason<'_>>(headers)),
    one(Dialog, &HeaderName::REFER_SUB, |headers| element::<ReferSub<'_>>(headers)),
    one(Dialog, &HeaderName::REPLACES, |headers| element::<Replaces<'_>>(headers)),
    one(Dialog, &HeaderName::SESSION_ID, |headers| element::<SessionId<'_>>(headers)),
    one(Dialog, &HeaderName::SUBSCRIPTION_STATE, |headers| element::<SubscriptionState<'_>>(headers)),
    list(Identity, &HeaderName::DIVERSION, |headers| elements::<Diversion<'_>>(headers)),
    list(Identity, &HeaderName::HISTORY_INFO, |headers| elements::<HistoryInfo<'_>>(headers)),
    list(Identity, &HeaderName::P_ASSERTED_IDENTITY, |headers| elements::<PAssertedIdentity<'_>>(headers)),
    list(Identity, &HeaderName::P_PREFERRED_IDENTITY, |headers| elements::<PPreferredIdentity<'_>>(headers)),
    one(Identity, &HeaderName::PRIVACY, |headers| element::<Privacy<'_>>(headers)),
    list(Identity, &HeaderName::USER_TO_USER, |headers| elements::<UserToUser<'_>>(headers)),
];

fn elements<'a, H: Header<'a> + Display>(headers: &'a Headers) -> Vec<Result<String, HeaderError>> {
    written(headers.all::<H>())
}

fn element<'a, H: Header<'a> + Display>(headers: &'a Headers) -> Vec<Result<String, HeaderError>> {
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
