//! Call context: names, values, variables, the original caller, sizes.

use siptrunk_xei::{
    CallContext, OriginalSource, Variable, XEi, context_name, context_value, diverting_user,
    original_caller, original_caller_in, size_on_wire,
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
