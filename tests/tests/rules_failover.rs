//! The next trunk of a route: when it is tried, when it is not, and that never two far ends stay.

use std::time::Duration;

use siptrunk::bridge::{Bridge, CallFailure, Event, Settings};
use siptrunk::message::{HeaderList, HeaderName, HeaderValue, Method, StatusCode};
use siptrunk::profiles::{Config, Route, Trunk};
use siptrunk::sim::Link;
use siptrunk::ua::{self, Cause, Reply};
use siptrunk_tests::phone::{Phone, Switchboard, code, config, config_of, header, trunk, voice};
use siptrunk_tests::scene::address;

const B1: &str = "127.0.3.1";

/// Which trunks were dialled, in order.
fn dialled(board: &Switchboard) -> Vec<String> {
    let names = board.events.iter().filter_map(|event| match event {
        Event::Dialled { to, .. } => Some(to.clone()),
        _ => None,
    });
    names.collect()
}

/// Phones that are in a call and were not told of its end.
fn connected(board: &mut Switchboard) -> Vec<&'static str> {
    let mut names = vec!["b1", "b2"];
    names.retain(|name| {
        let events = &board.host(name).events;
        let confirmed = events.iter().filter(|it| matches!(it, ua::Event::Confirmed { .. }));
        let ended = |it: &&ua::Event| match it {
            ua::Event::Ended { ending, .. } => ending.answered,
            _ => false,
        };
        confirmed.count() > events.iter().filter(ended).count()
    });
    names
}

/// The caller talks with this phone alone; it hangs up, and all is over.
fn assert_taken_by(board: &mut Switchboard, call: ua::SessionId, name: &str) {
    assert_eq!(board.final_to("a").status(), StatusCode::OK, "{}", board.ladder());
    assert_eq!(connected(board), [name], "{}", board.ladder());
    board.assert_talking("a", name);
    board.bye("a", call);
    let record = board.over_one();
    assert_eq!(record.failure, None);
    assert_eq!(record.b.unwrap().trunk, name);
}

#[test]
fn listed_statuses_go_on_to_the_next_trunk_and_others_do_not() {
    // (what b1 says, whether it rings before, whether b2 gets the call)
    let rows = [
        (408, false, true),
        (480, false, true),
        (503, false, true),
        (504, false, true),
        (404, false, false),
        (484, false, false),
        (486, false, false),
        (488, false, false),
        (500, false, false),
        (502, false, false),
        (600, false, false),
        (603, false, false),
        (302, false, false),
        (408, true, false),
        (480, true, false),
        (503, true, false),
        (504, true, false),
    ];
    for (status, rings, next) in rows {
        let b1 = Phone::replying(&voice(B1), rings, Reply::new(code(status)));
        let mut board = Switchboard::usual(None, Some(b1), None);
        let call = board.dial("a");
        board.run_ms(500);
        if next {
            assert_eq!(dialled(&board), ["b1", "b2"], "{status}");
            assert_taken_by(&mut board, call, "b2");
        } else {
            assert_eq!(dialled(&board), ["b1"], "{status} rings {rings}");
            assert!(board.final_to("a").status().code() >= 300);
            board.over_one();
        }
    }
}

#[test]
fn the_codes_of_the_route_decide() {
    let failover = [StatusCode::BUSY_HERE];
    for (status, next) in [(486, true), (503, false)] {
        let mut route = Route::from("a").to("b1").or("b2");
        route.failover = failover.to_vec();
        let trunks = [trunk("a", "127.0.2.1"), trunk("b1", "127.0.3.1"), trunk("b2", "127.0.3.2")];
        let mut board = Switchboard::new(&config_of(trunks, [route]));
        board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
        board.phone("b1", "127.0.3.1:5060", Phone::rejecting(&voice(B1), status));
        board.phone("b2", "127.0.3.2:5060", Phone::friendly(&voice("127.0.3.2")));
        let call = board.dial("a");
        board.run_ms(500);
        if next {
            assert_taken_by(&mut board, call, "b2");
        } else {
            assert_eq!(dialled(&board), ["b1"]);
            assert_eq!(board.final_to("a").status().code(), 500);
            board.over_one();
        }
    }
}

#[test]
fn nothing_from_the_first_trunk_goes_on_after_timer_b_and_nobody_stays_behind() {
    // The first trunk is deaf, or hears and cannot be heard until its answer comes too late.
    for mute in [false, true] {
        let mut board = Switchboard::usual(None, Some(Phone::ringing(&voice(B1))), None);
        let (gateway, b1) = (board.gateway, board.node("b1"));
        let (from, to) = if mute { (b1, gateway) } else { (gateway, b1) };
        // With timer B the transaction is over; a 200 that comes later is acknowledged and hung up.
        board.world.witness_mut().excuse(address("127.0.3.1:5060"));
        board.world.link(from, to, Link::default().partitioned());
        let call = board.dial("a");
        board.run(Duration::from_secs(20));
        if mute {
            board.take("b1");
        }
        board.run(Duration::from_secs(11));
        assert_eq!(dialled(&board), ["b1"], "b1 has until timer B");
        board.run(Duration::from_secs(2));
        assert_eq!(dialled(&board), ["b1", "b2"]);
        // Now b1's 200 can be heard, which it repeats until second 52.
        board.world.link(from, to, Link::default());
        board.run(Duration::from_secs(25));
        assert_taken_by(&mut board, call, "b2");
        if mute {
            let endings = board.endings("b1");
            assert!(matches!(&endings[..], [Cause::RemoteBye(_)]), "{}", board.ladder());
        }
    }
}

#[test]
fn both_fail_and_the_caller_is_told_of_the_last() {
    // (b1, b2, caller, Reason)
    let rows = [
        (503, 503, 500, "SIP;cause=503;text=\"Service Unavailable\""),
        (503, 486, 486, "SIP;cause=486;text=\"Busy Here\""),
        (480, 404, 404, "SIP;cause=404;text=\"Not Found\""),
        (504, 408, 504, "SIP;cause=408;text=\"Request Timeout\""),
    ];
    for (first, second, expected, reason) in rows {
        let b1 = Phone::rejecting(&voice(B1), first);
        let b2 = Phone::rejecting(&voice("127.0.3.2"), second);
        let mut board = Switchboard::usual(None, Some(b1), Some(b2));
        board.dial("a");
        board.run_ms(500);
        let got = board.final_to("a");
        assert_eq!(got.status().code(), expected, "{first} {second}");
        assert_eq!(header(got.headers(), "Reason"), reason);
        assert_eq!(header(got.headers(), "Retry-After"), "");
        assert_eq!(dialled(&board), ["b1", "b2"]);
        let record = board.over_one();
        let failure = CallFailure::Refused { trunk: "b2".to_owned(), status: code(second) };
        assert_eq!(record.failure, Some(failure));
    }
}

/// The usual trunks, with `edit` for b1.
fn with_b1(edit: impl FnOnce(Trunk) -> Trunk) -> Config {
    let mut config = config();
    let b1 = config.trunks.remove(1);
    config.trunks.insert(1, edit(b1));
    config
}

fn world(config: &Config) -> Switchboard {
    let mut board = Switchboard::new(config);
    for (name, ip) in [("a", "127.0.2.1"), ("b1", "127.0.3.1"), ("b2", "127.0.3.2")] {
        board.phone(name, &format!("{ip}:5060"), Phone::friendly(&voice(ip)));
    }
    board
}

#[test]
fn a_trunk_without_an_address_is_skipped_and_without_any_the_gateway_is_out() {
    let nameless = |mut trunk: Trunk| {
        trunk.hosts = vec![format!("{}.example", trunk.name).parse().unwrap()];
        trunk
    };
    let named = with_b1(nameless);
    let mut board = world(&named);
    let call = board.dial("a");
    board.run_ms(500);
    assert_taken_by(&mut board, call, "b2");

    let mut config = named;
    config.trunks[2] = nameless(config.trunks[2].clone());
    let mut board = world(&config);
    board.dial("a");
    board.run_ms(500);
    let got = board.final_to("a");
    assert_eq!(got.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(got.headers(), "Retry-After"), "5");
    let record = board.over_one();
    assert_eq!(record.failure, Some(CallFailure::Unresolved { trunk: "b2".to_owned() }));
}

#[test]
fn a_trunk_that_nothing_can_be_sent_to_is_skipped() {
    // No listener of the gateway has its address family.
    let mut board = world(&with_b1(|mut trunk| {
        trunk.hosts = vec!["[2001:db8::1]:5060".parse().unwrap()];
        trunk
    }));
    let call = board.dial("a");
    board.run_ms(500);
    assert_taken_by(&mut board, call, "b2");
}

#[test]
fn a_full_trunk_is_skipped_and_counted_exactly() {
    let mut board = world(&with_b1(|trunk| trunk.max_calls(1)));
    let first = board.dial("a");
    board.run_ms(500);
    let second = board.dial("a");
    board.run_ms(500);
    assert_eq!(dialled(&board), ["b1", "b2"]);
    for call in [first, second] {
        board.bye("a", call);
    }
    board.run_ms(500);
    // Its seat is free again.
    let third = board.dial("a");
    board.run_ms(500);
    assert_eq!(dialled(&board), ["b1", "b2", "b1"]);
    board.bye("a", third);
    assert_eq!(board.over().len(), 3);
}

#[test]
fn the_last_trunk_full_is_486() {
    let mut config = config();
    config.routes[0] = Route::from("a").to("b1");
    config.trunks[1].max_calls = Some(1);
    let mut board = world(&config);
    let call = board.dial("a");
    board.run_ms(500);
    board.dial("a");
    board.run_ms(500);
    assert_eq!(board.final_to("a").status(), StatusCode::BUSY_HERE);
    board.bye("a", call);
    let records = board.over();
    let failure = CallFailure::TrunkFull { trunk: "b1".to_owned(), limit: 1 };
    assert_eq!(records[0].failure, Some(failure));
}

#[test]
fn a_late_answer_of_an_abandoned_target_is_hung_up() {
    // One trunk with two hosts: the first is silent longer than it may be, then answers.
    let config = with_b1(|trunk| trunk.host("127.0.3.2:5060"));
    let mut config = config;
    config.trunks.remove(2);
    config.routes[0] = Route::from("a").to("b1");
    let mut board = Switchboard::new(&config);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
    board.phone("b1", "127.0.3.1:5060", Phone::friendly(&voice(B1)));
    board.phone("b2", "127.0.3.2:5060", Phone::friendly(&voice("127.0.3.2")));
    board.forks();
    let (gateway, b1) = (board.gateway, board.node("b1"));
    board.world.link(b1, gateway, Link::default().partitioned());
    let call = board.dial("a");
    board.run_ms(4_500);
    assert_eq!(connected(&mut board), ["b2"], "{}", board.ladder());
    board.world.link(b1, gateway, Link::default());
    board.run(Duration::from_secs(5));
    assert_eq!(connected(&mut board), ["b2"], "{}", board.ladder());
    assert_eq!(board.requests_to("b1", &Method::ACK).len(), 1);
    assert_eq!(board.requests_to("b1", &Method::BYE).len(), 1);
    board.assert_talking("a", "b2");
    board.bye("a", call);
    board.over_one();
}

#[test]
fn a_cancel_reaches_whichever_trunk_rings() {
    let b1 = Phone::rejecting(&voice(B1), 503);
    let b2 = Phone::ringing(&voice("127.0.3.2"));
    let mut board = Switchboard::usual(None, Some(b1), Some(b2));
    let call = board.dial("a");
    board.run_ms(500);
    let mut reason = HeaderList::new();
    reason.push_str("Reason", "SIP;cause=200;text=\"elsewhere\"").unwrap();
    board.agent("a", |agent, now| agent.cancel(now, call, reason)).unwrap();
    board.run_ms(500);
    let cancels = board.requests_to("b2", &Method::CANCEL);
    assert_eq!(cancels.len(), 1);
    assert_eq!(header(cancels[0].headers(), "Reason"), "SIP;cause=200;text=\"elsewhere\"");
    assert!(board.requests_to("b1", &Method::CANCEL).is_empty());
    let record = board.over_one();
    assert_eq!(record.failure, Some(CallFailure::Cancelled));
}

#[test]
fn a_200_that_crosses_the_cancel_is_hung_up() {
    let mut board = Switchboard::usual(None, Some(Phone::ringing(&voice(B1))), None);
    let call = board.dial("a");
    board.run_ms(500);
    // Both at one instant: the caller's CANCEL and the called side's 200 pass each other.
    board.agent("a", |agent, now| agent.cancel(now, call, HeaderList::new())).unwrap();
    board.take("b1");
    board.run_ms(500);
    assert_eq!(board.requests_to("b1", &Method::BYE).len(), 1, "{}", board.ladder());
    assert_eq!(board.final_to("a").status(), StatusCode::REQUEST_TERMINATED);
    let record = board.over_one();
    assert_eq!(record.failure, Some(CallFailure::Cancelled));
    assert!(connected(&mut board).is_empty());
}

#[test]
fn timer_c_ends_a_call_that_rings_for_ever_and_no_other_trunk_is_tried() {
    let mut settings = Settings::default();
    settings.ringing = Duration::from_secs(30);
    let mut board = Switchboard::with(&config(), settings, |host| host);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
    board.phone("b1", "127.0.3.1:5060", Phone::ringing(&voice(B1)));
    board.phone("b2", "127.0.3.2:5060", Phone::friendly(&voice("127.0.3.2")));
    board.dial("a");
    board.run(Duration::from_secs(29));
    assert_eq!(board.statuses_to("a", &Method::INVITE), [100, 180]);
    board.run(Duration::from_secs(2));
    assert_eq!(board.final_to("a").status(), StatusCode::TEMPORARILY_UNAVAILABLE);
    assert_eq!(board.requests_to("b1", &Method::CANCEL).len(), 1);
    assert_eq!(dialled(&board), ["b1"]);
    assert_eq!(board.world.node::<Bridge>(board.gateway).calls(), 0);
    let record = board.over_one();
    assert_eq!(record.failure, Some(CallFailure::NoAnswer { trunk: "b1".to_owned() }));
}

#[test]
fn a_failed_trunk_is_not_forgotten_for_half_a_minute() {
    // A 503 closes the trunk's only host; with no other it is tried all the same. With Retry-After the
    // trunk itself is left in peace for so long (RFC 3261 21.5.4).
    let busy = Reply::new(StatusCode::SERVICE_UNAVAILABLE);
    let later = HeaderValue::from_static("60").unwrap();
    let asks = busy.clone().extra(HeaderName::RETRY_AFTER, later);
    for (reply, expected) in [(busy, &["b1", "b2", "b1", "b2"][..]), (asks, &["b1", "b2", "b2"])] {
        let b1 = Phone::replying(&voice(B1), false, reply);
        let mut board = Switchboard::usual(None, Some(b1), None);
        for _ in 0..2 {
            let call = board.dial("a");
            board.run_ms(500);
            board.bye("a", call);
            board.run_ms(500);
        }
        assert_eq!(dialled(&board), expected);
        assert_eq!(board.over().len(), 2);
    }
}
