//! The call from Five9 over the bridge to Synthflow and back, over each transport, under seeds: bad
//! links, answers that come late, twice or never, connections that break, nodes that crash.

use std::time::Duration;

use siptrunk::message::Transport;
use siptrunk::sim::five9::{CallPlan, Five9};
use siptrunk::sim::synthflow::Synthflow;
use siptrunk::sim::{AudioPlan, Link, NoHost, World, run, seeds};
use siptrunk_tests::scene::{AGENT, CALLER, Nodes, Plan};

const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

fn plan(transport: Transport, link: Link) -> Plan {
    let calls = (0..3).map(|call| {
        CallPlan::new(AGENT, CALLER)
            .audio(AudioPlan::caller().frames(5))
            .start(Duration::from_secs(2 * call))
    });
    let mut plan = Plan { link, ..Plan::over(transport) };
    plan.calls = calls.collect();
    plan.synthflow = plan.synthflow.audio(AudioPlan::agent().frames(5));
    plan.synthflow.talk = Duration::from_millis(500);
    plan
}

fn under_seeds(link: &Link, mut scenario: impl FnMut(&mut World, Nodes, Transport)) {
    for transport in TRANSPORTS {
        for seed in seeds(0..10) {
            run(seed, |world| {
                let nodes = Nodes::add(world, plan(transport, link.clone()));
                scenario(world, nodes, transport);
                world.run_for(Duration::from_secs(60));
            });
        }
    }
}

/// How many of the calls were answered and handed back.
fn carried(world: &World, nodes: Nodes) -> usize {
    let reports = world.node::<Five9>(nodes.five9).reports();
    reports.iter().filter(|report| report.answered() && report.hand_back().count() == 4).count()
}

#[test]
fn a_good_link_carries_every_call() {
    under_seeds(&Link::default().delay(Duration::from_millis(20)), |world, nodes, _| {
        world.run_for(Duration::from_secs(60));
        assert_eq!(carried(world, nodes), 3, "{}", world.trace().ladder());
    });
}

#[test]
fn a_bad_link_carries_every_call_all_the_same() {
    let link = Link::default()
        .delay(Duration::from_millis(20))
        .jitter(Duration::from_millis(30))
        .loss(0.1)
        .duplicate(0.1)
        .reorder(0.1);
    under_seeds(&link, |world, nodes, _| {
        world.run_for(Duration::from_secs(60));
        assert_eq!(carried(world, nodes), 3, "{}", world.trace().ladder());
    });
}

/// Whatever breaks, nothing outlives it: `run` asserts that.
#[test]
fn connections_that_are_refused_leave_nothing_behind() {
    let link = Link::default().delay(Duration::from_millis(20));
    let mut lost = 0;
    under_seeds(&link, |world, nodes, _| {
        world.link(nodes.gateway, nodes.synthflow, link.clone().refuse(0.3));
        world.run_for(Duration::from_secs(60));
        lost += 3 - carried(world, nodes);
    });
    assert!(lost > 0, "no connection was refused");
}

/// Connections break under the messages that are sent over them, in either direction.
#[test]
fn connections_that_break_at_random_leave_nothing_behind() {
    let link = Link::default().delay(Duration::from_millis(20)).reset(0.1);
    let (mut carried_all, mut lost) = (0, 0);
    under_seeds(&link, |world, nodes, transport| {
        world.run_for(Duration::from_secs(60));
        let carried = carried(world, nodes);
        if transport.is_reliable() {
            carried_all += carried;
            lost += 3 - carried;
        } else {
            assert_eq!(carried, 3, "datagrams know of no connections");
        }
    });
    assert!(carried_all > 0 && lost > 0, "{carried_all} carried, {lost} lost");
}

#[test]
fn a_partition_in_the_middle_of_a_call_leaves_nothing_behind() {
    under_seeds(&Link::default(), |world, nodes, _| {
        world.run_for(Duration::from_millis(2100));
        for (from, to) in [(nodes.gateway, nodes.synthflow), (nodes.synthflow, nodes.gateway)] {
            world.link_mut(from, to).partitioned = true;
        }
        world.run_for(Duration::from_secs(100));
    });
}

#[test]
fn an_agent_that_crashes_and_comes_back_takes_the_next_call() {
    under_seeds(&Link::default(), |world, nodes, transport| {
        world.run_for(Duration::from_millis(2300));
        world.crash(nodes.synthflow);
        world.run_for(Duration::from_secs(1));
        let config = plan(transport, Link::default()).agent();
        let agent = Synthflow::new(config, world.seed_for("synthflow again"), world.now());
        world.restart(nodes.synthflow, agent, NoHost);
        world.run_for(Duration::from_secs(60));
        assert_eq!(carried(world, nodes), 2, "{}", world.trace().ladder());
    });
}
