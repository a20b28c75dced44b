//! X-EI by tables: strict writing, lenient reading, what is forgiven and where.

use siptrunk_xei::{Prefix, XEi, XEiBuilder, XEiError};

fn read(text: &str) -> XEi<'_> {
    XEi::parse(text.as_bytes()).unwrap()
}

fn forgiven(text: &str) -> Vec<String> {
    read(text).forgiven().map(|finding| finding.to_string()).collect()
}

/// The documented examples, every subset and every order: none needs forgiveness.
#[test]
fn any_subset_in_any_order() {
    let (s, e, o) = (Some("abc123"), Some("crm456"), Some("+15551234567"));
    let rows = [
        ("S.abc123;E.crm456;O.+15551234567;", s, e, o),
        ("S.abc123;O.+15551234567;E.crm456;", s, e, o),
        ("E.crm456;S.abc123;O.+15551234567;", s, e, o),
        ("E.crm456;O.+15551234567;S.abc123;", s, e, o),
        ("O.+15551234567;S.abc123;E.crm456;", s, e, o),
        ("O.+15551234567;E.crm456;S.abc123;", s, e, o),
        ("S.abc123;E.crm456;", s, e, None),
        ("E.crm456;S.abc123;", s, e, None),
        ("S.abc123;O.+15551234567;", s, None, o),
        ("O.+15551234567;S.abc123;", s, None, o),
        ("E.crm456;O.+15551234567;", None, e, o),
        ("O.+15551234567;E.crm456;", None, e, o),
        ("S.abc123;", s, None, None),
        ("E.crm456;", None, e, None),
        ("O.+15551234567;", None, None, o),
        ("", None, None, None),
    ];
    for (text, call_id, external_id, original) in rows {
        let x_ei = read(text);
        assert_eq!(
            (x_ei.call_id(), x_ei.external_id(), x_ei.original()),
            (call_id, external_id, original),
            "{text}"
        );
        assert_eq!(forgiven(text), [""; 0], "{text}");
        assert_eq!(x_ei.to_string(), text);
        assert_eq!(x_ei.as_bytes(), text.as_bytes());
    }
}

#[test]
fn lenient_reading_reports() {
    // value | S | E | O | forgiven
    let rows: &[(&str, &str, &str, &str, &[&str])] = &[
        ("S.abc123; E.crm456;", "abc123", "crm456", "-", &["whitespace at 9"]),
        (" ", "-", "-", "-", &["whitespace at 0"]),
        (" S.a;", "a", "-", "-", &["whitespace at 0"]),
        ("S.a; ", "a", "-", "-", &["whitespace at 4"]),
        ("S.a;\t \tE.b;", "a", "b", "-", &["whitespace at 4"]),
        ("S.a;\r\n E.b;", "a", "b", "-", &["whitespace at 4"]),
        ("S.abc123", "abc123", "-", "-", &["the token at 0 has no `;`"]),
        ("S.a;E.b", "a", "b", "-", &["the token at 4 has no `;`"]),
        (
            "s.a;e.b;o.c;",
            "a",
            "b",
            "c",
            &["lower-case prefix at 0", "lower-case prefix at 4", "lower-case prefix at 8"],
        ),
        ("S.a;S.b;", "a", "-", "-", &["S. again at 4"]),
        ("S.a;s.b;", "a", "-", "-", &["lower-case prefix at 4", "S. again at 4"]),
        ("S.;S.b;", "b", "-", "-", &["S. at 0 has no value", "S. again at 3"]),
        (
            "S.;E.;O.;",
            "-",
            "-",
            "-",
            &["S. at 0 has no value", "E. at 3 has no value", "O. at 6 has no value"],
        ),
        ("X.a;E.b;", "-", "b", "-", &["unknown prefix at 0"]),
        ("SE.a;", "-", "-", "-", &["unknown prefix at 0"]),
        ("S.a;;E.b;", "a", "b", "-", &["nothing before the `;` at 4"]),
        (";", "-", "-", "-", &["nothing before the `;` at 0"]),
        (
            "; ;",
            "-",
            "-",
            "-",
            &["nothing before the `;` at 0", "whitespace at 1", "nothing before the `;` at 2"],
        ),
        ("Sabc;E.b;", "-", "b", "-", &["the text at 0 is no token"]),
        ("S abc;E.b;", "-", "b", "-", &["the text at 0 is no token"]),
        (".a;", "-", "-", "-", &["the text at 0 is no token"]),
        ("E.a;b;S.c;", "c", "a", "-", &["the text at 4 is no token"]),
        ("E.a\x01b;", "-", "a\x01b", "-", &["control character at 3"]),
        (
            "S.ebe4%3B",
            "ebe4%3B",
            "-",
            "-",
            &["the token at 0 has no `;`", "the value is still percent-encoded"],
        ),
        (
            "S.abc%3bE.crm%3b",
            "abc%3bE.crm%3b",
            "-",
            "-",
            &["the token at 0 has no `;`", "the value is still percent-encoded"],
        ),
        // Not our business: the published pattern takes them as they are.
        ("S. abc;", " abc", "-", "-", &[]),
        ("S.abc ;", "abc ", "-", "-", &[]),
        ("E.a.b.c;", "-", "a.b.c", "-", &[]),
        ("E.a%3Bb;", "-", "a%3Bb", "-", &[]),
        ("E.k\u{fc}nz;", "-", "k\u{fc}nz", "-", &[]),
    ];
    for (text, call_id, external_id, original, expected) in rows {
        let x_ei = read(text);
        let got = [x_ei.call_id(), x_ei.external_id(), x_ei.original()].map(|v| v.unwrap_or("-"));
        assert_eq!(got, [*call_id, external_id, original], "{text:?}");
        assert_eq!(forgiven(text), *expected, "{text:?}");
        assert_eq!(x_ei.as_bytes(), text.as_bytes(), "{text:?}");
    }
}

#[test]
fn a_value_that_is_no_text_is_kept_but_not_given() {
    let value = b"S.\xff\xfe;E.ok;";
    let x_ei = XEi::parse(value).unwrap();
    assert_eq!((x_ei.call_id(), x_ei.external_id()), (None, Some("ok")));
    assert_eq!(x_ei.as_bytes(), value);
    assert_eq!(x_ei.tokens().next().unwrap().value(), b"\xff\xfe");
    assert_eq!(
        x_ei.forgiven().next().unwrap().to_string(),
        "the value of the token at 0 is not UTF-8"
    );
    assert_eq!(x_ei.to_string(), "S.\u{fffd}\u{fffd};E.ok;");
}

#[test]
fn tokens_come_in_wire_order() {
    let tokens: Vec<_> = read("O.1;Zz9.q;S.2;S.3;")
        .tokens()
        .map(|t| (t.prefix().to_string(), t.to_str().unwrap()))
        .collect();
    assert_eq!(
        tokens,
        [("O.", "1"), ("Zz9.", "q"), ("S.", "2"), ("S.", "3")].map(|(p, v)| (p.to_owned(), v))
    );
}

#[test]
fn over_long_values() {
    let long = format!("E.{};", "x".repeat(XEi::LIMIT - 3));
    assert_eq!(read(&long).external_id().map(str::len), Some(XEi::LIMIT - 3));
    let longer = format!("{long} ");
    assert_eq!(
        XEi::parse(longer.as_bytes()),
        Err(XEiError::LimitReached { length: XEi::LIMIT + 1, limit: XEi::LIMIT })
    );
    assert!(XEi::parse_with(longer.as_bytes(), longer.len()).is_ok());
}

#[test]
fn strict_writing() {
    let all = || {
        XEi::builder()
            .original("+15551234567")
            .unwrap()
            .external_id("crm456")
            .unwrap()
            .call_id("abc123")
            .unwrap()
    };
    // The order is S, E, O whatever the order of the calls.
    assert_eq!(all().to_string(), "S.abc123;E.crm456;O.+15551234567;");
    assert_eq!(XEi::builder().to_string(), "");
    assert!(XEi::builder().is_empty());
    let refused = [
        ("", "the value of E. is empty; leave the token out instead"),
        ("a;b", "the value of E. has byte 0x3b at 1: no `;` and no control characters"),
        (";", "the value of E. has byte 0x3b at 0: no `;` and no control characters"),
        ("a\r\nX: y", "the value of E. has byte 0x0d at 1: no `;` and no control characters"),
        ("a\nb", "the value of E. has byte 0x0a at 1: no `;` and no control characters"),
        ("a\0", "the value of E. has byte 0x00 at 1: no `;` and no control characters"),
        ("\u{7f}", "the value of E. has byte 0x7f at 0: no `;` and no control characters"),
    ];
    for (value, expected) in refused {
        assert_eq!(XEi::builder().external_id(value).unwrap_err().to_string(), expected);
    }
    assert_eq!(all().call_id("x").unwrap_err(), XEiError::Repeated { prefix: Prefix::CallId });
}

#[test]
fn writing_into_a_buffer() {
    let written = XEi::builder().call_id("abc").unwrap().original("1").unwrap();
    assert_eq!(written.len(), 10);
    for room in 0..10 {
        let mut buffer = vec![b'#'; room];
        assert_eq!(written.write_into(&mut buffer), Err(XEiError::NoRoom { needed: 10, room }));
        assert!(buffer.iter().all(|byte| *byte == b'#'), "nothing written when it does not fit");
    }
    let mut buffer = [b'#'; 12];
    assert_eq!(written.write_into(&mut buffer), Ok(10));
    assert_eq!(&buffer, b"S.abc;O.1;##");
    assert_eq!(XEiBuilder::default().write_into(&mut []), Ok(0));
}
