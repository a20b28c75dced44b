//! Registrations: the ladders of RFC 3665 section 2, refresh, and what goes wrong.

mod wire;

use std::time::Duration;

use siptrunk_digest::Account;
use siptrunk_message::NameAddr;
use siptrunk_transaction::{Core, Target};
use siptrunk_ua::{
    Answer, Destination, Event, Lookup, Registration, RegistrationFailure, RegistrationId,
    RequestFailure,
};
use wire::{BOB, World, address, header, label_of, reply, request, uri};

/// Bob's address is the registrar's here.
const REGISTRAR: &str = BOB;
const OURS: &str = "Contact: <sip:alice@127.0.1.1:5060>";

fn registration() -> Registration {
    Registration {
        destination: Destination::Targets(vec![Target::udp(address(REGISTRAR))]),
        registrar: uri("sip:biloxi.example"),
        aor: NameAddr::new(uri("sip:alice@biloxi.example")),
        contact_user: None,
        account: Some(Account::new("alice", "wonderland")),
        expires: Duration::from_secs(3_600),
    }
}

fn register(world: &mut World) -> RegistrationId {
    let now = world.now;
    world.ua(0).register(now, registration())
}

fn cseq(bytes: &bytes::Bytes) -> u32 {
    header(bytes, "CSeq").unwrap().split(' ').next().unwrap().parse().unwrap()
}

fn say(world: &mut World, to: &bytes::Bytes, status: &str, rest: &str) {
    world.say(REGISTRAR, 0, &reply(to, status, "r", rest));
}

fn registered(world: &mut World) -> (RegistrationId, bytes::Bytes) {
    let id = register(world);
    let first = world.receive(REGISTRAR);
    say(world, &first, "200 OK", &format!("{OURS};expires=600\n"));
    let Event::Registered { registration, expires } = world.event(0) else { panic!("no 200") };
    assert_eq!((registration, expires.as_secs()), (id, 600));
    (id, first)
}

fn unregister(world: &mut World, id: RegistrationId) {
    let now = world.now;
    world.ua(0).unregister(now, id);
    world.drain();
}

fn failed(world: &mut World, id: RegistrationId) -> (RegistrationFailure, Option<Duration>) {
    match world.event(0) {
        Event::RegistrationFailed { registration, failure, retry_in } => {
            assert_eq!(registration, id);
            (failure, retry_in)
        }
        other => panic!("no failure: {other:?}"),
    }
}

// ---- RFC 3665 2.1, 2.2, 2.4

#[test]
fn a_new_registration_answers_the_challenge_and_is_refreshed() {
    let mut world = World::alone();
    let id = register(&mut world);
    let first = world.receive(REGISTRAR);
    let message = request(&first);
    assert_eq!(message.uri(), b"sip:biloxi.example");
    assert_eq!(header(&first, "To").unwrap(), "<sip:alice@biloxi.example>");
    assert!(header(&first, "From").unwrap().starts_with("<sip:alice@biloxi.example>;tag="));
    assert_eq!(header(&first, "Contact").unwrap(), "<sip:alice@127.0.1.1:5060>");
    assert_eq!(header(&first, "Expires").unwrap(), "3600");
    let ask = "WWW-Authenticate: Digest realm=\"biloxi\", nonce=\"n1\", qop=\"auth\"\n";
    say(&mut world, &first, "401 Unauthorized", ask);
    let second = world.receive(REGISTRAR);
    assert_eq!(cseq(&second), cseq(&first) + 1);
    assert_eq!(header(&second, "Call-ID"), header(&first, "Call-ID"));
    assert_eq!(header(&second, "From"), header(&first, "From"));
    let proof = header(&second, "Authorization").unwrap();
    assert!(proof.contains("uri=\"sip:biloxi.example\""), "{proof}");
    say(&mut world, &second, "200 OK", &format!("{OURS};expires=600\n"));
    let Event::Registered { registration, expires } = world.event(0) else { panic!("no 200") };
    assert_eq!((registration, expires.as_secs()), (id, 600));

    // Refreshed at 50 to 90 % of what was granted, with the same Call-ID and a higher CSeq.
    let granted = world.elapsed();
    let third = world.receive(REGISTRAR);
    let waited = world.since(granted).as_secs();
    assert!((300..=541).contains(&waited), "{waited} s");
    assert_eq!(cseq(&third), cseq(&second) + 1);
    assert_eq!(header(&third, "Call-ID"), header(&first, "Call-ID"));
    say(&mut world, &third, "200 OK", &format!("{OURS};expires=600\n"));
    assert!(matches!(world.event(0), Event::Registered { .. }));

    // 2.4: taken back.
    unregister(&mut world, id);
    let last = world.receive(REGISTRAR);
    assert_eq!(header(&last, "Expires").unwrap(), "0");
    assert_eq!(cseq(&last), cseq(&third) + 1);
    say(&mut world, &last, "200 OK", "");
    assert!(matches!(world.event(0), Event::Unregistered { registration } if registration == id));
    world.assert_empty();
    world.assert_quiet(0);
}

// RFC 7616 3.5: the nonce of the next request saves its challenge, and counts for that one alone.
#[test]
fn a_refresh_uses_the_nonce_that_the_last_answer_gave_out() {
    let mut world = World::alone();
    register(&mut world);
    let first = world.receive(REGISTRAR);
    let ask = "WWW-Authenticate: Digest realm=\"biloxi\", nonce=\"n1\", qop=\"auth\"\n";
    say(&mut world, &first, "401 Unauthorized", ask);
    let second = world.receive(REGISTRAR);
    let next = "Authentication-Info: nextnonce=\"n2\"\n";
    say(&mut world, &second, "200 OK", &format!("{OURS};expires=300\n{next}"));
    assert!(matches!(world.event(0), Event::Registered { .. }));
    let third = world.receive(REGISTRAR);
    let proof = header(&third, "Authorization").expect("no challenge is waited for");
    assert!(proof.contains("nonce=\"n2\"") && proof.contains("nc=00000001"), "{proof}");
    say(&mut world, &third, "200 OK", &format!("{OURS};expires=300\n"));
    assert!(matches!(world.event(0), Event::Registered { .. }));
    let fourth = world.receive(REGISTRAR);
    assert_eq!(header(&fourth, "Authorization"), None, "nothing was given out for this one");
    // One that is not wanted after all is answered anew.
    say(&mut world, &fourth, "401 Unauthorized", &ask.replace("n1", "n3"));
    let fifth = world.receive(REGISTRAR);
    say(&mut world, &fifth, "200 OK", &format!("{OURS};expires=300\n{}", next.replace("n2", "n4")));
    assert!(matches!(world.event(0), Event::Registered { .. }));
    let sixth = world.receive(REGISTRAR);
    assert!(header(&sixth, "Authorization").unwrap().contains("\"n4\""));
    say(&mut world, &sixth, "401 Unauthorized", &ask.replace("n1", "n5"));
    let seventh = world.receive(REGISTRAR);
    let proofs = request(&seventh);
    let name = siptrunk_message::HeaderName::AUTHORIZATION;
    assert_eq!(proofs.headers().raw_all(&name).count(), 1);
    assert!(header(&seventh, "Authorization").unwrap().contains("\"n5\""));
    say(&mut world, &seventh, "200 OK", &format!("{OURS};expires=300\n"));
    assert!(matches!(world.event(0), Event::Registered { .. }));
}

#[test]
fn refreshes_of_many_registrations_are_spread() {
    let mut world = World::alone();
    for _ in 0..20 {
        registered(&mut world);
    }
    let before = world.elapsed();
    let mut waits: Vec<u64> = Vec::new();
    for _ in 0..20 {
        let refresh = world.receive(REGISTRAR);
        waits.push(world.since(before).as_secs());
        say(&mut world, &refresh, "200 OK", &format!("{OURS};expires=100000\n"));
    }
    let (first, last) = (waits[0], waits[19]);
    assert!(first >= 295 && last <= 541 && last - first > 100, "{waits:?}");
}

// ---- RFC 3665 2.5: 423

#[test]
fn a_423_is_given_in_to_at_once() {
    let mut world = World::alone();
    let id = register(&mut world);
    let first = world.receive(REGISTRAR);
    say(&mut world, &first, "423 Interval Too Brief", "Min-Expires: 7200\n");
    let second = world.receive(REGISTRAR);
    assert_eq!(header(&second, "Expires").unwrap(), "7200");
    assert_eq!(cseq(&second), cseq(&first) + 1);
    say(&mut world, &second, "200 OK", &format!("{OURS}\nExpires: 7200\n"));
    let Event::Registered { registration, expires } = world.event(0) else { panic!("no 200") };
    assert_eq!((registration, expires.as_secs()), (id, 7_200));
}

#[test]
fn a_423_that_makes_no_sense_or_has_no_end_is_a_refusal() {
    for rests in [
        vec!["Min-Expires: 4294967295\n"],
        vec![""],
        vec!["Min-Expires: 10\n"],
        vec!["Min-Expires: 4000\n", "Min-Expires: 5000\n", "Min-Expires: 6000\n"],
    ] {
        let mut world = World::alone();
        let id = register(&mut world);
        for rest in rests {
            let next = world.receive(REGISTRAR);
            say(&mut world, &next, "423 Interval Too Brief", rest);
        }
        let (failure, retry_in) = failed(&mut world, id);
        assert!(matches!(failure, RegistrationFailure::Rejected(_)));
        assert!(retry_in.is_some());
    }
}

// ---- failures

#[test]
fn refused_credentials_end_the_registration() {
    let mut world = World::alone();
    let id = register(&mut world);
    for nonce in ["n1", "n2"] {
        let next = world.receive(REGISTRAR);
        let ask =
            format!("WWW-Authenticate: Digest realm=\"b\", nonce=\"{nonce}\", qop=\"auth\"\n");
        say(&mut world, &next, "401 Unauthorized", &ask);
    }
    let (failure, retry_in) = failed(&mut world, id);
    assert!(matches!(failure, RegistrationFailure::AuthenticationFailed(_)));
    assert_eq!(retry_in, None);
    unregister(&mut world, id);
    world.assert_empty();
    world.assert_quiet(0);
    assert_eq!(world.all("REGISTER").len(), 2);
}

#[test]
fn failures_are_tried_again_after_longer_and_longer_waits() {
    let mut world = World::alone();
    let id = register(&mut world);
    // RFC 5626 4.5: the first retry is somewhere between 30 and 60 seconds after the failure.
    let mut ceiling = 60;
    for _ in 0..9 {
        let next = world.receive(REGISTRAR);
        say(&mut world, &next, "500 Server Error", "");
        let (failure, retry_in) = failed(&mut world, id);
        assert!(matches!(failure, RegistrationFailure::Rejected(_)));
        let wait = retry_in.unwrap().as_secs();
        assert!((ceiling / 2..=ceiling).contains(&wait), "{wait} of {ceiling}");
        ceiling = (ceiling * 2).min(1_800);
        world.run(retry_in.unwrap().saturating_sub(Duration::from_millis(100)));
        assert!(world.mail[&address(REGISTRAR)].is_empty(), "too early");
    }
    // A success starts over.
    let next = world.receive(REGISTRAR);
    say(&mut world, &next, "200 OK", &format!("{OURS};expires=60\n"));
    assert!(matches!(world.event(0), Event::Registered { .. }));
    let next = world.receive(REGISTRAR);
    say(&mut world, &next, "500 Server Error", "");
    let (_, retry_in) = failed(&mut world, id);
    assert!(retry_in.unwrap().as_secs() <= 60);
    // The binding may still be there: it is taken back all the same.
    unregister(&mut world, id);
    assert_eq!(header(&world.receive(REGISTRAR), "Expires").unwrap(), "0");
    assert!(matches!(world.event(0), Event::Unregistered { .. }));
    world.assert_empty();
}

#[test]
fn retry_after_is_obeyed() {
    let mut world = World::alone();
    let id = register(&mut world);
    let next = world.receive(REGISTRAR);
    say(&mut world, &next, "503 Service Unavailable", "Retry-After: 120\n");
    let (_, retry_in) = failed(&mut world, id);
    let wait = retry_in.unwrap().as_secs();
    assert!((120..=132).contains(&wait), "{wait}");
    // But not for ever.
    let next = world.receive(REGISTRAR);
    say(&mut world, &next, "503 Service Unavailable", "Retry-After: 4000000000\n");
    let (_, retry_in) = failed(&mut world, id);
    assert!(retry_in.unwrap().as_secs() <= 1_980);
}

#[test]
fn a_silent_registrar_is_tried_again_and_the_next_host_before_that() {
    let mut world = World::alone();
    let second = "127.0.3.9:5060";
    let mut registration = registration();
    registration.destination =
        Destination::Targets([REGISTRAR, second].map(|at| Target::udp(address(at))).to_vec());
    let now = world.now;
    let id = world.ua(0).register(now, registration);
    let first = world.receive(REGISTRAR);
    let next = world.receive(second);
    assert_eq!(world.elapsed().as_secs(), 4);
    assert_eq!(header(&first, "CSeq"), header(&next, "CSeq"));
    let (failure, retry_in) = failed(&mut world, id);
    assert!(matches!(failure, RegistrationFailure::Request(RequestFailure::Transaction(_))));
    assert!(retry_in.is_some());
}

#[test]
fn a_registrar_that_does_not_confirm_our_contact_is_not_believed() {
    let ended = format!("{OURS};expires=0\n");
    for contact in ["Contact: <sip:bob@192.0.2.9>;expires=600\n", &ended, "Expires: 0\n"] {
        let mut world = World::alone();
        let id = register(&mut world);
        let next = world.receive(REGISTRAR);
        say(&mut world, &next, "200 OK", contact);
        let (failure, retry_in) = failed(&mut world, id);
        assert!(matches!(failure, RegistrationFailure::NotConfirmed(_)));
        assert!(retry_in.is_some());
    }
}

#[test]
fn what_was_granted_is_found_among_other_bindings() {
    let cases = [
        ("Contact: <sip:bob@192.0.2.9>;expires=60, <sip:alice@127.0.1.1>;expires=60\n", None),
        (
            "Contact: <sip:bob@192.0.2.9>;expires=60\nContact: <sip:alice@127.0.1.1:5060>;expires=900\n",
            Some(900),
        ),
        ("Contact: <sip:alice@127.0.1.1:5060>\nExpires: 800\n", Some(800)),
        ("Contact: <sip:alice@127.0.1.1:5060>\n", Some(3_600)),
        // What no clock can hold, and more than was asked for.
        ("Contact: <sip:alice@127.0.1.1:5060>;expires=18446744073709551615\n", Some(3_600)),
        ("Contact: <sip:alice@127.0.1.1:5060>;expires=4294967295\n", Some(3_600)),
        ("", Some(3_600)),
    ];
    for (rest, granted) in cases {
        let mut world = World::alone();
        register(&mut world);
        let next = world.receive(REGISTRAR);
        say(&mut world, &next, "200 OK", rest);
        match (world.event(0), granted) {
            (Event::Registered { expires, .. }, Some(granted)) => {
                assert_eq!(expires.as_secs(), granted, "{rest}");
            }
            // Without a port is another URI (RFC 3261 19.1.4).
            (Event::RegistrationFailed { .. }, None) => {}
            (event, _) => panic!("{rest}: {event:?}"),
        }
    }
}

// ---- unregister at every moment

#[test]
fn unregister_waits_for_the_register_that_is_open() {
    let mut world = World::alone();
    let id = register(&mut world);
    let first = world.receive(REGISTRAR);
    unregister(&mut world, id);
    unregister(&mut world, id);
    assert!(world.mail[&address(REGISTRAR)].is_empty(), "one at a time (10.2)");
    say(&mut world, &first, "200 OK", &format!("{OURS};expires=600\n"));
    let last = world.receive(REGISTRAR);
    assert_eq!(header(&last, "Expires").unwrap(), "0");
    // Lost or refused: the registration is over all the same.
    assert!(matches!(world.event(0), Event::Unregistered { registration } if registration == id));
    world.assert_empty();
    world.assert_quiet(0);
}

#[test]
fn unregister_before_anything_is_registered_sends_nothing() {
    let mut world = World::alone();
    let id = register(&mut world);
    let first = world.receive(REGISTRAR);
    say(&mut world, &first, "500 Server Error", "");
    failed(&mut world, id);
    unregister(&mut world, id);
    assert!(matches!(world.event(0), Event::Unregistered { .. }));
    world.assert_empty();
    assert_eq!(world.all("REGISTER").len(), 1);
}

#[test]
fn unregister_while_the_credentials_are_refused_ends_once() {
    let mut world = World::alone();
    let id = register(&mut world);
    let first = world.receive(REGISTRAR);
    unregister(&mut world, id);
    say(&mut world, &first, "401 Unauthorized", "");
    assert!(matches!(world.event(0), Event::Unregistered { .. }));
    world.assert_empty();
    world.assert_quiet(0);
}

#[test]
fn a_registrar_is_resolved_anew_each_time() {
    let mut world = World::alone();
    let mut registration = registration();
    registration.destination = Destination::Lookup(Lookup::new(
        vec!["sip.synthflow.ai:32681".parse().unwrap()],
        siptrunk_message::Transport::Udp,
    ));
    let now = world.now;
    let id = world.ua(0).register(now, registration);
    world.drain();
    // Never answered: the question has a deadline.
    let (failure, retry_in) = failed(&mut world, id);
    assert!(matches!(failure, RegistrationFailure::Request(RequestFailure::Unresolved)));
    assert_eq!(world.elapsed().as_secs(), 5);
    world.run(retry_in.unwrap());
    let (question, _) = world.nodes[0].questions.pop_back().unwrap();
    let targets = vec![Target::udp(address(REGISTRAR))];
    let now = world.now;
    world.ua(0).handle_answer(now, question, Answer::Targets(targets));
    let next = world.receive(REGISTRAR);
    assert_eq!(label_of(&next), "REGISTER");
    say(&mut world, &next, "200 OK", &format!("{OURS};expires=600\n"));
    assert!(matches!(world.event(0), Event::Registered { .. }));
}

#[test]
fn over_the_limit_a_registration_fails_at_once_and_for_good() {
    let mut world = World::new();
    world.add(wire::ALICE, 1, |config| config.limits.max_requests = 1);
    register(&mut world);
    let second = register(&mut world);
    let (failure, retry_in) = failed(&mut world, second);
    assert!(matches!(
        failure,
        RegistrationFailure::Request(RequestFailure::LimitReached { limit: 1 })
    ));
    assert_eq!(retry_in, None);
    assert_eq!(world.all("REGISTER").len(), 1);
}
