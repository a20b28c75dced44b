//! The main path in simulated time: Five9 calls, the agent talks and hands back.

use std::time::Duration;

use siptrunk::bridge::{EndedBy, Event};
use siptrunk::sim::five9::Five9;
use siptrunk::sim::synthflow::Synthflow;
use siptrunk_tests::scene::{Plan, Scene};

#[test]
fn five9_to_synthflow_and_back() {
    let mut scene = Scene::new(Plan::default());
    scene.run_for(Duration::from_secs(60));
    let ladder = scene.world.trace().ladder().to_string();

    let five9 = scene.world.node::<Five9>(scene.five9);
    let reports = five9.reports();
    assert_eq!(reports.len(), 1, "{ladder}");
    let names: Vec<&str> = reports[0].hand_back().map(|header| header.name.as_str()).collect();
    assert_eq!(
        names,
        ["X-RouteType", "X-RouteValue", "X-RouteReason", "X-ConversationId"],
        "{ladder}"
    );
    assert!(reports[0].audio.exact(), "{}\n{ladder}", reports[0]);

    let synthflow = scene.world.node::<Synthflow>(scene.synthflow);
    let reports = synthflow.reports();
    assert!(reports[0].audio.exact(), "{}\n{ladder}", reports[0]);
    let tokens = reports[0].tokens();
    assert_eq!(
        tokens,
        [
            (String::from("E"), String::from("1234567890123456")),
            (String::from("O"), String::from("+18005550100"))
        ],
        "{ladder}"
    );

    let ended = scene.ended();
    assert_eq!(ended.len(), 1, "{ladder}");
    assert_eq!(ended[0].ended_by, EndedBy::Callee);
    assert_eq!(ended[0].failure, None);
    assert_eq!(ended[0].hand_back.len(), 4);
    assert!(ended[0].media.is_some());
    assert!(matches!(scene.events.first(), Some(Event::Started { .. })));
    assert!(matches!(scene.events.last(), Some(Event::Ended { .. })));
    scene.assert_clean();
}
