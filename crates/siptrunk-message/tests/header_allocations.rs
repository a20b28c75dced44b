//! Typed reads borrow: reading any header as its type allocates nothing, and neither do its accessors that have nothing
//! to unescape.

use allocation_counter::measure;
use siptrunk_message::{
    Accept, AcceptEncoding, AcceptLanguage, AlertInfo, Allow, AllowEvents, CSeq, CallId, CallInfo,
    Contact, ContentDisposition, ContentEncoding, ContentLanguage, ContentLength, ContentType,
    Date, Diversion, ErrorInfo, Event, Expires, Header, HeaderName, Headers, HistoryInfo,
    InReplyTo, Limits, MaxBreadth, MaxForwards, Message, MimeVersion, MinExpires, MinSe,
    Organization, PAssertedIdentity, PPreferredIdentity, Priority, Privacy, ProxyRequire, RAck,
    RSeq, Reason, ReferSub, ReferTo, ReferredBy, Replaces, Require, RetryAfter, Server,
    SessionExpires, SessionId, Subject, SubscriptionState, Supported, Timestamp, Unsupported,
    UserAgent, UserToUser, Via, Warning, typed_headers,
};

/// One of each, as peers write them.
const FIELDS: &str = "\
Accept: application/sdp;level=1, text/*;q=0.5
Accept-Encoding: gzip;q=1.0, identity
Accept-Language: da, en-gb;q=0.8
Alert-Info: <http://www.example.com/sounds/moo.wav>
Allow: INVITE, ACK, BYE, CANCEL, OPTIONS
Allow-Events: refer, presence.winfo
CSeq: 102 INVITE
Call-ID: a84b4c76e66710@pc33.atlanta.com
Call-Info: <http://www.example.com/alice/> ;purpose=info
Contact: \"Mr. Watson\" <sip:watson@192.0.2.4;transport=tcp;ob>;q=0.7;expires=60;reg-id=1;+sip.instance=\"<urn:uuid:0>\"
Content-Disposition: session;handling=optional
Content-Encoding: gzip
Content-Language: fr
Content-Length: 0
Content-Type: application/sdp;charset=utf-8
Date: Sat, 13 Nov 2010 23:29:00 GMT
Diversion: <sip:+19195551000@carrier.example>;reason=no-answer;counter=2;privacy=off
Error-Info: <sip:not-in-service-recording@atlanta.com>
Event: refer;id=93809824
Expires: 3600
From: \"A. G. Bell\" <sip:agb@bell-telephone.com>;tag=a48s
History-Info: <sip:bob@192.0.2.3>;index=1.1.1;rc=1.1
In-Reply-To: 70710@saturn.bell-tel.com
MIME-Version: 1.0
Max-Breadth: 60
Max-Forwards: 70
Min-Expires: 60
Min-SE: 90
Organization: Boxes by Bob
P-Asserted-Identity: \"Cullen Jennings\" <sip:fluffy@cisco.com>, <tel:+14085264000>
P-Preferred-Identity: <sip:fluffy@cisco.com>
Path: <sip:P1.EXAMPLEVISITED.COM;lr>
Priority: urgent
Privacy: id;critical
Proxy-Require: foo
RAck: 776656 1 INVITE
RSeq: 988789
Reason: Q.850;cause=16;text=\"Terminated\"
Record-Route: <sip:server10.biloxi.com;lr>
Refer-Sub: false
Refer-To: <sip:c@example.com;method=INVITE>
Referred-By: <sip:r@ref.example>;cid=\"2UWQFN309shb3@ref.example\"
Replaces: 425928@bobster.example.org;to-tag=7743;from-tag=6472
Reply-To: Bob <sip:bob@biloxi.com>
Require: 100rel
Retry-After: 18000 (later);duration=3600
Route: <sip:bigbox3.site3.atlanta.com;lr>
Server: HomeServer/2 (a comment)
Service-Route: <sip:P2.HOME.EXAMPLE.COM;lr>
Session-Expires: 1800;refresher=uac
Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2
Subject: Need more boxes
Subscription-State: active;expires=60
Supported: 100rel, timer
Timestamp: 54.1 0.5
To: The Operator <sip:operator@cs.columbia.edu>
Unsupported: foo
User-Agent: Softphone/1.5 (beta)
User-to-User: 56a390f3d2b7310023a2;encoding=hex;purpose=foo
Via: SIP/2.0/UDP 192.0.2.1:5060;received=192.0.2.207;rport=4000;branch=z9hG4bK77asjd
Warning: 307 isi.edu \"Session parameter 'foo' not understood\"
";

/// How many elements of a header there are, each read in full.
fn list<'a, H: Header<'a>>(headers: &'a Headers) -> usize {
    headers.all::<H>().flatten().count()
}

fn addresses(headers: &Headers) -> usize {
    [HeaderName::ROUTE, HeaderName::RECORD_ROUTE, HeaderName::PATH, HeaderName::SERVICE_ROUTE]
        .iter()
        .map(|name| headers.name_addrs(name).flatten().count())
        .sum::<usize>()
        + [headers.from(), headers.to(), headers.reply_to()].iter().flatten().flatten().count()
}

/// The elements of every header above.
#[rustfmt::skip]
fn read_all(headers: &Headers) -> usize {
    addresses(headers)
        + list::<Accept<'_>>(headers) + list::<AcceptEncoding<'_>>(headers) + list::<AcceptLanguage<'_>>(headers)
        + list::<AlertInfo<'_>>(headers) + list::<Allow>(headers) + list::<AllowEvents<'_>>(headers)
        + list::<CSeq>(headers) + list::<CallId<'_>>(headers) + list::<CallInfo<'_>>(headers)
        + list::<Contact<'_>>(headers) + list::<ContentDisposition<'_>>(headers) + list::<ContentEncoding<'_>>(headers)
        + list::<ContentLanguage<'_>>(headers) + list::<ContentLength>(headers) + list::<ContentType<'_>>(headers)
        + list::<Date>(headers) + list::<Diversion<'_>>(headers) + list::<ErrorInfo<'_>>(headers)
        + list::<Event<'_>>(headers) + list::<Expires>(headers) + list::<HistoryInfo<'_>>(headers)
        + list::<InReplyTo<'_>>(headers) + list::<MaxBreadth>(headers) + list::<MaxForwards>(headers)
        + list::<MimeVersion>(headers) + list::<MinExpires>(headers) + list::<MinSe<'_>>(headers)
        + list::<Organization<'_>>(headers) + list::<PAssertedIdentity<'_>>(headers)
        + list::<PPreferredIdentity<'_>>(headers) + list::<Priority<'_>>(headers) + list::<Privacy<'_>>(headers)
        + list::<ProxyRequire<'_>>(headers) + list::<RAck>(headers) + list::<RSeq>(headers)
        + list::<Reason<'_>>(headers) + list::<ReferSub<'_>>(headers) + list::<ReferTo<'_>>(headers)
        + list::<ReferredBy<'_>>(headers) + list::<Replaces<'_>>(headers) + list::<Require<'_>>(headers)
        + list::<RetryAfter<'_>>(headers) + list::<Server<'_>>(headers) + list::<SessionExpires<'_>>(headers)
        + list::<SessionId<'_>>(headers) + list::<Subject<'_>>(headers) + list::<SubscriptionState<'_>>(headers)
        + list::<Supported<'_>>(headers) + list::<Timestamp<'_>>(headers) + list::<Unsupported<'_>>(headers)
        + list::<UserAgent<'_>>(headers) + list::<UserToUser<'_>>(headers) + list::<Via<'_>>(headers)
        + list::<Warning<'_>>(headers)
}

#[test]
fn reading_any_header_as_its_type_allocates_nothing() {
    let text = format!("OPTIONS sip:a@b SIP/2.0\n{FIELDS}\n").replace('\n', "\r\n");
    let message = Message::parse(text.into(), &Limits::default()).unwrap();
    let headers = message.headers();
    let expected: usize = typed_headers().iter().map(|typed| typed.read(headers).len()).sum();
    assert!(typed_headers().iter().all(|typed| headers.contains(typed.name())));

    let mut elements = 0;
    let counted = measure(|| elements = read_all(headers));
    assert_eq!((elements, counted.count_total), (expected, 0));

    let counted = measure(|| {
        let contact = headers.contact().unwrap().unwrap();
        assert!(contact.q().is_some() && contact.expires() == Some(60));
        assert!(contact.reg_id() == Some(1) && contact.is_outbound());
        assert_eq!(contact.instance().unwrap(), "urn:uuid:0");
        let identities = headers.asserted_identities().unwrap();
        assert!(identities.sip().is_some() && identities.tel().is_some());
        let history = headers.first::<HistoryInfo<'_>>().unwrap().unwrap();
        assert!(history.target().is_some() && history.index().depth() == 3);
        let replaces = headers.get::<Replaces<'_>>().unwrap().unwrap();
        assert_eq!((replaces.to_tag(), replaces.from_tag()), ("7743", "6472"));
        assert!(headers.get::<Privacy<'_>>().unwrap().unwrap().has("ID"));
        let diversion = headers.first::<Diversion<'_>>().unwrap().unwrap();
        assert_eq!((diversion.counter(), &*diversion.reason().unwrap()), (Some(2), "no-answer"));
    });
    assert_eq!(counted.count_total, 0);
}
