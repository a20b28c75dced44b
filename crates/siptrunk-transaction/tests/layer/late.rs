//! A 2xx that comes when its INVITE has been given up: it goes up, unless someone else made it up.

use std::time::Duration;

use siptrunk_message::{HeaderList, HeaderName, Method};
use siptrunk_transaction::{Admission, Config, Event, FlowEvent, Known, Rate, TransportError};

use crate::rig::{MS, Rig, config, header, outgoing, response_to, us};

/// A rig whose INVITE got no answer until timer B, and that INVITE.
fn given_up(config: Config) -> (Rig, Vec<u8>) {
    let mut rig = Rig::with(config);
    rig.request(&Method::INVITE);
    let invite = rig.last_sent().bytes.to_vec();
    rig.finish();
    assert_eq!(rig.take_events(), ["failed: timed out"]);
    rig.take_sent();
    (rig, invite)
}

#[test]
fn an_answer_after_timer_b_goes_up_each_time_it_comes() {
    let (mut rig, invite) = given_up(config());
    let ok = response_to(&invite, "200 OK", "late");
    rig.receive(&ok);
    rig.pass(MS(500));
    rig.receive(&ok);
    let Some(Event::LateAnswer { response }) = rig.events.last() else { panic!() };
    assert_eq!(response.essentials().to_tag(), Some("late"));
    assert_eq!(rig.take_events(), ["late answer 200", "late answer 200"]);
    assert_eq!(rig.layer.counters().late_answers, 2);
    assert_eq!(rig.layer.counters().stray_responses, 0);
    assert!(rig.take_sent().is_empty(), "the ACK is the user's");
    assert!(rig.layer.live().is_empty(), "nothing is kept");
}

#[test]
fn only_a_2xx_to_an_invite_is_a_late_answer() {
    let (mut rig, invite) = given_up(config());
    for status in ["100 Trying", "180 Ringing", "302 Moved", "486 Busy Here", "603 Decline"] {
        rig.receive(response_to(&invite, status, "late"));
    }
    let ok = response_to(&invite, "200 OK", "late");
    rig.receive(ok.replace("17 INVITE", "17 OPTIONS"));
    assert_eq!(rig.take_events(), [""; 0]);
    assert_eq!(rig.layer.counters().stray_responses, 6);

    rig.request(&Method::OPTIONS);
    let options = rig.last_sent().bytes.to_vec();
    rig.finish();
    let ok = response_to(&options, "200 OK", "late");
    rig.receive(&ok);
    rig.receive(ok.replace("17 OPTIONS", "17 INVITE"));
    assert_eq!(rig.take_events(), ["failed: timed out"], "no OPTIONS becomes an INVITE");
    assert_eq!(rig.layer.counters().stray_responses, 8);
}

#[test]
fn an_answer_after_a_cancelled_or_broken_call_goes_up() {
    let mut rig = Rig::new();
    let id = rig.request(&Method::INVITE);
    let invite = rig.last_sent().bytes.to_vec();
    rig.receive(response_to(&invite, "180 Ringing", "x"));
    rig.layer.cancel(rig.now, id, &HeaderList::new()).unwrap();
    rig.finish();
    rig.take_events();
    rig.receive(response_to(&invite, "200 OK", "x"));
    assert_eq!(rig.take_events(), ["late answer 200"]);

    let mut rig = Rig::new();
    rig.request(&Method::INVITE);
    let sent = rig.last_sent().clone();
    let reason = TransportError::Unreachable;
    rig.layer.handle_flow(rig.now, FlowEvent::Failed { ticket: sent.ticket, reason });
    rig.drain();
    rig.take_events();
    rig.receive(response_to(&sent.bytes, "202 Accepted", "x"));
    assert_eq!(rig.take_events(), ["late answer 202"]);
}

#[test]
fn a_fork_that_answers_after_another_refused_goes_up() {
    let mut rig = Rig::new();
    rig.request(&Method::INVITE);
    let invite = rig.last_sent().bytes.to_vec();
    rig.receive(response_to(&invite, "408 Request Timeout", "one"));
    rig.receive(response_to(&invite, "200 OK", "two"));
    assert_eq!(rig.take_events(), ["response 408", "late answer 200"]);
    // The ACK of the 408 is the layer's, and the transaction lives on for its repetitions.
    rig.receive(response_to(&invite, "408 Request Timeout", "one"));
    assert_eq!(rig.take_sent().len(), 3, "INVITE, ACK, ACK");
    assert_eq!(rig.layer.counters().absorbed, 1);
}

#[test]
fn a_2xx_that_is_repeated_after_timer_m_goes_up() {
    let mut rig = Rig::new();
    rig.request(&Method::INVITE);
    let invite = rig.last_sent().bytes.to_vec();
    let ok = response_to(&invite, "200 OK", "x");
    rig.receive(&ok);
    rig.pass(MS(31_999));
    rig.receive(&ok);
    rig.pass(MS(1));
    rig.receive(&ok);
    assert_eq!(rig.take_events(), ["response 200", "response 200", "late answer 200"]);
}

#[test]
fn nobody_makes_an_answer_up() {
    let (mut rig, invite) = given_up(config());
    let ok = response_to(&invite, "200 OK", "late");
    let via = header(&invite, &HeaderName::VIA);
    let branch = via.split("branch=").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
    let last = if branch.ends_with('a') { "b" } else { "a" };
    let spoiled = format!("{}{last}", &branch[..branch.len() - 1]);
    let other_seed = {
        let mut other = Rig::seeded(config(), 2);
        other.request(&Method::INVITE);
        response_to(&other.last_sent().bytes, "200 OK", "late")
    };
    for forged in [
        ok.replace(branch, &spoiled),
        ok.replace(branch, "z9hG4bKaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ok.replace(branch, &branch[..branch.len() - 1]),
        ok.replace("call-1@127.0.1.1", "call-2@127.0.1.1"),
        other_seed,
    ] {
        rig.receive(&forged);
        assert_eq!(rig.take_events(), [""; 0], "{forged}");
    }
    assert_eq!(rig.layer.counters().stray_responses, 5);
    rig.receive(ok.replace("127.0.1.1:5060", "127.0.9.9:5060"));
    assert_eq!(rig.layer.counters().foreign_responses, 1, "not our sent-by");
    rig.receive(&ok);
    assert_eq!(rig.take_events(), ["late answer 200"], "the true one still counts");
}

#[test]
fn a_branch_is_forgotten_when_no_invite_lives_so_long() {
    let limit = Duration::from_secs(600);
    let (mut rig, invite) = given_up(Config { proceeding_limit: limit, ..config() });
    let ok = response_to(&invite, "200 OK", "late");
    // Timer B has passed, and the INVITE was the layer's first.
    rig.pass(2 * limit + MS(2 * 64_000 - 32_001));
    rig.receive(&ok);
    assert_eq!(rig.take_events(), ["late answer 200"]);
    rig.pass(MS(1));
    rig.receive(&ok);
    assert_eq!(rig.take_events(), [""; 0]);
    assert_eq!(rig.layer.counters().stray_responses, 1);
}

#[test]
fn strangers_have_no_late_answers_and_the_known_not_too_many() {
    let known = Known::Networks(vec!["127.0.2.1/32".parse().unwrap()]);
    let late_answers = Rate { per_second: 10, burst: 5 };
    let admission = Admission { known, late_answers, ..Admission::default() };
    let (mut rig, invite) = given_up(Config { admission, ..config() });
    let ok = response_to(&invite, "200 OK", "late");
    rig.receive_from("127.0.2.2:5070".parse().unwrap(), &ok);
    assert_eq!(rig.layer.counters().stray_responses, 1);
    for _ in 0..20 {
        rig.receive(&ok);
    }
    assert_eq!(rig.take_events().len(), 5);
    assert_eq!(rig.layer.counters().late_over_rate, 15);
    rig.pass(MS(100));
    rig.receive(&ok);
    assert_eq!(rig.take_events().len(), 1);
}

#[test]
fn a_request_without_call_id_has_a_branch_as_well() {
    let mut rig = Rig::new();
    let request = outgoing(&Method::OPTIONS).without(&HeaderName::CALL_ID);
    let to = siptrunk_transaction::Target::udp(crate::rig::them()).into();
    rig.layer.request(rig.now, to, &request).unwrap();
    rig.drain();
    let via = header(&rig.last_sent().bytes, &HeaderName::VIA);
    assert!(via.starts_with(&format!("SIP/2.0/UDP {};branch=z9hG4bK", us())));
}
