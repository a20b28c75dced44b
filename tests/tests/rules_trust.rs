//! Who proves what to whom: digest in both directions, rogue challengers, registrations.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use siptrunk::bridge::{Bridge, CallFailure, Event};
use siptrunk::digest::{Account, Server, ServerLimits, Verdict};
use siptrunk::message::{HeaderName, HeaderValue, Method, StatusCode};
use siptrunk::profiles::{Config, Route, Trunk};
use siptrunk::transaction::IncomingRequest;
use siptrunk::ua::{self, Cause, Reply, UserAgent};
use siptrunk_tests::phone::{
    NUMBER, Phone, Switchboard, code, config_of, header, pick_up, trunk, voice,
};

const B: &str = "127.0.3.1";

fn config(edit_a: impl FnOnce(Trunk) -> Trunk, edit_b: impl FnOnce(Trunk) -> Trunk) -> Config {
    let trunks = [edit_a(trunk("a", "127.0.2.1")), edit_b(trunk("b", B))];
    config_of(trunks, [Route::from("a").to("b")])
}

/// A world with this phone as trunk b.
fn world(config: &Config, b: Phone) -> Switchboard {
    let mut board = Switchboard::new(config);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
    board.phone("b", "127.0.3.1:5060", b);
    board
}

#[test]
fn a_trunk_that_has_to_prove_itself_is_challenged_and_then_judged() {
    let guarded = || config(|trunk| trunk.digest("five9", "right"), |trunk| trunk);
    // (account of the caller, statuses it gets, whether the call is carried)
    let rows: [(Option<Account>, &[u16], bool); 5] = [
        (None, &[100, 401], false),
        (Some(Account::new("five9", "right")), &[100, 401, 100, 180, 200], true),
        (Some(Account::new("five9", "wrong")), &[100, 401, 100, 403], false),
        (Some(Account::new("mallory", "right")), &[100, 401, 100, 403], false),
        (Some(Account::new("five9", "right").for_realm("elsewhere")), &[100, 401], false),
    ];
    for (account, expected, carried) in rows {
        let mut board = world(&guarded(), Phone::friendly(&voice(B)));
        let wrong = expected.last() == Some(&403);
        let call = board.dial_with("a", NUMBER, |invite| invite.account = account);
        board.run_ms(100);
        assert_eq!(board.statuses_to("a", &Method::INVITE), expected, "{}", board.ladder());
        let challenged = board.responses_to("a", &Method::INVITE).remove(1);
        let challenge = header(challenged.headers(), "WWW-Authenticate");
        assert!(challenge.starts_with("Digest ") && challenge.contains("realm=\"siptrunk\""));
        assert_eq!(board.requests_to("b", &Method::INVITE).len(), usize::from(carried));
        if carried {
            let invite = board.requests_to("b", &Method::INVITE).remove(0);
            assert_eq!(header(invite.headers(), "Authorization"), "", "stays on its leg");
            board.assert_talking("a", "b");
            board.bye("a", call);
        }
        assert_eq!(board.over().len(), usize::from(carried));
        // A challenge is the usual first step and no failure; wrong credentials are one.
        let refused = board.refused();
        assert_eq!(refused.len(), usize::from(wrong));
        if wrong {
            let failure = CallFailure::NotAuthenticated { trunk: "a".to_owned() };
            assert_eq!(refused[0].failure, Some(failure));
        }
    }
}

/// How a phone challenges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Challenger {
    /// By the rules, with this status.
    Honest(u16),
    /// Never content: a fresh nonce each time.
    Fresh,
    /// Never content, and says each time that only the nonce was too old.
    Stale,
    /// Never content: a fresh realm each time.
    Realms,
    /// Never content, with both kinds of challenge in turn.
    Both,
}

fn source(request: &IncomingRequest) -> Vec<u8> {
    request.remote().ip().to_string().into_bytes()
}

/// A challenge as a reply.
fn challenge(status: u16, value: &str) -> Reply {
    let name = match status {
        401 => HeaderName::WWW_AUTHENTICATE,
        _ => HeaderName::PROXY_AUTHENTICATE,
    };
    Reply::new(code(status)).extra(name, HeaderValue::new(value).unwrap())
}

/// A phone that takes calls of `agent` with the password `right` alone.
fn challenging(how: Challenger) -> Phone {
    let own = voice(B);
    let account = Account::new("agent", "right");
    let mut server = Server::new("behind", [7; 32], ServerLimits::default());
    let mut count = 0_u32;
    Phone::new(&own.clone(), move |agent: &mut UserAgent, now, event: &ua::Event| {
        let ua::Event::Incoming { session, request } = event else { return };
        count += 1;
        let from = source(request);
        let reply = match how {
            Challenger::Honest(status) => {
                let name = match status {
                    401 => HeaderName::AUTHORIZATION,
                    _ => HeaderName::PROXY_AUTHORIZATION,
                };
                let message = request.request();
                let given = message.headers().raw(&name);
                let verdict = given.map(|given| {
                    server.verify(1, &from, given, "INVITE", message.body(), |user| {
                        (user == "agent").then_some(&account)
                    })
                });
                match verdict {
                    Some(Verdict::Accepted { .. }) => {
                        return pick_up(agent, now, *session, &own, request);
                    }
                    Some(Verdict::Refused { .. }) => Reply::new(StatusCode::FORBIDDEN),
                    _ => challenge(status, &server.challenge(1, &from, false)),
                }
            }
            Challenger::Fresh => challenge(401, &server.challenge(u64::from(count), &from, false)),
            Challenger::Stale => challenge(401, &server.challenge(u64::from(count), &from, true)),
            Challenger::Realms => {
                let realm = format!("realm{count}");
                let mut server = Server::new(&realm, [8; 32], ServerLimits::default());
                challenge(407, &server.challenge(u64::from(count), &from, false))
            }
            Challenger::Both => {
                let status = if count.is_multiple_of(2) { 401 } else { 407 };
                challenge(status, &server.challenge(u64::from(count), &from, true))
            }
        };
        agent.answer(now, *session, reply).unwrap();
    })
}

#[test]
fn we_prove_ourselves_to_a_trunk_that_asks() {
    for status in [401, 407] {
        // (password, whether the call is carried)
        for (password, carried) in [("right", true), ("wrong", false)] {
            let config = config(|trunk| trunk, |trunk| trunk.outbound("agent", password));
            let mut board = world(&config, challenging(Challenger::Honest(status)));
            let call = board.dial("a");
            board.run_ms(100);
            let invites = board.requests_to("b", &Method::INVITE);
            assert_eq!(invites.len(), 2, "{}", board.ladder());
            let text = String::from_utf8_lossy(invites[1].bytes()).into_owned();
            assert!(!text.contains(password), "the password itself is never sent");
            let got = board.final_to("a");
            if carried {
                assert_eq!(got.status(), StatusCode::OK);
                board.assert_talking("a", "b");
                board.bye("a", call);
                assert_eq!(board.over_one().failure, None);
            } else {
                // The called side's 403 speaks of our credentials; it refused the call all the same.
                assert_eq!(got.status(), StatusCode::FORBIDDEN);
                board.over_one();
            }
        }
    }
}

#[test]
fn credentials_that_are_challenged_again_are_not_the_callers_business() {
    // T12: a challenger that is never content gets three INVITEs at most, within a second: one more
    // for a stale nonce or another realm, none for the same realm again.
    for (how, expected) in [
        (Challenger::Fresh, 2),
        (Challenger::Stale, 3),
        (Challenger::Realms, 3),
        (Challenger::Both, 3),
    ] {
        let config = config(|trunk| trunk, |trunk| trunk.outbound("agent", "right"));
        let mut board = world(&config, challenging(how));
        board.dial("a");
        board.run(Duration::from_secs(1));
        let invites = board.requests_to("b", &Method::INVITE).len();
        assert_eq!(invites, expected, "{how:?}\n{}", board.ladder());
        let got = board.final_to("a");
        assert_eq!(got.status(), StatusCode::SERVER_INTERNAL_ERROR, "{how:?}");
        assert!(header(got.headers(), "Warning").starts_with("399 "), "{how:?}");
        for name in ["WWW-Authenticate", "Proxy-Authenticate"] {
            assert_eq!(header(got.headers(), name), "", "{how:?}: {name} leaks");
        }
        let record = board.over_one();
        let failure = CallFailure::AuthenticationRefused { trunk: "b".to_owned() };
        assert_eq!(record.failure, Some(failure), "{how:?}");
        assert!(matches!(&board.endings("a")[..], [Cause::Rejected(_)]));
    }
}

#[test]
fn a_refused_account_tries_no_other_trunk() {
    let trunks = [
        trunk("a", "127.0.2.1"),
        trunk("b", B).outbound("agent", "right"),
        trunk("b2", "127.0.3.2"),
    ];
    let config = config_of(trunks, [Route::from("a").to("b").or("b2")]);
    let mut board = world(&config, challenging(Challenger::Fresh));
    board.phone("b2", "127.0.3.2:5060", Phone::friendly(&voice("127.0.3.2")));
    board.dial("a");
    board.run_ms(500);
    assert!(board.requests_to("b2", &Method::INVITE).is_empty());
    board.over_one();
}

/// What a registrar saw: method, Expires, and whether credentials were there.
type Seen = Rc<RefCell<Vec<(u32, bool)>>>;

/// A phone that is a registrar: challenges, takes `agent` with `right`, grants so many seconds; or
/// answers everything with a status.
fn registrar(seen: &Seen, granted: u32, refusal: Option<Reply>) -> Phone {
    let own = voice(B);
    let account = Account::new("agent", "right");
    let mut server = Server::new("registrar", [9; 32], ServerLimits::default());
    let (seen, mut start) = (Rc::clone(seen), None::<Instant>);
    Phone::new(&own.clone(), move |agent: &mut UserAgent, now, event: &ua::Event| {
        let ua::Event::Request { transaction, request } = event else { return };
        let message = request.request();
        if *message.method() != Method::REGISTER {
            return;
        }
        let headers = message.headers();
        let elapsed = now - *start.get_or_insert(now);
        let millis = u64::try_from(elapsed.as_millis()).unwrap();
        let expires: u32 = header(headers, "Expires").parse().unwrap();
        let given = headers.raw(&HeaderName::AUTHORIZATION);
        seen.borrow_mut().push((expires, given.is_some()));
        let from = source(request);
        let reply = if let Some(refusal) = &refusal {
            refusal.clone()
        } else {
            let verdict = given.map(|given| {
                server.verify(millis, &from, given, "REGISTER", b"", |_| Some(&account))
            });
            match verdict {
                Some(Verdict::Accepted { .. }) => {
                    let contact = header(headers, "Contact");
                    let expires = expires.min(granted);
                    let contact = HeaderValue::new(format!("{contact};expires={expires}")).unwrap();
                    Reply::new(StatusCode::OK).extra(HeaderName::CONTACT, contact)
                }
                Some(Verdict::Stale) => challenge(401, &server.challenge(millis, &from, true)),
                _ => challenge(401, &server.challenge(millis, &from, false)),
            }
        };
        agent.respond(now, *transaction, reply).unwrap();
    })
}

fn registering(password: &str) -> Config {
    config(
        |trunk| trunk,
        |trunk| {
            trunk
                .outbound("agent", password)
                .register(true)
                .register_expires(Duration::from_secs(600))
        },
    )
}

#[test]
fn a_registration_stands_is_refreshed_and_given_back() {
    let seen = Seen::default();
    let mut board = world(&registering("right"), registrar(&seen, 100, None));
    board.run_ms(500);
    let registered = |board: &Switchboard| {
        let events = board.events.iter().filter_map(|event| match event {
            Event::Registered { trunk, expires } => Some((trunk.clone(), *expires)),
            _ => None,
        });
        events.collect::<Vec<_>>()
    };
    let granted = ("b".to_owned(), Duration::from_secs(100));
    assert_eq!(registered(&board), [granted], "{}", board.ladder());
    assert_eq!(*seen.borrow(), [(600, false), (600, true)]);
    let register = board.requests_to("b", &Method::REGISTER).remove(0);
    assert_eq!(register.uri(), b"sip:127.0.3.1:5060", "the registrar's domain, no user");
    assert_eq!(header(register.headers(), "To"), "<sip:agent@127.0.3.1>");
    assert_eq!(header(register.headers(), "Contact"), "<sip:agent@127.0.1.1:5060>");
    // Refreshed at 50 to 90 % of what was granted, for as long as it takes.
    board.run(Duration::from_secs(300));
    let times = registered(&board).len();
    assert!((4..=7).contains(&times), "{times} in 300 s\n{}", board.ladder());
    board.bridge(Bridge::shutdown);
    board.run_ms(500);
    assert_eq!(seen.borrow().last(), Some(&(0, true)), "Expires 0");
    let before = seen.borrow().len();
    assert!(board.over().is_empty());
    assert_eq!(seen.borrow().len(), before, "it does not come back");
}

#[test]
fn a_registration_that_fails_is_told_and_tried_again_where_that_makes_sense() {
    let later = Reply::new(StatusCode::SERVICE_UNAVAILABLE)
        .extra(HeaderName::RETRY_AFTER, HeaderValue::from_static("20").unwrap());
    // (password, the registrar's refusal, what the reason says, whether it is tried again)
    let rows = [
        ("wrong", None, "credentials", false),
        ("right", Some(Reply::new(StatusCode::FORBIDDEN)), "403", true),
        ("right", Some(Reply::new(StatusCode::SERVER_INTERNAL_ERROR)), "500", true),
        ("right", Some(later), "503", true),
    ];
    for (password, refusal, told, again) in rows {
        let seen = Seen::default();
        let mut board = world(&registering(password), registrar(&seen, 100, refusal));
        board.run_ms(500);
        let failed = board.events.iter().find_map(|event| match event {
            Event::RegistrationFailed { trunk, reason, retry_in } => {
                Some((trunk.clone(), reason.clone(), *retry_in))
            }
            _ => None,
        });
        let (trunk, reason, retry_in) = failed.expect("a failure that was told");
        assert_eq!(trunk, "b");
        assert!(reason.contains(told), "{reason}");
        assert_eq!(retry_in.is_some(), again, "{told}");
        let before = seen.borrow().len();
        board.run(Duration::from_secs(60));
        assert_eq!(seen.borrow().len() > before, again, "{told}");
        // Calls go on without it.
        board.dial("a");
        board.run_ms(100);
        assert_eq!(board.requests_to("b", &Method::INVITE).len(), 1);
        board.bridge(Bridge::shutdown);
        assert_eq!(board.over().len(), 1);
    }
}

#[test]
fn a_registrar_that_is_not_there_is_asked_again_and_left_in_peace_at_the_end() {
    let mut board = Switchboard::new(&registering("right"));
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
    board.run(Duration::from_secs(40));
    let failed = |event: &&Event| matches!(event, Event::RegistrationFailed { .. });
    assert_eq!(board.events.iter().filter(failed).count(), 1);
    board.run(Duration::from_secs(120));
    assert!(board.events.iter().filter(failed).count() > 1);
    board.bridge(Bridge::shutdown);
    assert!(board.over().is_empty());
}

#[test]
fn a_stranger_on_a_trunks_address_is_judged_by_address_and_number_alone() {
    // A request outside a dialog that is no INVITE and no OPTIONS is nobody's here (T13).
    let guarded = config(|trunk| trunk.digest("five9", "right"), |trunk| trunk);
    let mut board = world(&guarded, Phone::friendly(&voice(B)));
    for (at, method) in
        ["MESSAGE", "SUBSCRIBE", "REGISTER", "PUBLISH", "NOTIFY", "REFER"].into_iter().enumerate()
    {
        let text = format!(
            "{method} sip:{NUMBER}@127.0.1.1:5060 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 127.0.2.1:5060;branch=z9hG4bKout{at}\r\nMax-Forwards: 70\r\n\
             From: <sip:x@127.0.2.1>;tag=t{at}\r\nTo: <sip:{NUMBER}@127.0.1.1>\r\n\
             Contact: <sip:x@127.0.2.1:5060>\r\n\
             Call-ID: out{at}\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
        );
        let (from, to) =
            (board.sip("a"), siptrunk_tests::scene::address(siptrunk_tests::scene::GATEWAY));
        board.world.inject(from, to, text.into_bytes());
        board.run_ms(50);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert_eq!(board.statuses_to("a", &method), [405], "{}", board.ladder());
    }
    assert!(board.over().is_empty());
}
