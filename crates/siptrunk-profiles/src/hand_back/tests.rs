use super::*;

fn read(names: &HandBackNames, fields: &[(&'static str, &'static str)]) -> Option<HandBack> {
    HandBack::read(names, fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
}

fn written(list: &HeaderList) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect()
}

/// F-16 and F-17, 2026-03: the values of the four types.
#[test]
fn each_type_is_read_and_written_in_the_words_of_the_convention() {
    use HandBackAction::{Custom, DispositionOnly, Hangup, PhoneTransfer, SkillTransfer};
    let text = str::to_owned;
    let names = HandBackNames::five9();
    for (kind, value, action) in [
        ("SkillTransfer", Some("billing_support"), SkillTransfer(text("billing_support"))),
        ("PhoneTransfer", Some("+18005550199"), PhoneTransfer(text("+18005550199"))),
        ("Hangup", None, Hangup),
        ("DispositionOnly", Some("Resolved"), DispositionOnly(text("Resolved"))),
        ("Queue", Some("a b"), Custom(text("Queue"), Some(text("a b")))),
        ("SkillTransfer", None, Custom(text("SkillTransfer"), None)),
        ("Hangup", Some("now"), Custom(text("Hangup"), Some(text("now")))),
    ] {
        let mut fields = vec![("X-RouteType", kind)];
        fields.extend(value.map(|value| ("X-RouteValue", value)));
        let back = read(&names, &fields).expect("a type stands there");
        assert_eq!(back.action, action, "{kind}");
        let again = written(&back.write(&names, 10).expect("it can be written"));
        let owned: Vec<_> = fields.iter().map(|(name, value)| (text(name), text(value))).collect();
        assert_eq!(again, owned, "{kind}");
    }
    // "Hangup (value empty)".
    let empty = read(&names, &[("X-RouteType", "Hangup"), ("X-RouteValue", "")]);
    assert_eq!(empty.expect("it is there").action, Hangup);
}

#[test]
fn names_and_words_compare_without_case_and_the_first_of_two_counts() {
    let names = HandBackNames::five9();
    let back = read(
        &names,
        &[
            ("Via", "SIP/2.0/UDP x"),
            ("x-ROUTEtype", "skilltransfer"),
            ("X-RouteValue", "one"),
            ("X-MetaData", "Kept_As_It_Is"),
            ("X-RouteValue", "two"),
            ("X-RouteReason", "why"),
            ("X-ConversationId", "conv_1"),
        ],
    )
    .expect("a type stands there");
    assert_eq!(back.action, HandBackAction::SkillTransfer("one".to_owned()));
    assert_eq!(back.reason.as_deref(), Some("why"));
    assert_eq!(back.conversation_id.as_deref(), Some("conv_1"));
    let extra = written(&back.extra);
    assert_eq!(extra[0], ("X-MetaData".to_owned(), "Kept_As_It_Is".to_owned()));
    assert_eq!(extra[1], ("X-RouteValue".to_owned(), "two".to_owned()));
    assert_eq!(
        back.write(&names, 10),
        Err(HandBackError::Repeated { name: "X-RouteValue".to_owned() })
    );
    assert_eq!(read(&names, &[("X-RouteValue", "one"), ("X-RouteReason", "why")]), None);
}

/// PolyAI's names (F-16, 2026-03-20), and names of one's own without X-.
#[test]
fn another_convention_is_other_data() {
    let mut names = HandBackNames::five9();
    names.route_type = "X-contained".to_owned();
    names.route_value = "X-destination".to_owned();
    names.skill_transfer = "false".to_owned();
    let back = read(&names, &[("X-contained", "false"), ("X-destination", "sales")]);
    assert_eq!(
        back.expect("it is there").action,
        HandBackAction::SkillTransfer("sales".to_owned())
    );
    names.route_type = "IVA_routeType".to_owned();
    let back = read(&names, &[("IVA_routeType", "Hangup"), ("IVA_other", "x")]);
    let back = back.expect("it is there");
    assert_eq!(back.action, HandBackAction::Hangup);
    assert!(back.extra.is_empty(), "without X- only the names of the convention belong to it");
}

/// F-18, 2026-03-20: 10 headers.
#[test]
fn it_is_counted_before_it_is_sent() {
    let names = HandBackNames::five9();
    let mut back = HandBack::new(HandBackAction::Hangup).reason("r").conversation_id("c");
    for number in 0..7 {
        back = back.header(&format!("X-Field{number}"), "v").expect("a header");
    }
    assert_eq!(back.write(&names, HandBack::LIMIT).expect("ten").len(), 10);
    let back = back.header("X-One", "v").and_then(|back| back.header("X-Two", "v"));
    let error = back.expect("headers").write(&names, HandBack::LIMIT).expect_err("twelve");
    let over = vec!["X-One".to_owned(), "X-Two".to_owned()];
    assert_eq!(error, HandBackError::TooMany { count: 12, limit: 10, over });
    assert!(error.to_string().contains("X-One, X-Two"), "{error}");
}

#[test]
fn it_is_measured_before_it_is_sent() {
    let names = HandBackNames::five9();
    // X-RouteType: Hangup takes 21 bytes with its CRLF, the reason 17 and its value.
    let of = |length: usize| HandBack::new(HandBackAction::Hangup).reason("r".repeat(length));
    assert!(of(800 - 21 - 17).write(&names, 10).is_ok());
    assert_eq!(
        of(800 - 21 - 16).write(&names, 10),
        Err(HandBackError::TooLong { bytes: 801, limit: 800 })
    );
}

#[test]
fn what_would_break_the_message_is_an_error() {
    let names = HandBackNames::five9();
    let split = HandBack::new(HandBackAction::SkillTransfer("a\r\nVia: x".to_owned()));
    assert!(matches!(split.write(&names, 10), Err(HandBackError::Header(_))));
    assert!(HandBack::new(HandBackAction::Hangup).header("Via", "x").is_err());
    assert!(HandBack::new(HandBackAction::Hangup).header("X Y", "x").is_err());
}

/// What stands beside the convention must not be taken for it.
#[test]
fn an_extra_field_bears_no_name_that_means_something() {
    let names = HandBackNames::five9();
    for name in ["X-RouteValue", "x-routereason", "X-ConversationId"] {
        let back = HandBack::new(HandBackAction::Hangup).header(name, "v").expect("a header");
        let error = back.write(&names, 10).expect_err(name);
        assert_eq!(error, HandBackError::Repeated { name: name.to_owned() });
    }
}
