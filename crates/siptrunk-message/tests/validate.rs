//! What a UAS answers to a request that it does not act on: a row for each rule (RFC 3261 8.2), with status, reason phrase
//! and the headers that the answer has to carry; and what a UAC drops (8.1.3).

use siptrunk_message::validate::{UasRules, validate_request, validate_response};
use siptrunk_message::{
    HeaderName, Limits, Message, Method, ParseError, Request, ResponseBuilder, StatusCode,
};

/// A field to leave out of the request, or to write otherwise.
type Change<'a> = (&'a str, Option<&'a str>);

/// An INVITE that is whole, but for the changes; names that it does not have are added.
fn invite(changes: &[Change<'_>]) -> String {
    request("INVITE", "sip:a@b", changes, "v=0")
}

fn request(method: &str, uri: &str, changes: &[Change<'_>], body: &str) -> String {
    let cseq = format!("1 {method}");
    let mut fields: Vec<(&str, &str)> = vec![
        ("Via", "SIP/2.0/UDP h;branch=z9hG4bK1"),
        ("Max-Forwards", "70"),
        ("From", "<sip:c@d>;tag=1"),
        ("To", "<sip:a@b>"),
        ("Call-ID", "1"),
        ("CSeq", &cseq),
        ("Contact", "<sip:c@h>"),
        ("Content-Type", "application/sdp"),
    ];
    for (name, value) in changes {
        fields.retain(|(other, _)| other != name);
        fields.extend(value.map(|value| (*name, value)));
    }
    let fields: String =
        fields.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
    format!("{method} {uri} SIP/2.0\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn parse(octets: &str) -> Request {
    match Message::parse(octets.to_owned().into(), &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}: {octets}"),
    }
}

/// A request, the rules, the status and reason phrase, and the headers that the answer carries.
struct Row {
    request: String,
    rules: UasRules,
    status: u16,
    reason: &'static str,
    headers: &'static [(&'static str, &'static str)],
    why: &'static str,
}

fn rules(change: impl FnOnce(&mut UasRules)) -> UasRules {
    let mut rules = UasRules::default();
    change(&mut rules);
    rules
}

const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY";

#[rustfmt::skip]
fn table() -> Vec<Row> {
    let row = |request, status, reason, headers, why| Row { request, rules: UasRules::default(), status, reason, headers, why };
    let bad = |changes: &[Change<'_>], why| row(invite(changes), 400, "Bad Request", &[], why);
    let long = format!("sip:{}@b", "a".repeat(2_043));
    let mut rows = vec![
        // What has to be there and be readable (8.1.1).
        bad(&[("Via", None)], "no Via"),
        bad(&[("Via", Some("SIP/2.0/UDP"))], "a Via without sender"),
        bad(&[("Via", Some("SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/UDP"))], "a second Via that cannot be read"),
        bad(&[("Via", Some("SIP/3.0/UDP h;branch=z9hG4bK1"))], "a top Via of another version"),
        bad(&[("Via", Some("SIP/2.0/UDP h;branch=z9hG4bK"))], "the magic cookie alone"),
        bad(&[("From", None)], "no From"),
        bad(&[("From", Some("<sip:c@d"))], "From that cannot be read"),
        bad(&[("To", None)], "no To"),
        bad(&[("To", Some("\"a <sip:a@b>"))], "To that cannot be read"),
        bad(&[("Call-ID", None)], "no Call-ID"),
        bad(&[("Call-ID", Some("a b"))], "Call-ID of two words"),
        bad(&[("CSeq", None)], "no CSeq"),
        bad(&[("CSeq", Some("4294967296 INVITE"))], "CSeq beyond 32 bits"),
        bad(&[("CSeq", Some("1 BYE"))], "CSeq of another method"),
        bad(&[("Max-Forwards", Some("256"))], "Max-Forwards beyond 255"),
        bad(&[("t", Some("<sip:e@f>"))], "To in both forms"),
        bad(&[("i", Some("2"))], "Call-ID in both forms"),
        // Who is called (8.2.2.1).
        row(request("INVITE", "sip:a@b:0x1", &[], ""), 400, "Bad Request", &[], "a Request-URI that is none"),
        row(request("INVITE", "sip:a@b?Subject=x", &[], ""), 400, "Bad Request", &[], "a Request-URI with headers"),
        row(request("INVITE", &long, &[], ""), 414, "Request-URI Too Long", &[], "a Request-URI of 2,049 octets"),
        row(request("INVITE", "sips:a@b", &[], ""), 416, "Unsupported URI Scheme", &[], "sips is not served unless said"),
        row(request("INVITE", "http://a", &[], ""), 416, "Unsupported URI Scheme", &[], "no way to call"),
        // Where we would send to.
        bad(&[("Contact", None)], "an INVITE without Contact"),
        bad(&[("Contact", Some("<sip:c@h>, <sip:d@h>"))], "an INVITE with two"),
        bad(&[("Contact", Some("*"))], "a star is REGISTER's"),
        bad(&[("Contact", Some("<sip:c@h"))], "a Contact that cannot be read"),
        bad(&[("Record-Route", Some("<sip:p;lr>, <sip:q"))], "a Record-Route that cannot be read"),
        bad(&[("Route", Some("<>"))], "a Route that cannot be read"),
        // What is wanted (8.2.1, 8.2.2.3).
        row(request("REGISTER", "sip:b", &[], ""), 405, "Method Not Allowed", &[("Allow", ALLOW)], "a method that is not served"),
        row(request("PUBLISH", "sip:b", &[], ""), 405, "Method Not Allowed", &[("Allow", ALLOW)], "a method that is not served"),
        row(request("FLY", "sip:b", &[], ""), 501, "Not Implemented", &[("Allow", ALLOW)], "a method that nobody knows"),
        row(request("invite", "sip:b", &[], ""), 501, "Not Implemented", &[("Allow", ALLOW)], "methods have their case"),
        row(invite(&[("Require", Some("a, 100rel")), ("k", Some("b"))]), 420, "Bad Extension", &[("Unsupported", "a, 100rel")], "option tags that we do not have"),
        bad(&[("Require", Some("a b"))], "a Require that cannot be read"),
        bad(&[("Proxy-Require", Some("a,,b"))], "a Proxy-Require that cannot be read"),
        // The body (8.2.3).
        bad(&[("Content-Type", None)], "a body of no type"),
        bad(&[("Content-Type", Some("application"))], "a type that is none"),
        row(invite(&[("Content-Type", Some("text/plain"))]), 415, "Unsupported Media Type", &[("Accept", "application/sdp")], "a body that we do not read"),
        row(invite(&[("Content-Type", Some("text/plain")), ("Content-Disposition", Some("render;handling=required"))]), 415, "Unsupported Media Type", &[("Accept", "application/sdp")], "and that we have to"),
        row(invite(&[("Content-Encoding", Some("gzip"))]), 415, "Unsupported Media Type", &[("Accept-Encoding", "identity")], "a body that is packed"),
        row(invite(&[("Content-Type", Some("multipart/mixed;boundary=b"))]), 415, "Unsupported Media Type", &[("Accept", "application/sdp")], "parts, unless said"),
        row(invite(&[("Accept", Some("text/plain, application/x"))]), 406, "Not Acceptable", &[], "no answer that they would read"),
        row(invite(&[("Accept", Some(""))]), 406, "Not Acceptable", &[], "nothing that they would read"),
        bad(&[("Accept", Some("text"))], "an Accept that cannot be read"),
    ];
    rows.push(Row { rules: rules(|rules| rules.refuse_last_hop = true), ..row(invite(&[("Max-Forwards", Some("0"))]), 483, "Too Many Hops", &[], "the last hop, where we bridge") });
    rows.push(Row {
        rules: rules(|rules| rules.methods.push(Method::REGISTER)),
        ..row(request("REGISTER", "sip:b", &[("To", Some("<tel:+1>"))], ""), 400, "Bad Request", &[], "a registrar's To is a SIP URI")
    });
    let parts = |parts: &str| request("INVITE", "sip:a@b", &[("Content-Type", Some("multipart/mixed;boundary=b"))], parts);
    let mixed = || rules(|rules| rules.content_types.push("multipart/mixed".to_owned()));
    rows.push(Row { rules: mixed(), ..row(parts("--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: application/isup\r\n\r\nx\r\n--b--"), 415, "Unsupported Media Type", &[("Accept", "application/sdp, multipart/mixed")], "a part that we do not read") });
    rows.push(Row { rules: mixed(), ..row(parts("--b\r\n\r\nx\r\n--b--"), 415, "Unsupported Media Type", &[("Accept", "application/sdp, multipart/mixed")], "a part without type is text") });
    rows.push(Row { rules: mixed(), ..row(parts("--b\r\n\r\nx"), 400, "Bad Request", &[], "parts without end") });
    rows
}

#[test]
fn each_rule_answers_as_its_row_says() {
    for row in table() {
        let request = parse(&row.request);
        let rejection = validate_request(&request, &row.rules)
            .expect_err(&format!("{}: {}", row.why, row.request));
        assert_eq!(rejection.status.code(), row.status, "{}: {rejection}", row.why);
        assert_eq!(rejection.reason, row.reason, "{}", row.why);
        let headers: Vec<(&str, &str)> =
            rejection.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, row.headers, "{}", row.why);
        // The answer can be written, and says it.
        let answer = ResponseBuilder::for_request(&request, rejection.status, Some("t"), None);
        let answer = rejection
            .headers
            .iter()
            .fold(answer, |answer, (name, value)| answer.append(name, value))
            .build()
            .unwrap();
        assert_eq!(answer.reason(), row.reason.as_bytes());
        for (name, value) in row.headers {
            let name = HeaderName::new(name).unwrap();
            assert_eq!(answer.headers().raw(&name), Some(value.as_bytes()), "{}", row.why);
        }
    }
}

/// What lies on the right side of each rule.
#[test]
fn what_is_acted_on() {
    let long = format!("sip:{}@b", "a".repeat(2_042));
    let default = UasRules::default;
    for (request, rules, why) in [
        (invite(&[]), default(), "a whole INVITE"),
        (request("INVITE", &long, &[], ""), default(), "a Request-URI of 2,048 octets"),
        (request("INVITE", "tel:+1", &[], ""), default(), "a number"),
        (invite(&[("Max-Forwards", Some("0"))]), default(), "we are the far end"),
        (invite(&[("Max-Forwards", None)]), default(), "RFC 2543 knew none"),
        (request("ACK", "sip:b", &[("Require", Some("x"))], ""), default(), "Require in ACK"),
        (request("CANCEL", "sip:b", &[("Require", Some("x"))], ""), default(), "and in CANCEL"),
        (
            invite(&[("Require", Some("100REL"))]),
            rules(|rules| rules.extensions.push("100rel".to_owned())),
            "a tag that we have, in other case",
        ),
        (
            invite(&[
                ("Content-Type", Some("text/plain")),
                ("Content-Disposition", Some("render;Handling=Optional")),
            ]),
            default(),
            "a body that nobody has to read",
        ),
        (
            request("INFO", "sip:b", &[("Content-Type", Some("x/y"))], "x"),
            default(),
            "INFO carries what its users agree on",
        ),
        (invite(&[("Content-Encoding", Some("identity"))]), default(), "no packing"),
        (
            request("INVITE", "sip:b", &[("Content-Encoding", Some("gzip"))], ""),
            default(),
            "nothing is packed",
        ),
        (invite(&[("Accept", Some("application/*;q=0.1"))]), default(), "a range"),
        (
            request("OPTIONS", "sip:b", &[("Accept", Some("text/plain"))], ""),
            default(),
            "only an INVITE is answered with a description",
        ),
        (request("BYE", "sip:b", &[("Contact", None)], ""), default(), "a BYE needs no Contact"),
        (
            request("REGISTER", "sip:b", &[("Contact", Some("*"))], ""),
            rules(|rules| rules.methods.push(Method::REGISTER)),
            "all bindings",
        ),
        (
            request(
                "INVITE",
                "sip:b",
                &[("Content-Type", Some("multipart/mixed;boundary=b"))],
                "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\
                 --b\r\nContent-Type: x/y\r\nContent-Disposition: x;handling=optional\r\n\r\nx\r\n--b--",
            ),
            rules(|rules| rules.content_types.push("multipart/mixed".to_owned())),
            "a part that nobody has to know",
        ),
    ] {
        assert_eq!(validate_request(&parse(&request), &rules), Ok(()), "{why}: {request}");
    }
}

/// What is answered before there is a request: 400, 505, 513 of the parser.
#[test]
fn what_is_no_message_is_answered_too() {
    let version = invite(&[]).replacen("SIP/2.0", "SIP/3.0", 1);
    let large = request("INVITE", "sip:b", &[], &"x".repeat(65_536));
    let broken = invite(&[]).replacen("Max-Forwards:", "Max Forwards:", 1);
    let short = invite(&[]).replace("Content-Length: 3", "Content-Length: 4");
    for (octets, status, reason) in [
        (version, 505, "Version Not Supported"),
        (large, 513, "Message Too Large"),
        (broken, 400, "Bad Request"),
        (short, 400, "Bad Request"),
    ] {
        let octets = bytes::Bytes::from(octets);
        let error: ParseError =
            Message::parse(octets.clone(), &Limits::default()).expect_err("none of them is one");
        assert_eq!((error.status().code(), error.status().reason()), (status, reason));
        // What identifies the request is still there to answer with.
        let Some(Message::Request(request)) = Message::salvage(octets, &Limits::default()) else {
            panic!("{error}");
        };
        let answer = ResponseBuilder::for_request(&request, error.status(), Some("t"), None);
        let answer = answer.build().unwrap();
        assert_eq!(answer.headers().call_id().unwrap(), Some("1"));
        assert_eq!(answer.headers().top_via().unwrap().unwrap().branch(), Some("z9hG4bK1"));
    }
}

/// A response that a UAC drops (8.1.3.3, 17.1.3).
#[test]
fn responses_that_are_dropped() {
    let whole = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
        To: <sip:c@d>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n";
    let verdict = |octets: &str| {
        let message = Message::parse(octets.to_owned().into(), &Limits::default()).unwrap();
        let Message::Response(response) = message else { panic!("{octets}") };
        validate_response(&response).map_err(|error| error.name().clone())
    };
    assert_eq!(verdict(whole), Ok(()));
    for (from, to, name) in [
        ("Via: SIP", "X: SIP", HeaderName::VIA),
        (";branch=z9hG4bK1", ", SIP/2.0/UDP g", HeaderName::VIA),
        ("UDP h", "UDP", HeaderName::VIA),
        ("From", "X", HeaderName::FROM),
        ("<sip:a@b>", "<sip:a@b", HeaderName::FROM),
        ("To: ", "X: ", HeaderName::TO),
        ("Call-ID", "X", HeaderName::CALL_ID),
        ("1 INVITE", "x INVITE", HeaderName::CSEQ),
        ("CSeq", "X", HeaderName::CSEQ),
    ] {
        assert_eq!(verdict(&whole.replacen(from, to, 1)), Err(name), "{from} -> {to}");
    }
    assert_eq!(StatusCode::OK.reason(), "OK");
}
