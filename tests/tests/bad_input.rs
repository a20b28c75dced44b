//! What must not hurt: broken messages, strangers, lost messages, peers and worlds that never answer.
//! In each the other calls go on, and nothing is left behind.

use std::time::Duration;

use siptrunk::bridge::{CallFailure, EndedBy};
use siptrunk::message::{HeaderName, Message, Method};
use siptrunk::profiles::UnknownSource;
use siptrunk::sdp::CodecName;
use siptrunk::sdp::offer_answer::CodecPolicy;
use siptrunk::sim::five9::{CallPlan, Ending};
use siptrunk::sim::synthflow::Answering;
use siptrunk::sim::{Fault, Link, Outcome};
use siptrunk_tests::scene::{
    AGENT, CALLER, FIVE9, GATEWAY, Plan, SYNTHFLOW, Scene, address, config, synthflow,
};
use siptrunk_tests::{BridgeHost, Grant};

fn call() -> CallPlan {
    CallPlan::new(AGENT, CALLER)
}

/// The value of a header in the first response with this status.
fn header_of(messages: &[Message], status: u16, name: &HeaderName) -> Option<String> {
    messages.iter().find_map(|message| match message {
        Message::Response(response) if response.status().code() == status => {
            response.headers().raw(name).map(|value| String::from_utf8_lossy(value).into_owned())
        }
        _ => None,
    })
}

fn statuses(messages: &[Message]) -> Vec<u16> {
    messages
        .iter()
        .filter_map(|message| match message {
            Message::Response(response) => Some(response.status().code()),
            Message::Request(_) => None,
        })
        .collect()
}

#[test]
fn malformed_datagrams_are_dropped_or_answered_400() {
    let mut scene = Scene::new(Plan::default());
    let (rogue, gateway) = (address("127.0.2.1:5999"), address(GATEWAY));
    scene.world.witness_mut().excuse(rogue);
    let via = "Via: SIP/2.0/UDP 127.0.2.1:5999;branch=z9hG4bKbad";
    // (datagram, what is answered)
    let rows: [(String, Option<u16>); 6] = [
        (String::from("\0\u{1}\u{2}garbage"), None),
        (String::from("\r\n\r\n"), None),
        (String::from("INVITE"), None),
        (format!("ACK sip:x@y SIP/2.0\r\n{via}0\r\n\r\n"), None),
        (format!("SIP/2.0 200 OK\r\n{via}1\r\nCSeq: 1 INVITE\r\n\r\n"), None),
        (
            format!(
                "INVITE sip:x@y SIP/2.0\r\n{via}2\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\n\
                 Call-ID: c\r\nCSeq: nonsense\r\nContent-Length: 0\r\n\r\n"
            ),
            Some(400),
        ),
    ];
    for (datagram, expected) in rows {
        let before = scene.sent_to(rogue).len();
        scene.world.inject(rogue, gateway, datagram.clone().into_bytes());
        scene.run_for(Duration::from_millis(10));
        let answers = statuses(&scene.sent_to(rogue)[before..]);
        assert_eq!(answers, Vec::from_iter(expected), "{datagram:?}");
    }
    scene.run_for(Duration::from_secs(60));
    scene.assert_carried(0);
    scene.assert_clean();
}

#[test]
fn strangers_get_403_or_silence() {
    for (unknown_source, expected) in
        [(UnknownSource::Refuse, Some("SIP/2.0 403 Forbidden")), (UnknownSource::Silence, None)]
    {
        let config = config().unknown_source(unknown_source);
        let mut scene = Scene::new(Plan { config, ..Plan::default() });
        let stranger = address("127.0.9.9:5060");
        let invite = format!(
            "INVITE sip:{AGENT}@127.0.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.9.9:5060;branch=z9hG4bKx\r\n\
             Max-Forwards: 70\r\nFrom: <sip:x@127.0.9.9>;tag=1\r\nTo: <sip:{AGENT}@127.0.1.1>\r\n\
             Call-ID: stranger\r\nCSeq: 1 INVITE\r\nContact: <sip:x@127.0.9.9>\r\nContent-Length: 0\r\n\r\n"
        );
        scene.world.witness_mut().excuse(stranger);
        for _ in 0..3 {
            scene.world.inject(stranger, address(GATEWAY), invite.clone().into_bytes());
        }
        scene.run_for(Duration::from_secs(60));
        let answers: Vec<String> = scene
            .world
            .trace()
            .sip()
            .filter(|entry| entry.to == stranger)
            .map(|entry| entry.first_line().to_owned())
            .collect();
        let each = expected.map_or(0, |_| 3);
        assert_eq!(answers, vec![expected.unwrap_or_default(); each]);
        // Each copy is counted; the event comes once a second at most.
        let counted: u64 = scene.bridge().legs().refused().map(|(_, count)| count).sum();
        assert_eq!(counted, 3);
        let refused = scene.refused();
        assert_eq!(refused.len(), 1);
        let address = stranger.ip();
        assert_eq!(refused[0].failure, Some(CallFailure::UnknownSource { address }));
        scene.assert_carried(0);
    }
}

#[test]
fn an_unknown_number_gets_404() {
    let calls = vec![CallPlan::new("+12065550000", CALLER), call()];
    let mut scene = Scene::new(Plan { calls, ..Plan::default() });
    scene.run_for(Duration::from_secs(60));
    assert_eq!(scene.caller(0).outcome, Outcome::Rejected(404));
    let dialed = String::from("+12065550000");
    let trunk = String::from("five9");
    assert_eq!(scene.refused()[0].failure, Some(CallFailure::NoRoute { trunk, dialed }));
    scene.assert_carried(1);
    scene.assert_clean();
}

#[test]
fn an_offer_without_a_common_codec_gets_488_with_both_sets() {
    let codecs = CodecPolicy {
        codecs: vec![CodecName::G729, CodecName::Opus],
        telephone_event: None,
        ptime: None,
    };
    let calls = vec![call().codecs(codecs), call()];
    let mut scene = Scene::new(Plan { calls, ..Plan::default() });
    scene.run_for(Duration::from_secs(60));
    assert_eq!(scene.caller(0).outcome, Outcome::Rejected(488));
    let warning = header_of(&scene.sent_to(address(FIVE9[0])), 488, &HeaderName::WARNING);
    let warning = warning.expect("a 488 says why");
    for codec in ["G729", "opus", "PCMU", "PCMA"] {
        assert!(warning.contains(codec), "{warning}");
    }
    scene.assert_carried(1);
    scene.assert_clean();
}

#[test]
fn an_offer_that_is_no_description_gets_400_or_415() {
    let mut scene = Scene::new(Plan::default());
    let (rogue, gateway) = (address("127.0.2.1:5999"), address(GATEWAY));
    scene.world.witness_mut().excuse(rogue);
    for (row, kind, body, expected) in
        [(1, "application/sdp", "nonsense", 400), (2, "text/plain", "hello", 415)]
    {
        let invite = format!(
            "INVITE sip:{AGENT}@127.0.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.2.1:5999;branch=z9hG4bKr{row}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:x@127.0.2.1>;tag={row}\r\nTo: <sip:{AGENT}@127.0.1.1>\r\n\
             Call-ID: rogue{row}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@127.0.2.1:5999>\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        scene.world.inject(rogue, gateway, invite.into_bytes());
        scene.run_for(Duration::from_secs(1));
        assert!(statuses(&scene.sent_to(rogue)).contains(&expected), "{}", scene.ladder());
    }
    scene.run_for(Duration::from_secs(90));
    scene.assert_carried(0);
    assert!(scene.world.live(scene.gateway).is_empty());
}

/// The link from one end to another loses every request of a method.
fn lossy(scene: &mut Scene, from_five9: bool, method: Method) {
    let (from, to) =
        if from_five9 { (scene.five9, scene.gateway) } else { (scene.gateway, scene.five9) };
    scene.world.link(from, to, Link::default().fault(Fault::DropRequests(method)));
}

#[test]
fn a_lost_ack_ends_the_call_after_64_t1() {
    let mut scene = Scene::new(Plan::default());
    lossy(&mut scene, true, Method::ACK);
    scene.run_for(Duration::from_secs(40));
    let ended = scene.ended();
    assert_eq!(ended.len(), 1, "{}", scene.ladder());
    // The agent's BYE comes first, and waits for the ACK until then (RFC 3261 15).
    let held = ended[0].duration;
    assert!(held >= Duration::from_secs(32), "{held:?}\n{}", scene.ladder());
    scene.run_for(Duration::from_secs(60));
    assert!(scene.world.live(scene.gateway).is_empty(), "{}", scene.ladder());
}

#[test]
fn a_lost_bye_leaves_nothing_behind() {
    // Towards Five9 only: the gateway repeats, gives up and forgets.
    let mut scene = Scene::new(Plan::default());
    lossy(&mut scene, false, Method::BYE);
    scene.run_for(Duration::from_secs(120));
    assert_eq!(scene.ended().len(), 1, "{}", scene.ladder());
    assert!(scene.world.live(scene.gateway).is_empty(), "{}", scene.ladder());

    // On every link: nobody tells anybody, and the silence ends the call.
    let link = Link::default().fault(Fault::DropRequests(Method::BYE));
    let mut scene = Scene::new(Plan { link, ..Plan::default() });
    scene.run_for(Duration::from_secs(180));
    let ended = scene.ended();
    assert_eq!(ended.len(), 1, "{}", scene.ladder());
    assert!(matches!(ended[0].failure, Some(CallFailure::Silent { .. })), "{:?}", ended[0].failure);
    assert!(scene.world.live(scene.gateway).is_empty(), "{}", scene.ladder());
}

#[test]
fn a_far_end_that_never_answers_is_given_up() {
    // (what it does, status for the caller, seconds until then)
    for (answering, expected, within) in
        [(Answering::Silence, 504, 33), (Answering::Ring, 480, 181)]
    {
        let mut plan = Plan::default();
        plan.synthflow = plan.synthflow.answering(answering);
        let mut scene = Scene::new(plan);
        scene.run_for(Duration::from_secs(within));
        assert_eq!(scene.caller(0).outcome, Outcome::Rejected(expected), "{}", scene.ladder());
        scene.run_for(Duration::from_secs(70));
        let ended = scene.ended();
        assert_eq!(ended.len(), 1);
        assert!(ended[0].failure.is_some());
        scene.assert_clean();
    }
}

#[test]
fn cancel_in_each_step_of_preparing() {
    let named = || config_with_named_synthflow();
    // What the call waits for when the CANCEL comes: its ports (late, twice, never), or the far name.
    let ports = |grant| Plan { grant, ..Plan::default() };
    let lookup = |lookup| Plan {
        config: named(),
        lookup,
        names: vec![("agents.example", address(SYNTHFLOW[0]))],
        ..Plan::default()
    };
    let rows = [
        ("ports late", ports(Grant::After(Duration::from_secs(2)))),
        ("ports too late", ports(Grant::After(Duration::from_secs(20)))),
        ("ports never", ports(Grant::Never)),
        ("name late", lookup(Some(Duration::from_secs(2)))),
        ("name never", lookup(None)),
        ("ringing", {
            let mut plan = Plan::default();
            plan.synthflow = plan.synthflow.answering(Answering::Ring);
            plan
        }),
    ];
    for (row, mut plan) in rows {
        plan.calls = vec![call().ending(Ending::Cancel(Duration::from_secs(1)))];
        let mut scene = Scene::new(plan);
        scene.run_for(Duration::from_secs(100));
        let report = scene.caller(0);
        assert!(report.statuses.contains(&487), "{row}: {report}\n{}", scene.ladder());
        let ended = scene.ended();
        assert_eq!(ended.len(), 1, "{row}");
        assert_eq!(ended[0].failure, Some(CallFailure::Cancelled), "{row}");
        assert_eq!(ended[0].ended_by, EndedBy::Caller, "{row}");
        scene.assert_clean();
    }
}

/// The Synthflow trunk is known by a name, so that dialling has to ask.
fn config_with_named_synthflow() -> siptrunk::profiles::Config {
    let mut config = config();
    let named = siptrunk::profiles::Synthflow::region(siptrunk::profiles::Region::Us)
        .host("agents.example:32681")
        .number(AGENT);
    for trunk in &mut config.trunks {
        if trunk.name == synthflow().name {
            *trunk = named.clone();
        }
    }
    config
}

#[test]
fn used_up_ports_get_503_and_the_other_call_goes_on() {
    let calls = vec![call(), call().start(Duration::from_secs(1))];
    // Four ports: one call.
    let mut scene = Scene::new(Plan { calls, ports: 20_000..=20_003, ..Plan::default() });
    scene.run_for(Duration::from_secs(60));
    assert_eq!(scene.caller(1).outcome, Outcome::Rejected(503), "{}", scene.ladder());
    let retry = header_of(&scene.sent_to(address(FIVE9[0])), 503, &HeaderName::RETRY_AFTER);
    assert!(retry.is_some(), "a 503 says when to come again");
    let failures: Vec<_> = scene.ended().iter().map(|record| record.failure.clone()).collect();
    assert!(failures.contains(&Some(CallFailure::NoPorts)), "{failures:?}");
    scene.assert_carried(0);
    scene.assert_clean();
}

#[test]
fn a_question_that_is_answered_late_twice_or_never_does_no_harm() {
    // (how the ports are granted, whether the call is carried)
    for (grant, carried) in [
        (Grant::Twice, true),
        (Grant::After(Duration::from_secs(1)), true),
        (Grant::After(Duration::from_secs(10)), false),
        (Grant::Never, false),
    ] {
        let calls = vec![call(), call().start(Duration::from_secs(15))];
        let mut scene = Scene::new(Plan { calls, grant, ..Plan::default() });
        scene.run_for(Duration::from_secs(14));
        // Whatever became of the first, the next call finds a world that works.
        scene.world.host_mut::<BridgeHost>(scene.gateway).grant = Grant::Now;
        scene.run_for(Duration::from_secs(90));
        if carried {
            scene.assert_carried(0);
        } else {
            assert_eq!(scene.caller(0).outcome, Outcome::Rejected(500), "{grant:?}");
        }
        scene.assert_carried(1);
        scene.assert_clean();
    }
}

#[test]
fn a_trunk_takes_no_more_than_its_calls() {
    let mut config = config();
    for trunk in &mut config.trunks {
        if trunk.name == "five9" {
            trunk.max_calls = Some(2);
        }
    }
    let calls = (0..4).map(|at| call().start(Duration::from_millis(100 * at))).collect();
    let mut scene = Scene::new(Plan { config, calls, ..Plan::default() });
    scene.run_for(Duration::from_secs(60));
    for at in [2, 3] {
        assert_eq!(scene.caller(at).outcome, Outcome::Rejected(486), "{}", scene.ladder());
    }
    scene.assert_carried(0);
    scene.assert_carried(1);
    assert_eq!(scene.refused().len(), 2);
    scene.assert_clean();
}

#[test]
fn max_forwards_zero_gets_483() {
    let calls = vec![call().max_forwards(0), call()];
    let mut scene = Scene::new(Plan { calls, ..Plan::default() });
    scene.run_for(Duration::from_secs(60));
    assert_eq!(scene.caller(0).outcome, Outcome::Rejected(483));
    scene.assert_carried(1);
    scene.assert_clean();
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let bytes = |seed| {
        let mut scene = Scene::new(Plan { seed, ..Plan::default() });
        scene.run_for(Duration::from_secs(60));
        let entries = scene.world.trace().entries();
        entries.iter().map(|entry| (entry.at, entry.bytes.clone())).collect::<Vec<_>>()
    };
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7), bytes(8));
}
