//! What is copied stays as it was, what is built is what was asked for.

use bytes::Bytes;
use siptrunk_message::{
    Body, BuildError, CSeq, HeaderList, HeaderName, HeaderValue, Limits, Message, Method, NameAddr,
    Request, RequestBuilder, Response, ResponseBuilder, ResponseWriter, StatusCode,
};

const VIA: &str = "SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bKnew;rport";

fn request(octets: &[u8]) -> Request {
    match Message::parse(Bytes::copy_from_slice(octets), &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn invite() -> Request {
    request(include_bytes!("data/messages/invite.sip"))
}

/// The index that was made while writing is the one that reading would make.
fn assert_indexed(built: &Message) {
    let read = Message::parse(built.bytes().clone(), &Limits::default())
        .expect("what we write is a message");
    let fields = |message: &Message| -> Vec<_> {
        let headers = message.headers();
        headers
            .iter()
            .map(|field| {
                (
                    field.name(),
                    field.raw_name().to_vec(),
                    field.value().to_vec(),
                    field.line().to_vec(),
                )
            })
            .collect()
    };
    assert_eq!(fields(built), fields(&read));
    assert_eq!(built.body(), read.body());
    assert_eq!((built.trailing(), read.trailing()), (0, 0));
    match (built, &read) {
        (Message::Request(a), Message::Request(b)) => {
            assert_eq!((a.method(), a.uri()), (b.method(), b.uri()));
        }
        (Message::Response(a), Message::Response(b)) => {
            assert_eq!((a.status(), a.reason()), (b.status(), b.reason()));
        }
        _ => panic!("a request became a response"),
    }
}

fn build(builder: &RequestBuilder) -> Request {
    let built = builder.build(VIA).unwrap();
    assert_indexed(&Message::Request(built.clone()));
    built
}

fn answer(builder: &ResponseBuilder) -> Response {
    let built = builder.build().unwrap();
    assert_indexed(&Message::Response(built.clone()));
    built
}

#[test]
fn a_copy_differs_in_its_via_alone() {
    let original = invite();
    let copy = build(&RequestBuilder::from_request(&original));
    let text = String::from_utf8(original.bytes().to_vec()).unwrap();
    let vias = text.find("Via:").unwrap()..text.find("Record-Route:").unwrap();
    let expected = text.replacen(&text[vias], &format!("Via: {VIA}\r\n"), 1);
    assert_eq!(String::from_utf8(copy.bytes().to_vec()).unwrap(), expected);
    // Again, and the same.
    assert_eq!(RequestBuilder::from_request(&copy).build(VIA).unwrap().bytes(), copy.bytes());
}

#[test]
fn what_is_strange_is_copied_as_it_stands() {
    let odd = b"OPTIONS sip:a@b SIP/2.0\r\nVIA: SIP/2.0/UDP h;branch=z9hG4bK1\r\nx-EI  :\tS.1;  \r\nSubject: a\r\n  b\r\n\t c \r\n\
        m: <sip:a@b>\r\nX-Bytes: \xff\xfe\x01\r\nX-Empty:\r\nl: 3\r\n\r\nabctrailing";
    let copy = build(&RequestBuilder::from_request(&request(odd)));
    let expected = [
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: ",
        VIA.as_bytes(),
        b"\r\nx-EI  :\tS.1;  \r\nSubject: a\r\n  b\r\n\t c \r\nm: <sip:a@b>\r\nX-Bytes: \xff\xfe\x01\r\nX-Empty:\r\n\
          Content-Length: 3\r\n\r\nabc",
    ]
    .concat();
    assert_eq!(copy.bytes(), &expected, "{}", copy.bytes().escape_ascii());
}

#[test]
fn fields_are_replaced_in_place_dropped_and_added() {
    let original = request(
        b"OPTIONS sip:a@b SIP/2.0\r\nRoute: <sip:1>\r\nX-A: 1\r\nroute: <sip:2>\r\nx-a: 2\r\nCSeq: 1 OPTIONS\r\n\r\n",
    );
    let lines = |builder: RequestBuilder| -> Vec<String> {
        let built = build(&builder);
        let lines =
            built.headers().iter().map(|field| String::from_utf8(field.line().to_vec()).unwrap());
        lines.skip(1).map(|line| line.trim_end().to_owned()).collect()
    };
    let start = || RequestBuilder::from_request(&original);
    assert_eq!(
        lines(
            start()
                .replace(&HeaderName::ROUTE, "<sip:3>")
                .replace(&HeaderName::from_static("x-A"), 3)
        ),
        ["Route: <sip:3>", "x-A: 3", "CSeq: 1 OPTIONS", "Content-Length: 0"]
    );
    assert_eq!(
        lines(start().without(&HeaderName::ROUTE).append(&HeaderName::SUBJECT, "s")),
        ["X-A: 1", "x-a: 2", "CSeq: 1 OPTIONS", "Subject: s", "Content-Length: 0"]
    );
    assert_eq!(
        lines(
            start()
                .replace(&HeaderName::CSEQ, CSeq::new(2, Method::OPTIONS))
                .replace(&HeaderName::SUBJECT, "s")
        ),
        [
            "Route: <sip:1>",
            "X-A: 1",
            "route: <sip:2>",
            "x-a: 2",
            "CSeq: 2 OPTIONS",
            "Subject: s",
            "Content-Length: 0"
        ]
    );
    let field = original.headers().iter().nth(2).unwrap();
    let single = RequestBuilder::new(Method::OPTIONS, "sip:a@b").copy(field);
    assert_eq!(lines(single), ["route: <sip:2>", "Content-Length: 0"]);
}

#[test]
fn a_builder_shows_what_it_will_write() {
    let builder = RequestBuilder::from_request(&invite())
        .replace(&HeaderName::CALL_ID, "new")
        .append(&HeaderName::ROUTE, "<sip:one>")
        .append(&HeaderName::ROUTE, "<sip:two>");
    let built = build(&builder);
    for name in [HeaderName::CALL_ID, HeaderName::ROUTE, HeaderName::FROM, HeaderName::WARNING] {
        assert_eq!(builder.raw(&name), built.headers().raw(&name), "{name:?}");
    }
    assert_eq!(builder.raw(&HeaderName::CALL_ID), Some(&b"new"[..]));
}

#[test]
fn bodies_bring_their_type_and_length() {
    let body = Body {
        content_type: HeaderValue::new("text/plain").unwrap(),
        bytes: Bytes::from_static(b"hello"),
    };
    let with = build(&RequestBuilder::from_request(&invite()).body(&body));
    assert_eq!(with.body(), b"hello");
    assert_eq!(with.headers().raw(&HeaderName::CONTENT_TYPE).unwrap(), b"text/plain");
    assert_eq!(with.headers().content_length().unwrap(), Some(5));
    let without = build(&RequestBuilder::from_request(&invite()).without_body());
    assert_eq!((without.body().len(), without.headers().content_length().unwrap()), (0, Some(0)));
    assert!(!without.headers().contains(&HeaderName::CONTENT_TYPE));
    assert_eq!(Body::sdp("v=0\r\n").content_type.as_bytes(), b"application/sdp");
}

#[test]
fn content_length_belongs_to_the_builder() {
    let builder =
        RequestBuilder::new(Method::OPTIONS, "sip:a@b").append(&HeaderName::CONTENT_LENGTH, 5);
    assert_eq!(
        builder.build(VIA).unwrap_err(),
        BuildError::Owned { name: HeaderName::CONTENT_LENGTH }
    );
    // The first fault is the one that is told.
    let builder = builder.append(&HeaderName::SUBJECT, "a\r\nb");
    assert_eq!(
        builder.build(VIA).unwrap_err(),
        BuildError::Owned { name: HeaderName::CONTENT_LENGTH }
    );
}

#[test]
fn what_is_too_large_is_not_written() {
    let body = Body::sdp(vec![b'x'; Limits::MAX_MESSAGE]);
    let built = RequestBuilder::new(Method::OPTIONS, "sip:a@b").body(&body).build(VIA);
    assert!(
        matches!(built, Err(BuildError::TooLarge { limit: Limits::MAX_MESSAGE, .. })),
        "{built:?}"
    );
}

#[test]
fn applications_add_headers_in_order_with_their_spelling() {
    let mut list = HeaderList::new();
    list.push_str("X-CallANI", "+18005550199").unwrap();
    list.push_str("x-routeDID", "1").unwrap();
    list.push_str("X-CallANI", "2").unwrap();
    let built = build(&RequestBuilder::new(Method::BYE, "sip:a@b").headers(&list));
    let names: Vec<_> = built.headers().iter().map(|field| field.raw_name().to_vec()).collect();
    assert_eq!(names, [&b"Via"[..], b"X-CallANI", b"x-routeDID", b"X-CallANI", b"Content-Length"]);
    let values: Vec<_> = built.headers().raw_all(&HeaderName::from_static("x-callani")).collect();
    assert_eq!(values, [&b"+18005550199"[..], b"2"]);
}

#[test]
fn a_response_repeats_what_it_has_to() {
    let invite = invite();
    let source = "198.51.100.99:40000".parse().unwrap();
    let response = answer(&ResponseBuilder::for_request(
        &invite,
        StatusCode::RINGING,
        Some("77"),
        Some(source),
    ));
    let text = String::from_utf8(response.bytes().to_vec()).unwrap();
    assert_eq!(
        text,
        "SIP/2.0 180 Ringing\r\n\
         Via: SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bK-524287-1---4f0c0a7b9d3e12aa;rport=40000;received=198.51.100.99\r\n\
         Via: SIP/2.0/UDP 10.20.30.40:5080;received=10.20.30.40;branch=z9hG4bK1d7c2b9e\r\n\
         Record-Route: <sip:198.51.100.10:5060;lr;ftag=as58f4201b>\r\n\
         From: \"Acme Support\" <sip:+18005550199@five9.example.com;user=phone>;tag=as58f4201b\r\n\
         To: <sip:+14155550123@203.0.113.77;user=phone>;tag=77\r\n\
         Call-ID: 3c26700857a0d5c61f2ad4b3e1a8-c9f4@198.51.100.10\r\n\
         CSeq: 102 INVITE\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

#[test]
fn what_a_response_repeats_depends_on_status_and_method() {
    let fields = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nRecord-Route: <sip:p;lr>\r\nFrom: <sip:a@b>;tag=1\r\n\
        To: <sip:c@d>\r\nCall-ID: 1\r\nTimestamp: 54\r\nMax-Forwards: 70\r\n";
    let of = |method: &str, status: StatusCode| -> Vec<String> {
        let octets = format!("{method} sip:a@b SIP/2.0\r\n{fields}CSeq: 1 {method}\r\n\r\n");
        let response = answer(&ResponseBuilder::for_request(
            &request(octets.as_bytes()),
            status,
            Some("2"),
            None,
        ));
        let names = response.headers().iter().map(|field| field.name().to_string()).collect();
        let tag = response.headers().to().unwrap().unwrap().tag().map(str::to_owned);
        assert_eq!(tag.as_deref(), if status == StatusCode::TRYING { None } else { Some("2") });
        names
    };
    let always = ["Via", "From", "To", "Call-ID", "CSeq", "Content-Length"];
    let dialog = ["Via", "Record-Route", "From", "To", "Call-ID", "CSeq", "Content-Length"];
    let trying = ["Via", "From", "To", "Call-ID", "Timestamp", "CSeq", "Content-Length"];
    assert_eq!(of("INVITE", StatusCode::TRYING), trying);
    assert_eq!(of("INVITE", StatusCode::RINGING), dialog);
    assert_eq!(of("INVITE", StatusCode::OK), dialog);
    assert_eq!(of("INVITE", StatusCode::BUSY_HERE), always);
    assert_eq!(of("OPTIONS", StatusCode::OK), always);
    assert_eq!(of("SUBSCRIBE", StatusCode::OK), dialog);
}

#[test]
fn received_and_rport() {
    // sent-by, what the top Via gets, where it came from (RFC 3261 18.2.1, RFC 3581 4).
    let table = [
        ("192.0.2.1", "192.0.2.1:5060", ""),
        ("192.0.2.1:5070", "192.0.2.1:5060", ""),
        ("192.0.2.1", "192.0.2.2:5060", ";received=192.0.2.2"),
        ("h.example", "192.0.2.2:5060", ";received=192.0.2.2"),
        ("192.0.2.1;rport", "192.0.2.1:999", ";rport=999;received=192.0.2.1"),
        ("192.0.2.1;rport", "192.0.2.2:999", ";rport=999;received=192.0.2.2"),
        ("[2001:db8::1]", "[2001:db8::1]:5060", ""),
        ("[2001:db8::1]", "[2001:db8::2]:5060", ";received=2001:db8::2"),
        ("192.0.2.1;received=6.6.6.6", "192.0.2.2:5060", ";received=192.0.2.2"),
    ];
    for (sent_by, source, added) in table {
        let octets = format!(
            "OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP {sent_by};branch=z9hG4bK1, SIP/2.0/TCP next;x\r\nv: SIP/2.0/UDP last\r\n\r\n"
        );
        let source = source.parse().unwrap();
        let request = request(octets.as_bytes());
        let response =
            answer(&ResponseBuilder::for_request(&request, StatusCode::OK, None, Some(source)));
        let vias: Vec<_> =
            response.headers().all::<siptrunk_message::Via<'_>>().map(Result::unwrap).collect();
        assert_eq!(vias.len(), 3, "{sent_by}");
        assert_eq!(vias[1].param("x"), Some(None));
        assert_eq!(vias[2].host().to_string(), "last");
        let top = &vias[0];
        assert_eq!(top.branch(), Some("z9hG4bK1"));
        let received = added.contains("received").then(|| source.ip());
        assert_eq!(top.received(), received, "{sent_by} from {source}");
        let asked = sent_by.contains("rport").then_some(Some(source.port()));
        assert_eq!(top.rport(), asked, "{sent_by} from {source}");
    }
}

/// What follows the top value in its field is copied as it stands: folds, quoted NUL, octets of no encoding.
#[test]
fn the_rest_of_a_via_field_stays_as_it_is() {
    let octets = b"OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP h;branch=1\r\n ,\tSIP/2.0/UDP n;x=\"\\\0\xff\"\r\n\r\n";
    let builder = ResponseBuilder::for_request(
        &request(octets),
        StatusCode::OK,
        None,
        Some("192.0.2.2:5060".parse().unwrap()),
    );
    let via = answer(&builder).headers().raw(&HeaderName::VIA).unwrap().to_vec();
    let expected = b"SIP/2.0/UDP h;branch=1;received=192.0.2.2\r\n ,\tSIP/2.0/UDP n;x=\"\\\0\xff\"";
    assert_eq!(via, expected, "{}", via.escape_ascii());
}

#[test]
fn a_to_with_a_tag_or_without_sense_stays_as_it_is() {
    for to in ["<sip:c@d>;tag=9", "sip:c@d;TAG=9", "\"lone <sip:c@d>"] {
        let octets = format!("BYE sip:a@b SIP/2.0\r\nTo: {to}\r\n\r\n");
        let builder = ResponseBuilder::for_request(
            &request(octets.as_bytes()),
            StatusCode::OK,
            Some("2"),
            None,
        );
        assert_eq!(answer(&builder).headers().raw(&HeaderName::TO).unwrap(), to.as_bytes());
    }
    // Folded, with a comment in quotes, with whitespace at its end: the tag goes where the value ends.
    let octets = "BYE sip:a@b SIP/2.0\r\nTo: \"a;tag=1\"\r\n <sip:c@d>  \r\n\r\n";
    let builder =
        ResponseBuilder::for_request(&request(octets.as_bytes()), StatusCode::OK, Some("2"), None);
    let response = answer(&builder);
    assert_eq!(
        response.headers().raw(&HeaderName::TO).unwrap(),
        b"\"a;tag=1\"\r\n <sip:c@d>;tag=2"
    );
    assert_eq!(response.headers().to().unwrap().unwrap().tag(), Some("2"));
}

#[test]
fn statuses_without_a_phrase_and_phrases_of_ones_own() {
    let request = invite();
    let builder = ResponseBuilder::for_request(&request, StatusCode::new(299).unwrap(), None, None);
    assert!(answer(&builder).bytes().starts_with(b"SIP/2.0 299 \r\n"));
    assert!(answer(&builder.reason("Fine")).bytes().starts_with(b"SIP/2.0 299 Fine\r\n"));
    for (code, expected) in [(99, None), (100, Some(100)), (699, Some(699)), (700, None), (0, None)]
    {
        assert_eq!(StatusCode::new(code).map(StatusCode::code), expected);
    }
}

#[test]
fn a_folded_address_is_written_on_one_line() {
    let octets = "INVITE sip:a@b SIP/2.0\r\nContact: \"A\r\n B\" <sip:a@b>;x\r\n =y\r\n\r\n";
    let contact = request(octets.as_bytes()).headers().contact().unwrap().unwrap().into_owned();
    let built =
        build(&RequestBuilder::new(Method::BYE, contact.uri()).append(&HeaderName::TO, &contact));
    assert_eq!(built.headers().to().unwrap().unwrap().display_name().unwrap(), "A B");
    assert_eq!(built.headers().to().unwrap().unwrap().param("x"), Some(Some("y")));
}

#[test]
fn names_and_tags_of_any_text_stay_within_their_quotes() {
    let uri: siptrunk_message::Uri<'static> = "sip:a@b".parse().unwrap();
    for text in [
        "",
        "a",
        "a \"b\" c",
        "back\\slash",
        "\\",
        "\"",
        "a\r\nX-Evil: 1",
        "\0",
        "<sip:c@d>",
        "é;tag=1",
        "a, b",
    ] {
        let address = NameAddr::new(uri.clone())
            .with_display_name(text)
            .with_param("x", Some(text))
            .with_tag("t");
        let built =
            build(&RequestBuilder::new(Method::BYE, "sip:a@b").append(&HeaderName::TO, &address));
        let to = built.headers().to().unwrap().unwrap();
        let clean: String = text.chars().filter(|character| !character.is_control()).collect();
        assert_eq!(to.display_name().unwrap_or_default(), clean, "{text:?}");
        assert_eq!((to.tag(), to.uri().to_string().as_str()), (Some("t"), "sip:a@b"), "{text:?}");
        if !text.contains(['\r', '\n', '\0']) {
            assert_eq!(to.param_text("x").unwrap(), text);
        }
    }
}

#[test]
fn responses_are_written_straight_too() {
    let mut writer = ResponseWriter::new(StatusCode::OK, "OK", 200).unwrap();
    writer.append(&HeaderName::VIA, VIA).unwrap();
    writer.append(&HeaderName::SUBJECT, "  padded ").unwrap();
    writer.append_bytes(&HeaderName::from_static("X-Raw"), b" \xff ").unwrap();
    // What was refused has left nothing behind.
    let before = format!("{writer:?}");
    assert!(writer.append(&HeaderName::SUBJECT, "a\rb").is_err());
    assert!(writer.append_bytes(&HeaderName::SUBJECT, b"a\nb").is_err());
    assert!(writer.append(&HeaderName::from_static("no name"), "a").is_err());
    assert!(writer.append(&HeaderName::CONTENT_LENGTH, 4).is_err());
    assert_eq!(format!("{writer:?}"), before);
    let built = writer.finish(b"body").unwrap();
    assert_indexed(&Message::Response(built.clone()));
    assert_eq!(built.headers().raw(&HeaderName::SUBJECT).unwrap(), b"padded");
    assert_eq!(built.body(), b"body");
}

#[test]
fn salvage_answers_what_cannot_be_parsed() {
    let octets = b"OPTIONS sip:a@b SIP/7.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nbroken line\r\nFrom: <sip:a@b>;tag=1\r\n\
        To: <sip:c@d>\r\n: no name\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 99\r\n\r\n";
    let error = Message::parse(Bytes::from_static(octets), &Limits::default()).unwrap_err();
    assert_eq!(error.status(), StatusCode::VERSION_NOT_SUPPORTED);
    let Some(Message::Request(request)) =
        Message::salvage(Bytes::from_static(octets), &Limits::default())
    else {
        panic!("a request")
    };
    let names: Vec<_> = request.headers().iter().map(|field| field.name()).collect();
    assert_eq!(
        names,
        [
            HeaderName::VIA,
            HeaderName::FROM,
            HeaderName::TO,
            HeaderName::CALL_ID,
            HeaderName::CSEQ,
            HeaderName::CONTENT_LENGTH
        ]
    );
    let response = answer(&ResponseBuilder::for_request(&request, error.status(), Some("t"), None));
    assert_eq!(response.headers().len(), 6);
    // What has more of something than a limit allows: the last field that is read ends where it ends.
    for fields in
        ["X: 1\r\n".repeat(200), format!("v: {}\r\n", vec!["SIP/2.0/UDP h"; 200].join(","))]
    {
        let octets = format!("BYE sip:a@b SIP/2.0\r\n{fields}\r\nnot: a field\r\n");
        assert!(Message::parse(octets.clone().into(), &Limits::default()).is_err());
        let salvaged = Message::salvage(octets.into(), &Limits::default()).unwrap();
        assert!(salvaged.headers().iter().all(|field| !field.line().ends_with(b"field\r\n")));
        let last = salvaged.headers().iter().last().unwrap();
        assert_eq!(last.line().len(), last.raw_name().len() + 2 + last.value().len() + 2);
    }
    // What ends in the middle of a line, or is no request at all.
    for cut in 0..octets.len() {
        let salvaged = Message::salvage(Bytes::copy_from_slice(&octets[..cut]), &Limits::default());
        if let Some(Message::Request(request)) = salvaged {
            answer(&ResponseBuilder::for_request(
                &request,
                StatusCode::BAD_REQUEST,
                Some("t"),
                None,
            ));
        }
    }
}

/// A field of any message is carried as it stands, whichever message the builder has begun with.
#[test]
fn fields_of_two_messages_go_together() {
    let a = request(b"OPTIONS sip:a@b SIP/2.0\r\nX-A: 1\r\nSubject :  s \r\nX-B: 2\r\n\r\n");
    let b = request(b"OPTIONS sip:a@b SIP/2.0\r\nX-A: 3\r\nSubject :  t \r\nX-B: 4\r\n\r\n");
    let fields = |request: &Request, builder: RequestBuilder, kept: &[usize]| {
        let fields = request.headers().iter().enumerate();
        fields
            .filter(|(at, _)| kept.contains(at))
            .fold(builder, |builder, (_, field)| builder.copy(field))
    };
    let builder = fields(&a, RequestBuilder::new(Method::OPTIONS, "sip:a@b"), &[0, 1]);
    let builder = fields(&b, builder, &[0, 2]);
    let builder = fields(&a, builder.append(&HeaderName::ORGANIZATION, "o"), &[1, 2]);
    drop((a, b));
    let lines: Vec<_> =
        build(&builder).headers().iter().skip(1).map(|field| field.line().to_vec()).collect();
    let expected = [
        &b"X-A: 1\r\n"[..],
        b"Subject :  s \r\n",
        b"X-A: 3\r\n",
        b"X-B: 4\r\n",
        b"Organization: o\r\n",
        b"Subject :  s \r\n",
        b"X-B: 2\r\n",
        b"Content-Length: 0\r\n",
    ];
    assert_eq!(lines, expected);
}

/// Values that an application hands in are octets, and stay what they are also where they are not UTF-8.
#[test]
fn values_keep_their_octets() {
    let value = HeaderValue::new(b"caf\xe9 \xff").unwrap();
    let mut list = HeaderList::new();
    list.push(HeaderName::SUBJECT, value.clone()).unwrap();
    let body = Body { content_type: value, bytes: Bytes::from_static(b"x") };
    let out = build(&RequestBuilder::new(Method::OPTIONS, "sip:a@b").headers(&list).body(&body));
    let back = answer(
        &ResponseBuilder::for_request(&out, StatusCode::OK, None, None).headers(&list).body(&body),
    );
    for headers in [out.headers(), back.headers()] {
        assert_eq!(headers.raw(&HeaderName::SUBJECT).unwrap(), b"caf\xe9 \xff");
        assert_eq!(headers.raw(&HeaderName::CONTENT_TYPE).unwrap(), b"caf\xe9 \xff");
    }
}

/// What a retransmission, a next target and a retry with credentials are made of: the same octets each time, but for
/// what was changed.
#[test]
fn a_builder_writes_the_same_each_time() {
    let kept = RequestBuilder::from_request(&invite());
    let first = kept.build(VIA).unwrap();
    let retry = kept
        .clone()
        .replace(&HeaderName::CSEQ, CSeq::new(103, Method::INVITE))
        .append(&HeaderName::AUTHORIZATION, "Digest response=\"1\"");
    let text = |request: &Request| String::from_utf8(request.bytes().to_vec()).unwrap();
    let expected = text(&first)
        .replace("CSeq: 102", "CSeq: 103")
        .replace("Content-Length", "Authorization: Digest response=\"1\"\r\nContent-Length");
    // The field that was added stands at the end, as Content-Length always does.
    assert_eq!(text(&retry.build(VIA).unwrap()), expected);
    assert_eq!(kept.build(VIA).unwrap().bytes(), first.bytes());
}

// RFC 3261 7.3.3; the letters are those of the registry. What a peer may compare with case stays as it is.
#[test]
fn compact_names_are_written_where_there_are_any() {
    let text = "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
                Call-ID :  1@h \r\nf: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCSeq: 1 INVITE\r\n\
                x-Case: Kept\r\nSubject: a\r\n folded\r\nMax-Forwards: 70\r\n\
                Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi";
    let builder = RequestBuilder::from_request(&request(text.as_bytes()))
        .append(&HeaderName::CONTACT, "<sip:a@192.0.2.1>")
        .append(&HeaderName::new("X-Room").unwrap(), "7")
        .append(&HeaderName::SUPPORTED, "timer")
        .compact();
    let via = "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2";
    let built = builder.build(via).unwrap();
    let expected = format!(
        "INVITE sip:b@h SIP/2.0\r\nv: {via}\r\ni :  1@h \r\nf: <sip:a@h>;tag=1\r\nt: <sip:b@h>\r\n\
         CSeq: 1 INVITE\r\nx-Case: Kept\r\ns: a\r\n folded\r\nMax-Forwards: 70\r\nc: text/plain\r\n\
         m: <sip:a@192.0.2.1>\r\nX-Room: 7\r\nk: timer\r\nl: 2\r\n\r\nhi"
    );
    assert_eq!(String::from_utf8_lossy(built.bytes()), expected);
    assert_eq!(builder.octets(via.len()), expected.len());
    // The index made while writing is that of a parser.
    let read = request(built.bytes());
    let fields = |request: &Request| {
        let all = request.headers().iter();
        all.map(|field| (field.name(), field.raw_name().to_vec(), field.value().to_vec()))
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(&built), fields(&read));
    let again = builder.compact();
    assert_eq!(again.build(via).unwrap().bytes(), built.bytes(), "once is enough");
}
