//! URIs: the examples of RFC 3966 and RFC 3261 19.1, and what holds for every URI there is.

use proptest::prelude::*;
use siptrunk_message::{
    HeaderName, HeaderValue, Host, Method, Number, PhoneContext, SipUri, TelUri, Transport, Uri,
    UriHeaderError,
};

fn uri(text: &str) -> Uri<'static> {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn sip(text: &str) -> SipUri<'static> {
    match uri(text) {
        Uri::Sip(uri) => uri,
        other => panic!("{other}"),
    }
}

fn tel(text: &str) -> TelUri<'static> {
    match uri(text) {
        Uri::Tel(uri) => uri,
        other => panic!("{other}"),
    }
}

/// RFC 3966 6.
#[test]
fn the_examples_of_rfc_3966() {
    let global = tel("tel:+1-201-555-0123");
    assert_eq!((global.is_global(), global.digits().as_str()), (true, "+12015550123"));
    let local = tel("tel:7042;phone-context=example.com");
    let domain = "example.com".parse::<Host<'_>>().unwrap();
    assert_eq!(local.context(), Some(PhoneContext::Domain(domain)));
    let local = tel("tel:863-1234;phone-context=+1-914-555");
    assert_eq!(local.context(), PhoneContext::parse("+1914555"));
    assert_eq!((local.is_global(), local.digits().as_str()), (false, "8631234"));
    for text in [
        "tel:+358-555-1234567;postd=pp22",
        "tel:+1-555-438-3732",
        "tel:911;phone-context=+1",
        "tel:*86#;phone-context=example.com",
        "tel:1A-2f;phone-context=a.example",
        "tel:+1;isub=1411;phone-context=+1;a=b",
        "tel:+1;isub=a%20b/c?d:e@f&g=h+i$j,k",
        "tel:+1;m-x=1",
    ] {
        assert_eq!(tel(text).to_string(), text);
    }
    assert_eq!(tel("tel:+1;isub=a%20b").subaddress().unwrap(), "a b");
    assert_eq!(tel("tel:+1;M-a;mb;m-c=1").mandatory().collect::<Vec<_>>(), ["M-a", "m-c"]);
    for text in ["tel:+", "tel:--", "tel:+a", "tel:x", "tel:+1;", "tel:+1;;a", "tel:+1 2"] {
        assert!(text.parse::<Uri<'static>>().is_err(), "{text}");
    }
}

/// RFC 3966 4, a row a rule.
#[test]
fn when_numbers_are_the_same() {
    for (a, b, same) in [
        ("tel:+1-201-555-0123", "tel:+1(201)5550123", true),
        ("tel:+12015550123", "tel:12015550123", false),
        ("tel:12015550123;phone-context=+1", "tel:12015550123;phone-context=+1", true),
        ("tel:7042;phone-context=Example.COM", "TEL:7042;PHONE-CONTEXT=example.com", true),
        ("tel:7042;phone-context=example.com", "tel:7042;phone-context=example.org", false),
        ("tel:7042;phone-context=+1-914-555", "tel:7042;phone-context=+1914555", true),
        ("tel:7042;phone-context=+1-914-555", "tel:7042;phone-context=+1914556", false),
        ("tel:7042;phone-context=+1914555", "tel:7042", false),
        ("tel:+1;ext=70-42", "tel:+1;ext=7042", true),
        ("tel:+1;ext=7042", "tel:+1;ext=7043", false),
        ("tel:+1;a=1;b=2", "tel:+1;b=2;a=1", true),
        ("tel:+1;a=1;b=2", "tel:+1;a=1", false),
        ("tel:+1;a", "tel:+1;a=1", false),
        ("tel:+1;a=X", "tel:+1;A=x", true),
        ("tel:+1;a=%41", "tel:+1;a=A", true),
        ("tel:+1;a=1-2", "tel:+1;a=12", false),
        ("tel:1a;phone-context=+1", "tel:1A;phone-context=+1", true),
        ("tel:+358-555-1234567;postd=pp22", "tel:+358-555-1234567;POSTD=PP22", true),
        (
            "tel:+358-555-1234567;postd=pp22;isub=1411",
            "tel:+358-555-1234567;isub=1411;postd=pp22",
            true,
        ),
        ("tel:+1", "sip:+1@h;user=phone", false),
    ] {
        assert_eq!(uri(a).equivalent(&uri(b)), same, "{a} and {b}");
        assert_eq!(uri(b).equivalent(&uri(a)), same, "{b} and {a}");
    }
}

/// RFC 3261 19.1.6.
#[test]
fn numbers_become_sip_uris_and_back() {
    let host = "foo.com".parse().unwrap();
    for (text, expected) in [
        ("tel:+358-555-1234567;postd=pp22", "sip:+358-555-1234567;postd=pp22@foo.com;user=phone"),
        ("tel:+358-555-1234567;POSTD=PP22", "sip:+358-555-1234567;postd=pp22@foo.com;user=phone"),
        (
            "tel:+358-555-1234567;postd=pp22;isub=1411",
            "sip:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone",
        ),
        (
            "tel:+358-555-1234567;isub=1411;postd=pp22",
            "sip:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone",
        ),
        (
            "tel:+358-555-1234567;tsp=a.b;phone-context=5",
            "sip:+358-555-1234567;phone-context=5;tsp=a.b@foo.com;user=phone",
        ),
        (
            "tel:7042;z;b=2;phone-context=+1;a=1;ext=3",
            "sip:7042;ext=3;phone-context=+1;a=1;b=2;z@foo.com;user=phone",
        ),
        (
            "tel:7042;a=1;phone-context=+1;postd=p",
            "sip:7042;postd=p;phone-context=+1;a=1@foo.com;user=phone",
        ),
        // What a user part may not have bare, and an escape that it has already.
        ("tel:*31#;isub=[a:b]%3B", "sip:*31%23;isub=%5Ba%3Ab%5D%3B@foo.com;user=phone"),
    ] {
        let sip = tel(text).to_sip(&host, None);
        assert_eq!(sip.as_str(), expected, "{text}");
        let back = sip.to_tel().unwrap();
        assert!(Uri::Tel(back.clone()).equivalent(&uri(text)), "{text} came back as {back}");
        assert_eq!(back.to_sip(&host, None).as_str(), expected);
    }
    assert_eq!(
        tel("tel:+1").to_sip(&host, Some(5070)).to_secure().as_str(),
        "sips:+1@foo.com:5070;user=phone"
    );
    for (text, expected) in [
        ("sip:+1-206@gw;user=phone", Some("tel:+1-206")),
        ("sips:%2B1206;ext=%37@gw;transport=tls;user=PHONE", Some("tel:+1206;ext=7")),
        ("sip:+1206@gw", None),
        ("sip:alice@gw;user=phone", None),
        ("sip:gw;user=phone", None),
        ("mailto:+1206", None),
    ] {
        let found = uri(text).to_tel();
        assert_eq!(found.as_ref().map(TelUri::as_str), expected, "{text}");
    }
    assert_eq!(uri("tel:+1").to_sip(&host, None).unwrap().as_str(), "sip:+1@foo.com;user=phone");
    assert_eq!(uri("sip:a@b").to_sip(&host, None).unwrap().as_str(), "sip:a@b");
    assert!(uri("mailto:a").to_sip(&host, None).is_none());
}

#[test]
fn local_numbers_are_made_with_their_context() {
    let context = PhoneContext::parse("houston.example.com").unwrap();
    let local = TelUri::local("70-42", &context).unwrap();
    assert_eq!(local.as_str(), "tel:70-42;phone-context=houston.example.com");
    assert_eq!(local.context(), Some(context.clone()));
    for number in ["+1206", "", "1;x=2", "a b", "1@h", "1\r\n"] {
        assert!(TelUri::local(number, &context).is_err(), "{number:?}");
    }
    for text in ["", "+", "+a", "+1x", "-.example", "192.0.2.1", "a b", "5"] {
        assert_eq!(PhoneContext::parse(text), None, "{text:?}");
    }
    let evil = PhoneContext::Global("+1\r\nX: y".into());
    assert!(TelUri::local("1", &evil).is_err());
}

/// RFC 3261 19.1.1 and 19.1.3, RFC 5626 5.4: parameters with a meaning.
#[test]
fn parameters_with_a_meaning() {
    let all = sip(
        "sips:alice:pass%3Aword@[2001:db8::1]:5061;transport=TLS;user=phone;method=REGISTER;ttl=15;maddr=239.255.255.1;lr;ob",
    );
    assert_eq!(all.transport(), Some(Transport::Tls));
    assert!(all.is_phone() && all.is_loose_router() && all.is_outbound());
    assert_eq!((all.method(), all.ttl()), (Some(Method::REGISTER), Some(15)));
    assert_eq!(all.maddr().unwrap().to_string(), "239.255.255.1");
    assert_eq!(all.password().unwrap(), "pass:word");
    let none = sip("sip:atlanta.com");
    assert!(!none.is_phone() && !none.is_loose_router() && !none.is_outbound());
    assert_eq!((none.transport(), none.method(), none.ttl()), (None, None, None));
    assert!(none.maddr().is_none() && none.password().is_none());
    let odd = sip("sip:h;transport=sctp;user=ip;ttl=256;maddr=a..b;method=a:b");
    assert_eq!((odd.transport(), odd.method(), odd.ttl()), (None, None, None));
    assert!(!odd.is_phone() && odd.maddr().is_none());
    assert_eq!(sip("sip:h;ttl=+1").ttl(), None);
}

/// RFC 3261 19.1.3: headers of a URI, and RFC 5589 7: a Replaces in a Refer-To.
#[test]
fn headers_of_a_uri_are_headers_that_break_nothing() {
    let bob =
        sip("sip:bob@biloxi.example;gr=1?a=b&Subject=project%20x&priority=urgent&body=v%3D0%0D%0A");
    let fields: Vec<_> = bob.header_fields().map(Result::unwrap).collect();
    let value = |text: &str| HeaderValue::new(text).unwrap();
    assert_eq!(
        fields,
        [
            (HeaderName::ACCEPT_CONTACT, value("b")),
            (HeaderName::SUBJECT, value("project x")),
            (HeaderName::PRIORITY, value("urgent")),
        ]
    );
    assert_eq!(bob.header_body().unwrap(), b"v=0\r\n");
    let replaces = value("425928@bobster.example.org;to-tag=7743;from-tag=6472");
    let target = sip("sip:bob@biloxi.example").with_header(&HeaderName::REPLACES, &replaces);
    assert_eq!(
        target.as_str(),
        "sip:bob@biloxi.example?Replaces=425928%40bobster.example.org%3Bto-tag%3D7743%3Bfrom-tag%3D6472"
    );
    let both = target.with_header(&HeaderName::REQUIRE, &value("replaces"));
    let fields: Vec<_> = both.header_fields().map(Result::unwrap).collect();
    assert_eq!(
        fields,
        [(HeaderName::REPLACES, replaces), (HeaderName::REQUIRE, value("replaces"))]
    );
    let evil = sip("sip:a@b?Subject=a%0D%0AX-Evil%3A%20b&a%20b=c&X%00=1");
    let errors: Vec<_> = evil.header_fields().map(Result::unwrap_err).collect();
    assert!(matches!(errors[0], UriHeaderError::Value { .. }), "{errors:?}");
    assert!(matches!(errors[1..], [UriHeaderError::Name(_), UriHeaderError::Name(_)]));
}

/// RFC 5118 4.1 and 4.4 to 4.10: IPv6 references.
#[test]
fn ipv6_references() {
    for (text, host, port) in [
        ("sip:user@[2001:db8::10]", "2001:db8::10", None),
        ("sip:user@[2001:db8::10:5070]", "2001:db8::10:5070", None),
        ("sip:user@[2001:db8::10]:5070", "2001:db8::10", Some(5070)),
        ("sip:[2001:db8::1]", "2001:db8::1", None),
        ("sip:user@[::ffff:192.0.2.10]:19823", "::ffff:192.0.2.10", Some(19_823)),
        ("sip:[fe80::1]:5061;transport=tls?a=b", "fe80::1", Some(5061)),
    ] {
        let uri = sip(text);
        assert_eq!(uri.host().ip(), Some(host.parse().unwrap()), "{text}");
        assert_eq!((uri.port(), uri.as_str()), (port, text));
    }
    // 4.2: without brackets it is no reference.
    for text in [
        "sip:2001:db8::10",
        "sip:user@2001:db8::10",
        "sip:[2001:db8::1",
        "sip:[2001:db8:::1]",
        "sip:[192.0.2.1]",
        "sip:[]",
    ] {
        assert!(text.parse::<Uri<'static>>().is_err(), "{text}");
    }
    assert!(uri("sip:a@[2001:DB8:0:0::1]").equivalent(&uri("sip:a@[2001:db8::1]")));
}

/// A URI of any scheme, as peers write them.
fn wild_uri() -> impl Strategy<Value = String> {
    let user = "([a-zA-Z0-9_.!~*'()&=+$,;?/-]|%[0-9a-fA-F]{2}){1,8}";
    let host = prop_oneof![
        Just("h.example".to_owned()),
        Just("H.EXAMPLE".to_owned()),
        Just("192.0.2.1".to_owned()),
        Just("[2001:db8::1]".to_owned()),
        Just("[2001:DB8:0::1]".to_owned()),
    ];
    let param = "(;(transport|user|method|ttl|maddr|lr|ob|x|%58)(=(udp|phone|[a-c]|%6[1-3]|\\[1:\\]))?){0,3}";
    let headers = "(\\?(a|b|%61)=(x|y|%78)?(&(a|b)=(x|y)?){0,2})?";
    let number = "(tel|TEL):(\\+[0-9]{1,3}[-.()]?[0-9]?|[0-9A-Fa-f*#]{1,3}[-.]?)(;(ext|isub|phone-context|x|y)(=(\\+1|1-|a\\.example|%41|b))?){0,3}";
    prop_oneof![
        3 => ("(sip|sips|SIP)", proptest::option::of((user, "(:([a-z&=+$,]|%2[0-9]){0,3})?")), host, "(:[1-9][0-9]{0,3})?", param, headers)
            .prop_map(|(scheme, user, host, port, params, headers)| {
                let user = user.map(|(user, password)| format!("{user}{password}@")).unwrap_or_default();
                format!("{scheme}:{user}{host}{port}{params}{headers}")
            }),
        2 => number,
        1 => "(http|mailto|urn):[a-z0-9:/@?#]{1,8}",
    ]
}

proptest! {
    #[test]
    fn what_is_read_is_written(text in wild_uri()) {
        prop_assert_eq!(uri(&text).to_string(), text);
    }

    #[test]
    fn equivalence_is_reflexive_and_symmetric(a in wild_uri(), b in wild_uri()) {
        let (a, b) = (uri(&a), uri(&b));
        prop_assert!(a.equivalent(&a.clone()));
        prop_assert_eq!(a.equivalent(&b), b.equivalent(&a));
    }

    /// Changing one thing leaves every other octet as it was, escapes too.
    #[test]
    fn edits_change_nothing_else(text in wild_uri()) {
        let before = uri(&text);
        let Uri::Sip(before) = before else { return Ok(()) };
        let marked = before.with_param("added", Some("a b"));
        prop_assert_eq!(marked.param("added"), Some(Some("a%20b")));
        prop_assert_eq!(marked.without_param("added").to_string(), text.clone());
        let (head, headers) = text.split_once('?').filter(|_| before.has_headers()).unwrap_or((&text, ""));
        prop_assert_eq!(marked.as_str().replace(";added=a%20b", ""), text.clone());
        prop_assert!(before.has_headers() || headers.is_empty());
        if before.raw_user().is_none_or(|user| !user.contains('?')) {
            prop_assert_eq!(before.without_headers().to_string(), head);
        }
        let secure = before.to_secure();
        prop_assert!(secure.is_secure());
        prop_assert_eq!(secure.as_str().split_once(':').unwrap().1, text.split_once(':').unwrap().1);
    }

    /// Equivalent numbers give one SIP URI, which gives the number back.
    #[test]
    fn numbers_there_and_back(text in wild_uri(), port in proptest::option::of(any::<u16>())) {
        let before = uri(&text);
        let Some(tel) = before.as_tel() else { return Ok(()) };
        let host: Host<'_> = "gw.example".parse().unwrap();
        let sip = tel.to_sip(&host, port);
        prop_assert!(sip.is_phone() && sip.port() == port, "{}", sip);
        let back = sip.to_tel().unwrap();
        prop_assert!(Uri::from(back.clone()).equivalent(&before) || repeats(tel), "{} {}", before, back);
        let read: SipUri<'_> = match uri(sip.as_str()) { Uri::Sip(uri) => uri, other => panic!("{other}") };
        prop_assert_eq!(read.as_str(), sip.as_str());
        if let Ok(number) = Number::try_from(tel) {
            prop_assert_eq!(Number::from_uri(&Uri::from(sip)), Some(number));
        }
    }

    #[test]
    fn headers_there_and_back(value in proptest::collection::vec(any::<u8>(), 0..16), text in wild_uri()) {
        let Uri::Sip(before) = uri(&text) else { return Ok(()) };
        let Ok(value) = HeaderValue::new(value) else { return Ok(()) };
        let after = before.with_header(&HeaderName::SUBJECT, &value);
        let last = after.header_fields().last().unwrap().unwrap();
        prop_assert_eq!(last, (HeaderName::SUBJECT, value));
        prop_assert_eq!(after.header_fields().count(), before.header_fields().count() + 1);
    }
}

/// Whether a parameter stands twice, which the grammar forbids: such a URI has no one meaning.
fn repeats(tel: &TelUri<'_>) -> bool {
    let names: Vec<String> = tel.params().map(|(name, _)| name.to_ascii_lowercase()).collect();
    (0..names.len()).any(|at| names[..at].contains(&names[at]))
}
