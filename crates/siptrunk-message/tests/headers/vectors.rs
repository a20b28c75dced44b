//! The examples of the RFCs: each reads, and is written as the last column has it.

use std::collections::HashSet;

use siptrunk_message::{
    Accept, AcceptEncoding, AcceptLanguage, AlertInfo, AllowEvents, CallInfo, Contact,
    ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Date, Diversion, ErrorInfo,
    Event, Header, HeaderError, HeaderName, Headers, HistoryInfo, HistoryTarget, Identities,
    InReplyTo, Method, MimeVersion, MinSe, NameAddr, Organization, PAssertedIdentity,
    PPreferredIdentity, Priority, Privacy, Product, QValue, RAck, Reason, ReferSub, ReferTo,
    ReferredBy, Refresher, Replaces, Require, RetryAfter, Server, SessionExpires, SessionId,
    Subject, SubscriptionState, Timestamp, Uri, UserToUser, Via, Warning,
};

/// RFC, header, value as it stands there (with its folds), elements as they are written.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const EXAMPLES: &[Row] = &[
    ("3261 20.1",  "Accept", "application/sdp;level=1, application/x-private, text/html", &["application/sdp;level=1", "application/x-private", "text/html"]),
    ("3261 20.2",  "Accept-Encoding", "gzip", &["gzip"]),
    ("3261 20.3",  "Accept-Language", "da, en-gb;q=0.8, en;q=0.7", &["da", "en-gb;q=0.8", "en;q=0.7"]),
    ("3261 20.4",  "Alert-Info", "<http://www.example.com/sounds/moo.wav>", &["<http://www.example.com/sounds/moo.wav>"]),
    ("3261 20.5",  "Allow", "INVITE, ACK, OPTIONS, CANCEL, BYE", &["INVITE", "ACK", "OPTIONS", "CANCEL", "BYE"]),
    ("3261 20.8",  "Call-ID", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6@biloxi.com", &["f81d4fae-7dec-11d0-a765-00a0c91e6bf6@biloxi.com"]),
    ("3261 20.9",  "Call-Info", "<http://wwww.example.com/alice/photo.jpg> ;purpose=icon,\r\n <http://www.example.com/alice/> ;purpose=info", &["<http://wwww.example.com/alice/photo.jpg> ;purpose=icon", "<http://www.example.com/alice/> ;purpose=info"]),
    ("3261 20.10", "Contact", "\"Mr. Watson\" <sip:watson@worcester.bell-telephone.com>\r\n ;q=0.7; expires=3600,\r\n \"Mr. Watson\" <mailto:watson@bell-telephone.com> ;q=0.1", &["\"Mr. Watson\" <sip:watson@worcester.bell-telephone.com> ;q=0.7; expires=3600", "\"Mr. Watson\" <mailto:watson@bell-telephone.com> ;q=0.1"]),
    ("3261 20.10", "Contact", "<sips:bob@192.0.2.4>;expires=60", &["<sips:bob@192.0.2.4>;expires=60"]),
    ("3261 20.11", "Content-Disposition", "session", &["session"]),
    ("3261 20.12", "Content-Encoding", "gzip", &["gzip"]),
    ("3261 20.13", "Content-Language", "fr", &["fr"]),
    ("3261 20.14", "Content-Length", "0", &["0"]),
    ("3261 20.15", "Content-Type", "text/html; charset=ISO-8859-4", &["text/html; charset=ISO-8859-4"]),
    ("3261 20.16", "CSeq", "4711 INVITE", &["4711 INVITE"]),
    ("3261 20.17", "Date", "Sat, 13 Nov 2010 23:29:00 GMT", &["Sat, 13 Nov 2010 23:29:00 GMT"]),
    ("3261 20.18", "Error-Info", "<sip:not-in-service-recording@atlanta.com>", &["<sip:not-in-service-recording@atlanta.com>"]),
    ("3261 20.19", "Expires", "5", &["5"]),
    ("3261 20.20", "From", "\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s", &["\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s"]),
    ("3261 20.20", "From", "sip:+12125551212@server.phone2net.com;tag=887s", &["<sip:+12125551212@server.phone2net.com>;tag=887s"]),
    ("3261 20.20", "From", "Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", &["Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8"]),
    ("3261 20.21", "In-Reply-To", "70710@saturn.bell-tel.com, 17320@saturn.bell-tel.com", &["70710@saturn.bell-tel.com", "17320@saturn.bell-tel.com"]),
    ("3261 20.22", "Max-Forwards", "6", &["6"]),
    ("3261 20.23", "Min-Expires", "60", &["60"]),
    ("3261 20.24", "MIME-Version", "1.0", &["1.0"]),
    ("3261 20.25", "Organization", "Boxes by Bob", &["Boxes by Bob"]),
    ("3261 20.26", "Priority", "emergency", &["emergency"]),
    ("3261 20.26", "Priority", "non-urgent", &["non-urgent"]),
    ("3261 20.29", "Proxy-Require", "foo", &["foo"]),
    ("3261 20.30", "Record-Route", "<sip:server10.biloxi.com;lr>,\r\n  <sip:bigbox3.site3.atlanta.com;lr>", &["<sip:server10.biloxi.com;lr>", "<sip:bigbox3.site3.atlanta.com;lr>"]),
    ("3261 20.31", "Reply-To", "Bob <sip:bob@biloxi.com>", &["Bob <sip:bob@biloxi.com>"]),
    ("3261 20.32", "Require", "100rel", &["100rel"]),
    ("3261 20.33", "Retry-After", "18000;duration=3600", &["18000;duration=3600"]),
    ("3261 20.33", "Retry-After", "120 (I'm in a meeting)", &["120"]),
    ("3261 20.34", "Route", "<sip:bigbox3.site3.atlanta.com;lr>,\r\n  <sip:server10.biloxi.com;lr>", &["<sip:bigbox3.site3.atlanta.com;lr>", "<sip:server10.biloxi.com;lr>"]),
    ("3261 20.35", "Server", "HomeServer v2", &["HomeServer v2"]),
    ("3261 20.36", "Subject", "A tornado is heading our way!", &["A tornado is heading our way!"]),
    ("3261 20.37", "Supported", "100rel", &["100rel"]),
    ("3261 20.38", "Timestamp", "54", &["54"]),
    ("3261 20.39", "To", "The Operator <sip:operator@cs.columbia.edu>;tag=287447", &["The Operator <sip:operator@cs.columbia.edu>;tag=287447"]),
    ("3261 20.39", "To", "sip:+12125551212@server.phone2net.com", &["<sip:+12125551212@server.phone2net.com>"]),
    ("3261 20.40", "Unsupported", "foo", &["foo"]),
    ("3261 20.41", "User-Agent", "Softphone Beta1.5", &["Softphone Beta1.5"]),
    ("3261 20.42", "Via", "SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7", &["SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7"]),
    ("3261 20.42", "Via", "SIP/2.0/UDP 192.0.2.1:5060 ;received=192.0.2.207\r\n     ;branch=z9hG4bK77asjd", &["SIP/2.0/UDP 192.0.2.1:5060 ;received=192.0.2.207     ;branch=z9hG4bK77asjd"]),
    ("3261 20.42", "Via", "SIP / 2.0 / UDP first.example.com: 4000;ttl=16\r\n ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1", &["SIP/2.0/UDP first.example.com:4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1"]),
    ("3261 20.43", "Warning", "307 isi.edu \"Session parameter 'foo' not understood\"", &["307 isi.edu \"Session parameter 'foo' not understood\""]),
    ("3261 20.43", "Warning", "301 isi.edu \"Incompatible network address type 'E.164'\"", &["301 isi.edu \"Incompatible network address type 'E.164'\""]),
    ("3262 7.1",   "RSeq", "988789", &["988789"]),
    ("3262 7.2",   "RAck", "776656 1 INVITE", &["776656 1 INVITE"]),
    ("3323 4.2",   "Privacy", "header;session;critical", &["header;session;critical"]),
    ("3325 9.3",   "Privacy", "id", &["id"]),
    ("3325 10.1",  "P-Asserted-Identity", "\"Cullen Jennings\" <sip:fluffy@cisco.com>", &["\"Cullen Jennings\" <sip:fluffy@cisco.com>"]),
    ("3325 10.1",  "P-Asserted-Identity", "tel:+14085264000", &["<tel:+14085264000>"]),
    ("3325 9.2",   "P-Preferred-Identity", "\"Cullen Jennings\" <sip:fluffy@cisco.com>", &["\"Cullen Jennings\" <sip:fluffy@cisco.com>"]),
    ("3326 2",     "Reason", "SIP ;cause=200 ;text=\"Call completed elsewhere\"", &["SIP ;cause=200 ;text=\"Call completed elsewhere\""]),
    ("3326 2",     "Reason", "Q.850 ;cause=16 ;text=\"Terminated\"", &["Q.850 ;cause=16 ;text=\"Terminated\""]),
    ("3327 5.5",   "Path", "<sip:P3.EXAMPLEHOME.COM;lr>,<sip:P1.EXAMPLEVISITED.COM;lr>", &["<sip:P3.EXAMPLEHOME.COM;lr>", "<sip:P1.EXAMPLEVISITED.COM;lr>"]),
    ("3515 2.1",   "Refer-To", "sip:alice@atlanta.example.com", &["<sip:alice@atlanta.example.com>"]),
    ("3515 2.1",   "Refer-To", "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3B\
                                to-tag%3D12345%3Bfrom-tag%3D5FFE-3994>", &["<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>"]),
    ("3515 2.1",   "Refer-To", "http://www.ietf.org", &["<http://www.ietf.org>"]),
    ("3608 6.4.1", "Service-Route", "<sip:P2.HOME.EXAMPLE.COM;lr>,\r\n <sip:HSP.HOME.EXAMPLE.COM;lr>", &["<sip:P2.HOME.EXAMPLE.COM;lr>", "<sip:HSP.HOME.EXAMPLE.COM;lr>"]),
    ("3891 6.1",   "Replaces", "98732@sip.example.com\r\n          ;from-tag=r33th4x0r\r\n          ;to-tag=ff87ff", &["98732@sip.example.com          ;from-tag=r33th4x0r          ;to-tag=ff87ff"]),
    ("3891 6.1",   "Replaces", "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only", &["12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only"]),
    ("3891 6.1",   "Replaces", "87134@171.161.34.23;to-tag=24796;from-tag=0", &["87134@171.161.34.23;to-tag=24796;from-tag=0"]),
    ("3892 3",     "Referred-By", "sip:r@ref.example;cid=\"2UWQFN309shb3@ref.example\"", &["<sip:r@ref.example>;cid=\"2UWQFN309shb3@ref.example\""]),
    ("4028 10",    "Session-Expires", "4000;refresher=uac", &["4000;refresher=uac"]),
    ("4028 10",    "Min-SE", "3600", &["3600"]),
    ("4488 4",     "Refer-Sub", "false", &["false"]),
    ("5393 5.3",   "Max-Breadth", "60", &["60"]),
    ("5626 9",     "Event", "ua-profile ;profile-type=device\r\n ;vendor=\"example.com\";model=\"uPhone\";version=\"1.1\"", &["ua-profile ;profile-type=device ;vendor=\"example.com\";model=\"uPhone\";version=\"1.1\""]),
    ("5626 9",     "Subscription-State", "terminated;reason=timeout", &["terminated;reason=timeout"]),
    ("5626 9.3",   "Path", "<sip:VskztcQ/S8p4WPbOnHbuyh5iJvJIW3ib@ep1.example.com;lr;ob>", &["<sip:VskztcQ/S8p4WPbOnHbuyh5iJvJIW3ib@ep1.example.com;lr;ob>"]),
    ("5626 9.3",   "Contact", "<sip:bob@192.0.2.2;transport=tcp>;reg-id=1;expires=3600\r\n ;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\"", &["<sip:bob@192.0.2.2;transport=tcp>;reg-id=1;expires=3600 ;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\""]),
    ("5806 4",     "Diversion", "<sip:+19195551000@carrier.example>;reason=no-answer;counter=2;limit=5;privacy=off;screen=\"yes\"", &["<sip:+19195551000@carrier.example>;reason=no-answer;counter=2;limit=5;privacy=off;screen=\"yes\""]),
    ("6665 8.2.2", "Allow-Events", "presence, presence.winfo", &["presence", "presence.winfo"]),
    ("7044 5",     "History-Info", "<sip:UserA@ims.example.com>;index=1;foo=bar", &["<sip:UserA@ims.example.com>;index=1;foo=bar"]),
    ("7044 5",     "History-Info", "<sip:UserA@ims.example.com?Reason=SIP%3Bcause%3D302>;index=1.1,\r\n <sip:UserB@example.com?Privacy=history&Reason=SIP%3Bcause%3D486>;index=1.2;mp=1.1,\r\n <sip:45432@192.168.0.3>;index=1.3;rc=1.2", &["<sip:UserA@ims.example.com?Reason=SIP%3Bcause%3D302>;index=1.1", "<sip:UserB@example.com?Privacy=history&Reason=SIP%3Bcause%3D486>;index=1.2;mp=1.1", "<sip:45432@192.168.0.3>;index=1.3;rc=1.2"]),
    ("7433 4.1",   "User-to-User", "56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar", &["56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar"]),
    ("7989 5",     "Session-ID", "ab30317f1a784dc48ff824d0d3715d86;\r\n            remote=47755a9de7794ba387653f2099600ef2", &["ab30317f1a784dc48ff824d0d3715d86;            remote=47755a9de7794ba387653f2099600ef2"]),
];

/// The values of a header's examples.
pub(crate) fn values(name: &str) -> impl Iterator<Item = &'static str> {
    EXAMPLES.iter().filter(move |row| row.1 == name).map(|row| row.2)
}

#[test]
fn every_header_has_an_example() {
    crate::covers_all(EXAMPLES.iter().map(|(_, name, ..)| *name));
}

#[test]
fn every_example_reads() {
    for (rfc, name, value, written) in EXAMPLES {
        let read = crate::read(name, value);
        let expected: Vec<_> = written.iter().map(|text| Ok((*text).to_owned())).collect();
        assert_eq!(read, expected, "RFC {rfc}: {name}: {value}");
    }
}

/// The one element of one field.
macro_rules! first {
    ($header:ty, $name:ident, $value:literal, $message:ident => $element:ident) => {
        let $message = crate::message(&HeaderName::$name, &[$value]);
        let $element = $message.headers().first::<$header>().unwrap().unwrap();
    };
}

#[test]
fn rfc3261_meanings() {
    let message = crate::message(&HeaderName::ACCEPT_LANGUAGE, &["da, en-gb;q=0.8, en;q=0.7"]);
    let languages: Vec<_> = message
        .headers()
        .all::<AcceptLanguage<'_>>()
        .map(|range| range.map(|range| (range.language().to_owned(), range.q())).unwrap())
        .collect();
    let q = |thousandths| Some(QValue::from_thousandths(thousandths));
    assert_eq!(languages, [("da".into(), None), ("en-gb".into(), q(800)), ("en".into(), q(700))]);

    first!(Contact<'_>, CONTACT, "\"Mr. Watson\" <sip:watson@a>\r\n ;q=0.7; expires=3600", m => contact);
    let contact = contact.address().unwrap();
    assert_eq!((contact.q(), contact.expires()), (q(700), Some(3600)));
    first!(Contact<'_>, CONTACT, "*", m => contact);
    assert_eq!(contact, Contact::Star);

    first!(CallInfo<'_>, CALL_INFO, "<http://www.example.com/alice/> ;purpose=info", m => info);
    assert_eq!((info.uri().scheme(), info.purpose()), ("http", Some("info")));

    // 2010-11-13 23:29:00 is 1,289,690,940 seconds after the epoch.
    first!(Date, DATE, "Sat, 13 Nov 2010 23:29:00 GMT", m => date);
    assert_eq!(date.unix(), 1_289_690_940);

    first!(RetryAfter<'_>, RETRY_AFTER, "18000;duration=3600", m => after);
    assert_eq!((after.seconds(), after.duration()), (18_000, Some(3600)));

    first!(Timestamp<'_>, TIMESTAMP, "54.25 .5", m => stamp);
    assert_eq!((stamp.time().as_millis(), stamp.delay().unwrap().as_millis()), (54_250, 500));

    first!(Server<'_>, SERVER, "HomeServer/5 v2 (a (nested) one)", m => server);
    let products: Vec<_> = server.products().collect();
    assert_eq!(
        products,
        [
            Product::Named { name: "HomeServer", version: Some("5") },
            Product::Named { name: "v2", version: None },
            Product::Comment("(a (nested) one)"),
        ]
    );

    first!(Via<'_>, VIA, "SIP/2.0/UDP a;ttl=16;maddr=224.2.0.1;rport;alias", m => via);
    assert_eq!((via.ttl(), via.maddr()), (Some(16), Some("224.2.0.1")));
    assert_eq!((via.rport(), via.has_alias(), via.received()), (Some(None), true, None));
}

#[test]
fn words_of_rfc3261() {
    first!(Accept<'_>, ACCEPT, "Text/*;q=0.25", m => accept);
    assert_eq!((accept.kind(), accept.subtype()), ("Text", "*"));
    assert_eq!(accept.q().map(QValue::thousandths), Some(250));
    first!(AcceptEncoding<'_>, ACCEPT_ENCODING, "gzip;q=2", m => encoding);
    assert_eq!((encoding.coding(), encoding.q()), ("gzip", None));
    first!(AlertInfo<'_>, ALERT_INFO, "<urn:alert:tone:internal>", m => alert);
    assert_eq!(alert.uri().as_str(), "urn:alert:tone:internal");
    first!(ErrorInfo<'_>, ERROR_INFO, "<sip:recording@atlanta.com>", m => error);
    assert_eq!(error.uri().user().unwrap(), "recording");
    first!(ContentEncoding<'_>, CONTENT_ENCODING, "GZip", m => encoding);
    assert_eq!((encoding.coding(), encoding), ("GZip", ContentEncoding::new("gzip").unwrap()));
    first!(ContentLanguage<'_>, CONTENT_LANGUAGE, "es-419", m => language);
    assert_eq!(language.language(), "es-419");
    let tags = HashSet::from([Require::new("Timer").unwrap()]);
    assert!(
        tags.contains(&Require::new("tiMer").unwrap())
            && !tags.contains(&Require::new("time").unwrap())
    );
    assert_eq!(format!("{tags:?}"), "{Require(\"Timer\")}");
    first!(InReplyTo<'_>, IN_REPLY_TO, "A@b", m => reply);
    assert_eq!(reply.call_id(), "A@b");
    assert_ne!(reply, InReplyTo::new("a@b").unwrap());
    first!(MimeVersion, MIME_VERSION, "1.0", m => version);
    assert_eq!(version, MimeVersion::ONE);
    first!(Organization<'_>, ORGANIZATION, "Boxes\r\n  by\tBob", m => organization);
    assert_eq!(organization.as_str(), "Boxes by\tBob");
    first!(Subject<'_>, SUBJECT, "\u{43f}\u{440}\u{43e}", m => subject);
    assert_eq!(subject.as_str(), "\u{43f}\u{440}\u{43e}");
    for (value, emergency) in [("Emergency", true), ("urgent", false)] {
        let message = crate::message(&HeaderName::PRIORITY, &[value]);
        let priority: Priority<'_> = message.headers().require().unwrap();
        assert_eq!((priority.as_str(), priority.is_emergency()), (value, emergency));
    }
    // RFC 3261 20.11: what is not said to be optional is required.
    for (value, session, optional) in [
        ("session", true, false),
        ("Session;handling=required", true, false),
        ("render;Handling=Optional", false, true),
        ("icon;handling", false, false),
    ] {
        let message = crate::message(&HeaderName::CONTENT_DISPOSITION, &[value]);
        let disposition: ContentDisposition<'_> = message.headers().require().unwrap();
        assert_eq!((disposition.is_session(), disposition.is_optional()), (session, optional));
        assert_eq!(Some(disposition.kind()), value.split(';').next());
    }
}

/// What is kept is what was read, and outlives the message.
#[test]
fn owned_values_are_the_same() {
    macro_rules! owned {
        ($($header:ident: $value:literal,)*) => {$({
            let owned = {
                let message = crate::message(&$header::name(), &[$value]);
                let read = message.headers().first::<$header<'_>>().unwrap().unwrap();
                let owned = read.clone().into_owned();
                assert_eq!(owned, read);
                owned
            };
            assert_eq!(owned.to_string(), $value);
        })*};
    }
    owned! {
        Accept: "a/b;q=1", AcceptEncoding: "gzip;q=1", AcceptLanguage: "en;q=1", AlertInfo: "<urn:a>;b",
        CallInfo: "<urn:a>;purpose=icon", Contact: "\"A\" <sip:a@b;c>;d", ContentDisposition: "session;a=b",
        ContentType: "a/b;c=d", Diversion: "<tel:+1>;counter=2", ErrorInfo: "<urn:a>;b", Event: "a.b;id=1",
        HistoryInfo: "<sip:a>;index=1.1;rc=1", MinSe: "90;a", Organization: "a b", PAssertedIdentity: "<tel:+1>",
        PPreferredIdentity: "<sip:a@b>", Privacy: "id;critical", Reason: "Q.850;cause=16", ReferSub: "false;a",
        ReferTo: "<sip:a@b?c=d>", ReferredBy: "<sip:a>;cid=\"a@b\"", Replaces: "a;to-tag=1;from-tag=2",
        RetryAfter: "5;duration=6", SessionExpires: "90;refresher=uas",
        SessionId: "ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000", Subject: "a b",
        SubscriptionState: "active;expires=5", Timestamp: "54.1 0.5", UserToUser: "ab;encoding=hex",
        Via: "SIP/2.0/UDP a:1;branch=b", Warning: "301 a \"b\"",
    }
    assert_eq!(Contact::Star.into_owned(), Contact::Star);
}

#[test]
fn rfc3262_4028_6665_meanings() {
    first!(RAck, RACK, "776656 1 INVITE", m => rack);
    assert_eq!((rack.rseq, rack.cseq.number, rack.cseq.method), (776_656, 1, Method::INVITE));

    first!(SessionExpires<'_>, SESSION_EXPIRES, "4000;Refresher=UAC", m => expires);
    assert_eq!((expires.seconds(), expires.refresher()), (4000, Some(Refresher::Uac)));
    first!(SessionExpires<'_>, SESSION_EXPIRES, "50", m => expires);
    assert_eq!((expires.seconds(), expires.refresher()), (50, None));

    // RFC 6665 8.2.1: packages and ids are compared octet by octet.
    first!(Event<'_>, EVENT, "refer;id=93809824", m => event);
    assert_eq!((event.package(), event.id()), ("refer", Some("93809824")));
    for (value, same) in
        [("refer;x=1;id=93809824", true), ("refer", false), ("Refer;id=93809824", false)]
    {
        let message = crate::message(&HeaderName::EVENT, &[value]);
        let other = message.headers().get::<Event<'_>>().unwrap().unwrap();
        assert_eq!(event.matches(&other), same, "{value}");
    }

    first!(AllowEvents<'_>, ALLOW_EVENTS, "presence.winfo, refer", m => event);
    assert_eq!(event.package(), "presence.winfo");
    assert_ne!(event, AllowEvents::new("Presence.winfo").unwrap());

    first!(MinSe<'_>, MIN_SE, "3600;a", m => min);
    assert_eq!((min.seconds(), min.param("a")), (3600, Some(None)));

    for (value, subscribes) in [("TRUE", true), ("false;a=b", false)] {
        let message = crate::message(&HeaderName::REFER_SUB, &[value]);
        let sub: ReferSub<'_> = message.headers().require().unwrap();
        assert_eq!(sub.subscribes(), subscribes, "{value}");
    }

    for (value, active, pending) in [("Active;expires=5", true, false), ("pending", false, true)] {
        let message = crate::message(&HeaderName::SUBSCRIPTION_STATE, &[value]);
        let state: SubscriptionState<'_> = message.headers().require().unwrap();
        assert_eq!((state.is_active(), state.is_pending()), (active, pending));
        assert_eq!(state.expires().is_some(), active);
    }
    first!(SubscriptionState<'_>, SUBSCRIPTION_STATE, "Terminated;reason=giveup;retry-after=60;expires=x", m => state);
    assert_eq!(
        (state.is_terminated(), state.is_active(), state.is_pending()),
        (true, false, false)
    );
    assert_eq!(
        (state.reason(), state.retry_after(), state.expires()),
        (Some("giveup"), Some(60), None)
    );
}

#[test]
fn rfc3515_3891_3892_meanings() {
    first!(ReferTo<'_>, REFER_TO, "<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>", m => refer);
    assert_eq!(refer.method(), Some(Method::INVITE));
    let replaces = refer.replaces().unwrap().unwrap();
    assert_eq!(
        (replaces.call_id(), replaces.to_tag(), replaces.from_tag(), replaces.is_early_only()),
        ("12345@192.168.118.3", "12345", "5FFE-3994", false)
    );
    first!(ReferTo<'_>, REFER_TO, "<sip:c@example.com;method=SUBSCRIBE?replaces=a>", m => refer);
    assert_eq!(refer.method(), Some(Method::SUBSCRIBE));
    for text in ["<sip:c@example.com;method>", "<sip:c@example.com;method=IN/VITE>"] {
        let message = crate::message(&HeaderName::REFER_TO, &[text]);
        assert_eq!(message.headers().require::<ReferTo<'_>>().unwrap().method(), None, "{text}");
    }
    assert_eq!(refer.replaces().unwrap().unwrap_err().reason, "to-tag is missing");
    // A value that would end its line is no Replaces, and not none.
    first!(ReferTo<'_>, REFER_TO, "<sip:c@d?Subject=a%0D%0Ab&Replaces=7%0D%0A%3Bto-tag%3D1%3Bfrom-tag%3D2>", m => refer);
    assert!(refer.replaces().unwrap().is_err());
    first!(ReferTo<'_>, REFER_TO, "<sip:c@d?Subject=a%0D%0Ab&Replaces=7%3Bto-tag%3D1%3Bfrom-tag%3D2>", m => refer);
    assert!(refer.replaces().unwrap().is_ok());
    first!(ReferTo<'_>, REFER_TO, "http://www.ietf.org", m => refer);
    assert!(refer.replaces().is_none());

    first!(Replaces<'_>, REPLACES, "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only", m => replaces);
    assert!(replaces.is_early_only());
    assert_eq!((replaces.to_tag(), replaces.from_tag()), ("12345", "54321"));

    first!(ReferredBy<'_>, REFERRED_BY, "<sip:referrer@referrer.example>\r\n ;cid=\"20398823.2UWQFN309shb3@referrer.example\"", m => by);
    assert_eq!(by.cid().unwrap(), "20398823.2UWQFN309shb3@referrer.example");
}

#[test]
fn rfc3323_3325_meanings() {
    type Read = fn(&Headers) -> Result<Identities<'_>, HeaderError>;

    first!(Privacy<'_>, PRIVACY, "Header ; ID;critical", m => privacy);
    assert_eq!(privacy.values().collect::<Vec<_>>(), ["Header", "ID", "critical"]);
    // T17 of the threats: asked with the wrong case, a caller would be shown.
    assert_eq!(privacy, Privacy::new("header ; id;CRITICAL").unwrap());
    assert!(privacy.has("id") && privacy.has("HEADER") && !privacy.has("user"));

    let values = [
        "\"Cullen Jennings\" <sip:fluffy@cisco.com>",
        "mailto:a@b, tel:+14085264000, <sips:other@cisco.com>, <tel:+1>",
    ];
    let reads: [(_, Read); 2] = [
        (&HeaderName::P_ASSERTED_IDENTITY, Headers::asserted_identities),
        (&HeaderName::P_PREFERRED_IDENTITY, Headers::preferred_identities),
    ];
    for (name, read) in reads {
        let message = crate::message(name, &values);
        let identities = read(message.headers()).unwrap();
        assert_eq!(identities.sip().unwrap().display_name().unwrap(), "Cullen Jennings");
        assert_eq!(identities.tel().unwrap().uri().user().unwrap(), "+14085264000");
        // One that cannot be read leaves none: half an identity is no identity.
        let message = crate::message(name, &[values[0], "<tel:+1"]);
        assert!(read(message.headers()).is_err());
        assert!(read(crate::message(&HeaderName::SUBJECT, &[]).headers()).unwrap().is_empty());
    }
}

#[test]
fn rfc3326_5626_5806_meanings() {
    first!(Reason<'_>, REASON, "Q.850 ;cause=16 ;text=\"Terminated\"", m => reason);
    assert_eq!(
        (reason.protocol(), reason.cause(), &*reason.text().unwrap()),
        ("Q.850", Some(16), "Terminated")
    );

    first!(Contact<'_>, CONTACT, "<sip:bob@192.0.2.2;transport=tcp;ob>;reg-id=1;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\"", m => contact);
    let contact = contact.address().unwrap();
    assert_eq!((contact.reg_id(), contact.is_outbound()), (Some(1), true));
    assert_eq!(contact.instance().unwrap(), "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF");
    for (value, reg_id) in [("0", None), ("2147483647", Some(2_147_483_647)), ("2147483648", None)]
    {
        let contact: NameAddr<'_> = format!("<sip:a>;reg-id={value}").parse().unwrap();
        assert_eq!((contact.reg_id(), contact.is_outbound()), (reg_id, false), "{value}");
    }

    first!(Diversion<'_>, DIVERSION, "<tel:+1>;Reason=\"user-busy\";counter=2;limit=5;privacy=off;screen=\"yes\"", m => diversion);
    assert_eq!(diversion.reason().unwrap(), "user-busy");
    assert_eq!((diversion.counter(), diversion.limit()), (Some(2), Some(5)));
    assert_eq!(
        (diversion.privacy().unwrap(), diversion.screen().unwrap()),
        ("off".into(), "yes".into())
    );
}

#[test]
fn rfc7044_7433_7989_meanings() {
    let value = "<sip:UserA@ims.example.com?Reason=SIP%3Bcause%3D302>;index=1.1,\r\n \
                 <sip:UserB@example.com?Privacy=history&Reason=SIP%3Bcause%3D486>;index=1.2;mp=1.1,\r\n \
                 <sip:45432@192.168.0.3>;index=1.3;rc=1.2,<sip:x>;index=1;np=1";
    let message = crate::message(&HeaderName::HISTORY_INFO, &[value]);
    let history: Vec<_> =
        message.headers().all::<HistoryInfo<'_>>().collect::<Result<_, _>>().unwrap();
    let [a, b, c, d] = &history[..] else { panic!("four entries") };
    assert_eq!((a.index().as_str(), a.index().depth(), a.target()), ("1.1", 2, None));
    assert_eq!(a.index().parent(), Some(d.index()));
    assert_eq!(a.reason().unwrap().unwrap().cause(), Some(302));
    assert!(a.privacy().is_none());
    assert_eq!(b.target(), Some(HistoryTarget::Mapped(a.index())));
    assert!(b.privacy().unwrap().unwrap().has("history"));
    assert_eq!(c.target(), Some(HistoryTarget::Contact(b.index())));
    assert_eq!(d.target(), Some(HistoryTarget::NoChange(d.index())));
    assert_eq!((d.index().depth(), d.index().parent()), (1, None));
    assert_eq!(format!("{:?} {}", a.index(), d.index()), "1.1 1");

    first!(UserToUser<'_>, USER_TO_USER, "56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar", m => data);
    assert_eq!(
        data.octets().unwrap(),
        [0x56, 0xa3, 0x90, 0xf3, 0xd2, 0xb7, 0x31, 0x00, 0x23, 0xa2]
    );
    assert_eq!(
        (data.purpose(), data.content(), data.encoding()),
        (Some("foo"), Some("bar"), Some("hex"))
    );
    // RFC 7433 4.2: quotes are ignored, and hexadecimal has no case.
    for (value, octets) in [
        ("\"00fF\"", Some(vec![0, 0xff])),
        ("00ff;encoding=base64", None),
        ("00f", None),
        ("00fg", None),
    ] {
        let message = crate::message(&HeaderName::USER_TO_USER, &[value]);
        let data = message.headers().first::<UserToUser<'_>>().unwrap().unwrap();
        assert_eq!(data.octets(), octets, "{value}");
    }

    first!(SessionId<'_>, SESSION_ID, "ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2", m => id);
    assert_eq!(id.local().to_string(), "ab30317f1a784dc48ff824d0d3715d86");
    assert_eq!(id.remote().unwrap().to_string(), "47755a9de7794ba387653f2099600ef2");
    // RFC 7329 had no remote.
    first!(SessionId<'_>, SESSION_ID, "00000000000000000000000000000000", m => id);
    assert!(id.local().is_nil() && id.remote().is_none());
}

#[test]
fn lists_of_addresses_have_their_own_reads() {
    let text = "<sip:a;lr>, <sip:b;lr>";
    let message = |name| crate::message(name, &[text, "<sip:c;lr>"]);
    let hosts = |addresses: Vec<Result<NameAddr<'_>, _>>| -> Vec<String> {
        addresses.into_iter().map(|address| address.unwrap().uri().as_str().to_owned()).collect()
    };
    let expected = ["sip:a;lr", "sip:b;lr", "sip:c;lr"];
    assert_eq!(hosts(message(&HeaderName::ROUTE).headers().routes().collect()), expected);
    assert_eq!(
        hosts(message(&HeaderName::RECORD_ROUTE).headers().record_routes().collect()),
        expected
    );
    assert_eq!(hosts(message(&HeaderName::PATH).headers().path().collect()), expected);
    assert_eq!(
        hosts(message(&HeaderName::SERVICE_ROUTE).headers().service_routes().collect()),
        expected
    );
    let message = crate::message(&HeaderName::REPLY_TO, &["Bob <sip:bob@biloxi.com>"]);
    assert!(matches!(message.headers().reply_to().unwrap().unwrap().uri(), Uri::Sip(_)));
}
