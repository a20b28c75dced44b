//! Generated values: written, they fit a line and read as what they were, alone and in lists.

use std::fmt::{Debug, Display};
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use siptrunk_message::{
    Accept, AcceptEncoding, AcceptLanguage, AlertInfo, Allow, AllowEvents, CSeq, CallId, CallInfo,
    Contact, ContentDisposition, ContentEncoding, ContentLanguage, ContentLength, ContentType,
    Date, Diversion, ErrorInfo, Event, Expires, Header, HeaderError, HeaderName, HeaderValue,
    HistoryIndex, HistoryInfo, HistoryTarget, HostPort, InReplyTo, Limits, MaxBreadth, MaxForwards,
    Message, Method, MimeVersion, MinExpires, MinSe, NameAddr, Organization, PAssertedIdentity,
    PPreferredIdentity, Priority, Privacy, ProxyRequire, QValue, RAck, RSeq, Reason, ReferSub,
    ReferTo, ReferredBy, Refresher, Replaces, Require, RetryAfter, Server, SessionExpires,
    SessionId, SessionUuid, Subject, SubscriptionState, Supported, Timestamp, Transport,
    Unsupported, Uri, UserAgent, UserToUser, Via, Warning, typed_headers,
};

use crate::generate::{TOKEN, address, host_port, params, text, uri};

const CALL_ID: &str = "[A-Za-z0-9.!%*_+`'~()<>:/?{}-]{1,20}(@[a-z0-9.]{1,9})?";
const LANGUAGE: &str = "[a-z]{1,8}(-[a-z0-9]{1,8}){0,2}";
const EVENT: &str = "[a-z0-9!%*_+`'~-]{1,8}(\\.[a-z0-9-]{1,8}){0,2}";

/// Texts that headers borrow. Leaked, so that what is generated and what is read are of one type.
fn kept(pattern: &str) -> impl Strategy<Value = &'static str> + use<> {
    proptest::string::string_regex(pattern).unwrap().prop_map(|text| &*text.leak())
}

fn q() -> impl Strategy<Value = QValue> {
    (0..=1000_u16).prop_map(QValue::from_thousandths)
}

/// A value with parameters added by its own verb.
fn with_params<T: Debug + 'static>(
    values: impl Strategy<Value = T>,
    with: fn(T, &str, Option<&str>) -> T,
) -> impl Strategy<Value = T> {
    (values, params()).prop_map(move |(value, params)| {
        params.into_iter().fold(value, |value, (name, text)| with(value, &name, text.as_deref()))
    })
}

fn indexes() -> impl Strategy<Value = HistoryIndex<'static>> {
    kept("[0-9]{1,3}(\\.[0-9]{1,3}){0,3}").prop_map(|text| HistoryIndex::parse(text).unwrap())
}

fn identities() -> impl Strategy<Value = NameAddr<'static>> {
    address().prop_filter("identities", |address| !matches!(address.uri(), Uri::Other(_)))
}

fn uuids() -> impl Strategy<Value = SessionUuid> {
    any::<[u8; 16]>().prop_map(SessionUuid::from_bytes)
}

fn products() -> impl Strategy<Value = &'static str> {
    let product = prop_oneof![
        kept(TOKEN),
        kept("[A-Za-z]{1,8}/[0-9.]{1,4}"),
        kept("\\([a-z0-9 ,]{0,6}(\\([a-z]{0,3}\\)){0,2}(\\\\[()])?\\)"),
    ];
    vec(product, 1..4).prop_map(|products| &*products.join(" ").leak())
}

fn vias() -> impl Strategy<Value = Via<'static>> {
    let transports = select(vec![Transport::Udp, Transport::Tcp, Transport::Tls]);
    (transports, host_port(), TOKEN, option::of(any::<std::net::SocketAddr>())).prop_map(
        |(transport, sent_by, branch, source): (_, HostPort, _, _)| {
            let via = Via::new(transport, &sent_by, &branch).with_param("alias", None);
            match source {
                None => via.with_param("rport", None),
                Some(source) => via
                    .with_param("rport", Some(&source.port().to_string()))
                    .with_param("received", Some(&source.ip().to_string())),
            }
        },
    )
}

/// Few cases for each of many headers, and never so many that the leaked messages fill the memory. What fails is printed
/// with its header, and not kept beside the source.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: (usual.cases / 8).min(4_096), failure_persistence: None, ..usual }
}

/// Reads one field of `text`. The message is leaked, so that what is read has the type of what is generated.
fn leaked(name: &HeaderName, fields: &[String]) -> &'static Message {
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    Box::leak(Box::new(crate::message(name, &fields)))
}

/// What tells one header's reads from another's.
struct Reads<T: 'static> {
    name: HeaderName,
    list: bool,
    one: fn(&'static Message) -> Result<Option<T>, HeaderError>,
    all: fn(&'static Message) -> Result<Vec<T>, HeaderError>,
}

fn check<T: Debug + Display + PartialEq + 'static>(
    Reads { name, list, one, all }: &Reads<T>,
    values: impl Strategy<Value = T>,
) {
    assert_eq!(crate::typed(name.as_str()).is_list(), *list, "{name}");
    let checked = TestRunner::new(config()).run(&vec(values, 1..4), |values| {
        let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
        for (value, text) in values.iter().zip(&texts) {
            prop_assert!(HeaderValue::new(text).is_ok(), "{name}: {text:?} breaks a line");
            let read = one(leaked(name, std::slice::from_ref(text)));
            prop_assert!(
                matches!(&read, Ok(Some(read)) if read == value),
                "{name}: {text}: {read:?}"
            );
            let again = read.ok().flatten().map(|read| read.to_string());
            prop_assert_eq!(again.as_ref(), Some(text));
        }
        if *list {
            for fields in [texts.clone(), vec![texts.join(", ")], vec![texts.join("\t,\r\n ")]] {
                let read = all(leaked(name, &fields));
                prop_assert_eq!(read.as_ref(), Ok(&values), "{}: {:?}", name, fields);
            }
        } else if texts.len() > 1 {
            let read = one(leaked(name, &texts));
            prop_assert!(matches!(read, Err(HeaderError::Repeated { .. })), "{name}: {read:?}");
        }
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{name}: {error}");
    }
}

/// A header that has a type of its own.
fn header<H: Header<'static> + Debug + Display + PartialEq>(values: impl Strategy<Value = H>) {
    let reads = Reads {
        name: H::name(),
        list: H::LIST,
        one: |message| message.headers().get::<H>(),
        all: |message| message.headers().all::<H>().collect(),
    };
    check(&reads, values);
}

/// Content-Length is not left to a message, whose parser judges it first.
fn content_lengths() {
    let checked = TestRunner::new(config()).run(&any::<u32>(), |octets| {
        let text = ContentLength(octets).to_string();
        prop_assert_eq!(
            ContentLength::parse(text.as_bytes()),
            Ok((ContentLength(octets), &b""[..]))
        );
        Ok(())
    });
    checked.unwrap();
}

macro_rules! addresses {
    ($list:literal, $name:ident) => {
        check(
            &Reads {
                name: HeaderName::$name,
                list: $list,
                one: |message| message.headers().address(&HeaderName::$name),
                all: |message| message.headers().name_addrs(&HeaderName::$name).collect(),
            },
            address(),
        )
    };
}

/// A header's name, and the test of its generated values.
type Row = (&'static str, fn());

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("Accept", || header(with_params((kept("[a-z]{1,9}/[a-z*.+-]{1,9}"), option::of(q())).prop_map(|(range, q)| {
        let accept = Accept::new(range).unwrap();
        match q {
 Some(q) => accept.with_q(q), None => accept }
    }), Accept::with_param))),
    ("Accept-Encoding", || header(with_params((kept(TOKEN), q()).prop_map(|(coding, q)| AcceptEncoding::new(coding).unwrap().with_q(q)), AcceptEncoding::with_param))),
    ("Accept-Language", || header(with_params((prop_oneof![kept(LANGUAGE), kept("\\*")], q()).prop_map(|(range, q)| AcceptLanguage::new(range).unwrap().with_q(q)), AcceptLanguage::with_param))),
    ("Alert-Info", || header(with_params(uri().prop_map(AlertInfo::new), AlertInfo::with_param))),
    ("Allow", || header(TOKEN.prop_map(|method| Allow(method.parse::<Method>().unwrap())))),
    ("Allow-Events", || header(kept(EVENT).prop_map(|package| AllowEvents::new(package).unwrap()))),
    ("CSeq", || header((any::<u32>(), TOKEN).prop_map(|(number, method)| CSeq::new(number, method.parse().unwrap())))),
    ("Call-ID", || header(kept(CALL_ID).prop_map(|id| CallId::new(id).unwrap()))),
    ("Call-Info", || header(with_params((uri(), TOKEN).prop_map(|(uri, purpose)| CallInfo::new(uri).with_purpose(&purpose)), CallInfo::with_param))),
    ("Contact", || header(prop_oneof![
        1 => Just(Contact::Star),
        4 => (address(), q(), any::<u32>(), "[a-z:0-9-]{1,12}").prop_map(|(address, q, seconds, instance)| Contact::Address(address.with_q(q).with_expires(seconds).with_flow(&instance, 1))),
    ])),
    ("Content-Disposition", || header(with_params((kept(TOKEN), any::<bool>()).prop_map(|(kind, optional)| ContentDisposition::new(kind).unwrap().with_handling(optional)), ContentDisposition::with_param))),
    ("Content-Encoding", || header(kept(TOKEN).prop_map(|coding| ContentEncoding::new(coding).unwrap()))),
    ("Content-Language", || header(kept(LANGUAGE).prop_map(|language| ContentLanguage::new(language).unwrap()))),
    ("Content-Length", content_lengths),
    ("Content-Type", || header(with_params(kept("[a-z]{1,9}/[a-z.+-]{1,9}").prop_map(|media| ContentType::new(media).unwrap()), ContentType::with_param))),
    ("Date", || header((Date::FIRST.unix()..=Date::LAST.unix()).prop_map(|seconds| Date::from_unix(seconds).unwrap()))),
    ("Diversion", || header((address(), text(), any::<u32>()).prop_map(|(address, reason, counter)| Diversion(address.with_param("reason", Some(&reason)).with_param("counter", Some(&counter.to_string())))))),
    ("Error-Info", || header(with_params(uri().prop_map(ErrorInfo::new), ErrorInfo::with_param))),
    ("Event", || header(with_params((kept(EVENT), TOKEN).prop_map(|(package, id)| Event::new(package).unwrap().with_id(&id)), Event::with_param))),
    ("Expires", || header(any::<u32>().prop_map(Expires))),
    ("From", || addresses!(false, FROM)),
    ("History-Info", || header((address(), indexes(), option::of((0..3, indexes()))).prop_map(|(address, index, target)| {
        let address = ["rc", "mp", "np"].into_iter().fold(address, NameAddr::without_param);
        let entry = HistoryInfo::new(address, index).unwrap();
        match target {
            None => entry,
            Some((0, index)) => entry.with_target(HistoryTarget::Contact(index)),
            Some((1, index)) => entry.with_target(HistoryTarget::Mapped(index)),
            Some((_, index)) => entry.with_target(HistoryTarget::NoChange(index)),
        }
    }))),
    ("In-Reply-To", || header(kept(CALL_ID).prop_map(|id| InReplyTo::new(id).unwrap()))),
    ("MIME-Version", || header((any::<u32>(), any::<u32>()).prop_map(|(major, minor)| MimeVersion { major, minor }))),
    ("Max-Breadth", || header(any::<u32>().prop_map(MaxBreadth))),
    ("Max-Forwards", || header(any::<u8>().prop_map(MaxForwards))),
    ("Min-Expires", || header(any::<u32>().prop_map(MinExpires))),
    ("Min-SE", || header(with_params(any::<u32>().prop_map(MinSe::new), MinSe::with_param))),
    ("Organization", || header(kept("\\PC{0,16}").prop_map(|text| Organization::new(text).unwrap()))),
    ("P-Asserted-Identity", || header(identities().prop_map(|address| PAssertedIdentity::new(address).unwrap()))),
    ("P-Preferred-Identity", || header(identities().prop_map(|address| PPreferredIdentity::new(address).unwrap()))),
    ("Path", || addresses!(true, PATH)),
    ("Priority", || header(kept(TOKEN).prop_map(|word| Priority::new(word).unwrap()))),
    ("Privacy", || header(kept("[A-Za-z]{1,9}( ?; ?[a-z]{1,9}){0,3}").prop_map(|values| Privacy::new(values).unwrap()))),
    ("Proxy-Require", || header(kept(TOKEN).prop_map(|tag| ProxyRequire::new(tag).unwrap()))),
    ("RAck", || header((any::<u32>(), any::<u32>(), TOKEN).prop_map(|(rseq, number, method)| RAck::new(rseq, CSeq::new(number, method.parse().unwrap()))))),
    ("RSeq", || header(any::<u32>().prop_map(RSeq))),
    ("Reason", || header(with_params((TOKEN, any::<u16>(), option::of(text())).prop_map(|(protocol, cause, text)| Reason::new(&protocol, cause, text.as_deref()).unwrap()), Reason::with_param))),
    ("Record-Route", || addresses!(true, RECORD_ROUTE)),
    ("Refer-Sub", || header(with_params(any::<bool>().prop_map(ReferSub::new), ReferSub::with_param))),
    ("Refer-To", || header(address().prop_map(ReferTo))),
    ("Referred-By", || header((address(), text()).prop_map(|(address, cid)| ReferredBy(address.with_param("cid", Some(&cid)))))),
    ("Replaces", || header((kept(CALL_ID), TOKEN, TOKEN, any::<bool>()).prop_map(|(id, to, from, early)| {
        let replaces = Replaces::new(id, &to, &from).unwrap();
        if early { replaces.early_only() } else { replaces }
    }))),
    ("Reply-To", || addresses!(false, REPLY_TO)),
    ("Require", || header(kept(TOKEN).prop_map(|tag| Require::new(tag).unwrap()))),
    ("Retry-After", || header(with_params((any::<u32>(), any::<u32>()).prop_map(|(seconds, duration)| RetryAfter::new(seconds).with_duration(duration)), RetryAfter::with_param))),
    ("Route", || addresses!(true, ROUTE)),
    ("Server", || header(products().prop_map(|text| Server::new(text).unwrap()))),
    ("Service-Route", || addresses!(true, SERVICE_ROUTE)),
    ("Session-Expires", || header((any::<u32>(), option::of(select(vec![Refresher::Uac, Refresher::Uas]))).prop_map(|(seconds, refresher)| {
        let expires = SessionExpires::new(seconds);
        match refresher { Some(refresher) => expires.with_refresher(refresher), None => expires }
    }))),
    ("Session-ID", || header((uuids(), uuids()).prop_map(|(local, remote)| SessionId::new(local, remote)))),
    ("Subject", || header(kept("\\PC{0,16}").prop_map(|text| Subject::new(text).unwrap()))),
    ("Subscription-State", || header(with_params((kept(TOKEN), any::<u32>(), TOKEN).prop_map(|(state, seconds, reason)| {
        SubscriptionState::new(state).unwrap().with_expires(seconds).with_reason(&reason).with_retry_after(seconds)
    }), SubscriptionState::with_param))),
    ("Supported", || header(kept(TOKEN).prop_map(|tag| Supported::new(tag).unwrap()))),
    ("Timestamp", || header((any::<(u64, u32)>(), option::of(any::<(u64, u32)>())).prop_map(|(time, delay)| {
        let duration = |(seconds, nanos): (u64, u32)| Duration::new(seconds, nanos % 1_000_000_000);
        let stamp = Timestamp::new(duration(time));
        assert_eq!(stamp.time(), duration(time));
        match delay { Some(delay) => stamp.with_delay(duration(delay)), None => stamp }
    }))),
    ("To", || addresses!(false, TO)),
    ("Unsupported", || header(kept(TOKEN).prop_map(|tag| Unsupported::new(tag).unwrap()))),
    ("User-Agent", || header(products().prop_map(|text| UserAgent::new(text).unwrap()))),
    ("User-to-User", || header(with_params((vec(any::<u8>(), 0..12), TOKEN).prop_map(|(octets, purpose)| {
        let data = UserToUser::hex(&octets).with_purpose(&purpose);
        assert_eq!(data.octets(), Some(octets));
        data
    }), UserToUser::with_param))),
    ("Via", || header(with_params(vias(), Via::with_param))),
    ("Warning", || header((100..=999_u16, "[a-z0-9.:-]{1,12}", text()).prop_map(|(code, agent, text)| Warning::new(code, &agent, &text)))),
];

#[test]
fn every_header_is_generated() {
    crate::covers_all(ROWS.iter().map(|(name, _)| *name));
}

#[test]
fn what_is_written_reads_as_what_it_was() {
    for (_, test) in ROWS {
        test();
    }
}

/// Values as peers write them, from what headers are made of.
fn wild() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => TOKEN.prop_map(String::from),
        4 => select(vec![";", "=", ",", "<", ">", "@", ":", "/", "?", "\"", "(", ")", "*", ".", " ", "\r\n ", "\\", "é"]).prop_map(String::from),
        1 => select(vec!["sip:a@b", "<sip:a@b>", "SIP/2.0/UDP h", "index=1", "1 INVITE", "60", "q=0.5", "\"q\\\"\"", "Sat, 13 Nov 2010 23:29:00 GMT", "ab30317f1a784dc48ff824d0d3715d86", "to-tag=a;from-tag=b"]).prop_map(String::from),
    ];
    vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Whatever is taken is written in a form that is taken, and written so again.
    #[test]
    fn what_is_read_is_written_and_read_again(typed in select(typed_headers()), value in wild()) {
        let name = typed.name();
        let text = format!("{}{value}\r\n\r\n", crate::head(name));
        let Ok(message) = Message::parse(text.into(), &Limits::default()) else {
            return Ok(());
        };
        for written in typed.read(message.headers()).into_iter().flatten() {
            prop_assert!(HeaderValue::new(&written).is_ok(), "{name}: {written:?}");
            let again = typed.read(crate::message(name, &[&written]).headers());
            prop_assert_eq!(again, vec![Ok(written)], "{} of {:?}", name, value);
        }
    }
}
