//! Digest challenges (RFC 3261 section 22): whom credentials are shown to, and how often.

mod wire;

use std::time::Duration;

use siptrunk_digest::{Account, Credentials, Server, ServerLimits, Verdict};
use siptrunk_message::{HeaderList, Method};
use siptrunk_transaction::Core;
use siptrunk_ua::{Cause, Event, Invite, SessionId};
use wire::{BOB, Script, World, header, label_of, reply};

const MALLORY: &str = "127.0.6.6:5060";
const CONTACT: &str = "Contact: <sip:bob@127.0.2.1>\n";

fn challenge(header: &str, realm: &str, nonce: &str) -> String {
    format!("{header}: Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"\n")
}

fn www(realm: &str, nonce: &str) -> String {
    challenge("WWW-Authenticate", realm, nonce)
}

fn proxy(realm: &str, nonce: &str) -> String {
    challenge("Proxy-Authenticate", realm, nonce)
}

fn with_account(invite: &mut Invite) {
    invite.account = Some(Account::new("alice", "wonderland"));
}

fn cseq(bytes: &bytes::Bytes) -> u32 {
    header(bytes, "CSeq").unwrap().split(' ').next().unwrap().parse().unwrap()
}

// ---- RFC 3665 3.3

#[test]
fn an_invite_is_sent_again_with_credentials() {
    for (status, ask, answer) in [
        ("401 Unauthorized", "WWW-Authenticate", "Authorization"),
        ("407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization"),
    ] {
        let mut world = World::alone();
        let session = world.dial_with(with_account);
        let first = world.receive(BOB);
        assert_eq!(header(&first, answer), None);
        world.say(BOB, 0, &reply(&first, status, "c", &challenge(ask, "biloxi", "n1")));
        assert_eq!(label_of(&world.receive(BOB)), "ACK");
        let second = world.receive(BOB);
        assert_eq!(cseq(&second), cseq(&first) + 1);
        for same in ["Call-ID", "From", "To", "Contact"] {
            assert_eq!(header(&first, same), header(&second, same), "{same}");
        }
        assert_ne!(header(&first, "Via"), header(&second, "Via"));
        let value = header(&second, answer).unwrap();
        let proof = Credentials::parse(value.as_bytes()).unwrap();
        assert_eq!((proof.username(), proof.realm(), proof.nonce()), ("alice", "biloxi", "n1"));
        assert_eq!(proof.uri(), "sip:bob@biloxi.example");
        world.assert_quiet(0);
        world.say(BOB, 0, &reply(&second, "200 OK", "b", CONTACT));
        assert!(matches!(world.event(0), Event::Answered { .. }));
        // The ACK of the 2xx has the same credentials (22.1).
        assert_eq!(header(&world.receive(BOB), answer).unwrap(), value);
        world.bye(0, session);
        world.assert_empty();
    }
}

#[test]
fn a_proxy_and_the_far_end_may_both_ask() {
    let mut world = World::alone();
    let session = world.dial_with(with_account);
    let first = world.receive(BOB);
    world.say(BOB, 0, &reply(&first, "407 Proxy", "c", &proxy("proxy", "n1")));
    let second = world.receive_past(BOB, "ACK");
    world.say(BOB, 0, &reply(&second, "401 Unauthorized", "d", &www("far end", "n2")));
    let third = world.receive_past(BOB, "ACK");
    let proxy = header(&third, "Proxy-Authorization").unwrap();
    let far_end = header(&third, "Authorization").unwrap();
    // The proxy sees its nonce a second time: with the next count.
    assert!(proxy.contains("nc=00000002") && far_end.contains("nc=00000001"), "{proxy} {far_end}");
    world.say(BOB, 0, &reply(&third, "200 OK", "b", CONTACT));
    assert!(matches!(world.event(0), Event::Answered { session: it, .. } if it == session));
}

/// 22.3: a forking proxy gathers the challenges of all whom it asked.
#[test]
fn all_who_ask_in_one_response_are_answered_at_once() {
    let mut world = World::alone();
    world.dial_with(with_account);
    let first = world.receive(BOB);
    let asked = [proxy("first", "n1"), www("far end", "n2"), proxy("second", "n3")].concat();
    world.say(BOB, 0, &reply(&first, "407 Proxy", "c", &asked));
    let second = world.receive_past(BOB, "ACK");
    let text = String::from_utf8_lossy(&second);
    let proofs = |name: &str| {
        let values = text.lines().filter_map(|line| line.strip_prefix(name));
        values
            .map(|value| {
                let proof = Credentials::parse(value.as_bytes()).unwrap();
                (proof.realm().to_owned(), proof.nonce().to_owned(), proof.nc())
            })
            .collect::<Vec<_>>()
    };
    let proof = |realm: &str, nonce: &str| (realm.to_owned(), nonce.to_owned(), Some(1));
    assert_eq!(proofs("Proxy-Authorization:"), [proof("first", "n1"), proof("second", "n3")]);
    assert_eq!(proofs("Authorization:"), [proof("far end", "n2")]);
}

/// Two proxies in a chain: the second asks once the first is content.
#[test]
fn a_second_proxy_does_not_take_the_place_of_the_first() {
    let mut world = World::alone();
    world.dial_with(with_account);
    let first = world.receive(BOB);
    world.say(BOB, 0, &reply(&first, "407 Proxy", "c", &proxy("first", "n1")));
    let second = world.receive_past(BOB, "ACK");
    world.say(BOB, 0, &reply(&second, "407 Proxy", "d", &proxy("second", "n2")));
    let third = world.receive_past(BOB, "ACK");
    let text = String::from_utf8_lossy(&third);
    assert_eq!(text.matches("\r\nProxy-Authorization:").count(), 2, "{text}");
    assert!(text.contains("nonce=\"n1\"") && text.contains("nc=00000002"), "{text}");
    assert!(text.contains("nonce=\"n2\"") && text.contains("nc=00000001"), "{text}");
}

// ---- T12: a challenger that is never content

#[test]
fn a_rogue_challenger_gets_at_most_three_invites() {
    // The same realm with a new nonce each time, stale each time, and a new realm each time.
    let rogues: [fn(u32) -> String; 3] = [
        |n| www("biloxi", &format!("n{n}")),
        |n| www("biloxi", &format!("n{n}")).replace("qop=", "stale=true, qop="),
        |n| www(&format!("realm-{n}"), &format!("n{n}")),
    ];
    for rogue in rogues {
        let mut world = World::alone();
        let session = world.dial_with(with_account);
        let mut invites = 0;
        let response = loop {
            let next = world.receive(BOB);
            if label_of(&next) != "INVITE" {
                continue;
            }
            invites += 1;
            world.say(BOB, 0, &reply(&next, "401 Unauthorized", "c", &rogue(invites)));
            if let Some(event) = world.nodes[0].events.pop_front() {
                let Event::Ended { session: it, ending } = event else { panic!("{event:?}") };
                assert_eq!(it, session);
                let Cause::AuthenticationFailed(response) = ending.cause else {
                    panic!("{ending:?}")
                };
                break response;
            }
        };
        assert_eq!(response.status().code(), 401);
        assert!(invites <= 3, "{invites} INVITEs");
        assert!(world.elapsed() < Duration::from_secs(1));
        world.assert_empty();
    }
}

// Not in an INVITE alone: no request is sent more than three times for it.
#[test]
fn a_rogue_inside_the_dialog_gets_at_most_three_of_any_request() {
    for method in [Method::INFO, Method::UPDATE, Method::INVITE, Method::OPTIONS, Method::BYE] {
        let mut world = World::alone();
        let session = world.dial_with(with_account);
        let first = world.receive(BOB);
        world.say(BOB, 0, &reply(&first, "401 Unauthorized", "c", &www("biloxi", "n0")));
        let second = world.receive_past(BOB, "ACK");
        world.say(BOB, 0, &reply(&second, "200 OK", "b", CONTACT));
        assert!(matches!(world.event(0), Event::Answered { .. }));
        world.receive(BOB);
        let (begun, now) = (world.elapsed(), world.now);
        if method == Method::BYE {
            world.bye(0, session);
        } else {
            let headers = HeaderList::new();
            world.ua(0).request(now, session, method.clone(), headers, None).unwrap();
        }
        let mut sent = 0;
        while world.nodes[0].events.is_empty() {
            let next = world.receive(BOB);
            if label_of(&next) == method.as_str() {
                sent += 1;
                let again = www("biloxi", &format!("n{sent}")).replace("qop=", "stale=true, qop=");
                world.say(BOB, 0, &reply(&next, "401 Unauthorized", "", &again));
            }
        }
        assert!((2..=3).contains(&sent), "{sent} {method}");
        assert!(world.since(begun) < Duration::from_secs(1), "{method}");
        match world.event(0) {
            Event::Response { outcome: Ok(response), .. } => {
                assert_eq!(response.status().code(), 401, "{method}");
            }
            Event::Ended { ending, .. } => {
                let Cause::LocalBye(Ok(status)) = ending.cause else { panic!("{ending:?}") };
                assert_eq!((status.code(), method), (401, Method::BYE));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn no_account_no_answer() {
    let mut world = World::alone();
    let session = world.dial();
    let first = world.receive(BOB);
    world.say(BOB, 0, &reply(&first, "401 Unauthorized", "c", &www("biloxi", "n1")));
    assert!(matches!(world.ended(0, session), Cause::AuthenticationFailed(_)));
    world.assert_empty();
    assert_eq!(world.all("INVITE").len(), 1);
}

#[test]
fn a_challenge_that_cannot_be_read_is_not_answered() {
    for rest in ["", "WWW-Authenticate: Basic realm=\"x\"\n", "WWW-Authenticate: Digest realm\n"] {
        let mut world = World::alone();
        let session = world.dial_with(with_account);
        let first = world.receive(BOB);
        world.say(BOB, 0, &reply(&first, "401 Unauthorized", "c", rest));
        assert!(matches!(world.ended(0, session), Cause::AuthenticationFailed(_)));
        world.assert_empty();
        assert_eq!(world.all("INVITE").len(), 1);
    }
}

// ---- T10: who may ask

fn call(world: &mut World, first_challenge: Option<&str>) -> SessionId {
    let session = world.dial_with(with_account);
    let mut invite = world.receive(BOB);
    if let Some(realm) = first_challenge {
        world.say(BOB, 0, &reply(&invite, "401 Unauthorized", "c", &www(realm, "n1")));
        invite = world.receive_past(BOB, "ACK");
    }
    // The far end says that it lives somewhere else.
    world.say(BOB, 0, &reply(&invite, "200 OK", "b", "Contact: <sip:bob@127.0.6.6>\n"));
    assert!(matches!(world.event(0), Event::Answered { session: it, .. } if it == session));
    session
}

#[test]
fn a_stranger_behind_a_contact_gets_no_credentials() {
    let mut world = World::alone();
    let session = call(&mut world, Some("biloxi"));
    world.bye(0, session);
    let bye = world.receive_past(MALLORY, "ACK");
    assert_eq!(label_of(&bye), "BYE");
    for name in ["Authorization", "Proxy-Authorization"] {
        assert_eq!(header(&bye, name), None);
    }
    world.say(MALLORY, 0, &reply(&bye, "407 Proxy", "", &proxy("biloxi", "n9")));
    let cause = world.ended(0, session);
    assert!(matches!(&cause, Cause::LocalBye(Ok(status)) if status.code() == 407), "{cause:?}");
    assert_eq!(world.all("BYE").len(), 1);
    world.assert_empty();
}

#[test]
fn a_bye_is_answered_for_the_peer_that_was_dialled() {
    let mut world = World::alone();
    let session = world.dial_with(with_account);
    let invite = world.receive(BOB);
    world.say(BOB, 0, &reply(&invite, "401 Unauthorized", "c", &www("biloxi", "n1")));
    let invite = world.receive_past(BOB, "ACK");
    world.say(BOB, 0, &reply(&invite, "200 OK", "b", CONTACT));
    assert!(matches!(world.event(0), Event::Answered { .. }));
    assert_eq!(label_of(&world.receive(BOB)), "ACK");
    let mut headers = HeaderList::new();
    headers.push_str("X-RouteType", "SkillTransfer").unwrap();
    let now = world.now;
    world.ua(0).bye(now, session, headers).unwrap();
    let bye = world.receive(BOB);
    world.say(BOB, 0, &reply(&bye, "401 Unauthorized", "", &www("biloxi", "n2")));
    let again = world.receive(BOB);
    assert_eq!(label_of(&again), "BYE");
    assert_eq!(cseq(&again), cseq(&bye) + 1);
    assert_eq!(header(&again, "X-RouteType").unwrap(), "SkillTransfer");
    assert!(header(&again, "Authorization").unwrap().contains("nonce=\"n2\""));
    world.say(BOB, 0, &reply(&again, "200 OK", "", ""));
    assert!(matches!(world.ended(0, session), Cause::LocalBye(Ok(_))));
    world.assert_empty();
}

#[test]
fn inside_the_dialog_only_the_realm_of_the_invite_is_answered() {
    let mut world = World::alone();
    let session = world.dial_with(with_account);
    let invite = world.receive(BOB);
    world.say(BOB, 0, &reply(&invite, "401 Unauthorized", "c", &www("biloxi", "n1")));
    let invite = world.receive_past(BOB, "ACK");
    world.say(BOB, 0, &reply(&invite, "200 OK", "b", CONTACT));
    assert!(matches!(world.event(0), Event::Answered { .. }));
    world.bye(0, session);
    let bye = world.receive_past(BOB, "ACK");
    world.say(BOB, 0, &reply(&bye, "401 Unauthorized", "", &www("another trunk", "n2")));
    let cause = world.ended(0, session);
    assert!(matches!(&cause, Cause::LocalBye(Ok(status)) if status.code() == 401), "{cause:?}");
    assert_eq!(world.all("BYE").len(), 1);
}

#[test]
fn a_session_of_the_peer_has_no_account_unless_it_is_lent_one() {
    for lent in [false, true] {
        let mut world = World::alone();
        let script = Script {
            peer: BOB,
            from: "<sip:bob@biloxi.example>;tag=b1",
            to: "<sip:alice@atlanta.example>",
            call_id: "bob-1",
        };
        world.say(BOB, 0, &script.request("INVITE", 1, "i", &wire::with_offer(CONTACT)));
        let session = world.incoming(0);
        if lent {
            world.ua(0).set_account(session, Account::new("alice", "wonderland")).unwrap();
        }
        world.answer(0, session, siptrunk_message::StatusCode::OK);
        let ok = world.receive_past(BOB, "100 INVITE");
        let to = header(&ok, "To").unwrap();
        world.say(BOB, 0, &Script { to: &to, ..script }.request("ACK", 1, "a", ""));
        assert!(matches!(world.event(0), Event::Confirmed { .. }));
        world.bye(0, session);
        let bye = world.receive(BOB);
        world.say(BOB, 0, &reply(&bye, "401 Unauthorized", "", &www("biloxi", "n1")));
        if lent {
            let again = world.receive(BOB);
            assert!(header(&again, "Authorization").unwrap().contains("username=\"alice\""));
            world.say(BOB, 0, &reply(&again, "200 OK", "", ""));
        }
        let status = if lent { 200 } else { 401 };
        let cause = world.ended(0, session);
        assert!(matches!(&cause, Cause::LocalBye(Ok(it)) if it.code() == status), "{cause:?}");
        world.assert_empty();
    }
}

#[test]
fn secrets_are_in_no_debug_output() {
    let mut world = World::alone();
    let session = world.dial_with(with_account);
    let invite = world.receive(BOB);
    world.say(BOB, 0, &reply(&invite, "401 Unauthorized", "c", &www("biloxi", "n1")));
    let proof = header(&world.receive_past(BOB, "ACK"), "Authorization").unwrap();
    let proof = Credentials::parse(proof.as_bytes()).unwrap().response().to_owned();
    let printed = format!("{:?} {session:?}", world.nodes[0].ua);
    assert!(!printed.contains("wonderland") && !printed.contains(&proof));
    assert!(!world.nodes[0].ua.live().is_empty());
}

// ---- RFC 7616 3.5

#[test]
fn a_server_that_proves_itself_is_told_from_one_that_cannot() {
    for (forged, proven, unproven) in [(false, 1, 0), (true, 0, 1)] {
        let mut world = World::alone();
        let session = world.dial_with(with_account);
        let first = world.receive(BOB);
        let account = Account::new("alice", "wonderland");
        let mut server = Server::new("biloxi", [7; 32], ServerLimits::default());
        let ask = format!("WWW-Authenticate: {}\n", server.challenge(0, b"", false));
        world.say(BOB, 0, &reply(&first, "401 Unauthorized", "c", &ask));
        let second = world.receive_past(BOB, "ACK");
        let value = header(&second, "Authorization").unwrap();
        let body = wire::request(&second).body_bytes();
        let find = |_: siptrunk_digest::User<'_>| Some(&account);
        let verdict = server.verify_user(0, b"", value.as_bytes(), "INVITE", &body, find);
        let Verdict::Accepted { confirmation, .. } = verdict else { panic!("{verdict:?}") };
        let mut info = confirmation.info(b"", None).unwrap().to_string();
        if forged {
            let at = info.find("rspauth=\"").unwrap() + 9;
            info.replace_range(
                at..at + 4,
                if &info[at..at + 4] == "0000" { "1111" } else { "0000" },
            );
        }
        let answer = format!("{CONTACT}Authentication-Info: {info}\n");
        world.say(BOB, 0, &reply(&second, "200 OK", "b", &answer));
        // The response stands either way: it is counted, and the call goes on.
        assert!(matches!(world.event(0), Event::Answered { session: it, .. } if it == session));
        let counters = *world.ua(0).counters();
        assert_eq!((counters.proven_servers, counters.unproven_servers), (proven, unproven));
        // A repetition proves nothing again.
        world.say(BOB, 0, &reply(&second, "200 OK", "b", &answer));
        assert_eq!(world.ua(0).counters().proven_servers, proven);
    }
}
