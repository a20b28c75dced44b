//! Headers by family, and what holds of every one: what is read is written, and reads as what it was.

use std::fmt::{Debug, Display};

use bytes::Bytes;
use siptrunk_message::{
    Accept, Allow, CSeq, CallId, ContentEncoding, ContentType, Diversion, Expires, Header,
    HeaderName, Limits, MaxForwards, Message, Method, MinExpires, NameAddr, ProxyRequire, Reason,
    RequestBuilder, Require, RetryAfter, Supported, Unsupported, Via, Warning,
};

/// One header: its name, and its reads as functions of a message.
pub struct Row {
    pub name: fn() -> HeaderName,
    texts: for<'a> fn(&'a Message) -> Vec<String>,
    debug_texts: for<'a> fn(&'a Message) -> Vec<String>,
}

/// A header that is a type.
macro_rules! typed {
    ($type:ty) => {
        Row {
            name: || <$type as Header<'_>>::name(),
            texts: |message| message.headers().all::<$type>().flatten().map(text).collect(),
            debug_texts: |message| {
                message.headers().all::<$type>().flatten().map(debug_text).collect()
            },
        }
    };
}

/// A header that holds addresses.
macro_rules! addresses {
    ($name:ident) => {
        Row {
            name: || HeaderName::$name,
            texts: |message| addresses(message, &HeaderName::$name).map(text).collect(),
            debug_texts: |message| addresses(message, &HeaderName::$name).map(debug_text).collect(),
        }
    };
}

/// Addresses and hops.
pub const ADDRESSES: &[Row] = &[
    typed!(Via<'_>),
    addresses!(FROM),
    addresses!(TO),
    addresses!(CONTACT),
    addresses!(ROUTE),
    addresses!(RECORD_ROUTE),
    addresses!(REPLY_TO),
    addresses!(PATH),
    addresses!(SERVICE_ROUTE),
];

/// Tokens and lists of them.
pub const TOKENS: &[Row] = &[
    typed!(Accept<'_>),
    typed!(Allow),
    typed!(CallId<'_>),
    typed!(ContentEncoding<'_>),
    typed!(ContentType<'_>),
    typed!(ProxyRequire<'_>),
    typed!(Require<'_>),
    typed!(Supported<'_>),
    typed!(Unsupported<'_>),
    typed!(Warning<'_>),
];

/// Numbers and dates.
pub const NUMBERS: &[Row] =
    &[typed!(CSeq), typed!(Expires), typed!(MaxForwards), typed!(MinExpires), typed!(RetryAfter)];

/// Events, dialogs and transfers.
pub const DIALOGS: &[Row] = &[typed!(Reason<'_>), addresses!(REFER_TO)];

/// Who calls, for whom, and on whose behalf.
pub const IDENTITIES: &[Row] = &[
    typed!(Diversion<'_>),
    addresses!(P_ASSERTED_IDENTITY),
    addresses!(P_PREFERRED_IDENTITY),
    addresses!(REFERRED_BY),
];

/// The first octet says which header of the family, the rest is its value.
pub fn round_trip(family: &[Row], input: &[u8]) {
    let Some((which, value)) = input.split_first() else { return };
    let row = &family[usize::from(*which) % family.len()];
    let name = (row.name)();
    let head = format!("OPTIONS sip:a@b SIP/2.0\r\n{name}: ");
    let octets = [head.as_bytes(), value, b"\r\n\r\n"].concat();
    let Ok(message) = Message::parse(Bytes::from(octets), &Limits::default()) else { return };
    // Folds, quoted NULs and octets that are no UTF-8 are kept as they stand when they are read, and not written.
    let plain = std::str::from_utf8(value)
        .is_ok_and(|text| text.bytes().all(|octet| octet == b'\t' || !octet.is_ascii_control()));
    let texts = (row.texts)(&message);
    let debug_texts = (row.debug_texts)(&message);
    for (text, debug_text) in texts.iter().zip(&debug_texts) {
        let written = write(&name, text);
        let (again, debug_again) = ((row.texts)(&written), (row.debug_texts)(&written));
        // The builder's own Via stands before a Via of ours.
        assert_eq!(again.len(), 1 + usize::from(name == HeaderName::VIA), "{name}: {text}");
        assert_eq!(again.last(), Some(text), "{name}");
        assert!(!plain || debug_again.last() == Some(debug_text), "{name}: {debug_text}");
    }
}

/// A message with a header as it was written, read again.
fn write(name: &HeaderName, text: &str) -> Message {
    let builder = RequestBuilder::new(Method::OPTIONS, "sip:a@b").append(name, text);
    let request = builder.build("SIP/2.0/UDP h").expect("what is read fits a line");
    // What was escaped or quoted may have grown past the limit of a line.
    let limits = Limits { line: 1 << 20, ..Limits::default() };
    Message::parse(request.bytes().clone(), &limits).expect("what is written can be read")
}

fn text(element: impl Display) -> String {
    element.to_string()
}

/// Its parts. Not all types are `Eq`: addresses are not, since they have rules of comparing of their own.
fn debug_text(element: impl Debug) -> String {
    format!("{element:?}")
}

fn addresses<'a>(message: &'a Message, name: &HeaderName) -> impl Iterator<Item = NameAddr<'a>> {
    message.headers().name_addrs(name).flatten().inspect(|address| {
        let _ = (address.display_name(), address.tag(), address.params().iter().count());
        let owned = address.clone().into_owned();
        assert_eq!(owned.to_string(), address.to_string());
        assert_eq!(owned.with_tag("fuzz").tag(), Some("fuzz"));
    })
}
