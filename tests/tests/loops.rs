//! Gateways that send a call back and forth (T22, RFC 5393): it ends by itself, soon, and everything of
//! it is taken down.

use std::time::{Duration, SystemTime};

use siptrunk::bridge::{Bridge, Settings};
use siptrunk::message::{Message, Method};
use siptrunk::profiles::{Config, Listen, MediaPorts, Route};
use siptrunk::sim::NodeId;
use siptrunk::transaction::Listener;
use siptrunk_tests::BridgeHost;
use siptrunk_tests::phone::{Phone, Switchboard, config_of, trunk, voice};
use siptrunk_tests::scene::{GATEWAY, address};

const OTHER: &str = "127.0.1.2:5060";

/// The gateway of the switchboard and another one, each of which takes the other for its way out.
fn two_gateways(route: Route) -> (Switchboard, NodeId) {
    let trunks = [trunk("a", "127.0.2.1"), trunk("other", "127.0.1.2")];
    let mut board = Switchboard::new(&config_of(trunks, [route]));
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
    let config = Config::default()
        .listen(Listen::udp(OTHER))
        .media(MediaPorts::range("127.0.1.2", 20_000..=20_999))
        .trunk(trunk("gateway", "127.0.1.1"))
        .route(Route::any().to("gateway"));
    let local = address(OTHER);
    let (now, seed) = (board.world.now(), board.world.seed_for("other"));
    let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let bridge =
        Bridge::new(&config, Settings::default(), vec![Listener::udp(local)], &seed, now, wall)
            .expect("a route back is a warning, no error");
    let host = BridgeHost::new(local.ip(), 20_000..=20_999);
    let other = board.world.add("other", vec![local], bridge, host);
    (board, other)
}

/// The INVITEs between the gateways, each once however often it was repeated.
fn invites(board: &Switchboard) -> usize {
    let (one, two) = (address(GATEWAY), address(OTHER));
    let mut branches = std::collections::BTreeSet::new();
    for message in [board.wire(one, two), board.wire(two, one)].into_iter().flatten() {
        if let Message::Request(request) = message
            && *request.method() == Method::INVITE
        {
            let via = request.headers().iter().next().expect("a Via comes first");
            branches.insert(via.value().to_vec());
        }
    }
    branches.len()
}

#[test]
fn a_call_between_two_gateways_goes_round_until_its_hops_are_used_up() {
    let (mut board, other) = two_gateways(Route::any().to("other"));
    board.dial("a");
    board.run(Duration::from_secs(5));
    assert_eq!(board.final_to("a").status().code(), 483, "{}", board.ladder());
    // The caller's own INVITE may make 70 hops; it was the first of them.
    assert_eq!(invites(&board), 70);
    board.run(Duration::from_secs(64));
    assert_eq!(board.bridge(|bridge, _| bridge.calls()), 0);
    assert_eq!(board.world.node::<Bridge>(other).calls(), 0);
}

#[test]
fn fewer_hops_from_the_start_are_fewer_in_all() {
    let (mut board, _) = two_gateways(Route::any().to("other"));
    board.dial_with("a", "+12065551234", |invite| invite.max_forwards = 4);
    board.run(Duration::from_secs(5));
    assert_eq!(board.final_to("a").status().code(), 483);
    assert_eq!(invites(&board), 4);
}

#[test]
fn no_other_trunk_is_tried_for_a_call_that_went_in_a_circle() {
    // 482 and 483 in the list do not count: each hop would otherwise try each of its trunks.
    let trunks = [trunk("a", "127.0.2.1"), trunk("b1", "127.0.3.1"), trunk("b2", "127.0.3.2")];
    for status in [482, 483] {
        let route = Route::from("a").to("b1").or("b2").failover([482, 483]);
        let mut board = Switchboard::new(&config_of(trunks.clone(), [route]));
        board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
        board.phone("b1", "127.0.3.1:5060", Phone::rejecting(&voice("127.0.3.1"), status));
        board.phone("b2", "127.0.3.2:5060", Phone::friendly(&voice("127.0.3.2")));
        board.dial("a");
        board.run_ms(500);
        assert_eq!(board.final_to("a").status().code(), 483);
        assert!(board.requests_to("b2", &Method::INVITE).is_empty(), "{status}");
    }
}
