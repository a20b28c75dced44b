//! Calls between two user agents: the ladders of RFC 3665 section 3, and each of them with messages
//! lost.

mod wire;

use std::time::Duration;

use siptrunk_message::{HeaderList, StatusCode};
use siptrunk_transaction::{Core, Target, TransactionFailure};
use siptrunk_ua::{Cause, Event, Reply, RequestFailure, SessionId, UaError};
use wire::{ANSWER, World, address, invite_to, sdp};

// ---- RFC 3665 3.1: successful session establishment

#[test]
fn a_call_is_set_up_and_ended_by_the_called_side() {
    let mut world = World::pair();
    let alice = world.dial();
    let bob = world.incoming(1);
    world.answer(1, bob, StatusCode::RINGING);
    let Event::Provisional { session, response } = world.event(0) else { panic!("no 180") };
    assert_eq!((session, response.status()), (alice, StatusCode::RINGING));
    world.answer(1, bob, StatusCode::OK);
    let Event::Answered { session, response } = world.event(0) else { panic!("no 200") };
    assert_eq!(session, alice);
    assert_eq!(response.response().body(), ANSWER.as_bytes());
    let Event::Confirmed { session, ack } = world.event(1) else { panic!("no ACK") };
    assert_eq!(session, bob);
    assert_eq!(ack.essentials().cseq().method.as_str(), "ACK");

    world.bye(1, bob);
    let cause = world.ended(0, alice);
    let Cause::RemoteBye(bye) = cause else { panic!("{cause:?}") };
    assert_eq!(bye.request().method().as_str(), "BYE");
    assert!(matches!(world.ended(1, bob), Cause::LocalBye(Ok(StatusCode::OK))));
    assert_eq!(
        world.ladder(),
        [
            "1>2 INVITE",
            "2>1 100 INVITE",
            "2>1 180 INVITE",
            "2>1 200 INVITE",
            "1>2 ACK",
            "2>1 BYE",
            "1>2 200 BYE"
        ]
    );
    world.assert_empty();
    world.assert_quiet(0);
    world.assert_quiet(1);
}

#[test]
fn a_dialog_is_the_same_seen_from_both_sides() {
    let mut world = World::pair();
    let (alice, bob) = world.established();
    let (a, b) = (world.nodes[0].ua.dialog(alice), world.nodes[1].ua.dialog(bob));
    let (a, b) = (a.expect("a dialog"), b.expect("a dialog"));
    assert_eq!(a.call_id(), b.call_id());
    assert_eq!(Some(a.local_tag()), b.remote_tag());
    assert_eq!(Some(b.local_tag()), a.remote_tag());
    assert_eq!(a.remote_target().to_string(), "sip:bob@127.0.2.1:5060");
    assert_eq!(b.remote_target().to_string(), "sip:alice@127.0.1.1:5060");
    assert_eq!(b.remote_sequence(), Some(a.local_sequence()));
    assert!(a.route_set().is_empty());
}

#[test]
fn a_bye_carries_the_headers_of_the_application() {
    let mut world = World::pair();
    let (alice, bob) = world.established();
    let mut headers = HeaderList::new();
    headers.push_str("X-RouteType", "SkillTransfer").unwrap();
    headers.push_str("X-RouteValue", "Sales").unwrap();
    let now = world.now;
    world.ua(1).bye(now, bob, headers).unwrap();
    let Cause::RemoteBye(bye) = world.ended(0, alice) else { panic!("no BYE") };
    let text = String::from_utf8_lossy(bye.request().bytes()).into_owned();
    assert!(text.contains("\r\nX-RouteType: SkillTransfer\r\nX-RouteValue: Sales\r\n"), "{text}");
}

// ---- RFC 3665 3.8: no answer; 3.9 busy; CANCEL

#[test]
fn a_cancelled_call_gets_487() {
    let mut world = World::pair();
    let alice = world.dial();
    let bob = world.incoming(1);
    world.answer(1, bob, StatusCode::RINGING);
    assert!(matches!(world.event(0), Event::Provisional { .. }));
    world.cancel(0, alice);
    let cause = world.ended(1, bob);
    assert!(matches!(cause, Cause::Cancelled(_)), "{cause:?}");
    assert!(matches!(world.ended(0, alice), Cause::CancelledLocally));
    assert_eq!(
        world.ladder(),
        [
            "1>2 INVITE",
            "2>1 100 INVITE",
            "2>1 180 INVITE",
            "1>2 CANCEL",
            "2>1 200 CANCEL",
            "2>1 487 INVITE",
            "1>2 ACK"
        ]
    );
    world.assert_empty();
}

#[test]
fn a_busy_callee_is_reported_with_its_response() {
    let mut world = World::pair();
    let alice = world.dial();
    let bob = world.incoming(1);
    world.answer(1, bob, StatusCode::BUSY_HERE);
    let Cause::RejectedLocally(status) = world.ended(1, bob) else { panic!("wrong cause") };
    assert_eq!(status, StatusCode::BUSY_HERE);
    let Cause::Rejected(response) = world.ended(0, alice) else { panic!("wrong cause") };
    assert_eq!(response.status(), StatusCode::BUSY_HERE);
    assert_eq!(world.ladder(), ["1>2 INVITE", "2>1 100 INVITE", "2>1 486 INVITE", "1>2 ACK"]);
    world.assert_empty();
}

#[test]
fn a_peer_that_never_answers_ends_the_call_at_timer_b() {
    let mut world = World::alone();
    let alice = world.dial();
    assert!(matches!(world.ended(0, alice), Cause::NoResponse));
    assert_eq!(world.elapsed(), Duration::from_secs(32));
    assert_eq!(world.ladder(), ["1>2 INVITE"; 7]);
    world.assert_empty();
}

#[test]
fn a_call_that_rings_for_ever_is_cancelled_on_one_side_and_refused_on_the_other() {
    for (patient, seconds) in [(0, 180), (1, 180)] {
        let mut world = World::new();
        for (node, at) in [wire::ALICE, wire::BOB].into_iter().enumerate() {
            world.add(at, 1, |config| {
                if node == patient {
                    config.ringing_timeout = Duration::from_secs(900);
                }
            });
        }
        let alice = world.dial();
        let bob = world.incoming(1);
        world.answer(1, bob, StatusCode::RINGING);
        assert!(matches!(world.event(0), Event::Provisional { .. }));
        loop {
            match world.event(0) {
                // The called side repeats its 180 each minute (13.3.1.1).
                Event::Provisional { .. } => {}
                Event::Ended { session, ending } => {
                    assert_eq!(session, alice);
                    match ending.cause {
                        Cause::Expired => assert_eq!(patient, 1),
                        Cause::Rejected(response) => {
                            assert_eq!(patient, 0);
                            assert_eq!(response.status(), StatusCode::TEMPORARILY_UNAVAILABLE);
                        }
                        other => panic!("{other:?}"),
                    }
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(world.elapsed().as_secs(), seconds);
        assert_eq!(world.all("180 INVITE").len(), 3);
        world.assert_empty();
    }
}

#[test]
fn an_invite_that_expires_gets_487_from_the_called_side() {
    let mut world = World::alone();
    let script = wire::Script {
        peer: wire::BOB,
        from: "<sip:bob@biloxi.example>;tag=b1",
        to: "<sip:alice@atlanta.example>",
        call_id: "expires",
    };
    let rest = wire::with_offer("Contact: <sip:bob@127.0.2.1>\nExpires: 20\n");
    world.say(wire::BOB, 0, &script.request("INVITE", 1, "a", &rest));
    let session = world.incoming(0);
    assert!(matches!(world.ended(0, session), Cause::Expired));
    assert_eq!(world.elapsed().as_secs(), 20);
    assert_eq!(wire::label_of(&world.receive_past(wire::BOB, "100 INVITE")), "487 INVITE");
}

// ---- verbs in the wrong state, and ids that are gone

#[test]
fn ids_answer_after_their_session_is_gone() {
    let mut world = World::pair();
    let (alice, bob) = world.established();
    world.bye(0, alice);
    assert!(matches!(world.ended(1, bob), Cause::RemoteBye(_)));
    assert!(matches!(world.ended(0, alice), Cause::LocalBye(Ok(_))));
    let now = world.now;
    let headers = HeaderList::new();
    for (node, id) in [(0, alice), (1, bob)] {
        let ua = world.ua(node);
        let unknown = |result| matches!(result, Err(UaError::UnknownSession));
        assert!(unknown(ua.bye(now, id, headers.clone())));
        assert!(unknown(ua.cancel(now, id, headers.clone())));
        assert!(unknown(ua.answer(now, id, Reply::new(StatusCode::OK))));
        assert!(unknown(ua.acknowledge(now, id, None)));
        let info = siptrunk_message::Method::INFO;
        assert!(unknown(ua.request(now, id, info, headers.clone(), None).map(|_| ())));
        assert!(ua.dialog(id).is_none());
        ua.ignore(id);
    }
}

#[test]
fn a_verb_in_the_wrong_state_changes_nothing() {
    let mut world = World::pair();
    let alice = world.dial();
    let bob = world.incoming(1);
    let now = world.now;
    let headers = HeaderList::new();
    let wrong = |result| matches!(result, Err(UaError::WrongState { .. }));
    assert!(wrong(world.ua(0).bye(now, alice, headers.clone())));
    assert!(wrong(world.ua(0).answer(now, alice, Reply::new(StatusCode::OK))));
    assert!(wrong(world.ua(1).bye(now, bob, headers.clone())));
    assert!(wrong(world.ua(1).cancel(now, bob, headers.clone())));
    assert!(matches!(
        world.ua(1).answer(now, bob, Reply::new(StatusCode::TRYING)),
        Err(UaError::UnsuitableStatus(StatusCode::TRYING))
    ));
    world.answer(1, bob, StatusCode::OK);
    assert!(matches!(world.event(0), Event::Answered { .. }));
    assert!(wrong(world.ua(0).acknowledge(now, alice, None)));
    assert!(wrong(world.ua(0).cancel(now, alice, headers.clone())));
    world.bye(0, alice);
    let now = world.now;
    assert!(wrong(world.ua(0).bye(now, alice, headers)));
    assert!(matches!(world.ended(0, alice), Cause::LocalBye(Ok(_))));
    world.assert_empty();
}

#[test]
fn an_ignored_invite_gets_no_answer_and_no_end() {
    let mut world = World::pair();
    world.dial();
    let bob = world.incoming(1);
    world.ua(1).ignore(bob);
    world.run(Duration::from_millis(100));
    let seen = world.all("100 INVITE").len();
    world.assert_quiet(1);
    assert!(world.ladder().iter().all(|line| line == "1>2 INVITE" || line == "2>1 100 INVITE"));
    assert!(seen <= 1);
}

// ---- BYE and ACK

#[test]
fn a_bye_of_the_called_side_waits_for_the_ack() {
    let mut world = World::pair();
    // The first three ACKs are lost.
    let mut acks = 0;
    world.lose(move |_, datagram| {
        let ack = datagram.label() == "ACK";
        acks += usize::from(ack);
        ack && acks <= 3
    });
    let alice = world.dial();
    let bob = world.incoming(1);
    world.answer(1, bob, StatusCode::OK);
    world.bye(1, bob);
    assert!(matches!(world.event(0), Event::Answered { .. }));
    assert!(matches!(world.ended(0, alice), Cause::RemoteBye(_)));
    assert!(matches!(world.ended(1, bob), Cause::LocalBye(Ok(_))));
    let ladder = world.ladder();
    let last_ack = ladder.iter().rposition(|line| line.ends_with("ACK")).unwrap();
    let bye = ladder.iter().position(|line| line.ends_with("2>1 BYE")).unwrap();
    assert!(last_ack < bye, "{ladder:?}");
    assert_eq!(world.all("200 INVITE").len(), 4);
    // The same ACK each time (13.2.2.4).
    let acks = world.all("ACK");
    assert!(acks.iter().all(|ack| ack.bytes == acks[0].bytes));
    world.assert_empty();
}

#[test]
fn a_call_whose_ack_never_comes_is_hung_up_after_64_t1() {
    let mut world = World::pair();
    world.lose(|_, datagram| datagram.label() == "ACK");
    let alice = world.dial();
    let bob = world.incoming(1);
    world.answer(1, bob, StatusCode::OK);
    assert!(matches!(world.event(0), Event::Answered { .. }));
    assert!(matches!(world.ended(1, bob), Cause::NoAck));
    assert_eq!(world.elapsed().as_millis(), 32_005);
    assert!(matches!(world.ended(0, alice), Cause::RemoteBye(_)));
    // T1, 2*T1, 4*T1, 8*T1, then each T2 (13.3.1.4).
    let times: Vec<_> =
        world.all("200 INVITE").iter().map(|sent| sent.at.as_millis() - 5).collect();
    assert_eq!(
        times,
        [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    );
    world.assert_empty();
}

#[test]
fn a_lost_bye_ends_the_session_at_timer_f() {
    let mut world = World::pair();
    let (alice, bob) = world.established();
    world.lose(|_, datagram| datagram.label() == "BYE");
    let before = world.elapsed();
    world.bye(0, alice);
    let cause = world.ended(0, alice);
    let Cause::LocalBye(Err(RequestFailure::Transaction(failure))) = cause else {
        panic!("{cause:?}")
    };
    assert_eq!(failure, TransactionFailure::Timeout);
    assert_eq!(world.since(before), Duration::from_secs(32));
    // Bob's end is for whoever watches his media; his session is a confirmed dialog still.
    assert_eq!(world.nodes[1].ua.live().get("sessions"), 1);
    world.lose(|_, _| false);
    world.bye(1, bob);
    assert!(matches!(world.ended(1, bob), Cause::LocalBye(Ok(StatusCode::CALL_DOES_NOT_EXIST))));
    world.assert_empty();
}

#[test]
fn two_byes_that_cross_end_both_sessions_once() {
    let mut world = World::pair();
    let (alice, bob) = world.established();
    world.bye(0, alice);
    world.bye(1, bob);
    assert!(matches!(world.ended(0, alice), Cause::LocalBye(Ok(StatusCode::OK))));
    assert!(matches!(world.ended(1, bob), Cause::LocalBye(Ok(StatusCode::OK))));
    world.assert_empty();
    world.assert_quiet(0);
    world.assert_quiet(1);
}

// ---- CANCEL that crosses a 200

#[test]
fn a_200_that_crosses_a_cancel_is_acknowledged_and_hung_up() {
    let mut world = World::pair();
    let alice = world.dial();
    let bob = world.incoming(1);
    world.answer(1, bob, StatusCode::RINGING);
    assert!(matches!(world.event(0), Event::Provisional { .. }));
    world.answer(1, bob, StatusCode::OK);
    world.cancel(0, alice);
    assert!(matches!(world.ended(0, alice), Cause::CancelledLocally));
    assert!(matches!(world.event(1), Event::Confirmed { .. }));
    assert!(matches!(world.ended(1, bob), Cause::RemoteBye(_)));
    world.assert_empty();
    world.assert_quiet(0);
}

#[test]
fn a_cancel_before_any_response_waits_for_one() {
    let mut world = World::pair();
    let mut first = true;
    world.lose(move |_, datagram| datagram.label() == "INVITE" && std::mem::take(&mut first));
    let alice = world.dial();
    world.cancel(0, alice);
    world.run(Duration::from_millis(400));
    assert_eq!(world.ladder(), ["1>2 INVITE"]);
    let bob = world.incoming(1);
    assert!(matches!(world.ended(1, bob), Cause::Cancelled(_)));
    assert!(matches!(world.ended(0, alice), Cause::CancelledLocally));
    world.assert_empty();
}

#[test]
fn a_call_that_is_cancelled_before_anyone_responds_ends_at_timer_b() {
    let mut world = World::alone();
    let alice = world.dial();
    world.cancel(0, alice);
    assert!(matches!(world.ended(0, alice), Cause::CancelledLocally));
    assert_eq!(world.elapsed(), Duration::from_secs(32));
    assert!(world.all("CANCEL").is_empty());
    world.assert_empty();
}

// ---- late offer

#[test]
fn a_late_offer_is_acknowledged_by_the_application() {
    let mut world = World::pair();
    let alice = world.dial_with(|invite| invite.body = None);
    let bob = world.incoming(1);
    world.answer(1, bob, StatusCode::OK);
    let Event::Answered { response, .. } = world.event(0) else { panic!("no 200") };
    assert_eq!(response.response().body(), ANSWER.as_bytes());
    world.run(Duration::from_secs(2));
    assert!(world.all("ACK").is_empty(), "the ACK is the application's");
    assert_eq!(world.all("200 INVITE").len(), 3);
    let now = world.now;
    world.ua(0).acknowledge(now, alice, Some(sdp(wire::OFFER))).unwrap();
    let Event::Confirmed { ack, .. } = world.event(1) else { panic!("no ACK") };
    assert_eq!(ack.request().body(), wire::OFFER.as_bytes());
    world.bye(0, alice);
    assert!(matches!(world.ended(1, bob), Cause::RemoteBye(_)));
    world.assert_empty();
}

#[test]
fn a_late_offer_whose_peer_hangs_up_before_the_answer_is_acknowledged() {
    let mut world = World::alone();
    let alice = world.dial_with(|invite| invite.body = None);
    let invite = world.receive(wire::BOB);
    let contact = "Contact: <sip:bob@127.0.2.1:5060>\n";
    world.say(wire::BOB, 0, &wire::reply(&invite, "200 OK", "b", &wire::with_offer(contact)));
    let Event::Answered { response, .. } = world.event(0) else { panic!("no 200") };
    let ok = response.response().bytes().clone();
    let bye = wire::Script {
        peer: wire::BOB,
        from: &wire::header(&ok, "To").unwrap(),
        to: &wire::header(&ok, "From").unwrap(),
        call_id: &wire::header(&ok, "Call-ID").unwrap(),
    };
    world.say(wire::BOB, 0, &bye.request("BYE", 1, "bye", ""));
    assert!(matches!(world.ended(0, alice), Cause::RemoteBye(_)));
    assert_eq!(wire::label_of(&world.receive(wire::BOB)), "ACK");
    assert_eq!(wire::label_of(&world.receive(wire::BOB)), "200 BYE");
    world.assert_empty();
}

#[test]
fn a_late_offer_that_nobody_answers_is_acknowledged_and_hung_up() {
    let mut world = World::pair();
    let alice = world.dial_with(|invite| invite.body = None);
    let bob = world.incoming(1);
    world.answer(1, bob, StatusCode::OK);
    assert!(matches!(world.event(0), Event::Answered { .. }));
    // Bob's patience ends 5 ms before Alice's; his BYE is lost.
    world.lose(|_, datagram| datagram.from == address(wire::BOB) && datagram.label() == "BYE");
    assert!(matches!(world.ended(0, alice), Cause::Expired));
    assert_eq!(world.elapsed().as_millis(), 32_010);
    world.assert_empty();
}

// ---- every message lost, one at a time, and every kind of message always

/// Both sides as a simple application has them: Bob answers after 300 ms and a second; whoever is
/// named hangs up 2 s later.
struct Scenario {
    name: &'static str,
    cancels: bool,
    answer: StatusCode,
    bob_hangs_up: bool,
}

const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "alice hangs up",
        cancels: false,
        answer: StatusCode::OK,
        bob_hangs_up: false,
    },
    Scenario { name: "bob hangs up", cancels: false, answer: StatusCode::OK, bob_hangs_up: true },
    Scenario { name: "alice cancels", cancels: true, answer: StatusCode::OK, bob_hangs_up: false },
    Scenario { name: "busy", cancels: false, answer: StatusCode::BUSY_HERE, bob_hangs_up: false },
];

/// Plays a scenario and gives the number of datagrams that left.
fn play(scenario: &Scenario, lose: impl FnMut(usize, &wire::Datagram) -> bool + 'static) -> usize {
    let mut world = World::pair();
    world.lose(lose);
    let alice = world.dial();
    let mut bob: Vec<SessionId> = Vec::new();
    let (mut ended, mut pending) = ([0_usize; 2], Vec::new());
    let mut hung_up = [false; 2];
    for tick in 0..1_200_u64 {
        world.run(Duration::from_millis(100));
        let now = world.now;
        for (node, ended) in ended.iter_mut().enumerate() {
            while let Some(event) = world.nodes[node].events.pop_front() {
                match event {
                    Event::Incoming { session, .. } => {
                        bob.push(session);
                        pending.push((tick + 3, StatusCode::RINGING, session));
                        pending.push((tick + 10, scenario.answer, session));
                    }
                    Event::Ended { .. } => *ended += 1,
                    _ => {}
                }
            }
        }
        for (_, status, session) in pending.extract_if(.., |(at, ..)| *at <= tick) {
            // A call that is cancelled already is unknown: that is no concern of Bob's phone.
            let _ = world.ua(1).answer(now, session, Reply::new(status).body(sdp(ANSWER)));
        }
        if scenario.cancels && tick == 6 {
            let _ = world.ua(0).cancel(now, alice, HeaderList::new());
        }
        let last = bob.last().copied();
        let who = usize::from(scenario.bob_hangs_up);
        let session = if scenario.bob_hangs_up { last } else { Some(alice) };
        // Whoever lost patience: at a minute both hang up whatever they have.
        for (node, session, at) in [(who, session, 30), (0, Some(alice), 600), (1, last, 600)] {
            if let Some(session) = session
                && tick >= at
                && !hung_up[node]
            {
                hung_up[node] = world.ua(node).bye(now, session, HeaderList::new()).is_ok();
            }
        }
    }
    world.run(Duration::from_secs(300));
    for (node, ended) in ended.iter_mut().enumerate() {
        while let Some(event) = world.nodes[node].events.pop_front() {
            *ended += usize::from(matches!(event, Event::Ended { .. }));
        }
    }
    assert_eq!(ended[0], 1, "{}: {:#?}", scenario.name, world.ladder());
    assert_eq!(ended[1], bob.len(), "{}: {:#?}", scenario.name, world.ladder());
    world.assert_empty();
    world.log.len()
}

#[test]
fn each_message_lost_once_still_ends_both_sides() {
    for scenario in &SCENARIOS {
        let messages = play(scenario, |_, _| false);
        assert!(messages <= 8, "{}: {messages}", scenario.name);
        for lost in 0..messages {
            play(scenario, move |number, _| number == lost);
        }
    }
}

#[test]
fn each_pair_of_messages_lost_still_ends_both_sides() {
    let scenario = &SCENARIOS[0];
    let messages = play(scenario, |_, _| false) + 4;
    for first in 0..messages {
        for second in first + 1..messages {
            play(scenario, move |number, _| number == first || number == second);
        }
    }
}

#[test]
fn each_kind_of_message_always_lost_still_ends_both_sides() {
    let kinds = [
        "INVITE",
        "100 INVITE",
        "180 INVITE",
        "200 INVITE",
        "ACK",
        "BYE",
        "200 BYE",
        "CANCEL",
        "200 CANCEL",
        "486 INVITE",
        "487 INVITE",
    ];
    for scenario in &SCENARIOS {
        for kind in kinds {
            play(scenario, move |_, datagram| datagram.label() == kind);
        }
    }
}

#[test]
fn a_wire_that_dies_at_any_moment_still_ends_both_sides() {
    for scenario in &SCENARIOS {
        for last in 0..8 {
            play(scenario, move |number, _| number >= last);
        }
    }
}

// ---- limits

#[test]
fn over_the_limit_an_invite_gets_503_with_retry_after() {
    let mut world = World::new();
    world.add(wire::ALICE, 1, |_| {});
    world.add(wire::BOB, 2, |config| config.limits.max_sessions = 1);
    world.established();
    let second = world.dial();
    let Cause::Rejected(response) = world.ended(0, second) else { panic!("not refused") };
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let sent = world.all("503 INVITE");
    assert_eq!(sent[0].header("Retry-After").as_deref(), Some("10"));
    let now = world.now;
    let refused = world.ua(1).invite(now, invite_to(vec![Target::udp(address(wire::ALICE))]));
    assert!(matches!(refused, Err(UaError::LimitReached { limit: 1, .. })));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = || {
        let mut world = World::pair();
        let (alice, bob) = world.established();
        world.bye(0, alice);
        world.ended(1, bob);
        world.run(Duration::from_secs(1));
        world.log.iter().map(|datagram| datagram.bytes.clone()).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
