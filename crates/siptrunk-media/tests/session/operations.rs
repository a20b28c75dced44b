//! Any order of commands, packets and time: the rules that hold in all of them.

use std::net::SocketAddr;
use std::time::Duration;

use crate::rig::{ID, Rig, audio_of, leg};
use proptest::prelude::*;
use siptrunk_media::{Component, Decision, DropReason, LegMedia, MediaEvent, Side};

#[derive(Debug, Clone)]
enum Operation {
    Update { side: Side, leg: LegMedia },
    Datagram { side: Side, component: Component, source: SocketAddr, bytes: Vec<u8> },
    Wait(Duration),
    Timeout,
    Fetch,
    Close,
}

/// Few hosts and ports, so that they meet.
fn socket() -> impl Strategy<Value = SocketAddr> {
    (1..4_u8, 4000..4003_u16).prop_map(|(host, port)| ([192, 0, 2, host], port).into())
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::A), Just(Side::B)]
}

prop_compose! {
    fn description()(
        remote in prop::option::weighted(0.8, socket()),
        remote_rtcp in prop::option::weighted(0.8, socket()),
        may_send in prop::bool::weighted(0.8),
        may_receive in prop::bool::weighted(0.8),
        nat in prop::bool::weighted(0.3),
    ) -> LegMedia {
        LegMedia { remote, remote_rtcp, may_send, may_receive, nat, ..leg(Side::A) }
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (0..4_u32, prop_oneof![Just(0_u8), Just(101), Just(8)], 0..70_000_u32)
            .prop_map(|(ssrc, payload_type, number)| audio_of(ssrc, payload_type, number)),
        2 => Just(crate::rig::REPORT.to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let component = prop_oneof![3 => Just(Component::Rtp), 1 => Just(Component::Rtcp)];
    prop_oneof![
        3 => (side(), description()).prop_map(|(side, leg)| Operation::Update { side, leg }),
        20 => (side(), component, socket(), bytes()).prop_map(
            |(side, component, source, bytes)| {
                Operation::Datagram { side, component, source, bytes }
            }
        ),
        4 => (0..4_000_u64).prop_map(|ms| Operation::Wait(Duration::from_millis(ms))),
        4 => Just(Operation::Timeout),
        2 => Just(Operation::Fetch),
        1 => Just(Operation::Close),
    ]
}

/// What a test may know of a side: its description, and whose packets were taken for its own.
#[derive(Default)]
struct Model {
    leg: Option<LegMedia>,
    own: Vec<SocketAddr>,
    first_packets: usize,
    judged: u64,
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn rules_that_always_hold(operations in prop::collection::vec(operation(), 1..120)) {
        let mut rig = Rig::blank();
        let mut models = [Model::default(), Model::default()];
        let index = |side| usize::from(side == Side::B);
        let (mut closed, mut closings) = (false, 0);
        for operation in operations {
            match operation {
                Operation::Update { side, leg } => {
                    rig.update(side, leg.clone());
                    if !closed {
                        models[index(side)].leg = Some(leg);
                    }
                }
                Operation::Wait(time) => rig.wait(time),
                Operation::Timeout => rig.timeout(),
                Operation::Close => {
                    rig.session.close(rig.now);
                    closed = true;
                }
                Operation::Fetch => {
                    let events = rig.events();
                    prop_assert!(events.len() <= 5, "{events:?}");
                    for event in events {
                        prop_assert_eq!(event.session(), ID);
                        match event {
                            MediaEvent::FirstPacket { side, .. } => {
                                models[index(side)].first_packets += 1;
                            }
                            MediaEvent::Closed { .. } => closings += 1,
                            _ => {}
                        }
                    }
                    prop_assert!(models.iter().all(|model| model.first_packets <= 1));
                    prop_assert_eq!(closings, usize::from(closed));
                }
                Operation::Datagram { side, component, source, mut bytes } => {
                    let before = bytes.clone();
                    let decision = rig.datagram(side, component, source, &mut bytes);
                    models[index(side)].judged += 1;
                    prop_assert_eq!(&bytes[2.min(bytes.len())..], &before[2.min(bytes.len())..]);
                    if let Decision::Forward { .. } | Decision::Drop(
                        DropReason::NotReceiving | DropReason::NoTarget | DropReason::TooFast
                    ) = decision {
                        models[index(side)].own.push(source);
                    }
                    let Decision::Forward { to, component: out, target } = decision else {
                        prop_assert_eq!(bytes, before);
                        continue;
                    };
                    prop_assert!(!closed);
                    prop_assert_eq!(to, side.other());
                    let sender = models[index(side)].leg.clone().expect("described");
                    let pinned = match component {
                        Component::Rtp => sender.remote,
                        Component::Rtcp => sender.remote_rtcp,
                    };
                    prop_assert!(pinned.is_some());
                    prop_assert!(sender.nat || pinned == Some(source));
                    let receiver = &models[index(to)];
                    let described = receiver.leg.as_ref().expect("described");
                    let said = [described.remote, described.remote_rtcp];
                    // To where the description says, or where the peer was heard from.
                    prop_assert!(
                        said.contains(&Some(target))
                            || described.nat && receiver.own.contains(&target),
                        "{target}"
                    );
                    if out == Component::Rtcp {
                        prop_assert!(described.remote_rtcp.is_some());
                    }
                    if !siptrunk_rtp::is_rtcp(&before) {
                        prop_assert_eq!(out, Component::Rtp);
                        prop_assert!(sender.may_send && described.may_receive);
                    }
                }
            }
            let statistics = rig.session.statistics();
            for side in Side::BOTH {
                let leg = statistics.side(side);
                let passed = leg.forwarded_packets + leg.rtcp_forwarded;
                prop_assert_eq!(passed + leg.dropped.total(), models[index(side)].judged);
            }
        }
    }
}
