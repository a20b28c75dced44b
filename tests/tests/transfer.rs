//! REFER: the agent passes the caller on, cold to a number and warm back to Synthflow, and the caller's trunk
//! is asked to take the caller back. Whatever else a REFER names is not dialled.

use std::time::Duration;

use siptrunk::bridge::{CallFailure, EndedBy, Event};
use siptrunk::message::{HeaderList, HeaderName, HeaderValue, Method, StatusCode, Uri};
use siptrunk::profiles::{Config, Five9, HandBackBy, Region, Route, Synthflow, Trunk};
use siptrunk::ua::{self, ReferProgress, Reply, SessionId, UserAgent};
use siptrunk_tests::phone::{
    NUMBER, Phone, Switchboard, code, config_of, header, pick_up, ring, voice,
};

const LIVE_AGENT: &str = "+12065550111";
const A: &str = "127.0.2.1";
const B: &str = "127.0.3.1";

fn five9(by: HandBackBy) -> Trunk {
    Five9::self_service("127.0.2.1:5060").name("a").number("+18005550100").hand_back(by)
}

fn synthflow() -> Trunk {
    Synthflow::region(Region::Us).name("b").host("127.0.3.1:5060").number(NUMBER).methods([
        Method::INVITE,
        Method::OPTIONS,
        Method::REFER,
    ])
}

fn config(a: Trunk, b: Trunk) -> Config {
    config_of(
        [a, b],
        [Route::from("a").dialed(NUMBER).to("b"), Route::from("b").prefix("+1206").to("a")],
    )
}

/// Takes calls, and whatever comes in them; refers and is referred.
fn obliging(ip: &str) -> Phone {
    let own = voice(ip);
    Phone::new(&own.clone(), move |agent: &mut UserAgent, now, event: &ua::Event| match event {
        ua::Event::Incoming { session, request } => {
            ring(agent, now, *session);
            pick_up(agent, now, *session, &own, request);
        }
        ua::Event::InDialog { transaction, .. } => {
            agent.respond(now, *transaction, Reply::new(StatusCode::OK)).expect("it waits");
        }
        _ => {}
    })
}

fn talking(config: &Config, a: Phone, b: Phone) -> (Switchboard, SessionId, SessionId) {
    let mut board = Switchboard::new(config);
    board.referring_phone("a", "127.0.2.1:5060", a);
    board.referring_phone("b", "127.0.3.1:5060", b);
    let calling = board.dial("a");
    board.run_ms(1_000);
    let called = board.called("b");
    assert_eq!(board.final_to("a").status().code(), 200, "{}", board.ladder());
    (board, calling, called)
}

fn refer(board: &mut Switchboard, session: SessionId, to: &str) {
    let uri = Uri::parse(to.as_bytes()).expect("a URI").into_owned();
    let sent = board.agent("b", |agent, now| agent.refer(now, session, &uri, &HeaderList::new()));
    sent.expect("b talks");
}

/// What `b` was told of its REFERs: answers, then how the call went.
fn told(board: &mut Switchboard, name: &str) -> Vec<u16> {
    let mut told = Vec::new();
    for event in &board.host(name).events {
        match event {
            ua::Event::Response { outcome: Ok(response), .. } => {
                told.push(response.response().status().code());
            }
            ua::Event::Referral {
                progress: ReferProgress::Provisional(status) | ReferProgress::Final(status),
                ..
            } => told.push(status.code()),
            _ => {}
        }
    }
    told
}

fn users(board: &Switchboard, name: &str) -> Vec<String> {
    let invites = board.requests_to(name, &Method::INVITE);
    let user = |invite: &siptrunk::message::Request| {
        invite.request_uri().expect("a URI").user().expect("a user").to_string()
    };
    invites.iter().map(user).collect()
}

#[test]
fn a_cold_transfer_becomes_a_bye_with_headers_where_the_trunk_wants_it_so() {
    let config = config(five9(HandBackBy::Bye), synthflow());
    let (mut board, _, called) = talking(&config, obliging(A), obliging(B));
    refer(&mut board, called, "sip:+12065550111@wherever.example");
    board.run_ms(1_000);
    assert_eq!(told(&mut board, "b"), [202, 100, 200], "{}", board.ladder());
    let bye = board.requests_to("a", &Method::BYE).remove(0);
    assert_eq!(header(bye.headers(), "X-RouteType"), "PhoneTransfer");
    assert_eq!(header(bye.headers(), "X-RouteValue"), LIVE_AGENT);
    assert_eq!(users(&board, "a").len(), 0);
    let record = board.over_one();
    assert_eq!((record.failure, record.hand_back.len()), (None, 2));
}

#[test]
fn a_cold_transfer_becomes_a_bridged_invite_on_a_self_service_trunk() {
    let config = config(five9(HandBackBy::Invite), synthflow());
    let (mut board, _, called) = talking(&config, obliging(A), obliging(B));
    refer(&mut board, called, "sip:+12065550111@wherever.example;user=phone?Subject=x");
    board.run_ms(1_000);
    assert_eq!(users(&board, "a"), [LIVE_AGENT], "{}", board.ladder());
    assert_eq!(told(&mut board, "b"), [202, 100, 180, 200]);
    board.run_ms(2_000);
    assert_eq!(board.requests_to("b", &Method::BYE).len(), 1, "b's part is over");
    assert!(board.events.iter().any(|event| matches!(event, Event::Transferred { .. })));
    let agent = board.called("a");
    board.bye("a", agent);
    board.run_ms(1_000);
    let record = board.over_one();
    assert_eq!((record.ended_by, record.failure), (EndedBy::Callee, None));
}

#[test]
fn a_cold_transfer_that_fails_is_told_and_the_talk_goes_on() {
    let config = config(five9(HandBackBy::Invite), synthflow());
    let own = voice(A);
    let busy = Phone::replying(&own, false, Reply::new(code(486)));
    let (mut board, calling, called) = talking(&config, busy, obliging(B));
    refer(&mut board, called, "sip:+12065550111@x.example");
    board.run_ms(1_000);
    assert_eq!(told(&mut board, "b"), [202, 100, 486], "{}", board.ladder());
    assert_eq!(board.speak("b", "a", 0), Some(0));
    // Another one may follow.
    refer(&mut board, called, "sip:+12065550112@x.example");
    board.run_ms(1_000);
    assert_eq!(told(&mut board, "b")[3..], [202, 100, 486]);
    board.bye("a", calling);
    board.run_ms(1_000);
    let record = board.over_one();
    assert_eq!((record.ended_by, record.failure), (EndedBy::Caller, None));
    assert!(record.transfer.is_some_and(|transfer| transfer.failure.is_some()));
}

#[test]
fn a_referrer_that_hangs_up_at_once_leaves_the_caller_to_the_new_leg() {
    let config = config(five9(HandBackBy::Invite), synthflow());
    let (mut board, _, called) = talking(&config, Phone::ringing(&voice(A)), obliging(B));
    refer(&mut board, called, "sip:+12065550111@x.example");
    board.run_ms(200);
    board.bye("b", called);
    board.run_ms(200);
    assert_eq!(board.requests_to("a", &Method::BYE).len(), 0, "{}", board.ladder());
    board.take("a");
    board.run_ms(500);
    assert!(board.events.iter().any(|event| matches!(event, Event::Transferred { .. })));
    let agent = board.called("a");
    board.bye("a", agent);
    board.run_ms(500);
    assert_eq!(board.over_one().failure, None);
}

#[test]
fn a_warm_transfer_calls_synthflow_back_with_exactly_that_user_and_joins_the_caller() {
    let config = config(five9(HandBackBy::Invite), synthflow());
    let (mut board, calling, called) = talking(&config, obliging(A), obliging(B));
    refer(&mut board, called, "sip:08757042251234567890@sip.us.synthflow.ai:32681");
    board.run_ms(1_000);
    assert_eq!(users(&board, "b"), [NUMBER, "08757042251234567890"], "{}", board.ladder());
    assert_eq!(told(&mut board, "b"), [202, 100, 180, 200]);
    board.assert_talking("a", "b");
    board.bye("a", calling);
    board.run_ms(1_000);
    let record = board.over_one();
    assert_eq!(record.c.map(|leg| leg.trunk).as_deref(), Some("b"));
    assert_eq!((record.ended_by, record.failure), (EndedBy::Caller, None));
}

/// T16: 200 hostile values, and no call outside of what routes and the profile say.
#[test]
fn hostile_refers_dial_nobody() {
    let mut hostile: Vec<String> = Vec::new();
    let users = [
        "+19005551234",
        "+442079460018",
        "12065550111",
        "0875704225",
        "0875704225a",
        "087570422512;x",
        "08757042250@1",
        "%2b12065550111x",
        "admin",
        "root",
        "",
        "+1206555;ext=1",
        "*",
        "#31#",
        "112",
    ];
    let hosts = [
        "127.0.0.1",
        "127.0.1.1:5060",
        "10.0.0.1",
        "192.168.0.1:22",
        "[::1]",
        "evil.example",
        "169.254.169.254",
    ];
    for user in users {
        for host in hosts {
            hostile.push(format!("sip:{user}@{host}"));
            hostile.push(format!("sip:{user}@{host}?Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3"));
        }
    }
    hostile.retain(|uri| Uri::parse(uri.as_bytes()).is_ok());
    hostile.extend(
        (0..20).map(|at| format!("sip:+12065550111@h{at}?Replaces=x%3Bto-tag%3Dy%3Bfrom-tag%3Dz")),
    );
    hostile.extend((0..20).map(|at| format!("sip:h{at}.example;method=BYE")));
    hostile.extend((0..20).map(|at| format!("tel:+1900555{at:04}")));
    assert!(hostile.len() >= 200, "{}", hostile.len());
    let config = config(five9(HandBackBy::Invite), synthflow());
    let (mut board, calling, called) = talking(&config, obliging(A), obliging(B));
    for uri in &hostile {
        refer(&mut board, called, uri);
        board.run_ms(50);
    }
    assert_eq!(users_of(&board), (0, 1), "{}", board.ladder());
    let refused = told(&mut board, "b");
    assert_eq!(refused.len(), hostile.len());
    assert!(refused.iter().all(|status| (400..700).contains(status)), "{refused:?}");
    board.assert_talking("a", "b");
    board.bye("a", calling);
    board.run_ms(500);
    let record = board.over_one();
    assert!((1..=16).contains(&record.remarks.len()), "said, and not two hundred times");
    assert!(record.remarks.iter().all(|it| matches!(it, CallFailure::ReferRefused { .. })));
}

/// The INVITEs that `a` and `b` got.
fn users_of(board: &Switchboard) -> (usize, usize) {
    (users(board, "a").len(), users(board, "b").len())
}

#[test]
fn a_trunk_that_was_not_allowed_to_refer_is_refused() {
    let mut b = synthflow();
    b.inbound.methods.retain(|method| *method != Method::REFER);
    // The other trunk may: so the gateway knows the method.
    let a = five9(HandBackBy::Invite).methods([Method::INVITE, Method::REFER]);
    let (mut board, calling, called) = talking(&config(a, b), obliging(A), obliging(B));
    refer(&mut board, called, "sip:+12065550111@x.example");
    board.run_ms(500);
    assert_eq!(told(&mut board, "b"), [403]);
    assert_eq!(users_of(&board), (0, 1));
    board.bye("a", calling);
    board.run_ms(500);
    board.over_one();
}

#[test]
fn only_one_transfer_at_a_time() {
    let config = config(five9(HandBackBy::Invite), synthflow());
    let (mut board, calling, called) = talking(&config, Phone::ringing(&voice(A)), obliging(B));
    refer(&mut board, called, "sip:+12065550111@x.example");
    board.run_ms(500);
    for _ in 0..20 {
        let name = HeaderName::new("Refer-To").unwrap();
        let mut headers = HeaderList::new();
        let value = HeaderValue::new("<sip:+12065550112@x.example>").unwrap();
        headers.push(name, value).expect("an application may");
        let sent =
            board.agent("b", |agent, now| agent.request(now, called, Method::REFER, headers, None));
        sent.expect("b talks");
        board.run_ms(20);
    }
    let statuses = told(&mut board, "b");
    assert_eq!(statuses.iter().filter(|status| **status == 491).count(), 20, "{statuses:?}");
    assert_eq!(users(&board, "a"), [LIVE_AGENT]);
    board.bye("a", calling);
    board.run_ms(500);
    board.over_one();
}

/// A phone `a` that follows REFER with these statuses.
fn following(accept: u16, progress: &'static [u16]) -> Phone {
    let own = voice(A);
    Phone::new(&own, move |agent: &mut UserAgent, now, event: &ua::Event| {
        if let ua::Event::Refer { session, transaction, .. } = event {
            agent.respond(now, *transaction, Reply::new(code(accept))).expect("it waits");
            for status in progress {
                agent.notify_refer(now, *session, code(*status)).expect("it is followed");
            }
        }
    })
}

fn hand_back(board: &mut Switchboard, called: SessionId) {
    let mut headers = HeaderList::new();
    headers.push_str("X-RouteType", "PhoneTransfer").expect("a field");
    headers.push_str("X-RouteValue", LIVE_AGENT).expect("a field");
    board.agent("b", |agent, now| agent.bye(now, called, headers)).expect("b talks");
}

#[test]
fn a_hand_back_by_refer_asks_the_callers_trunk_and_ends_once_it_is_done() {
    let config = config(five9(HandBackBy::Refer), synthflow());
    let (mut board, _, called) = talking(&config, following(202, &[180, 200]), obliging(B));
    hand_back(&mut board, called);
    board.run_ms(1_000);
    let refer = board.requests_to("a", &Method::REFER).remove(0);
    assert_eq!(header(refer.headers(), "Refer-To"), format!("<sip:{LIVE_AGENT}@{A}:5060>"));
    assert_eq!(header(refer.headers(), "X-RouteType"), "PhoneTransfer");
    assert_eq!(board.requests_to("a", &Method::BYE).len(), 1, "{}", board.ladder());
    assert_eq!(users(&board, "a").len(), 0);
    let record = board.over_one();
    assert_eq!((record.ended_by, record.failure), (EndedBy::Callee, None));
}

#[test]
fn a_refer_that_is_refused_or_comes_to_nothing_is_no_invite() {
    for (accept, progress, cause) in [(405, &[][..], 405), (202, &[486], 486), (603, &[], 603)] {
        let config = config(five9(HandBackBy::Refer), synthflow());
        let (mut board, _, called) = talking(&config, following(accept, progress), obliging(B));
        hand_back(&mut board, called);
        board.run(Duration::from_secs(5));
        assert_eq!(users(&board, "a").len(), 0, "never a silent other way");
        let bye = board.requests_to("a", &Method::BYE);
        assert_eq!(bye.len(), 1, "{}", board.ladder());
        let reason = header(bye[0].headers(), "Reason");
        assert!(reason.starts_with(&format!("SIP;cause={cause}")), "{reason}");
        let refused = CallFailure::Refused { trunk: "a".to_owned(), status: code(cause) };
        let failed =
            CallFailure::TransferFailed { to: LIVE_AGENT.to_owned(), cause: Box::new(refused) };
        assert_eq!(board.over_one().failure, Some(failed));
    }
}
