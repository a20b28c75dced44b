//! Each message of a bridged call is lost once, alone and in pairs: the call is carried all the same,
//! and nothing is left behind.

use std::time::Duration;

use siptrunk::message::Method;
use siptrunk::sim::five9::CallPlan;
use siptrunk::sim::{AudioPlan, Fate, Fault, Link};
use siptrunk_tests::scene::{AGENT, CALLER, Plan, Scene};

/// One direction of one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Five9ToGateway,
    GatewayToFive9,
    GatewayToSynthflow,
    SynthflowToGateway,
}

const WAYS: [Way; 4] =
    [Way::Five9ToGateway, Way::GatewayToFive9, Way::GatewayToSynthflow, Way::SynthflowToGateway];

/// Every message of the call, in the order of the ladder.
fn messages() -> Vec<(Way, Fault)> {
    use Way::{Five9ToGateway, GatewayToFive9, GatewayToSynthflow, SynthflowToGateway};
    vec![
        (Five9ToGateway, Fault::DropRequests(Method::INVITE)),
        (GatewayToFive9, Fault::DropStatus(100)),
        (GatewayToSynthflow, Fault::DropRequests(Method::INVITE)),
        (SynthflowToGateway, Fault::DropStatus(100)),
        (SynthflowToGateway, Fault::DropStatus(180)),
        (GatewayToFive9, Fault::DropStatus(180)),
        (SynthflowToGateway, Fault::DropResponses(Method::INVITE)),
        (SynthflowToGateway, Fault::DropStatus(200)),
        (GatewayToSynthflow, Fault::DropRequests(Method::ACK)),
        (GatewayToFive9, Fault::DropStatus(200)),
        (Five9ToGateway, Fault::DropRequests(Method::ACK)),
        (SynthflowToGateway, Fault::DropRequests(Method::BYE)),
        (GatewayToSynthflow, Fault::DropResponses(Method::BYE)),
        (GatewayToFive9, Fault::DropRequests(Method::BYE)),
        (Five9ToGateway, Fault::DropResponses(Method::BYE)),
    ]
}

/// Runs the call with the first copy of each of these messages lost.
fn lose(lost: &[(Way, Fault)]) {
    let mut plan = Plan::default();
    plan.calls = vec![CallPlan::new(AGENT, CALLER).audio(AudioPlan::caller().frames(5))];
    plan.synthflow = plan.synthflow.audio(AudioPlan::agent().frames(5));
    plan.synthflow.talk = Duration::from_millis(500);
    let mut scene = Scene::new(plan);
    for way in WAYS {
        let mut link = Link::default();
        for (_, fault) in lost.iter().filter(|(on, _)| *on == way) {
            link.faults.push(fault.clone(), Some(1));
        }
        let (from, to) = match way {
            Way::Five9ToGateway => (scene.five9, scene.gateway),
            Way::GatewayToFive9 => (scene.gateway, scene.five9),
            Way::GatewayToSynthflow => (scene.gateway, scene.synthflow),
            Way::SynthflowToGateway => (scene.synthflow, scene.gateway),
        };
        scene.world.link(from, to, link);
    }
    scene.run_for(Duration::from_secs(120));
    let dropped = scene.world.trace().sip().filter(|entry| entry.fate == Fate::Lost).count();
    // The first loss may be the end of the second message: without a 180 none goes on.
    assert!((1..=lost.len()).contains(&dropped), "{lost:?}: {dropped} lost\n{}", scene.ladder());
    let report = scene.caller(0);
    assert!(report.answered(), "{lost:?}: {report}\n{}", scene.ladder());
    assert_eq!(report.hand_back().count(), 4, "{lost:?}: {report}\n{}", scene.ladder());
    let ended = scene.ended();
    assert_eq!(ended.len(), 1, "{lost:?}\n{}", scene.ladder());
    assert_eq!(ended[0].failure, None, "{lost:?}\n{}", scene.ladder());
    scene.assert_clean();
}

#[test]
fn each_message_once() {
    for message in messages() {
        lose(&[message]);
    }
}

#[test]
fn all_pairs() {
    let messages = messages();
    for (at, first) in messages.iter().enumerate() {
        for second in &messages[at + 1..] {
            lose(&[first.clone(), second.clone()]);
        }
    }
}
