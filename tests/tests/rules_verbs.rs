//! What the application may ask of the bridge, in each stage of a call: hang up, drain, shut down.

use std::time::Duration;

use siptrunk::bridge::{Bridge, BridgeError, CallFailure, EndedBy, Event, Settings};
use siptrunk::message::{HeaderList, Method, NameAddr, Response, StatusCode, Uri};
use siptrunk::transaction::Target;
use siptrunk::ua::{Destination, SessionId};
use siptrunk_tests::Grant;
use siptrunk_tests::phone::{Phone, Switchboard, config, header, voice};
use siptrunk_tests::scene::{GATEWAY, address};

/// How far a call has come when the verb is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The ports were asked for and not granted yet.
    Preparing,
    /// Dialled, and nothing but 100 came back.
    Dialling,
    /// It rings.
    Ringing,
    /// Both talk.
    Connected,
    /// Both sides have a 200, and the caller's ACK is under way.
    Unacknowledged,
}

const STAGES: [Stage; 5] =
    [Stage::Preparing, Stage::Dialling, Stage::Ringing, Stage::Connected, Stage::Unacknowledged];

/// A world with a call that has come so far.
fn call(stage: Stage) -> (Switchboard, SessionId) {
    let mut board = Switchboard::with(&config(), Settings::default(), |host| match stage {
        Stage::Preparing => host.grant(Grant::After(Duration::from_secs(2))),
        _ => host,
    });
    let own = voice("127.0.3.1");
    let b1 = match stage {
        Stage::Dialling => Phone::passive(&own),
        Stage::Ringing => Phone::ringing(&own),
        _ => Phone::friendly(&own),
    };
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
    board.phone("b1", "127.0.3.1:5060", b1);
    board.phone("b2", "127.0.3.2:5060", Phone::friendly(&voice("127.0.3.2")));
    let (a, gateway) = (board.node("a"), board.gateway);
    let session = board.dial("a");
    if stage == Stage::Unacknowledged {
        board.run_ms(1);
        let slow = siptrunk::sim::Link::default().delay(Duration::from_millis(300));
        board.world.link(a, gateway, slow);
    }
    board.run_ms(100);
    (board, session)
}

/// The request that ended a phone's leg, or the response that refused it, with its Reason.
fn told(board: &Switchboard, name: &str) -> (String, String) {
    for method in [Method::BYE, Method::CANCEL] {
        if let [request] = &board.requests_to(name, &method)[..] {
            return (method.as_str().to_owned(), header(request.headers(), "Reason"));
        }
    }
    match board.responses_to(name, &Method::INVITE).last() {
        Some(response) => {
            let status = response.status().code().to_string();
            (status, header(response.headers(), "Reason"))
        }
        None => Default::default(),
    }
}

#[test]
fn hang_up_in_each_stage_ends_both_sides_with_a_reason() {
    for stage in STAGES {
        let (mut board, _) = call(stage);
        let handle = board.handle();
        let text = "no \"agent\"\r\nleft\\";
        board.bridge(|bridge, now| bridge.hang_up(now, handle, text)).unwrap();
        board.run_ms(600);
        let (to_a, to_b) = match stage {
            Stage::Preparing => ("480", ""),
            Stage::Dialling | Stage::Ringing => ("480", "CANCEL"),
            Stage::Connected | Stage::Unacknowledged => ("BYE", "BYE"),
        };
        let reason = "SIP;cause=480;text=\"no agentleft\"";
        assert_eq!(told(&board, "a"), (to_a.into(), reason.into()), "{stage:?}");
        let reason = if to_b.is_empty() { "" } else { reason };
        assert_eq!(told(&board, "b1"), (to_b.into(), reason.into()), "{stage:?}");
        if to_a == "480" {
            // An SBC that gets 503 may take the whole trunk out of service.
            assert_eq!(header(board.final_to("a").headers(), "Retry-After"), "");
        }
        let record = board.over_one();
        assert_eq!(record.failure, Some(CallFailure::HungUp { reason: text.to_owned() }));
        assert_eq!(record.ended_by, EndedBy::Gateway);
        assert!(board.requests_to("b2", &Method::INVITE).is_empty(), "no other trunk is tried");
        let gone = board.bridge(|bridge, now| bridge.hang_up(now, handle, text));
        assert_eq!(gone, Err(BridgeError::UnknownCall(handle)));
    }
}

#[test]
fn a_second_hang_up_does_nothing() {
    let (mut board, _) = call(Stage::Connected);
    let handle = board.handle();
    for _ in 0..2 {
        board.bridge(|bridge, now| bridge.hang_up(now, handle, "first")).unwrap();
    }
    board.over_one();
    assert_eq!(board.requests_to("a", &Method::BYE).len(), 1);
}

/// Asks the gateway for its options; its answer.
fn options(board: &mut Switchboard) -> Response {
    let gateway = address(GATEWAY);
    let uri: Uri<'static> = Uri::parse(b"sip:127.0.1.1:5060").unwrap().into_owned();
    let from = NameAddr::new(Uri::parse(b"sip:ping@127.0.2.1").unwrap().into_owned());
    let to = Destination::Targets(vec![Target::udp(gateway)]);
    board.agent("a", |agent, now| agent.options(now, to, uri, from)).unwrap();
    board.run_ms(50);
    board.responses_to("a", &Method::OPTIONS).pop().expect("an answer to OPTIONS")
}

fn drained(board: &Switchboard) -> usize {
    board.events.iter().filter(|event| matches!(event, Event::Drained)).count()
}

#[test]
fn draining_refuses_what_is_new_and_lets_live_calls_go_on() {
    let (mut board, session) = call(Stage::Connected);
    assert_eq!(options(&mut board).status(), StatusCode::OK);
    for _ in 0..2 {
        board.bridge(Bridge::drain);
    }
    let answer = options(&mut board);
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(answer.headers(), "Retry-After"), "5");
    board.dial("a");
    board.run_ms(100);
    let answer = board.final_to("a");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(answer.headers(), "Retry-After"), "5");
    assert_eq!(board.refused()[0].failure, Some(CallFailure::Draining));
    board.assert_talking("a", "b1");
    let hold = voice("127.0.2.1").describe(2, "sendonly", voice("127.0.2.1").media);
    board
        .agent("a", |agent, now| {
            agent.request(now, session, Method::INVITE, HeaderList::new(), Some(hold))
        })
        .unwrap();
    board.run_ms(100);
    assert_eq!(board.final_to("a").status(), StatusCode::OK, "a re-INVITE is no new call");
    assert_eq!(drained(&board), 0);
    board.bye("a", session);
    board.run_ms(100);
    assert_eq!(drained(&board), 1);
    assert_eq!(board.over_one().failure, None);
    assert_eq!(drained(&board), 1, "told once");
}

#[test]
fn draining_an_idle_gateway_is_told_at_once_and_once() {
    let mut board = Switchboard::usual(None, None, None);
    for _ in 0..3 {
        board.bridge(Bridge::drain);
        assert_eq!(drained(&board), 1);
    }
    board.bridge(Bridge::shutdown);
    assert!(board.over().is_empty());
    assert_eq!(drained(&board), 1);
}

#[test]
fn shutdown_in_each_stage_ends_both_sides_and_tells_when_nothing_is_left() {
    for stage in STAGES {
        let (mut board, _) = call(stage);
        board.bridge(Bridge::shutdown);
        board.bridge(Bridge::shutdown);
        board.run_ms(600);
        let (to_a, to_b) = match stage {
            Stage::Preparing => ("503", ""),
            Stage::Dialling | Stage::Ringing => ("503", "CANCEL"),
            Stage::Connected | Stage::Unacknowledged => ("BYE", "BYE"),
        };
        let reason = "SIP;cause=503;text=\"gateway shutting down\"";
        assert_eq!(told(&board, "a"), (to_a.into(), reason.into()), "{stage:?}");
        let reason = if to_b.is_empty() { "" } else { reason };
        assert_eq!(told(&board, "b1"), (to_b.into(), reason.into()), "{stage:?}");
        if to_a == "503" {
            assert_eq!(header(board.final_to("a").headers(), "Retry-After"), "5");
        }
        let record = board.over_one();
        assert_eq!(record.failure, Some(CallFailure::Draining));
        assert_eq!(drained(&board), 1, "{stage:?}");
    }
}

#[test]
fn a_full_node_says_503_and_when_to_come_again() {
    let mut settings = Settings::default();
    settings.max_calls = 1;
    let mut board = Switchboard::with(&config(), settings, |host| host);
    for (name, ip) in [("a", "127.0.2.1"), ("b1", "127.0.3.1"), ("b2", "127.0.3.2")] {
        board.phone(name, &format!("{ip}:5060"), Phone::friendly(&voice(ip)));
    }
    let session = board.dial("a");
    board.run_ms(100);
    board.dial("a");
    board.run_ms(100);
    let answer = board.final_to("a");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(answer.headers(), "Retry-After"), "5");
    assert_eq!(board.refused()[0].failure, Some(CallFailure::NodeFull { limit: 1 }));
    board.bye("a", session);
    board.over_one();
}

#[test]
fn the_longest_duration_and_silence_end_a_call_with_a_reason() {
    for (longest, text) in [(20, "longest duration reached"), (10_000, "no audio")] {
        let mut settings = Settings::default();
        settings.max_duration = Duration::from_secs(longest);
        let mut board = Switchboard::with(&config(), settings, |host| host);
        for (name, ip) in [("a", "127.0.2.1"), ("b1", "127.0.3.1"), ("b2", "127.0.3.2")] {
            board.phone(name, &format!("{ip}:5060"), Phone::friendly(&voice(ip)));
        }
        board.dial("a");
        board.run(Duration::from_secs(19));
        assert!(board.ended().is_empty());
        board.run(Duration::from_secs(70));
        for name in ["a", "b1"] {
            let (what, reason) = told(&board, name);
            assert_eq!(what, "BYE");
            assert!(reason.contains(text), "{reason}");
        }
        let record = board.over_one();
        match record.failure {
            Some(CallFailure::TooLong) => assert_eq!(longest, 20),
            Some(CallFailure::Silent { .. }) => assert_eq!(longest, 10_000),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn times_without_end_are_taken_as_such() {
    let mut settings = Settings::default();
    settings.ringing = Duration::MAX;
    settings.max_duration = Duration::MAX;
    settings.media_timeout = Duration::MAX;
    settings.media_report = Duration::MAX;
    let mut board = Switchboard::with(&config(), settings, |host| host);
    for (name, ip) in [("a", "127.0.2.1"), ("b1", "127.0.3.1"), ("b2", "127.0.3.2")] {
        board.phone(name, &format!("{ip}:5060"), Phone::friendly(&voice(ip)));
    }
    let session = board.dial("a");
    board.run(Duration::from_secs(86_400));
    board.assert_talking("a", "b1");
    board.bye("a", session);
    assert_eq!(board.over_one().failure, None);
}
