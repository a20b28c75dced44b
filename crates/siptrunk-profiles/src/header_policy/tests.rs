use siptrunk_xei::CallContext;

use super::*;
use crate::{Five9, Generic, Region, Synthflow, Trunk};

fn trunks() -> [Trunk; 3] {
    [Five9::self_service("192.0.2.1"), Synthflow::region(Region::Us), Generic::new("192.0.2.1")]
}

#[test]
fn what_passes_towards_which_trunk() {
    use Moment::{Bye, InDialog, Invite, Response};
    // Header, message, towards Five9, Synthflow, anything else.
    let rows: [(&str, Moment, [bool; 3]); 18] = [
        ("X-CallANI", Invite, [true, true, false]),
        ("x-snc-param", Invite, [true, true, false]),
        ("X-RouteType", Bye, [true, true, false]),
        ("X-Anything", Response, [true, true, false]),
        ("X-Anything", InDialog, [true, true, false]),
        ("X-EI", Invite, [false, true, false]),
        ("x-ei", Invite, [false, true, false]),
        ("X-EI", Bye, [false, true, false]),
        ("X-EIGHT", Invite, [true, true, false]),
        ("Diversion", Invite, [false, true, false]),
        ("Diversion", Bye, [false, false, false]),
        ("P-Asserted-Identity", Invite, [false, false, false]),
        ("X-Siptrunk-Node", Invite, [false, false, false]),
        ("x-siptrunk-node", Bye, [false, false, false]),
        ("User-Agent", Invite, [false, false, false]),
        ("customer_name", Bye, [false, false, false]),
        ("X", Invite, [false, false, false]),
        ("", Invite, [false, false, false]),
    ];
    for (name, moment, expected) in rows {
        let passes = trunks().map(|trunk| trunk.header_policy.passes(moment, name.as_bytes()));
        assert_eq!(passes, expected, "{name} {moment:?}");
    }
}

#[test]
fn a_generic_trunk_takes_custom_headers_when_asked() {
    let policy = HeaderPolicy { custom: true, ..HeaderPolicy::default() };
    assert!(policy.passes(Moment::Invite, b"X-Anything"));
    assert!(!policy.passes(Moment::Invite, b"P-Asserted-Identity"));
    assert!(!policy.passes(Moment::Invite, b"X-EI"));
}

#[test]
fn a_bye_to_five9_keeps_the_first_ten_in_wire_order_byte_for_byte() {
    let names: Vec<String> = (0..12).map(|number| format!("x-Field_{number}")).collect();
    let fields = names
        .iter()
        .flat_map(|name| [(name.as_bytes(), b" v ".as_slice()), (b"Via", b"not carried")]);
    let policy = HeaderPolicy::five9();
    let carried = policy.carry(Moment::Bye, fields.clone());
    let kept: Vec<_> = carried.headers.iter().map(|(name, _)| *name).collect();
    let wanted: Vec<_> = names.iter().map(String::as_bytes).collect();
    assert_eq!(kept, wanted[..10]);
    assert!(carried.headers.iter().all(|(_, value)| *value == b" v "));
    assert_eq!(carried.left_over, wanted[10..]);

    let all = policy.carry(Moment::Invite, fields.clone());
    assert_eq!(all.headers.len(), 12, "the limit is said of the BYE alone");
    let free = HeaderPolicy { bye_limit: None, ..policy.clone() };
    assert!(free.carry(Moment::Bye, fields).left_over.is_empty());
}

#[test]
fn five9_tells_its_call_id_by_either_name_and_never_by_the_sip_call_id() {
    let policy = HeaderPolicy::five9();
    let id = |fields: &[(&'static str, &'static str)]| {
        let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let context = CallContext::from_headers(fields, Synthflow::X_EI);
        let names = policy.call_id_names.iter().map(String::as_str);
        context.first_of(names).and_then(|variable| variable.to_str())
    };
    assert_eq!(id(&[("Call-ID", "a"), ("X-CallID", "b")]), Some("b"));
    assert_eq!(id(&[("x-FIVE9CALLID", "c")]), Some("c"));
    assert_eq!(id(&[("X-five9callid", "c"), ("x-callid", "b")]), Some("b"));
    assert_eq!(id(&[("Call-ID", "a"), ("X-Call-ID", "d")]), None);
}

fn bytes<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a [u8], &'a [u8])> {
    fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect()
}

fn text(carried: &Carried<'_>) -> Vec<String> {
    let utf8 = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let kept =
        carried.headers.iter().map(|(name, value)| format!("{}: {}", utf8(name), utf8(value)));
    kept.chain(carried.left_over.iter().map(|name| format!("left {}", utf8(name)))).collect()
}

#[test]
fn an_allow_list_lets_names_and_beginnings_pass_and_nothing_else() {
    let policy = HeaderPolicy {
        allow: Some(vec!["X-CallANI".to_owned(), "X-Route*".to_owned()]),
        ..HeaderPolicy::five9()
    };
    let fields =
        bytes(&[("x-callani", "1"), ("X-CallDNIS", "2"), ("X-RouteType", "3"), ("X-Rout", "4")]);
    assert_eq!(text(&policy.carry(Moment::Bye, fields)), ["x-callani: 1", "X-RouteType: 3"]);
}

#[test]
fn renamed_headers_have_the_spelling_of_the_policy_and_all_others_their_own() {
    let policy = HeaderPolicy {
        rename: vec![
            ("X-CallANI".to_owned(), "X-caller_Number".to_owned()),
            ("X-Evil".to_owned(), "Via".to_owned()),
            ("X-Worse".to_owned(), "Content-Length".to_owned()),
            ("X-Split".to_owned(), "X-A\r\nB".to_owned()),
        ],
        ..HeaderPolicy::synthflow()
    };
    let fields = bytes(&[
        ("X-CALLani", "+1"),
        ("X-cAsE", " kept "),
        ("X-Evil", "a"),
        ("X-Worse", "0"),
        ("X-Split", "b"),
    ]);
    assert_eq!(
        text(&policy.carry(Moment::Invite, fields)),
        [
            "X-caller_Number: +1",
            "X-cAsE:  kept ",
            "left Via",
            "left Content-Length",
            "left X-A\r\nB"
        ]
    );
}

#[test]
fn call_context_is_added_where_none_came() {
    let fields = bytes(&[
        ("X-five9ani", "+12065550100"),
        ("X-CallID", "77"),
        ("x-there", "already"),
        ("X-Siptrunk-Node", "7"),
        ("Diversion", "<sip:+13@x.example>"),
    ]);
    let value = |text: &str| text.parse::<ContextValue>().expect(text);
    let add = [
        ("X-Ani", value("{caller}")),
        ("X-Id", value("{call-id}")),
        ("X-Dnis", value("{dialed}")),
        ("X-There", value("of ours")),
        ("X-Source", value("siptrunk")),
        ("X-Node", value("{header:x-SIPTRUNK-node}")),
        ("X-First", value("{original}")),
        ("Via", value("SIP/2.0/UDP evil")),
    ];
    let policy = HeaderPolicy {
        diversion: false,
        add: add.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        ..HeaderPolicy::synthflow()
    };
    let context = CallContext::from_headers(fields.clone(), Synthflow::X_EI);
    assert_eq!(
        text(&policy.carry_invite(fields.clone(), &context)),
        [
            "X-five9ani: +12065550100",
            "X-CallID: 77",
            "x-there: already",
            "X-Ani: +12065550100",
            "X-Id: 77",
            "X-Source: siptrunk",
            "X-Node: 7",
            "X-First: +13",
            "left Via",
        ]
    );
    let narrow = HeaderPolicy { cap: 4, ..policy };
    let carried = narrow.carry_invite(fields, &context);
    assert_eq!(carried.headers.len(), 4);
    assert!(carried.left_over.contains(&&b"X-Id"[..]), "{carried:?}");
}

#[test]
fn the_cap_holds_for_every_message_and_the_limit_of_a_bye_below_it() {
    let names: Vec<String> = (0..70).map(|number| format!("X-{number}")).collect();
    let fields = || names.iter().map(|name| (name.as_bytes(), b"v".as_slice()));
    for moment in [Moment::Invite, Moment::Response, Moment::InDialog] {
        let policy = HeaderPolicy::synthflow();
        let carried = policy.carry(moment, fields());
        assert_eq!((carried.headers.len(), carried.left_over.len()), (64, 6), "{moment:?}");
    }
    let policy = HeaderPolicy { bye_limit: Some(100), ..HeaderPolicy::five9() };
    assert_eq!(policy.carry(Moment::Bye, fields()).headers.len(), 64);
}

#[test]
fn what_is_no_name_is_never_written_whatever_it_is_renamed_to() {
    let long = format!("X-{}", "a".repeat(254));
    for wrong in ["X-a b", "X-a\r\nVia", "X-\u{e9}", "X-(a)", &long] {
        let mut policy = HeaderPolicy::five9();
        let carried = policy.carry(Moment::Bye, [(wrong.as_bytes(), &b"v"[..])]);
        assert_eq!(carried.left_over, [wrong.as_bytes()], "{wrong:?}");
        policy.rename.push(("X-Right".to_owned(), wrong.to_owned()));
        let carried = policy.carry(Moment::Bye, [(&b"X-Right"[..], &b"v"[..])]);
        assert_eq!((carried.headers.len(), carried.left_over.len()), (0, 1), "{wrong:?}");
    }
}
