//! Whether trunks live and how fast calls go to them: OPTIONS, the next trunk when one is down, the pace of a
//! trunk, and the pause that a 503 asks for.

use std::time::Duration;

use siptrunk::bridge::{Bridge, CallFailure, Event};
use siptrunk::message::{HeaderName, HeaderValue, Method, StatusCode};
use siptrunk::profiles::{Config, Health, Route, Trunk};
use siptrunk::sim::Link;
use siptrunk::ua::Reply;
use siptrunk_tests::phone::{NUMBER, Phone, Switchboard, config_of, trunk, voice};

const A: &str = "127.0.2.1";
const B1: &str = "127.0.3.1";
const B2: &str = "127.0.3.2";

fn config(b1: impl FnOnce(Trunk) -> Trunk) -> Config {
    config_of(
        [trunk("a", A), b1(trunk("b1", B1)), trunk("b2", B2)],
        [Route::from("a").dialed(NUMBER).to("b1").or("b2")],
    )
}

fn world(config: &Config, b1: Phone) -> Switchboard {
    let mut board = Switchboard::new(config);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("b1", "127.0.3.1:5060", b1);
    board.phone("b2", "127.0.3.2:5060", Phone::friendly(&voice(B2)));
    board
}

/// A phone that answers OPTIONS, and calls.
fn living() -> Phone {
    use siptrunk::ua::{Event, UserAgent};
    use siptrunk_tests::phone::{pick_up, ring};
    let own = voice(B1);
    Phone::new(&own.clone(), move |agent: &mut UserAgent, now, event: &Event| match event {
        Event::Request { transaction, .. } | Event::InDialog { transaction, .. } => {
            agent.respond(now, *transaction, Reply::new(StatusCode::OK)).expect("it waits");
        }
        Event::Incoming { session, request } => {
            ring(agent, now, *session);
            pick_up(agent, now, *session, &own, request);
        }
        _ => {}
    })
}

/// What was told of trunk `b1`: up or down.
fn told(board: &Switchboard) -> Vec<bool> {
    let events = board.events.iter().filter_map(|event| match event {
        Event::TrunkUp { trunk } if trunk == "b1" => Some(true),
        Event::TrunkDown { trunk } if trunk == "b1" => Some(false),
        _ => None,
    });
    events.collect()
}

fn invited(board: &Switchboard, name: &str) -> usize {
    board.requests_to(name, &Method::INVITE).len()
}

#[test]
fn a_trunk_that_is_silent_is_passed_over_and_comes_back() {
    let health = Health::default();
    let mut board = world(&config(|it| it.health(health)), living());
    let (gateway, b1) = (board.gateway, board.node("b1"));
    board.run(Duration::from_secs(70));
    assert_eq!(board.requests_to("b1", &Method::OPTIONS).len(), 3, "at once, then every 30 s");
    assert_eq!(told(&board), []);

    board.world.link_both(gateway, b1, &Link::default().partitioned());
    // Three times an answer is awaited for 32 s, and asked for again 30 s later.
    board.run(Duration::from_secs(130));
    assert_eq!(told(&board), [], "twice silent is not down");
    board.run(Duration::from_secs(100));
    assert_eq!(told(&board), [false]);
    let call = board.dial("a");
    board.run_ms(1_000);
    assert_eq!((invited(&board, "b1"), invited(&board, "b2")), (0, 1), "{}", board.ladder());
    board.bye("a", call);

    board.world.link_both(gateway, b1, &Link::default());
    board.run(Duration::from_secs(150));
    assert_eq!(told(&board), [false, true]);
    let call = board.dial("a");
    board.run_ms(1_000);
    assert_eq!((invited(&board, "b1"), invited(&board, "b2")), (1, 1));
    board.bye("a", call);
    board.run_ms(1_000);
    // What would be asked next is not part of any call.
    board.bridge(Bridge::drain);
    assert_eq!(board.over().len(), 2);
}

#[test]
fn a_tenth_of_all_packets_lost_is_no_death() {
    let mut board = world(&config(|it| it.health(Health::default())), living());
    let (gateway, b1) = (board.gateway, board.node("b1"));
    board.world.link_both(gateway, b1, &Link::default().loss(0.1));
    board.run(Duration::from_secs(6 * 3_600));
    let asked = board.requests_to("b1", &Method::OPTIONS).len();
    assert!(asked >= 600, "{asked}");
    assert_eq!(told(&board), [], "no flap in six hours");
    board.bridge(Bridge::drain);
    board.over();
}

#[test]
fn a_trunk_that_takes_no_calls_says_so_by_503() {
    let own = voice(B1);
    let busy = Phone::new(&own, |agent: &mut siptrunk::ua::UserAgent, now, event| {
        if let siptrunk::ua::Event::Request { transaction, .. } = event {
            let reply = Reply::new(StatusCode::SERVICE_UNAVAILABLE);
            agent.respond(now, *transaction, reply).expect("it waits");
        }
    });
    let mut board = world(&config(|it| it.health(Health::default())), busy);
    board.run(Duration::from_secs(61));
    assert_eq!(told(&board), [false], "the third 503 comes after a minute");
    board.bridge(Bridge::drain);
    board.over();
}

#[test]
fn with_every_trunk_down_the_caller_is_told_to_come_again() {
    let mut health = Health::default();
    health.down_after = 1;
    let config =
        config_of([trunk("a", A), trunk("b1", B1).health(health)], [Route::from("a").to("b1")]);
    let mut board = world(&config, living());
    let (gateway, b1) = (board.gateway, board.node("b1"));
    board.world.link_both(gateway, b1, &Link::default().partitioned());
    board.run(Duration::from_secs(40));
    board.dial("a");
    board.run_ms(500);
    let answer = board.final_to("a");
    assert_eq!(answer.status().code(), 503);
    assert!(answer.headers().raw(&HeaderName::RETRY_AFTER).is_some());
    board.bridge(Bridge::drain);
    let failure = CallFailure::TrunkDown { trunk: "b1".to_owned() };
    assert_eq!(board.over_one().failure, Some(failure));
}

#[test]
fn calls_beyond_a_trunks_pace_wait_for_their_turn() {
    let mut board = world(&config(|it| it.calls_per_second(2)), Phone::friendly(&voice(B1)));
    let calls: Vec<_> = (0..8).map(|_| board.dial("a")).collect();
    let mut seen = Vec::new();
    for _ in 0..35 {
        board.run_ms(100);
        seen.push(invited(&board, "b1"));
    }
    // Two at once, then two each second; who would wait longer than 2 s goes to the next trunk.
    assert_eq!((seen[0], seen[9], seen[10], seen[20], seen[34]), (2, 2, 4, 6, 6), "{seen:?}");
    assert_eq!(invited(&board, "b2"), 2);
    for call in calls {
        board.bye("a", call);
    }
    board.run_ms(1_000);
    assert_eq!(board.over().len(), 8);
}

#[test]
fn a_caller_that_waits_for_a_turn_can_give_up() {
    let mut board = world(&config(|it| it.calls_per_second(1)), Phone::friendly(&voice(B1)));
    let first = board.dial("a");
    let second = board.dial("a");
    board.run_ms(300);
    let cancelled = board
        .agent("a", |agent, now| agent.cancel(now, second, siptrunk::message::HeaderList::new()));
    cancelled.expect("no final answer yet");
    board.run_ms(2_000);
    assert_eq!(invited(&board, "b1"), 1);
    board.bye("a", first);
    board.run_ms(500);
    let failures: Vec<_> = board.over().into_iter().map(|record| record.failure).collect();
    assert!(failures.contains(&Some(CallFailure::Cancelled)), "{failures:?}");
}

#[test]
fn a_503_with_retry_after_pauses_the_trunk_for_so_long() {
    let later = HeaderValue::from_static("10 (busy)").unwrap();
    let busy = Reply::new(StatusCode::SERVICE_UNAVAILABLE).extra(HeaderName::RETRY_AFTER, later);
    let mut board = world(&config(|it| it), Phone::replying(&voice(B1), false, busy));
    // Asked once; in peace for 10 s; asked again.
    for (millis, expected) in [(5_000, 1), (6_000, 1), (2_000, 2)] {
        let call = board.dial("a");
        board.run_ms(500);
        assert_eq!(invited(&board, "b1"), expected, "{}", board.ladder());
        board.bye("a", call);
        board.run_ms(millis - 500);
    }
    assert_eq!(invited(&board, "b2"), 3);
    board.over();
}
