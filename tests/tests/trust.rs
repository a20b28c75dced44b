//! Who is believed: methods, tokens, registrations, half-open calls, callers who want to stay hidden.

use std::net::SocketAddr;
use std::time::Duration;

use siptrunk::bridge::{CallFailure, Event, Settings};
use siptrunk::digest::Account;
use siptrunk::message::{HeaderName, HeaderValue, HostPort, Message, Method, NameAddr, Uri};
use siptrunk::profiles::{Config, Five9, Region, Route, Synthflow, Trunk};
use siptrunk::transaction::Target;
use siptrunk::ua::{Destination, Registration, RegistrationId};
use siptrunk_tests::phone::{NUMBER, Phone, Switchboard, config_of, header, trunk, voice};
use siptrunk_tests::scene::{GATEWAY, address};

const A: &str = "127.0.2.1";
const B: &str = "127.0.3.1";
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.2.1\r\ns=-\r\nc=IN IP4 127.0.2.1\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0\r\n";

fn config(a: Trunk) -> Config {
    config_of([a, trunk("b", B)], [Route::from("a").to("b")])
}

fn world(config: &Config) -> Switchboard {
    let mut board = Switchboard::new(config);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice(B)));
    board
}

/// A request written by hand.
fn request(method: &str, uri: &str, from: &str, id: usize, more: &str) -> Vec<u8> {
    let body = if method == "INVITE" { SDP } else { "" };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {A}:5060;branch=z9hG4bKh{id}\r\n\
         Max-Forwards: 70\r\nFrom: {from};tag=f{id}\r\nTo: <sip:{NUMBER}@127.0.1.1>\r\n\
         Call-ID: hand-{id}\r\nCSeq: 1 {method}\r\nContact: <sip:x@{A}:5060>\r\n{kind}{more}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The final status that the gateway gave to the request with this number.
fn status(board: &Switchboard, id: usize) -> Option<u16> {
    let to: SocketAddr = address("127.0.2.1:5060");
    let call_id = format!("hand-{id}");
    board.wire(address(GATEWAY), to).iter().rev().find_map(|message| match message {
        Message::Response(response)
            if response.headers().call_id().ok().flatten() == Some(call_id.as_str())
                && response.status().is_final() =>
        {
            Some(response.status().code())
        }
        _ => None,
    })
}

/// T13: whatever a trunk was not allowed is refused, however its sender writes who it is.
#[test]
fn fourteen_methods_by_profile_and_spelling_of_an_identity() {
    const METHODS: [&str; 14] = [
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "REGISTER",
        "PRACK",
        "SUBSCRIBE",
        "NOTIFY",
        "PUBLISH",
        "INFO",
        "REFER",
        "MESSAGE",
        "UPDATE",
    ];
    // What is written as the sender, beside what stands in Authorization.
    let wrong = "Authorization: Digest username=\"evil\", realm=\"siptrunk\", nonce=\"x\", \
                 uri=\"sip:x\", response=\"00000000000000000000000000000000\"\r\n";
    let spellings = [
        ("<sip:trunk@127.0.1.1>", ""),
        ("<sip:trunk@127.0.1.1>", wrong),
        ("<sip:evil@127.0.1.1>", ""),
        ("<tel:+12065550100>", ""),
        ("<sip:127.0.1.1>", ""),
        ("<sip:TRUNK@127.0.1.1>", ""),
        ("<sip:%74runk@127.0.1.1>", ""),
    ];
    let profiles: [(Trunk, bool); 4] = [
        (trunk("a", A), false),
        (trunk("a", A).digest("trunk", "secret"), true),
        (
            Five9::self_service("127.0.2.1:5060")
                .name("a")
                .hand_back(siptrunk::profiles::HandBackBy::Bye),
            false,
        ),
        (Synthflow::region(Region::Us).name("a").host("127.0.2.1:5060").digest("trunk", "s"), true),
    ];
    for (profile, digest) in profiles {
        let mut board = world(&config(profile));
        let mut id = 0;
        for method in METHODS {
            for (from, more) in spellings {
                id += 1;
                let uri = format!("sip:{NUMBER}@127.0.1.1");
                let bytes = request(method, &uri, from, id, more);
                board.world.inject(address("127.0.2.1:5060"), address(GATEWAY), bytes);
                board.run_ms(100);
                let expected: &[Option<u16>] = match method {
                    // Credentials that cannot be ours are a challenge or a refusal, never a call.
                    "INVITE" if digest => &[Some(401), Some(403)],
                    "INVITE" => &[Some(200)],
                    "OPTIONS" => &[Some(200)],
                    // No dialog, no transaction: nothing to act on.
                    "ACK" => &[None],
                    "BYE" | "CANCEL" | "PRACK" | "INFO" | "UPDATE" => &[Some(481)],
                    _ => &[Some(405), Some(501), Some(403), Some(489)],
                };
                let got = status(&board, id);
                assert!(expected.contains(&got), "{method} {from} {more}: {got:?}");
            }
        }
        let invited = board.requests_to("b", &Method::INVITE).len();
        assert_eq!(invited, if digest { 0 } else { spellings.len() });
    }
}

#[test]
fn a_trunk_sends_what_its_list_has_and_nothing_else() {
    let rows = [
        (vec![Method::INVITE], [200, 405]),
        (vec![Method::INVITE, Method::OPTIONS], [200, 200]),
        (vec![Method::INVITE, Method::MESSAGE], [200, 405]),
    ];
    for (methods, expected) in rows {
        let mut board = world(&config(trunk("a", A).methods(methods)));
        for (id, method) in ["INVITE", "OPTIONS"].into_iter().enumerate() {
            let bytes = request(method, &format!("sip:{NUMBER}@127.0.1.1"), "<sip:a@b>", id, "");
            board.world.inject(address("127.0.2.1:5060"), address(GATEWAY), bytes);
        }
        board.run_ms(200);
        assert_eq!([0, 1].map(|id| status(&board, id)), expected.map(Some));
    }
}

#[test]
fn a_vendors_token_is_wanted_whole_and_never_told() {
    let trunk = trunk("a", A).vendor_token("X-Vendor-Auth-Token", "s3cret");
    let rows = [
        (&[][..], 403),
        (&["s3cre"], 403),
        (&["s3cret "], 200),
        (&["s3cret2"], 403),
        (&["S3CRET"], 403),
        (&["s3cret", "other"], 403),
        (&["s3cret"], 200),
    ];
    for (values, expected) in rows {
        let mut board = world(&config(trunk.clone()));
        board.dial_with("a", NUMBER, |invite| {
            for value in values {
                let name = HeaderName::new("x-vendor-auth-token").unwrap();
                invite.identity.push((name, HeaderValue::new(*value).unwrap()));
            }
        });
        board.run_ms(500);
        assert_eq!(board.final_to("a").status().code(), expected, "{values:?}");
        if expected == 403 {
            let failure = board.refused()[0].failure.clone().expect("a failure");
            assert!(matches!(failure, CallFailure::WrongToken { .. }));
            assert!(!format!("{failure} {failure:?}").contains("s3cret"));
            assert_eq!(board.requests_to("b", &Method::INVITE).len(), 0);
        }
    }
}

/// T14: who forges an address of a trunk acknowledges nothing.
#[test]
fn invites_that_never_go_on_are_few() {
    let mut board = world(&config(trunk("a", A)));
    let mut most = 0;
    for id in 0..10_000 {
        let bytes = request("INVITE", &format!("sip:{NUMBER}@127.0.1.1"), "<sip:a@b>", id, "");
        // From ports where nobody hears the answers.
        let from =
            SocketAddr::new(address("127.0.2.1:0").ip(), 10_000 + u16::try_from(id).unwrap());
        board.world.inject(from, address(GATEWAY), bytes);
        if id % 500 == 499 {
            board.run_ms(20);
            most = most.max(board.bridge(|bridge, _| bridge.calls()));
        }
    }
    assert_eq!(most, 64);
    assert_eq!(board.requests_to("b", &Method::INVITE).len(), 64);
    let failure = CallFailure::TooManyHalfOpen { address: address("127.0.2.1:0").ip(), limit: 64 };
    let refused = board.refused();
    assert_eq!(refused.len(), 10_000 - 64);
    assert!(refused.iter().all(|record| record.failure.as_ref() == Some(&failure)));
}

#[test]
fn forged_calls_end_by_themselves_and_the_trunk_gets_in_again() {
    let mut board = world(&config(trunk("a", A)));
    for id in 0..100 {
        let bytes = request("INVITE", &format!("sip:{NUMBER}@127.0.1.1"), "<sip:a@b>", id, "");
        board.world.inject(address("127.0.2.1:9999"), address(GATEWAY), bytes);
    }
    board.run_ms(200);
    board.dial("a");
    board.run_ms(200);
    assert_eq!(board.final_to("a").status().code(), 480, "the source has its 64");
    board.run(Duration::from_secs(100));
    board.dial("a");
    board.run_ms(500);
    assert_eq!(board.final_to("a").status().code(), 200);
}

#[test]
fn with_a_challenge_no_forged_invite_dials_anybody() {
    let mut board = world(&config(trunk("a", A).digest("trunk", "secret")));
    for id in 0..2_000 {
        let bytes = request("INVITE", &format!("sip:{NUMBER}@127.0.1.1"), "<sip:a@b>", id, "");
        board.world.inject(address("127.0.2.1:9999"), address(GATEWAY), bytes);
        if id % 100 == 99 {
            board.run_ms(10);
        }
    }
    assert_eq!(board.requests_to("b", &Method::INVITE).len(), 0);
    // The trunk itself is let in all the while: it proves itself.
    board.dial_with("a", NUMBER, |invite| invite.account = Some(Account::new("trunk", "secret")));
    board.run_ms(500);
    assert_eq!(board.final_to("a").status().code(), 200);
}

#[test]
fn callers_of_a_trunk_that_answers_have_no_such_limit() {
    let mut settings = Settings::default();
    settings.max_half_open = 2;
    let mut board = Switchboard::with(&config(trunk("a", A)), settings, |host| host);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice(B)));
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let call = board.dial("a");
            board.run_ms(200);
            call
        })
        .collect();
    assert!(board.refused().is_empty(), "what is acknowledged is not half-open");
    for call in calls {
        board.bye("a", call);
    }
    board.run_ms(500);
    assert_eq!(board.over().len(), 6);
}

/// T17: a caller who wants to stay hidden is told to trusted trunks alone.
#[test]
fn a_hidden_caller_is_told_to_nobody_who_is_not_trusted() {
    for from_trusted in [false, true] {
        for to_trusted in [false, true] {
            for privacy in ["", "none", "id", "ID", "user", "header;id;critical", "nonsense;;"] {
                let mut b = trunk("b", B).trusted(to_trusted);
                b.header_policy.xei = true;
                b.header_policy.diversion = true;
                let config =
                    config_of([trunk("a", A).trusted(from_trusted), b], [Route::from("a").to("b")]);
                let mut board = world(&config);
                let call = board.dial_with("a", NUMBER, |invite| {
                    let mut fields = vec![
                        ("P-Asserted-Identity", "<sip:+15550001@a.example>"),
                        ("Remote-Party-ID", "<sip:+15550002@a.example>"),
                        ("P-Preferred-Identity", "<sip:+15550003@a.example>"),
                        ("History-Info", "<sip:+15550004@a.example>;index=1"),
                        ("Diversion", "<sip:+15550005@a.example>;privacy=full"),
                    ];
                    if !privacy.is_empty() {
                        fields.push(("Privacy", privacy));
                    }
                    for (name, value) in fields {
                        let name = HeaderName::new(name).unwrap();
                        invite.identity.push((name, HeaderValue::new(value).unwrap()));
                    }
                });
                board.run_ms(200);
                let request = board.requests_to("b", &Method::INVITE).remove(0);
                let row = format!("{from_trusted} {to_trusted} {privacy}");
                let text = String::from_utf8_lossy(request.bytes()).into_owned();
                for never in ["+15550002", "+15550003", "+15550004"] {
                    assert!(!text.contains(never), "{row}: {text}");
                }
                let hidden = !["", "none"].contains(&privacy) && !to_trusted;
                let from = header(request.headers(), "From");
                assert_eq!(from.contains("anonymous@anonymous.invalid"), hidden, "{row}: {from}");
                assert_eq!(text.contains("+18005550199"), !hidden, "{row}: {text}");
                assert_eq!(
                    text.contains("+15550001"),
                    from_trusted && (to_trusted || privacy == "none"),
                    "{row}: {text}"
                );
                let diverted = header(request.headers(), "Diversion");
                assert_eq!(!diverted.is_empty(), to_trusted, "{row}: {text}");
                board.bye("a", call);
                board.run_ms(200);
                board.over_one();
            }
        }
    }
}

// ---- trunks that register with us

/// A gateway with a trunk that registers from wherever it is, and one that is known by address.
fn registering() -> Switchboard {
    let pbx = trunk("pbx", "192.0.2.77").registrar(true).digest("pbx", "secret");
    let config =
        config_of([trunk("a", A), pbx], [Route::from("a").to("pbx"), Route::from("pbx").to("a")]);
    let mut board = Switchboard::new(&config);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("pbx", "127.0.9.9:5060", Phone::friendly(&voice("127.0.9.9")));
    board
}

fn register(board: &mut Switchboard, password: &str, expires: u64) -> RegistrationId {
    let gateway = HostPort::from(address(GATEWAY));
    let registrar = Uri::sip(None, &gateway.host, gateway.port);
    let registration = Registration {
        destination: Destination::Targets(vec![Target::udp(address(GATEWAY))]),
        aor: NameAddr::new(Uri::sip(Some("pbx"), &gateway.host, gateway.port)),
        registrar,
        contact_user: Some("pbx".to_owned()),
        account: Some(Account::new("pbx", password)),
        expires: Duration::from_secs(expires),
    };
    board.agent("pbx", |agent, now| agent.register(now, registration))
}

#[test]
fn a_trunk_that_registers_is_called_where_it_is_and_known_by_it() {
    let mut board = registering();
    // Before it has registered it is a stranger, and nobody can be sent to it.
    board.dial_with("pbx", NUMBER, |invite| invite.account = Some(Account::new("pbx", "secret")));
    board.run_ms(200);
    assert_eq!(board.final_to("pbx").status().code(), 403);

    let id = register(&mut board, "secret", 300);
    board.run_ms(500);
    let bound = |event: &Event| {
        matches!(event, Event::Bound { trunk, remote }
        if trunk == "pbx" && *remote == address("127.0.9.9:5060"))
    };
    assert!(board.events.iter().any(bound), "{}", board.ladder());

    let call = board.dial("a");
    board.run_ms(500);
    let invite = board.requests_to("pbx", &Method::INVITE).remove(0);
    let uri = invite.request_uri().unwrap().to_string();
    assert_eq!(uri, format!("sip:{NUMBER}@127.0.9.9:5060"), "the number, where it registered");
    board.assert_talking("a", "pbx");
    board.bye("a", call);
    board.run_ms(500);

    let call = board
        .dial_with("pbx", NUMBER, |invite| invite.account = Some(Account::new("pbx", "secret")));
    board.run_ms(500);
    assert_eq!(board.final_to("pbx").status().code(), 200, "{}", board.ladder());
    board.bye("pbx", call);
    board.run_ms(500);

    // It is kept alive, and gone when it is taken back.
    board.run(Duration::from_secs(900));
    board.agent("pbx", |agent, now| agent.unregister(now, id));
    board.run_ms(500);
    let unbound = board.events.iter().filter(|event| matches!(event, Event::Unbound { .. }));
    assert_eq!(unbound.count(), 1);
    board.dial_with("pbx", NUMBER, |invite| invite.account = Some(Account::new("pbx", "secret")));
    board.run_ms(200);
    assert_eq!(board.final_to("pbx").status().code(), 403);
    assert_eq!(board.over().len(), 2);
}

#[test]
fn a_wrong_password_binds_nothing_and_a_minute_is_the_least() {
    let mut board = registering();
    register(&mut board, "guess", 300);
    board.run_ms(500);
    let statuses = board.statuses_to("pbx", &Method::REGISTER);
    assert_eq!(statuses, [401, 403], "{}", board.ladder());
    assert!(!board.events.iter().any(|event| matches!(event, Event::Bound { .. })));

    let mut board = registering();
    let id = register(&mut board, "secret", 30);
    board.run_ms(500);
    assert!(board.statuses_to("pbx", &Method::REGISTER).contains(&423), "{}", board.ladder());
    board.agent("pbx", |agent, now| agent.unregister(now, id));
    board.run_ms(500);
    board.over();
}

#[test]
fn who_registers_no_trunk_is_a_stranger_as_before() {
    let mut board = world(&config(trunk("a", A)));
    board.phone("pbx", "127.0.9.9:5060", Phone::friendly(&voice("127.0.9.9")));
    register(&mut board, "secret", 300);
    board.run_ms(500);
    assert_eq!(board.statuses_to("pbx", &Method::REGISTER), [403]);
    let address = address("127.0.9.9:0").ip();
    assert_eq!(board.refused()[0].failure, Some(CallFailure::UnknownSource { address }));
}
