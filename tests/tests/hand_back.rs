//! The way back from the agent: by BYE, by a bridged INVITE on the caller's trunk, and what becomes of the
//! caller when it fails.

use std::time::Duration;

use siptrunk::bridge::{CallFailure, EndedBy, Event};
use siptrunk::message::{HeaderList, Method, StatusCode};
use siptrunk::profiles::{Config, Five9, HandBackBy, Region, Route, Synthflow, Trunk};
use siptrunk::sim::{Fault, Faults, Link};
use siptrunk::ua::{self, Cause, Reply, SessionId, UserAgent};
use siptrunk_tests::phone::{
    NUMBER, Phone, Switchboard, code, config_of, header, pick_up, ring, voice,
};

/// The number that the agent hands back to.
const LIVE_AGENT: &str = "+12065550111";
/// The number of the script that leads to agents.
const RETURN: &str = "+12065550199";

/// A self-service trunk, at which phone `a` stands.
fn five9() -> Trunk {
    Five9::self_service("127.0.2.1:5060").name("a").number("+18005550100")
}

fn config(five9: Trunk) -> Config {
    let synthflow = Synthflow::region(Region::Us).name("b").host("127.0.3.1:5060").number(NUMBER);
    config_of([five9, synthflow], [Route::from("a").dialed(NUMBER).to("b")])
}

/// A talk between `a` and `b`; `a` takes calls that come back as its phone does. The session of `b`.
fn talking(trunk: Trunk, a: Phone) -> (Switchboard, SessionId, SessionId) {
    let mut board = Switchboard::new(&config(trunk));
    board.phone("a", "127.0.2.1:5060", a);
    board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice("127.0.3.1")));
    let calling = board.dial("a");
    board.run_ms(1_000);
    let called = board.called("b");
    assert_eq!(board.final_to("a").status().code(), 200, "{}", board.ladder());
    (board, calling, called)
}

fn friendly() -> Phone {
    Phone::friendly(&voice("127.0.2.1"))
}

fn fields(fields: &[(&str, &str)]) -> HeaderList {
    let mut list = HeaderList::new();
    for (name, value) in fields {
        list.push_str(name, value).expect("a field written by hand");
    }
    list
}

fn to_number(number: &str) -> HeaderList {
    fields(&[
        ("X-RouteType", "PhoneTransfer"),
        ("x-routeVALUE", number),
        ("X-ConversationId", "c-1 "),
    ])
}

/// The agent hangs up with these headers.
fn hand_back(board: &mut Switchboard, called: SessionId, headers: HeaderList) {
    board.agent("b", |agent, now| agent.bye(now, called, headers)).expect("b talks");
}

/// The INVITEs that the gateway sent to the caller's trunk.
fn returns(board: &Switchboard) -> Vec<String> {
    let invites = board.requests_to("a", &Method::INVITE);
    let user = |invite: &siptrunk::message::Request| {
        invite.request_uri().expect("a URI").user().expect("a number").to_string()
    };
    invites.iter().map(user).collect()
}

#[test]
fn a_hand_back_goes_on_as_a_bridged_invite_and_the_caller_talks_to_the_live_agent() {
    let (mut board, calling, called) = talking(five9(), friendly());
    assert_eq!(board.speak("a", "b", 0), Some(0));
    hand_back(&mut board, called, to_number(LIVE_AGENT));
    board.run_ms(1_000);

    assert_eq!(returns(&board), [LIVE_AGENT], "{}", board.ladder());
    let invite = board.requests_to("a", &Method::INVITE).remove(0);
    assert_eq!(header(invite.headers(), "From").split(['<', '@']).nth(1), Some("sip:+18005550199"));
    assert_eq!(header(invite.headers(), "X-RouteType"), "PhoneTransfer");
    let name = invite.headers().iter().find(|field| field.value() == LIVE_AGENT.as_bytes());
    assert_eq!(name.expect("the value").raw_name(), b"x-routeVALUE", "byte for byte");
    assert_eq!(board.requests_to("a", &Method::BYE).len(), 0, "the caller's leg stays up");

    // Both legs are a's: what its one media address sends on one goes to the other.
    let agent = board.called("a");
    let events: Vec<bool> = board
        .events
        .iter()
        .map(|event| matches!(event, Event::Transferred { .. }))
        .filter(|it| *it)
        .collect();
    assert_eq!(events.len(), 1, "told once");
    board.bye("a", agent);
    board.run_ms(1_000);
    assert!(matches!(board.endings("a")[..], [Cause::LocalBye(_), Cause::RemoteBye(_)]));
    let record = board.over_one();
    assert_eq!((record.ended_by, &record.failure), (EndedBy::Callee, &None));
    let transfer = record.transfer.as_ref().expect("a transfer");
    assert_eq!((transfer.to.as_str(), &transfer.failure), (LIVE_AGENT, &None));
    let c = record.c.as_ref().expect("a third leg");
    assert_eq!((c.trunk.as_str(), c.status), ("a", Some(StatusCode::OK)));
    assert_eq!(record.hand_back.len(), 3);
    let _over = board.agent("a", |agent, now| agent.bye(now, calling, HeaderList::new()));
}

#[test]
fn media_of_the_caller_moves_to_the_new_leg() {
    // The live agent stands at another address of the trunk.
    let trunk = five9().host("127.0.2.2:5060");
    let mut trunk = trunk;
    trunk.hosts.rotate_left(1);
    let mut board = Switchboard::new(&config(trunk));
    board.phone("a", "127.0.2.1:5060", friendly());
    board.phone("c", "127.0.2.2:5060", Phone::friendly(&voice("127.0.2.2")));
    board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice("127.0.3.1")));
    board.dial("a");
    board.run_ms(1_000);
    let called = board.called("b");
    hand_back(&mut board, called, to_number(LIVE_AGENT));
    board.run_ms(1_000);
    assert_eq!(board.requests_to("c", &Method::INVITE).len(), 1, "{}", board.ladder());
    assert_eq!(board.speak("a", "c", 0), Some(0));
    assert_eq!(board.speak("c", "a", 0), Some(0));
    assert_eq!(board.speak("a", "c", 101), Some(101));
    assert_eq!(board.speak("b", "a", 0), None, "b is no part of the call any more");
    assert_eq!(board.requests_to("a", &Method::INVITE).len(), 0, "no re-INVITE is needed");
    let agent = board.called("c");
    board.bye("c", agent);
    board.run_ms(1_000);
    assert_eq!(board.over_one().ended_by, EndedBy::Callee);
}

/// A phone that refuses calls of these numbers, and takes others.
fn refusing(numbers: &'static [&'static str], status: u16) -> Phone {
    let own = voice("127.0.2.1");
    Phone::new(&own.clone(), move |agent: &mut UserAgent, now, event: &ua::Event| match event {
        ua::Event::Incoming { session, request } => {
            let uri = request.request().request_uri().expect("a URI");
            if numbers.contains(&&*uri.user().expect("a number")) {
                let reply = Reply::new(code(status));
                agent.answer(now, *session, reply).expect("a call without an answer");
            } else {
                ring(agent, now, *session);
                pick_up(agent, now, *session, &own, request);
            }
        }
        ua::Event::InDialog { transaction, .. } => {
            agent.respond(now, *transaction, Reply::new(StatusCode::OK)).expect("it waits");
        }
        _ => {}
    })
}

#[test]
fn a_hand_back_that_fails_ends_with_a_reason_and_the_record_says_why() {
    for status in [404, 486, 603] {
        let (mut board, _, called) = talking(five9(), refusing(&[LIVE_AGENT], status));
        hand_back(&mut board, called, to_number(LIVE_AGENT));
        board.run_ms(1_000);
        let bye = board.requests_to("a", &Method::BYE);
        assert_eq!(bye.len(), 1, "{}", board.ladder());
        let reason = header(bye[0].headers(), "Reason");
        assert!(reason.starts_with(&format!("SIP;cause={status}")), "{reason}");
        let record = board.over_one();
        let cause = CallFailure::Refused { trunk: "a".to_owned(), status: code(status) };
        let failed = CallFailure::TransferFailed {
            to: LIVE_AGENT.to_owned(),
            cause: Box::new(cause.clone()),
        };
        assert_eq!(record.failure, Some(failed));
        assert_eq!(record.transfer.as_ref().and_then(|it| it.failure.clone()), Some(cause));
        assert_eq!(record.ended_by, EndedBy::Gateway);
    }
}

#[test]
fn where_the_number_cannot_be_had_the_trunks_return_number_is_dialled() {
    let trunk = five9().return_number(RETURN);
    let (mut board, _, called) = talking(trunk, refusing(&[LIVE_AGENT], 404));
    hand_back(&mut board, called, to_number(LIVE_AGENT));
    board.run_ms(1_000);
    assert_eq!(returns(&board), [LIVE_AGENT, RETURN], "{}", board.ladder());
    let agent = board.called("a");
    board.bye("a", agent);
    board.run_ms(1_000);
    let record = board.over_one();
    assert_eq!((&record.failure, record.transfer.unwrap().to.as_str()), (&None, RETURN));
}

#[test]
fn a_skill_is_reached_by_the_return_number() {
    let skill = fields(&[("X-RouteType", "SkillTransfer"), ("X-RouteValue", "billing")]);
    let (mut board, _, called) = talking(five9().return_number(RETURN), friendly());
    hand_back(&mut board, called, skill.clone());
    board.run_ms(1_000);
    assert_eq!(returns(&board), [RETURN]);
    let agent = board.called("a");
    board.bye("a", agent);
    board.run_ms(1_000);
    assert_eq!(board.over_one().failure, None);

    // Without one there is nothing to dial: the call ends, and the record says what is missing.
    let (mut board, _, called) = talking(five9(), friendly());
    hand_back(&mut board, called, skill);
    board.run_ms(1_000);
    assert_eq!((returns(&board).len(), board.requests_to("a", &Method::BYE).len()), (0, 1));
    let record = board.over_one();
    let remark =
        CallFailure::HandBackWithoutNumber { trunk: "b".to_owned(), to: "billing".to_owned() };
    assert_eq!((record.failure, record.remarks), (None, vec![remark]));
}

#[test]
fn what_is_no_number_is_never_dialled() {
    for value in ["sip:evil@192.0.2.9", "+1206;phone-context=x", "a b", "%2b1", "*;x", "+"] {
        let (mut board, _, called) = talking(five9(), friendly());
        hand_back(&mut board, called, to_number(value));
        board.run_ms(1_000);
        assert_eq!(returns(&board).len(), 0, "{value}");
        assert_eq!(board.requests_to("a", &Method::BYE).len(), 1, "{value}");
        board.over_one();
    }
}

#[test]
fn a_bye_without_headers_ends_the_call_and_is_remarked_where_five9_waits_for_them() {
    for by in [HandBackBy::Bye, HandBackBy::Invite] {
        let (mut board, _, called) = talking(five9().hand_back(by), friendly());
        hand_back(&mut board, called, HeaderList::new());
        board.run_ms(1_000);
        assert_eq!(returns(&board).len(), 0);
        let record = board.over_one();
        let remark = CallFailure::HandBackWithoutHeaders { trunk: "b".to_owned() };
        assert_eq!((record.failure, record.remarks), (None, vec![remark]));
    }
}

#[test]
fn a_caller_that_hangs_up_first_gets_nothing_back() {
    let (mut board, calling, _) = talking(five9(), friendly());
    board.bye("a", calling);
    board.run_ms(1_000);
    assert_eq!((returns(&board).len(), board.requests_to("a", &Method::BYE).len()), (0, 0));
    assert_eq!(board.requests_to("b", &Method::BYE).len(), 1);
    let record = board.over_one();
    assert_eq!(
        (record.ended_by, record.hand_back.len(), record.remarks.len()),
        (EndedBy::Caller, 0, 0)
    );
}

#[test]
fn a_caller_that_hangs_up_while_the_live_agent_rings_cancels_that_call() {
    let own = voice("127.0.2.1");
    let (mut board, calling, called) = talking(five9(), Phone::ringing(&own));
    hand_back(&mut board, called, to_number(LIVE_AGENT));
    board.run_ms(1_000);
    assert_eq!(returns(&board), [LIVE_AGENT]);
    let status = StatusCode::RINGING;
    let rings =
        |event: &Event| matches!(event, Event::TransferRings { status: it, .. } if *it == status);
    assert!(board.events.iter().any(rings));
    board.bye("a", calling);
    board.run_ms(1_000);
    assert_eq!(board.requests_to("a", &Method::CANCEL).len(), 1, "{}", board.ladder());
    let record = board.over_one();
    assert_eq!((record.ended_by, record.failure), (EndedBy::Caller, None));
}

#[test]
fn a_live_agent_that_never_answers_ends_the_wait() {
    let own = voice("127.0.2.1");
    let (mut board, _, called) = talking(five9(), Phone::ringing(&own));
    hand_back(&mut board, called, to_number(LIVE_AGENT));
    board.run(Duration::from_secs(200));
    assert_eq!(board.requests_to("a", &Method::CANCEL).len(), 1, "{}", board.ladder());
    let bye = board.requests_to("a", &Method::BYE);
    assert_eq!(bye.len(), 1);
    assert!(header(bye[0].headers(), "Reason").starts_with("SIP;cause=480"));
    let cause = Box::new(CallFailure::NoAnswer { trunk: "a".to_owned() });
    let failed = CallFailure::TransferFailed { to: LIVE_AGENT.to_owned(), cause };
    assert_eq!(board.over_one().failure, Some(failed));
}

#[test]
fn the_new_leg_takes_one_of_the_trunks_calls() {
    let (mut board, _, called) = talking(five9().max_calls(1), friendly());
    hand_back(&mut board, called, to_number(LIVE_AGENT));
    board.run_ms(1_000);
    assert_eq!(returns(&board).len(), 0);
    let cause = Box::new(CallFailure::TrunkFull { trunk: "a".to_owned(), limit: 1 });
    let failed = CallFailure::TransferFailed { to: LIVE_AGENT.to_owned(), cause };
    assert_eq!(board.over_one().failure, Some(failed));
}

#[test]
fn early_media_of_the_new_leg_is_heard_by_the_caller() {
    let own = voice("127.0.2.1");
    let early = own.clone();
    let phone = Phone::new(&own, move |agent: &mut UserAgent, now, event: &ua::Event| {
        if let ua::Event::Incoming { session, request } = event {
            let mut reply = Reply::new(code(183));
            reply.body = Some(early.respond_to(request));
            agent.answer(now, *session, reply).expect("a call without an answer");
        }
    });
    let (mut board, calling, called) = talking(five9(), phone);
    hand_back(&mut board, called, to_number(LIVE_AGENT));
    board.run_ms(1_000);
    // What the last description to a names is the side of the new leg: from there to the caller.
    assert_eq!(board.speak("a", "a", 0), Some(0), "{}", board.ladder());
    board.bye("a", calling);
    board.run_ms(1_000);
    board.over_one();
}

#[test]
fn a_lost_bye_of_the_agent_is_repeated_and_hands_back_once() {
    let (mut board, _, called) = talking(five9(), friendly());
    let (b, gateway) = (board.node("b"), board.gateway);
    let faults = Faults::none().with_first(1, Fault::DropRequests(Method::BYE));
    let mut link = Link::default();
    link.faults = faults;
    board.world.link(b, gateway, link);
    hand_back(&mut board, called, to_number(LIVE_AGENT));
    board.run_ms(3_000);
    assert_eq!(returns(&board), [LIVE_AGENT], "{}", board.ladder());
    let agent = board.called("a");
    board.bye("a", agent);
    board.run_ms(1_000);
    assert_eq!(board.over_one().failure, None);
}

#[test]
fn byes_that_cross_leave_nobody_ringing() {
    for caller_first in [true, false] {
        let (mut board, calling, called) = talking(five9(), friendly());
        if caller_first {
            board.bye("a", calling);
        }
        hand_back(&mut board, called, to_number(LIVE_AGENT));
        if !caller_first {
            board.bye("a", calling);
        }
        board.run_ms(2_000);
        // The agent's was there first, or it was not: then nothing is dialled.
        let dialled = usize::from(!caller_first);
        assert_eq!(returns(&board).len(), dialled, "{}", board.ladder());
        assert_eq!(board.requests_to("a", &Method::CANCEL).len(), dialled);
        assert_eq!(board.endings("a").len(), 1 + dialled);
        let record = board.over_one();
        assert_eq!((record.ended_by, record.failure), (EndedBy::Caller, None));
    }
}
