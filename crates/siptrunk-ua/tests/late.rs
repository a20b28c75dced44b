//! 2xx responses that come when their INVITE was given up long ago (RFC 3261 13.2.2.4, RFC 6026 7.2).

mod wire;

use std::time::Duration;

use siptrunk_transaction::Core;
use siptrunk_ua::{Cause, Event};
use wire::{ANSWER, BOB, World, header, label_of, reply, request};

/// A carrier that says nothing until it is too late.
const CARRIER: &str = BOB;

fn accepted(tag: &str, invite: &bytes::Bytes) -> String {
    let rest = format!(
        "Contact: <sip:bob@{CARRIER}>\nContent-Type: application/sdp\nContent-Length: {}\n\n{ANSWER}",
        ANSWER.len()
    );
    reply(invite, "200 OK", tag, &rest)
}

/// An INVITE that ended with timer B, and the call of 32 s that nobody wants.
fn given_up() -> (World, bytes::Bytes) {
    let mut world = World::alone();
    let session = world.dial();
    let invite = world.receive(CARRIER);
    assert!(matches!(world.ended(0, session), Cause::NoResponse));
    world.run(Duration::from_secs(1));
    assert!(world.ua(0).live().is_empty(), "{}", world.ua(0).live());
    world.mail.clear();
    (world, invite)
}

#[test]
fn a_200_after_timer_b_is_acknowledged_and_hung_up_once_however_often_it_comes() {
    let (mut world, invite) = given_up();
    world.say(CARRIER, 0, &accepted("late", &invite));
    let ack = world.receive(CARRIER);
    assert_eq!(label_of(&ack), "ACK");
    let sequence = |bytes| header(bytes, "CSeq").unwrap().split(' ').next().unwrap().parse::<u32>();
    assert_eq!(sequence(&ack), sequence(&invite));
    for field in ["Call-ID", "From"] {
        assert_eq!(header(&ack, field), header(&invite, field));
    }
    assert!(header(&ack, "To").unwrap().ends_with(";tag=late"));
    let bye = world.receive(CARRIER);
    assert_eq!(label_of(&bye), "BYE");
    assert_eq!(request(&bye).uri(), format!("sip:bob@{CARRIER}").as_bytes());
    assert_eq!(sequence(&bye).unwrap(), sequence(&invite).unwrap() + 1);

    // The 200 comes again: so does its ACK, and no second BYE but that of timer E.
    for seconds in 1..4 {
        world.say(CARRIER, 0, &accepted("late", &invite));
        world.run(Duration::from_millis(500));
        let acks = world.all("ACK").len();
        assert_eq!(acks, 1 + seconds, "{:?}", world.ladder());
    }
    let byes: Vec<_> = world.all("BYE").iter().map(|it| it.header("CSeq").unwrap()).collect();
    assert!(byes.iter().all(|it| *it == byes[0]), "{byes:?}");
    assert_eq!(world.ua(0).counters().late_answers, 4);
    world.say(CARRIER, 0, &reply(&bye, "200 OK", "", ""));
    world.assert_quiet(0);
    world.assert_empty();
}

// One that another branch of a fork gave, while the call with the first one goes on.
#[test]
fn a_late_200_of_a_standing_call_is_acknowledged_and_that_of_another_far_end_hung_up() {
    let mut world = World::alone();
    let session = world.dial();
    let invite = world.receive(CARRIER);
    world.say(CARRIER, 0, &accepted("first", &invite));
    assert!(matches!(world.event(0), Event::Answered { .. }));
    assert_eq!(label_of(&world.receive(CARRIER)), "ACK");
    world.run(Duration::from_secs(70));

    world.say(CARRIER, 0, &accepted("first", &invite));
    assert_eq!(label_of(&world.receive(CARRIER)), "ACK");
    assert!(world.all("BYE").is_empty());
    world.say(CARRIER, 0, &accepted("second", &invite));
    let ack = world.receive(CARRIER);
    assert!(header(&ack, "To").unwrap().ends_with(";tag=second"));
    let bye = world.receive(CARRIER);
    assert!(header(&bye, "To").unwrap().ends_with(";tag=second"));
    world.say(CARRIER, 0, &accepted("second", &invite));
    world.run(Duration::from_millis(100));
    assert_eq!(world.all("ACK").len(), 4);
    assert_eq!(world.all("BYE").len(), 1);
    world.say(CARRIER, 0, &reply(&bye, "200 OK", "", ""));
    world.assert_quiet(0);
    assert!(world.ua(0).dialog(session).is_some(), "the call goes on");
}

#[test]
fn a_200_that_nobody_asked_for_gets_nothing() {
    let (mut world, invite) = given_up();
    let before = world.log.len();
    let forged = accepted("forged", &invite).replace("z9hG4bK", "z9hG4bKx");
    world.say(CARRIER, 0, &forged);
    world.say(CARRIER, 0, &accepted("late", &invite).replace("200 OK", "486 Busy Here"));
    assert_eq!(world.log.len(), before + 2, "{:?}", world.ladder());
    assert_eq!(world.ua(0).counters().late_answers, 0);
}
