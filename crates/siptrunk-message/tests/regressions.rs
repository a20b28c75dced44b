//! Inputs that crashed, hung or fooled other stacks, by name. None may panic; each is judged as its row says.

use siptrunk_message::validate::{UasRules, validate_request, validate_response};
use siptrunk_message::{
    Body, CSeq, HeaderName, Limits, Message, Method, NameAddr, RequestBuilder, ResponseBuilder,
    StatusCode, Uri, UserToUser, Via, Warning, explain, typed_headers,
};

fn with(field: &str) -> Message {
    let octets = format!("INVITE sip:a@b SIP/2.0\r\n{field}\r\n\r\n");
    Message::parse(octets.into(), &Limits::default())
        .unwrap_or_else(|error| panic!("{field}: {error}"))
}

#[test]
fn a_quote_within_angles_and_angles_within_quotes() {
    // A reader that looks for the first < or > slices backwards here.
    let message = with("From: \"x>y\" <sip:a@b>");
    let from = message.headers().from().unwrap().unwrap();
    assert_eq!(from.display_name().unwrap(), "x>y");
    assert_eq!(from.uri().to_string(), "sip:a@b");
    let message = with("From: \"x<sip:evil@c>\" <sip:a@b>;tag=1");
    let from = message.headers().from().unwrap().unwrap();
    assert_eq!((from.uri().to_string().as_str(), from.tag()), ("sip:a@b", Some("1")));
}

#[test]
fn odd_addresses_are_malformed_and_nothing_worse() {
    for value in [
        "\"",
        "\"\"",
        "\"\\",
        "\"\\\"",
        "<",
        ">",
        "<>",
        "><",
        "\"a\" \"b\" <sip:a@b>",
        "\"a\"sip:a@b",
        "<sip:a@b",
        "sip:a@b>",
        "<<sip:a@b>>",
        "< sip:a@b>",
        "<sip:>",
        "<sip:@>",
        "<sip:@b>",
        "<sip:a@>",
        "sip:",
        ":",
        "",
        ";",
        ";tag=1",
        "<sip:a@b>tag=1",
        "<sip:a@b>;",
        "<sip:a@b>;=",
        "<sip:a@b>;tag=",
        "<sip:a@b>;tag=\"",
        "<sip:a@b>;;",
        "<sip:a@b>;tag=a b",
        "a b",
        "a, b <sip:a@b>",
        "<sip:a@b:>",
        "<sip:a@b:0x1>",
        "<sip:a@b:99999>",
        "<sip:%>",
        "<sip:%zz@b>",
        "<sip:[::1>",
        "<sip:[]>",
        "\u{0}",
        "\u{7f}",
        "é <sip:a@b>",
    ] {
        assert!(NameAddr::parse(value.as_bytes()).is_err(), "{value:?} is taken");
    }
    for value in [
        "\"\" <sip:a@b>",
        "<sip:a@b>;tag=\"\"",
        "a<sip:b>",
        "<tel:+1>",
        "<x:y>",
        "sip:b",
        "\"\\\"\" <sip:b>",
    ] {
        assert!(NameAddr::parse(value.as_bytes()).is_ok(), "{value:?} is refused");
    }
}

#[test]
fn one_character_tokens() {
    // belle-sip took two from the length of a token.
    for field in [
        "v: S/2/U h",
        "CSeq: 1 A",
        "i: a",
        "Require: a",
        "c: a/b",
        "Reason: a",
        "Accept: */*",
        "u: a",
        "a: b",
    ] {
        let message = with(field);
        assert!(!explain(&message).to_string().contains("expected"), "{field}");
    }
    assert!(
        with("v: S/2/U h").headers().top_via().unwrap().is_some_and(|via: Via<'_>| !via.is_sip())
    );
}

#[test]
fn long_tokens_stand_where_short_ones_do() {
    // CVE-2017-9372: a long CSeq method; CVE-2018-8828: a long From tag.
    let long = "A".repeat(8_000);
    let message = with(&format!("CSeq: 1 {long}"));
    assert_eq!(message.headers().cseq().unwrap().unwrap().method.as_str(), long);
    let message = with(&format!("f: <sip:a@b>;tag={long}"));
    assert_eq!(message.headers().from().unwrap().unwrap().tag(), Some(long.as_str()));
    let message = with(&format!("v: SIP/2.0/{long} h;branch=z9hG4bK{}", &long[..100]));
    assert_eq!(message.headers().top_via().unwrap().unwrap().transport(), long);
}

#[test]
fn via_that_is_cut_off_anywhere() {
    // CVE-2018-16657, OpenSIPS parse_via: what ends early is malformed, and read to its end only.
    let whole = "SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1;received=192.0.2.1;rport=\"1\"";
    for end in 0..=whole.len() {
        let message = with(&format!("Via: {}", &whole[..end]));
        let _ = message.headers().top_via();
        let _ = explain(&message).to_string();
    }
    for value in [
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0 UDP h",
        "SIP//UDP h",
        "SIP/2.0/UDP h:",
        "SIP/2.0/UDP h:70000",
        "SIP/2.0/UDP h;",
        "SIP/2.0/UDP h,",
        ",",
        "SIP/2.0/UDP h h",
    ] {
        let message = with(&format!("Via: {value}"));
        assert!(message.headers().all::<Via<'_>>().any(|via| via.is_err()), "{value:?} is taken");
    }
}

#[test]
fn to_that_stands_twice() {
    // CVE-2018-14767.
    let message = with("To: <sip:a@b>;tag=1\r\nt: <sip:a@b>;tag=2");
    assert!(message.headers().to().is_err());
    let Message::Request(request) = &message else { panic!("a request") };
    assert_eq!(
        validate_request(request, &UasRules::default()).unwrap_err().status,
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn list_elements_after_a_broken_one() {
    let message = with("Via: SIP/2.0/UDP a, ;;, SIP/2.0/UDP b\r\nVia: SIP/2.0/UDP c");
    let vias: Vec<_> = message
        .headers()
        .all::<Via<'_>>()
        .map(|via| via.map(|via| via.host().to_string()))
        .collect();
    // The rest of a broken field is not guessed at; the next field is read.
    assert_eq!(vias.len(), 3);
    assert_eq!(vias[0].as_deref(), Ok("a"));
    assert!(vias[1].is_err());
    assert_eq!(vias[2].as_deref(), Ok("c"));
}

#[test]
fn numbers_that_do_not_fit() {
    for number in ["4294967296", "18446744073709551616", "-1", "+1", "1e3", "0x1", "", " ", "1 1"] {
        let message =
            with(&format!("CSeq: {number} INVITE\r\nMax-Forwards: {number}\r\nExpires: {number}"));
        assert!(message.headers().cseq().is_err(), "{number:?}");
        assert!(message.headers().max_forwards().is_err(), "{number:?}");
    }
    assert_eq!(
        with("CSeq: 4294967295 INVITE").headers().cseq().unwrap(),
        Some(CSeq::new(u32::MAX, Method::INVITE))
    );
}

/// sipgo GHSA-c623-f998-8hhv: a response builder that trusts a request to be whole.
#[test]
fn each_mandatory_header_spoiled_in_each_method() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Spoil {
        Delete,
        Duplicate,
        Empty,
        Last,
    }
    let spoils = [Spoil::Delete, Spoil::Duplicate, Spoil::Empty, Spoil::Last];
    let methods = [
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "REGISTER",
        "INFO",
        "UPDATE",
        "PRACK",
        "REFER",
        "NOTIFY",
        "SUBSCRIBE",
        "MESSAGE",
        "PUBLISH",
    ];
    let mut rules = UasRules::default();
    rules.methods.extend([Method::REGISTER, Method::SUBSCRIBE, Method::MESSAGE, Method::PUBLISH]);
    let mut cases = 0;
    for method in methods {
        let fields = [
            "Via: SIP/2.0/UDP h;branch=z9hG4bK1".to_owned(),
            "From: <sip:a@b>;tag=1".to_owned(),
            "To: <sip:a@b>".to_owned(),
            "Call-ID: 1".to_owned(),
            format!("CSeq: 1 {method}"),
            "Max-Forwards: 70".to_owned(),
        ];
        // One header spoiled, and each pair of headers.
        for (first, second) in
            (0..6).flat_map(|a| (0..6).map(move |b| (a, b))).filter(|(a, b)| a <= b)
        {
            for (one, other) in spoils.iter().flat_map(|a| spoils.iter().map(move |b| (*a, *b))) {
                let mut front: Vec<String> = Vec::new();
                let mut back: Vec<String> = Vec::new();
                for (at, field) in fields.iter().enumerate() {
                    let spoil = if at == first {
                        Some(one)
                    } else if at == second {
                        Some(other)
                    } else {
                        None
                    };
                    let name = field.split(':').next().unwrap();
                    match spoil {
                        None => front.push(field.clone()),
                        Some(Spoil::Delete) => {}
                        Some(Spoil::Duplicate) => front.extend([field.clone(), field.clone()]),
                        Some(Spoil::Empty) => front.push(format!("{name}:")),
                        Some(Spoil::Last) => back.push(field.clone()),
                    }
                }
                front.push("m: <sip:a@b>".to_owned());
                front.extend(back);
                let octets = format!(
                    "{method} sip:a@b SIP/2.0\r\n{}\r\nContent-Length: 0\r\n\r\n",
                    front.join("\r\n")
                );
                let Ok(Message::Request(request)) =
                    Message::parse(octets.clone().into(), &Limits::default())
                else {
                    panic!("{octets}");
                };
                cases += 1;
                let harmless = |at: usize, spoil: Spoil| match spoil {
                    Spoil::Last => true,
                    // Several Via values are usual; RFC 2543 knew no Max-Forwards.
                    Spoil::Duplicate => at == 0,
                    Spoil::Delete => at == 5,
                    Spoil::Empty => false,
                };
                let whole = harmless(first, one) && (first == second || harmless(second, other));
                let verdict = validate_request(&request, &rules);
                assert_eq!(verdict.is_ok(), whole, "{octets}{verdict:?}");
                if let Err(rejection) = verdict {
                    assert_eq!(rejection.status, StatusCode::BAD_REQUEST, "{octets}");
                }
                // Whatever is missing, an answer can be written, and it is a message.
                let answer = ResponseBuilder::for_request(
                    &request,
                    StatusCode::BAD_REQUEST,
                    Some("t"),
                    None,
                )
                .build();
                assert!(
                    Message::parse(answer.unwrap().bytes().clone(), &Limits::default()).is_ok(),
                    "{octets}"
                );
            }
        }
    }
    assert_eq!(cases, 14 * 21 * 16);
}

#[test]
fn uris_that_others_sliced_out_of_bounds() {
    for text in [
        "sip:",
        "sip:;",
        "sip:?",
        "sip:@",
        "sip::",
        "sip:a;",
        "sip:a?",
        "sip:a@b;=",
        "sip:a@b?=",
        "sip:%",
        "sip:a%4",
        "tel:",
        "tel:+",
        "tel:;",
        "x",
        ":",
        "sips:",
        "sip:[",
        "sip:[:",
        "sip:a:@b:",
        "sip:a@:5060",
    ] {
        assert!(Uri::parse(text.as_bytes()).is_err(), "{text:?} is taken");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let message = with(
        "Authorization: Digest username=\"u\", response=\"5ec2e7\"\r\nProxy-Authorization: Digest response=\"5ec2e7\"\r\nWWW-Authenticate: Digest nonce=\"5ec2e7\"\r\nProxy-Authenticate: Digest nonce=\"5ec2e7\"\r\nAuthentication-Info: nextnonce=\"5ec2e7\"\r\nFrom: <sip:a:5ec2e7@b>\r\nX: shown",
    );
    let shown = format!("{message:?}{}", explain(&message));
    assert!(shown.contains("shown"));
    let debug = format!("{message:?}");
    assert!(!debug.contains("response=") && !debug.contains("nonce="), "{debug}");
    let from = message.headers().from().unwrap().unwrap();
    assert!(!format!("{from:?}").contains("5ec2e7"));
    assert!(message.headers().contains(&HeaderName::AUTHORIZATION));
    let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:5ec2e7";
    let builder = RequestBuilder::new(Method::BYE, "sip:a@b")
        .append(&HeaderName::AUTHORIZATION, "Digest response=\"5ec2e7\"")
        .body(&Body::sdp(key));
    let debug = format!("{builder:?} {:?}", Body::sdp(key));
    // Neither as text nor as a list of octets ("5e" is 53, 101).
    assert!(!debug.contains("5ec2e7") && !debug.contains("53, 101"), "{debug}");
}

#[test]
fn control_characters_are_escaped_where_a_message_is_shown() {
    let message =
        with("Subject: \u{1b}[31mred\u{7}\r\nFrom: \"\u{1b}[2J\" <sip:a@b>\r\nCall-ID: a\u{8}b");
    let shown = format!("{message:?}{}", explain(&message));
    let controls =
        shown.chars().filter(|character| character.is_control() && *character != '\n').count();
    assert_eq!(controls, 0, "{shown:?}");
}

/// Found by fuzzing: a folded text of a Warning was written with its line break.
#[test]
fn a_folded_warning_is_written_on_one_line() {
    let message = with("Warning: 399 h \"two\r\n \\\"lines\\\"\\\u{0}\"");
    let warning = message.headers().all::<Warning<'_>>().next().unwrap().unwrap();
    let written = warning.to_string();
    assert_eq!(written, "399 h \"two \\\"lines\\\" \"");
    let again = with(&format!("Warning: {written}"));
    let again = again.headers().all::<Warning<'_>>().next().unwrap().unwrap();
    assert_eq!(again.to_string(), written);
}

/// Found by fuzzing: folded data of User-to-User were written with their line break.
#[test]
fn folded_user_to_user_data_are_written_on_one_line() {
    let message = with("User-to-User: \"two\r\n\tlines\";encoding=hex");
    let data = message.headers().all::<UserToUser<'_>>().next().unwrap().unwrap();
    assert_eq!(data.to_string(), "\"two\tlines\";encoding=hex");
    assert_eq!(data.data(), "two\tlines");
}

/// siphon-rs: a lone quote in Referred-By, and in every other address there is.
#[test]
fn a_lone_quote_in_an_address() {
    for name in [
        "Referred-By",
        "b",
        "Refer-To",
        "From",
        "To",
        "Contact",
        "Route",
        "Path",
        "P-Asserted-Identity",
        "Diversion",
        "History-Info",
    ] {
        for value in ["\"", "\"\\", " \" ", "\"<sip:a@b>", "<sip:a@b>;x=\"", "<sip:a@b>;cid=\"\\"] {
            let message = with(&format!("{name}: {value}"));
            let name = HeaderName::new(name).unwrap();
            assert!(message.headers().name_addr(&name).is_err(), "{name}: {value}");
            assert!(read_all(&message) > 0, "{name}: {value}");
        }
    }
}

/// Reads every header as what it is, shows the message, and judges it; how many headers could not be read.
fn read_all(message: &Message) -> usize {
    let _ = explain(message).to_string();
    let _ = format!("{message:?}");
    let limits = Limits::default();
    let _ = message.find_body("application", "sdp", &limits);
    match message {
        Message::Request(request) => {
            let _ = validate_request(request, &UasRules::default());
            let _ = request.request_uri();
            let _ = ResponseBuilder::for_request(request, StatusCode::OK, Some("t"), None).build();
        }
        Message::Response(response) => drop(validate_response(response)),
    }
    let reads = typed_headers().iter().flat_map(|typed| typed.read(message.headers()));
    reads.filter(Result::is_err).count()
}

/// parsip, gosip, sipcore: what a reader finds where it did not look whether anything is left.
#[test]
fn messages_cut_off_anywhere() {
    let limits = Limits::default();
    for whole in [
        &include_bytes!("data/messages/options.sip")[..],
        include_bytes!("data/messages/invite.sip"),
        include_bytes!("data/messages/ok200.sip"),
        include_bytes!("data/messages/register.sip"),
        include_bytes!("data/messages/trying.sip"),
    ] {
        assert_eq!(read_all(&Message::parse(whole.into(), &limits).unwrap()), 0);
        for end in 0..whole.len() {
            assert!(Message::parse(whole[..end].into(), &limits).is_err(), "{end}");
            if let Some(message) = Message::salvage(whole[..end].into(), &limits) {
                read_all(&message);
            }
        }
    }
}

/// Lines of nothing but what separates: no name, no value, no end.
#[test]
fn lines_of_separators() {
    let limits = Limits::default();
    for line in
        [":", " :", "::", ": :", ",", ";", "=", "<", ">", "\"", "(", ")", "a", "a ", "\t", "@", "%"]
    {
        for line in [line.to_owned(), format!("{line}\r\n{line}"), format!("X: y\r\n{line}")] {
            let octets = format!("OPTIONS sip:a@b SIP/2.0\r\n{line}\r\n\r\n");
            match Message::parse(octets.clone().into(), &limits) {
                Ok(message) => drop(read_all(&message)),
                Err(_) => drop(Message::salvage(octets.into(), &limits).map(|m| read_all(&m))),
            }
        }
    }
}

/// RUSTSEC-2026-0009 and PJSIP 12306eaf9: what nests is counted and not recursed into.
#[test]
fn deep_nesting_needs_no_stack() {
    let limits = Limits { line: 1 << 20, message: 1 << 20, ..Limits::default() };
    for (open, close) in
        [("(", ")"), ("\"", "\""), ("<", ">"), ("[", "]"), ("\\(", "\\)"), ("=?", "?=")]
    {
        let deep = open.repeat(100_000) + &close.repeat(100_000);
        for name in ["Date", "Server", "User-Agent", "Retry-After", "Warning", "From", "Timestamp"]
        {
            let octets = format!("OPTIONS sip:a@b SIP/2.0\r\n{name}: {deep}\r\n\r\n");
            read_all(&Message::parse(octets.into(), &limits).unwrap());
        }
    }
}

/// PJSIP 568be8ec2 and f0fa32a22, OpenSIPS GHSA-hx7p-6j27-gjpv: a multipart body of nothing, and one that goes on and on.
#[test]
fn multipart_bodies_of_nothing() {
    let limits = Limits::default();
    for body in [
        "",
        "--",
        "--b",
        "--b--",
        "--b\r\n",
        "--b\r\n--b--",
        "\r\n--b--",
        "--b\r\n\r\n--b",
        "--b--b--",
        "--b\r\n--b\r\n--b\r\n",
    ] {
        let octets = format!(
            "INVITE sip:a@b SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let message = Message::parse(octets.into(), &limits).unwrap();
        assert!(message.find_body("application", "sdp", &limits).is_err(), "{body:?}");
    }
    // A hundred thousand parts: refused at the seventeenth.
    let body = "--b\r\n\r\n\r\n".repeat(100_000);
    let octets =
        format!("INVITE sip:a@b SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n{body}");
    let large = Limits { message: 1 << 20, ..limits };
    let message = Message::parse(octets.into(), &large).unwrap();
    let error = message.find_body("application", "sdp", &large).unwrap_err();
    assert_eq!(error.to_string(), "more than 16 parts");
}
