//! Which headers go from one leg to the other: call context, X-EI, hand-back, identity, hops.

use siptrunk::bridge::{CallFailure, EndedBy, Event};
use siptrunk::message::{HeaderList, HeaderName, HeaderValue, Method, Request, StatusCode};
use siptrunk::profiles::Route;
use siptrunk::ua::{Invite, SessionId};
use siptrunk_tests::phone::{NUMBER, Phone, Switchboard, config_of, header, trunk, voice};
use siptrunk_tests::scene::{self, FIVE9, SYNTHFLOW};

/// Five9 (phone `five9`) and Synthflow (phone `agent`) with the gateway between them.
fn world() -> Switchboard {
    let mut board = Switchboard::new(&scene::config());
    board.phone("five9", FIVE9[0], Phone::friendly(&voice("127.0.2.1")));
    board.phone("agent", SYNTHFLOW[0], Phone::friendly(&voice("127.0.3.1")));
    board
}

fn list(fields: &[(&str, &str)]) -> HeaderList {
    let mut list = HeaderList::new();
    for (name, value) in fields {
        list.push_str(name, value).expect("a header that may be sent");
    }
    list
}

/// The fields of a message whose names an application may choose, as they stand on the wire.
fn custom(request: &Request) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let fields = request.headers().iter();
    let fields = fields.filter(|field| field.raw_name().starts_with_ignore_case(b"x-"));
    fields.map(|field| (text(field.raw_name()), text(field.value()))).collect()
}

trait StartsWith {
    fn starts_with_ignore_case(&self, prefix: &[u8]) -> bool;
}

impl StartsWith for [u8] {
    fn starts_with_ignore_case(&self, prefix: &[u8]) -> bool {
        self.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn names(request: &Request) -> Vec<String> {
    let names = request.headers().iter().map(|field| field.name().as_str().to_owned());
    names.collect()
}

fn bye(board: &mut Switchboard, name: &str, session: SessionId, headers: HeaderList) {
    board.agent(name, |agent, now| agent.bye(now, session, headers)).unwrap();
    board.run_ms(100);
}

/// A call from Five9 to the agent that stands.
fn talking(edit: impl FnOnce(&mut Invite)) -> (Switchboard, SessionId) {
    let mut board = world();
    let call = board.dial_with("five9", NUMBER, edit);
    board.run_ms(100);
    board.assert_talking("five9", "agent");
    (board, call)
}

/// What the agent's INVITE looks like for a caller's INVITE.
fn invited(edit: impl FnOnce(&mut Invite)) -> Request {
    let (mut board, call) = talking(edit);
    bye(&mut board, "five9", call, HeaderList::new());
    board.over_one();
    board.requests_to("agent", &Method::INVITE).remove(0)
}

/// Twelve headers for Five9, between others that are not for it.
const HANDED_BACK: [(&str, &str); 12] = [
    ("X-RouteType", "SkillTransfer"),
    ("X-RouteValue", "Billing \"EN\"; level=2"),
    ("x-lOwEr", "a,b , c"),
    ("X-Summary", "100 %25 caf\u{e9} \u{1f4de} <tag>"),
    ("X-Empty", ""),
    ("X-1.2_3~'!*", "odd name"),
    ("X-Twice", "one"),
    ("X-Twice", "two"),
    ("X-Long", "0123456789012345678901234567890123456789012345678901234567890123456789"),
    ("X-Ten", "the last that Five9 takes"),
    ("X-Eleven", "left"),
    ("X-Twelve", "left too"),
];

#[test]
fn a_hand_back_brings_the_first_ten_and_names_the_rest() {
    let (mut board, _) = talking(|_| {});
    let session = board.called("agent");
    let mut fields = vec![
        ("Subject", "not for the other side"),
        ("X-Siptrunk-Trace", "internal"),
        ("x-siptrunk-other", "internal"),
        ("X-EI", "S.abc;"),
    ];
    fields.extend(HANDED_BACK);
    fields.insert(7, ("Reason", "SIP;cause=200;text=\"transfer\""));
    fields.push(("Reason", "Q.850;cause=16"));
    bye(&mut board, "agent", session, list(&fields));
    let byes = board.requests_to("five9", &Method::BYE);
    assert_eq!(byes.len(), 1);
    assert_eq!(custom(&byes[0]), owned(&HANDED_BACK[..10]));
    let reasons: Vec<&[u8]> = byes[0].headers().raw_all(&HeaderName::REASON).collect();
    let expected: [&[u8]; 2] = [b"SIP;cause=200;text=\"transfer\"", b"Q.850;cause=16"];
    assert_eq!(reasons, expected);
    for name in ["Subject", "Contact", "Content-Type"] {
        assert!(!names(&byes[0]).iter().any(|other| other == name), "{name}");
    }
    let told = board.events.iter().filter_map(|event| match event {
        Event::HandBack { headers, left_behind, .. } => {
            Some((headers.clone(), left_behind.clone()))
        }
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [(list(&HANDED_BACK[..10]), vec!["X-Eleven".into(), "X-Twelve".into()])]);
    let record = board.over_one();
    assert_eq!(record.hand_back, told[0].0);
    assert_eq!(record.left_behind, told[0].1);
    assert_eq!((record.ended_by, record.failure), (EndedBy::Callee, None));
}

#[test]
fn a_bye_of_the_caller_brings_all_its_custom_headers() {
    let (mut board, call) = talking(|_| {});
    bye(&mut board, "five9", call, list(&HANDED_BACK));
    let byes = board.requests_to("agent", &Method::BYE);
    assert_eq!(custom(&byes[0]), owned(&HANDED_BACK), "the limit is Five9's alone");
    board.over_one();
}

#[test]
fn a_bye_without_headers_hands_nothing_back() {
    let (mut board, _) = talking(|_| {});
    let session = board.called("agent");
    bye(&mut board, "agent", session, HeaderList::new());
    assert!(custom(&board.requests_to("five9", &Method::BYE)[0]).is_empty());
    assert!(!board.events.iter().any(|event| matches!(event, Event::HandBack { .. })));
    assert!(board.over_one().hand_back.is_empty());
}

#[test]
fn an_invite_towards_synthflow_has_these_fields_and_no_others() {
    let value = |text: &'static str| HeaderValue::from_static(text).unwrap();
    let request = invited(|invite| {
        invite.headers = list(&[
            ("X-CallANI", "8005550199"),
            ("x-Script-Value", "caf\u{e9}=\"1\""),
            ("Subject", "private"),
            ("Organization", "private"),
            ("Alert-Info", "<http://five9.example/ring>"),
            ("Call-Info", "<http://five9.example/info>"),
            ("X-Siptrunk-Trace", "internal"),
        ]);
        for (name, text) in [
            ("P-Asserted-Identity", "<sip:boss@five9.example>"),
            ("P-Preferred-Identity", "<sip:boss@five9.example>"),
            ("Remote-Party-ID", "<sip:boss@five9.example>;party=calling"),
            ("Privacy", "id"),
            ("History-Info", "<sip:a@five9.example>;index=1"),
            ("Diversion", "<sip:+15551234567@five9.example>;reason=unconditional"),
            ("Geolocation", "<sip:here@five9.example>"),
            ("Identity", "eyJ;info=<https://x>"),
            ("Route", "<sip:127.0.1.1;lr>"),
            (
                "Authorization",
                "Digest username=\"x\", realm=\"y\", nonce=\"z\", uri=\"u\", response=\"r\"",
            ),
            ("Accept", "application/sdp, text/plain"),
            ("Session-Expires", "1800"),
            ("Min-SE", "90"),
            ("Referred-By", "<sip:x@five9.example>"),
            ("Replaces", "1;to-tag=2;from-tag=3"),
        ] {
            invite.identity.push((HeaderName::new(name).unwrap(), value(text)));
        }
    });
    let mut seen = names(&request);
    seen.sort();
    let mut expected = vec![
        "Via",
        "Max-Forwards",
        "From",
        "To",
        "Call-ID",
        "CSeq",
        "Contact",
        "Allow",
        "User-Agent",
        "X-CallANI",
        "x-Script-Value",
        "Diversion",
        // No X-EI of ours: the caller asked for privacy, and this trunk is not trusted.
        "Content-Type",
        "Content-Length",
    ];
    expected.sort_unstable();
    assert_eq!(seen, expected);
    let fields = custom(&request);
    assert_eq!(
        fields[..2],
        owned(&[("X-CallANI", "8005550199"), ("x-Script-Value", "caf\u{e9}=\"1\""),])[..]
    );
    assert_eq!(
        header(request.headers(), "Diversion"),
        "<sip:+15551234567@five9.example>;reason=unconditional"
    );
    assert_eq!(request.headers().raw_all(&HeaderName::VIA).count(), 1, "a call of its own");
}

#[test]
fn an_x_ei_that_arrives_is_carried_byte_for_byte() {
    for given in [
        vec![("X-EI", "S.abc123;E.crm456;O.+15551234567;")],
        vec![("x-ei", "e.lower; ;;O.%%% \u{e9}")],
        vec![("X-Ei", "nonsense")],
        vec![("X-EI", "")],
        vec![("X-EI", "S.one;"), ("X-Between", "1"), ("X-EI", "E.two;")],
    ] {
        let mut fields = given.clone();
        fields.push(("X-CallID", "not used"));
        let request = invited(|invite| invite.headers = list(&fields));
        assert_eq!(custom(&request), owned(&fields));
    }
}

#[test]
fn where_no_x_ei_arrives_one_is_written() {
    let diversion = ("Diversion", "\"A\" <sip:+15551234567@x.example>;reason=unconditional");
    // (headers of the caller, the caller's number, X-EI)
    let rows = [
        (&[][..], "", "O.+18005550199;"),
        (&[("X-CallID", "300001")], "", "E.300001;O.+18005550199;"),
        (&[("x-callid", "300001")], "", "E.300001;O.+18005550199;"),
        (&[("X-five9callid", "7")], "", "E.7;O.+18005550199;"),
        (&[("X-five9callid", "7"), ("X-CallID", "8")], "", "E.8;O.+18005550199;"),
        (&[diversion], "", "O.+15551234567;"),
        (&[("X-Diversion", "+15557654321")], "", "O.+15557654321;"),
        (&[("X-Diversion", "+15557654321"), diversion], "", "O.+15551234567;"),
        (&[("X-CallID", "9"), diversion], "", "E.9;O.+15551234567;"),
        (&[], "anonymous", "O.anonymous;"),
        // A value that cannot stand in a token is left out.
        (&[("X-CallID", "a;b")], "", "O.+18005550199;"),
    ];
    for (fields, caller, expected) in rows {
        let request = invited(|invite| {
            for (name, value) in fields {
                let name = HeaderName::new(name).unwrap();
                invite.identity.push((name, HeaderValue::new(value).unwrap()));
            }
            if !caller.is_empty() {
                let from = format!("sip:{caller}@anonymous.invalid");
                let from = siptrunk::message::Uri::parse(from.as_bytes()).unwrap().into_owned();
                invite.from = siptrunk::message::NameAddr::new(from);
            }
        });
        let found: Vec<String> = custom(&request)
            .into_iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("X-EI"))
            .map(|(_, value)| value)
            .collect();
        assert_eq!(found, [expected], "{fields:?}");
    }
}

/// Which of several wins is nowhere documented, so that a trunk can say it.
#[test]
fn the_original_caller_comes_from_where_the_trunk_says() {
    use siptrunk::xei::OriginalSource::{Diversion, Token, XDiversion};
    let rows = [
        (&[Token, Diversion, XDiversion][..], "O.+15551234567;"),
        (&[XDiversion, Diversion], "O.+15557654321;"),
        (&[Token], "O.+18005550199;"),
        (&[], "O.+18005550199;"),
    ];
    for (order, expected) in rows {
        let mut b = trunk("b", "127.0.3.1");
        b.header_policy.xei = true;
        b.header_policy.original = order.to_vec();
        let config = config_of([trunk("a", "127.0.2.1"), b], [Route::from("a").to("b")]);
        let mut board = Switchboard::new(&config);
        board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
        board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice("127.0.3.1")));
        board.dial_with("a", NUMBER, |invite| {
            for (name, value) in [
                ("Diversion", "<sip:+15551234567@x.example>;reason=unconditional"),
                ("X-Diversion", "+15557654321"),
            ] {
                let name = HeaderName::new(name).unwrap();
                invite.identity.push((name, HeaderValue::new(value).unwrap()));
            }
        });
        board.run_ms(100);
        let request = board.requests_to("b", &Method::INVITE).remove(0);
        let found: Vec<_> = custom(&request)
            .into_iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("X-EI"))
            .map(|(_, value)| value)
            .collect();
        assert_eq!(found, [expected], "{order:?}");
    }
}

#[test]
fn an_asserted_identity_goes_to_trusted_trunks_alone_and_never_without_its_privacy() {
    for trusted in [false, true] {
        for privacy in ["", "id", "ID", "user;id;critical", "none"] {
            let mut b = trunk("b", "127.0.3.1");
            b = b.trusted(trusted);
            let config =
                config_of([trunk("a", "127.0.2.1").trusted(true), b], [Route::from("a").to("b")]);
            let mut board = Switchboard::new(&config);
            board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
            board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice("127.0.3.1")));
            let call = board.dial_with("a", NUMBER, |invite| {
                let mut fields = vec![("P-Asserted-Identity", "<sip:boss@a.example>")];
                if !privacy.is_empty() {
                    fields.push(("Privacy", privacy));
                }
                for (name, value) in fields {
                    let name = HeaderName::new(name).unwrap();
                    invite.identity.push((name, HeaderValue::new(value).unwrap()));
                }
            });
            board.run_ms(100);
            let request = board.requests_to("b", &Method::INVITE).remove(0);
            // `none` forbids to hide who calls (RFC 3323 4.2).
            let shown = trusted || privacy == "none";
            let (asserted, kept) = if shown { ("<sip:boss@a.example>", privacy) } else { ("", "") };
            assert_eq!(header(request.headers(), "P-Asserted-Identity"), asserted);
            assert_eq!(header(request.headers(), "Privacy"), kept, "{trusted}");
            board.bye("a", call);
            board.over_one();
        }
    }
}

#[test]
fn max_forwards_falls_by_one_and_at_zero_the_call_is_refused() {
    for (hops, expected) in [(70, "69"), (255, "254"), (10, "9"), (1, "0")] {
        let request = invited(|invite| invite.max_forwards = hops);
        assert_eq!(header(request.headers(), "Max-Forwards"), expected);
    }
    let mut board = world();
    board.dial_with("five9", NUMBER, |invite| invite.max_forwards = 0);
    board.run_ms(100);
    assert_eq!(board.final_to("five9").status(), StatusCode::TOO_MANY_HOPS);
    assert_eq!(board.refused()[0].failure, Some(CallFailure::TooManyHops));
    assert!(board.over().is_empty());
}

#[test]
fn numbers_and_names_are_written_anew_with_our_address() {
    let request = invited(|invite| {
        invite.from = invite.from.clone().with_display_name("Al \"the\" Gore, Jr.");
    });
    let headers = request.headers();
    assert_eq!(request.uri(), b"sip:+12065551234@127.0.3.1:32681");
    let from = headers.from().unwrap().unwrap();
    assert_eq!(from.uri().as_str(), "sip:+18005550199@127.0.1.1");
    assert_eq!(from.display_name().as_deref(), Some("Al \"the\" Gore, Jr."));
    let to = headers.to().unwrap().unwrap();
    assert_eq!(to.uri().as_str(), "sip:+12065551234@127.0.3.1");
    let contact = headers.contact().unwrap().unwrap();
    assert_eq!(contact.uri().as_str(), "sip:+18005550199@127.0.1.1:5060");
    let text = String::from_utf8_lossy(request.bytes()).into_owned();
    assert!(!text.contains("127.0.2.1"), "nothing tells where the caller is\n{text}");
}

#[test]
fn custom_headers_of_answers_go_back_and_nothing_else_of_them() {
    let own = voice("127.0.3.1");
    let agent = Phone::new(&own.clone(), move |agent, now, event| {
        let siptrunk::ua::Event::Incoming { session, request } = event else { return };
        for (status, body) in [(180, None), (200, Some(own.respond_to(request)))] {
            let mut reply = siptrunk::ua::Reply::new(siptrunk_tests::phone::code(status));
            reply.body = body;
            reply.headers =
                list(&[("X-Agent", "Ann"), ("X-Siptrunk-Trace", "1"), ("Subject", "no")]);
            agent.answer(now, *session, reply).unwrap();
        }
    });
    let mut board = Switchboard::new(&scene::config());
    board.phone("five9", FIVE9[0], Phone::friendly(&voice("127.0.2.1")));
    board.phone("agent", SYNTHFLOW[0], agent);
    let call = board.dial("five9");
    board.run_ms(100);
    for response in &board.responses_to("five9", &Method::INVITE)[1..] {
        assert_eq!(header(response.headers(), "X-Agent"), "Ann");
        for name in ["X-Siptrunk-Trace", "Subject"] {
            assert_eq!(header(response.headers(), name), "", "{name}");
        }
        let contact = header(response.headers(), "Contact");
        assert_eq!(contact, "<sip:+12065551234@127.0.1.1:5060>");
        let text = String::from_utf8_lossy(response.bytes()).into_owned();
        assert!(!text.contains("127.0.3.1"), "{text}");
    }
    bye(&mut board, "five9", call, HeaderList::new());
    board.over_one();
}

#[test]
fn the_agent_calls_out_through_five9_and_the_called_person_hangs_up() {
    let mut board = world();
    board.dial_with("agent", "+12125550123", |invite| {
        invite.headers = list(&[("X-Campaign", "spring"), ("X-EI", "S.mine;")]);
    });
    board.run_ms(100);
    let request = board.requests_to("five9", &Method::INVITE).remove(0);
    assert_eq!(request.uri(), b"sip:+12125550123@127.0.2.1:5060");
    assert_eq!(custom(&request), owned(&[("X-Campaign", "spring")]), "no X-EI towards Five9");
    board.assert_talking("agent", "five9");
    let session = board.called("five9");
    bye(
        &mut board,
        "five9",
        session,
        list(&[("X-Disposition", "sold"), ("Reason", "Q.850;cause=16")]),
    );
    let byes = board.requests_to("agent", &Method::BYE);
    assert_eq!(custom(&byes[0]), owned(&[("X-Disposition", "sold")]));
    assert_eq!(header(byes[0].headers(), "Reason"), "Q.850;cause=16");
    let record = board.over_one();
    assert_eq!((record.ended_by, record.failure), (EndedBy::Callee, None));
    assert_eq!((&record.a.trunk[..], &record.b.unwrap().trunk[..]), ("synthflow", "five9"));
}
