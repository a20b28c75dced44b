//! Requests inside the dialogs of a bridged call, and ends that meet each other.

use std::time::Duration;

use siptrunk::bridge::{CallFailure, EndedBy};
use siptrunk::message::{Body, HeaderList, HeaderValue, Method, Request, StatusCode};
use siptrunk::sim::{Fault, Link};
use siptrunk::ua::{Cause, Event, Reply, RequestFailure, RequestId, SessionId, UserAgent};
use siptrunk_tests::phone::{Phone, Switchboard, code, header, pick_up, ring, voice};

const B1: &str = "127.0.3.1";

/// A call that stands, and its session at each phone.
fn talking(b1: Option<Phone>) -> (Switchboard, [SessionId; 2]) {
    let mut board = Switchboard::usual(None, b1, None);
    let a = board.dial("a");
    board.run_ms(100);
    board.assert_talking("a", "b1");
    let b = board.called("b1");
    (board, [a, b])
}

/// A digit by INFO.
fn digit() -> Body {
    let content_type = HeaderValue::from_static("application/dtmf-relay").unwrap();
    Body { content_type, bytes: "Signal=5\r\nDuration=160\r\n".into() }
}

fn request(
    board: &mut Switchboard,
    name: &str,
    session: SessionId,
    method: &str,
    body: Option<Body>,
) -> RequestId {
    let mut headers = HeaderList::new();
    headers.push_str("X-Digit", "five").unwrap();
    headers.push_str("Subject", "not carried").unwrap();
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    board
        .agent(name, |agent, now| agent.request(now, session, method, headers, body))
        .expect("a request can be sent")
}

/// What became of a phone's request, if that is known.
fn outcome(board: &mut Switchboard, name: &str, id: RequestId) -> Option<Result<u16, String>> {
    board.host(name).events.iter().find_map(|event| match event {
        Event::Response { request, outcome } if *request == id => Some(match outcome {
            Ok(response) => Ok(response.response().status().code()),
            Err(failure) => Err(failure.to_string()),
        }),
        _ => None,
    })
}

/// A phone that takes calls and answers INFO with this status.
fn informed(status: u16) -> Phone {
    let own = voice(B1);
    Phone::new(&own.clone(), move |agent: &mut UserAgent, now, event: &Event| match event {
        Event::Incoming { session, request } => {
            ring(agent, now, *session);
            pick_up(agent, now, *session, &own, request);
        }
        Event::InDialog { transaction, .. } if status != 0 => {
            agent.respond(now, *transaction, Reply::new(code(status))).unwrap();
        }
        _ => {}
    })
}

fn header_names(request: &Request) -> Vec<String> {
    let names = request.headers().iter().map(|field| field.name().as_str().to_owned());
    names.collect()
}

#[test]
fn info_goes_to_the_other_leg_and_its_status_comes_back() {
    // (b's answer, what a gets, whether the call goes on)
    let rows = [
        (200, 200, true),
        (403, 403, true),
        (405, 405, true),
        (415, 415, true),
        (469, 469, true),
        (500, 500, true),
        (501, 501, true),
        (302, 500, true),
        (401, 500, true),
        (407, 500, true),
        (503, 500, true),
        // It has lost the call: so has everybody.
        (481, 500, false),
    ];
    for (theirs, expected, goes_on) in rows {
        let (mut board, [a, _]) = talking(Some(informed(theirs)));
        let id = request(&mut board, "a", a, "INFO", Some(digit()));
        board.run_ms(100);
        assert_eq!(outcome(&mut board, "a", id), Some(Ok(expected)), "{theirs}");
        let infos = board.requests_to("b1", &Method::INFO);
        assert_eq!(infos.len(), 1);
        assert_eq!(infos[0].body(), &digit().bytes[..]);
        assert_eq!(header(infos[0].headers(), "Content-Type"), "application/dtmf-relay");
        let names = header_names(&infos[0]);
        assert!(!names.iter().any(|name| name == "Subject"), "{names:?}");
        if goes_on {
            board.assert_talking("a", "b1");
            board.bye("a", a);
        }
        let record = board.over_one();
        assert_eq!(record.failure.is_none(), goes_on, "{theirs}");
        if !goes_on {
            assert!(matches!(record.failure, Some(CallFailure::Lost { .. })));
        }
    }
}

#[test]
fn info_of_the_called_side_goes_to_the_caller() {
    let (mut board, [_, b]) = talking(None);
    let id = request(&mut board, "b1", b, "INFO", Some(digit()));
    board.run_ms(100);
    assert_eq!(outcome(&mut board, "b1", id), Some(Ok(200)));
    assert_eq!(board.requests_to("a", &Method::INFO)[0].body(), &digit().bytes[..]);
    board.bye("b1", b);
    board.over_one();
}

#[test]
fn many_infos_at_once_keep_their_answers_apart() {
    let (mut board, [a, b]) = talking(None);
    let ids: Vec<_> = (0..8)
        .flat_map(|_| [("a", a), ("b1", b)])
        .map(|(name, session)| (name, request(&mut board, name, session, "INFO", None)))
        .collect();
    board.run_ms(100);
    for (name, id) in ids {
        assert_eq!(outcome(&mut board, name, id), Some(Ok(200)));
    }
    board.bye("a", a);
    board.over_one();
}

#[test]
fn an_info_that_nobody_answers_harms_nothing() {
    let (mut board, [a, _]) = talking(Some(informed(0)));
    let id = request(&mut board, "a", a, "INFO", Some(digit()));
    // Somebody speaks now and then, else the silence would end the call.
    for _ in 0..8 {
        board.run(Duration::from_secs(5));
        board.assert_talking("a", "b1");
    }
    let failed = RequestFailure::Transaction(siptrunk::transaction::TransactionFailure::Timeout);
    assert_eq!(outcome(&mut board, "a", id), Some(Err(failed.to_string())));
    board.bye("a", a);
    assert_eq!(board.over_one().failure, None);
}

#[test]
fn a_call_that_ends_answers_what_was_open() {
    let (mut board, [a, b]) = talking(Some(informed(0)));
    let id = request(&mut board, "a", a, "INFO", Some(digit()));
    board.run_ms(100);
    board.bye("b1", b);
    board.run_ms(100);
    assert_eq!(outcome(&mut board, "a", id), Some(Ok(487)), "RFC 3261 15.1.2");
    assert_eq!(board.over_one().failure, None);
}

#[test]
fn what_is_between_two_hops_stays_there() {
    let (mut board, [a, b]) = talking(None);
    for (name, session, other) in [("a", a, "b1"), ("b1", b, "a")] {
        for (method, expected) in [
            ("OPTIONS", 200),
            ("UPDATE", 200),
            ("REFER", 405),
            ("MESSAGE", 405),
            ("SUBSCRIBE", 405),
            ("NOTIFY", 405),
            ("PUBLISH", 405),
            ("DANCE", 501),
        ] {
            let id = request(&mut board, name, session, method, None);
            board.run_ms(50);
            assert_eq!(outcome(&mut board, name, id), Some(Ok(expected)), "{name} {method}");
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert!(board.requests_to(other, &method).is_empty(), "{method:?}");
        }
    }
    board.assert_talking("a", "b1");
    board.bye("a", a);
    board.over_one();
}

#[test]
fn info_before_the_answer_does_not_end_the_call() {
    let mut board = Switchboard::usual(None, Some(Phone::ringing(&voice(B1))), None);
    let a = board.dial("a");
    board.run_ms(100);
    let session = board.called("b1");
    // The called side may send inside the early dialog (RFC 3261 12); our user agents do not, so it
    // is written by hand.
    let tags = board.agent("b1", |agent, _| {
        let dialog = agent.dialog(session).unwrap();
        let remote = dialog.remote_tag().unwrap().to_owned();
        (dialog.call_id().to_owned(), dialog.local_tag().to_owned(), remote)
    });
    let (call_id, local, remote) = tags;
    let info = format!(
        "INFO sip:+18005550199@127.0.1.1:5060 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 127.0.3.1:5060;branch=z9hG4bKearly\r\nMax-Forwards: 70\r\n\
         From: <sip:+12065551234@127.0.3.1>;tag={local}\r\n\
         To: <sip:+18005550199@127.0.1.1>;tag={remote}\r\n\
         Call-ID: {call_id}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n"
    );
    let (from, to) =
        (board.sip("b1"), siptrunk_tests::scene::address(siptrunk_tests::scene::GATEWAY));
    board.world.inject(from, to, info.into_bytes());
    board.run_ms(50);
    assert_eq!(
        board.statuses_to("b1", &Method::INFO),
        [500],
        "not 481, which would end the dialog"
    );
    board.take("b1");
    board.run_ms(100);
    board.assert_talking("a", "b1");
    board.bye("a", a);
    board.over_one();
}

#[test]
fn byes_that_cross_end_the_call_once() {
    // Milliseconds between the two.
    for apart in [0, 1, 2] {
        for first in 0..2 {
            let (mut board, sessions) = talking(None);
            let names = ["a", "b1"];
            board.bye(names[first], sessions[first]);
            board.run_ms(apart);
            let second = 1 - first;
            board.agent(names[second], |agent, now| {
                // Refused if the other BYE has ended it already.
                let _gone = agent.bye(now, sessions[second], HeaderList::new());
            });
            let record = board.over_one();
            assert_eq!(record.failure, None);
            for name in names {
                assert_eq!(board.endings(name).len(), 1);
            }
            let expected = [EndedBy::Caller, EndedBy::Callee][first];
            if apart > 0 {
                assert_eq!(record.ended_by, expected);
            }
        }
    }
}

#[test]
fn a_cancel_that_crosses_the_200_to_the_caller_leaves_a_call_to_hang_up() {
    let mut board = Switchboard::usual(None, Some(Phone::ringing(&voice(B1))), None);
    let call = board.dial("a");
    board.run_ms(100);
    board.take("b1");
    board.run_ms(1);
    // The 200 leaves the gateway now; the CANCEL leaves the caller in the same instant.
    board.agent("a", |agent, now| agent.cancel(now, call, HeaderList::new())).unwrap();
    board.run_ms(100);
    assert_eq!(board.final_to("a").status(), StatusCode::OK, "{}", board.ladder());
    assert_eq!(board.statuses_to("a", &Method::CANCEL), [200]);
    assert_eq!(board.requests_to("b1", &Method::BYE).len(), 1);
    let record = board.over_one();
    assert_eq!(record.ended_by, EndedBy::Caller);
    assert_eq!(record.failure, None, "it was answered, then hung up");
}

#[test]
fn a_bye_before_the_callers_ack_waits_for_it() {
    // The caller's ACK is lost so often; or always: then the BYE goes after 64*T1.
    for lost in [1, 3, 100] {
        let mut board = Switchboard::usual(None, None, None);
        let (a, gateway) = (board.node("a"), board.gateway);
        let mut link = Link::default();
        link.faults.push(Fault::DropRequests(Method::ACK), Some(lost));
        board.world.link(a, gateway, link);
        board.dial("a");
        board.run_ms(100);
        let b = board.called("b1");
        let mut headers = HeaderList::new();
        headers.push_str("Reason", "Q.850;cause=16").unwrap();
        board.agent("b1", |agent, now| agent.bye(now, b, headers)).unwrap();
        board.run_ms(100);
        assert_eq!(board.statuses_to("b1", &Method::BYE), [200], "b1 need not wait");
        assert!(board.requests_to("a", &Method::BYE).is_empty(), "held");
        let wait = [600, 3_600, 32_100][[1, 3, 100].iter().position(|it| *it == lost).unwrap()];
        board.run_ms(wait);
        let byes = board.requests_to("a", &Method::BYE);
        assert_eq!(byes.len(), 1, "{lost}\n{}", board.ladder());
        assert_eq!(header(byes[0].headers(), "Reason"), "Q.850;cause=16");
        let record = board.over_one();
        assert_eq!(record.ended_by, EndedBy::Callee);
    }
}

#[test]
fn a_caller_that_never_acknowledges_is_hung_up_and_so_is_the_other() {
    let mut board = Switchboard::usual(None, None, None);
    let (a, gateway) = (board.node("a"), board.gateway);
    board.world.link(a, gateway, Link::default().fault(Fault::DropRequests(Method::ACK)));
    board.dial("a");
    board.run(Duration::from_secs(33));
    let byes = board.requests_to("b1", &Method::BYE);
    assert_eq!(byes.len(), 1);
    assert_eq!(header(byes[0].headers(), "Reason"), "SIP;cause=408;text=\"no ACK\"");
    assert_eq!(board.requests_to("a", &Method::BYE).len(), 1);
    assert_eq!(board.over_one().failure, Some(CallFailure::NoAck));
}

#[test]
fn each_end_is_reported_to_each_phone_once() {
    let (mut board, [a, _]) = talking(None);
    board.bye("a", a);
    board.over_one();
    assert!(matches!(&board.endings("a")[..], [Cause::LocalBye(Ok(_))]));
    assert!(matches!(&board.endings("b1")[..], [Cause::RemoteBye(_)]));
}
