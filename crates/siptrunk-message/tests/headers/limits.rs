//! `Limits::params` bounds every header that has parameters; comments nest as deep as a line is long.

use siptrunk_message::{HeaderError, Limits, RetryAfter, UserAgent, typed_headers};

/// Headers with parameters, and a value with none.
#[rustfmt::skip]
const WITH_PARAMS: &[(&str, &str)] = &[
    ("Accept", "a/b"), ("Accept-Encoding", "gzip"), ("Accept-Language", "en"), ("Alert-Info", "<urn:a>"),
    ("Call-Info", "<urn:a>"), ("Contact", "<sip:a>"), ("Content-Disposition", "session"), ("Content-Type", "a/b"),
    ("Diversion", "<sip:a>"), ("Error-Info", "<urn:a>"), ("Event", "refer"), ("From", "<sip:a>"), ("Min-SE", "90"),
    ("P-Asserted-Identity", "<sip:a>"), ("P-Preferred-Identity", "<sip:a>"), ("Path", "<sip:a>"), ("Privacy", "id"),
    ("Reason", "SIP"), ("Record-Route", "<sip:a>"), ("Refer-Sub", "true"), ("Refer-To", "<sip:a>"),
    ("Referred-By", "<sip:a>"), ("Reply-To", "<sip:a>"), ("Retry-After", "5"), ("Route", "<sip:a>"),
    ("Service-Route", "<sip:a>"), ("Session-Expires", "90"), ("Session-ID", "ab30317f1a784dc48ff824d0d3715d86"),
    ("Subscription-State", "active"), ("To", "<sip:a>"), ("User-to-User", "ab"), ("Via", "SIP/2.0/UDP a"),
];

/// Those whose parameters, or some of them, have to be there; and those without.
#[rustfmt::skip]
const OTHERS: &[(&str, Option<&str>)] = &[
    ("History-Info", Some("<sip:a>;index=1")), ("Replaces", Some("a;to-tag=1;from-tag=2")), ("Allow", None),
    ("Allow-Events", None), ("CSeq", None), ("Call-ID", None), ("Content-Encoding", None), ("Content-Language", None),
    ("Content-Length", None), ("Date", None), ("Expires", None), ("In-Reply-To", None), ("MIME-Version", None),
    ("Max-Breadth", None), ("Max-Forwards", None), ("Min-Expires", None), ("Organization", None), ("Priority", None),
    ("Proxy-Require", None), ("RAck", None), ("RSeq", None), ("Require", None), ("Server", None), ("Subject", None),
    ("Supported", None), ("Timestamp", None), ("Unsupported", None), ("User-Agent", None), ("Warning", None),
];

#[test]
fn every_header_has_its_row() {
    crate::covers_all(
        WITH_PARAMS.iter().map(|(name, _)| *name).chain(OTHERS.iter().map(|(name, _)| *name)),
    );
}

#[test]
fn the_limit_of_parameters_holds_for_each() {
    let values = WITH_PARAMS.iter().copied();
    let others = OTHERS.iter().filter_map(|(name, value)| value.map(|value| (*name, value)));
    for (name, value) in values.chain(others) {
        let typed = crate::typed(name);
        // What is there without being added: the parameters of `OTHERS`, and the first value of Privacy.
        let there = value.matches(';').count() + usize::from(name == "Privacy");
        let limits = Limits { params: 5, ..Limits::default() };
        let within = format!("{value}{}", ";a".repeat(5 - there));
        let read = typed.read(crate::message_within(typed.name(), &[&within], &limits).headers());
        assert_eq!(read, [Ok(within.clone())], "{name}");
        let beyond = format!("{within};a");
        let read = typed.read(crate::message_within(typed.name(), &[&beyond], &limits).headers());
        assert!(
            matches!(
                &read[..],
                [Err(HeaderError::Malformed { reason: "more parameters than the limit", .. })]
            ),
            "{name}: {read:?}"
        );
    }
}

/// Headers without parameters have none to be counted.
#[test]
fn a_limit_of_none_lets_headers_without_parameters_be() {
    let limits = Limits { params: 0, ..Limits::default() };
    for (name, _) in OTHERS.iter().filter(|(_, params)| params.is_none()) {
        for value in crate::vectors::values(name) {
            let typed = crate::typed(name);
            let read = typed.read(crate::message_within(typed.name(), &[value], &limits).headers());
            assert!(read.iter().all(Result::is_ok), "{name}: {value}: {read:?}");
        }
    }
}

#[test]
fn comments_nest_without_recursion() {
    let limits = Limits { line: 1 << 20, message: 1 << 20, ..Limits::default() };
    let deep = ["(".repeat(100_000), ")".repeat(100_000)].concat();
    for (name, value) in [("User-Agent", deep.clone()), ("Server", format!("a {deep}"))] {
        let typed = crate::typed(name);
        let message = crate::message_within(typed.name(), &[&value], &limits);
        assert_eq!(typed.read(message.headers()), [Ok(value)]);
    }
    let message = crate::message_within(
        &"Retry-After".parse().unwrap(),
        &[&format!("5 {deep};duration=3")],
        &limits,
    );
    let after: RetryAfter<'_> = message.headers().require().unwrap();
    assert_eq!((after.seconds(), after.duration()), (5, Some(3)));
    // One parenthesis less, and there is no end.
    let message =
        crate::message_within(&"User-Agent".parse().unwrap(), &[&deep[..199_999]], &limits);
    assert!(message.headers().get::<UserAgent<'_>>().is_err());
}

/// An empty value is an empty list where the grammar says so, and malformed elsewhere.
#[test]
fn empty_values() {
    let lists = ["Accept", "Accept-Encoding", "Accept-Language", "Allow", "Supported"];
    let texts = ["Subject", "Organization"];
    for typed in typed_headers() {
        let name = typed.name().as_str();
        if name == "Content-Length" {
            // Refused with the message.
            continue;
        }
        let read = crate::read(name, "");
        if lists.contains(&name) {
            assert_eq!(read, [], "{name}");
        } else if texts.contains(&name) {
            assert_eq!(read, [Ok(String::new())], "{name}");
        } else {
            assert!(matches!(&read[..], [Err(HeaderError::Malformed { .. })]), "{name}: {read:?}");
        }
    }
}
