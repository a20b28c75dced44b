//! The next target (RFC 3263 4.3): connection failures, silence, 503; questions to the world; dead
//! targets.

mod wire;

use std::time::Duration;

use siptrunk_message::{HostPort, NameAddr, StatusCode, Transport};
use siptrunk_transaction::{Core, FlowId, Target, TransactionFailure, TransportError};
use siptrunk_ua::{Answer, Cause, Destination, Event, Lookup, Question, RequestFailure, UserAgent};
use wire::{ALICE, World, address, header, invite_to, label_of, reply, request, uri};

/// Three hosts of one trunk, all scripted.
const ONE: &str = "127.0.3.1:5060";
const TWO: &str = "127.0.3.2:5060";
const THREE: &str = "127.0.3.3:5060";

fn targets(addresses: &[&str]) -> Vec<Target> {
    addresses.iter().map(|at| Target::udp(address(at))).collect()
}

fn dial(world: &mut World, addresses: &[&str]) -> siptrunk_ua::SessionId {
    let mut invite = invite_to(targets(addresses));
    invite.first_response = Some(Duration::from_secs(4));
    let now = world.now;
    world.ua(0).invite(now, invite).unwrap()
}

fn lookup(world: &mut World) -> (siptrunk_ua::SessionId, siptrunk_transaction::QuestionId) {
    let hosts: Vec<HostPort> = vec!["trunk.example".parse().unwrap()];
    let lookup = Lookup::new(hosts, Transport::Udp);
    let mut invite = invite_to(Vec::new());
    invite.destination = Destination::Lookup(lookup.clone());
    let now = world.now;
    let session = world.ua(0).invite(now, invite).unwrap();
    world.drain();
    let (id, question) = world.nodes[0].questions.pop_front().expect("a question");
    assert_eq!(question, Question::Resolve(lookup));
    (session, id)
}

/// The INVITE without what each try has anew.
fn without_branch(bytes: &bytes::Bytes) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let via = header(bytes, "Via").unwrap();
    text.replace(&via, "")
}

#[test]
fn silence_leads_to_the_next_target_with_the_same_request_and_a_new_branch() {
    let mut world = World::alone();
    let session = dial(&mut world, &[ONE, TWO]);
    let first = world.receive(ONE);
    let second = world.receive(TWO);
    assert_eq!(world.elapsed().as_millis(), 4_005);
    assert_eq!(without_branch(&first), without_branch(&second));
    assert_ne!(header(&first, "Via"), header(&second, "Via"));
    world.say(TWO, 0, &reply(&second, "200 OK", "b", "Contact: <sip:bob@127.0.3.2>\n"));
    assert!(matches!(world.event(0), Event::Answered { session: it, .. } if it == session));
    assert_eq!(label_of(&world.receive_past(TWO, "INVITE")), "ACK");
    // The last target has until timer B; the abandoned one is dead by then.
    world.bye(0, session);
    let bye = world.receive(TWO);
    world.say(TWO, 0, &reply(&bye, "200 OK", "", ""));
    assert!(matches!(world.ended(0, session), Cause::LocalBye(Ok(_))));
    world.assert_empty();
}

#[test]
fn an_abandoned_target_that_rings_late_is_cancelled() {
    let mut world = World::alone();
    let session = dial(&mut world, &[ONE, TWO]);
    let first = world.receive(ONE);
    let second = world.receive(TWO);
    world.say(ONE, 0, &reply(&first, "180 Ringing", "late", "Contact: <sip:bob@127.0.3.1>\n"));
    let cancel = world.receive_past(ONE, "INVITE");
    assert_eq!(label_of(&cancel), "CANCEL");
    assert_eq!(header(&cancel, "Via"), header(&first, "Via"));
    world.assert_quiet(0);
    world.say(ONE, 0, &reply(&cancel, "200 OK", "late", ""));
    world.say(ONE, 0, &reply(&first, "487 Request Terminated", "late", ""));
    assert_eq!(label_of(&world.receive(ONE)), "ACK");
    world.say(TWO, 0, &reply(&second, "486 Busy Here", "b", ""));
    assert!(matches!(world.ended(0, session), Cause::Rejected(_)));
    world.assert_empty();
    world.assert_quiet(0);
}

#[test]
fn an_abandoned_target_that_answers_late_is_hung_up() {
    let mut world = World::alone();
    let session = dial(&mut world, &[ONE, TWO]);
    let first = world.receive(ONE);
    let second = world.receive(TWO);
    world.say(ONE, 0, &reply(&first, "200 OK", "late", "Contact: <sip:bob@127.0.3.1>\n"));
    assert_eq!(label_of(&world.receive_past(ONE, "INVITE")), "ACK");
    let bye = world.receive(ONE);
    assert_eq!(label_of(&bye), "BYE");
    world.say(ONE, 0, &reply(&bye, "200 OK", "", ""));
    world.assert_quiet(0);
    // The call goes on where it is.
    world.say(TWO, 0, &reply(&second, "200 OK", "b", "Contact: <sip:bob@127.0.3.2>\n"));
    assert!(matches!(world.event(0), Event::Answered { session: it, .. } if it == session));
    world.bye(0, session);
    world.assert_empty();
}

#[test]
fn a_target_that_rings_is_not_left() {
    let mut world = World::alone();
    let session = dial(&mut world, &[ONE, TWO]);
    let invite = world.receive(ONE);
    world.say(ONE, 0, &reply(&invite, "180 Ringing", "b", "Contact: <sip:bob@127.0.3.1>\n"));
    assert!(matches!(world.event(0), Event::Provisional { .. }));
    world.run(Duration::from_secs(60));
    assert!(!world.mail.contains_key(&address(TWO)));
    world.say(ONE, 0, &reply(&invite, "603 Decline", "b", ""));
    assert!(matches!(world.ended(0, session), Cause::Rejected(_)));
    world.assert_empty();
}

#[test]
fn a_503_leads_to_the_next_target_and_the_last_one_is_reported() {
    let mut world = World::alone();
    let session = dial(&mut world, &[ONE, TWO]);
    let first = world.receive(ONE);
    world.say(ONE, 0, &reply(&first, "503 Service Unavailable", "x", ""));
    assert_eq!(label_of(&world.receive(ONE)), "ACK");
    let second = world.receive(TWO);
    assert_eq!(without_branch(&first), without_branch(&second));
    world.say(TWO, 0, &reply(&second, "503 Service Unavailable", "y", "Retry-After: 7\n"));
    let Cause::Rejected(response) = world.ended(0, session) else { panic!("wrong cause") };
    assert_eq!(response.remote(), address(TWO));
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.assert_empty();
}

#[test]
fn no_other_failure_leads_to_the_next_target() {
    for status in ["404 Not Found", "486 Busy Here", "500 Server Error", "603 Decline"] {
        let mut world = World::alone();
        let session = dial(&mut world, &[ONE, TWO]);
        let first = world.receive(ONE);
        world.say(ONE, 0, &reply(&first, status, "x", ""));
        assert!(matches!(world.ended(0, session), Cause::Rejected(_)));
        world.assert_empty();
        assert!(!world.mail.contains_key(&address(TWO)));
    }
}

#[test]
fn a_connection_failure_leads_to_the_next_target_at_once() {
    let mut world = World::alone();
    world.refusing = vec![address(ONE), address(TWO)];
    let session = dial(&mut world, &[ONE, TWO, THREE]);
    let third = world.receive(THREE);
    assert_eq!(world.elapsed().as_millis(), 5);
    world.say(THREE, 0, &reply(&third, "486 Busy Here", "x", ""));
    assert!(matches!(world.ended(0, session), Cause::Rejected(_)));
    world.assert_empty();
}

#[test]
fn when_every_target_refuses_the_last_failure_is_the_cause() {
    let mut world = World::alone();
    world.refusing = vec![address(ONE), address(TWO)];
    let session = dial(&mut world, &[ONE, TWO]);
    let cause = world.ended(0, session);
    let Cause::Unreachable(failure) = cause else { panic!("{cause:?}") };
    assert_eq!(failure, TransactionFailure::Transport(TransportError::Refused));
    world.assert_empty();
}

#[test]
fn no_target_at_all_is_unresolved_and_no_listener_is_not_sent() {
    let mut world = World::alone();
    let session = dial(&mut world, &[]);
    assert!(matches!(world.ended(0, session), Cause::Unresolved));
    let tcp = Target { transport: Transport::Tcp, ..Target::udp(address(ONE)) };
    let now = world.now;
    let session = world.ua(0).invite(now, invite_to(vec![tcp])).unwrap();
    let cause = world.ended(0, session);
    assert!(matches!(cause, Cause::NotSent(_)), "{cause:?}");
    world.assert_empty();
}

#[test]
fn a_dead_target_is_skipped_for_30_s_unless_all_are_dead() {
    let mut world = World::alone();
    world.refusing = vec![address(ONE)];
    let first = dial(&mut world, &[ONE, TWO]);
    let invite = world.receive(TWO);
    world.say(TWO, 0, &reply(&invite, "486 Busy Here", "x", ""));
    world.ended(0, first);
    world.refusing.clear();
    world.run(Duration::from_secs(20));
    world.mail.clear();

    let second = dial(&mut world, &[ONE, TWO]);
    let invite = world.receive(TWO);
    assert!(!world.mail.contains_key(&address(ONE)), "skipped while another is alive");
    world.say(TWO, 0, &reply(&invite, "486 Busy Here", "x", ""));
    world.ended(0, second);

    let third = dial(&mut world, &[ONE]);
    let invite = world.receive(ONE);
    world.say(ONE, 0, &reply(&invite, "486 Busy Here", "x", ""));
    world.ended(0, third);
    world.run(Duration::from_secs(1));
    world.mail.clear();

    // It answered, so it is alive again.
    let fourth = dial(&mut world, &[ONE, TWO]);
    let invite = world.receive(ONE);
    world.say(ONE, 0, &reply(&invite, "486 Busy Here", "x", ""));
    world.ended(0, fourth);
    world.assert_empty();
}

#[test]
fn a_503_with_retry_after_keeps_the_next_call_away_from_that_target() {
    for (retry_after, avoided) in [("Retry-After: 20\n", true), ("", false)] {
        let mut world = World::alone();
        let first = dial(&mut world, &[ONE]);
        let invite = world.receive(ONE);
        world.say(ONE, 0, &reply(&invite, "503 Service Unavailable", "x", retry_after));
        assert!(matches!(world.ended(0, first), Cause::Rejected(_)));
        world.run(Duration::from_secs(10));
        world.mail.clear();
        dial(&mut world, &[ONE, TWO]);
        let next = if avoided { TWO } else { ONE };
        assert_eq!(label_of(&world.receive(next)), "INVITE");
    }
}

#[test]
fn a_call_that_is_cancelled_on_its_second_target_leaves_neither_ringing() {
    let mut world = World::alone();
    let session = dial(&mut world, &[ONE, TWO]);
    let first = world.receive(ONE);
    let second = world.receive(TWO);
    let contact = "Contact: <sip:bob@127.0.3.2>\n";
    world.say(TWO, 0, &reply(&second, "180 Ringing", "b", contact));
    assert!(matches!(world.event(0), Event::Provisional { .. }));
    world.cancel(0, session);
    world.say(ONE, 0, &reply(&first, "180 Ringing", "a", "Contact: <sip:bob@127.0.3.1>\n"));
    for at in [ONE, TWO] {
        assert_eq!(label_of(&world.receive_past(at, "INVITE")), "CANCEL");
    }
    world.say(TWO, 0, &reply(&second, "487 Request Terminated", "b", ""));
    assert!(matches!(world.ended(0, session), Cause::CancelledLocally));
    assert_eq!(world.nodes[0].ua.counters().abandoned_invites, 1);
    world.assert_empty();
}

// ---- questions

#[test]
fn a_lookup_is_asked_and_its_answer_dialled() {
    let mut world = World::alone();
    let (session, id) = lookup(&mut world);
    assert!(world.log.is_empty());
    let now = world.now;
    world.ua(0).handle_answer(now, id, Answer::Targets(targets(&[ONE])));
    let invite = world.receive(ONE);
    world.say(ONE, 0, &reply(&invite, "486 Busy Here", "x", ""));
    assert!(matches!(world.ended(0, session), Cause::Rejected(_)));
    // An answer that comes twice, or late, does no harm.
    let now = world.now;
    world.ua(0).handle_answer(now, id, Answer::Targets(targets(&[TWO])));
    world.assert_empty();
    assert!(!world.mail.contains_key(&address(TWO)));
}

#[test]
fn a_question_that_is_never_answered_ends_the_session() {
    let mut world = World::alone();
    let (session, id) = lookup(&mut world);
    assert!(matches!(world.ended(0, session), Cause::Unresolved));
    assert_eq!(world.elapsed().as_secs(), 5);
    let now = world.now;
    world.ua(0).handle_answer(now, id, Answer::Targets(targets(&[ONE])));
    world.assert_empty();
    world.assert_quiet(0);
    assert!(world.log.is_empty());
}

#[test]
fn a_name_without_addresses_ends_the_session() {
    for answer in [Answer::Unresolved, Answer::Targets(Vec::new())] {
        let mut world = World::alone();
        let (session, id) = lookup(&mut world);
        let now = world.now;
        world.ua(0).handle_answer(now, id, answer);
        assert!(matches!(world.ended(0, session), Cause::Unresolved));
        world.assert_empty();
    }
}

#[test]
fn a_session_can_be_cancelled_while_it_is_resolved() {
    let mut world = World::alone();
    let (session, id) = lookup(&mut world);
    world.cancel(0, session);
    assert!(matches!(world.ended(0, session), Cause::CancelledLocally));
    let now = world.now;
    world.ua(0).handle_answer(now, id, Answer::Targets(targets(&[ONE])));
    world.assert_empty();
    assert!(world.log.is_empty());
}

// ---- flows, OPTIONS

#[test]
fn a_flow_is_the_only_way_for_all_of_its_dialog() {
    let mut world = World::alone();
    let flow = FlowId::Datagram { listener: 0, local: address(ALICE).ip(), peer: address(ONE) };
    let mut invite = invite_to(Vec::new());
    invite.destination = Destination::Flow(flow);
    let now = world.now;
    let session = world.ua(0).invite(now, invite).unwrap();
    let bytes = world.receive(ONE);
    world.say(ONE, 0, &reply(&bytes, "200 OK", "b", "Contact: <sip:bob@10.1.1.1>\n"));
    assert!(matches!(world.event(0), Event::Answered { .. }));
    assert_eq!(label_of(&world.receive(ONE)), "ACK");
    world.bye(0, session);
    let bye = world.receive(ONE);
    assert!(bye.starts_with(b"BYE sip:bob@10.1.1.1 SIP/2.0"));
}

fn ping(ua: &mut UserAgent, now: std::time::Instant, at: &[&str]) -> siptrunk_ua::RequestId {
    let destination = Destination::Targets(targets(at));
    let from = NameAddr::new(uri("sip:gateway@atlanta.example"));
    ua.options(now, destination, uri("sip:trunk.example"), from).unwrap()
}

#[test]
fn options_find_the_target_that_answers() {
    let mut world = World::alone();
    let now = world.now;
    let id = ping(world.ua(0), now, &[ONE, TWO]);
    let first = world.receive(ONE);
    let options = request(&world.receive(TWO));
    assert_eq!(world.elapsed().as_millis(), 4_005);
    assert_eq!(options.uri(), b"sip:trunk.example");
    assert_eq!(options.headers().call_id().unwrap(), request(&first).headers().call_id().unwrap());
    assert_eq!(header(options.bytes(), "Accept").unwrap(), "application/sdp");
    assert_eq!(header(options.bytes(), "Contact").unwrap(), "<sip:gateway@127.0.1.1:5060>");
    world.say(TWO, 0, &reply(options.bytes(), "200 OK", "t", "Allow: INVITE\n"));
    let Event::Response { request: it, outcome } = world.event(0) else { panic!("no outcome") };
    assert_eq!(it, id);
    assert_eq!(outcome.unwrap().status(), StatusCode::OK);
    world.assert_empty();
    world.assert_quiet(0);
}

#[test]
fn options_that_nobody_answers_fail_at_timer_f() {
    let mut world = World::alone();
    let now = world.now;
    let id = ping(world.ua(0), now, &[ONE]);
    let Event::Response { request, outcome } = world.event(0) else { panic!("no outcome") };
    assert_eq!(request, id);
    assert!(matches!(outcome, Err(RequestFailure::Transaction(TransactionFailure::Timeout))));
    assert_eq!(world.elapsed().as_secs(), 32);
    world.assert_empty();
}
