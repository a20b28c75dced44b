//! Rules inside and around dialogs, shown with literal messages of a scripted peer.

mod wire;

use std::time::Duration;

use siptrunk_message::{Body, HeaderList, HeaderValue, Method, StatusCode};
use siptrunk_transaction::Core;
use siptrunk_ua::{Cause, Event, Reply, RequestFailure, SessionId, UaError};
use wire::{ALICE, BOB, Script, World, address, header, label_of, reply, request, response, sdp};

/// Carol and Dave are scripted.
const CAROL: &str = "127.0.3.1:5060";
const DAVE: &str = "127.0.3.2:5060";

fn carol_calls() -> Script<'static> {
    Script {
        peer: CAROL,
        from: "Carol <sip:carol@chicago.example>;tag=c1",
        to: "<sip:alice@atlanta.example>",
        call_id: "carol-1",
    }
}

/// Carol calls Alice with these header lines, and Alice answers; gives Alice's session and Carol's
/// script inside the dialog, with CSeq 7 used up.
fn answered(world: &mut World, headers: &str) -> (SessionId, String) {
    let invite = carol_calls().request("INVITE", 7, "i", &wire::with_offer(headers));
    world.say(CAROL, 0, &invite);
    let session = world.incoming(0);
    world.answer(0, session, StatusCode::OK);
    let ok = world.receive_past(CAROL, "100 INVITE");
    assert_eq!(label_of(&ok), "200 INVITE");
    (session, header(&ok, "To").unwrap())
}

fn inside(to: &str) -> Script<'_> {
    Script { to, ..carol_calls() }
}

fn confirmed(world: &mut World, headers: &str) -> (SessionId, String) {
    let (session, to) = answered(world, headers);
    world.say(CAROL, 0, &inside(&to).request("ACK", 7, "ack", ""));
    assert!(matches!(world.event(0), Event::Confirmed { .. }));
    (session, to)
}

const CONTACT: &str = "Contact: <sip:carol@127.0.3.1:5060>\n";

// ---- requests that are refused before anyone hears of them (RFC 3261 8.2)

#[test]
fn requests_outside_dialogs_are_refused_as_rfc_3261_8_2_has_it() {
    let offer = |headers: &str| wire::with_offer(headers);
    let cases = [
        ("REFER", format!("{CONTACT}Refer-To: <sip:x@127.0.0.1>\n"), 405, "Allow"),
        ("DANCE", String::new(), 501, "Allow"),
        ("BYE", String::new(), 481, ""),
        ("INFO", String::new(), 481, ""),
        ("UPDATE", CONTACT.to_owned(), 481, ""),
        ("INVITE", offer(&format!("{CONTACT}Require: 100rel, sauce\n")), 420, "Unsupported"),
        ("OPTIONS", "Require: sauce\n".to_owned(), 420, "Unsupported"),
        ("INVITE", offer(""), 400, ""),
        ("INVITE", offer("Contact: <sip:carol@127.0.3.1\n"), 400, ""),
        (
            "INVITE",
            format!("{CONTACT}Content-Type: application/ice\nContent-Length: 2\n\nhi"),
            415,
            "Accept",
        ),
    ];
    for (number, (method, rest, status, with)) in cases.into_iter().enumerate() {
        let mut world = World::alone();
        let script = Script { call_id: &format!("case-{number}"), ..carol_calls() };
        world.say(CAROL, 0, &script.request(method, 1, &format!("b{number}"), &rest));
        let refused = world.receive_past(CAROL, "100 INVITE");
        assert_eq!(label_of(&refused), format!("{status} {method}"));
        if !with.is_empty() {
            let value = header(&refused, with).unwrap_or_else(|| panic!("{method}: no {with}"));
            if with == "Unsupported" {
                assert!(value.ends_with("sauce"), "{value}");
            }
        }
        assert!(header(&refused, "To").unwrap().contains(";tag="));
        world.assert_quiet(0);
        world.assert_empty();
    }
}

#[test]
fn an_invite_that_comes_twice_by_two_paths_is_a_loop() {
    let mut world = World::alone();
    let rest = wire::with_offer(CONTACT);
    world.say(CAROL, 0, &carol_calls().request("INVITE", 1, "one", &rest));
    let session = world.incoming(0);
    world.say(CAROL, 0, &carol_calls().request("INVITE", 1, "two", &rest));
    assert_eq!(label_of(&world.receive_past(CAROL, "100 INVITE")), "482 INVITE");
    world.assert_quiet(0);
    world.answer(0, session, StatusCode::BUSY_HERE);
    assert!(matches!(world.ended(0, session), Cause::RejectedLocally(_)));
    world.assert_empty();
}

#[test]
fn options_outside_a_dialog_are_the_applications_to_answer() {
    let mut world = World::alone();
    world.say(CAROL, 0, &carol_calls().request("OPTIONS", 1, "o", ""));
    let Event::Request { transaction, request } = world.event(0) else { panic!("no request") };
    assert_eq!(request.request().method(), &Method::OPTIONS);
    let now = world.now;
    world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)).unwrap();
    let ok = world.receive(CAROL);
    assert_eq!(label_of(&ok), "200 OPTIONS");
    assert_eq!(header(&ok, "Allow").unwrap(), "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE");
    let now = world.now;
    assert!(matches!(
        world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)),
        Err(UaError::UnknownRequest)
    ));
    world.assert_empty();
}

#[test]
fn a_request_that_nobody_responds_to_is_forgotten_without_a_word() {
    let mut world = World::alone();
    world.say(CAROL, 0, &carol_calls().request("OPTIONS", 1, "o", ""));
    let Event::Request { transaction, .. } = world.event(0) else { panic!("no request") };
    world.run(Duration::from_secs(40));
    let responses: Vec<_> = world.ladder().split_off(1);
    assert!(responses.iter().all(|line| line.ends_with("100 OPTIONS")), "{responses:?}");
    let now = world.now;
    assert!(matches!(
        world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)),
        Err(UaError::UnknownRequest)
    ));
    world.assert_empty();
}

// ---- dialogs: who is inside, and in which order (RFC 3261 12.2.2)

#[test]
fn a_request_inside_an_unknown_dialog_gets_481() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let stranger = Script { from: "<sip:mallory@example.com>;tag=c1", ..inside(&to) };
    let strangers = [
        Script { from: "<sip:carol@chicago.example>;tag=other", ..inside(&to) },
        Script { from: "<sip:carol@chicago.example>", ..inside(&to) },
        Script { call_id: "other", ..inside(&to) },
        Script { to: "<sip:alice@atlanta.example>;tag=other", ..inside(&to) },
    ];
    for (number, script) in strangers.iter().enumerate() {
        world.say(CAROL, 0, &script.request("BYE", 8, &format!("s{number}"), ""));
        assert_eq!(label_of(&world.receive(CAROL)), "481 BYE");
    }
    world.assert_quiet(0);
    // Tags and Call-ID make the dialog; the URIs of From and To do not (12.2.2).
    world.say(CAROL, 0, &stranger.request("BYE", 8, "m", ""));
    assert_eq!(label_of(&world.receive(CAROL)), "200 BYE");
    assert!(matches!(world.ended(0, session), Cause::RemoteBye(_)));
    world.assert_empty();
}

#[test]
fn a_cseq_that_does_not_rise_gets_500() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let script = inside(&to);
    for (number, cseq) in [6, 7].into_iter().enumerate() {
        world.say(CAROL, 0, &script.request("BYE", cseq, &format!("old{number}"), ""));
        assert_eq!(label_of(&world.receive(CAROL)), "500 BYE");
    }
    world.assert_quiet(0);
    // Gaps are no error.
    world.say(CAROL, 0, &script.request("INFO", 70, "info", ""));
    let Event::InDialog { transaction, .. } = world.event(0) else { panic!("no INFO") };
    let now = world.now;
    world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)).unwrap();
    assert_eq!(label_of(&world.receive(CAROL)), "200 INFO");
    world.say(CAROL, 0, &script.request("BYE", 70, "again", ""));
    assert_eq!(label_of(&world.receive(CAROL)), "500 BYE");
    world.say(CAROL, 0, &script.request("BYE", 71, "bye", ""));
    assert_eq!(label_of(&world.receive(CAROL)), "200 BYE");
    assert!(matches!(world.ended(0, session), Cause::RemoteBye(_)));
    world.assert_empty();
}

#[test]
fn our_own_cseq_rises_by_one() {
    let mut world = World::pair();
    let (alice, bob) = world.established();
    let now = world.now;
    let first = world.nodes[0].ua.dialog(alice).unwrap().local_sequence();
    for number in 1..=3 {
        let now = world.now;
        let info = world.ua(0).request(now, alice, Method::INFO, HeaderList::new(), None).unwrap();
        let Event::InDialog { session, transaction, request } = world.event(1) else {
            panic!("no INFO")
        };
        assert_eq!((session, request.essentials().cseq().number), (bob, first + number));
        let now = world.now;
        world.ua(1).respond(now, transaction, Reply::new(StatusCode::OK)).unwrap();
        let Event::Response { request, outcome } = world.event(0) else { panic!("no 200") };
        assert_eq!(request, info);
        assert_eq!(outcome.unwrap().status(), StatusCode::OK);
    }
    assert!(world.now > now);
    world.bye(0, alice);
    world.assert_empty();
}

#[test]
fn methods_with_a_verb_of_their_own_are_refused_by_request() {
    let mut world = World::pair();
    let (alice, _) = world.established();
    let now = world.now;
    for method in [Method::ACK, Method::BYE, Method::CANCEL, Method::REGISTER] {
        let refused = world.ua(0).request(now, alice, method.clone(), HeaderList::new(), None);
        assert!(matches!(refused, Err(UaError::UnsuitableMethod { method: it }) if it == method));
    }
}

#[test]
fn pending_requests_get_487_when_the_session_ends() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let script = inside(&to);
    world.say(CAROL, 0, &script.request("INFO", 8, "info", ""));
    let Event::InDialog { transaction, .. } = world.event(0) else { panic!("no INFO") };
    world.say(CAROL, 0, &script.request("BYE", 9, "bye", ""));
    assert_eq!(label_of(&world.receive(CAROL)), "200 BYE");
    assert_eq!(label_of(&world.receive(CAROL)), "487 INFO");
    assert!(matches!(world.ended(0, session), Cause::RemoteBye(_)));
    let now = world.now;
    assert!(matches!(
        world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)),
        Err(UaError::UnknownRequest)
    ));
    world.assert_empty();
}

#[test]
fn a_bye_that_waits_for_its_ack_keeps_its_headers_when_the_dialog_is_lost() {
    let mut world = World::alone();
    let (session, _) = answered(&mut world, CONTACT);
    let now = world.now;
    world.ua(0).request(now, session, Method::INFO, HeaderList::new(), None).unwrap();
    let info = world.receive_past(CAROL, "200 INVITE");
    let mut headers = HeaderList::new();
    headers.push_str("X-Outcome", "transfer").unwrap();
    world.ua(0).bye(now, session, headers).unwrap();
    world.say(CAROL, 0, &reply(&info, "481 No Such Call", "", ""));
    assert!(matches!(world.event(0), Event::Response { outcome: Ok(_), .. }));
    assert!(matches!(world.ended(0, session), Cause::DialogLost(_)));
    let bye = world.receive_past(CAROL, "200 INVITE");
    assert_eq!(label_of(&bye), "BYE");
    assert_eq!(header(&bye, "X-Outcome").as_deref(), Some("transfer"));
    world.assert_empty();
}

#[test]
fn a_session_that_has_ended_reports_nothing_more_while_its_bye_is_open() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let script = inside(&to);
    let now = world.now;
    world.ua(0).request(now, session, Method::INFO, HeaderList::new(), None).unwrap();
    let info = world.receive(CAROL);
    world.say(CAROL, 0, &script.request("INVITE", 8, "re", &wire::with_offer(CONTACT)));
    assert!(matches!(world.event(0), Event::Reoffer { .. }));
    world.say(CAROL, 0, &reply(&info, "481 No Such Call", "", ""));
    assert!(matches!(world.event(0), Event::Response { outcome: Ok(_), .. }));
    assert!(matches!(world.ended(0, session), Cause::DialogLost(_)));
    // The re-INVITE gets its response with the end; its CANCEL is too late.
    assert_eq!(label_of(&world.receive_past(CAROL, "100 INVITE")), "BYE");
    assert_eq!(label_of(&world.receive(CAROL)), "487 INVITE");
    world.say(CAROL, 0, &script.request("CANCEL", 8, "re", ""));
    world.assert_quiet(0);
    world.assert_empty();
}

#[test]
fn requests_of_ours_are_reported_when_the_session_ends_before_their_response() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let now = world.now;
    let info = world.ua(0).request(now, session, Method::INFO, HeaderList::new(), None).unwrap();
    world.say(CAROL, 0, &inside(&to).request("BYE", 9, "bye", ""));
    let Event::Response { request, outcome } = world.event(0) else { panic!("no outcome") };
    assert_eq!(request, info);
    assert!(matches!(outcome, Err(RequestFailure::SessionEnded)));
    assert!(matches!(world.ended(0, session), Cause::RemoteBye(_)));
    world.assert_empty();
    world.assert_quiet(0);
}

#[test]
fn a_481_to_a_request_of_ours_ends_the_session() {
    let mut world = World::alone();
    let (session, _) = confirmed(&mut world, CONTACT);
    let now = world.now;
    world.ua(0).request(now, session, Method::INFO, HeaderList::new(), None).unwrap();
    let info = world.receive(CAROL);
    world.say(CAROL, 0, &reply(&info, "481 No Such Call", "", ""));
    assert!(matches!(world.event(0), Event::Response { outcome: Ok(_), .. }));
    let cause = world.ended(0, session);
    assert!(matches!(cause, Cause::DialogLost(Some(StatusCode::CALL_DOES_NOT_EXIST))), "{cause:?}");
    let bye = world.receive(CAROL);
    assert_eq!(label_of(&bye), "BYE");
    world.say(CAROL, 0, &reply(&bye, "481 No Such Call", "", ""));
    world.assert_empty();
    world.assert_quiet(0);
}

#[test]
fn a_bye_inside_an_early_dialog_ends_the_invite_too() {
    let mut world = World::alone();
    let invite = carol_calls().request("INVITE", 7, "i", &wire::with_offer(CONTACT));
    world.say(CAROL, 0, &invite);
    let session = world.incoming(0);
    world.answer(0, session, StatusCode::RINGING);
    let ringing = world.receive_past(CAROL, "100 INVITE");
    let to = header(&ringing, "To").unwrap();
    world.say(CAROL, 0, &inside(&to).request("BYE", 8, "bye", ""));
    assert_eq!(label_of(&world.receive(CAROL)), "200 BYE");
    assert_eq!(label_of(&world.receive(CAROL)), "487 INVITE");
    assert!(matches!(world.ended(0, session), Cause::RemoteBye(_)));
    world.say(CAROL, 0, &inside(&to).request("ACK", 7, "i", ""));
    world.assert_empty();
}

// ---- limits

#[test]
fn requests_that_wait_have_a_limit_outside_dialogs_and_inside() {
    let mut world = World::new();
    world.add(ALICE, 1, |config| config.limits.max_pending = 1);
    for (number, status) in [(1, None), (2, Some("503 OPTIONS"))] {
        let script = Script { call_id: &format!("o{number}"), ..carol_calls() };
        world.say(CAROL, 0, &script.request("OPTIONS", 1, &format!("o{number}"), ""));
        let Some(status) = status else { continue };
        let refused = world.receive(CAROL);
        assert_eq!(label_of(&refused), status);
        assert_eq!(header(&refused, "Retry-After").unwrap(), "10");
    }
    assert!(matches!(world.event(0), Event::Request { .. }));
    assert_eq!(world.nodes[0].ua.counters().refused_by_limit, 1);

    let (_, to) = confirmed(&mut world, CONTACT);
    for number in 0..17 {
        world.say(CAROL, 0, &inside(&to).request("INFO", 8 + number, &format!("i{number}"), ""));
    }
    let refused = world.receive(CAROL);
    assert_eq!(label_of(&refused), "500 INFO");
    assert!(header(&refused, "CSeq").unwrap().starts_with("24 "));
    assert!(header(&refused, "Retry-After").is_some());
    assert_eq!(world.nodes[0].events.len(), 16);
}

#[test]
fn our_own_requests_in_a_dialog_have_a_limit() {
    let mut world = World::alone();
    let (session, _) = confirmed(&mut world, CONTACT);
    let now = world.now;
    let mut info =
        || world.nodes[0].ua.request(now, session, Method::INFO, HeaderList::new(), None);
    for _ in 0..16 {
        info().unwrap();
    }
    assert!(matches!(info(), Err(UaError::LimitReached { limit: 16, .. })));
}

// ---- early dialogs of our INVITE

#[test]
fn the_peer_may_send_requests_in_an_early_dialog() {
    let mut world = World::alone();
    let session = world.dial();
    let invite = world.receive(BOB);
    let early = "Contact: <sip:bob@127.0.2.1>\n";
    world.say(BOB, 0, &reply(&invite, "183 Session Progress", "b1", early));
    assert!(matches!(world.event(0), Event::Provisional { .. }));
    let (from, to) = (header(&invite, "To").unwrap(), header(&invite, "From").unwrap());
    let (from, call_id) = (format!("{from};tag=b1"), header(&invite, "Call-ID").unwrap());
    let script = Script { peer: BOB, from: &from, to: &to, call_id: &call_id };
    world.say(BOB, 0, &script.request("INFO", 100, "info", ""));
    let Event::InDialog { session: it, transaction, .. } = world.event(0) else {
        panic!("no INFO")
    };
    assert_eq!(it, session);
    let now = world.now;
    world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)).unwrap();
    assert_eq!(label_of(&world.receive(BOB)), "200 INFO");
    // Our offer has no answer yet (RFC 3311 5.2); BYE and INVITE have no place here (15, 14).
    world.say(BOB, 0, &script.request("UPDATE", 101, "update", &wire::with_offer(early)));
    assert_eq!(label_of(&world.receive(BOB)), "491 UPDATE");
    world.say(BOB, 0, &script.request("BYE", 102, "bye", ""));
    assert_eq!(label_of(&world.receive(BOB)), "481 BYE");
    // The confirmed dialog remembers what the early one has seen.
    world.say(BOB, 0, &reply(&invite, "200 OK", "b1", early));
    assert!(matches!(world.event(0), Event::Answered { .. }));
    assert_eq!(label_of(&world.receive(BOB)), "ACK");
    world.say(BOB, 0, &script.request("BYE", 101, "old", ""));
    assert_eq!(label_of(&world.receive(BOB)), "500 BYE");
    world.say(BOB, 0, &script.request("BYE", 103, "new", ""));
    assert!(matches!(world.ended(0, session), Cause::RemoteBye(_)));
    world.assert_empty();
}

// ---- route sets (RFC 3261 12.1, 12.2.1.1, 16.12.1)

#[test]
fn the_called_side_keeps_record_routes_in_order() {
    let mut world = World::alone();
    let routes =
        "Record-Route: <sip:127.0.3.2;lr>, <sip:127.0.3.3;lr>\nRecord-Route: <sip:p3.example;lr>\n";
    let (session, _) = confirmed(&mut world, &format!("{routes}{CONTACT}"));
    world.bye(0, session);
    let bye = world.receive(DAVE);
    assert!(bye.starts_with(b"BYE sip:carol@127.0.3.1:5060 SIP/2.0\r\n"));
    let text = String::from_utf8_lossy(&bye).into_owned();
    let routes: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("Route: ")).collect();
    assert_eq!(routes, ["<sip:127.0.3.2;lr>", "<sip:127.0.3.3;lr>", "<sip:p3.example;lr>"]);
}

#[test]
fn the_calling_side_turns_record_routes_round() {
    let mut world = World::alone();
    let session = world.dial();
    let invite = world.receive(BOB);
    let routes = "Record-Route: <sip:127.0.3.1;lr>, <sip:127.0.3.2;lr>\n";
    let contact = "Contact: <sip:bob@192.0.2.4>\n";
    world.say(BOB, 0, &reply(&invite, "200 OK", "b1", &format!("{routes}{contact}")));
    assert!(matches!(world.event(0), Event::Answered { .. }));
    let ack = world.receive(DAVE);
    assert!(ack.starts_with(b"ACK sip:bob@192.0.2.4 SIP/2.0\r\nVia: "));
    let text = String::from_utf8_lossy(&ack).into_owned();
    let routes: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("Route: ")).collect();
    assert_eq!(routes, ["<sip:127.0.3.2;lr>", "<sip:127.0.3.1;lr>"]);
    // The ACK has the number of the INVITE, the BYE the next one (13.2.2.4).
    let invited: u32 = header(&invite, "CSeq").unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_eq!(header(&ack, "CSeq").unwrap(), format!("{invited} ACK"));
    world.bye(0, session);
    let bye = world.receive(DAVE);
    assert_eq!(header(&bye, "CSeq").unwrap(), format!("{} BYE", invited + 1));
}

#[test]
fn a_strict_router_finds_itself_in_the_request_uri() {
    let mut world = World::alone();
    let routes = "Record-Route: <sip:127.0.3.2>, <sip:127.0.3.3;lr>\n";
    let (session, _) = confirmed(&mut world, &format!("{routes}{CONTACT}"));
    world.bye(0, session);
    let bye = world.receive(DAVE);
    assert!(bye.starts_with(b"BYE sip:127.0.3.2 SIP/2.0\r\n"), "{bye:?}");
    let text = String::from_utf8_lossy(&bye).into_owned();
    let routes: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("Route: ")).collect();
    assert_eq!(routes, ["<sip:127.0.3.3;lr>", "<sip:carol@127.0.3.1:5060>"]);
}

// ---- forks (RFC 3261 13.2.2.4)

#[test]
fn a_second_far_end_is_acknowledged_and_hung_up() {
    let mut world = World::alone();
    let session = world.dial();
    let invite = world.receive(BOB);
    let contact = "Contact: <sip:bob@127.0.3.1>\n";
    world.say(BOB, 0, &reply(&invite, "200 OK", "fork-1", contact));
    assert!(matches!(world.event(0), Event::Answered { .. }));
    assert_eq!(label_of(&world.receive(CAROL)), "ACK");
    let contact = "Contact: <sip:bob@127.0.3.2>\n";
    world.say(BOB, 0, &reply(&invite, "200 OK", "fork-2", contact));
    let ack = world.receive(DAVE);
    assert_eq!(label_of(&ack), "ACK");
    assert!(header(&ack, "To").unwrap().ends_with(";tag=fork-2"));
    let bye = world.receive(DAVE);
    assert_eq!(label_of(&bye), "BYE");
    // Each far end's 2xx, repeated, gets its own ACK again; no second BYE.
    world.say(BOB, 0, &reply(&invite, "200 OK", "fork-2", contact));
    assert_eq!(world.receive(DAVE), ack);
    world.say(DAVE, 0, &reply(&bye, "200 OK", "", ""));
    world.assert_quiet(0);
    assert_eq!(world.nodes[0].ua.dialog(session).unwrap().remote_tag(), Some("fork-1"));
    world.bye(0, session);
    let bye = world.receive(CAROL);
    world.say(CAROL, 0, &reply(&bye, "200 OK", "", ""));
    assert!(matches!(world.ended(0, session), Cause::LocalBye(Ok(_))));
    world.assert_empty();
}

#[test]
fn a_2xx_that_makes_no_dialog_is_acknowledged_and_hung_up() {
    for contact in ["", "Contact: <sip:bob@127.0.3.1\n"] {
        let mut world = World::alone();
        let session = world.dial_with(|invite| invite.request_uri = wire::uri("sip:bob@127.0.3.1"));
        let invite = world.receive(BOB);
        world.say(BOB, 0, &reply(&invite, "200 OK", "b1", contact));
        assert!(matches!(world.ended(0, session), Cause::MalformedResponse(_)));
        assert_eq!(label_of(&world.receive(CAROL)), "ACK");
        let bye = world.receive(CAROL);
        assert_eq!(label_of(&bye), "BYE");
        world.say(CAROL, 0, &reply(&bye, "200 OK", "", ""));
        world.assert_empty();
    }
}

// ---- names in Contact: resolved once, and waited for

#[test]
fn an_ack_waits_until_the_contact_is_resolved_and_is_repeated() {
    let mut world = World::alone();
    world.dial();
    let invite = world.receive(BOB);
    let ok = reply(&invite, "200 OK", "b1", "Contact: <sip:bob@pbx.biloxi.example>\n");
    world.say(BOB, 0, &ok);
    assert!(matches!(world.event(0), Event::Answered { .. }));
    let (id, question) = world.nodes[0].questions.pop_front().expect("a question");
    let siptrunk_ua::Question::Resolve(lookup) = question;
    assert_eq!(lookup.hosts[0].to_string(), "pbx.biloxi.example");
    assert!(world.all("ACK").is_empty());
    let targets = vec![siptrunk_transaction::Target::udp(address(CAROL))];
    let now = world.now;
    world.ua(0).handle_answer(now, id, siptrunk_ua::Answer::Targets(targets));
    let ack = world.receive(CAROL);
    assert_eq!(label_of(&ack), "ACK");
    world.say(BOB, 0, &ok);
    assert_eq!(world.receive(CAROL), ack);
    // Late and double answers do no harm.
    let now = world.now;
    world.ua(0).handle_answer(now, id, siptrunk_ua::Answer::Unresolved);
    world.drain();
    assert!(world.nodes[0].questions.is_empty(), "resolved once and kept");
}

#[test]
fn a_contact_that_cannot_be_resolved_is_reached_the_way_it_came() {
    let mut world = World::alone();
    let (session, _) = confirmed(&mut world, "Contact: <sip:carol@nowhere.example>\n");
    world.bye(0, session);
    assert_eq!(world.nodes[0].questions.len(), 1);
    let before = world.elapsed();
    let bye = world.receive(CAROL);
    assert_eq!(world.since(before).as_millis(), 5_005);
    world.say(CAROL, 0, &reply(&bye, "200 OK", "", ""));
    assert!(matches!(world.ended(0, session), Cause::LocalBye(Ok(_))));
    world.assert_empty();
}

// ---- re-INVITE and UPDATE (RFC 3261 14, RFC 3311)

#[test]
fn a_reinvite_is_answered_by_the_application_and_moves_the_target() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let script = inside(&to);
    let rest = wire::with_offer("Contact: <sip:carol@127.0.3.2>\n");
    world.say(CAROL, 0, &script.request("INVITE", 8, "re", &rest));
    let Event::Reoffer { session: it, transaction, .. } = world.event(0) else {
        panic!("no offer")
    };
    assert_eq!(it, session);
    let now = world.now;
    let reply_ok = Reply::new(StatusCode::OK).body(sdp(wire::ANSWER));
    world.ua(0).respond(now, transaction, reply_ok).unwrap();
    let ok = world.receive_past(CAROL, "100 INVITE");
    assert_eq!(label_of(&ok), "200 INVITE");
    assert_eq!(header(&ok, "Contact").unwrap(), "<sip:alice@127.0.1.1:5060>");
    // The 2xx is repeated until its ACK.
    world.run(Duration::from_millis(600));
    assert_eq!(world.receive(CAROL), ok);
    world.say(CAROL, 0, &script.request("ACK", 8, "re-ack", ""));
    assert!(matches!(world.event(0), Event::Reconfirmed { .. }));
    let target = world.nodes[0].ua.dialog(session).unwrap().remote_target().to_string();
    assert_eq!(target, "sip:carol@127.0.3.2");
    world.bye(0, session);
    let bye = world.receive(DAVE);
    assert!(bye.starts_with(b"BYE sip:carol@127.0.3.2 SIP/2.0"));
}

#[test]
fn a_refused_reinvite_moves_nothing() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let rest = wire::with_offer("Contact: <sip:carol@127.0.3.2>\n");
    world.say(CAROL, 0, &inside(&to).request("INVITE", 8, "re", &rest));
    let Event::Reoffer { transaction, .. } = world.event(0) else { panic!("no offer") };
    let now = world.now;
    let refusal = Reply::new(StatusCode::NOT_ACCEPTABLE_HERE);
    world.ua(0).respond(now, transaction, refusal).unwrap();
    assert_eq!(label_of(&world.receive_past(CAROL, "100 INVITE")), "488 INVITE");
    let target = world.nodes[0].ua.dialog(session).unwrap().remote_target().to_string();
    assert_eq!(target, "sip:carol@127.0.3.1:5060");
}

#[test]
fn a_reinvite_whose_ack_never_comes_ends_the_session() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let rest = wire::with_offer(CONTACT);
    world.say(CAROL, 0, &inside(&to).request("INVITE", 8, "re", &rest));
    let Event::Reoffer { transaction, .. } = world.event(0) else { panic!("no offer") };
    let now = world.now;
    world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)).unwrap();
    assert!(matches!(world.ended(0, session), Cause::NoAck));
    assert_eq!(world.all("BYE").len(), 1);
    world.assert_empty();
}

#[test]
fn offers_that_meet_are_refused() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let script = inside(&to);
    let rest = wire::with_offer(CONTACT);
    // Ours is open: 491 (14.2; RFC 3311 5.2).
    let now = world.now;
    let offer = sdp(wire::OFFER);
    world.ua(0).request(now, session, Method::INVITE, HeaderList::new(), Some(offer)).unwrap();
    let ours = world.receive(CAROL);
    world.say(CAROL, 0, &script.request("INVITE", 8, "re-1", &rest));
    assert_eq!(label_of(&world.receive_past(CAROL, "100 INVITE")), "491 INVITE");
    world.say(CAROL, 0, &script.request("UPDATE", 9, "up-1", &rest));
    assert_eq!(label_of(&world.receive(CAROL)), "491 UPDATE");
    // One of ours at a time.
    let now = world.now;
    assert!(matches!(
        world.ua(0).request(now, session, Method::INVITE, HeaderList::new(), None),
        Err(UaError::RequestPending { .. })
    ));
    world.say(CAROL, 0, &reply(&ours, "491 Request Pending", "", ""));
    let Event::Response { outcome, .. } = world.event(0) else { panic!("no 491") };
    assert_eq!(outcome.unwrap().status(), StatusCode::REQUEST_PENDING);
    world.run(Duration::from_millis(10));
    world.mail.clear();

    // Theirs is open: 500 with Retry-After, and ours has to wait.
    world.say(CAROL, 0, &script.request("INVITE", 10, "re-2", &rest));
    let Event::Reoffer { transaction, .. } = world.event(0) else { panic!("no offer") };
    world.say(CAROL, 0, &script.request("INVITE", 11, "re-3", &rest));
    let refused = world.receive_past(CAROL, "100 INVITE");
    assert_eq!(label_of(&refused), "100 INVITE".replace("100", "500"));
    let seconds: u32 = header(&refused, "Retry-After").unwrap().parse().unwrap();
    assert!(seconds <= 10);
    world.say(CAROL, 0, &script.request("UPDATE", 12, "up-2", &rest));
    assert_eq!(label_of(&world.receive_past(CAROL, "100 INVITE")), "500 UPDATE");
    let now = world.now;
    assert!(matches!(
        world.ua(0).request(now, session, Method::INVITE, HeaderList::new(), None),
        Err(UaError::RequestPending { .. })
    ));
    // The peer takes its own back.
    world.say(CAROL, 0, &script.request("CANCEL", 10, "re-2", ""));
    assert!(
        matches!(world.event(0), Event::Withdrawn { transaction: it, .. } if it == transaction)
    );
    assert_eq!(label_of(&world.receive(CAROL)), "200 CANCEL");
    assert_eq!(label_of(&world.receive(CAROL)), "487 INVITE");
}

#[test]
fn a_reinvite_before_the_ack_gets_491() {
    let mut world = World::alone();
    let (_, to) = answered(&mut world, CONTACT);
    let rest = wire::with_offer(CONTACT);
    world.say(CAROL, 0, &inside(&to).request("INVITE", 8, "re", &rest));
    assert_eq!(label_of(&world.receive_past(CAROL, "100 INVITE")), "491 INVITE");
    world.assert_quiet(0);
}

#[test]
fn our_reinvite_is_acknowledged_each_time_its_2xx_comes() {
    let mut world = World::alone();
    let (session, _) = confirmed(&mut world, CONTACT);
    let now = world.now;
    let offer = sdp(wire::OFFER);
    world.ua(0).request(now, session, Method::INVITE, HeaderList::new(), Some(offer)).unwrap();
    let invite = world.receive(CAROL);
    let sent = request(&invite);
    assert!(sent.headers().contact().unwrap().is_some());
    assert!(sent.headers().to().unwrap().unwrap().tag().is_some());
    let ok = reply(&invite, "200 OK", "", "Contact: <sip:carol@127.0.3.2>\n");
    world.say(CAROL, 0, &ok);
    assert!(matches!(world.event(0), Event::Response { outcome: Ok(_), .. }));
    let ack = world.receive(DAVE);
    assert_eq!(label_of(&ack), "ACK");
    world.say(CAROL, 0, &ok);
    assert_eq!(world.receive(DAVE), ack);
    // No far end can fork off a dialog: a stranger's tag gets nothing.
    world.say(CAROL, 0, &ok.replace("tag=c1", "tag=c2"));
    world.run(Duration::from_secs(1));
    assert!(world.mail.get(&address(DAVE)).is_none_or(std::collections::VecDeque::is_empty));
    world.bye(0, session);
    world.assert_empty();
}

#[test]
fn a_reinvite_without_offer_is_acknowledged_by_the_application() {
    let mut world = World::alone();
    let (session, _) = confirmed(&mut world, CONTACT);
    let now = world.now;
    world.ua(0).request(now, session, Method::INVITE, HeaderList::new(), None).unwrap();
    let invite = world.receive(CAROL);
    world.say(CAROL, 0, &reply(&invite, "200 OK", "", &wire::with_offer(CONTACT)));
    assert!(matches!(world.event(0), Event::Response { outcome: Ok(_), .. }));
    world.run(Duration::from_millis(100));
    assert!(world.all("ACK").iter().all(|ack| ack.from != address(ALICE)));
    let now = world.now;
    world.ua(0).acknowledge(now, session, Some(sdp(wire::ANSWER))).unwrap();
    let ack = world.receive(CAROL);
    assert_eq!(request(&ack).body(), wire::ANSWER.as_bytes());
}

#[test]
fn a_reinvite_without_offer_that_is_answered_after_our_bye_is_acknowledged_at_once() {
    let mut world = World::alone();
    let (session, _) = confirmed(&mut world, CONTACT);
    let now = world.now;
    world.ua(0).request(now, session, Method::INVITE, HeaderList::new(), None).unwrap();
    let invite = world.receive(CAROL);
    world.bye(0, session);
    assert_eq!(label_of(&world.receive(CAROL)), "BYE");
    world.say(CAROL, 0, &reply(&invite, "200 OK", "", &wire::with_offer(CONTACT)));
    assert!(matches!(world.event(0), Event::Response { outcome: Ok(_), .. }));
    assert_eq!(label_of(&world.receive_past(CAROL, "BYE")), "ACK");
    assert!(matches!(world.ended(0, session), Cause::LocalBye(Err(_))));
    world.assert_empty();
}

#[test]
fn an_update_without_body_refreshes_and_one_with_body_offers() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let script = inside(&to);
    world.say(CAROL, 0, &script.request("UPDATE", 8, "up-1", "Contact: <sip:carol@127.0.3.2>\n"));
    let Event::InDialog { transaction, .. } = world.event(0) else { panic!("no UPDATE") };
    let now = world.now;
    world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)).unwrap();
    assert_eq!(label_of(&world.receive(CAROL)), "200 UPDATE");
    let target = world.nodes[0].ua.dialog(session).unwrap().remote_target().to_string();
    assert_eq!(target, "sip:carol@127.0.3.2");
    world.say(CAROL, 0, &script.request("UPDATE", 9, "up-2", &wire::with_offer(CONTACT)));
    assert!(matches!(world.event(0), Event::Reoffer { .. }));
}

#[test]
fn a_request_of_ours_that_gets_no_response_is_reported() {
    let mut world = World::alone();
    let (session, _) = confirmed(&mut world, CONTACT);
    let now = world.now;
    // INFO: the transaction only (RFC 5057 5.2). INVITE: the session (RFC 3261 12.2.1.2).
    world.ua(0).request(now, session, Method::INFO, HeaderList::new(), None).unwrap();
    let Event::Response { outcome, .. } = world.event(0) else { panic!("no outcome") };
    assert!(matches!(outcome, Err(RequestFailure::Transaction(_))));
    world.assert_quiet(0);
    let now = world.now;
    let offer = Some(sdp(wire::OFFER));
    world.ua(0).request(now, session, Method::INVITE, HeaderList::new(), offer).unwrap();
    assert!(matches!(world.event(0), Event::Response { outcome: Err(_), .. }));
    assert!(matches!(world.ended(0, session), Cause::DialogLost(None)));
    world.assert_empty();
}

// ---- what we write

#[test]
fn an_invite_has_what_rfc_3261_8_1_1_asks_for() {
    let mut world = World::alone();
    world.dial_with(|invite| {
        invite.contact_user = Some("trunk".to_owned());
        invite.max_forwards = 41;
        let pai = siptrunk_message::HeaderName::P_ASSERTED_IDENTITY;
        invite.identity.push((pai, HeaderValue::new("<sip:+12065550100@example.com>").unwrap()));
        invite.headers.push_str("X-CallID", "42").unwrap();
        // A tag of somebody else's dialog must not come along.
        invite.from = invite.from.clone().with_tag("stale");
        invite.to = invite.to.clone().with_tag("stale");
    });
    let invite = request(&world.receive(BOB));
    let headers = invite.headers();
    assert_eq!(invite.uri(), b"sip:bob@biloxi.example");
    assert_eq!(headers.to().unwrap().unwrap().tag(), None);
    let tag = headers.from().unwrap().unwrap().tag().unwrap().to_owned();
    assert!(tag.len() >= 13 && tag != "stale");
    let get = |name: &str| header(invite.bytes(), name);
    assert_eq!(get("Max-Forwards").unwrap(), "41");
    assert_eq!(get("Contact").unwrap(), "<sip:trunk@127.0.1.1:5060>");
    assert_eq!(get("P-Asserted-Identity").unwrap(), "<sip:+12065550100@example.com>");
    assert_eq!(get("X-CallID").unwrap(), "42");
    assert!(get("Allow").unwrap().contains("UPDATE"));
    assert!(get("User-Agent").unwrap().starts_with("siptrunk/"));
    assert_eq!(get("Content-Type").unwrap(), "application/sdp");
    assert_eq!(invite.body(), wire::OFFER.as_bytes());
}

#[test]
fn a_response_has_contact_and_allow_where_they_belong() {
    let mut world = World::alone();
    let invite = carol_calls().request("INVITE", 7, "i", &wire::with_offer(CONTACT));
    world.say(CAROL, 0, &invite);
    let session = world.incoming(0);
    let now = world.now;
    let mut progress = Reply::new(StatusCode::SESSION_PROGRESS).body(sdp(wire::ANSWER));
    progress.contact_user = Some("trunk".to_owned());
    progress.reason = Some("Early Media".to_owned());
    world.ua(0).answer(now, session, progress).unwrap();
    let early = world.receive_past(CAROL, "100 INVITE");
    assert!(early.starts_with(b"SIP/2.0 183 Early Media\r\n"));
    assert_eq!(header(&early, "Contact").unwrap(), "<sip:trunk@127.0.1.1:5060>");
    let now = world.now;
    let warning = siptrunk_message::HeaderName::WARNING;
    let value = HeaderValue::new("305 example.com \"Incompatible media format\"").unwrap();
    let mut refusal = Reply::new(StatusCode::NOT_ACCEPTABLE_HERE).extra(warning, value);
    refusal.headers.push_str("X-Why", "codec").unwrap();
    world.ua(0).answer(now, session, refusal).unwrap();
    let refused = response(&world.receive(CAROL));
    let get = |name: &str| header(refused.bytes(), name);
    assert_eq!(get("Contact"), None);
    assert_eq!(get("X-Why").unwrap(), "codec");
    assert!(get("Warning").unwrap().starts_with("305 "));
    assert_eq!(get("To"), header(&early, "To"), "one tag for all responses");
    assert!(matches!(world.ended(0, session), Cause::RejectedLocally(_)));
}

#[test]
fn a_body_that_breaks_a_line_is_impossible() {
    // HeaderValue refuses CR and LF; Body takes its type as one.
    assert!(HeaderValue::new("a\r\nEvil: 1").is_err());
    let body = Body::sdp(bytes::Bytes::new());
    assert_eq!(body.content_type.as_bytes(), b"application/sdp");
    let mut world = World::alone();
    let now = world.now;
    let mut invite = wire::invite_to(vec![siptrunk_transaction::Target::udp(address(BOB))]);
    invite.contact_user = Some("a\r\nEvil: 1".to_owned());
    match world.ua(0).invite(now, invite) {
        // Either it is escaped in the URI, or refused; never on the wire.
        Ok(_) => assert!(!String::from_utf8_lossy(&world.receive(BOB)).contains("\r\nEvil")),
        Err(error) => assert!(matches!(error, UaError::Transaction(_))),
    }
}

// ---- responses that cannot be sent

#[test]
fn an_invite_whose_180_cannot_be_sent_is_over_and_its_repetitions_hear_so() {
    let mut world = World::alone();
    let invite = carol_calls().request("INVITE", 7, "i", &wire::with_offer(CONTACT));
    world.say(CAROL, 0, &invite);
    let session = world.incoming(0);
    assert_eq!(label_of(&world.receive(CAROL)), "100 INVITE");
    world.refusing.push(address(CAROL));
    world.answer(0, session, StatusCode::RINGING);
    assert!(matches!(world.ended(0, session), Cause::Unreachable(_)));
    world.refusing.clear();
    world.say(CAROL, 0, &invite);
    assert_eq!(label_of(&world.receive(CAROL)), "500 INVITE");
    world.assert_empty();
}

#[test]
fn a_reinvite_whose_180_cannot_be_sent_is_over_too() {
    let mut world = World::alone();
    let (session, to) = confirmed(&mut world, CONTACT);
    let invite = inside(&to).request("INVITE", 8, "re", &wire::with_offer(CONTACT));
    world.say(CAROL, 0, &invite);
    let Event::Reoffer { transaction, .. } = world.event(0) else { panic!("no offer") };
    assert_eq!(label_of(&world.receive(CAROL)), "100 INVITE");
    world.refusing.push(address(CAROL));
    let now = world.now;
    world.ua(0).respond(now, transaction, Reply::new(StatusCode::RINGING)).unwrap();
    world.drain();
    world.refusing.clear();
    world.say(CAROL, 0, &invite);
    assert_eq!(label_of(&world.receive(CAROL)), "500 INVITE");
    // The dialog is as it was.
    world.assert_quiet(0);
    world.bye(0, session);
    world.assert_empty();
}

#[test]
fn nothing_of_a_message_is_in_debug_output() {
    let mut world = World::alone();
    let secret = "Authorization: Digest username=\"carol\", response=\"5ec4e7\"\n";
    let (_, to) = confirmed(&mut world, &format!("{CONTACT}{secret}"));
    world.say(CAROL, 0, &inside(&to).request("INFO", 8, "info", secret));
    let event = world.event(0);
    let text = format!("{:?} {event:?}", world.nodes[0].ua);
    assert!(!text.contains("5ec4e7") && !text.contains("m=audio"), "{text}");
    assert!(text.contains("sessions"), "{text}");
}

// ---- a peer that sends us to ourselves

#[test]
fn a_contact_that_names_us_ends_with_its_session_and_is_never_called() {
    let mut world = World::alone();
    let contact = format!("Contact: <sip:carol@{ALICE}>\n");
    let (session, to) = answered(&mut world, &contact);
    world.say(CAROL, 0, &inside(&to).request("ACK", 7, "a", ""));
    assert!(matches!(world.event(0), Event::Confirmed { .. }));
    world.bye(0, session);
    let cause = world.ended(0, session);
    assert!(matches!(cause, Cause::LocalBye(Err(RequestFailure::NotSent(_)))), "{cause:?}");
    world.assert_quiet(0);
    world.assert_empty();
}
