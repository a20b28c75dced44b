//! Call context: names, values, variables, the original caller, sizes.

use siptrunk_xei::{
    CallContext, ContextError, Limits, OriginalSource, SAFE_UDP_SIZE, UnknownSource, Variable, XEi,
    context_name, context_value, diverting_user, original_caller, original_caller_in, size_on_wire,
};

#[test]
fn names_by_the_rule() {
    for name in ["X-CallANI", "X-five9callid", "X-a", "X-A_b-9", "X--", "X-_", "X-EI"] {
        assert_eq!(context_name(name), Ok(name));
    }
    let refused = [
        ("", "a context header's name begins with `X-` (capital) and goes on"),
        ("X-", "a context header's name begins with `X-` (capital) and goes on"),
        ("x-CallANI", "a context header's name begins with `X-` (capital) and goes on"),
        ("CallANI", "a context header's name begins with `X-` (capital) and goes on"),
        (" X-A", "a context header's name begins with `X-` (capital) and goes on"),
        ("X-Call.ANI", "byte 0x2e at 6 of the name: only letters, digits, `-` and `_`"),
        ("X-Call ", "byte 0x20 at 6 of the name: only letters, digits, `-` and `_`"),
        ("X-A:", "byte 0x3a at 3 of the name: only letters, digits, `-` and `_`"),
        ("X-A\r\n", "byte 0x0d at 3 of the name: only letters, digits, `-` and `_`"),
        ("X-k\u{fc}", "byte 0xc3 at 3 of the name: only letters, digits, `-` and `_`"),
    ];
    for (name, expected) in refused {
        assert_eq!(context_name(name).unwrap_err().to_string(), expected, "{name:?}");
    }
}

#[test]
fn values_by_the_rule() {
    for value in [&b""[..], b"a; b", b"\xff", b"a\tb"] {
        assert_eq!(context_value(value), Ok(value));
    }
    for (value, at) in [(&b"a\rb"[..], 1), (b"\nb", 0), (b"ab\0", 2)] {
        let error = context_value(value).unwrap_err().to_string();
        assert!(error.contains(&format!(" at {at} of the value")), "{error}");
    }
    assert!(Variable::new("X-A", b"b").is_ok_and(|variable| variable.is_strict()));
    assert!(Variable::new("x-a", b"b").is_err());
    assert!(Variable::new("X-A", b"b\r\nY: z").is_err());
}

fn headers() -> Vec<(&'static [u8], &'static [u8])> {
    vec![
        (b"Via", b"SIP/2.0/UDP h"),
        (b"X-CallANI", b"+12065550100"),
        (b"x-ei", b"S.abc;"),
        (b"X-callani", b"again"),
        (b"x-snc-param", b"t"),
        (b"X-EI", b"S.second;"),
        (b"X", b"n"),
        (b"X-", b"n"),
        (b"X-five9callid", b"\xff"),
    ]
}

#[test]
fn context_keeps_order_and_case() {
    let context = CallContext::from_headers(headers(), "X-EI");
    assert_eq!(context.x_ei().and_then(|x_ei| x_ei.call_id()), Some("abc"));
    let names: Vec<_> = context.variables().iter().map(Variable::name).collect();
    assert_eq!(names, ["X-CallANI", "X-callani", "x-snc-param", "X-five9callid"]);
    let strict: Vec<_> = context.variables().iter().map(Variable::is_strict).collect();
    assert_eq!(strict, [true, true, false, true]);
}

#[test]
fn the_first_of_several_names() {
    let context = CallContext::from_headers(headers(), "X-EI");
    let find = |names: &[&str]| context.first_of(names.iter().copied()).map(|v| v.value());
    assert_eq!(find(&["X-CallID", "X-five9callid"]), Some(&b"\xff"[..]));
    assert_eq!(find(&["x-CALLani"]), Some(&b"+12065550100"[..]));
    assert_eq!(find(&["X-SNC-Param", "X-CallANI"]), Some(&b"t"[..]));
    assert_eq!(find(&["X-None"]), None);
}

#[test]
fn sizes_are_those_of_the_wire() {
    assert_eq!(size_on_wire("X-EI", b"S.abc;"), "X-EI: S.abc;\r\n".len());
    let context = CallContext::from_headers(headers(), "X-EI");
    let wire = "X-EI: S.abc;\r\nX-CallANI: +12065550100\r\nX-callani: again\r\nx-snc-param: t\r\nX-five9callid: #\r\n";
    assert_eq!(context.size_on_wire("X-EI"), wire.len());
    assert_eq!(CallContext::default().size_on_wire("X-EI"), 0);
}

#[test]
fn the_original_caller_falls_back() {
    let token = XEi::parse(b"O.+1;").unwrap();
    let empty = XEi::parse(b"O.;S.a;").unwrap();
    let none = None::<&XEi<'_>>;
    let rows = [
        (Some(&token), Some("<sip:+2@h>"), Some("+3"), Some(("+1", OriginalSource::Token))),
        (Some(&empty), Some("<sip:+2@h>"), Some("+3"), Some(("+2", OriginalSource::Diversion))),
        (none, Some("<sip:+2@h>"), Some("+3"), Some(("+2", OriginalSource::Diversion))),
        (none, None, Some("+3"), Some(("+3", OriginalSource::XDiversion))),
        (none, Some(""), Some("<tel:+3>"), Some(("+3", OriginalSource::XDiversion))),
        (none, None, None, None),
    ];
    for (x_ei, diversion, x_diversion, expected) in rows {
        let found = original_caller(x_ei, diversion, x_diversion);
        assert_eq!(found.map(|caller| (caller.value, caller.source)), expected);
    }
    let order = [OriginalSource::XDiversion, OriginalSource::Token];
    let found = original_caller_in(&order, Some(&token), Some("+2"), Some("+3"));
    assert_eq!(found.map(|caller| caller.value), Some("+3"));
    assert_eq!(original_caller_in(&order, None, Some("+2"), None), None);
}

/// What does not fit is counted, never lost without a word.
#[test]
fn what_is_not_read_is_counted() {
    // The second X-EI.
    assert_eq!(CallContext::from_headers(headers(), "X-EI").left_out(), 1);
    let limits = |x_ei, variables| Limits { x_ei, variables };
    let read = |limits| CallContext::from_headers_with(headers(), "X-EI", &limits);
    assert_eq!(read(limits(6, 4)).left_out(), 1);
    assert_eq!(read(limits(6, 3)).left_out(), 2);
    assert_eq!(read(limits(6, 3)).variables().len(), 3);
    // Neither `S.abc;` nor `S.second;` fits into five bytes.
    assert_eq!((read(limits(5, 4)).x_ei(), read(limits(5, 4)).left_out()), (None, 2));
    let fields = [(&b"X-k\xc3\xbc"[..], &b"v"[..]), (b"Y-\xff", b"v")];
    let context = CallContext::from_headers(fields, "X-EI");
    assert_eq!((context.variables(), context.left_out()), (&[][..], 1));
}

/// Each header that the platform would drop comes with the reason.
#[test]
fn what_would_be_dropped_is_said() {
    let fields: [(&[u8], &[u8]); 7] = [
        (b"X-Ok", b"1"),
        (b"x-lower", b"1"),
        (b"X-a.b", b"1"),
        (b"X-Fold", b"1\r\n 2"),
        (b"X-Ok", b"2"),
        (b"X-OK", b"another variable, since case counts"),
        (b"X-Nul", b"\0"),
    ];
    let context = CallContext::from_headers(fields, "X-EI");
    let dropped: Vec<_> = context.dropped().map(|(v, error)| (v.name(), error)).collect();
    assert_eq!(
        dropped,
        [
            ("x-lower", ContextError::Prefix),
            ("X-a.b", ContextError::Name { offset: 3, byte: b'.' }),
            ("X-Fold", ContextError::Value { offset: 1, byte: b'\r' }),
            ("X-Ok", ContextError::Repeated),
            ("X-Nul", ContextError::Value { offset: 0, byte: 0 }),
        ]
    );
}

#[test]
fn a_context_is_built_strictly_and_written_in_order() {
    let variable = |name, value| Variable::new(name, value).unwrap();
    let context = CallContext::default()
        .with_variable(variable("X-b", b"1"))
        .and_then(|context| context.with_variable(variable("X-a", b"2")))
        .and_then(|context| context.with_variable(variable("X-B", b"3")))
        .and_then(|context| context.with_variable(variable("X-Ei", b"not this one")))
        .unwrap()
        .with_x_ei(XEi::parse(b"S.1;").unwrap())
        .with_x_ei(XEi::parse(b"S.2;").unwrap());
    let written: Vec<_> = context.headers("X-EI").collect();
    assert_eq!(written, [("X-EI", &b"S.2;"[..]), ("X-b", b"1"), ("X-a", b"2"), ("X-B", b"3")]);
    let again = context.with_variable(variable("X-b", b"1"));
    assert_eq!(again.unwrap_err(), ContextError::Repeated);
}

/// RFC 3261 section 18.1.1: a request within 200 bytes of the MTU, or over 1300, is not for UDP.
#[test]
fn what_is_too_long_for_udp_is_known_before_it_is_sent() {
    let context = CallContext::from_headers(headers(), "X-EI");
    let added = context.size_on_wire("X-EI");
    let rest = SAFE_UDP_SIZE - added;
    assert_eq!(context.check_size("X-EI", rest, SAFE_UDP_SIZE), Ok(1_300));
    let error = context.check_size("X-EI", rest + 1, SAFE_UDP_SIZE).unwrap_err();
    assert_eq!(error, ContextError::TooLong { size: 1_301, context: added, limit: 1_300 });
    assert!(error.to_string().starts_with("a message of 1301 bytes, "), "{error}");
    assert!(context.check_size("X-EI", usize::MAX, SAFE_UDP_SIZE).is_err());
}

#[test]
fn sources_have_words() {
    for source in OriginalSource::DEFAULT_ORDER {
        assert_eq!(source.to_string().parse(), Ok(source));
    }
    for word in ["", "Token", "x_diversion", "O."] {
        assert_eq!(word.parse::<OriginalSource>(), Err(UnknownSource), "{word}");
    }
}

#[test]
fn a_context_knows_the_original_caller() {
    let fields = |x_ei: &'static [u8], x_diversion: &'static [u8]| {
        [(&b"X-EI"[..], x_ei), (b"x-diversion", x_diversion)]
    };
    // X-EI | X-Diversion | Diversion | the original caller; empty is as good as absent
    let rows: [(&[u8], &[u8], &str, &str); 5] = [
        (b"O.+1;", b"<sip:+3@h>", "<sip:+2@h>", "+1"),
        (b"S.a;", b"<sip:+3@h>", "<sip:+2@h>", "+2"),
        (b"S.a;", b"<sip:+3@h>", "", "+3"),
        (b"O.\xff;", b"\xff", "", ""),
        (b"", b"", "", ""),
    ];
    for (x_ei, x_diversion, diversion, expected) in rows {
        let context = CallContext::from_headers(fields(x_ei, x_diversion), "X-EI");
        let found = context.original_caller(&OriginalSource::DEFAULT_ORDER, Some(diversion));
        assert_eq!(found.map_or("", |caller| caller.value), expected, "{x_ei:?}");
    }
    let context = CallContext::from_headers(fields(b"O.+1;", b"+3"), "X-EI");
    let only = context.original_caller(&[OriginalSource::XDiversion], Some("+2"));
    assert_eq!(only.map(|caller| caller.value), Some("+3"));
}

/// RFC 5806's examples and what carriers send.
#[test]
fn who_diverted() {
    let rows = [
        ("<sip:+19195551002@example.com>;reason=unconditional;counter=1", "+19195551002"),
        ("\"A; <b>, \\\" c\" <sip:+1555@h;user=phone>;reason=user-busy, <sip:+1666@h>", "+1555"),
        ("Bob <sips:bob@h>", "bob"),
        ("<tel:+15551234567;phone-context=x>;privacy=off", "+15551234567"),
        ("sip:+1555@h;reason=deflection", "+1555"),
        ("SIP:+1555@h", "+1555"),
        ("<sip:+1555:secret@h>", "+1555"),
        ("<sip:h.example:5060>", "h.example"),
        ("+15551234567", "+15551234567"),
        ("  +1 ", "+1"),
        ("+1555, +1666", "+1555"),
        ("<sip:+1555@h", "+1555"),
        ("<>", ""),
        ("", ""),
        ("\"unclosed", "\"unclosed"),
    ];
    for (value, expected) in rows {
        assert_eq!(diverting_user(value), expected, "{value}");
    }
}
