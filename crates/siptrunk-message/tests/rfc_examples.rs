//! The example messages of RFC 3261, 3515, 3891, 4028 and 5118, read down to their types.

use bytes::Bytes;
use siptrunk_message::validate::{UasRules, validate_request, validate_response};
use siptrunk_message::{
    CSeq, Event, Expires, HeaderName, Host, Limits, Message, Method, MinSe, Refresher, Replaces,
    Request, RequestBuilder, Require, Response, SessionExpires, SipFrag, StatusCode,
    SubscriptionState, Supported, Via, typed_headers,
};

/// The messages of a file, with the line ends of the wire. A body that the RFC does not show has as many octets as
/// Content-Length says.
fn octets(text: &str) -> Vec<Vec<u8>> {
    let messages = text.split("\n=== ").skip(1);
    messages
        .map(|message| {
            let (_, message) = message.split_once('\n').unwrap();
            let (head, body) = message.split_once("\n\n").unwrap_or((message, ""));
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            let lines =
                |text: &str| text.lines().flat_map(|line| [line, "\r\n"]).collect::<String>();
            let mut octets = format!("{}\r\n{}", lines(head), lines(body)).into_bytes();
            if body.is_empty() {
                octets.resize(octets.len() + length, b'x');
            }
            octets
        })
        .collect()
}

fn messages(text: &str) -> Vec<Message> {
    octets(text)
        .into_iter()
        .map(|octets| {
            Message::parse(Bytes::from(octets.clone()), &Limits::default())
                .unwrap_or_else(|error| panic!("{error}: {}", octets.escape_ascii()))
        })
        .collect()
}

fn request(message: &Message) -> &Request {
    match message {
        Message::Request(request) => request,
        Message::Response(_) => panic!("not a request: {message:?}"),
    }
}

fn response(message: &Message) -> &Response {
    match message {
        Message::Response(response) => response,
        Message::Request(_) => panic!("not a response: {message:?}"),
    }
}

/// The headers that cannot be read as what they are.
fn faults(message: &Message) -> Vec<String> {
    typed_headers()
        .iter()
        .flat_map(|typed| typed.read(message.headers()))
        .filter_map(Result::err)
        .map(|error| error.to_string())
        .collect()
}

/// Every header reads as its type, and a copy has every line as it stands.
fn assert_whole(message: &Message) {
    assert_eq!(faults(message), [""; 0], "{message:?}");
    if let Message::Request(request) = message {
        let copy = RequestBuilder::from_request(request).build("SIP/2.0/UDP h;branch=1").unwrap();
        let kept = |request: &Request| -> Vec<Vec<u8>> {
            let own = [HeaderName::VIA, HeaderName::CONTENT_LENGTH];
            let fields = request.headers().iter();
            fields
                .filter(|field| !own.iter().any(|name| field.is(name)))
                .map(|field| field.line().to_vec())
                .collect()
        };
        assert_eq!(kept(&copy), kept(request));
        assert_eq!(copy.body(), request.body());
    }
}

/// A UAS that serves what the examples ask for.
fn rules() -> UasRules {
    let mut rules = UasRules::default();
    rules.methods.push(Method::REGISTER);
    rules.schemes.push("sips".to_owned());
    rules.extensions.extend(["replaces".to_owned(), "timer".to_owned()]);
    rules
}

#[test]
fn rfc_3261_registration_and_session() {
    let messages = messages(include_str!("data/examples/rfc3261.txt"));
    assert_eq!(messages.len(), 16);
    for message in &messages {
        assert_whole(message);
        match message {
            Message::Request(request) => assert_eq!(validate_request(request, &rules()), Ok(())),
            // A proxy's hop has more than one Via: the last hop of each is the one that a UAC gets.
            Message::Response(response) => {
                let vias = response.headers().all::<Via<'_>>().count();
                assert_eq!(validate_response(response).is_ok(), vias == 1);
            }
        }
    }
    let (register, ok) = (request(&messages[0]), response(&messages[1]));
    assert_eq!(register.method(), &Method::REGISTER);
    assert_eq!(register.headers().get::<Expires>().unwrap(), Some(Expires(7_200)));
    let contact = ok.headers().contact().unwrap().unwrap();
    assert_eq!(contact.uri().host().unwrap().ip(), "192.0.2.4".parse().ok());
    let via = ok.headers().top_via().unwrap().unwrap();
    assert_eq!(via.received(), "192.0.2.4".parse().ok());
    assert_eq!(via.branch(), Some("z9hG4bKnashds7"));

    // The INVITE gains a Via and loses a hop at each proxy.
    let invites: Vec<&Request> = messages
        .iter()
        .filter_map(|message| match message {
            Message::Request(request) if *request.method() == Method::INVITE => Some(request),
            _ => None,
        })
        .collect();
    let hops = |request: &&Request| {
        (
            request.headers().all::<Via<'_>>().count(),
            request.headers().max_forwards().unwrap().unwrap(),
        )
    };
    assert_eq!(invites.iter().map(hops).collect::<Vec<_>>(), [(1, 70), (2, 69), (3, 68)]);
    assert_eq!(invites[2].request_uri().unwrap().host().unwrap().to_string(), "192.0.2.4");
    for message in &messages[2..] {
        let headers = message.headers();
        assert_eq!(headers.call_id().unwrap(), Some("a84b4c76e66710"));
        let from = headers.from().unwrap().unwrap();
        let to = headers.to().unwrap().unwrap();
        let (alice, bob) = (Some("1928301774"), Some("a6c85cf"));
        let bye = headers.cseq().unwrap().unwrap().method == Method::BYE;
        assert_eq!(from.tag(), if bye { bob } else { alice });
        assert!(to.tag().is_none() || to.tag() == if bye { alice } else { bob });
        assert_eq!(from.display_name().as_deref(), Some(if bye { "Bob" } else { "Alice" }));
    }
    let status = |at: usize| response(&messages[at]).status();
    assert_eq!([status(3), status(5)], [StatusCode::TRYING; 2]);
    assert_eq!([status(7), status(8), status(9)], [StatusCode::RINGING; 3]);
    assert_eq!([status(10), status(11), status(12), status(15)], [StatusCode::OK; 4]);
    let ack = request(&messages[13]);
    assert_eq!(ack.headers().cseq().unwrap(), Some(CSeq::new(314_159, Method::ACK)));
    assert_eq!(request(&messages[14]).headers().cseq().unwrap(), Some(CSeq::new(231, Method::BYE)));
}

#[test]
fn rfc_3515_two_refers() {
    let messages = messages(include_str!("data/examples/rfc3515.txt"));
    assert_eq!(messages.len(), 12);
    for message in &messages {
        assert_whole(message);
        if let Message::Request(request) = message {
            assert_eq!(validate_request(request, &rules()), Ok(()));
        }
    }
    let refer = |at: usize| {
        let address = request(&messages[at]).headers().address(&HeaderName::REFER_TO);
        address.unwrap().unwrap().uri().to_string()
    };
    assert_eq!((refer(0), refer(6)), ("sip:c@example.org".into(), "sip:d@example.org".into()));
    assert_eq!(response(&messages[1]).status(), StatusCode::ACCEPTED);
    // Where each notification tells of its REFER, and what.
    let told = |at: usize| {
        let notify = request(&messages[at]);
        let headers = notify.headers();
        let event: Event<'_> = headers.require().unwrap();
        assert_eq!(event.package(), "refer");
        let state: SubscriptionState<'_> = headers.require().unwrap();
        let limits = Limits::default();
        let body = notify.find_body("message", "sipfrag", &limits).unwrap().unwrap();
        let fragment = SipFrag::parse(&body, &limits).unwrap();
        (
            event.id().map(str::to_owned),
            state.is_terminated(),
            state.reason().map(str::to_owned),
            state.expires(),
            fragment.status().unwrap().code(),
        )
    };
    let id = Some("93809824".to_owned());
    let noresource = Some("noresource".to_owned());
    assert_eq!(told(2), (None, false, None, Some(3_600), 100));
    assert_eq!(told(4), (None, true, noresource.clone(), None, 200));
    assert_eq!(told(8), (id.clone(), false, None, Some(3_600), 100));
    assert_eq!(told(10), (id, true, noresource, None, 200));
}

/// Messages with no Via and no Max-Forwards, since the RFC leaves out what it is not about.
#[test]
fn rfc_3891_parked_and_picked_up() {
    let messages = messages(include_str!("data/examples/rfc3891.txt"));
    assert_eq!(messages.len(), 10);
    for message in &messages {
        assert_whole(message);
        if let Message::Request(request) = message {
            let rejection = validate_request(request, &rules()).unwrap_err();
            assert_eq!(rejection.status, StatusCode::BAD_REQUEST, "{rejection}");
        }
    }
    let replaces = |at: usize| messages[at].headers().get::<Replaces<'_>>().unwrap().unwrap();
    let parked = replaces(8);
    assert_eq!(parked.call_id(), "425928@bobster.example.org");
    assert_eq!((parked.to_tag(), parked.from_tag()), ("7743", "6472"));
    assert!(!parked.is_early_only());
    let tag = messages[8].headers().first::<Require<'_>>().unwrap().unwrap();
    assert_eq!(tag.tag(), "replaces");
    let early = replaces(9);
    assert_eq!(early.call_id(), "425928@phone.example.org");
    assert!(early.is_early_only());
    let referrer = messages[0].headers().address(&HeaderName::REFERRED_BY).unwrap().unwrap();
    assert_eq!(referrer.uri().to_string(), "sip:alice@phone1.example.org");
}

#[test]
fn rfc_4028_session_timers() {
    let messages = messages(include_str!("data/examples/rfc4028.txt"));
    assert_eq!(messages.len(), 7);
    for message in &messages {
        assert_whole(message);
        if let Message::Request(request) = message {
            assert_eq!(validate_request(request, &rules()), Ok(()));
        }
    }
    let interval = |at: usize| {
        let headers = messages[at].headers();
        let interval = headers.get::<SessionExpires<'_>>().unwrap();
        let least = headers.get::<MinSe<'_>>().unwrap();
        (
            interval.as_ref().map(SessionExpires::seconds),
            interval.and_then(|interval| interval.refresher()),
            least.map(|least| least.seconds()),
        )
    };
    assert_eq!(interval(0), (Some(50), None, None));
    assert_eq!(interval(1), (None, None, Some(3_600)));
    assert_eq!(interval(2), (Some(3_600), None, Some(3_600)));
    assert_eq!(interval(3), (Some(4_000), None, Some(4_000)));
    for at in 4..7 {
        assert_eq!(interval(at), (Some(4_000), Some(Refresher::Uac), None));
    }
    assert_eq!(response(&messages[1]).status().code(), 422);
    assert_eq!(response(&messages[1]).reason(), b"Session Interval Too Small");
    for at in [0, 2, 3, 4, 5] {
        let tag = messages[at].headers().first::<Supported<'_>>().unwrap().unwrap();
        assert_eq!(tag.tag(), "timer");
    }
    // Without brackets the parameter is the header's and not the URI's (RFC 3261 20.10): such a route is strict.
    let route = messages[5].headers().name_addr(&HeaderName::ROUTE).unwrap().unwrap();
    assert!(route.param("lr").is_some() && !route.uri().as_sip().unwrap().is_loose_router());
}

#[test]
fn rfc_5118_ipv6() {
    let messages = messages(include_str!("data/examples/rfc5118.txt"));
    assert_eq!(messages.len(), 12);
    // The two that the RFC calls invalid: a reference without brackets, and three colons in one.
    let invalid = [1, 10];
    for (at, message) in messages.iter().enumerate() {
        if let Message::Request(request) = message {
            let verdict = validate_request(request, &rules());
            if invalid.contains(&at) {
                assert_eq!(verdict.unwrap_err().status, StatusCode::BAD_REQUEST);
                assert!(request.request_uri().is_err());
            } else {
                assert_whole(message);
                assert_eq!(verdict, Ok(()), "{at}");
            }
        }
    }
    let uri = |at: usize| request(&messages[at]).request_uri().unwrap();
    let host = |text: &str| Some(Host::V6(text.parse().unwrap()));
    let port = |at: usize| uri(at).as_sip().unwrap().port();
    assert_eq!((uri(0).host(), port(0)), (host("2001:db8::10"), None));
    // 4.3: the port within the brackets is a part of the address; 4.4: behind them it is one.
    assert_eq!((uri(2).host(), port(2)), (host("2001:db8::10:5070"), None));
    assert_eq!((uri(3).host(), port(3)), (host("2001:db8::10"), Some(5070)));
    // 4.5: received with brackets and without.
    for at in [4, 5] {
        let via = messages[at].headers().top_via().unwrap().unwrap();
        assert_eq!(via.received(), "2001:db8::9:255".parse().ok());
        assert_eq!(via.host().ip(), "2001:db8::9:1".parse().ok());
    }
    // 4.7: both families in the Vias of one message. 4.9: mapped addresses.
    let vias: Vec<Via<'_>> = messages[7].headers().all().map(Result::unwrap).collect();
    assert_eq!((vias[0].port(), vias[2].received()), (Some(6050), "192.0.2.200".parse().ok()));
    let via = messages[9].headers().top_via().unwrap().unwrap();
    assert_eq!(via.sent_by().to_string(), "[::ffff:192.0.2.10]:19823");
    assert_eq!(uri(11).host(), host("2001:db8::192.0.2.1"));
}
